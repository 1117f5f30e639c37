"""How durations and amounts of memory are said to people, wherever any are said."""

from __future__ import annotations


def in_time(seconds: float) -> str:
    """Return a duration in words, as exact as it can be told."""
    if seconds < 1:
        return "less than a second"
    for unit, size in (("second", 1), ("minute", 60)):
        amount = round(seconds / size)
        if amount < 100:
            return f"about {amount} {unit}{'' if amount == 1 else 's'}"
    return f"about {seconds / 3600:.2g} hours" if seconds < 10 * 3600 else f"about {seconds / 3600:.0f} hours"


def in_bytes(number: float) -> str:
    """Return an amount of memory in words."""
    return f"{number / 1e9:.1f} GB" if number >= 1e9 else f"{max(round(number / 1e6), 1)} MB"
