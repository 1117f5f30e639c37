"""The version of this package, told once."""

__version__ = "0.2.0"
