"""Training in one call: read the pictures, run the training process, return the generator."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_retrogan.core.config import TrainingConfig
from napari_retrogan.core.errors import InvalidConfig, NotEnoughImages, UnpairedImages
from napari_retrogan.core.foreign.values import MAX_NAME, shown
from napari_retrogan.core.training.events import TrainingFinished, TrainingStarted
from napari_retrogan.core.training.run_task import Run, last_generator, run_beside, run_task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from napari_retrogan.core.images.training_image import TrainingImage
    from napari_retrogan.core.patch_generator import PatchGenerator
    from napari_retrogan.core.training.events import TrainingEvent
    from napari_retrogan.core.training.run_task import Engine, Question
    from napari_retrogan.core.vintage_generator import VintageGenerator


def train(
    photographs: Any,
    vintage: Any,
    config: TrainingConfig | None = None,
    paired: bool = False,
    initial: VintageGenerator | None = None,
    on_event: Callable[[TrainingEvent], None] | None = None,
    should_stop: Question | None = None,
    engine: Engine = "process",
    *,
    should_pause: Question | None = None,
    backend: str | None = None,
    devices: int | None = None,
) -> VintageGenerator:
    """Train a generator that gives photographs the look of vintage pictures.

    Parameters
    ----------
    photographs, vintage
        One or a sequence of image layers, array-likes (Y, X), (Y, X, 3 or 4) or stacks of them, or paths of
        pictures and folders. The two need not show the same scenes. Frames of one colour around vintage pictures, as
        scanned prints have them, are left out, but not of pairs. ``photographs=None`` trains nothing and returns what
        `imitate` does, at once.
    config
        Settings; the defaults suit 3 to 50 pictures and a laptop.
    paired
        Whether ``vintage[i]`` shows the same picture as ``photographs[i]``, pixel by pixel.
    initial
        A generator to go on from.
    on_event
        Called with every event, in this thread.
    should_stop
        Asked between steps; once it returns true, the generator is returned as it stands.
    engine
        ``"process"`` trains in a process of its own, ``"local"`` in this one (which then imports Keras: not
        where a window is shown).
    should_pause
        Asked between steps; training waits while it returns true.
    backend
        Keras backend: ``"tensorflow"``, ``"jax"`` or ``"torch"``; by default the variable ``KERAS_BACKEND``,
        else TensorFlow.
    devices
        How many devices share each batch, which Keras does on JAX alone; None takes all accelerators that JAX sees
        and that divide the batches evenly. Results on several devices differ in the last digits.

    Returns
    -------
    VintageGenerator
        Its ``apply`` needs neither Keras nor the training process.

    Raises
    ------
    NotEnoughImages, UnpairedImages, InvalidImage
        If the pictures do not fit.
    EngineDied, EngineBusy, BackendUnavailable
        If the training process ends early (`resume_training` then goes on), is at work already or cannot import
        the backend.
    """
    run = Run(should_stop=should_stop, should_pause=should_pause, engine=engine, backend=backend, devices=devices)
    events = _events(photographs, vintage, _check(config), paired, initial, run)
    generator: VintageGenerator = last_generator(events, on_event)
    return generator


def iter_train(
    photographs: Any,
    vintage: Any,
    *,
    config: TrainingConfig | None = None,
    paired: bool = False,
    initial: VintageGenerator | None = None,
    should_stop: Question | None = None,
    should_pause: Question | None = None,
    engine: Engine = "process",
    backend: str | None = None,
    devices: int | None = None,
) -> Iterator[TrainingEvent]:
    """Train as `train` does and yield each event.

    Closing the iterator interrupts the training; `resume_training` goes on with it.

    Yields
    ------
    TrainingStarted, TrainingProgress, PreviewReady, TrainingRecovered, CheckpointFailed, TrainingFinished
        The last holds the generator.
    """
    run = Run(should_stop=should_stop, should_pause=should_pause, engine=engine, backend=backend, devices=devices)
    return _events(photographs, vintage, _check(config), paired, initial, run)


def train_patch_gan(
    vintage: Any,
    num_steps: int = 1000,
    seed: int = 0,
    on_event: Callable[[TrainingEvent], None] | None = None,
    should_stop: Question | None = None,
    engine: Engine = "process",
    *,
    should_pause: Question | None = None,
    backend: str | None = None,
) -> PatchGenerator:
    """Train the plain noise-driven GAN on 32 x 32 px patches of vintage pictures.

    It shows what a small GAN learns from the layers alone: ``sample(n, seed)`` draws new patches. The other
    parameters, and the errors, are those of `train`.

    Parameters
    ----------
    vintage
        Pictures, as for `train`.
    num_steps
        Updates of generator and discriminator, with 64 patches each.
    seed
        Of weights, patches and noise.
    """
    run = Run(should_stop=should_stop, should_pause=should_pause, engine=engine, backend=backend)
    events = _patch_events(vintage, TrainingConfig(num_steps=num_steps, seed=seed), run)
    generator: PatchGenerator = last_generator(events, on_event)
    return generator


def iter_train_patch_gan(
    vintage: Any,
    *,
    num_steps: int = 1000,
    seed: int = 0,
    should_stop: Question | None = None,
    should_pause: Question | None = None,
    engine: Engine = "process",
    backend: str | None = None,
) -> Iterator[TrainingEvent]:
    """Train as `train_patch_gan` does and yield each event; closing the iterator abandons the training."""
    run = Run(should_stop=should_stop, should_pause=should_pause, engine=engine, backend=backend)
    return _patch_events(vintage, TrainingConfig(num_steps=num_steps, seed=seed), run)


def _events(
    photographs: Any,
    vintage: Any,
    config: TrainingConfig,
    paired: bool,
    initial: VintageGenerator | None,
    run: Run,
) -> Iterator[TrainingEvent]:
    """Read the pictures, once events are asked for, and train."""
    from napari_retrogan.core.training.checkpoints import new_checkpoint_folder
    from napari_retrogan.core.training.task import TrainingTask

    alone = photographs is None and not paired
    ask = run.leave_if_stopped if alone else run.should_stop or bool
    after = _read(vintage, "vintage picture", config.seed, ask, within_frames=not paired, every=paired)
    if alone:
        yield from run_beside("training.train:imitation_events", after, run)
        return
    before = _read(photographs, "photograph", config.seed, ask, every=paired)
    if paired:
        _check_pairs(before, after)
    weights = None if initial is None else dict(initial.weights)
    folder = str(new_checkpoint_folder()) if config.checkpoint_seconds else ""
    task = TrainingTask(before, after, config, paired, weights, look_title(vintage), folder, run.devices)
    yield from run_task("vintage_run:train_events", task, run, folder)


def imitation_events(
    vintage: tuple[TrainingImage, ...], *, should_stop: Question, should_pause: Question
) -> Iterator[TrainingEvent]:
    """Measure the look: without photographs there is nothing to train on; nothing is asked meanwhile."""
    from napari_retrogan.core.imitation import imitate_images

    yield TrainingStarted(backend="onnxruntime", device="CPU", num_steps=0)
    yield TrainingFinished(generator=imitate_images(list(vintage)))


def _patch_events(vintage: Any, config: TrainingConfig, run: Run) -> Iterator[TrainingEvent]:
    """Read the pictures, once events are asked for, and train the plain GAN."""
    from napari_retrogan.core.training.task import PatchTask

    pictures = _read(vintage, "vintage picture", config.seed, run.should_stop or bool, within_frames=True)
    task = PatchTask(pictures, config.num_steps, config.seed)
    yield from run_task("patch_training:train_events", task, run)


def _check(config: TrainingConfig | None) -> TrainingConfig:
    """Check what can be checked before any picture is read."""
    if config is not None and not isinstance(config, TrainingConfig):
        raise InvalidConfig(f"config is a {type(config).__name__}; expected a TrainingConfig.")
    return config or TrainingConfig()


def _read(
    sources: Any, noun: str, seed: int, ask: Question, *, within_frames: bool = False, every: bool = False
) -> tuple[TrainingImage, ...]:
    """Read pictures, of which there must be one, or all; the question is asked before each and may raise."""
    from napari_retrogan.core.images.training_images import training_images

    images = tuple(training_images(sources, seed, within_frames=within_frames, every=every, before_each=ask))
    if not images:
        raise NotEnoughImages(f"No {noun} was given; training needs at least one.")
    return images


def look_title(sources: Any) -> str:
    """Return a name for the look of pictures: that of the first layer or file, and how many more there are."""
    from napari_retrogan.core.images.source_planes import as_sequence

    names = [
        Path(source).stem if isinstance(source, (str, Path)) else str(source.name)
        for source in as_sequence(sources)
        if isinstance(source, (str, Path)) or hasattr(source, "rgb")
    ]
    title = "".join(shown(name, MAX_NAME) for name in names[:1])
    return f"{title} and {len(names) - 1} more" if len(names) > 1 else title


def _check_pairs(photographs: tuple[TrainingImage, ...], vintage: tuple[TrainingImage, ...]) -> None:
    """Check that before- and after-pictures match."""
    if len(photographs) != len(vintage):
        raise UnpairedImages(
            f"{len(photographs)} photographs and {len(vintage)} vintage pictures were given; paired training needs "
            "as many of each, in the same order."
        )
    for number, (before, after) in enumerate(zip(photographs, vintage, strict=True), 1):
        if before.shape != after.shape:
            raise UnpairedImages(
                f"Pair {number} has {before.shape} and {after.shape} pixels (rows, columns); paired training needs "
                "pictures of the same size that show the same, pixel by pixel."
            )
