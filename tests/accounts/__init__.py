"""Tests of people: signing in, tokens, preferences."""
