"""Processes are killed in mid-stream while viewers watch; what was seen may not be lost, doubled, or run for ever."""
