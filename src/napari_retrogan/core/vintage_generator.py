"""The trained generator: what people hold, apply, save and load."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.config import TrainingConfig
from napari_retrogan.core.errors import InvalidConfig, InvalidGeneratorFile
from napari_retrogan.core.generator_file import (
    GeneratorContents,
    check_weights,
    read_generator_file,
    write_generator_file,
)
from napari_retrogan.core.images.layout import read_layout
from napari_retrogan.core.images.source import is_lazy, read_source
from napari_retrogan.core.inference.settings import ApplySettings

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from napari_retrogan.core.inference.pool import OnProgress, ShouldStop


@dataclass(frozen=True, eq=False, repr=False)
class VintageGenerator:
    """Gives photographs the look that it was trained on.

    Make one by training, `load_generator` or `from_weights`.

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
    """

    weights: Mapping[str, NDArray[np.float32]]
    graph: bytes
    config: TrainingConfig | None = None
    history: tuple[Mapping[str, Any], ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_weights(
        cls,
        weights: Mapping[str, Any],
        config: TrainingConfig | None = None,
        history: Sequence[Mapping[str, Any]] = (),
        provenance: Mapping[str, Any] | None = None,
    ) -> VintageGenerator:
        """Make a generator from the weights of a trained network, which are copied.

        Raises
        ------
        InvalidGeneratorFile
            If weights are missing, unknown, not finite or of another shape than the architecture's.
        """
        from napari_retrogan.core.export.onnx_graph import build_graph

        copies = {name: np.array(values, np.float32) for name, values in weights.items()}
        check_weights(copies)
        return cls(copies, build_graph(copies), config, tuple(history), dict(provenance or {}))

    @cached_property
    def id(self) -> str:
        """Twelve hexadecimal digits that tell generators apart, from the weights alone."""
        digest = hashlib.sha256()
        for name in sorted(self.weights):
            values = np.ascontiguousarray(self.weights[name], "<f4")
            digest.update(f"{name}{values.shape}".encode())
            digest.update(values.tobytes())
        return digest.hexdigest()[:12]

    def apply(
        self,
        image: Any,
        strength: float = 1.0,
        grain: float = 1.0,
        seed: int = 0,
        style: None = None,
        *,
        rgb: bool | None = None,
        value_range: tuple[float, float] | None = None,
        region: tuple[int, int, int, int] | None = None,
        providers: Sequence[str] | None = None,
        on_progress: OnProgress | None = None,
        should_stop: ShouldStop | None = None,
    ) -> Any:
        """Return a copy of a photograph in this generator's look, of the same shape and type.

        The result is a pure function of the image, this generator and the settings: whole, in regions,
        lazily and with any number of threads, the pixels are the same bit for bit on the CPU.

        Parameters
        ----------
        image
            (Y, X), (Y, X, 3) or (Y, X, 4), or stacks of them along leading axes; any array-like of booleans,
            integers or real numbers, or an image layer. Each plane of a stack is a picture of its own.
            Alpha, masks and values that aren't finite are kept.
        strength
            0 returns the photograph unchanged, 1 gives the look and up to 2 exaggerates it.
        grain
            0 to 4 times the look's own grain.
        seed
            Of the grain, from 0 to 2**63 - 1.
        style
            This generator holds one style, so only None is understood.
        rgb
            Whether the last axis holds colours; by default it does when it has 3 or 4 entries and two axes
            come before it.
        value_range
            The values of black and white. By default (0, 1) for booleans, (0, largest of the type) for
            integers and, for each plane of real numbers, (0, 1), (0, 255) or (0, 65535) by its maximum.
        region
            (top, left, height, width) in pixels: return only this part of each plane, the same pixels as
            the crop of the whole result.
        providers
            Execution providers of ONNX Runtime; by default the CPU.
        on_progress
            Called with the number of tiles done and the total; not for lazy arrays.
        should_stop
            Looked at between tiles; not for lazy arrays.

        Returns
        -------
        numpy.ndarray or dask.array.Array
            A Dask array, not computed, if the image is a Dask array or another one in chunks.

        Raises
        ------
        InvalidImage
            If the image can't be read as photographs.
        InvalidConfig
            If a setting lies outside its range.
        ApplyCancelled
            If ``should_stop`` returned true.
        """
        from napari_retrogan.core.inference.apply import apply_to_array
        from napari_retrogan.core.inference.tiling import Region

        if style is not None:
            raise InvalidConfig(f"style is a {type(style).__name__}; this generator holds one style, so leave it None.")
        settings = ApplySettings(strength, grain, seed, value_range, None if providers is None else tuple(providers))
        array, rgb = read_source(image, rgb)
        layout = read_layout(array.shape, rgb)
        part = None if region is None else Region(*region)
        if is_lazy(array):
            from napari_retrogan.core.inference.lazy import apply_to_dask

            return apply_to_dask(self.graph, array, layout, settings, region=part)
        return apply_to_array(
            self.graph, array, layout, settings, region=part, on_progress=on_progress, should_stop=should_stop
        )

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
        )
        return write_generator_file(path, contents, overwrite=overwrite)

    def __repr__(self) -> str:
        steps = f", {self.history[-1]['step']} steps" if self.history and "step" in self.history[-1] else ""
        return f"<VintageGenerator {self.id}{steps}>"

    def __eq__(self, other: object) -> bool:
        return self.id == other.id if isinstance(other, VintageGenerator) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.id)


def load_generator(path: str | os.PathLike[str]) -> VintageGenerator:
    """Read a ``.retrogan`` file, of which nothing is executed before it is checked.

    Parameters
    ----------
    path
        The file; ``~`` is the home folder.

    Raises
    ------
    InvalidGeneratorFile
        If the file is missing, damaged, of another version, or not a generator.
    """
    from napari_retrogan.core.export.graph_check import check_graph

    contents = read_generator_file(path)
    check_graph(contents.graph)
    try:
        config = None if contents.config is None else TrainingConfig.from_dict(dict(contents.config))
    except InvalidConfig as error:
        raise InvalidGeneratorFile(f"{path} was trained with settings that this version lacks: {error}") from error
    return VintageGenerator(
        contents.weights, contents.graph, config, tuple(contents.history), dict(contents.provenance)
    )
