"""The one dock: its tabs, and what is in view in all of them."""
