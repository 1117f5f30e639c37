"""How surely and how well a glow is told, and how near results come to pictures that have it.

Photographs are given the glow of the truths, or none, sharp or softened, and measured in draws of pictures beside as
many others without it. Printed are the share of draws in which a glow is told, and, of these, the median and the first
and last decile of the strength of its main colour and of its mean radius in pixels. Then the glow that the median of
sharp draws tells is laid on photographs that are in none of them, as strongly as training lays it, and compared with
the truth on these: what it misses of the change, in squares of stored values, over the change itself (1: as far as
untouched), and how much it adds to stored values over what the truth adds.

    python benchmarks/halation_accuracy.py PHOTOS [--draws N] [--pictures N ...] [--soft PIXELS]

PHOTOS is a folder with ``modern``. It takes about four minutes on two cores.
"""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from texture_truths import read_part

from napari_retrogan.core.looks import halation
from napari_retrogan.core.looks.each_picture import measure_each
from napari_retrogan.core.looks.stray_light import halation_weights
from napari_retrogan.core.simulation.film import soften
from napari_retrogan.core.simulation.stray_light import GREEN_GLOW, RED_GLOW, Glow, add_halation
from napari_retrogan.core.stages.halation import BLOCK, HALATION
from napari_retrogan.core.stages.numpy_operations import NUMPY

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from texture_truths import Picture

SIZE = 768
LEAST = 0.02
HELD_OUT = 9
"""One photograph in so many is in no draw."""
GLOWS = {"none": None, "red": RED_GLOW, "green": GREEN_GLOW}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--draws", type=int, default=40)
    parser.add_argument("--pictures", type=int, nargs="+", default=[16, 8])
    parser.add_argument("--soft", type=float, default=1.5)
    arguments = parser.parse_args()
    paths = sorted((arguments.photos / "modern").glob("*.jpg"))
    drawn = [path for number, path in enumerate(paths) if number % HELD_OUT]
    unseen = [read_part(path, SIZE) for path in paths[::HELD_OUT]]
    plain = measure_each(partial(products, glow=None, sigma=0.0), drawn)
    for sigma in (0.0, arguments.soft):
        for name, glow in GLOWS.items():
            given = measure_each(partial(products, glow=glow, sigma=sigma), drawn)
            for count in arguments.pictures:
                orders = [np.random.default_rng(draw).permutation(len(drawn)) for draw in range(arguments.draws)]
                told = [
                    halation.tell_halation(
                        [given[at] for at in order[:count]], [plain[at] for at in order[count:][:count]]
                    )
                    for order in orders
                ]
                strengths = np.stack([each.strengths for each in told])
                print(f"{name:6} soft {sigma:.1f} {count:3} pictures: {in_words(strengths, glow)}", flush=True)
                if glow and not sigma and count == arguments.pictures[0]:
                    tell_laid(np.median(strengths, 0), glow, unseen)


def products(path: Path, glow: Glow | None, sigma: float) -> NDArray[np.float64]:
    """Return what the blocks of a photograph tell that was given a glow, softened and rounded to eight bits."""
    picture = read_part(path, SIZE)
    picture = add_halation(picture, glow) if glow else picture
    softened = soften(picture, sigma) if sigma else picture
    return halation.block_products(np.rint(np.clip(softened, 0, 1) * 255).astype(np.float32) / np.float32(255))


def in_words(strengths: NDArray[np.float64], glow: Glow | None) -> str:
    """Return how often a glow is told, and how strong and wide it is, of strengths (draws, 4, 3)."""
    main_colour = int(np.argmax(glow.strengths)) if glow else 0
    kept = strengths[strengths.sum(1).max(1) > LEAST][..., main_colour]
    words = f"told in {len(kept)} of {len(strengths)}"
    if not len(kept):
        return words
    radius = np.sqrt(np.pi / 2) * kept @ halation.GLOW_SCALES / np.maximum(kept.sum(1), 1e-9)
    for name, values in (("strength", kept.sum(1)), ("radius", radius)):
        low, middle, high = np.percentile(values, [10, 50, 90])
        words += f", {name} {middle:.2f} ({low:.2f} to {high:.2f})"
    if glow:
        true_radius = (1 - glow.tail_share) * np.sqrt(np.pi / 2) * glow.core + glow.tail_share * 2 * glow.tail
        words += f"; truth {max(glow.strengths):.2f}, {true_radius:.1f}"
    return words


def tell_laid(strengths: NDArray[np.float64], glow: Glow, pictures: list[Picture]) -> None:
    """Print how near photographs with a glow as it was told come to those with the true one."""
    weights = halation_weights(halation.Halation(strengths, np.zeros((4, 3))))
    pairs = [(picture, laid(picture, weights)) for picture in pictures]
    share = 1 / halation.laid_strength(pairs, strengths)
    weights["halation/strength"] *= np.float32(share)
    missed, change, added, true = 0.0, 0.0, 0.0, 0.0
    for picture in pictures:
        truth, ours = add_halation(picture, glow), laid(picture, weights)
        missed, change = missed + np.square(ours - truth).sum(), change + np.square(truth - picture).sum()
        added, true = added + (ours - picture).sum(), true + (truth - picture).sum()
    print(
        f"       laid on {len(pictures)} others: missed {missed / change:.2f} of the change, added {added / true:.2f}"
    )


def laid(picture: Picture, weights: dict[str, NDArray[np.float32]]) -> Picture:
    """Return a picture with a look's halation."""
    rows, columns = picture.shape[:2]
    ends = [(HALATION.reach, HALATION.reach - extent % -BLOCK) for extent in (rows, columns)]
    padded = np.pad(picture, [*ends, (0, 0)], mode="edge")
    return np.asarray(HALATION.formula(NUMPY, weights, padded, 1.0))[:rows, :columns]


if __name__ == "__main__":
    main()
