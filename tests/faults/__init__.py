"""Processes are killed in mid-stream while viewers watch: nothing that was seen may be lost, doubled or left running."""
