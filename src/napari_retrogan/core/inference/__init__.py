"""Applying a generator: tiles, noise, sessions, whole and lazy arrays; no Keras."""
