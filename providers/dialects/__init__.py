"""Readings that several protocols share: JSON from strangers, usage, think tags, error bodies."""
