"""Picture files: what is in them, read whole, and written in their own format."""
