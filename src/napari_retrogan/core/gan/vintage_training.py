"""The training of the vintage generator: what is measured at once, then the steps that bring grain nearer."""

from __future__ import annotations

import math
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from napari_retrogan.core.backend import make_deterministic
from napari_retrogan.core.errors import TrainingDiverged
from napari_retrogan.core.gan.code_search import search_look
from napari_retrogan.core.gan.generator import Generator, Weights, read_weights, write_weights
from napari_retrogan.core.gan.grain_refinement import GrainRefinement
from napari_retrogan.core.gan.grain_samples import GrainSamples, Nature
from napari_retrogan.core.gan.judgement import DrawnGrain, GrainJudgement, find_specks
from napari_retrogan.core.gan.model_state import slow_down
from napari_retrogan.core.gan.pairs import fit_colour, fit_look
from napari_retrogan.core.gan.particle_search import find_particles
from napari_retrogan.core.gan.style_mapping import learn_mapping
from napari_retrogan.core.gan.training_loop import JUDGE_STEPS
from napari_retrogan.core.images.even_choice import choose_evenly
from napari_retrogan.core.looks import texture_start
from napari_retrogan.core.looks.marks import measure_marks
from napari_retrogan.core.looks.one_tone import as_one_tone, is_one_tone, with_grain_of_one_tone
from napari_retrogan.core.looks.prior import LookEstimate, estimate_look
from napari_retrogan.core.looks.screen import measure_screen
from napari_retrogan.core.looks.screen_removal import images_as_printed, images_without_screen
from napari_retrogan.core.looks.sentences import describe_texture
from napari_retrogan.core.looks.specks import ready_specks
from napari_retrogan.core.looks.stray_light import measure_stray_light
from napari_retrogan.core.looks.style_codes import CodeSpace
from napari_retrogan.core.looks.style_groups import describe_findings, separate_styles
from napari_retrogan.core.stages.fringes import FRINGES
from napari_retrogan.core.stages.grain import GRAIN
from napari_retrogan.core.stages.particles import Particles
from napari_retrogan.core.version import __version__
from napari_retrogan.core.vintage_generator import VintageGenerator

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from napari_retrogan.core.training.task import TrainingTask

_SMALLER_STEPS = 0.3
"""Of the rate, after a while without a gain."""

_MOST_PHOTOGRAPHS = 12
"""So many are put in the look while it is learnt, to compare them with vintage pictures."""


class VintageTraining:
    """The state of one training: the generator, averaged weights and losses so far.

    All of the look is measured at once: colours are told by the look prior, or fitted to pairs; softness and grain are
    measured in closed form, as noise of a spectrum and a strength. Steps follow where vintage pictures have other grain
    that is not as near as they are to each other. What they bring is kept only if held-out squares agree, and training
    ends when they gain no more. The network that draws styles from noise is trained before the first step.

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
        # Before all else, or its dots would pass for grain and dust, and what is stored of them for tones.
        self._screen = measure_screen(*([image.detail for image in side] for side in (task.vintage, task.photographs)))
        self._vintage = images_without_screen(task.vintage, self._screen)
        self._photographs = images_as_printed(task.photographs, self._screen)
        views = [image.view for image in self._vintage]
        self.groups = [list(range(len(views)))] if task.paired else separate_styles(views)
        self.generator = Generator(task.config.seed)
        self._measure(should_stop)
        self.history: list[dict[str, Any]] = []
        self.step = 0

    @cached_property
    def one_tone(self) -> bool:
        """Whether the pictures that the generator's own style is told from have one tone, as silver prints have."""
        return is_one_tone(self._views(self.groups[0]))

    @cached_property
    def code_space(self) -> CodeSpace:
        """How the style codes of the vintage pictures vary."""
        return CodeSpace.of([image.view for image in self._vintage], self.groups, self.task.config.seed)

    @cached_property
    def mapping(self) -> Weights:
        """The network from noise to style codes."""
        return learn_mapping(self.code_space, self.task.config.seed)

    @cached_property
    def samples(self) -> GrainSamples | None:
        """What grain is learnt from; None where there is too little of it."""
        photographs, vintage = self._details()
        if not (photographs and vintage):
            return None
        plain = self._in_look({}, grain=0.0, screen=0.0)
        samples = GrainSamples(plain, vintage, self.task.config.seed, self.task.config.texture_batch_size)
        return samples.with_particles(Particles.of(self.start)) if samples.enough else None

    @cached_property
    def nature(self) -> Nature | None:
        """What the grain is beside noise of its spectrum; None where that can't be told."""
        return None if self.samples is None else self.samples.nature()

    @cached_property
    def model(self) -> GrainRefinement:
        """What a step trains; it begins with the specks that come nearest to those of the vintage pictures."""
        if self.samples is not None and not self.task.initial:
            specks = find_specks(self.generator.grain, self.samples, self.start)
            write_weights(self.generator, specks)
            self.average |= specks
        return GrainRefinement(self.generator.grain, self.task.config.grain_learning_rate)

    @cached_property
    def judgement(self) -> GrainJudgement | None:
        """What came nearest so far; None where nothing is to be learnt."""
        if self.samples is None or self.nature is None:
            return None
        grain, samples = self.generator.grain, self.samples
        if self.nature.is_told_by(DrawnGrain(grain, samples.compared()).distance(self.start)):
            return None
        return GrainJudgement(grain, samples, self.start)

    @property
    def settled(self) -> bool:
        """Whether no further step is worth its time."""
        return self.judgement is None or self.judgement.settled(self.step)

    def advance(self) -> dict[str, float]:
        """Do one step and return its losses by name."""
        assert self.samples is not None  # noqa: S101 - else it is settled
        assert self.judgement is not None  # noqa: S101
        self.model.reset_metrics()
        logs = self.model.train_on_batch(self.samples.batch(self.step), return_dict=True)
        losses = {name: float(value) for name, value in logs.items() if name != "loss"}
        self.step += 1
        if not all(math.isfinite(value) for value in losses.values()):
            raise TrainingDiverged(
                f"The losses stopped being finite at step {self.step}. Lower the learning rate, or check the "
                "layers for extreme values, and start again."
            )
        decay = min(self.task.config.average_decay, self.step / (self.step + 10))
        weights = read_weights(self.generator)
        for name in GRAIN.weights:
            self.average[name] = (decay * self.average[name] + (1 - decay) * weights[name]).astype(np.float32)
        if self.step % JUDGE_STEPS == 0:
            self.judgement.judge(self.step, self.average)
            if (best := self.judgement.go_back(self.step)) is not None:
                self.average |= {name: values.copy() for name, values in best.items()}
                write_weights(self.generator, best)
                slow_down(self.model, _SMALLER_STEPS)
        self.history.append({"step": self.step, **losses})
        return losses

    def first_look(self) -> VintageGenerator:
        """Return the generator as measured, before anything is learnt; it can't draw styles from noise yet."""
        return self._generator_of(self.start, {}, None)

    def search_looks(self, should_stop: Callable[[], bool] = lambda: False) -> None:
        """Bring colours of many pictures and grain of particles nearer than they were measured, before the first step.

        It takes seconds, in which the first look can be seen.
        """
        if self._looks:
            told_by = [image.view for image in self.task.photographs], self.task.config.seed, should_stop
            pairs = zip(self._looks, self.groups, strict=True)
            self._start_from([search_look(look, self._views(group), *told_by) for look, group in pairs])
        if self.samples is not None and not self.task.initial and not should_stop():
            self.start |= find_particles(self.generator.grain, self.samples, self.start, coloured=not self.one_tone)
            write_weights(self.generator, self.start)
            self.average = dict(self.start)
            self.samples = self.samples.with_particles(Particles.of(self.start))

    def snapshot(self) -> VintageGenerator:
        """Return the generator with what judged best so far."""
        return self._generator_of(*self._best(), self.mapping)

    def result(self) -> VintageGenerator:
        """Return the generator with what judges best, the present weights included.

        It also has the fringes, the halation and the marks that were measured, beside the screen that every snapshot
        has, and takes a few seconds more than one.
        """
        if self.judgement is not None:
            self.judgement.judge(self.step, self.average)
        weights, verdict = self._best()
        weights |= self._marks(weights) | self._stray_light
        notes = [*self.findings.get("notes", ()), *describe_texture({**weights, **self._screen})]
        return self._generator_of(weights, {**verdict, "notes": notes}, self.mapping)

    def _marks(self, weights: Weights) -> Weights:
        """Return the marks that the vintage pictures show beside grain, and what is left of a screen."""
        vintage = [image.detail for image in self._vintage]
        told = measure_marks(vintage, self._in_look(weights), specks=not self._screen["screen/strength"].any())
        # A look without any is the same one, whatever is told of marks that there are none of.
        return {name: values * told.rate.any() for name, values in told.weights().items()}

    @cached_property
    def _stray_light(self) -> Weights:
        """Fringes and halation of the vintage pictures, which no step changes either.

        What lies beside green softens luminance: where that is told, softness is that of green alone.
        """
        light = measure_stray_light(self._vintage, self._photographs, partial(self._in_look, grain=0.0, screen=0.0))
        if any(light[name].any() for name in FRINGES.weights):
            photographs, vintage = ([each[..., [1, 1, 1]] for each in side] for side in self._details())
            measured = texture_start.texture(self.start, photographs, vintage)
            sharp = {"texture/detail_3/kernel": np.zeros_like(self.start["texture/detail_3/kernel"])}
            light |= sharp | {name: measured[name] for name in measured if name.startswith("texture/detail")}
        return light

    def _best(self) -> tuple[Weights, dict[str, Any]]:
        """Return the weights that judged best so far, and what is told of that."""
        verdict: dict[str, Any] = {}
        weights = dict(self.start)
        if self.nature is not None and self.judgement is None:
            told = {"ratio": self.nature.ratio, "skew": self.nature.skew}
            verdict["grain_beyond_noise"] = {name: round(value, 3) for name, value in told.items()}
        if self.judgement is not None and self.step:
            grain, verdict["grain_match"] = self.judgement.best()
            weights |= grain
        return weights, verdict

    def _generator_of(self, weights: Weights, verdict: dict[str, Any], mapping: Weights | None) -> VintageGenerator:
        """Return a generator with these weights and the screen, and what was judged in its provenance."""
        weights = {**weights, **self._screen}
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
        look = with_grain_of_one_tone(weights) if self.one_tone else weights
        told = self.task.config, rows, provenance
        return VintageGenerator.from_weights(look, *told, styles=self.other_styles, mapping=mapping)

    def _details(self) -> tuple[list[NDArray[Any]], list[NDArray[Any]]]:
        """Return the parts of photographs and vintage pictures in which texture can be measured."""
        photographs, vintage = ([image.detail for image in side] for side in (self._photographs, self._vintage))
        return texture_start.measurable(photographs), texture_start.measurable(vintage)

    def _in_look(self, weights: Weights, **amounts: Any) -> list[NDArray[Any]]:
        """Return some of the photographs' parts in the look as measured, but for these weights."""
        look = VintageGenerator.from_weights({**self.start, **weights})
        parts = enumerate(each.astype(np.float32) for each in choose_evenly(self._details()[0], _MOST_PHOTOGRAPHS))
        return [look.apply(part, seed=number, brightness="learnt", **amounts) for number, part in parts]

    def _views(self, group: list[int]) -> list[NDArray[Any]]:
        """Return the vintage pictures of a style, small."""
        return [self._vintage[index].view for index in group]

    def _measure(self, should_stop: Callable[[], bool]) -> None:
        """Set the weights to begin with: what is known of the looks, or those of an earlier training."""
        task = self.task
        write_weights(self.generator, texture_start.texture(read_weights(self.generator), *self._details()))
        write_weights(self.generator, ready_specks(read_weights(self.generator)))
        looks = []
        if task.paired:
            pairs = task.photographs, self._vintage, task.config.seed, should_stop
            write_weights(self.generator, fit_look(*pairs))
            fit_colour(self.generator.colour, *pairs)
        else:
            photographs = [image.view for image in task.photographs]
            looks = [estimate_look(self._views(group), photographs) for group in self.groups]
        self._start_from(looks)

    def _start_from(self, looks: list[LookEstimate]) -> None:
        """Begin with these looks, the first of which is the generator's own; without any as it is."""
        self._looks = looks
        self.other_styles: list[Weights] = [look.weights for look in looks[1:]]
        self.findings: dict[str, Any] = describe_findings(looks, self.groups) if looks else {}
        if looks:
            write_weights(self.generator, looks[0].weights)
        if self.task.initial:
            write_weights(self.generator, self.task.initial)
        if self.one_tone:
            # Before the first step, so that drawn grain is compared with real grain of the tone that results have.
            views = self._views(self.groups[0])
            write_weights(self.generator, as_one_tone(read_weights(self.generator), views))
        self.start = read_weights(self.generator)
        self.average = dict(self.start)
