"""Settings that lead astray: whatever is chosen, grain that comes out is no worse than the start's."""

import dataclasses
import math
import os
from typing import get_args, get_type_hints

import numpy as np
import pytest
from tiny_pictures import picture, with_specks

from napari_retrogan.core.config import TrainingConfig
from napari_retrogan.core.gan.grain_samples import GrainSamples
from napari_retrogan.core.gan.guarded_training import GuardedTraining
from napari_retrogan.core.gan.judgement import GrainJudgement
from napari_retrogan.core.gan.training_loop import follow_steps
from napari_retrogan.core.gan.vintage_run import RecoverableTraining
from napari_retrogan.core.simulation.prints import simulate_print

pytestmark = pytest.mark.slow

CONFIGURATIONS = int(os.environ.get("NAPARI_RETROGAN_CONFIGURATIONS", "2"))
"""Each takes seconds; the variable asks for more of them."""

SMALL = {"num_steps": (20, 60), "texture_batch_size": (1, 12)}
"""Sizes are drawn from the small part of their ranges, so that a training takes seconds."""

MARGIN = 1.1


def draw(seed):
    """Return settings drawn over their ranges, rates evenly over the powers of ten."""
    rng = np.random.default_rng(seed)
    values = {}
    for name, annotation in get_type_hints(TrainingConfig, include_extras=True).items():
        kind, hints = get_args(annotation)
        if name.endswith("rate"):
            values[name] = float(np.exp(rng.uniform(math.log(hints["min"]), math.log(hints["max"]))))
        elif kind is float:
            values[name] = float(rng.choice([hints["min"], rng.uniform(hints["min"], hints["max"])]))
        else:
            values[name] = int(rng.integers(*SMALL.get(name, (hints["min"], hints["max"]))))
    return TrainingConfig(**{**values, "preview_seconds": 60.0})


@pytest.fixture(scope="module")
def others(photographs):
    """Squares of prints that no training has seen."""
    prints = [with_specks(simulate_print(picture(seed), "faded_slide", seed), seed) for seed in range(20, 25)]
    return GrainSamples(*([each / np.float32(255) for each in side] for side in (photographs, prints)), 0, 3)


@pytest.mark.parametrize("seed", range(CONFIGURATIONS))
def test_no_settings_end_worse_than_the_start(seed, task, others):
    config = draw(seed)
    training = RecoverableTraining(dataclasses.replace(task, config=config))
    *_, finished = follow_steps(GuardedTraining(training), config.num_steps, 60.0, bool, bool)
    judgement = GrainJudgement(training.generator.grain, others, training.start)
    start, end = (judgement.measure(weights) for weights in (training.start, finished.generator.weights))
    assert end < MARGIN * start
