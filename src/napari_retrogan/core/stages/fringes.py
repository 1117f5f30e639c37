"""Fringes: red and blue displaced and enlarged against green, before the look sees the picture.

So a lens draws each colour at a size of its own, and so three plates of one scene lie beside each other. With p the
position in half diagonals from the picture's centre, (down, right), and D the half diagonal in pixels::

    shift_c = D * fringes * (offset_c + scale_c * p),  at most 7 pixels along each axis
    x_c(p) = x_c(p + shift_c),  c = red, blue

between sixteen pixels by cubic convolution (Keys 1981), so that red and blue stay as sharp as green; in files that lack
``cubic`` between four linearly. The shift is a share of the picture, so it is as wide at any resolution.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from napari_retrogan.core.stages.stage import Stage, Weight

if TYPE_CHECKING:
    from collections.abc import Mapping

    from napari_retrogan.core.stages.operations import Number, Operations

T = TypeVar("T")

_MOST = 7.0
_REACH = 8
_DOWN, _RIGHT = 1, 2
"""Channels of the position."""


def _formula(operations: Operations[T], weights: Mapping[str, Number], image: T, position: T, amount: Number) -> T:
    """Return the picture with its red and blue displaced; ``amount`` is D * fringes."""
    inner = operations.crop(position, _REACH)
    channels = [operations.channels(image, channel, channel + 1) for channel in range(3)]
    for colour, channel in enumerate((0, 2)):
        shifts = []
        for axis, where in enumerate((_DOWN, _RIGHT)):
            place = operations.channels(inner, where, where + 1)
            offset, scale = weights["fringes/offset"][colour, axis], weights["fringes/scale"][colour]
            share = operations.multiply(amount, operations.add(offset, operations.multiply(scale, place)))
            bounded = operations.clip(operations.add(0.5, operations.multiply(0.5 / _MOST, share)))
            shifts.append(operations.multiply(2 * _MOST, operations.subtract(bounded, 0.5)))
        channels[channel] = operations.displace(
            channels[channel], shifts[0], shifts[1], _REACH, weights["fringes/cubic"]
        )
    channels[1] = operations.crop(channels[1], _REACH)
    return operations.concatenate(*channels)


FRINGES = Stage(
    name="fringes",
    inputs=("image", "position"),
    weights={
        "fringes/offset": Weight((2, 2), 0, trained=False),
        "fringes/scale": Weight((2,), 0, trained=False),
        "fringes/cubic": Weight((), 0, trained=False),
    },
    formula=_formula,
    setting={
        "of": "look",
        "min": 0.0,
        "max": 2.0,
        "label": "Colour fringes",
        "tooltip": "0 lays red, green and blue onto each other, 1 displaces them as the look does, 2 twice as far.",
    },
    reach=_REACH,
    nothing_without=("fringes/offset", "fringes/scale"),
)
