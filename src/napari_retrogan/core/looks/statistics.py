"""Colour statistics and the linear map between two of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Iterable

_Matrix = NDArray[np.float64]

MIN_VARIANCE = 1e-4
"""Added to every variance: about one hundredth of an intensity squared, so that flat pictures have an inverse."""

_LOOK_DEVIATION = 0.05
"""How far a look moves the mean colour, as a standard deviation: over 45 film tables 0.04 to 0.06 were best."""


@dataclass(frozen=True, slots=True)
class ColourStatistics:
    """Statistics of RGB values in [0, 1] over pictures.

    Attributes
    ----------
    mean, covariance
        (3,) and (3, 3), of all pixels.
    between
        (3, 3), covariance of the pictures' mean colours: how much one scene differs from another.
    count
        Number of pictures.
    """

    mean: _Matrix
    covariance: _Matrix
    between: _Matrix
    count: int

    @classmethod
    def of(cls, pictures: Iterable[NDArray[Any]]) -> ColourStatistics:
        """Pool pictures (..., 3) of RGB in [0, 1], each with the same weight whatever its size."""
        means, squares = [], []
        for picture in pictures:
            pixels = np.asarray(picture, np.float64).reshape(-1, 3)
            means.append(pixels.mean(0))
            squares.append(pixels.T @ pixels / len(pixels))
        mean = np.mean(means, 0)
        deviations = np.asarray(means) - mean
        between = deviations.T @ deviations / max(1, len(means) - 1)
        return cls(mean, np.mean(squares, 0) - np.outer(mean, mean), between, len(means))


def pool(first: ColourStatistics, second: ColourStatistics, share: float) -> ColourStatistics:
    """Return the statistics of two sets of pictures together, the second of which has a share of the weight."""
    mean = (1 - share) * first.mean + share * second.mean
    first_square, second_square = (each.covariance + np.outer(each.mean, each.mean) for each in (first, second))
    covariance = (1 - share) * first_square + share * second_square - np.outer(mean, mean)
    return ColourStatistics(mean, covariance, first.between, first.count + second.count)


def without_scenes(style: ColourStatistics, content: ColourStatistics) -> ColourStatistics:
    """Return the style's statistics with the part of its mean taken back that its few scenes explain.

    The difference of two mean colours is that of the looks plus that of the scenes. The scenes' share has the
    covariance ``content.between / style.count`` and the look's ``_LOOK_DEVIATION`` squared, so the expected look
    is the Wiener estimate: nearly all of the difference with many pictures, little of it with one.
    """
    look = _LOOK_DEVIATION**2 * np.eye(3)
    gain = look @ np.linalg.inv(look + content.between / style.count)
    return replace(style, mean=content.mean + gain @ (style.mean - content.mean))


def monge_kantorovich(
    source: ColourStatistics, target: ColourStatistics, least_variance: float = MIN_VARIANCE
) -> tuple[_Matrix, _Matrix]:
    """Return the linear map that carries one colour distribution to another and moves colours least.

    The closed form for two Gaussians, after Pitie and Kokaram, "The linear Monge-Kantorovitch linear
    colour mapping for example-based colour transfer" (CVMP 2007), equation 4.

    Parameters
    ----------
    source, target
        What the colours are like, and what they shall be like.
    least_variance
        Added to the target's variances; what it is more than theirs is left of the source's colour.

    Returns
    -------
    tuple of numpy.ndarray
        ``matrix`` (3, 3) and ``offset`` (3,), for rows of RGB: ``pixels @ matrix + offset``.
    """
    root = _square_root(source.covariance + MIN_VARIANCE * np.eye(3))
    inverse = np.linalg.inv(root)
    matrix = inverse @ _square_root(root @ (target.covariance + least_variance * np.eye(3)) @ root) @ inverse
    return matrix, target.mean - source.mean @ matrix


@cache
def ordinary_photographs() -> tuple[NDArray[np.float32], ...]:
    """Return the thumbnails of everyday photographs that ship: each (Y, X, 3) RGB in [0, 1], long side 96 px."""
    from PIL import Image

    pictures = []
    folder = files("napari_retrogan.core.looks") / "ordinary"
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".jpg"):
            with entry.open("rb") as stream, Image.open(stream) as image:
                pictures.append(np.asarray(image.convert("RGB"), np.float32) / np.float32(255))
    return tuple(pictures)


@cache
def ordinary_statistics() -> ColourStatistics:
    """Return the colour statistics of the ordinary photographs that ship."""
    return ColourStatistics.of(ordinary_photographs())


def _square_root(matrix: _Matrix) -> _Matrix:
    """Return the symmetric square root of a positive semi-definite matrix."""
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T)
