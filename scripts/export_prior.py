"""Put the trained look prior into the package: the encoder as an ONNX graph, the decoder as arrays.

    python scripts/export_prior.py STATE

STATE is the folder of ``train_prior.py``. Needs the TensorFlow backend and tf2onnx.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

TARGET = Path(__file__).parents[1] / "src/napari_retrogan/core/looks/look_prior"


def main() -> None:
    """Export."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("state", type=Path)
    arguments = parser.parse_args()

    from napari_retrogan.core.backend import use_backend

    use_backend("tensorflow")

    from prior_networks import LookPrior

    from napari_retrogan.core.looks.prior_inputs import NUM_SET_STATISTICS, NUM_STATISTICS, PRIOR_SIZE

    model = LookPrior()
    shapes = (1, 2, PRIOR_SIZE, PRIOR_SIZE, 3), (1, 2, NUM_STATISTICS), (1, NUM_SET_STATISTICS)
    model.encoder([np.zeros(shape, np.float32) for shape in shapes])
    with np.load(arguments.state / "state.npz") as arrays:
        for number, variable in enumerate(model.weights):
            variable.assign(arrays[f"model/{number}"])
    TARGET.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "encoder.onnx"
        model.encoder.export(str(path), format="onnx", verbose=False)
        (TARGET / "encoder.onnx").write_bytes(path.read_bytes())
    decoder = {
        f"{layer}/{part}": _array(getattr(model.decoder.get_layer(layer), part))
        for layer in ("hidden", "look")
        for part in ("kernel", "bias")
    }
    shared = {name: _array(variable) for name, variable in model.shared.items()}
    halves = {name: values.astype(np.float16) for name, values in {**decoder, **shared}.items()}
    np.savez(TARGET / "decoder.npz", **halves)
    print(*(f"{path.name}: {path.stat().st_size} bytes" for path in sorted(TARGET.iterdir())), sep="\n")


def read_package(model: Any) -> None:
    """Give a prior the weights that ship.

    Raises
    ------
    SystemExit
        If it then tells something else than the graph that ships, which another exporter may have written.
    """
    import onnx

    graph = onnx.load(TARGET / "encoder.onnx").graph
    known = {each.name: onnx.numpy_helper.to_array(each) for each in graph.initializer}
    for variable in model.encoder.weights:
        *path, part = variable.path.split("/")
        prefix = "/".join(f"{name}_1" for name in ("style_encoder", *path)) + "/"
        variable.assign(_initializer(graph, known, prefix, part).reshape(variable.shape))
    with np.load(TARGET / "decoder.npz") as arrays:
        for layer in ("hidden", "look"):
            for part in ("kernel", "bias"):
                getattr(model.decoder.get_layer(layer), part).assign(arrays[f"{layer}/{part}"])
        for name, variable in model.shared.items():
            variable.assign(arrays[name])
    _check(model)


def _initializer(graph: Any, known: dict[str, np.ndarray], prefix: str, part: str) -> np.ndarray:
    """Return the numbers of a layer's variable in the order that Keras has them in."""
    if part in ("gamma", "beta"):
        return known[prefix + {"gamma": "Reshape:0", "beta": "Reshape_1:0"}[part]]
    last = [node for node in graph.node if node.name in (f"{prefix}Add", f"{prefix}BiasAdd")][-1]
    if part == "bias":
        return known[last.input[-1]]
    makers = {output: node for node in graph.node for output in node.output}
    node = last
    while node.op_type not in ("Conv", "MatMul", "Gemm"):
        node = makers[next(name for name in node.input if name in makers)]
    name = node.input[1]
    while name not in known:
        name = makers[name].input[0]
    values = known[name]
    if node.op_type == "Conv":
        return values.transpose(2, 3, 1, 0)
    if node.op_type == "Gemm":
        values = np.squeeze(values)
        return values.reshape(len(values), -1).T
    return values


def _check(model: Any) -> None:
    """Compare a prior with the one that ships."""
    from napari_retrogan.core.looks.prior import estimate_code
    from napari_retrogan.core.looks.prior_inputs import picture_statistics, prior_pixels, set_statistics
    from napari_retrogan.core.looks.statistics import ordinary_photographs

    views = ordinary_photographs()[:6]
    pictures = np.stack([prior_pixels(view) for view in views])
    inputs = [pictures[None], picture_statistics(pictures)[None], set_statistics(list(pictures))[None]]
    code = _array(model.encoder(inputs)[0])[0]
    error = float(np.abs(code - estimate_code(views)).max() / np.abs(code).max())
    if error > 1e-3:
        raise SystemExit(f"The weights read from the package give other codes than its graph: {error:.2g} apart.")


def _array(variable: Any) -> np.ndarray:
    """Return a variable's values."""
    return np.asarray(variable, np.float32)


if __name__ == "__main__":
    main()
