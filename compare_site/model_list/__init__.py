"""The models and providers that one may choose from, as pages: what each can, costs and holds, and who says so."""
