from dataclasses import replace

import numpy as np
import pytest

import napari_retrogan as rg
from napari_retrogan.core.gan.vintage_run import train_events
from napari_retrogan.core.gan.vintage_training import VintageTraining
from napari_retrogan.core.library.card import summary
from napari_retrogan.core.looks.statistics import ordinary_photographs
from napari_retrogan.core.simulation.film import add_grain
from napari_retrogan.core.simulation.prints import simulate_print
from napari_retrogan.core.training.train import iter_train, train


def never():
    return False


def local(photographs, prints, config, **options):
    return train(photographs, prints, config=config, engine="local", **options)


def same_weights(first, second):
    return all(np.array_equal(first.weights[name], second.weights[name]) for name in first.weights)


def test_events_come_in_order_and_end_with_the_generator(events):
    assert isinstance(events[0], rg.TrainingStarted)
    assert isinstance(events[-1], rg.TrainingFinished)
    progress = [event for event in events if isinstance(event, rg.TrainingProgress)]
    assert [event.step for event in progress] == [1, 2, 3]
    assert all(np.isfinite(list(event.losses.values())).all() for event in progress)
    kinds = [type(event) for event in events]
    assert kinds.index(rg.PreviewReady) < kinds.index(rg.TrainingProgress)
    assert next(event for event in events if isinstance(event, rg.PreviewReady)).step == 0
    assert not events[-1].stopped
    assert events[-1].generator.provenance["steps"] == 3


def test_one_seed_gives_one_generator_bit_for_bit(photographs, prints, config, trained, codes, mappings):
    codes.clear()
    mappings.clear()
    assert local(photographs, prints, config).id == trained.id


@pytest.mark.weekly
@pytest.mark.usefixtures("eager")
def test_another_seed_gives_another_generator(photographs, prints, config):
    first, second = (local(photographs, prints, config.replace(num_steps=1, seed=seed)) for seed in (0, 1))
    assert first.id != second.id


def test_the_generator_keeps_shape_and_type(photographs, trained):
    result = trained.apply(photographs[0])
    assert result.shape == photographs[0].shape
    assert result.dtype == photographs[0].dtype
    assert not np.array_equal(result, photographs[0])


def test_what_is_measured_is_there_before_the_first_step_and_can_be_applied(events, photographs):
    first = next(event.generator for event in events if isinstance(event, rg.PreviewReady))
    last = events[-1].generator
    assert first.provenance["steps"] == 0
    assert "grain_match" in last.provenance
    for name in first.weights:
        if not name.startswith(("texture/", "particles/")):
            np.testing.assert_array_equal(first.weights[name], last.weights[name])
    assert not np.array_equal(first.apply(photographs[0]), photographs[0])


@pytest.mark.slow
@pytest.mark.usefixtures("eager")
def test_stopped_at_once_the_look_as_measured_is_kept(task, events):
    told = list(train_events(task, should_stop=lambda: True, should_pause=never))
    assert [type(event) for event in told] == [rg.TrainingStarted, rg.PreviewReady, rg.TrainingFinished]
    assert told[-1].stopped
    assert same_weights(told[-1].generator, told[1].generator)
    assert told[-1].generator.mapping


@pytest.mark.usefixtures("eager")
def test_a_stopped_training_keeps_its_generator(task):
    answers = iter([False, False, False, True])
    events = list(train_events(task, should_stop=lambda: next(answers), should_pause=never))
    assert events[-1].stopped
    assert events[-1].generator.provenance["steps"] == 2


@pytest.mark.usefixtures("eager")
def test_a_paused_training_waits_and_goes_on(task):
    asked = []
    events = train_events(task, should_stop=never, should_pause=lambda: asked.append(1) or 2 <= len(asked) < 6)
    steps = [event.step for event in events if isinstance(event, rg.TrainingProgress)]
    assert steps == [1, 2, 3]
    assert len(asked) == 7


@pytest.mark.usefixtures("eager")
def test_training_goes_on_from_an_initial_generator(photographs, prints, config, trained):
    second = local(photographs, prints, config.replace(num_steps=1), initial=trained)
    for name in ("colour/hidden_2/kernel", "colour/map/matrix"):
        np.testing.assert_allclose(second.weights[name], trained.weights[name], atol=1e-4)


@pytest.mark.slow
def test_pairs_are_learned(photographs, config):
    after = [simulate_print(picture, "warm_print", 0) for picture in photographs]
    generator = local(photographs, after, config.replace(num_steps=3), paired=True)
    before, truth = photographs[0].astype(float), after[0].astype(float)
    result = generator.apply(photographs[0], grain=0.0).astype(float)
    assert np.abs(result - truth).mean() < 0.5 * np.abs(before - truth).mean()


def test_pairs_must_match(photographs, prints, config):
    with pytest.raises(rg.UnpairedImages, match="2 photographs and 1 vintage"):
        local(photographs, prints[:1], config, paired=True)
    with pytest.raises(rg.UnpairedImages, match="Pair 2"):
        local(photographs, [prints[0], prints[1][:-1]], config, paired=True)


@pytest.mark.slow
@pytest.mark.usefixtures("eager")
def test_losses_that_are_not_finite_are_told(task):
    training = VintageTraining(task)
    weight = training.model.grain.trainable_weights[0]
    weight.assign(np.full(weight.shape, np.nan, np.float32))
    with pytest.raises(rg.TrainingDiverged, match="step 1"):
        training.advance()


@pytest.mark.usefixtures("eager")
def test_grey_pictures_and_stacks_train(config):
    rng = np.random.default_rng(0)
    stack = rng.random((2, 50, 50), np.float32)
    generator = local(stack, (60000 * stack[0]).astype(np.uint16), config.replace(num_steps=1))
    assert generator.provenance["photographs"] == 2
    assert generator.apply(stack).shape == stack.shape


@pytest.mark.usefixtures("eager")
def test_pictures_smaller_than_a_patch_train(config):
    tiny = np.random.default_rng(0).integers(0, 255, (8, 9, 3)).astype(np.uint8)
    assert local(tiny, tiny, config.replace(num_steps=1)).apply(tiny).shape == tiny.shape


@pytest.mark.slow
@pytest.mark.usefixtures("eager")
def test_weights_are_averaged_over_the_steps(task):
    training, name = VintageTraining(task), "texture/amplitude_2/bias"
    kernel = training.generator.variables_by_name[name]
    expected = np.array(kernel)
    for step in range(1, 4):
        training.advance()
        decay = step / (step + 10)
        expected = decay * expected + (1 - decay) * np.array(kernel)
    np.testing.assert_allclose(training.average[name], expected, atol=1e-6)
    assert not np.allclose(expected, np.array(kernel), atol=1e-6)
    assert np.array_equal(training.snapshot().weights[name], training.start[name])  # Nothing was judged yet.


@pytest.mark.slow
def test_without_steps_the_start_is_returned(photographs, prints, config):
    generator = local(photographs, prints, config.replace(num_steps=0))
    assert generator.provenance["steps"] == 0
    assert generator.history == ()


def test_grain_that_a_spectrum_tells_is_measured_and_not_trained(photographs, config):
    grey = np.full((128, 128, 3), 0.5, np.float32)
    vintage = [np.rint(255 * add_grain(grey, 0.06, 0.7, seed)).astype(np.uint8) for seed in range(5)]
    told = list(iter_train(photographs, vintage, config=config.replace(num_steps=90), engine="local"))
    assert not any(isinstance(event, rg.TrainingProgress) for event in told)
    assert not told[-1].stopped
    generator = told[-1].generator
    assert generator.provenance["grain_beyond_noise"]["ratio"] < 1.25
    assert "no step was needed" in summary(generator)


@pytest.fixture
def impatient(monkeypatch):
    """Judge after each step, and take smaller steps, and then none, after two without a gain."""
    for module in ("vintage_training", "guarded_training"):
        monkeypatch.setattr(f"napari_retrogan.core.gan.{module}.JUDGE_STEPS", 1)
    monkeypatch.setattr("napari_retrogan.core.gan.judgement._PATIENCE", 2)


@pytest.mark.slow
@pytest.mark.usefixtures("eager", "impatient")
def test_training_ends_by_itself_when_nothing_is_gained(task, monkeypatch):
    monkeypatch.setattr("napari_retrogan.core.gan.vintage_training.find_specks", lambda *_: {})
    task = replace(task, config=task.config.replace(num_steps=50, grain_learning_rate=1e-6))
    told = list(train_events(task, should_stop=never, should_pause=never))
    assert [event.step for event in told if isinstance(event, rg.TrainingProgress)] == [1, 2, 3, 4, 5, 6]
    assert {event.num_steps for event in told if isinstance(event, rg.TrainingProgress)} == {50}
    assert not told[-1].stopped
    generator = told[-1].generator
    assert generator.provenance["grain_match"]["kept"] == "start"
    assert same_weights(generator, told[1].generator)
    assert "could not be improved" in summary(generator)


@pytest.mark.slow
@pytest.mark.usefixtures("eager", "impatient")
def test_specks_that_come_nearer_are_kept_without_a_gain_of_the_steps(task):
    task = replace(task, config=task.config.replace(num_steps=50, grain_learning_rate=1e-6))
    generator = list(train_events(task, should_stop=never, should_pause=never))[-1].generator
    verdict = generator.provenance["grain_match"]
    assert verdict["kept"] == "refined"
    assert verdict["refined"] < 0.95 * verdict["start"]


@pytest.mark.usefixtures("eager", "impatient")
def test_grain_that_judges_worse_leaves_what_judged_best(task):
    training = VintageTraining(task)
    start, name = training.snapshot(), "texture/amplitude_2/bias"
    training.judgement.judge(1, {**training.average, name: training.average[name] + np.float32(0.3)})
    training.step = 1
    assert training.snapshot() == start
    better = VintageTraining(replace(task, initial={name: training.average[name] + np.float32(0.3)}))
    better.judgement.judge(1, training.average)
    better.step = 1
    assert np.array_equal(better.snapshot().weights[name], training.average[name])
    verdict = better.snapshot().provenance["grain_match"]
    assert verdict["kept"] == "refined"
    assert verdict["refined"] < 0.9 * verdict["start"]
    assert "closer to the vintage pictures" in summary(better.snapshot())


@pytest.mark.usefixtures("eager")
def test_two_looks_in_one_set_are_two_styles(photographs, config):
    scenes = list(ordinary_photographs()[:8])
    vintage = [simulate_print(view, "silver_print", 0) for view in scenes[:3]]
    vintage += [simulate_print(view, "faded_slide", 0) for view in scenes[3:]]
    generator = local(photographs, vintage, config.replace(num_steps=1))
    assert generator.num_styles == 2
    assert generator.provenance["styles"] == [[4, 5, 6, 7, 8], [1, 2, 3]]
    variety = [np.ptp(generator.apply(scenes[0], grain=0, softness=0, style=style), -1).std() for style in (0, 1)]
    assert variety[1] < 0.5 * variety[0]
