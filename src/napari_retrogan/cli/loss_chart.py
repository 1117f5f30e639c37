"""Curves of a training's losses, drawn with Pillow."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

INK = (38, 38, 42)
GREY = (122, 122, 128)
LINE = (224, 224, 220)
PAPER = (250, 249, 246)
# Okabe and Ito's palette, told apart with any colour vision.
COLOURS = ((0, 114, 178), (86, 180, 233), (213, 94, 0), (230, 159, 0), (0, 158, 115), (204, 121, 167))
_SCALE = 3
_MARGINS = (46, 66, 12, 34)


def draw_losses(history: Sequence[Mapping[str, Any]], size: tuple[int, int]) -> Image.Image:
    """Draw every loss of a training against its step.

    Parameters
    ----------
    history
        One mapping a recorded step: ``"step"`` and the losses by name; their sum ``"loss"``, the critics' raw
        scores and losses that were never in force are left out.
    size
        (width, height) in pixels.
    """
    chart = _Chart(size)
    names = [name for name in history[-1] if _is_curve(name, history)] if history else []
    steps = np.array([entry["step"] for entry in history], float)
    curves = {name: _smooth(np.array([entry.get(name, math.nan) for entry in history], float)) for name in names}
    chart.axes(steps, [curve for curve in curves.values() if np.isfinite(curve).any()])
    for (name, curve), colour in zip(curves.items(), _cycled(len(curves)), strict=True):
        chart.curve(steps, curve, colour)
        chart.legend(name.replace("_", " "), colour)
    return chart.image.resize(size, Image.Resampling.LANCZOS)


def nice_ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Return about ``count`` round numbers that cover the range between two values."""
    span = max(high - low, 1e-9)
    power = 10.0 ** math.floor(math.log10(span / count))
    step = next(power * factor for factor in (1, 2, 5, 10) if span / (power * factor) <= count)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [round(number * step, 10) for number in range(first, last + 1)]


def _is_curve(name: str, history: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether a loss is worth a curve."""
    return not name.endswith(("step", "loss", "score")) and any(entry.get(name) for entry in history)


def _smooth(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Average over a thirtieth of the training, less at its ends."""
    width = max(1, len(values) // 30)
    kernel = np.ones(width)
    return np.convolve(values, kernel, "same") / np.convolve(np.ones_like(values), kernel, "same")


def _cycled(count: int) -> list[tuple[int, int, int]]:
    return [COLOURS[index % len(COLOURS)] for index in range(count)]


class _Chart:
    """A plot area with axes, drawn large and made small for smooth lines."""

    def __init__(self, size: tuple[int, int]) -> None:
        width, height = (side * _SCALE for side in size)
        self.image = Image.new("RGB", (width, height), PAPER)
        self.draw = ImageDraw.Draw(self.image)
        self.font = ImageFont.load_default(12 * _SCALE)
        left, top, right, bottom = (margin * _SCALE for margin in _MARGINS)
        self.box = (left, top, width - right, height - bottom)
        self.range = (0.0, 1.0, 0.0, 1.0)
        self.entries = 0

    def axes(self, steps: NDArray[np.float64], curves: Sequence[NDArray[np.float64]]) -> None:
        """Draw labelled axes that hold the curves."""
        values = np.concatenate([curve[np.isfinite(curve)] for curve in curves]) if curves else np.array([0.0, 1.0])
        rows = nice_ticks(min(0.0, float(values.min())), float(values.max()))
        last = float(steps[-1]) if len(steps) else 1.0
        self.range = (0.0, last, rows[0], rows[-1])
        left, top, right, bottom = self.box
        for value in rows:
            _, y = self.place(0.0, value)
            self.draw.line([(left, y), (right, y)], fill=LINE, width=_SCALE)
            self.draw.text((left - 6 * _SCALE, y), f"{value:g}", fill=GREY, font=self.font, anchor="rm")
        for step in [tick for tick in nice_ticks(0.0, last) if tick <= last]:
            x, _ = self.place(step, rows[0])
            self.draw.text((x, bottom + 5 * _SCALE), f"{step:g}", fill=GREY, font=self.font, anchor="mt")
        self.draw.line([(left, bottom), (right, bottom)], fill=INK, width=_SCALE)
        self.draw.text((right, bottom + 33 * _SCALE), "step", fill=INK, font=self.font, anchor="rd")
        self.draw.text((0, top - 14 * _SCALE), "loss", fill=INK, font=self.font, anchor="ls")

    def curve(self, steps: NDArray[np.float64], values: NDArray[np.float64], colour: tuple[int, int, int]) -> None:
        """Draw one loss."""
        points = [self.place(step, value) for step, value in zip(steps, values, strict=True) if math.isfinite(value)]
        if points:
            self.draw.line(points, fill=colour, width=2 * _SCALE, joint="curve")

    def legend(self, name: str, colour: tuple[int, int, int]) -> None:
        """Add an entry to the legend: two columns above the plot."""
        row, column = divmod(self.entries, 2)
        x, y = self.box[0] + column * (self.box[2] - self.box[0]) // 2, (8 + 17 * row) * _SCALE
        self.draw.line([(x, y), (x + 16 * _SCALE, y)], fill=colour, width=3 * _SCALE)
        self.draw.text((x + 22 * _SCALE, y), name, fill=INK, font=self.font, anchor="lm")
        self.entries += 1

    def place(self, step: float, value: float) -> tuple[float, float]:
        """Return the pixel of a point."""
        left, top, right, bottom = self.box
        first, last, low, high = self.range
        x = left + (right - left) * (step - first) / max(last - first, 1e-9)
        return x, bottom - (bottom - top) * (value - low) / max(high - low, 1e-9)
