"""What lens and film do to light before colours, as weights: fringes and halation, where they are surely told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.optimize import nnls

from napari_retrogan.core.architecture import TRANSFER
from napari_retrogan.core.looks.fringes import Fringes, measure_fringes
from napari_retrogan.core.looks.halation import (
    GLOW_SCALES,
    GLOW_THRESHOLD,
    Halation,
    bright_light,
    laid_strength,
    measure_halation,
)
from napari_retrogan.core.looks.mark_search import ramp
from napari_retrogan.core.stages.halation import DEVIATIONS, HALATION, LEAST_THRESHOLD
from napari_retrogan.core.stages.numpy_operations import NUMPY

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from napari_retrogan.core.images.training_image import TrainingImage

    Weights = dict[str, NDArray[np.float32]]

_CHANCE, _SURE = 2.0, 4.0
"""Standard errors up to which fringes are chance, and from which on they are taken for what they are."""
_LEAST_SIDE = 160
"""Height and width in pixels from which on the part of a picture that is kept tells of fringes and halation."""
_FARTHEST = 0.02
"""In half diagonals: no lens and no three plates of one picture lie as far beside each other."""
_GROUNDS = (0.05, 0.15, 0.35)
"""Stored values beside which a glow is to be as strong as measured: darkness, where it is seen."""
_LAID = 0.5, 5.0
"""How many times as strong as measured a glow may be found to be laid."""
_LAMPS = ((24, 24, 2.0), (30, 90, 5.0), (90, 50, 14.0))
_SIDE = 128
_THRESHOLD = GLOW_THRESHOLD**2 - LEAST_THRESHOLD
"""With which what glows is what is measured as bright."""
_LEAST_TOLD = 0.02, 3e-4
"""Share of bright light, and of half the diagonal, that is worth a word."""


def measure_stray_light(
    vintage: Sequence[TrainingImage],
    photographs: Sequence[TrainingImage],
    in_look: Callable[[Weights], Sequence[NDArray[Any]]],
) -> Weights:
    """Return the weights of fringes and halation that vintage pictures have over photographs, none unless surely.

    Parameters
    ----------
    vintage, photographs
        Both sides of a training.
    in_look
        Returns some of the photographs in the look with these weights, to see how strongly they glow in it.
    """
    sides = [[image for image in side if min(image.detail.shape[:2]) >= _LEAST_SIDE] for side in (vintage, photographs)]
    old, new = (
        measure_fringes([image.detail for image in side], [(image.origin, image.shape) for image in side])
        for side in sides
    )
    glow = measure_halation(*([image.detail for image in side] for side in sides))
    weights = {**fringe_weights(old, new), **halation_weights(glow)}
    if glow.strengths.any():
        # Beside white lamps these weights are right, but pictures have other lights as well, softness takes of these
        # before they are measured, and colours are bent.
        none = np.zeros_like(weights["halation/strength"])
        pairs = list(zip(in_look({**weights, "halation/strength": none}), in_look(weights), strict=True))
        weights["halation/strength"] /= np.float32(np.clip(laid_strength(pairs, glow.strengths), *_LAID))
    return weights


def fringe_weights(vintage: Fringes, photographs: Fringes) -> Weights:
    """Return the weights by which red and blue are taken from where vintage pictures have them more than photographs.

    The stage looks for a channel where it comes from, so the signs are the opposite of those that are measured.
    """

    def told(name: str) -> NDArray[np.float32]:
        values = getattr(vintage, f"{name}s") - getattr(photographs, f"{name}s")
        errors = np.hypot(getattr(vintage, f"{name}_errors"), getattr(photographs, f"{name}_errors"))
        surely = values * ramp(np.abs(values) / errors, _CHANCE, _SURE) * (np.abs(values) < _FARTHEST)
        return np.asarray(0.0 - surely, np.float32)

    found = {f"fringes/{name}": told(name) for name in ("offset", "scale")}
    return {**found, "fringes/cubic": np.array(any(values.any() for values in found.values()), np.float32)}


def halation_weights(halation: Halation) -> Weights:
    """Return the weights with which lamps in the dark glow as measured, by least squares over their surroundings."""
    strengths = np.zeros((len(DEVIATIONS), 3))
    if halation.strengths.any():
        lamps = _lamps()
        stored = [np.where(lamps > 0, np.float32(1), np.float32(ground)) for ground in _GROUNDS]
        unit = np.stack([np.stack([_glowing(picture, number) - picture for picture in stored]) for number in range(3)])
        dark = np.broadcast_to(lamps == 0, unit.shape[1:])
        for channel in range(3):
            wanted = np.stack([_measured(picture, halation.strengths[:, channel]) - picture for picture in stored])
            strengths[:, channel] = nnls(unit[:, dark].T, wanted[dark])[0]
    threshold = _THRESHOLD if strengths.any() else 0.0
    return {"halation/strength": strengths.astype(np.float32), "halation/threshold": np.array(threshold, np.float32)}


def describe_stray_light(weights: Mapping[str, NDArray[Any]]) -> list[str]:
    """Return sentences on the fringes and the glow that a look has, if it has them."""
    shift = np.abs(weights["fringes/offset"]).max() + np.abs(weights["fringes/scale"]).max()
    told = []
    if shift >= _LEAST_TOLD[1]:
        told.append(
            f"Red and blue lie beside green in the vintage pictures, up to {500 * shift:.1f} pixels where they measure "
            "1000 from corner to corner; in results too: the slider Colour fringes."
        )
    if np.max(weights["halation/strength"]) >= _LEAST_TOLD[0]:
        told.append("Bright parts glow in the vintage pictures, and do in results: the slider Halation.")
    return told


def _lamps() -> NDArray[np.float32]:
    """Return discs of one (Y, X) on nothing."""
    rows, columns = np.ogrid[:_SIDE, :_SIDE]
    lamps = np.zeros((_SIDE, _SIDE), np.float32)
    for down, right, radius in _LAMPS:
        lamps[(rows - down) ** 2 + (columns - right) ** 2 < radius**2] = 1
    return lamps


def _glowing(picture: NDArray[np.float32], number: int) -> NDArray[np.float32]:
    """Return a grey picture (Y, X) with the stage's glow of one deviation, drawn so faint that nothing is clipped."""
    reach, least = HALATION.reach, np.float32(0.02)
    strength = np.zeros((len(DEVIATIONS), 3), np.float32)
    strength[number] = least
    image = np.repeat(np.pad(picture, reach, mode="edge")[..., None], 3, -1)
    weights = {"halation/strength": strength, "halation/threshold": np.float32(_THRESHOLD)}
    glowing = HALATION.formula(NUMPY, weights, image, 1.0)[..., 0]
    return np.asarray(picture + (glowing - picture) / least, np.float32)


def _measured(picture: NDArray[np.float32], strengths: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a grey picture (Y, X) with a glow as it is measured: Gaussians of bright light that are added to light."""
    light = picture.astype(np.float64) ** TRANSFER
    bright = bright_light(light)
    glow = sum(
        strength * gaussian_filter(bright, scale) for strength, scale in zip(strengths, GLOW_SCALES, strict=True)
    )
    return np.asarray(np.clip(light + glow, 0, 1) ** (1 / TRANSFER))
