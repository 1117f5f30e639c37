"""What a generator is made of, and what tells it from others."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from napari_retrogan.core.architecture import MAPPING_SHAPES
from napari_retrogan.core.errors import InvalidGeneratorFile
from napari_retrogan.core.generator_file.versions import MAX_STYLES
from napari_retrogan.core.stages.chain import LATER_NAMES, STYLE_NAMES, WEIGHT_SHAPES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from napari_retrogan.core.config import TrainingConfig

MAX_WEIGHT = 1000
"""Beyond it sums of products leave the numbers; the weights of looks are below 10."""


@dataclass(frozen=True, eq=False, repr=False)
class GeneratorContents:
    """The arrays of a vintage generator, with where they come from.

    Attributes
    ----------
    weights
        Arrays by the names of ``stages.chain.WEIGHT_SHAPES``.
    config
        The training's settings, if it comes from a training.
    history
        One mapping a recorded step: ``"step"`` and the losses by name.
    provenance
        Where it comes from: plain values that JSON can hold.
    styles
        Arrays of further styles, if it was trained on several, by the names of ``stages.chain.STYLE_NAMES``.
    mapping
        Arrays of the network that draws new styles from noise, by the names of ``architecture.MAPPING_SHAPES``; empty
        if it has none.
    """

    weights: Mapping[str, NDArray[np.float32]]
    config: TrainingConfig | None = None
    history: tuple[Mapping[str, Any], ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)
    styles: tuple[Mapping[str, NDArray[np.float32]], ...] = ()
    mapping: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)

    @classmethod
    def from_weights(
        cls,
        weights: Mapping[str, Any],
        config: TrainingConfig | None = None,
        history: Sequence[Mapping[str, Any]] = (),
        provenance: Mapping[str, Any] | None = None,
        styles: Sequence[Mapping[str, Any]] = (),
        mapping: Mapping[str, Any] | None = None,
    ) -> Self:
        """Make a generator from the weights of a trained network, which are copied.

        Raises
        ------
        InvalidGeneratorFile
            If weights are missing, unknown, not finite or of another shape than the architecture's.
        """
        copies, further, network = _copy(weights), tuple(map(_copy, styles)), _copy(mapping or {})
        check_weights(copies)
        check_styles(further, network)
        return cls(copies, config, tuple(history), dict(provenance or {}), further, network)

    @cached_property
    def graph(self) -> bytes:
        """The ONNX graph that applies the weights, with all that can be set; equal weights give equal bytes."""
        from napari_retrogan.core.graphs.generator_graph import build_graph

        return build_graph(self.weights, exposure=True)

    @cached_property
    def id(self) -> str:
        """Twelve hexadecimal digits that tell generators apart, from the weights alone."""
        digest = hashlib.sha256()
        for arrays in (self.weights, *self.styles, self.mapping):
            for name in sorted(arrays):
                if name in LATER_NAMES and not arrays[name].any():
                    continue  # A generator of an earlier version, which had no such weights, stays the same one.
                values = np.ascontiguousarray(arrays[name], "<f4")
                digest.update(f"{name}{values.shape}".encode())
                digest.update(values.tobytes())
        return digest.hexdigest()[:12]

    def __repr__(self) -> str:
        steps = f", {self.history[-1]['step']} steps" if self.history and "step" in self.history[-1] else ""
        return f"<{type(self).__name__} {self.id}{steps}>"

    def __eq__(self, other: object) -> bool:
        return self.id == other.id if isinstance(other, GeneratorContents) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.id)


def _copy(arrays: Mapping[str, Any]) -> dict[str, NDArray[np.float32]]:
    """Return copies in single precision."""
    return {name: np.array(values, np.float32) for name, values in arrays.items()}


def check_styles(
    styles: Sequence[Mapping[str, NDArray[np.float32]]], mapping: Mapping[str, NDArray[np.float32]]
) -> None:
    """Check further styles, and the mapping network if there is one, as `check_weights` does."""
    if len(styles) > MAX_STYLES:
        raise InvalidGeneratorFile(f"There are {len(styles)} further styles; a generator holds at most {MAX_STYLES}.")
    for style in styles:
        check_weights(style, {name: WEIGHT_SHAPES[name] for name in STYLE_NAMES})
    if mapping:
        check_weights(mapping, MAPPING_SHAPES)


def check_weights(
    weights: Mapping[str, NDArray[np.float32]], shapes: Mapping[str, tuple[int, ...]] = WEIGHT_SHAPES
) -> None:
    """Check that weights have the names and shapes of the architecture and are finite.

    Raises
    ------
    InvalidGeneratorFile
        If they don't.
    """
    wrong = sorted(set(weights) ^ set(shapes))
    if wrong:
        raise InvalidGeneratorFile(f"The weights {wrong[0]} are {'unknown' if wrong[0] in weights else 'missing'}.")
    for name, values in weights.items():
        if values.shape != shapes[name]:
            raise InvalidGeneratorFile(f"The weights {name} have shape {values.shape}, not {shapes[name]}.")
        if not np.isfinite(values).all():
            raise InvalidGeneratorFile(f"The weights {name} aren't finite numbers.")


def check_range(*networks: Mapping[str, NDArray[np.float32]]) -> None:
    """Check that weights are no larger than ``MAX_WEIGHT``.

    Raises
    ------
    InvalidGeneratorFile
        If they are.
    """
    for name, values in (each for weights in networks for each in weights.items()):
        if np.abs(values).max() > MAX_WEIGHT:
            raise InvalidGeneratorFile(f"The weights {name} are larger than {MAX_WEIGHT}, which those of no look are.")
