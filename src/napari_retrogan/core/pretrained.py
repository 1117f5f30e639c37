"""The looks that come with the package, ready without any training."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from typing import TYPE_CHECKING

from napari_retrogan.core.errors import InvalidConfig
from napari_retrogan.core.foreign.values import MAX_NAME, read_json, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_retrogan.core.vintage_generator import VintageGenerator

_FOLDER = files("napari_retrogan.core.looks") / "pretrained"
_MOST_NAMES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class PretrainedLook:
    """The card of a look.

    Attributes
    ----------
    name
        What `pretrained` takes.
    title
        What people call it.
    group
        Of looks of its kind: slides, negatives, instant pictures, silver prints, early processes, or aged ones.
    description
        What it does to a photograph, and what it does not.
    source
        The pictures that it was trained on.
    licence
        Theirs, and on what ground.
    """

    name: str
    title: str
    group: str
    description: str
    source: str
    licence: str


@cache
def list_pretrained() -> tuple[PretrainedLook, ...]:
    """Return the cards of the looks that come with the package."""
    cards = read_json((_FOLDER / "cards.json").read_bytes())
    return tuple(PretrainedLook(**card) for card in cards)


@cache
def pretrained(name: str) -> VintageGenerator:
    """Return the generator of a look that comes with the package.

    Parameters
    ----------
    name
        One of ``[look.name for look in list_pretrained()]``.

    Raises
    ------
    InvalidConfig
        If there is no such look.
    """
    from napari_retrogan.core.vintage_generator import load_generator

    names = [look.name for look in list_pretrained()]
    if name not in names:
        raise no_such_look(name, names)
    with as_file(_FOLDER / f"{name}.retrogan") as path:
        return load_generator(path)


def no_such_look(given: str, names: Sequence[str]) -> InvalidConfig:
    """Return an error that says which of the looks is meant perhaps."""
    folded = {name.casefold(): name for name in names}
    near = difflib.get_close_matches(given.casefold(), folded, n=3)
    if near:
        guesses = " or ".join(repr(folded[each]) for each in near)
        return InvalidConfig(f"There is no look {shown(given, MAX_NAME)!r}; did you mean {guesses}?")
    known = f"choose one of {', '.join(names[:_MOST_NAMES])}" if names else "none is there yet"
    return InvalidConfig(f"There is no look {shown(given, MAX_NAME)!r}; {known}.")
