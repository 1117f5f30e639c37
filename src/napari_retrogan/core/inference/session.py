"""Sessions of ONNX Runtime, one for each graph, shared by everything that runs it."""

from __future__ import annotations

import base64
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import onnxruntime

from napari_retrogan.core.errors import BackendUnavailable, InvalidGeneratorFile
from napari_retrogan.core.graphs.mark_graph import MARK_GRAPH_NAME
from napari_retrogan.core.graphs.tile_graph import TILE_GRAPH_NAME
from napari_retrogan.core.inference.settings import DEFAULT_PROVIDERS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

_QUIET = 4
_NO_MEMORY = ("allocate memory", "bad_alloc", "bad allocation", "out of memory", "failed to allocate")


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


def is_for_tiles(session: Any) -> bool:
    """Tell whether the graph of a session is one that was made for tiles on a CPU."""
    return bool(session.get_modelmeta().graph_name == TILE_GRAPH_NAME)


def carried_graph(session: Any, name: str) -> bytes:
    """Return what a session's graph carries as a property, in base 64: the same object each time, empty if nothing."""
    return _decoded(session.get_modelmeta().custom_metadata_map.get(name, ""))


@lru_cache(maxsize=16)
def _decoded(text: str) -> bytes:
    """Return what a text stands for."""
    return base64.b64decode(text)


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
    MemoryError
        If there is too little memory.
    """
    inputs = {value.name for value in session.get_inputs()}
    try:
        results: list[NDArray[np.float32]] = session.run(
            list(outputs), {name: values for name, values in feeds.items() if name in inputs}
        )
    except Exception as error:
        if _ran_out_of_memory(error):
            raise MemoryError(str(error)) from None
        raise InvalidGeneratorFile(f"The generator's graph failed to run: {error}") from error
    return results


def _ran_out_of_memory(error: Exception) -> bool:
    """Tell whether an error of ONNX Runtime's, which has no class of its own for it, is a lack of memory."""
    words = str(error).lower()
    return isinstance(error, MemoryError) or any(sign in words for sign in _NO_MEMORY)


@lru_cache(maxsize=16)
def _open(graph: bytes, providers: tuple[str, ...]) -> Any:
    """Make a session of one thread: tiles run side by side, and sums in one order give equal bits.

    The last level of optimisation, a layout in blocks of channels, is for graphs that are made for it: where
    layers have few channels, converting to it and back costs a quarter more time.
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
    levels = onnxruntime.GraphOptimizationLevel
    in_blocks = any(name.encode() in graph for name in (TILE_GRAPH_NAME, MARK_GRAPH_NAME))
    options.graph_optimization_level = levels.ORT_ENABLE_ALL if in_blocks else levels.ORT_ENABLE_EXTENDED
    try:
        return onnxruntime.InferenceSession(graph, options, providers=list(providers))
    except Exception as error:
        if _ran_out_of_memory(error):
            raise MemoryError(str(error)) from None
        raise InvalidGeneratorFile(f"ONNX Runtime can't run this generator's graph: {error}") from error
