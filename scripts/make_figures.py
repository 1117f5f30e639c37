"""Draw the figures of the page that tells how it works, from the package itself.

Run ``python scripts/make_figures.py``. Writes SVG files into ``docs/images/figures``: the stages with their reach, the
grid of tiles, the processes, and what some looks make of greys.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import napari_retrogan as rg
from napari_retrogan.core.architecture import TILE_SIZE
from napari_retrogan.core.stages.chain import ADDED_STAGES, EXPOSURE_STAGES, HALO
from napari_retrogan.core.stages.colour import COLOUR, POSITION_CHANNELS, map_colours

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

FOLDER = Path(__file__).parents[1] / "docs/images/figures"
INK, FAINT, PAPER = "#222222", "#9a8c7c", "#fdfaf5"
FILLS = {"given": "#e8e2d8", "exposure": "#f3d9b1", "colour": "#e9b7a2", "added": "#c9d8c5", "person": "#cdd6e6"}
CHANNELS = {"red": "#b03030", "green": "#2f7d3a", "blue": "#2d56a5"}
LOOKS = ("faded-slides-1970s", "cross-processed", "cyanotype", "sepia")


def svg(width: float, height: float, parts: Iterable[str]) -> str:
    """Return a drawing on paper, legible on pages of any colour."""
    style = f'font-family="sans-serif" font-size="13" fill="{INK}"'
    marker = (
        f'<defs><marker id="tip" markerWidth="8" markerHeight="8" refX="7" refY="4" orient="auto">'
        f'<path d="M0,0 L8,4 L0,8 z" fill="{INK}"/></marker></defs>'
    )
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" {style}>'
    return "\n".join([head, marker, rectangle(0, 0, width, height, PAPER, "none"), *parts, "</svg>", ""])


def rectangle(left: float, top: float, width: float, height: float, fill: str, stroke: str = INK) -> str:
    """Return a rectangle."""
    box = f'x="{left:g}" y="{top:g}" width="{width:g}" height="{height:g}"'
    return f'<rect {box} rx="4" fill="{fill}" stroke="{stroke}"/>'


def words(left: float, top: float, text: str, *, anchor: str = "middle", colour: str = INK, size: int = 13) -> str:
    """Return a line of text."""
    place = f'x="{left:g}" y="{top:g}" text-anchor="{anchor}" fill="{colour}" font-size="{size}"'
    return f"<text {place}>{text}</text>"


def arrow(left: float, top: float, right: float, bottom: float) -> str:
    """Return an arrow."""
    return f'<line x1="{left:g}" y1="{top:g}" x2="{right:g}" y2="{bottom:g}" stroke="{INK}" marker-end="url(#tip)"/>'


def box(left: float, top: float, title: str, below: str, kind: str, width: float = 104) -> list[str]:
    """Return a box with a title and a smaller line."""
    middle = left + width / 2
    return [
        rectangle(left, top, width, 52, FILLS[kind]),
        words(middle, top + 23, title),
        words(middle, top + 41, below, colour="#555555", size=11),
    ]


def stages() -> str:
    """Return the chain of stages, from the photograph to the result."""
    steps = [("photograph", "in [0, 1]", "given")]
    steps += [(stage.name, reach(stage.reach), "exposure") for stage in EXPOSURE_STAGES]
    steps += [("colour", reach(COLOUR.reach), "colour")]
    steps += [(stage.name, reach(stage.reach + stage.noise_reach), "added") for stage in ADDED_STAGES]
    steps += [
        ("strength", "blend", "person"),
        ("your sliders", "each pixel", "person"),
        ("result", "same type", "given"),
    ]
    parts, across = [], 5
    for number, (title, below, kind) in enumerate(steps):
        row, column = divmod(number, across)
        left, top = 16 + column * 128, 20 + row * 92
        parts += box(left, top, title, below, kind)
        if column < across - 1 and number < len(steps) - 1:
            parts.append(arrow(left + 105, top + 26, left + 127, top + 26))
        elif number < len(steps) - 1:
            parts.append(
                f'<path d="M{left + 52},{top + 53} v20 H68 v18" fill="none" stroke="{INK}" marker-end="url(#tip)"/>'
            )
    rows = -(-len(steps) // across)
    return svg(16 + across * 128, 20 + rows * 92, parts)


def reach(pixels: int) -> str:
    """Return how far a stage sees, in words."""
    return f"sees {pixels} px around" if pixels else "each pixel"


def tiles() -> str:
    """Return the grid of tiles, one with its halo, and a region that somebody asks for."""
    side, left, top = 88, 24, 24
    parts = [
        rectangle(left + column * side, top + row * side, side, side, "none", FAINT)
        for row in range(3)
        for column in range(4)
    ]
    halo = 14
    parts.append(rectangle(left + side - halo, top + side - halo, side + 2 * halo, side + 2 * halo, FILLS["added"]))
    parts.append(rectangle(left + side, top + side, side, side, FILLS["colour"]))
    parts.append(words(left + 1.5 * side, top + 1.5 * side + 5, "one tile"))
    region = f'x="{left + 1.75 * side:g}" y="{top + 0.35 * side:g}" width="{1.4 * side:g}" height="{1.0 * side:g}"'
    parts.append(f'<rect {region} fill="none" stroke="{INK}" stroke-dasharray="5 4"/>')
    text = left + 4 * side + 24
    told = [
        f"Tiles of {TILE_SIZE} x {TILE_SIZE} px,",
        "counted from the picture's corner.",
        f"A tile reads up to {HALO} px around it (green);",
        "halation and fringes need more.",
        "Whatever region is asked for (dashed),",
        "the same tiles are computed, then cut.",
        "So the pixels are always the same.",
    ]
    parts += [words(text, top + 40 + 24 * number, line, anchor="start") for number, line in enumerate(told)]
    return svg(text + 290, top + 3 * side + 24, parts)


def processes() -> str:
    """Return what runs where: the window, the training process, the workers."""
    parts = [
        rectangle(20, 40, 230, 150, FILLS["person"]),
        words(135, 62, "napari's process"),
        words(135, 96, "layers, widgets"),
        words(135, 120, "applies looks with ONNX Runtime"),
        words(135, 144, "never imports Keras"),
        rectangle(440, 40, 230, 150, FILLS["colour"]),
        words(555, 62, "training process"),
        words(555, 96, "Keras: TensorFlow, JAX or torch"),
        words(555, 120, "generator and discriminators"),
        words(555, 144, "ends with its parent"),
        arrow(252, 88, 438, 88),
        words(345, 80, "pictures, in shared memory", size=11),
        arrow(438, 142, 252, 142),
        words(345, 134, "progress, previews, the look", size=11),
        rectangle(440, 220, 230, 52, FILLS["added"]),
        words(555, 250, "workers of a cluster: no Keras"),
        arrow(150, 192, 438, 246),
        words(250, 250, "the look, once to each", size=11),
    ]
    return svg(690, 292, parts)


def curves() -> str:
    """Return what some looks make of greys, from black to white, in the middle of a picture."""
    greys = np.linspace(0, 1, 52, dtype=np.float32)
    colours, middle = np.repeat(greys[:, None], 3, 1), np.zeros((len(greys), POSITION_CHANNELS), np.float32)
    parts, side = [], 150
    for number, name in enumerate(LOOKS):
        left, top = 24 + number * (side + 20), 36
        styled = map_colours(rg.pretrained(name).weights, colours, middle)
        parts += [
            words(left + side / 2, top - 12, name),
            rectangle(left, top, side, side, "white", FAINT),
            line([(0, 0), (1, 1)], left, top, side, FAINT),
        ]
        for channel, colour in enumerate(CHANNELS.values()):
            points = list(zip(greys.tolist(), styled[:, channel].tolist(), strict=True))
            parts.append(line(points, left, top, side, colour, 2))
    foot = "across: the photograph's grey, up: what becomes of its red, green and blue; thin: no change"
    width = 24 + len(LOOKS) * (side + 20)
    return svg(width, side + 72, [*parts, words(width / 2, side + 60, foot, size=11)])


def line(
    points: Sequence[tuple[float, float]], left: float, top: float, side: float, colour: str, width: float = 1
) -> str:
    """Return a curve in a square whose axes go from 0 to 1."""
    where = " ".join(f"{left + x * side:.1f},{top + (1 - y) * side:.1f}" for x, y in points)
    return f'<polyline points="{where}" fill="none" stroke="{colour}" stroke-width="{width:g}"/>'


FIGURES = {"stages": stages, "tiles": tiles, "processes": processes, "curves": curves}


def main() -> None:
    """Draw all figures."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, draw in FIGURES.items():
        (FOLDER / f"{name}.svg").write_text(draw(), "utf-8")
    print(f"{FOLDER}: {', '.join(FIGURES)}")


if __name__ == "__main__":
    main()
