"""How near results come to vintage pictures in texture, for truths that a formula does not give and for real sets.

For each, photographs and vintage pictures of other scenes are given, and results on photographs that no one saw are
compared with vintage pictures that were held out: of a truth, with what it makes of the same photographs, with random
numbers and cut-outs that no one saw, so that scenes tell nothing; of real sets, with the other half of them. Each
distance is printed over the floor, that between two halves of vintage pictures, which are of other scenes. In one
table: (a) the photographs untouched, (b) Gaussian grain of the measured spectrum and strength, without a step and
without particles, marks, halation, fringes and a screen, whose dots were taken off what the grain is measured in, (c) a
training as it ships, which also measures these and descends on a distance of patches, and (d) one with a critic in its
place, see ``grain_critic.py``, for some (e) the truth with one number a little off, and (f) the truth itself with
other random numbers, which nothing can be expected to come nearer than. Measures are explained in
``texture_measures.py``; AUC is that of a small classifier and has no floor: 0.5 is perfect. "of b" is the mean over
that of (b). Beside them stand the steps that were taken until nothing was gained, and by how much the training itself
found its held-out squares nearer; "-" where the grain is noise and was not trained. Results have as many marks as
were measured (``marks=1``) and are as bright as the vintage pictures tell, since texture follows tone. Marks,
halation and fringes are told in their own units below the table.

    python benchmarks/texture_accuracy.py PHOTOS DAMAGE [--truths PART ...] [--results LETTERS] [--pictures N]
        [--size PIXELS] [--steps N] [--own-colours] [--sheet FOLDER]

PHOTOS is a folder with ``modern`` and the folders of ``REAL``; DAMAGE one of cut-outs. Of N pictures a side,
the same number are held out. With ``--own-colours`` results keep the photographs' colours, which are those of all
truths but silver grain: what is left is texture alone, without what a look's colours, told from few pictures, do to
contrast. With the defaults a run takes about 20 minutes on two cores;
`--pictures 16 --size 768` is what trainings are meant for.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import texture_measures as measures
from grain_critic import CriticRefinement
from PIL import Image
from texture_truths import NEARLY, REAL, TRUTHS, expose, read_cut_outs, read_part

import napari_retrogan as rg
from napari_retrogan.core.gan import vintage_training
from napari_retrogan.core.gan.grain_refinement import GrainRefinement
from napari_retrogan.core.gan.particle_search import find_particles
from napari_retrogan.core.looks.fringes import measure_fringes
from napari_retrogan.core.looks.halation import measure_halation
from napari_retrogan.core.looks.shrinkage import weaken

if TYPE_CHECKING:
    from texture_truths import CutOuts, Picture

ROWS = ("moments", "patches", "marks")
RESULTS = {"b closed form": None, "c descent": GrainRefinement, "d critic": CriticRefinement}


def main() -> None:
    """Run what is asked for and print it."""
    arguments = _arguments()
    heads = (*ROWS, "mean", "of b", "AUC", "seconds", "steps", "nearer")
    print(f"{'truth':16}{'result':16}" + "".join(f"{name:>9}" for name in heads), flush=True)
    told = []
    for name in [name for name in (*TRUTHS, *REAL) if any(part in name for part in arguments.truths)]:
        photographs, vintage, held_out, unseen = _pictures(name, arguments)
        halves = held_out[::2], held_out[1::2]
        floor = {row: max(value, 1e-3) for row, value in _distances(*halves).items()}
        results: dict[str, tuple[list[Picture], list[str]]] = {"a untouched": (unseen, ["-", "-", "-"])}
        for label, refinement in RESULTS.items():
            if label[0] not in arguments.results:
                continue
            results[label] = _trained(photographs, vintage, unseen, refinement, arguments)
        if name in NEARLY and "e" in arguments.results:
            results["e nearly truth"] = expose(NEARLY[name], unseen, {}, seed=2), ["-", "-", "-"]
        if name in TRUTHS and "f" in arguments.results:
            _, cut_outs = read_cut_outs(arguments.damage)
            results["f truth"] = expose(TRUTHS[name], unseen, cut_outs, seed=2), ["-", "-", "-"]
        compared = {
            label: {row: value / floor[row] for row, value in _distances(pictures, held_out).items()}
            for label, (pictures, _) in results.items()
        }
        means = {label: float(np.mean(list(over.values()))) for label, over in compared.items()}
        for label, (pictures, told_of_it) in results.items():
            auc = measures.classifier_auc(pictures, held_out)
            of_b = means[label] / means.get("b closed form", np.nan)
            numbers = [f"{number:.2f}" for number in (*compared[label].values(), means[label], of_b, auc)]
            print(f"{name:16}{label:16}" + "".join(f"{each:>9}" for each in (*numbers, *told_of_it)), flush=True)
        told.append(
            _in_their_units(name, {"truth": held_out, **{key: each for key, (each, _) in results.items()}}, unseen)
        )
        if arguments.sheet:
            _save_sheet(
                arguments.sheet / f"{name.replace(' ', '_')}.png", [held_out, *(each for each, _ in results.values())]
            )
    print("\n" + "\n".join(told))


def _arguments() -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", type=Path)
    parser.add_argument("damage", type=Path)
    parser.add_argument("--truths", nargs="+", default=[""], metavar="PART", help="parts of names; all by default")
    parser.add_argument("--results", default="bcdef", metavar="LETTERS", help="which of b to f to make")
    parser.add_argument("--pictures", type=int, default=8, help="of each side; as many are held out")
    parser.add_argument("--size", type=int, default=384, help="longest side; pictures are cut, not reduced")
    parser.add_argument("--steps", type=int, default=rg.TrainingConfig().num_steps)
    parser.add_argument("--own-colours", action="store_true", help="leave colours out: texture alone")
    parser.add_argument("--sheet", type=Path, metavar="FOLDER", help="folder for crops: real, then each result")
    return parser.parse_args()


def _pictures(name: str, arguments: argparse.Namespace) -> tuple[list[Picture], ...]:
    """Return photographs, vintage pictures, held-out vintage pictures and unseen photographs, all of other scenes."""
    count = arguments.pictures
    modern = sorted((arguments.photos / "modern").glob("*.jpg"))
    chosen = [modern[index] for index in np.random.default_rng(0).permutation(len(modern))]
    parts = {start: [read_part(path, arguments.size) for path in chosen[start::4][:count]] for start in (0, 1, 3)}
    if name in REAL:
        real = [read_part(path, arguments.size) for path in sorted(arguments.photos.glob(REAL[name]))]
        return parts[0], real[::2][:count], real[1::2][:count], parts[3]
    halves: tuple[CutOuts, CutOuts] = read_cut_outs(arguments.damage)
    vintage, held_out = (
        expose(TRUTHS[name], part, halves[half], half) for half, part in enumerate((parts[1], parts[3]))
    )
    return parts[0], vintage, held_out, parts[3]


def _trained(
    photographs: list[Picture],
    vintage: list[Picture],
    unseen: list[Picture],
    refinement: Any,
    arguments: argparse.Namespace,
) -> tuple[list[Picture], list[str]]:
    """Return results of a training, and its seconds, its steps and how much nearer it found its grain."""
    start = time.perf_counter()
    config = rg.TrainingConfig(num_steps=arguments.steps if refinement else 0, checkpoint_seconds=0.0)
    vintage_training.GrainRefinement = refinement or GrainRefinement
    vintage_training.find_particles = find_particles if refinement else lambda *_, **__: {}
    generator = rg.train(photographs, vintage, config, engine="local")
    seconds, verdict = time.perf_counter() - start, generator.provenance.get("grain_match")
    nearer = f"{1 - verdict['refined'] / verdict['start']:.0%}" if verdict else "-"
    told = [f"{seconds:.1f}", str(generator.provenance["steps"]), nearer]
    if arguments.own_colours:
        generator = rg.VintageGenerator.from_weights(weaken(generator.weights, 0.0))
    extra = {"marks": 1.0} if refinement else {"halation": 0.0, "fringes": 0.0, "screen": 0.0}
    applied = [
        np.asarray(generator.apply(picture, seed=number, brightness="learnt", **extra))
        for number, picture in enumerate(unseen)
    ]
    results = [np.rint(picture * 255).astype(np.float32) / np.float32(255) for picture in applied]
    return results, told


def _distances(pictures: list[Picture], vintage: list[Picture]) -> dict[str, float]:
    """Return distances by measure."""
    return {
        "moments": measures.moment_distance(measures.moments(pictures), measures.moments(vintage)),
        "patches": measures.sliced_distance(measures.patches(pictures), measures.patches(vintage, 1)),
        "marks": measures.mark_distance(measures.marks(pictures), measures.marks(vintage)),
    }


def _in_their_units(name: str, results: dict[str, list[Picture]], ordinary: list[Picture]) -> str:
    """Return marks, fringes in pixels of 768 and glow of each result in words."""
    lines = [name]
    for label, pictures in results.items():
        found = measures.marks(pictures)
        fringes, glow = measure_fringes(pictures), measure_halation(pictures, ordinary).strengths.sum(0)
        half_diagonal = np.median([np.hypot(*picture.shape[:2]) for picture in pictures]) / 2
        moved = np.column_stack([fringes.offsets, fringes.scales]) * half_diagonal
        marks = ", ".join(f"{value:.1f} {key}" for key, value in found.items())
        lines.append(
            f"  {label:14} {marks}; red {moved[0].round(2)}, blue {moved[1].round(2)} px; glow {glow.round(3)}"
        )
    return "\n".join(lines)


def _save_sheet(path: Path, columns: list[list[Picture]], side: int = 256) -> None:
    """Save crops at 1:1: a row a picture, real first, then the same photograph in each result."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = min(4, *(len(column) for column in columns))
    sheet = np.zeros((rows * side, len(columns) * side, 3), np.uint8)
    for across, column in enumerate(columns):
        for down, picture in enumerate(column[:rows]):
            top, left = (max(0, (extent - side) // 2) for extent in picture.shape[:2])
            crop = np.rint(255 * np.clip(picture[top : top + side, left : left + side], 0, 1)).astype(np.uint8)
            sheet[down * side : down * side + crop.shape[0], across * side : across * side + crop.shape[1]] = crop
    Image.fromarray(sheet).save(path)


if __name__ == "__main__":
    main()
