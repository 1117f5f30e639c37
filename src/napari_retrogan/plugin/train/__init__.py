"""The widget that trains, and what only it needs."""
