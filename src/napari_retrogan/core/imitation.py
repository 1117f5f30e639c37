"""The look of vintage pictures at once, without photographs and without training: the look prior alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.errors import NotEnoughImages
from napari_retrogan.core.images.training_images import training_images
from napari_retrogan.core.looks import texture_start
from napari_retrogan.core.looks.one_tone import as_one_tone
from napari_retrogan.core.looks.prior import estimate_look
from napari_retrogan.core.looks.style_groups import describe_findings
from napari_retrogan.core.stages.chain import WEIGHT_SHAPES
from napari_retrogan.core.version import __version__
from napari_retrogan.core.vintage_generator import VintageGenerator

if TYPE_CHECKING:
    from napari_retrogan.core.images.training_image import TrainingImage

_FLAT_SIZE = 64


def imitate(vintage: Any, seed: int = 0) -> VintageGenerator:
    """Return a generator of the look of one or more vintage pictures, in about a second and without Keras.

    Colour is what the look prior tells, grain what flat areas of the pictures show. Softness can't be told without
    photographs to compare with, so there is none. With photographs `train` does more.

    Parameters
    ----------
    vintage
        One or a sequence of image layers, array-likes (Y, X), (Y, X, 3 or 4) or stacks of them, or paths of pictures
        and folders, that have one look. Frames of one colour around them are left out.
    seed
        Of the part at full resolution that is looked at in large pictures.

    Raises
    ------
    NotEnoughImages, InvalidImage
        If there is no picture, or it can't be read.
    """
    images = training_images(vintage, seed, within_frames=True)
    if not images:
        raise NotEnoughImages("No vintage picture was given; at least one is needed.")
    return imitate_images(images)


def imitate_images(images: list[TrainingImage]) -> VintageGenerator:
    """Return a generator of the look of pictures that are read already."""
    views = [image.view for image in images]
    look = estimate_look(views)
    weights = {name: np.zeros(shape, np.float32) for name, shape in WEIGHT_SHAPES.items()}
    weights |= look.weights
    flat = np.full((_FLAT_SIZE, _FLAT_SIZE, 3), 0.5, np.float32)
    weights |= texture_start.texture(weights, [flat], [image.detail for image in images], softness=False)
    weights = as_one_tone(weights, views)
    findings = describe_findings([look], [range(len(images))])
    provenance = {"napari_retrogan": __version__, "photographs": 0, "vintage": len(images), "steps": 0, **findings}
    return VintageGenerator.from_weights(weights, provenance=provenance)
