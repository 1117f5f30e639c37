"""How near marks that are measured in vintage pictures come to those that lie on these.

Marks from cut-outs are laid on photographs, measured beside other photographs, and drawn: on mid-grey, where all that
stands out is a mark, and, of the first draw, on photographs that no one saw. Both are compared with other cut-outs laid
on the same. Each draw has scenes and marks of its own; the truth on grey is that of all draws. Last come the ratios of
ours to the truth, medians of the draws. With folders of real vintage pictures the table also says what is measured in
each. Then squares with clouds of specks, drawn and finished, are compared with held-out cut-outs: how surely a small
classifier tells them apart (0.5: not at all), and the distance of their patches over that of the two halves of the
cut-outs.

    python benchmarks/mark_accuracy.py PHOTOS DAMAGE [--draws N] [--pictures N] [--size PIXELS] [--real FOLDER ...]
        [--sheet FILE]

PHOTOS is a folder with ``modern``; DAMAGE one of cut-outs. No training is needed: a draw takes half a
minute.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import texture_measures as measures
from mark_squares import Squares, drawn_clouds, laid_clouds
from PIL import Image
from texture_truths import TRUTHS, expose, read_cut_outs, read_part

from napari_retrogan.core.architecture import LUMINANCE
from napari_retrogan.core.inference.mark_finishing import trained_network
from napari_retrogan.core.inference.mark_plane import MarkPlane, marked
from napari_retrogan.core.inference.tiling import Region
from napari_retrogan.core.looks.marks import measure_marks
from napari_retrogan.core.stages.mark_finish import MARK_FINISH
from napari_retrogan.core.stages.marks import MARK_KINDS, MarkStatistics
from napari_retrogan.core.stages.numpy_operations import NUMPY

if TYPE_CHECKING:
    from texture_truths import CutOuts, Picture

GREY, GREYS = 0.45, 24
SQUARES = 240
SEEN = 0.03
"""Change of mid-grey that is seen."""


def main() -> None:
    """Measure, draw, and print what is found in both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path)
    parser.add_argument("damage", type=Path)
    parser.add_argument("--draws", type=int, default=6)
    parser.add_argument("--pictures", type=int, default=12)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--real", type=Path, nargs="*", default=[], help="folders of vintage pictures")
    parser.add_argument("--sheet", type=Path, help="a picture of crops at 1:1: the truth, then what was drawn")
    arguments = parser.parse_args()
    modern = sorted((arguments.photos / "modern").glob("*.jpg"))
    halves = read_cut_outs(arguments.damage)
    grey = [np.full((arguments.size, arguments.size, 3), GREY, np.float32)] * GREYS
    laid = [expose(TRUTHS["marks"], grey, halves[1], draw + 1) for draw in range(arguments.draws)]
    wanted = _tell("mid-grey", "truth", [picture for pictures in laid for picture in pictures])
    ratios = []
    for draw in range(arguments.draws):
        chosen = [modern[index] for index in np.random.default_rng(draw).permutation(len(modern))]
        photographs, scenes, unseen = (
            [read_part(path, arguments.size) for path in chosen[start::4][: arguments.pictures]] for start in (0, 1, 3)
        )
        told = _measure("cut-outs", expose(TRUTHS["marks"], scenes, halves[0], draw), photographs)
        found = _tell("mid-grey", "ours", [_drawn(told, picture, number) for number, picture in enumerate(grey)])
        ratios.append([found[name] / max(wanted[name], 1e-6) for name in wanted])
        if not draw:
            truth = expose(TRUTHS["marks"], unseen, halves[1], 1)
            ours = [_drawn(told, picture, number) for number, picture in enumerate(unseen)]
            for label, each in (("clean", unseen), ("truth", truth), ("ours", ours)):
                _tell("unseen", label, each)
            first = photographs, truth, ours
    print(
        "ours over the truth:",
        ", ".join(f"{each:.2f} {name}" for each, name in zip(np.median(ratios, 0), wanted, strict=True)),
    )
    photographs, truth, ours = first
    if arguments.sheet:
        columns = [np.concatenate(each[:3], 0) for each in (truth, ours)]
        Image.fromarray(np.rint(255 * np.concatenate(columns, 1)).astype(np.uint8)).save(arguments.sheet)
    _tell_clouds(halves)
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


def _tell_clouds(halves: tuple[CutOuts, CutOuts]) -> None:
    """Print how near drawn and finished clouds come to those of cut-outs that were kept back."""
    random, pictures = np.random.default_rng(0), range(1000, 1000 + GREYS)
    other, wanted = (
        Squares([laid_clouds(half, each) for each in pictures], 0).draw(random, SQUARES) for half in halves
    )
    seen = Squares([drawn_clouds(each) for each in pictures], MARK_FINISH.reach).draw(random, SQUARES)
    noise = random.standard_normal((*seen.shape[:3], 3), np.float32)
    network = trained_network()
    finished = [MARK_FINISH.formula(NUMPY, network, *each) for each in zip(seen, noise, strict=True)]
    drawn = seen[:, MARK_FINISH.reach : -MARK_FINISH.reach, MARK_FINISH.reach : -MARK_FINISH.reach, :1]
    sets = {"cut-outs": other, "drawn": drawn, "finished": finished, "kept back": wanted}
    grey = {label: [np.repeat(square, 3, -1) for square in squares] for label, squares in sets.items()}
    truth = grey.pop("kept back")
    patches = measures.patches(truth)
    distances = {label: measures.sliced_distance(measures.patches(each), patches) for label, each in grey.items()}
    for label, squares in grey.items():
        auc = measures.classifier_auc(squares, truth)
        print(f"clouds    {label:9}AUC {auc:.2f}, patches {distances[label] / distances['cut-outs']:.2f}", flush=True)


def _tell(words: str, label: str, pictures: list[Picture]) -> dict[str, float]:
    """Return and print what stands out of pictures; of grey ones also how much of them marks change, and how far."""
    found = measures.marks(pictures)
    if words == "mid-grey":
        changes = np.abs(np.stack(pictures) - GREY) @ LUMINANCE
        found["% covered"] = 100 * float((changes > SEEN).mean())
        found["% hidden"] = 100 * float(changes.mean()) / GREY
    print(f"{words:10}{label:8}" + ", ".join(f"{value:.1f} {key}" for key, value in found.items()), flush=True)
    return found


def _drawn(told: MarkStatistics, picture: Picture, number: int) -> Picture:
    """Return a picture with marks."""
    layer = MarkPlane(told.to_bytes(), 1.0, 7, number).layer(Region(0, 0, *picture.shape[:2]))
    return np.moveaxis(marked(np.moveaxis(picture, -1, 0), layer), 0, -1)


if __name__ == "__main__":
    main()
