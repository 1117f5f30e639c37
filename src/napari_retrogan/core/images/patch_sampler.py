"""Seeded samplers of training batches: what a step sees depends on the seed and the step's number alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from napari_retrogan.core.architecture import NOISE_CHANNELS, STYLE_NOISE
from napari_retrogan.core.images.pixel_positions import picture_positions, pixel_positions
from napari_retrogan.core.stages.chain import HALO

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari_retrogan.core.config import TrainingConfig
    from napari_retrogan.core.images.training_image import TrainingImage

_Batch = dict[str, NDArray[np.float32]]
_Patch = NDArray[np.float32]

BLOCK = 8
_CANDIDATES = 8
"""Every other patch of the texture view is the flattest of so many, because grain shows where the scene does not."""

_STRUCTURE_STEP = 1e-5
"""Deviations are compared in such steps: of equally flat patches the first is taken, whatever their last digit."""

_STYLE_BATCH = 64
_STYLE_PERTURBATION = 0.3
"""As ``_PERTURBATION``, of style codes, which have unit variance."""

_PERTURBATION = 0.1
"""Standard deviation of the noise on intensities for the finite-difference gradient penalty."""


class PatchSampler:
    """Draws batches of small views and of full-resolution patches.

    Parameters
    ----------
    photographs, vintage
        The person's pictures, at least one of each.
    ordinary
        Further photographs for the content side of the colour view; their views alone are used.
    models
        The vintage pictures that the colour view shows: those of one style, without the ones that are held out.
    codes
        (S, K), style codes of the vintage pictures, of unit variance.
    config
        Seed, batch sizes and patch sizes.
    paired
        Whether ``photographs[i]`` and ``vintage[i]`` show the same picture before and after.
    """

    def __init__(
        self,
        photographs: Sequence[TrainingImage],
        vintage: Sequence[TrainingImage],
        ordinary: Sequence[TrainingImage],
        models: Sequence[TrainingImage],
        codes: NDArray[np.float32],
        config: TrainingConfig,
        paired: bool = False,
    ) -> None:
        self.photographs = photographs
        self.vintage = vintage
        self.content = [*photographs, *([] if paired else ordinary)]
        self.models = models
        self.codes = codes
        self.config = config
        self.paired = paired

    def batch(self, step: int) -> _Batch:
        """Return the inputs of ``AdversarialTraining`` at a step.

        All values are float32. ``*_positions`` is what `pixel_positions` tells. ``colour_*``: (N, P, P, C) patches of
        small views; ``colour_real`` holds RGB and the squared distance from the centre. ``texture_*``:
        (N, P + 6, P + 6, C) patches at full resolution, but for ``texture_real`` (N, P, P, 3). ``*_thumbnail``:
        (N, 64, 64, 3). Paired: ``texture_target`` holds after-pictures. ``style_*``: (64, C) codes and noise.
        """
        random = np.random.Generator(np.random.Philox(key=[self.config.seed, step]))
        return {**self._colour_batch(random), **self._texture_batch(random), **self._style_batch(random)}

    def _colour_batch(self, random: np.random.Generator) -> _Batch:
        size, rows = self.config.colour_patch_size, []
        for _ in range(self.config.colour_batch_size):
            index = int(random.integers(len(self.content)))
            content = self.content[index]
            pixels, positions = _view_patch(content.view, size, random)
            model = self.models[int(random.integers(len(self.models)))]
            real, real_positions = _view_patch(model.view, size, random)
            row = {
                "colour_pixels": pixels,
                "colour_positions": positions,
                "colour_thumbnail": content.thumbnail,
                "colour_real": np.concatenate([real, real_positions[..., :1]], axis=-1),
            }
            rows.append(row)
        batch = _stack(rows)
        batch["colour_perturbation"] = _perturbation(batch["colour_real"].shape, random)
        return batch

    def _texture_batch(self, random: np.random.Generator) -> _Batch:
        size, rows = self.config.texture_patch_size, []
        for number in range(self.config.texture_batch_size):
            candidates = _CANDIDATES if number % 2 else 1
            index = int(random.integers(len(self.photographs)))
            content = self.photographs[index]
            target = self.vintage[index] if self.paired else None
            pixels, positions, after = detail_patch(content, target, size + 2 * HALO, random, candidates)
            style = self.vintage[int(random.integers(len(self.vintage)))]
            real, _, _ = detail_patch(style, None, size, random, candidates)
            row = {
                "texture_pixels": pixels,
                "texture_positions": positions,
                "texture_thumbnail": content.thumbnail,
                "texture_real": real,
            }
            rows.append(row if after is None else {**row, "texture_target": after})
        batch = _stack(rows)
        shape = (*batch["texture_pixels"].shape[:3], NOISE_CHANNELS)
        batch["texture_noise"] = random.standard_normal(shape, np.float32)
        view_shape = (len(rows), size - 6, size - 6, 4)
        batch["texture_perturbation"] = _perturbation(view_shape, random)
        return batch

    def _style_batch(self, random: np.random.Generator) -> _Batch:
        real = self.codes[random.integers(len(self.codes), size=_STYLE_BATCH)]
        perturbation = _STYLE_PERTURBATION * random.standard_normal(real.shape, np.float32)
        noise = random.standard_normal((_STYLE_BATCH, STYLE_NOISE), np.float32)
        return {"style_real": real, "style_noise": noise, "style_perturbation": perturbation.astype(np.float32)}


def _view_patch(view: _Patch, size: int, random: np.random.Generator) -> tuple[_Patch, _Patch]:
    """Return a flipped square of a view at full or half scale, and its positions."""
    if random.integers(2) and min(view.shape[:2]) >= 2 * size:
        view = _halve(view)
    positions = picture_positions((view.shape[0], view.shape[1]))
    view, positions = _fill(view, size), _fill(positions, size)
    top, left = (int(random.integers(extent - size + 1)) for extent in view.shape[:2])
    orientation = int(random.integers(8))
    window = (slice(top, top + size), slice(left, left + size))
    return orient(view[window], orientation), orient(positions[window], orientation)


def detail_patch(
    image: TrainingImage, target: TrainingImage | None, size: int, random: np.random.Generator, candidates: int = 1
) -> tuple[_Patch, _Patch, _Patch | None]:
    """Return a flipped square at full resolution, its positions and the same square of a target.

    Of several candidates the one with the least structure is taken.
    """
    detail = _fill(image.detail, size)
    corners = [tuple(int(random.integers(n - size + 1)) for n in detail.shape[:2]) for _ in range(candidates)]
    top, left = min(corners, key=lambda corner: _structure(detail, corner, size)) if candidates > 1 else corners[0]
    orientation = int(random.integers(8))
    window = (slice(top, top + size), slice(left, left + size))

    def cut(picture: NDArray[np.float16]) -> _Patch:
        return orient(picture[window].astype(np.float32), orientation)

    rows, columns = (
        _reach(first + np.arange(extent) + 0.5, size)
        for first, extent in zip(image.origin, image.detail.shape[:2], strict=True)
    )
    positions = pixel_positions(image.shape, rows[window[0]], columns[window[1]])
    after = None if target is None else cut(_fill(target.detail, size))
    return cut(detail), orient(positions, orientation), after


def _structure(detail: NDArray[np.float16], corner: tuple[int, ...], size: int) -> int:
    """Return how much the scene varies in a square: the deviation of block means, in which grain is averaged."""
    top, left = corner
    blocks = size // BLOCK
    square = detail[top : top + blocks * BLOCK, left : left + blocks * BLOCK, 1].astype(np.float32)
    return round(float(square.reshape(blocks, BLOCK, blocks, BLOCK).mean((1, 3)).std()) / _STRUCTURE_STEP)


def orient(patch: _Patch, orientation: int) -> _Patch:
    """Return one of a square's eight orientations: four turns, each with its mirror image."""
    turned = np.rot90(patch, orientation % 4)
    return turned[:, ::-1] if orientation >= 4 else turned


def _halve(picture: _Patch) -> _Patch:
    """Return a picture at half its size, each pixel the mean of four."""
    height, width = (extent // 2 * 2 for extent in picture.shape[:2])
    quarters = picture[:height, :width].reshape(height // 2, 2, width // 2, 2, -1)
    return np.asarray(quarters.mean((1, 3)), np.float32)


def _fill(picture: NDArray[np.floating], size: int) -> NDArray[np.floating]:
    """Continue a picture that is smaller than a patch by reflection."""
    missing = [(0, max(0, size - extent)) for extent in picture.shape[:2]]
    return np.pad(picture, [*missing, (0, 0)], mode="symmetric") if any(after for _, after in missing) else picture


def _reach(coordinates: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """Continue coordinates by reflection, as ``_fill`` does with pixels."""
    return np.pad(coordinates, (0, max(0, size - len(coordinates))), mode="symmetric")


def _perturbation(shape: tuple[int, ...], random: np.random.Generator) -> _Patch:
    """Return normal noise for the gradient penalty."""
    return np.multiply(_PERTURBATION, random.standard_normal(shape, np.float32), dtype=np.float32)


def _stack(rows: list[_Batch]) -> _Batch:
    """Stack the patches of each name."""
    return {name: np.stack([row[name] for row in rows]).astype(np.float32, copy=False) for name in rows[0]}
