"""One picture that shows what a training did: photograph, vintage print and result, whole and in detail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont, ImageOps

if TYPE_CHECKING:
    from numpy.typing import NDArray

_CELL = (480, 320)
_ZOOM = 2
_INK, _GREY, _PAPER = (38, 38, 42), (122, 122, 128), (250, 249, 246)
_MARGIN = 36
_GAP = 24
_CAPTION = 34
_HEADER = 84


def draw_contact_sheet(
    photograph: NDArray[Any],
    reference: NDArray[Any],
    result: NDArray[Any],
    subtitle: str,
) -> Image.Image:
    """Draw the outcome of a training on a sheet of 2 x 3 cells.

    Parameters
    ----------
    photograph, reference, result
        (Y, X, 3) ``uint8``; the result has the photograph's shape.
    subtitle
        What was done, in a line.
    """
    box = detail_box(photograph)
    cells = [
        ("Photograph, not seen in training", _whole(photograph)),
        ("One of the vintage prints", _whole(reference)),
        ("Result", _whole(result)),
        (f"Photograph, detail at {_ZOOM}:1", _detail(photograph, box)),
        (f"Print, detail at {_ZOOM}:1", _detail(reference, detail_box(reference))),
        (f"Result, detail at {_ZOOM}:1", _detail(result, box)),
    ]
    sheet = Image.new("RGB", _sheet_size(), _PAPER)
    draw = ImageDraw.Draw(sheet)
    draw.text((_MARGIN, 26), "napari-retrogan", fill=_INK, font=ImageFont.load_default(26), anchor="lt")
    draw.text((sheet.width - _MARGIN, 34), subtitle, fill=_GREY, font=ImageFont.load_default(15), anchor="rt")
    for index, (caption, picture) in enumerate(cells):
        row, column = divmod(index, 3)
        x = _MARGIN + column * (_CELL[0] + _GAP)
        y = _HEADER + row * (_CELL[1] + _CAPTION + _GAP)
        sheet.paste(picture, (x, y))
        draw.text((x, y + _CELL[1] + 10), caption, fill=_INK, font=ImageFont.load_default(15), anchor="lt")
    return sheet


def detail_box(photograph: NDArray[Any]) -> tuple[int, int, int, int]:
    """Return (left, top, right, bottom) of the part with the most structure that fills a cell, or all there is."""
    width, height = min(_CELL[0] // _ZOOM, photograph.shape[1]), min(_CELL[1] // _ZOOM, photograph.shape[0])
    grey = photograph.astype(float).mean(-1)
    edges = np.abs(np.diff(grey, axis=0, prepend=grey[:1])) + np.abs(np.diff(grey, axis=1, prepend=grey[:, :1]))
    sums = np.pad(edges.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    inside = sums[height:, width:] - sums[:-height, width:] - sums[height:, :-width] + sums[:-height, :-width]
    top, left = (int(index) for index in np.unravel_index(inside.argmax(), inside.shape))
    return left, top, left + width, top + height


def _sheet_size() -> tuple[int, int]:
    return 2 * _MARGIN + 3 * _CELL[0] + 2 * _GAP, _HEADER + 2 * (_CELL[1] + _CAPTION) + _GAP + _MARGIN // 2


def _whole(picture: NDArray[Any]) -> Image.Image:
    # Of upright pictures the upper part is kept, where faces are.
    return ImageOps.fit(Image.fromarray(picture), _CELL, Image.Resampling.LANCZOS, centering=(0.5, 0.2))


def _detail(picture: NDArray[Any], box: tuple[int, int, int, int]) -> Image.Image:
    return ImageOps.pad(Image.fromarray(picture).crop(box), _CELL, Image.Resampling.NEAREST, color=_PAPER)
