"""The training of the vintage generator, step by step."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from napari_retrogan.core.backend import make_deterministic
from napari_retrogan.core.errors import TrainingDiverged
from napari_retrogan.core.gan.adversarial import AdversarialTraining
from napari_retrogan.core.gan.code_search import tell_look
from napari_retrogan.core.gan.discriminator import build_colour_discriminator, build_texture_discriminator
from napari_retrogan.core.gan.fixed_batch import Probe
from napari_retrogan.core.gan.generator import Generator, Weights, read_weights, write_weights
from napari_retrogan.core.gan.keras_operations import SeedSequence
from napari_retrogan.core.gan.model_state import compile_model
from napari_retrogan.core.gan.pairs import fit_colour, fit_look
from napari_retrogan.core.gan.style_mapping import build_mapping, build_style_critic, read_mapping
from napari_retrogan.core.images.even_choice import choose_evenly
from napari_retrogan.core.images.patch_sampler import PatchSampler
from napari_retrogan.core.images.training_images import training_image_of_view
from napari_retrogan.core.looks import texture_start
from napari_retrogan.core.looks.statistics import ordinary_photographs
from napari_retrogan.core.looks.style_groups import CodeSpace, describe_findings, separate_styles
from napari_retrogan.core.looks.texture_match import VintageTexture
from napari_retrogan.core.stages.chain import STYLE_NAMES
from napari_retrogan.core.version import __version__
from napari_retrogan.core.vintage_generator import VintageGenerator

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from napari_retrogan.core.config import TrainingConfig
    from napari_retrogan.core.images.training_image import TrainingImage
    from napari_retrogan.core.training.task import TrainingTask

ADAM_MOMENTA = {"beta_1": 0.5, "beta_2": 0.99}


HOLD_OUT = 5
"""One in so many vintage pictures is kept from the colour critic, to judge it by. From fewer pictures it would learn
the difference of the scenes and nobody could tell, so colours then stay as they start."""

LEAST_GAIN = 0.02
"""The share by which the critic has to bring colours closer to the held-out pictures: less may be chance."""

LEAST_TEXTURE_GAIN = {"grain": 0.5, "detail": 0.03}
"""How much closer the critic has to bring grain, in decibels, and the logarithm of edges' slopes: what is measured
differs so much from scenes to scenes."""

TEXTURE_PICTURES = 8
"""Pictures of either side that texture is judged by."""


class VintageTraining:
    """The state of one training: networks, averaged weights and losses so far.

    Colour starts at what the look prior tells of the vintage pictures, or is fitted to pairs; grain and softness start
    at what is measured. The critics take it from there. What they did to colour is kept only if it brings the colours
    closer to those of the vintage pictures that were held out, what they did to grain, and of five pictures and more
    to softness, only if these come closer to the vintage pictures'; pairs and few pictures have no critic of colour.

    Parameters
    ----------
    task
        Pictures and settings.
    should_stop
        Asked while the start is looked for; the start is what is found by then.
    """

    def __init__(self, task: TrainingTask, should_stop: Callable[[], bool] = lambda: False) -> None:
        make_deterministic(keras.backend.backend())
        self.task = task
        config = task.config
        views = [image.view for image in task.vintage]
        self.groups = [list(range(len(views)))] if task.paired else separate_styles(views)
        self.code_space = CodeSpace.of(views, self.groups, config.seed)
        ordinary = ordinary_photographs() if config.ordinary_photographs else ()
        self._ordinary = [training_image_of_view(view) for view in ordinary]
        held_out, shown = self._split(self.groups[0])
        self.sampler = self._sampler(shown)
        self.generator = Generator(config.seed)
        self._set_start(should_stop)
        self.model = _compile(self.generator, config, task.paired, judge_colour=bool(held_out))
        self.average: Weights = read_weights(self.generator)
        self.history: list[dict[str, Any]] = []
        self.step = 0
        self._judge = Probe(self._sampler(held_out), self.generator) if held_out else None
        self._begun = dict(self.average)
        self._first_distance = self._judge.measure(self._begun).distance if self._judge else 0.0

    def advance(self) -> dict[str, float]:
        """Do one step and return its losses by name."""
        self.model.reset_metrics()
        logs = self.model.train_on_batch(self.sampler.batch(self.step), return_dict=True)
        losses = {name: float(value) for name, value in logs.items()}
        self.step += 1
        if not all(math.isfinite(value) for value in losses.values()):
            raise TrainingDiverged(
                f"The losses stopped being finite at step {self.step}. Lower the learning rates, or check the "
                "layers for extreme values, and start again."
            )
        decay = min(self.task.config.average_decay, self.step / (self.step + 10))
        for name, value in read_weights(self.generator).items():
            self.average[name] = (decay * self.average[name] + (1 - decay) * value).astype(np.float32)
        self.history.append({"step": self.step, **losses})
        return losses

    def snapshot(self) -> VintageGenerator:
        """Return the generator with the averaged weights as they stand, and the colours that judge best."""
        return self._generator_of(*self._choose_colour())

    def result(self) -> VintageGenerator:
        """Return the generator with the averaged weights, and the colours, the grain and the softness that judge best.

        It takes a few seconds more than a snapshot.
        """
        weights, colour = self._choose_colour()
        weights, texture = self._choose_texture(weights)
        verdict = {**colour, **texture}
        notes = [*self.findings.get("notes", ()), *_describe_verdict(verdict)]
        return self._generator_of(weights, {**verdict, "notes": notes})

    def _generator_of(self, weights: Weights, verdict: dict[str, Any]) -> VintageGenerator:
        """Return a generator with these weights, and what was judged in its provenance."""
        every = max(1, len(self.history) // 200)
        rows = [row for row in self.history if row["step"] % every == 0 or row is self.history[-1]]
        provenance = {
            "napari_retrogan": __version__,
            "keras": keras.__version__,
            "backend": keras.backend.backend(),
            "photographs": len(self.task.photographs),
            "vintage": len(self.task.vintage),
            "paired": self.task.paired,
            "steps": self.step,
            **self.findings,
            **verdict,
        }
        return VintageGenerator.from_weights(
            weights, self.task.config, rows, provenance, styles=self.other_styles, mapping=self._mapping()
        )

    def _split(self, indices: list[int]) -> tuple[list[TrainingImage], list[TrainingImage]]:
        """Return the vintage pictures of a style that are held out, and those that the colour critic is shown."""
        vintage = [self.task.vintage[index] for index in indices]
        if self.task.paired or len(vintage) < HOLD_OUT:
            return [], vintage
        return vintage[HOLD_OUT - 1 :: HOLD_OUT], [v for n, v in enumerate(vintage, 1) if n % HOLD_OUT]

    def _sampler(self, models: list[TrainingImage]) -> PatchSampler:
        """Return a sampler whose colour view shows these vintage pictures."""
        task, codes = self.task, self.code_space.samples
        return PatchSampler(task.photographs, task.vintage, self._ordinary, models, codes, task.config, task.paired)

    def _set_start(self, should_stop: Callable[[], bool]) -> None:
        """Set the weights to begin with: what is known of the looks, or those of an earlier training."""
        task = self.task
        vintage = [image.view for image in task.vintage]
        self.other_styles: list[Weights] = []
        self.findings: dict[str, Any] = {}
        details = [image.detail for image in task.photographs], [image.detail for image in task.vintage]
        write_weights(self.generator, texture_start.texture(read_weights(self.generator), *details))
        if task.paired:
            pairs = task.photographs, task.vintage, task.config.seed, should_stop
            write_weights(self.generator, fit_look(*pairs))
            fit_colour(self.generator.colour, *pairs)
        else:
            told_by = [image.view for image in task.photographs], task.config.seed, should_stop
            looks = [tell_look([vintage[index] for index in group], *told_by) for group in self.groups]
            write_weights(self.generator, looks[0].weights)
            self.other_styles = [look.weights for look in looks[1:]]
            self.findings = describe_findings(looks, self.groups)
        if task.initial:
            write_weights(self.generator, task.initial)

    def _mapping(self) -> Weights:
        """Return the mapping network from noise to style codes."""
        return read_mapping(self.model.mapping, self.code_space)

    def _choose_colour(self) -> tuple[Weights, dict[str, Any]]:
        """Return the averaged weights, with the colours of the start where those judge better, and both distances."""
        if self._judge is None:
            return self.average, {}
        before, now = self._first_distance, self._judge.measure(self.average).distance
        kept = "refined" if now <= (1 - LEAST_GAIN) * before else "start"
        verdict = {"held_out_distance": {"start": round(before, 5), "refined": round(now, 5), "kept": kept}}
        if kept == "refined":
            return self.average, verdict
        return {**self.average, **{name: self._begun[name] for name in STYLE_NAMES}}, verdict

    def _choose_texture(self, weights: Weights) -> tuple[Weights, dict[str, Any]]:
        """Return weights with the grain or the softness of the start where it judges better, and all distances.

        A distance that can't be told is None, and what it would have judged stays as it starts. The softness of few
        pictures is that of their scenes as much, at the start and in the judgement, so it is what the critic makes it.
        """
        photographs, vintage = (_texture_pictures(images) for images in (self.task.photographs, self.task.vintage))
        if not (self.step and photographs and vintage):
            return weights, {}
        truth = VintageTexture(vintage, photographs)
        parts = {name: _part(name) for name in weights}
        begun = {name: weights[name] if part == "colour" else self._begun[name] for name, part in parts.items()}
        before, now = (truth.distance(_results(each, photographs)) for each in (begun, weights))
        verdict = {}
        few = min(len(photographs), len(vintage)) < HOLD_OUT
        judged = {part: least for part, least in LEAST_TEXTURE_GAIN.items() if not (few and part == "detail")}
        for part, least in judged.items():
            first, last = getattr(before, part), getattr(now, part)
            kept = "refined" if last <= first - least else "start"
            told = {"start": first, "refined": last}
            rounded = {name: round(value, 4) if math.isfinite(value) else None for name, value in told.items()}
            verdict[f"{part}_distance"] = {**rounded, "kept": kept}
        as_begun = {part for part in judged if verdict[f"{part}_distance"]["kept"] == "start"}
        return {name: begun[name] if part in as_begun else weights[name] for name, part in parts.items()}, verdict


def _compile(generator: Generator, config: TrainingConfig, paired: bool, *, judge_colour: bool) -> AdversarialTraining:
    """Return the model that one ``train_on_batch`` trains, each network at its own rate."""
    seeds = SeedSequence(config.seed + 1)
    critics = {"texture": build_texture_discriminator(seeds), "style": build_style_critic(seeds)}
    if judge_colour:
        critics["colour"] = build_colour_discriminator(seeds)
    model = AdversarialTraining(generator, critics, build_mapping(seeds), config, paired)
    rates = {
        "colour": config.colour_learning_rate,
        "detail": config.detail_learning_rate,
        "grain": config.grain_learning_rate,
        "critics": config.discriminator_learning_rate,
    }
    optimizers = {name: keras.optimizers.Adam(rate, **ADAM_MOMENTA) for name, rate in rates.items()}
    parts = {id(variable): _part(name) for name, variable in generator.variables_by_name.items()}

    def choose(variable: keras.Variable) -> keras.optimizers.Optimizer:
        return optimizers[parts.get(id(variable), "critics")]

    compile_model(model, keras.optimizers.MultiOptimizer(choose), jit_compile=keras.backend.backend() == "jax")
    return model


def _texture_pictures(images: Sequence[TrainingImage]) -> list[NDArray[np.float32]]:
    """Return parts at full resolution of some of the pictures, of those in which texture can be measured."""
    parts = texture_start.measurable([image.detail for image in images])
    return [part.astype(np.float32) for part in choose_evenly(parts, TEXTURE_PICTURES)]


def _results(weights: Weights, photographs: Sequence[NDArray[np.float32]]) -> list[NDArray[Any]]:
    """Return photographs as a generator with these weights renders them."""
    generator = VintageGenerator.from_weights(weights)
    return [generator.apply(photograph) for photograph in photographs]


def _describe_verdict(verdict: Mapping[str, Any]) -> list[str]:
    """Return in a sentence or none which part of the look the training improved, and which is as measured."""
    named = {"held_out_distance": "colours", "grain_distance": "grain", "detail_distance": "softness"}
    parts = {
        kept: _listed([name for key, name in named.items() if key in verdict and verdict[key]["kept"] == kept])
        for kept in ("refined", "start")
    }
    refined = f"Training brought {parts['refined']} closer to the vintage pictures." if parts["refined"] else ""
    start = f"For {parts['start']} nothing came nearer than what was measured before the first step."
    return [" ".join(filter(None, [refined, start if parts["start"] else ""]))] if verdict else []


def _listed(names: Sequence[str]) -> str:
    """Return names as a sentence lists them."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def _part(name: str) -> str:
    """Return which part of the generator a weight belongs to."""
    if not name.startswith("texture/"):
        return "colour"
    return "detail" if name.startswith("texture/detail") else "grain"
