"""The widget that applies a look to a layer, and what only it needs."""
