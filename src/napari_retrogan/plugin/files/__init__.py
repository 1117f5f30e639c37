"""The widget that applies a look to files."""
