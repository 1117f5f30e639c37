"""Simulated vintage prints: looks of the simulator that are given by hand, for samples, examples and tests."""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.errors import InvalidConfig, InvalidImage
from napari_retrogan.core.simulation.simulator import RandomLook, Texture

if TYPE_CHECKING:
    from numpy.typing import NDArray


def _look(saturation: float, gammas: Any, black: Any, white: Any, vignette: float, chroma: float = 0.25) -> RandomLook:
    """Return a look of four steps on soft, grainy film."""
    steps = (
        ("saturate", {"amount": saturation}),
        ("bend", {"gammas": gammas}),
        ("print_between", {"black": black, "white": white}),
        ("vignette", {"amount": vignette, "power": 1.0}),
    )
    return RandomLook(steps, texture=Texture(softness=0.7, grain=0.035, grain_chroma=chroma))


PRINTS: types.MappingProxyType[str, RandomLook] = types.MappingProxyType(
    {
        "faded_slide": _look(0.75, (0.82, 0.98, 1.05), (0.16, 0.07, 0.10), (1.0, 0.93, 0.80), 0.12),
        "warm_print": _look(0.85, (0.9, 1.0, 1.25), (0.10, 0.08, 0.05), (0.98, 0.92, 0.74), 0.18),
        "silver_print": _look(0.0, (0.97, 1.0, 1.04), (0.07, 0.06, 0.05), (0.96, 0.94, 0.90), 0.15, chroma=0.0),
    }
)


def simulate_print(image: NDArray[Any], look: str | RandomLook = "faded_slide", seed: int = 0) -> NDArray[Any]:
    """Return the picture as a simulated vintage print.

    Parameters
    ----------
    image
        (Y, X, 3) RGB; ``uint8``, or float in [0, 1].
    look
        A name in ``PRINTS``, or a look of one's own.
    seed
        Of the grain.

    Returns
    -------
    numpy.ndarray
        Same shape and dtype.

    Raises
    ------
    InvalidConfig
        If the look's name is unknown.
    InvalidImage
        If the picture is not RGB.
    """
    if isinstance(look, str):
        if look not in PRINTS:
            raise InvalidConfig(f"Look {look!r} is unknown; choose one of {', '.join(PRINTS)}.")
        look = PRINTS[look]
    image = np.asarray(image)
    if image.ndim != 3 or image.shape[2] != 3:
        raise InvalidImage(f"A picture of shape {image.shape} was given; expected (Y, X, 3).")
    scale = np.float32(255.0 if image.dtype == np.uint8 else 1.0)
    result = look.expose(image.astype(np.float32) / scale, seed)
    return (result * scale + (0.5 if image.dtype == np.uint8 else 0.0)).astype(image.dtype)
