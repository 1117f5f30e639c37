"""Bakes a look's colours into a .cube table, as photo and film editors read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.architecture import NOISE_CHANNELS, THUMBNAIL_SIZE
from napari_retrogan.core.errors import InvalidConfig, InvalidImage
from napari_retrogan.core.graphs.generator_graph import build_graph
from napari_retrogan.core.images.arrays import read_source
from napari_retrogan.core.images.intensity import MID_GREY
from napari_retrogan.core.images.layout import read_layout
from napari_retrogan.core.images.pixel_positions import ordinary_positions
from napari_retrogan.core.images.thumbnail import plane_limits, plane_thumbnail, sample_points
from napari_retrogan.core.inference.session import open_session, run_session
from napari_retrogan.core.stages.chain import HALO

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_retrogan.core.generator_file.contents import GeneratorContents

_PATCH = 2 * HALO + 1


def cube_text(generator: GeneratorContents, size: int = 33, image: Any = None) -> str:
    """Return what a look does to flat areas, at the mean distance from the picture's centre and without grain.

    Parameters
    ----------
    generator
        The look.
    size
        Colours a side of the table, from 2 to 129.
    image
        The photograph whose overall tone the look is to suit, one plane; by default mid-grey.

    Returns
    -------
    str
        The text of a .cube file: red runs fastest.

    Raises
    ------
    InvalidConfig
        If the size lies outside its range.
    InvalidImage
        If the image can't be read as one photograph.
    """
    if not isinstance(size, int) or not 2 <= size <= 129:
        raise InvalidConfig(f"size is {size!r}; expected a whole number from 2 to 129.")
    table = bake_table(generator, size, image).reshape(-1, 3)
    lines = [f'TITLE "napari-retrogan {generator.id}"', f"LUT_3D_SIZE {size}"]
    lines += [" ".join(f"{value:.6f}" for value in colour) for colour in table.tolist()]
    return "\n".join(lines) + "\n"


def bake_table(generator: GeneratorContents, size: int, image: Any = None) -> NDArray[np.float32]:
    """Return the table (blue, green, red, 3): each colour is a flat patch as large as the receptive field."""
    session = open_session(build_graph(generator.weights))
    levels = np.linspace(0, 1, size, dtype=np.float32)
    side = size * _PATCH
    feeds = {
        "place": ordinary_positions((side, side)).transpose(2, 0, 1)[None],
        "thumbnail": _thumbnail(image).transpose(2, 0, 1)[None],
        "noise": np.zeros((1, NOISE_CHANNELS, side, side), np.float32),
        "strength": np.array(1, np.float32),
        "grain": np.array(0, np.float32),
        "softness": np.array(1, np.float32),
    }
    table = np.empty((size, size, size, 3), np.float32)
    green, red = np.meshgrid(levels.repeat(_PATCH), levels.repeat(_PATCH), indexing="ij")
    for index, blue in enumerate(levels):
        colours = np.stack([red, green, np.full_like(red, blue)])[None]
        result = run_session(session, "result", {**feeds, "image": colours})
        table[index] = result[0, :, ::_PATCH, ::_PATCH].transpose(1, 2, 0)
    return table


def _thumbnail(image: Any) -> NDArray[np.float32]:
    """Return the thumbnail of one photograph, or mid-grey."""
    if image is None:
        return np.full((THUMBNAIL_SIZE, THUMBNAIL_SIZE, 3), MID_GREY, np.float32)
    array, rgb = read_source(image)
    layout = read_layout(array.shape, rgb)
    if layout.leading:
        raise InvalidImage(f"The image has shape {array.shape}, a stack; pass one plane of it.")
    samples = np.asarray(sample_points(array))
    return plane_thumbnail(samples, plane_limits(samples, None))
