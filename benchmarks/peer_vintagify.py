"""Speed and artefacts beside a CycleGAN: the ``vintagify`` package with the weights that it ships.

    python benchmarks/peer_vintagify.py PHOTOGRAPHS [--generator FILE] [--count N]

PHOTOGRAPHS is a folder of JPEG pictures, as for ``look_accuracy.py``. Colour is not compared: the peer has one look of
its own and cannot be trained in the minute that ours takes, for one step of its training takes seconds on a CPU. Its
network sees what its own code makes of a picture: a square of 512 px from the middle; ours gets the same squares.
Without --generator, ours is trained on the package's samples. The peer needs ``pip install vintagify`` (and PyTorch).
"""

from __future__ import annotations

import argparse
import time
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from artefacts import lattice_peak, structure_kept
from metrics import colour_difference
from PIL import Image
from protocol import unseen_paths

import napari_retrogan as rg
from napari_retrogan.core.simulation.samples import sample_photographs, sample_prints

if TYPE_CHECKING:
    from collections.abc import Callable

    from film import Picture

    Method = Callable[[Picture, int], Picture]  # of a picture and how much of its upper left corner is wanted, in px

SIDE, TILE = 512, 256
COLUMNS = ("seconds/MP", "grid", "grid/input", "tile off", "structure")


def main() -> None:
    """Print a line a method."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photographs", type=Path)
    parser.add_argument("--generator", type=Path, help="a .retrogan file")
    parser.add_argument("--count", type=int, default=6, help="photographs to measure on")
    arguments = parser.parse_args()
    paths = unseen_paths(arguments.photographs)[: arguments.count]
    print("method".ljust(24) + "".join(f"{name:>14}" for name in COLUMNS))
    methods: dict[str, Callable[[], Method]] = {
        "untouched": lambda: lambda picture, side: picture[:side, :side],
        "ours": partial(_ours, arguments.generator),
        "ours, without grain": partial(_ours, arguments.generator, grain=0.0),
        "vintagify": _peer,
    }
    for name, make in methods.items():
        try:
            figures = _measure(make(), [_square(path) for path in paths])
        except ImportError as error:
            print(f"{name}: not installed ({error})")
            continue
        print(name.ljust(24) + "".join(f"{value:14.4g}" for value in figures), flush=True)


def _measure(method: Method, pictures: list[Picture]) -> tuple[float, ...]:
    """Return the figures of a method in the order of the columns.

    ``grid`` is the highest peak of the spectrum on the Nyquist lattice over its local median, ``tile off`` the mean
    CIEDE2000 between the upper left quarter made as a tile and the same part of the whole result.
    """
    method(pictures[0], SIDE)
    started = time.monotonic()
    results = [method(picture, SIDE) for picture in pictures]
    seconds = (time.monotonic() - started) / (len(pictures) * SIDE * SIDE / 1e6)
    quarters = [method(picture, TILE) for picture in pictures]
    off = [colour_difference(part, whole[:TILE, :TILE]) for part, whole in zip(quarters, results, strict=True)]
    grid = lattice_peak(results)
    return seconds, grid, grid / lattice_peak(pictures), float(np.mean(off)), structure_kept(results, pictures)


def _ours(path: Path | None, grain: float = 1.0) -> Method:
    """Return a generator from a file, or trained on the samples."""
    if path is not None:
        generator = rg.load_generator(path)
    else:
        generator = rg.train(list(sample_photographs().values()), list(sample_prints().values()))
    return lambda picture, side: generator.apply(picture, grain=grain, region=(0, 0, side, side))


def _peer() -> Method:
    """Return the peer's network with its own weights, without the window that its own function opens."""
    import torch
    from vintagify.generator import ResnetGenerator

    network: Any = ResnetGenerator()
    weights = files("vintagify") / "resources" / "G_A2B_epoch33.pth"
    network.load_state_dict(torch.load(str(weights), map_location="cpu", weights_only=True))
    network.eval()

    def translate(picture: Picture, side: int) -> Picture:
        channels = np.ascontiguousarray(picture[:side, :side].transpose(2, 0, 1))
        tensor = torch.from_numpy(channels)[None] * 2 - 1
        with torch.no_grad():
            result = network(tensor)[0].numpy()
        return np.asarray((result.transpose(1, 2, 0) + 1) / 2, np.float32)

    return translate


def _square(path: Path) -> Picture:
    """Return the square in the middle that the peer's own code cuts, in [0, 1]."""
    with Image.open(path) as image:
        scale = (SIDE + 30) / min(image.size)
        resized = image.convert("RGB").resize([round(scale * extent) for extent in image.size])
    left, top = ((extent - SIDE) // 2 for extent in resized.size)
    return np.asarray(resized.crop((left, top, left + SIDE, top + SIDE)), np.float32) / np.float32(255)


if __name__ == "__main__":
    main()
