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


def _array(variable: Any) -> np.ndarray:
    """Return a variable's values."""
    return np.asarray(variable, np.float32)


if __name__ == "__main__":
    main()
