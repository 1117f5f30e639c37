"""A generator in formats that other programs read."""
