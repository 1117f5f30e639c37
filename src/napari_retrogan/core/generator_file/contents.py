"""What a generator is made of, what tells it from others, and how it is written."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from napari_retrogan.core.architecture import PLACE_NAMES
from napari_retrogan.core.generator_file.file import (
    GeneratorContents,
    check_styles,
    check_weights,
    write_generator_file,
)

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from napari_retrogan.core.config import TrainingConfig


@dataclass(frozen=True, eq=False, repr=False)
class StoredGenerator:
    """The arrays of a vintage generator, with where they come from.

    Attributes
    ----------
    weights
        Arrays by the names of ``architecture.WEIGHT_SHAPES``.
    graph
        The ONNX graph that applies them.
    config
        The training's settings, if it comes from a training.
    history
        One mapping a recorded step: ``"step"`` and the losses by name.
    provenance
        Where it comes from: plain values that JSON can hold.
    styles
        Arrays of further styles, if it was trained on several, by the names of ``architecture.STYLE_NAMES``.
    mapping
        Arrays of the network that draws new styles from noise, by the names of ``architecture.MAPPING_SHAPES``; empty
        if it has none.
    """

    weights: Mapping[str, NDArray[np.float32]]
    graph: bytes
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
        from napari_retrogan.core.graphs.generator_graph import build_graph

        copies, further, network = _copy(weights), tuple(map(_copy, styles)), _copy(mapping or {})
        check_weights(copies)
        check_styles(further, network)
        return cls(copies, build_graph(copies), config, tuple(history), dict(provenance or {}), further, network)

    @cached_property
    def id(self) -> str:
        """Twelve hexadecimal digits that tell generators apart, from the weights alone."""
        digest = hashlib.sha256()
        for arrays in (self.weights, *self.styles, self.mapping):
            for name in sorted(arrays):
                if name in PLACE_NAMES and not arrays[name].any():
                    continue  # A generator of an earlier version, which had no such weights, stays the same one.
                values = np.ascontiguousarray(arrays[name], "<f4")
                digest.update(f"{name}{values.shape}".encode())
                digest.update(values.tobytes())
        return digest.hexdigest()[:12]

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
        """Write a ``.retrogan`` file and return its path.

        Parameters
        ----------
        path
            Where to; ``~`` is the home folder.
        overwrite
            Whether an existing file may be replaced.

        Raises
        ------
        InvalidGeneratorFile
            If the file exists and may not be replaced, or its folder doesn't exist or can't be written to.
        """
        contents = GeneratorContents(
            weights=self.weights,
            graph=self.graph,
            config=None if self.config is None else self.config.to_dict(),
            history=self.history,
            provenance=self.provenance,
            styles=self.styles,
            mapping=self.mapping,
        )
        return write_generator_file(path, contents, overwrite=overwrite)

    def __repr__(self) -> str:
        steps = f", {self.history[-1]['step']} steps" if self.history and "step" in self.history[-1] else ""
        return f"<{type(self).__name__} {self.id}{steps}>"

    def __eq__(self, other: object) -> bool:
        return self.id == other.id if isinstance(other, StoredGenerator) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.id)


def _copy(arrays: Mapping[str, Any]) -> dict[str, NDArray[np.float32]]:
    """Return copies in single precision."""
    return {name: np.array(values, np.float32) for name, values in arrays.items()}
