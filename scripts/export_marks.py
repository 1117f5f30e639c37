"""Put the network that `train_marks.py` has trained into the package.

    python scripts/export_marks.py STATE

STATE is the folder of a training. Weights are averaged over its steps and stored in half precision; its log goes
beside them.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import numpy as np

from napari_retrogan.core.stages.mark_finish import MARK_FINISH

FOLDER = Path(__file__).parents[1] / "src/napari_retrogan/core/inference/mark_network"


def main() -> None:
    """Export."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("state", type=Path)
    state = parser.parse_args().state
    with np.load(state / "state.npz") as arrays:
        weights = {name: arrays[f"average/{name}"].astype(np.float16) for name in MARK_FINISH.weights}
    FOLDER.mkdir(exist_ok=True)
    np.savez_compressed(FOLDER / "weights.npz", **weights)
    shutil.copy(state / "training_log.jsonl", FOLDER)
    print(f"{sum(each.size for each in weights.values())} weights, {(FOLDER / 'weights.npz').stat().st_size} bytes")


if __name__ == "__main__":
    main()
