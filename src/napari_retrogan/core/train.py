"""Training in one call: read the pictures, run the training process, return the generator."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Literal

from napari_retrogan.core.config import TrainingConfig
from napari_retrogan.core.errors import InvalidConfig, NotEnoughImages, TrainingDiscarded, UnpairedImages
from napari_retrogan.core.events import TrainingEvent, TrainingFinished

if TYPE_CHECKING:
    from napari_retrogan.core.images.training_image import TrainingImage
    from napari_retrogan.core.patch_generator import PatchGenerator
    from napari_retrogan.core.vintage_generator import VintageGenerator

Engine = Literal["process", "local"]
Question = Callable[[], bool]


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
) -> VintageGenerator:
    """Train a generator that gives photographs the look of vintage pictures.

    Parameters
    ----------
    photographs, vintage
        One or a sequence of image layers, array-likes (Y, X), (Y, X, 3 or 4) or stacks of them, or paths of
        pictures and folders. The two need not show the same scenes.
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

    Returns
    -------
    VintageGenerator
        Its ``apply`` needs neither Keras nor the training process.

    Raises
    ------
    NotEnoughImages, UnpairedImages, InvalidImage
        If the pictures do not fit.
    TrainingDiverged
        If the losses stop being finite.
    EngineDied, EngineBusy, BackendUnavailable
        If the training process ends early, is at work already or cannot import the backend.
    """
    events = iter_train(
        photographs,
        vintage,
        config=config,
        paired=paired,
        initial=initial,
        should_stop=should_stop,
        should_pause=should_pause,
        engine=engine,
        backend=backend,
    )
    generator: VintageGenerator = _last_generator(events, on_event)
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
) -> Iterator[TrainingEvent]:
    """Train as `train` does and yield each event; closing the iterator abandons the training.

    Yields
    ------
    TrainingStarted, TrainingProgress, PreviewReady, TrainingFinished
        The last holds the generator.
    """
    config = _check(config, engine)
    return _iter_train(photographs, vintage, config, paired, initial, should_stop, should_pause, engine, backend)


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
    events = iter_train_patch_gan(
        vintage,
        num_steps=num_steps,
        seed=seed,
        should_stop=should_stop,
        should_pause=should_pause,
        engine=engine,
        backend=backend,
    )
    generator: PatchGenerator = _last_generator(events, on_event)
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
    config = _check(TrainingConfig(num_steps=num_steps, seed=seed), engine)
    return _iter_train_patch_gan(vintage, config, should_stop, should_pause, engine, backend)


def _iter_train(
    photographs: Any,
    vintage: Any,
    config: TrainingConfig,
    paired: bool,
    initial: VintageGenerator | None,
    should_stop: Question | None,
    should_pause: Question | None,
    engine: Engine,
    backend: str | None,
) -> Iterator[TrainingEvent]:
    from napari_retrogan.core.training_task import TrainingTask

    before, after = _read(photographs, "photograph", config.seed), _read(vintage, "vintage picture", config.seed)
    if paired:
        _check_pairs(before, after)
    weights = None if initial is None else dict(initial.weights)
    task = TrainingTask(before, after, config, paired, weights)
    yield from _run("training:train_events", task, should_stop, should_pause, engine, backend)


def _iter_train_patch_gan(
    vintage: Any,
    config: TrainingConfig,
    should_stop: Question | None,
    should_pause: Question | None,
    engine: Engine,
    backend: str | None,
) -> Iterator[TrainingEvent]:
    from napari_retrogan.core.training_task import PatchTask

    task = PatchTask(_read(vintage, "vintage picture", config.seed), config.num_steps, config.seed)
    yield from _run("patch_training:train_events", task, should_stop, should_pause, engine, backend)


def _run(
    function: str,
    task: Any,
    should_stop: Question | None,
    should_pause: Question | None,
    engine: Engine,
    backend: str | None,
) -> Iterator[TrainingEvent]:
    """Run a function of the networks' package in the training process or in this one."""
    module, name = f"napari_retrogan.core.gan.{function}".split(":")
    if engine == "process":
        from napari_retrogan.core.engine.client import Task, stream

        yield from stream(
            Task(f"{module}:{name}", task), backend=backend, should_stop=should_stop, should_pause=should_pause
        )
        return
    from importlib import import_module

    from napari_retrogan.core.backend import use_backend

    use_backend(backend)
    never: Question = bool
    train_events = getattr(import_module(module), name)
    yield from train_events(task, should_stop=should_stop or never, should_pause=should_pause or never)


def _check(config: TrainingConfig | None, engine: str) -> TrainingConfig:
    """Check what can be checked before any picture is read."""
    if engine not in ("process", "local"):
        raise InvalidConfig(f"engine is {engine!r}; choose 'process' or 'local'.")
    if config is not None and not isinstance(config, TrainingConfig):
        raise InvalidConfig(f"config is a {type(config).__name__}; expected a TrainingConfig.")
    return config or TrainingConfig()


def _read(sources: Any, noun: str, seed: int) -> tuple[TrainingImage, ...]:
    """Read pictures, of which there must be one."""
    from napari_retrogan.core.images.stack import training_images

    images = tuple(training_images(sources, seed))
    if not images:
        raise NotEnoughImages(f"No {noun} was given; training needs at least one.")
    return images


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


def _last_generator(events: Iterator[TrainingEvent], on_event: Callable[[TrainingEvent], None] | None) -> Any:
    """Follow events to the end and return the generator of the last."""
    for event in events:
        if on_event is not None:
            on_event(event)
        if isinstance(event, TrainingFinished):
            return event.generator
    raise TrainingDiscarded("Training ended without a generator; start it again.")
