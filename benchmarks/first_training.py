"""The first training that a person does: 8 photographs and 8 vintage layers of 768 px, default settings.

Prints, for each film, the colour difference to the truth on unseen photographs beside the baselines, the error of
the grain's spectrum, and the time that training took; the first one also imports the framework.

    python benchmarks/first_training.py PHOTOGRAPHS TABLES [--films NAME ...] [--draws 0 1] [--sheet FILE]

PHOTOGRAPHS is a folder of JPEG pictures with a long side of 768 px, TABLES one of HaldCLUT tables in subfolders.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from baselines import baselines
from film import Film, Picture, draw_pictures
from metrics import colour_difference, grain_spectrum_error
from PIL import Image

import napari_retrogan as rg

NUM_LAYERS, NUM_UNSEEN = 8, 12
FILMS = (
    "colorslide/generic_kodachrome_64",
    "colorslide/polaroid_669",
    "negative_color/fuji_superia_hg_1600",
    "instant_consumer/polaroid_px-680",
    "negative_new/kodak_portra_160",
    "bw/kodak_tri-x_400",
)


@dataclass
class Trained:
    """A generator and how long it took from the call, in seconds; the framework's import is part of the first call."""

    generator: rg.VintageGenerator
    seconds: float
    first_preview: float


def train(
    photographs: list[Picture], vintage: list[Picture], config: rg.TrainingConfig, paired: bool = False
) -> Trained:
    """Train and watch the clock."""
    started, preview = time.monotonic(), 0.0
    for event in rg.iter_train(photographs, vintage, config=config, paired=paired):
        match event:
            case rg.PreviewReady() if not preview:
                preview = time.monotonic() - started
            case rg.TrainingFinished(generator=generator):
                return Trained(generator, time.monotonic() - started, preview)
    raise SystemExit("Training ended without a generator.")


def measure(film: Film, draw: int, config: rg.TrainingConfig, folder: Path) -> tuple[dict[str, float], list[Picture]]:
    """Train once; return figures by name and a row of pictures: photograph, best baseline, ours, truth."""
    photographs, prints, unseen = draw_pictures(folder, [NUM_LAYERS, NUM_LAYERS, NUM_UNSEEN], draw)
    vintage = [film.expose(picture, 100 + index) for index, picture in enumerate(prints)]
    truth = [film.expose(picture, 900 + index) for index, picture in enumerate(unseen)]
    colours = [film.colours(picture) for picture in unseen]
    trained = train(photographs, vintage, config)
    results = [trained.generator.apply(picture, brightness="learnt") for picture in unseen]
    ungrained = [trained.generator.apply(picture, grain=0.0, brightness="learnt") for picture in unseen]
    methods = baselines(photographs, vintage)
    rows = {
        name: _mean_difference([method(picture) for picture in unseen], colours) for name, method in methods.items()
    }
    best = min(("Reinhard", "histogram", "linear"), key=lambda name: rows[name])
    rows["best baseline"] = rows[best]
    rows["ours"] = _mean_difference(ungrained, colours)
    rows["grain dB, untouched"] = grain_spectrum_error(unseen, truth, unseen)
    rows["grain dB, ours"] = grain_spectrum_error(results, truth, unseen)
    rows["seconds"], rows["first preview"] = trained.seconds, trained.first_preview
    sheet = [unseen[0], methods[best](unseen[0]), results[0], truth[0]]
    return rows, sheet


def _mean_difference(results: list[Picture], truths: list[Picture]) -> float:
    """Return the mean colour difference over pictures without grain."""
    return float(np.mean([colour_difference(*pair) for pair in zip(results, truths, strict=True)]))


def main() -> None:
    """Run the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photographs", type=Path)
    parser.add_argument("tables", type=Path)
    parser.add_argument("--films", nargs="+", default=FILMS)
    parser.add_argument("--draws", nargs="+", type=int, default=[0])
    parser.add_argument("--steps", type=int, default=rg.TrainingConfig().num_steps)
    parser.add_argument("--sheet", type=Path, help="picture to write: photograph, best baseline, ours, truth")
    arguments = parser.parse_args()
    config, table, sheets = rg.TrainingConfig(num_steps=arguments.steps), [], []
    for draw in arguments.draws:
        for name in arguments.films:
            figures, sheet = measure(Film.read(arguments.tables / f"{name}.png"), draw, config, arguments.photographs)
            if not table:
                print("film".ljust(38), *(f"{column:>14.14}" for column in figures))
            print(f"{name} ({draw})".ljust(38), *(f"{value:14.2f}" for value in figures.values()), flush=True)
            table.append(list(figures.values()))
            sheets.append(np.hstack([np.clip(picture, 0, 1) for picture in sheet]))
    print("mean".ljust(38), *(f"{value:14.2f}" for value in np.mean(table, 0)))
    print("median".ljust(38), *(f"{value:14.2f}" for value in np.median(table, 0)))
    if arguments.sheet:
        width = min(sheet.shape[1] for sheet in sheets)
        height = min(sheet.shape[0] for sheet in sheets)
        stacked = np.vstack([sheet[:height, :width] for sheet in sheets])
        Image.fromarray((255 * stacked).astype(np.uint8)).save(arguments.sheet)


if __name__ == "__main__":
    main()
