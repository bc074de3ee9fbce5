"""Hostile texts through every place of the product that shows text, in a real browser."""
