"""One picture that shows what a training did: photograph, reference, result, details and losses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont, ImageOps

from napari_retrogan.cli.loss_chart import GREY, INK, PAPER, draw_losses

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

CELL = (480, 320)
ZOOM = 2
_MARGIN = 36
_GAP = 24
_CAPTION = 34
_HEADER = 84


def draw_contact_sheet(
    photograph: NDArray[Any],
    reference: NDArray[Any],
    result: NDArray[Any],
    history: Sequence[Mapping[str, Any]],
    subtitle: str,
) -> Image.Image:
    """Draw the outcome of a training on a sheet of 2 x 3 cells.

    Parameters
    ----------
    photograph, reference, result
        (Y, X, 3) ``uint8``; the result has the photograph's shape.
    history
        As `draw_losses` takes it.
    subtitle
        What was done, in a line.
    """
    box = detail_box(photograph)
    cells = [
        ("Photograph, not seen in training", _whole(photograph)),
        ("One of the vintage prints", _whole(reference)),
        ("Result", _whole(result)),
        (f"Photograph, detail at {ZOOM}:1", _detail(photograph, box)),
        (f"Result, detail at {ZOOM}:1", _detail(result, box)),
        ("Losses", draw_losses(history, CELL)),
    ]
    sheet = Image.new("RGB", _sheet_size(), PAPER)
    draw = ImageDraw.Draw(sheet)
    draw.text((_MARGIN, 26), "napari-retrogan", fill=INK, font=ImageFont.load_default(26), anchor="lt")
    draw.text((sheet.width - _MARGIN, 34), subtitle, fill=GREY, font=ImageFont.load_default(15), anchor="rt")
    for index, (caption, picture) in enumerate(cells):
        row, column = divmod(index, 3)
        x = _MARGIN + column * (CELL[0] + _GAP)
        y = _HEADER + row * (CELL[1] + _CAPTION + _GAP)
        sheet.paste(picture, (x, y))
        draw.text((x, y + CELL[1] + 10), caption, fill=INK, font=ImageFont.load_default(15), anchor="lt")
    return sheet


def detail_box(photograph: NDArray[Any]) -> tuple[int, int, int, int]:
    """Return (left, top, right, bottom) of the part with the most structure that fills a cell."""
    width, height = CELL[0] // ZOOM, CELL[1] // ZOOM
    grey = photograph.astype(float).mean(-1)
    edges = np.abs(np.diff(grey, axis=0, prepend=grey[:1])) + np.abs(np.diff(grey, axis=1, prepend=grey[:, :1]))
    sums = np.pad(edges.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    inside = sums[height:, width:] - sums[:-height, width:] - sums[height:, :-width] + sums[:-height, :-width]
    top, left = (int(place) for place in np.unravel_index(inside.argmax(), inside.shape))
    return left, top, left + width, top + height


def _sheet_size() -> tuple[int, int]:
    return 2 * _MARGIN + 3 * CELL[0] + 2 * _GAP, _HEADER + 2 * (CELL[1] + _CAPTION) + _GAP + _MARGIN // 2


def _whole(picture: NDArray[Any]) -> Image.Image:
    # Of upright pictures the upper part is kept, where faces are.
    return ImageOps.fit(Image.fromarray(picture), CELL, Image.Resampling.LANCZOS, centering=(0.5, 0.2))


def _detail(picture: NDArray[Any], box: tuple[int, int, int, int]) -> Image.Image:
    return Image.fromarray(picture).crop(box).resize(CELL, Image.Resampling.NEAREST)
