"""Tiny trainings: two small photographs and five prints with light specks, of which one is held out, in few steps."""

import importlib
import os

import pytest
from tiny_pictures import picture, with_specks

from napari_retrogan.core.config import TrainingConfig
from napari_retrogan.core.images.training_images import training_images
from napari_retrogan.core.looks.style_codes import CodeSpace
from napari_retrogan.core.simulation.prints import simulate_print
from napari_retrogan.core.training.task import TrainingTask
from napari_retrogan.core.training.train import iter_train

FITS = float(os.environ.get("NAPARI_RETROGAN_FITS", "0.12"))
"""Looks are fitted to pairs in this share of the steps that ship, each of this share of its colours. With it all
that is asserted holds already; the variable asks for all of them, 1."""
FIT_STEPS = ("chain_fit.STEPS", "chain_fit.LIKELY_STEPS", "pairs.LOOK_STEPS", "pairs.FIT_STEPS")
FIT_COLOURS = ("chain_fit.BATCH", "pairs._FIT_BATCH", "pairs._ANCHORS")
FEW_STEPS = 4


def change_fits(patch, places, change):
    """Change numbers by which looks are fitted to pairs; networks are imported here: windows' tests read this too."""
    for place in places:
        name, _, number = place.partition(".")
        module = importlib.import_module(f"napari_retrogan.core.gan.{name}")
        patch.setattr(module, number, change(getattr(module, number)))


@pytest.fixture(scope="session", autouse=True)
def fits():
    """Fit looks to pairs in a share of the steps and of the colours of each."""
    with pytest.MonkeyPatch.context() as patch:
        change_fits(patch, (*FIT_STEPS, *FIT_COLOURS), lambda number: round(FITS * number))
        yield


@pytest.fixture
def short_fits(monkeypatch):
    """Fit looks to pairs in next to no steps: other tests tell how near they come."""
    change_fits(monkeypatch, FIT_STEPS, lambda steps: FEW_STEPS)


@pytest.fixture
def eager(monkeypatch):
    """Train and fit step by step without compiling, which takes as long as eight steps of a training.

    Trainings whose bits are compared are compiled, as people's are. Styles from noise are learnt in next to no steps.
    """
    change_fits(monkeypatch, ("style_mapping.STEPS",), lambda steps: FEW_STEPS)
    always = property(lambda model: True, lambda model, value: None)
    monkeypatch.setattr(importlib.import_module("keras").Model, "run_eagerly", always, raising=False)


@pytest.fixture(scope="session", autouse=True)
def codes():
    """Tell the style codes of one set of pictures once: hundreds of estimates, which dozens of trainings here share."""
    of, told = CodeSpace.of, {}

    def told_once(views, groups, seed):
        key = str(groups), seed, *((view.shape, view.tobytes()) for view in views)
        if key not in told:
            told[key] = of(views, groups, seed)
        return told[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CodeSpace, "of", told_once)
        yield told


@pytest.fixture(scope="session", autouse=True)
def mappings():
    """Learn to draw styles from one set of codes once."""
    module = importlib.import_module("napari_retrogan.core.gan.style_mapping")
    learn, learnt = module.learn_mapping, {}

    def learn_once(space, seed):
        key = space.mean.tobytes(), space.samples.tobytes(), seed, module.STEPS
        if key not in learnt:
            learnt[key] = learn(space, seed)
        return learnt[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("napari_retrogan.core.gan.vintage_training.learn_mapping", learn_once)
        yield learnt


@pytest.fixture(scope="session")
def photographs():
    return [picture(1), picture(2)]


@pytest.fixture(scope="session")
def prints():
    return [with_specks(simulate_print(picture(seed), "faded_slide", seed), seed) for seed in range(3, 8)]


@pytest.fixture(scope="session")
def config():
    return TrainingConfig(num_steps=3, texture_batch_size=3)


@pytest.fixture(scope="session")
def events(photographs, prints, config):
    """What a whole training tells."""
    return list(iter_train(photographs, prints, config=config, engine="local"))


@pytest.fixture(scope="session")
def trained(events):
    return events[-1].generator


@pytest.fixture
def task(photographs, prints, config):
    before, after = (tuple(training_images(pictures, 0)) for pictures in (photographs, prints))
    return TrainingTask(before, after, config)
