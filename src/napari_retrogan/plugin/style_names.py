"""What people call the styles that a generator can be asked for."""

from __future__ import annotations

import operator
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from napari_retrogan.core.vintage_generator import VintageGenerator


def style_title(style: Any, generator: VintageGenerator) -> str:
    """Return what a style is called in a result's name; nothing if it is the one as trained.

    Parameters
    ----------
    style
        As for `VintageGenerator.apply`: None, a number, or reference pictures.
    generator
        Tells which numbers are trained styles; people count these from 1.
    """
    number = style_number(style)
    if style is None or number == 0:
        return ""
    if number is not None:
        return f"style {number + 1}" if number < generator.num_styles else f"drawn style {number}"
    if isinstance(style, (str, os.PathLike)):
        return f"like {Path(style).name}"
    name = getattr(style, "name", None)
    return f"like {name}" if isinstance(name, str) else "like a reference"


def style_number(style: Any) -> int | None:
    """Return the number that a style is given by, if it is."""
    return operator.index(style) if isinstance(style, (int, np.integer)) else None


def count_pictures(generator: VintageGenerator) -> list[int]:
    """Return how many pictures each trained style was told from; nothing where the generator's origin doesn't say."""
    groups = generator.provenance.get("styles")
    if not isinstance(groups, list) or len(groups) != generator.num_styles:
        return []
    return [len(group) for group in groups] if all(isinstance(group, list) for group in groups) else []
