"""A trained noise-driven generator of small vintage patches."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.errors import InvalidConfig
from napari_retrogan.core.inference.settings import check_seed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

PATCH_SIZE = 32


@dataclass(frozen=True, eq=False, repr=False)
class PatchGenerator:
    """Draws patches of 32 x 32 pixels from noise: what a plain GAN has learned from pictures.

    Attributes
    ----------
    weights
        The network's arrays by layer and weight, such as ``"transpose_1/kernel"``.
    graph
        The ONNX graph that runs them.
    history
        One mapping a recorded step: ``"step"`` and the losses by name.
    provenance
        Where it comes from: plain values that JSON can hold.
    """

    weights: Mapping[str, NDArray[np.float32]]
    graph: bytes
    history: tuple[Mapping[str, Any], ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_weights(
        cls,
        weights: Mapping[str, Any],
        history: Sequence[Mapping[str, Any]] = (),
        provenance: Mapping[str, Any] | None = None,
    ) -> PatchGenerator:
        """Make a generator from the weights of a trained network, which are copied."""
        from napari_retrogan.core.graphs.patch_graph import build_patch_graph

        copies = {name: np.array(values, np.float32) for name, values in weights.items()}
        return cls(copies, build_patch_graph(copies), tuple(history), dict(provenance or {}))

    def sample(self, n: int, seed: int = 0) -> NDArray[np.float32]:
        """Draw patches.

        Parameters
        ----------
        n
            How many; the first ones are the same for every number.
        seed
            From 0 to 2**63 - 1.

        Returns
        -------
        numpy.ndarray
            (n, 32, 32, 3) RGB in [0, 1].

        Raises
        ------
        InvalidConfig
            If ``n`` is less than 1 or the seed lies outside its range.
        """
        from napari_retrogan.core.inference.noise import noise_vector
        from napari_retrogan.core.inference.session import open_session, run_session

        if n < 1:
            raise InvalidConfig(f"n is {n!r}; expected at least one patch.")
        seed = check_seed(seed)
        length = self.weights["dense/kernel"].shape[0]
        session = open_session(self.graph)
        patches = np.empty((n, PATCH_SIZE, PATCH_SIZE, 3), np.float32)
        for index in range(n):
            noise = noise_vector(seed, index, length).reshape(1, length, 1, 1)
            patches[index] = run_session(session, "patch", {"noise": noise})[0].transpose(1, 2, 0)
        return patches

    def __repr__(self) -> str:
        return f"<PatchGenerator of {PATCH_SIZE} x {PATCH_SIZE} px>"
