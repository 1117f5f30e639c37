"""What a generator does to a fixed batch of pictures, measured."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import numpy as np
from keras import ops

from napari_retrogan.core.gan.divergence import Measures, colour_distance, colour_quantiles
from napari_retrogan.core.stages.chain import HALO

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from napari_retrogan.core.gan.generator import Generator
    from napari_retrogan.core.gan.keras_operations import StageLayer
    from napari_retrogan.core.images.patch_sampler import PatchSampler

    Weights = Mapping[str, NDArray[np.float32]]

_SIZES = {"colour_batch_size": 48, "colour_patch_size": 12, "texture_batch_size": 4, "texture_patch_size": 48}
_SMOOTHING = 7


class Probe:
    """A fixed batch of a training's pictures.

    Parameters
    ----------
    sampler
        Of the training; its seed chooses the batch.
    generator
        Whose architecture is used; its weights are never changed.
    """

    def __init__(self, sampler: PatchSampler, generator: Generator) -> None:
        sampler = copy.copy(sampler)
        sampler.config = sampler.config.replace(**_SIZES)
        self._batch = sampler.batch(0)
        self._generator = generator
        real = self._batch["texture_real"]
        colours = self._batch["colour_real"][..., :3]
        self._quantiles = colour_quantiles(colours)
        self.vintage = Measures(0.0, _contrast(colours), _texture(real), _texture(self._batch["texture_pixels"]), 0.0)

    def measure(self, weights: Weights) -> Measures:
        """Return what the generator does with these weights."""
        batch = self._batch
        stages = self._generator
        toned = _run(
            stages.colour, weights, *(batch[f"colour_{name}"] for name in ("pixels", "positions", "thumbnail"))
        )
        pixels = np.clip(toned, 0, 1)
        ground = np.clip(batch["texture_pixels"], 0, 1)
        detail = _run(stages.softness, weights, ground)
        inner = ground[:, HALO:-HALO, HALO:-HALO]
        grain = _run(stages.grain, weights, inner, batch["texture_noise"])
        return Measures(
            colour_distance(colour_quantiles(pixels), self._quantiles),
            _contrast(pixels),
            float((detail + grain).std()),
            float(np.sqrt(np.square(detail).mean())),
            float(np.sqrt(np.square(detail.mean((1, 2))).mean())),
        )


def _run(stage: StageLayer, weights: Weights, *inputs: Any) -> NDArray[Any]:
    """Return what a stage makes of inputs with other weights than its own."""
    tensors = {name: ops.convert_to_tensor(weights[name]) for name in stage.variables_by_name}
    output = stage.with_weights(tensors, *(ops.convert_to_tensor(each) for each in inputs))
    return np.asarray(ops.convert_to_numpy(output))


def _contrast(pixels: NDArray[Any]) -> float:
    """Return the standard deviation of each channel of colours (..., 3), averaged: none where there is one colour."""
    return float(pixels.reshape(-1, 3).std(0).mean())


def _texture(pictures: NDArray[np.float32]) -> float:
    """Return the standard deviation of what pictures (N, Y, X, 3) hold beside their means over 7 x 7 px."""
    from scipy.ndimage import uniform_filter

    smooth = uniform_filter(pictures.astype(np.float64), (0, _SMOOTHING, _SMOOTHING, 0))
    return float((pictures - smooth).std())
