"""Messages, as Anthropic defined it, without path and framing: for all doors that speak it."""
