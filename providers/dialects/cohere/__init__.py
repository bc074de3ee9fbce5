"""What both versions of Cohere's chat have in common."""
