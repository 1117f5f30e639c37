import numpy as np
import pytest

import napari_retrogan as rg
from napari_retrogan.core.gan.vintage_run import train_events
from napari_retrogan.core.gan.vintage_training import VintageTraining
from napari_retrogan.core.images.training_images import training_images
from napari_retrogan.core.looks.statistics import ordinary_photographs
from napari_retrogan.core.simulation.prints import simulate_print
from napari_retrogan.core.training.task import TrainingTask
from napari_retrogan.core.training.train import train


def never():
    return False


def local(photographs, prints, config, **options):
    return train(photographs, prints, config=config, engine="local", **options)


def test_events_come_in_order_and_end_with_the_generator(events):
    assert isinstance(events[0], rg.TrainingStarted)
    assert isinstance(events[-1], rg.TrainingFinished)
    progress = [event for event in events if isinstance(event, rg.TrainingProgress)]
    assert [event.step for event in progress] == [1, 2, 3]
    assert all(np.isfinite(list(event.losses.values())).all() for event in progress)
    assert any(isinstance(event, rg.PreviewReady) for event in events)
    assert not events[-1].stopped
    assert events[-1].generator.provenance["steps"] == 3


def test_one_seed_gives_one_generator_bit_for_bit(photographs, prints, config, trained, codes):
    codes.clear()
    assert local(photographs, prints, config).id == trained.id


@pytest.mark.slow
@pytest.mark.usefixtures("eager")
def test_another_seed_gives_another_generator(photographs, prints, config):
    first, second = (local(photographs, prints, config.replace(num_steps=1, seed=seed)) for seed in (0, 1))
    assert first.id != second.id


def test_the_generator_keeps_shape_and_type(photographs, trained):
    result = trained.apply(photographs[0])
    assert result.shape == photographs[0].shape
    assert result.dtype == photographs[0].dtype
    assert not np.array_equal(result, photographs[0])


@pytest.mark.usefixtures("eager")
def test_a_stopped_training_keeps_its_generator(task):
    answers = iter([False, False, True])
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
    gentle = config.replace(num_steps=1, colour_learning_rate=1e-6)
    second = local(photographs, prints, gentle, initial=trained)
    for name in ("colour/hidden_2/kernel", "colour/map/matrix"):
        np.testing.assert_allclose(second.weights[name], trained.weights[name], atol=1e-4)


@pytest.mark.slow
def test_pairs_are_learned(photographs, config):
    after = [simulate_print(picture, "warm_print", 0) for picture in photographs]
    generator = local(photographs, after, config.replace(num_steps=20), paired=True)
    before, truth = photographs[0].astype(float), after[0].astype(float)
    result = generator.apply(photographs[0], grain=0.0).astype(float)
    assert np.abs(result - truth).mean() < 0.5 * np.abs(before - truth).mean()


def test_pairs_must_match(photographs, prints, config):
    with pytest.raises(rg.UnpairedImages, match="2 photographs and 1 vintage"):
        local(photographs, prints[:1], config, paired=True)
    with pytest.raises(rg.UnpairedImages, match="Pair 2"):
        local(photographs, [prints[0], prints[1][:-1]], config, paired=True)


@pytest.mark.usefixtures("eager")
def test_losses_that_are_not_finite_are_told(task):
    training = VintageTraining(task)
    weight = training.model.discriminators["colour"].weights[0]
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


@pytest.mark.usefixtures("eager")
def test_the_snapshot_holds_averaged_weights(task):
    training, name = VintageTraining(task), "texture/detail_3/kernel"
    kernel = training.generator.variables_by_name[name]
    expected = np.array(kernel)
    for step in range(1, 4):
        training.advance()
        decay = step / (step + 10)
        expected = decay * expected + (1 - decay) * np.array(kernel)
    np.testing.assert_allclose(training.snapshot().weights[name], expected, atol=1e-6)
    assert not np.allclose(expected, np.array(kernel), atol=1e-6)


def test_without_steps_the_start_is_returned(photographs, prints, config):
    generator = local(photographs, prints, config.replace(num_steps=0))
    assert generator.provenance["steps"] == 0
    assert generator.history == ()


def test_held_out_pictures_judge_what_the_discriminators_did(photographs, config):
    vintage = [simulate_print(picture, "warm_print", seed) for seed, picture in enumerate(photographs * 3)]
    before, after = (tuple(training_images(pictures, 0)) for pictures in (photographs, vintage))
    training = VintageTraining(TrainingTask(before, after, config))
    assert len(training.sampler.models) == 5
    start = training.snapshot()
    training.average["colour/residual/bias"] = training.average["colour/residual/bias"] + np.float32(0.3)
    worse = training.snapshot()
    assert worse.provenance["held_out_distance"]["kept"] == "start"
    assert worse == start
    assert worse.provenance["held_out_distance"]["refined"] > worse.provenance["held_out_distance"]["start"]


@pytest.fixture
def textured(photographs, config):
    """A training that starts with the grain of its prints, and weights with far more of it."""
    vintage = [simulate_print(picture, "warm_print", seed) for seed, picture in enumerate(photographs)]
    before, after = (tuple(training_images(pictures, 0)) for pictures in (photographs, vintage))
    training = VintageTraining(TrainingTask(before, after, config))
    name = "texture/amplitude_2/bias"
    return training, {**training.average, name: training.average[name] + np.float32(0.3)}


def test_grain_that_judges_worse_goes_back_to_the_start(textured):
    training, grainier = textured
    start = training.snapshot()
    training.average, training.step = grainier, 1
    result = training.result()
    assert result == start
    assert result.provenance["grain_distance"]["kept"] == "start"
    assert result.provenance["grain_distance"]["refined"] > result.provenance["grain_distance"]["start"] + 1
    assert "For grain" in result.provenance["notes"][-1]
    assert "detail_distance" not in result.provenance  # Of so few pictures it can't be judged.


def test_softness_is_judged_of_five_pictures_and_more(photographs, config):
    pictures = photographs * 3
    vintage = [simulate_print(picture, "warm_print", seed) for seed, picture in enumerate(pictures)]
    before, after = (tuple(training_images(each, 0)) for each in (pictures, vintage))
    training = VintageTraining(TrainingTask(before, after, config))
    start, name = training.snapshot(), "texture/detail_3/kernel"
    training.average, training.step = {**training.average, name: -training.average[name]}, 1
    result = training.result()
    assert result.provenance["detail_distance"]["kept"] == "start"
    assert np.array_equal(result.weights[name], start.weights[name])


def test_grain_that_judges_better_is_kept(textured, config):
    training, grainier = textured
    task = TrainingTask(training.task.photographs, training.task.vintage, config, initial=grainier)
    refined = VintageTraining(task)
    refined.average, refined.step = training.average, 1
    result = refined.result()
    assert result == training.snapshot()
    assert result.provenance["grain_distance"]["kept"] == "refined"
    assert result.provenance["notes"][-1].startswith("Training brought grain")


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
