"""Profiles of three curves and a matrix, as cameras and screens have them: by tables, five times as fast as littlecms.

The curves and the matrix are measured with littlecms, so that nothing of a profile is read here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Convert = Callable[[NDArray[np.float32]], NDArray[np.float32]]

_NODES = 2**16
_TOLERANCE = 2e-4


class MatrixProfile:
    """One profile, measured.

    Parameters
    ----------
    tables
        (3, 65536, 3) the linear light in sRGB's primaries that each value of each channel gives.
    """

    def __init__(self, tables: NDArray[np.float32]) -> None:
        self._tables = tables
        self._bytes = np.ascontiguousarray(tables[:, ::257])
        columns = tables[:, -1].astype(np.float64)
        self._inverse = np.linalg.inv(columns).astype(np.float32)
        lengths = (columns**2).sum(1)[:, None]
        curves = np.einsum("cnk,ck->cn", tables.astype(np.float64), columns) / lengths
        curves = np.maximum.accumulate(curves, axis=1)
        nodes = np.linspace(0, 1, _NODES)
        # By the root of the light, nodes lie as densely in the shadows as the eye wants them.
        self._by_root = [np.interp(nodes**2, curve, nodes).astype(np.float32) for curve in curves]

    @classmethod
    def measured(cls, to_linear: Convert) -> MatrixProfile | None:
        """Return the profile that a conversion (N, 1, 3) to linear light follows, or None if it isn't of this kind."""
        ramp = np.linspace(0, 1, _NODES, dtype=np.float32)
        tables = np.zeros((3, _NODES, 3), np.float32)
        black = to_linear(np.zeros((1, 1, 3), np.float32))
        if np.abs(black).max() > _TOLERANCE:
            return None
        for channel in range(3):
            single = np.zeros((_NODES, 1, 3), np.float32)
            single[:, 0, channel] = ramp
            tables[channel] = to_linear(single)[:, 0]
        if abs(np.linalg.det(tables[:, -1].astype(np.float64))) < _TOLERANCE:
            return None
        probe = np.random.default_rng(0).random((200, 1, 3)).astype(np.float32)
        index = np.rint(probe[:, 0] * (_NODES - 1)).astype(np.int64)
        added = sum(tables[channel][index[:, channel]] for channel in range(3))
        return cls(tables) if np.abs(added - to_linear(probe)[:, 0]).max() < _TOLERANCE else None

    def to_srgb(self, values: NDArray[Any]) -> NDArray[np.float32]:
        """Return integers (N, 3) of 8 or 16 bits in sRGB, unclipped."""
        red, green, blue = self._bytes if values.dtype == np.uint8 else self._tables
        linear = red[values[:, 0]]
        linear += green[values[:, 1]]
        linear += blue[values[:, 2]]
        return _encoded(linear)

    def from_srgb(self, unit: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return colours (N, 3) in the profile's space, within [0, 1]."""
        linear = _decoded(unit)
        light = linear[:, :1] * self._inverse[0]
        light += linear[:, 1:2] * self._inverse[1]
        light += linear[:, 2:] * self._inverse[2]
        np.clip(light, 0, 1, out=light)
        index = np.rint(np.sqrt(light) * np.float32(_NODES - 1)).astype(np.uint16)
        return np.stack([self._by_root[each][index[:, each]] for each in range(3)], -1)


def _encoded(linear: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return linear light by sRGB's curve, which goes on straight below zero."""
    bright = np.float32(1.055) * np.maximum(linear, np.float32(0.0031308)) ** np.float32(1 / 2.4) - np.float32(0.055)
    return np.where(linear <= np.float32(0.0031308), linear * np.float32(12.92), bright)


def _decoded(unit: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return what `_encoded` is given."""
    bright = ((np.maximum(unit, np.float32(0.04045)) + np.float32(0.055)) / np.float32(1.055)) ** np.float32(2.4)
    return np.where(unit <= np.float32(0.04045), unit / np.float32(12.92), bright)
