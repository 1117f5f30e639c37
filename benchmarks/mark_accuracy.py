"""How near marks that are measured in vintage pictures come to those that lie on these.

Marks from cut-outs are laid on photographs, measured beside other photographs, and drawn: on mid-grey, where all that
stands out is a mark, and on photographs that no one saw. Both are compared with other cut-outs laid on the same. With
folders of real vintage pictures the table also says what is measured in each.

    python benchmarks/mark_accuracy.py PHOTOS DAMAGE [--pictures N] [--size PIXELS] [--real FOLDER ...] [--sheet FILE]

PHOTOS is a folder with ``modern``; DAMAGE one of cut-outs. No training is needed: it takes a minute.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import texture_measures as measures
from PIL import Image
from texture_truths import TRUTHS, expose, read_cut_outs, read_part

from napari_retrogan.core.inference.mark_cells import MarkPlane, marked
from napari_retrogan.core.inference.tiling import Region
from napari_retrogan.core.looks.marks import measure_marks
from napari_retrogan.core.stages.marks import MARK_KINDS, MarkStatistics

if TYPE_CHECKING:
    from texture_truths import Picture

GREY = 0.45


def main() -> None:
    """Measure, draw, and print what is found in both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path)
    parser.add_argument("damage", type=Path)
    parser.add_argument("--pictures", type=int, default=12)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--real", type=Path, nargs="*", default=[], help="folders of vintage pictures")
    parser.add_argument("--sheet", type=Path, help="a picture of crops at 1:1: the truth, then what was drawn")
    arguments = parser.parse_args()
    modern = sorted((arguments.photos / "modern").glob("*.jpg"))
    chosen = [modern[index] for index in np.random.default_rng(0).permutation(len(modern))]
    photographs, scenes, unseen = (
        [read_part(path, arguments.size) for path in chosen[start::4][: arguments.pictures]] for start in (0, 1, 3)
    )
    halves = read_cut_outs(arguments.damage)
    told = _measure("cut-outs", expose(TRUTHS["marks"], scenes, halves[0], 0), photographs)
    grey = [np.full_like(picture, GREY) for picture in unseen]
    for words, pictures in (("mid-grey", grey), ("unseen", unseen)):
        truth = expose(TRUTHS["marks"], pictures, halves[1], 1)
        ours = [_drawn(told, picture, number) for number, picture in enumerate(pictures)]
        for label, each in (("clean", pictures), ("truth", truth), ("ours", ours)):
            found = ", ".join(f"{value:.1f} {key}" for key, value in measures.marks(each).items())
            print(f"{words:10}{label:8}{found}", flush=True)
    if arguments.sheet:
        columns = [np.concatenate(each[:3], 0) for each in (truth, ours)]
        Image.fromarray(np.rint(255 * np.concatenate(columns, 1)).astype(np.uint8)).save(arguments.sheet)
    for folder in arguments.real:
        paths = sorted(folder.glob("*.jpg"))
        kept = [paths[index] for index in np.linspace(0, len(paths) - 1, arguments.pictures).astype(int)]
        _measure(folder.name, [read_part(path, arguments.size) for path in kept], photographs)


def _measure(words: str, vintage: list[Picture], photographs: list[Picture]) -> MarkStatistics:
    """Return and print what is measured."""
    start = time.process_time()
    told = measure_marks(vintage, photographs)
    rates = ", ".join(f"{kind} {rate:.1f}" for kind, rate in zip(MARK_KINDS, told.rate, strict=True))
    print(f"{words}: {rates} a megapixel, in {time.process_time() - start:.1f} CPU-seconds", flush=True)
    return told


def _drawn(told: MarkStatistics, picture: Picture, number: int) -> Picture:
    """Return a picture with marks."""
    layer = MarkPlane(told.to_bytes(), 1.0, 7, number).layer(Region(0, 0, *picture.shape[:2]))
    return np.moveaxis(marked(np.moveaxis(picture, -1, 0), layer), 0, -1)


if __name__ == "__main__":
    main()
