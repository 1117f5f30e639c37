"""Plain values from files of anywhere: JSON of bounded size, depth and length, and words that steer nothing."""

from __future__ import annotations

import json
import math
from typing import Any

MAX_BYTES = 3 * 2**18
"""Of JSON: twice what a training tells of itself."""
MAX_ENTRIES = 2000
"""Of a list or a mapping."""
MAX_TEXT, MAX_NAME = 500, 100
"""Letters of a text, and of a name in a mapping."""
_MAX_DEPTH = 16
_MAX_DIGITS = 19
_MAX_NUMBER = 100


def read_json(data: bytes, *, most_entries: int = MAX_ENTRIES) -> Any:
    """Return what JSON holds, if it is no more than is ever shown or used.

    Parameters
    ----------
    data
        UTF-8.
    most_entries
        Of a list or a mapping.

    Raises
    ------
    ValueError
        If it is too much of it, nested too deep, no JSON, or holds numbers that aren't finite or that fit no machine;
        its words go on after "it", as in "it holds a text of 3000 letters".
    """
    if len(data) > MAX_BYTES:
        raise ValueError(f"it takes {len(data)} bytes; at most {MAX_BYTES} are read")
    try:
        value = json.loads(data.decode(), parse_int=_parse_int, parse_float=_parse_float, parse_constant=_parse_float)
    except RecursionError:
        raise ValueError(f"it is nested more than {_MAX_DEPTH} times") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"it is no JSON ({error})") from None
    except UnicodeDecodeError:
        raise ValueError("it holds text that isn't Unicode") from None
    check_values(value, most_entries=most_entries)
    return value


def check_values(value: Any, *, most_entries: int = MAX_ENTRIES) -> None:
    """Check plain values, as JSON holds them, against the bounds of length and depth.

    Raises
    ------
    ValueError
        As `read_json` does.
    """
    _check(value, most_entries, 0)


def shown(text: object, most: int = MAX_TEXT, *, keep: str = "") -> str:
    """Return text to show to a person: shortened, and without letters that could steer a terminal or turn words round.

    Parameters
    ----------
    text
        From anywhere; what is no text is shown as ``str`` makes it one.
    most
        Letters that are shown; an ellipsis stands for the others.
    keep
        Letters to show though they aren't printable, such as a line break.
    """
    letters = (each if each.isprintable() or each in keep else repr(each)[1:-1] for each in str(text)[: most + 1])
    harmless = "".join(letters)
    return harmless if len(harmless) <= most else f"{harmless[: most - 1]}…"


def _check(value: Any, most_entries: int, depth: int) -> None:
    if depth > _MAX_DEPTH:
        raise ValueError(f"it is nested more than {_MAX_DEPTH} times")
    if isinstance(value, str):
        _check_text(value, MAX_TEXT, "text")
    elif isinstance(value, (dict, list)):
        if len(value) > most_entries:
            raise ValueError(f"it holds a list of {len(value)} entries; at most {most_entries} are kept")
        if isinstance(value, dict):
            for name in value:
                _check_text(name, MAX_NAME, "name")
        for each in value.values() if isinstance(value, dict) else value:
            _check(each, most_entries, depth + 1)


def _check_text(text: str, most: int, noun: str) -> None:
    if len(text) > most:
        raise ValueError(f"it holds a {noun} of {len(text)} letters; at most {most} are kept")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("it holds text that isn't Unicode") from None


def _parse_int(digits: str) -> int:
    """Return a whole number that 64 bits hold or nearly so: longer ones take time that grows with their square."""
    if len(digits) > _MAX_DIGITS + 1:
        raise ValueError(f"it holds a number of {len(digits)} digits; at most {_MAX_DIGITS} are read")
    return int(digits)


def _parse_float(text: str) -> float:
    """Return a finite number."""
    number = float(text[:_MAX_NUMBER])
    if len(text) > _MAX_NUMBER or not math.isfinite(number):
        raise ValueError(f"it holds the number {text[:_MAX_NUMBER]}, which isn't finite")
    return number
