"""Unpaired colour transfer as it is commonly done, each method fitted to the same layers as ours."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from skimage.color import lab2rgb, rgb2lab

from napari_retrogan.core.looks.statistics import ColourStatistics, monge_kantorovich, ordinary_photographs

Picture = NDArray[np.float32]
Method = Callable[[Picture], Picture]

QUANTILES = np.linspace(0, 1, 1025)


def baselines(photographs: list[Picture], vintage: list[Picture]) -> dict[str, Method]:
    """Return the methods by name; each maps (Y, X, 3) RGB in [0, 1] to the same, not clipped."""
    content, style = (np.concatenate([p[::4, ::4].reshape(-1, 3) for p in side]) for side in (photographs, vintage))
    statistics = [ColourStatistics.of(side) for side in (photographs, vintage, ordinary_photographs())]
    return {
        "untouched": lambda picture: picture,
        "Reinhard": _reinhard(rgb2lab(content), rgb2lab(style)),
        "histogram": _histogram(content, style),
        "linear": _linear(statistics[0], statistics[1]),
        "linear, broad": _linear(statistics[2], statistics[1]),
    }


def _reinhard(content: NDArray[np.float64], style: NDArray[np.float64]) -> Method:
    """Match mean and deviation of each channel in CIELAB: Reinhard et al., "Color transfer between images" (2001)."""
    scale = style.std(0) / content.std(0)

    def transfer(picture: Picture) -> Picture:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Conversion from CIE-LAB")
            return np.asarray(lab2rgb((rgb2lab(picture) - content.mean(0)) * scale + style.mean(0)), np.float32)

    return transfer


def _histogram(content: Picture, style: Picture) -> Method:
    """Match the histogram of each RGB channel."""
    curves = [(np.quantile(content[:, c], QUANTILES), np.quantile(style[:, c], QUANTILES)) for c in range(3)]
    return lambda picture: np.stack([np.interp(picture[..., c], *curves[c]) for c in range(3)], -1)


def _linear(content: ColourStatistics, style: ColourStatistics) -> Method:
    """Match mean and covariance by the linear Monge-Kantorovich map."""
    matrix, offset = monge_kantorovich(content, style)
    return lambda picture: picture @ matrix + offset
