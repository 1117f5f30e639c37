"""Settings that lead astray: whatever is chosen, the generator that comes out is no worse than the start."""

import math
import os
from typing import Literal, get_args, get_origin, get_type_hints

import numpy as np
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab

import napari_retrogan as rg
from napari_retrogan.core.config import TrainingConfig
from napari_retrogan.core.gan.guarded import GuardedTraining
from napari_retrogan.core.gan.steps import follow_steps
from napari_retrogan.core.gan.vintage_run import RecoverableTraining
from napari_retrogan.core.looks.prints import simulate_print
from napari_retrogan.core.training_task import TrainingTask

CONFIGURATIONS = int(os.environ.get("NAPARI_RETROGAN_CONFIGURATIONS", "6"))
"""Each takes seconds; the variable asks for more of them."""

NUM_STEPS = 30
TINY = {"num_steps": NUM_STEPS, "colour_patch_size": 12, "texture_patch_size": 24, "preview_seconds": 60.0}
TOLERANCE = 1.0
"""In CIEDE2000: a difference that is just noticeable."""


def draw(seed):
    """Return settings drawn over their whole ranges, rates evenly over the powers of ten, sizes kept tiny."""
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
        elif name.endswith("batch_size"):
            values[name] = int(rng.integers(1, 5))
        else:
            values[name] = int(rng.integers(hints["min"], hints["max"]))
    return TrainingConfig(**{**values, **TINY})


def picture(seed):
    """Return a smooth coloured picture of 60 x 80 px that no training sees."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:60, 0:80] / 60
    waves = [np.sin(rng.uniform(1, 9) * rows + rng.uniform(1, 9) * columns + rng.uniform(0, 6)) for _ in range(3)]
    return (127 + 100 * np.stack(waves, -1)).astype(np.uint8)


def error(generator, film="faded_slide"):
    """Return the mean colour difference of held-out pictures to the film that was to be learnt."""
    differences = []
    for seed in (11, 12, 13):
        truth = rgb2lab(simulate_print(picture(seed), film, seed))
        result = rgb2lab(generator.apply(picture(seed), grain=0.0))
        differences.append(deltaE_ciede2000(truth, result).mean())
    return float(np.mean(differences))


@pytest.mark.parametrize("seed", range(CONFIGURATIONS))
def test_no_settings_end_worse_than_the_start(seed, task):
    task = TrainingTask(task.photographs, task.vintage, draw(seed))
    training = RecoverableTraining(task)
    before = error(training.snapshot())
    started = rg.TrainingStarted(backend="any", device="CPU", num_steps=NUM_STEPS)
    *_, finished = follow_steps(GuardedTraining(training), started, 60.0, bool, bool)
    assert error(finished.generator) <= before + TOLERANCE
