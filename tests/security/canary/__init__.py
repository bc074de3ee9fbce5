"""Stored keys turn up nowhere: real keys of every shape are entered, used and looked for in everything that is left."""
