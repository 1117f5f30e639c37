"""What a person may pass as a style, and the colour weights that it stands for."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.architecture import SEED_LIMIT
from napari_retrogan.core.errors import InvalidConfig, NotEnoughImages
from napari_retrogan.core.images.training_images import training_images
from napari_retrogan.core.looks.prior import Weights, estimate_look
from napari_retrogan.core.looks.style_codes import style_from_noise

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Arrays = Mapping[str, NDArray[np.float32]]


def choose_style(style: Any, styles: Sequence[Arrays], mapping: Arrays) -> tuple[Mapping[str, Any], str]:
    """Return the colour weights of a style, none for the first trained one, and what it is in a few words.

    Parameters
    ----------
    style
        A whole number or reference pictures, as for ``VintageGenerator.with_style``.
    styles
        The trained styles after the first.
    mapping
        The network that draws styles from noise; empty if there is none.

    Raises
    ------
    InvalidConfig
        If a number is negative, a truth value, or asks for noise without a mapping network.
    InvalidImage, NotEnoughImages
        If the reference can't be read as pictures.
    """
    if isinstance(style, (bool, np.bool_)):
        raise InvalidConfig(f"style is {style}; expected None, a whole number from 0, or reference pictures.")
    if _is_number(style):
        return _numbered(operator.index(style), styles, mapping)
    images = training_images(style, 0, within_frames=True)
    if not images:
        raise NotEnoughImages("style holds no picture; pass an image layer, an array or a path of one.")
    weights: Weights = estimate_look([image.view for image in images]).weights
    return weights, f"of {len(images)} reference picture{'s' if len(images) > 1 else ''}"


def _numbered(number: int, styles: Sequence[Arrays], mapping: Arrays) -> tuple[Mapping[str, Any], str]:
    """Return the style of a number."""
    if not 0 <= number < SEED_LIMIT:
        raise InvalidConfig(f"style is {number}; expected a whole number from 0 to 2**63 - 1.")
    if number <= len(styles):
        return (styles[number - 1] if number else {}), f"trained style {number}"
    if not mapping:
        raise InvalidConfig(
            f"style is {number}, but this generator holds {1 + len(styles)} and can't draw new ones; choose a smaller "
            "number, pass a reference picture, or train it anew."
        )
    return style_from_noise(mapping, number), f"drawn from noise {number}"


def _is_number(style: Any) -> bool:
    """Tell whether a style is one whole number."""
    return isinstance(style, (int, np.integer))
