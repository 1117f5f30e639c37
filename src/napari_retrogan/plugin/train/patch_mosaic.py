"""Sampled patches laid out as one picture, and as a layer."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.plugin.language import tr
from napari_retrogan.plugin.layers import METADATA_KEY, unique_name
from napari_retrogan.plugin.window.jobs import Job, run_job
from napari_retrogan.plugin.window.notices import show_failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari.viewer import Viewer
    from numpy.typing import NDArray


def mosaic(patches: NDArray[Any], gap: int = 1) -> NDArray[Any]:
    """Lay patches out in rows, as near to a square as their number allows.

    Parameters
    ----------
    patches
        Shape (n, height, width, 3); empty places and gaps are zero.
    gap
        Pixels between neighbours.

    Returns
    -------
    ndarray
        Shape (rows * (height + gap) - gap, columns * (width + gap) - gap, 3), of the patches' dtype.
    """
    number, height, width, channels = patches.shape
    columns = math.ceil(math.sqrt(number))
    rows = math.ceil(number / columns)
    picture = np.zeros((rows * (height + gap), columns * (width + gap), channels), patches.dtype)
    for index, patch in enumerate(patches):
        top, left = (index // columns) * (height + gap), (index % columns) * (width + gap)
        picture[top : top + height, left : left + width] = patch
    return picture[: rows * (height + gap) - gap, : columns * (width + gap) - gap]


def add_patches(viewer: Viewer, generator: Any, title: str, number: int, seed: int, say: Callable[[str], None]) -> Job:
    """Draw patches from a plain GAN in a worker, and add them as a layer.

    Parameters
    ----------
    viewer
        Gets the layer.
    generator
        A `PatchGenerator`.
    title
        What the patches are like, for the layer's name.
    number, seed
        Of the patches, and of the noise that they are drawn from.
    say
        Gets sentences about what happens.
    """

    def add(picture: Any) -> None:
        name = unique_name(f"{title} (patches)", (layer.name for layer in viewer.layers))
        own = {METADATA_KEY: {"patches": number}}
        viewer.add_image(picture, name=name, rgb=True, contrast_limits=(0, 1), metadata=own)
        say(tr("Done: {name} shows {number} patches drawn from noise.", name=repr(name), number=number))

    return run_job(
        lambda _: mosaic(generator.sample(number, seed)),
        title=tr("drawing patches"),
        on_done=add,
        on_error=partial(show_failure, say=say),
    )
