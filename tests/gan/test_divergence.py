"""Settings that lead astray: whatever is chosen, the generator that comes out is no worse than the start."""

import dataclasses
import math
import os
from typing import Literal, get_args, get_origin, get_type_hints

import numpy as np
import pytest
from scipy.ndimage import uniform_filter
from skimage.color import deltaE_ciede2000, rgb2lab

from napari_retrogan.core.config import TrainingConfig
from napari_retrogan.core.gan.guarded_training import GuardedTraining
from napari_retrogan.core.gan.training_loop import follow_steps
from napari_retrogan.core.gan.vintage_run import RecoverableTraining
from napari_retrogan.core.images.training_images import training_images
from napari_retrogan.core.simulation.prints import PRINTS, simulate_print
from napari_retrogan.core.training.task import TrainingTask

pytestmark = pytest.mark.slow

CONFIGURATIONS = int(os.environ.get("NAPARI_RETROGAN_CONFIGURATIONS", "3"))
"""Each takes seconds; the variable asks for more of them."""

LOOK = PRINTS["faded_slide"]
WITHOUT_GRAIN = dataclasses.replace(LOOK, texture=dataclasses.replace(LOOK.texture, grain=0.0))
SHARP = dataclasses.replace(LOOK, texture=dataclasses.replace(LOOK.texture, grain=0.0, softness=0.0))
SMALL = {
    "num_steps": (20, 60),
    "colour_patch_size": (8, 32),
    "texture_patch_size": (16, 40),
    "colour_batch_size": (1, 6),
    "texture_batch_size": (1, 6),
}
"""Sizes are drawn from the small part of their ranges, so that a training takes seconds."""

MARGINS = {"colour": 1.0, "softness": 0.05}
"""Colour in CIEDE2000, a difference that is just noticeable; softness as the natural logarithm of a ratio. Of 40
settings the worst ended 0.78 and 0.019 further away than they had started."""


def draw(seed):
    """Return settings drawn over their ranges, rates evenly over the powers of ten."""
    rng = np.random.default_rng(seed)
    values = {}
    for name, annotation in get_type_hints(TrainingConfig, include_extras=True).items():
        kind, hints = get_args(annotation)
        if get_origin(kind) is Literal:
            values[name] = str(rng.choice(get_args(kind)))
        elif kind is bool:
            values[name] = bool(rng.integers(2))
        elif name.endswith("rate"):
            values[name] = float(np.exp(rng.uniform(math.log(hints["min"]), math.log(hints["max"]))))
        elif kind is float:
            values[name] = float(rng.choice([hints["min"], rng.uniform(hints["min"], hints["max"])]))
        else:
            values[name] = int(rng.integers(*SMALL.get(name, (hints["min"], hints["max"]))))
    return TrainingConfig(**{**values, "preview_seconds": 60.0})


def scene(seed):
    """Return a picture of 60 x 80 px: smooth colours, and panes with sharp edges."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:60, 0:80] / 60
    waves = [np.sin(rng.uniform(1, 9) * rows + rng.uniform(1, 9) * columns + rng.uniform(0, 6)) for _ in range(3)]
    picture = 127 + 70 * np.stack(waves, -1)
    for _ in range(12):
        top, left = rng.integers(0, 50), rng.integers(0, 65)
        picture[top : top + rng.integers(6, 30), left : left + rng.integers(6, 30)] += rng.uniform(-60, 60, 3)
    return np.clip(picture, 0, 255).astype(np.uint8)


def fineness(pictures):
    """Return how much differs within 7 x 7 px, in luminance."""
    greys = np.asarray(pictures, float).mean(-1)
    return float((greys - uniform_filter(greys, (0, 7, 7))).std())


def errors(generator):
    """Return how far held-out pictures are from the film that was to be learnt: in colour and in softness.

    Softness is what it takes away of what is fine, so that a change of contrast does not count as one.
    """
    scenes = [scene(seed) for seed in (11, 12, 13)]
    plain = [generator.apply(each, grain=0.0) for each in scenes]
    true_plain = [simulate_print(each, WITHOUT_GRAIN, 0) for each in scenes]
    pairs = zip(plain, true_plain, strict=True)
    colour = np.mean([deltaE_ciede2000(rgb2lab(true), rgb2lab(ours)) for ours, true in pairs])
    kept = fineness(plain) / fineness([generator.apply(each, grain=0.0, softness=0.0) for each in scenes])
    true_kept = fineness(true_plain) / fineness([simulate_print(each, SHARP, 0) for each in scenes])
    return {"colour": float(colour), "softness": abs(math.log(kept / true_kept))}


@pytest.fixture(scope="module")
def pictures():
    photographs = [scene(seed) for seed in (1, 2)]
    prints = [simulate_print(scene(seed), LOOK, seed) for seed in range(3, 8)]
    return [tuple(training_images(each, 0)) for each in (photographs, prints)]


@pytest.mark.parametrize("seed", range(CONFIGURATIONS))
def test_no_settings_end_worse_than_the_start(seed, pictures):
    config = draw(seed)
    training = RecoverableTraining(TrainingTask(*pictures, config))
    start = errors(training.snapshot())
    *_, finished = follow_steps(GuardedTraining(training), config.num_steps, 60.0, bool, bool)
    end = errors(finished.generator)
    print({name: (round(start[name], 3), round(end[name], 3)) for name in start})
    worse = {name: (start[name], end[name]) for name in start if end[name] > start[name] + MARGINS[name]}
    assert not worse
