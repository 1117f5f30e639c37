"""Train the looks that come with the package.

    python scripts/make_pretrained.py PHOTOGRAPHS VINTAGE_COLOUR VINTAGE_BW [--only NAME ...]

The folders hold JPEG pictures: photographs of today, and prints, slides and plates whose names begin with their
collection. Real looks are learnt unpaired; simulated ones from pairs, because there the same scene exists twice.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

import napari_retrogan as rg
from napari_retrogan.core.simulation.prints import PRINTS
from napari_retrogan.core.simulation.simulator import RandomLook, Texture

TARGET = Path(__file__).parents[1] / "src/napari_retrogan/core/looks/pretrained"
NUM_PHOTOGRAPHS, NUM_PAIRS = 48, 24
INFERRED = "public domain as a work of the U.S. Government (inferred, not stated with the files)"


@dataclass(frozen=True)
class Recipe:
    """A look: its card, and either the collections to learn from or the simulation to copy."""

    title: str
    description: str
    source: str
    licence: str
    collections: tuple[str, ...] = ()
    simulation: RandomLook | None = None


def _simulated(title: str, description: str, look: RandomLook) -> Recipe:
    """Return the recipe of a simulated look."""
    return Recipe(title, description, "Simulated by formulas; no film was measured.", "none needed", simulation=look)


RECIPES = {
    "faded-slides-1970s": Recipe(
        "Faded slides, 1970s",
        "Muted colours, dark shadows with a cast and hardly any grain, as scans of ageing slides show them.",
        "63 slides of DOCUMERICA, of the U.S. Environmental Protection Agency, 1971 to 1977 (National Archives).",
        INFERRED,
        ("documerica",),
    ),
    "kodachrome-1940s": Recipe(
        "Kodachrome, 1940s",
        "Muted, warm colours. Learnt from two pictures only, so much of it is an informed guess.",
        "2 colour transparencies of the Farm Security Administration, about 1940 (Library of Congress).",
        "no known restrictions on publication (Library of Congress)",
        ("fsac",),
    ),
    "three-colour-plates-1910s": Recipe(
        "Three-colour plates, 1910s",
        "Strong, slightly unruly colours of three plates exposed in turn. Fringes of colour are not imitated.",
        "4 plates of S. M. Prokudin-Gorskii, 1905 to 1915 (Library of Congress), aligned for the training.",
        "public domain (inferred: the photographer died in 1944)",
        ("prokudin",),
    ),
    "silver-prints-1930s": Recipe(
        "Silver prints, 1930s",
        "Black and white with soft highlights and visible grain.",
        "76 negatives of the FSA and the Office of War Information, 1935 to 1943 (Library of Congress).",
        "no known restrictions on publication (Library of Congress)",
        ("fsa_",),
    ),
    "portraits-1900s": Recipe(
        "Portraits, about 1900",
        "One brown or grey tone, soft. Learnt from three portraits, so tone is sure and little else.",
        "3 portraits of the 19th and early 20th century, from the example of the program Gramps.",
        "GPL-2 or later as part of that package; the photographs are older than any copyright",
        ("gramps",),
    ),
    "warm-print": _simulated("Warm print", "A yellowed print with lifted shadows.", PRINTS["warm_print"]),
    "cross-processed": _simulated(
        "Cross-processed slide",
        "Steep red and green, flat blue: cyan-blue shadows and yellow lights.",
        RandomLook(
            (
                (
                    "curves",
                    {"heights": [[0, 0.12, 0.55, 0.9, 1], [0, 0.18, 0.55, 0.86, 1], [0.18, 0.35, 0.5, 0.64, 0.8]]},
                ),
                ("saturate", {"amount": 1.15}),
            ),
            texture=Texture(grain=0.03, softness=0.4),
        ),
    ),
    "cyanotype": _simulated(
        "Cyanotype",
        "Prussian blue on cream paper.",
        RandomLook(
            (
                (
                    "monochrome",
                    {
                        "weights": (0.15, 0.45, 0.40),
                        "toning": ((0.04, 0.11, 0.26), (0.12, 0.29, 0.50), (0.35, 0.53, 0.70), (0.95, 0.94, 0.88)),
                    },
                ),
            ),
            texture=Texture(softness=0.8, grain=0.02),
        ),
    ),
    "instant-print": _simulated(
        "Instant print",
        "Creamy whites, greenish shadows, little contrast, dark corners.",
        RandomLook(
            (
                ("contrast", {"slope": -1.5, "pivot": 0.5}),
                ("split_tone", {"shadows": (-0.02, 0.03, 0.02), "highlights": (0.03, 0.01, -0.06), "balance_at": 1.0}),
                ("saturate", {"amount": 0.85}),
                ("print_between", {"black": (0.09, 0.10, 0.10), "white": (0.97, 0.95, 0.87)}),
                ("vignette", {"amount": 0.28, "power": 1.4}),
            ),
            texture=Texture(softness=1.0, grain=0.02),
        ),
    ),
    "sepia": _simulated(
        "Sepia",
        "Brown tones on ivory paper.",
        RandomLook(
            (
                ("contrast", {"slope": 2.0, "pivot": 0.5}),
                (
                    "monochrome",
                    {
                        "weights": (0.3, 0.55, 0.15),
                        "toning": ((0.10, 0.06, 0.03), (0.36, 0.25, 0.15), (0.68, 0.55, 0.40), (0.97, 0.92, 0.82)),
                    },
                ),
                ("vignette", {"amount": 0.15, "power": 1.0}),
            ),
            texture=Texture(softness=0.7, grain=0.03, grain_chroma=0.0),
        ),
    ),
}


def read(path: Path) -> np.ndarray:
    """Return a picture as RGB in [0, 1]."""
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"), np.float32) / 255


def train(recipe: Recipe, photographs: list[np.ndarray], folders: list[Path]) -> rg.VintageGenerator:
    """Train one look."""
    preset = "balanced" if recipe.simulation is None else "draft"
    config = rg.TrainingConfig.preset(preset, checkpoint_seconds=0.0)
    if recipe.simulation is None:
        paths = sorted(
            path for folder in folders for path in folder.glob("*.jpg") if path.name.startswith(recipe.collections)
        )
        return rg.train(photographs, [read(path) for path in paths], config=config)
    before = photographs[:NUM_PAIRS]
    after = [recipe.simulation.expose(picture, seed) for seed, picture in enumerate(before)]
    return rg.train(before, after, config=config, paired=True)


def main() -> None:
    """Train the looks and write them and their cards."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photographs", type=Path)
    parser.add_argument("vintage", type=Path, nargs=2)
    parser.add_argument("--only", nargs="+", default=list(RECIPES))
    arguments = parser.parse_args()
    paths = sorted(arguments.photographs.glob("*.jpg"))
    chosen = np.linspace(0, len(paths) - 1, NUM_PHOTOGRAPHS).round().astype(int)
    photographs = [read(paths[index]) for index in chosen]
    TARGET.mkdir(exist_ok=True)
    for name in arguments.only:
        generator = train(RECIPES[name], photographs, arguments.vintage)
        path = replace(generator, history=()).save(TARGET / f"{name}.retrogan", overwrite=True)
        told = ("change", "held_out_distance", "grain_distance", "detail_distance")
        print(name, path.stat().st_size, {key: generator.provenance.get(key) for key in told})
    cards = [
        {
            "name": name,
            "title": each.title,
            "description": each.description,
            "source": each.source,
            "licence": each.licence,
        }
        for name, each in RECIPES.items()
    ]
    (TARGET / "cards.json").write_text(json.dumps(cards, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
