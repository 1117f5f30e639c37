"""Make the looks that come with the package.

    python scripts/make_pretrained.py PHOTOGRAPHS TABLES VINTAGE ... [--only NAME ...]

PHOTOGRAPHS is a folder of JPEG pictures of today, TABLES one of HaldCLUT tables in subfolders, and each VINTAGE one of
prints, slides and plates whose names begin with their collection. `look_recipes` tells every look: colours of formulas
and tables are fitted to what they make of all colours, those of one tone written as they are, and those of real
pictures trained and, with the black and white of these, developed further by steps; grain, softness, halation, fringes,
marks and screens are set.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
from look_recipes import GROUPS, RECIPES, Film, Recipe
from PIL import Image
from scipy.ndimage import map_coordinates
from skimage.color import lab2rgb, rgb2lab

import napari_retrogan as rg
from napari_retrogan.core.architecture import LUMINANCE, THUMBNAIL_SIZE
from napari_retrogan.core.gan.generator import trainable_colour
from napari_retrogan.core.gan.keras_operations import SeedSequence, StageLayer
from napari_retrogan.core.gan.model_state import compile_model
from napari_retrogan.core.images.frame import inside_frame
from napari_retrogan.core.images.pixel_positions import pixel_positions
from napari_retrogan.core.inference.taste import bend
from napari_retrogan.core.looks.grain import Grain
from napari_retrogan.core.looks.one_tone import as_one_tone, is_one_tone, with_tones
from napari_retrogan.core.looks.statistics import ordinary_photographs
from napari_retrogan.core.looks.texture_start import texture_weights
from napari_retrogan.core.simulation.simulator import RandomLook
from napari_retrogan.core.simulation.tones import POSITIONAL
from napari_retrogan.core.stages.chain import STYLE_NAMES, WEIGHTS
from napari_retrogan.core.stages.colour import COLOUR, HIDDEN, map_colours
from napari_retrogan.core.stages.marks import USUAL_MARKS
from napari_retrogan.core.stages.particles import NO_PARTICLES
from napari_retrogan.core.version import __version__

TARGET = Path(__file__).parents[1] / "src/napari_retrogan/core/looks/pretrained"
NUM_PHOTOGRAPHS = 48
STEPS, BATCH, RATE = 4000, 4096, 2e-2
ORDINARY_BRIGHTNESS = 0.42
VIEW_SIZE = 150
"""Long side in pixels of the pictures whose black and white are measured."""
ENDS = 1, 99
"""Percentiles of lightness that are a set's black and white."""
SCREEN_ANGLES = (15.0, 75.0, 0.0)
"""Of the dots of cyan, magenta and yellow, in degrees, as printers turn them."""
GLOWS = (0.5, 0.3, 0.2)
"""How the narrow, the middle and the wide glow share the strength of halation."""

Colours = Any


def read(path: Path) -> np.ndarray:
    """Return a picture as RGB in [0, 1]."""
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"), np.float32) / 255


def through_table(path: Path, colours: Colours) -> Colours:
    """Return colours (N, 3) as a HaldCLUT table has them, between its levels linearly."""
    flat = read(path)
    size = round((flat.shape[0] * flat.shape[1]) ** (1 / 3))
    table = flat.reshape(size, size, size, 3)
    places = colours[:, ::-1].T * (size - 1)
    return np.stack([map_coordinates(table[..., channel], places, order=1) for channel in range(3)], -1)


def brought_to_ordinary_brightness(picture: np.ndarray) -> np.ndarray:
    """Bend a picture so that its median luminance is an ordinary one; black and white stay."""
    median = float(np.median(picture @ LUMINANCE))
    slope = ORDINARY_BRIGHTNESS * (1 - median) / (median * (1 - ORDINARY_BRIGHTNESS))
    return bend(picture, float(np.clip(slope, 0.5, 4)))


def all_colours(random: np.random.Generator) -> tuple[Colours, Colours]:
    """Return ordinary colours, any others and greys, and places for each."""
    colours, positions = [], []
    for view in ordinary_photographs():
        rows, columns = (np.arange(extent)[1::3] for extent in view.shape[:2])
        colours.append(view[np.ix_(rows, columns)].reshape(-1, 3))
        positions.append(pixel_positions(view.shape[:2], rows + 0.5, columns + 0.5).reshape(-1, 3))
    ordinary, places = np.concatenate(colours), np.concatenate(positions)
    strange = random.random((len(ordinary) // 2, 3), np.float32)
    greys = np.repeat(random.random((len(ordinary) // 6, 1), np.float32), 3, 1)
    every = np.concatenate([ordinary, strange, greys]).astype(np.float32)
    return every, places[random.integers(len(places), size=len(every))].astype(np.float32)


def formula_colours(recipe: Recipe, tables: Path) -> dict[str, np.ndarray]:
    """Return the weights of a style that does to all colours what a recipe does."""
    random = np.random.default_rng(0)
    colours, positions = all_colours(random)
    positional = any(name in POSITIONAL for name, _ in recipe.steps)
    if not positional:
        positions = np.zeros_like(positions)
    begun = np.clip(through_table(tables / f"{recipe.table}.png", colours), 0, 1) if recipe.table else colours
    targets = RandomLook(recipe.steps).tone(begun.astype(np.float32), positions)
    return fitted_colours(colours, positions, targets, positional, random)


def developed_colours(recipe: Recipe, weights: dict[str, np.ndarray], views: list[np.ndarray]) -> dict[str, np.ndarray]:
    """Return the weights of a style that was trained, after a recipe's steps, with the black and white of pictures."""
    random = np.random.default_rng(0)
    colours, positions = all_colours(random)
    ends = np.array([[0.0] * 3, [1.0] * 3], np.float32)

    def developed(colours: Colours, positions: Colours) -> Colours:
        return RandomLook(recipe.steps).tone(map_colours(weights, colours, positions), positions)

    found = rgb2lab(developed(ends, np.zeros_like(ends)))[:, 0]
    wanted = np.percentile(np.concatenate([rgb2lab(view)[..., 0].ravel() for view in views]), ENDS)
    (low, high), (black, white) = (grey_of(each) for each in (found, wanted))
    targets = np.clip(black + (developed(colours, positions) - low) * (white - black) / (high - low), 0, 1)
    style = fitted_colours(colours, positions, targets, True, random)
    return as_one_tone(weights | style, views) if is_one_tone(views) else weights | style


def grey_of(lightness: np.ndarray) -> np.ndarray:
    """Return the stored values of greys of these lightnesses."""
    return lab2rgb(np.column_stack([lightness, np.zeros((len(lightness), 2))]))[:, 1]


def fitted_colours(
    colours: Colours, positions: Colours, targets: Colours, positional: bool, random: np.random.Generator
) -> dict[str, np.ndarray]:
    """Return the weights of a style that carries colours at positions to others, (N, 3) each."""
    keras.utils.set_random_seed(0)
    colour = StageLayer(COLOUR, SeedSequence(0))
    known = colour.variables_by_name
    solution = np.linalg.lstsq(np.column_stack([colours, np.ones(len(colours))]), targets, rcond=None)[0]
    known["colour/map/matrix"].assign(solution[:3])
    known["colour/map/offset"].assign(solution[3])
    if not positional:
        kernel = keras.ops.convert_to_numpy(known["colour/hidden_1/kernel"]).copy()
        kernel[3] = 0
        known["colour/hidden_1/kernel"].assign(kernel)
    for name, variable in known.items():
        variable.trainable = variable.trainable and not name.startswith("context/")
    network = trainable_colour(colour)
    rate = keras.optimizers.schedules.CosineDecay(RATE, STEPS)
    compile_model(network, keras.optimizers.Adam(rate), loss="mean_absolute_error")
    thumbnail = np.full((1, THUMBNAIL_SIZE, THUMBNAIL_SIZE, 3), 0.5, np.float32)
    for _ in range(STEPS):
        rows = random.integers(len(colours), size=BATCH)
        batch = [each[rows][None, :, None] for each in (colours, positions, targets)]
        network.train_on_batch([batch[0], batch[1], thumbnail], batch[2])
    return {name: keras.ops.convert_to_numpy(known[name]) for name in STYLE_NAMES}


def toned_colours(recipe: Recipe, weights: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return weights whose colours are the one curve of a recipe."""
    mix, curve = recipe.tone
    knots = np.linspace(-recipe.vignette, 1, HIDDEN + 2)
    at = np.linspace(0, 1, len(curve))
    tones = np.column_stack([smooth_curve(at, channel, knots) for channel in zip(*curve, strict=True)])
    return with_tones(weights, np.array(mix), -recipe.vignette, knots, tones)


def smooth_curve(places: Any, heights: Any, wanted: Any) -> Any:
    """Return a smooth curve through points that never turns between them, flat beyond its ends."""
    from scipy.interpolate import PchipInterpolator

    return PchipInterpolator(places, heights)(np.clip(wanted, 0, 1))


def film_weights(film: Film, weights: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the weights of grain, softness, halation, fringes, particles, marks and a screen."""
    steps = np.arange(-2, 3)
    kernel = np.exp(-(steps[:, None] ** 2 + steps**2) / (2 * film.size**2))
    mixing = np.full((3, 3), 1.0) * np.array([1, 0, 0])[:, None] + film.chroma * (np.eye(3) - 1 / 3)
    mixing /= np.linalg.norm(mixing @ LUMINANCE)
    luminance = np.linspace(0, 1, 17)
    strength = film.grain * (0.35 + 0.65 * np.sqrt(4 * luminance * (1 - luminance)))
    grain = Grain(kernel / np.linalg.norm(kernel), mixing, luminance, strength)
    unit, many = 1e-3 * np.array(film.fringes), np.float32(film.marks)
    marks = replace(USUAL_MARKS, rate=USUAL_MARKS.rate * many, clouds=USUAL_MARKS.clouds * many)
    size, purity = film.mosaic
    return {
        **texture_weights(weights, grain, film.softness),
        **(NO_PARTICLES._replace(size=size, purity=purity).weights() if purity else {}),
        "halation/strength": np.outer(GLOWS, film.halation),
        "fringes/offset": unit,
        "fringes/scale": 1e-3 * np.array(film.lens),
        "fringes/cubic": np.array(unit.any() or any(film.lens), np.float32),
        **(marks.weights() if many else {}),
        **(screen_weights(*film.screen, film.hardness) if all(film.screen) else {}),
    }


def screen_weights(apart: float, strength: float, hardness: float) -> dict[str, np.ndarray]:
    """Return the weights of a screen whose dots are so many pixels apart."""
    angles = np.radians(SCREEN_ANGLES)
    return {
        "screen/frequency": np.stack([np.sin(angles), np.cos(angles)], 1) / apart,
        "screen/strength": np.full(3, strength),
        "screen/hardness": np.array(hardness),
    }


def start_weights() -> dict[str, np.ndarray]:
    """Return the weights of a look that does nothing."""
    starts = {}
    for name, weight in WEIGHTS.items():
        start = 0.0 if weight.start == "random" else weight.start
        starts[name] = np.eye(*weight.shape) if start == "identity" else np.full(weight.shape, start)
    starts["texture/amplitude_2/bias"] = np.zeros(3)
    return {name: values.astype(np.float32) for name, values in starts.items()}


def vintage_paths(recipe: Recipe, folders: list[Path]) -> list[Path]:
    """Return the real pictures that a look is learnt from, each name once."""
    every = (path for folder in folders for path in folder.glob("*.jpg") if path.name.startswith(recipe.collections))
    return list({path.name: path for path in sorted(every)}.values())


def small_view(path: Path) -> np.ndarray:
    """Return a picture small, without its frame."""
    with Image.open(path) as image:
        picture = image.convert("RGB")
    picture.thumbnail((VIEW_SIZE, VIEW_SIZE), Image.Resampling.BOX)
    view = np.asarray(picture, np.float32) / 255
    return view[inside_frame(view)]


def trained(recipe: Recipe, photographs: list[np.ndarray], paths: list[Path]) -> rg.VintageGenerator:
    """Train on real pictures, and go on with the recipe's steps."""
    vintage = [brought_to_ordinary_brightness(read(path)) for path in paths]
    config = rg.TrainingConfig.preset("draft", checkpoint_seconds=0.0)
    generator = rg.train(photographs, vintage, config=config)
    weights = developed_colours(recipe, dict(generator.weights), [small_view(path) for path in paths])
    weights |= film_weights(recipe.film, weights)
    return replace(generator, weights={name: np.asarray(each, np.float32) for name, each in weights.items()})


def make(recipe: Recipe, photographs: list[np.ndarray], tables: Path, folders: list[Path]) -> rg.VintageGenerator:
    """Make one look."""
    if recipe.collections:
        return trained(recipe, photographs, vintage_paths(recipe, folders))
    weights = start_weights()
    weights |= film_weights(recipe.film, weights)
    weights = toned_colours(recipe, weights) if recipe.tone else weights | formula_colours(recipe, tables)
    return rg.VintageGenerator.from_weights(weights, provenance={"napari_retrogan": __version__, "made": "by formulas"})


def main() -> None:
    """Make the looks and write them and their cards."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photographs", type=Path)
    parser.add_argument("tables", type=Path)
    parser.add_argument("vintage", type=Path, nargs="+")
    parser.add_argument("--to", type=Path, default=TARGET, help="the folder that they are written to")
    parser.add_argument("--only", nargs="+", default=list(RECIPES))
    arguments = parser.parse_args()
    paths = sorted(arguments.photographs.glob("*.jpg"))
    chosen = np.linspace(0, len(paths) - 1, NUM_PHOTOGRAPHS).round().astype(int)
    photographs = [read(paths[index]) for index in chosen]
    arguments.to.mkdir(exist_ok=True)
    for name in arguments.only:
        generator = make(RECIPES[name], photographs, arguments.tables, arguments.vintage)
        path = replace(generator, history=(), mapping={}, styles=()).save(
            arguments.to / f"{name}.retrogan", overwrite=True
        )
        print(name, path.stat().st_size, flush=True)
    cards = [
        {
            "name": name,
            "title": each.title,
            "group": each.group,
            "description": each.description,
            "source": each.source,
            "licence": each.licence,
        }
        for name, each in sorted(RECIPES.items(), key=lambda named: GROUPS.index(named[1].group))
    ]
    (arguments.to / "cards.json").write_text(json.dumps(cards, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
