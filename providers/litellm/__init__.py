"""The configuration of a LiteLLM proxy, read: which deployments it has, where they are and what leads to them. Pure."""
