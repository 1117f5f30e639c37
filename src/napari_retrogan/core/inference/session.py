"""Sessions of ONNX Runtime, one for each graph, shared by everything that runs it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import onnxruntime

from napari_retrogan.core.errors import BackendUnavailable, InvalidGeneratorFile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

DEFAULT_PROVIDERS = ("CPUExecutionProvider",)
_QUIET = 4


def open_session(graph: bytes, providers: tuple[str, ...] | None = None) -> Any:
    """Return the session of a graph, made once in this process.

    Parameters
    ----------
    graph
        A serialised ONNX model.
    providers
        Execution providers of ONNX Runtime, the preferred one first; by default the CPU, for which
        equal bits are promised.

    Raises
    ------
    BackendUnavailable
        If this installation of ONNX Runtime lacks a provider.
    InvalidGeneratorFile
        If ONNX Runtime can't run the graph.
    """
    return _open(graph, DEFAULT_PROVIDERS if providers is None else tuple(providers))


def run_session(session: Any, output: str, feeds: Mapping[str, NDArray[np.float32]]) -> NDArray[np.float32]:
    """Return one output of a graph.

    Raises
    ------
    InvalidGeneratorFile
        If the graph's parts don't fit each other or the inputs.
    """
    return run_outputs(session, [output], feeds)[0]


def run_outputs(
    session: Any, outputs: Sequence[str], feeds: Mapping[str, NDArray[np.float32]]
) -> list[NDArray[np.float32]]:
    """Return several outputs of a graph; of the feeds it gets those that it has inputs for.

    Raises
    ------
    InvalidGeneratorFile
        If the graph's parts don't fit each other or the inputs.
    """
    inputs = {value.name for value in session.get_inputs()}
    try:
        results: list[NDArray[np.float32]] = session.run(
            list(outputs), {name: values for name, values in feeds.items() if name in inputs}
        )
    except Exception as error:
        raise InvalidGeneratorFile(f"The generator's graph failed to run: {error}") from error
    return results


@lru_cache(maxsize=16)
def _open(graph: bytes, providers: tuple[str, ...]) -> Any:
    """Make a session of one thread: tiles run side by side, and sums in one order give equal bits.

    The last level of optimisation is left out: its blocked layout is made for many channels, and here
    converting to it and back costs a quarter more time.
    """
    missing = sorted(set(providers) - set(onnxruntime.get_available_providers()))
    if missing:
        available = ", ".join(onnxruntime.get_available_providers())
        raise BackendUnavailable(f"ONNX Runtime has no provider {missing[0]} here; choose among {available}.")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = _QUIET
    # Its own format, which it would tell by the bytes, holds what nobody has checked.
    options.add_session_config_entry("session.load_model_format", "ONNX")
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    try:
        return onnxruntime.InferenceSession(graph, options, providers=list(providers))
    except Exception as error:
        raise InvalidGeneratorFile(f"ONNX Runtime can't run this generator's graph: {error}") from error
