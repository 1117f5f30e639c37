"""Styles pictures to disk in processes that are killed, or that are at the same result at once.

Run ``python results_under_pressure.py kill KIND FOLDER KILLS SEED`` or ``... work KIND FOLDER``, which begins once it
is told a line.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import imagecodecs  # noqa: F401 - what a child imports is not what it is killed in
import numpy as np
import onnxruntime  # noqa: F401
import tifffile
import zarr
from PIL import Image

import napari_retrogan as rg
from napari_retrogan.core.images.files import read_picture
from napari_retrogan.core.output import parts
from napari_retrogan.core.stages.chain import WEIGHT_SHAPES
from napari_retrogan.core.stages.particles import NO_PARTICLES

if TYPE_CHECKING:
    from numpy.typing import NDArray

STORES = {"zarr": "out.zarr", "ome-zarr": "out.ome.zarr", "tiff": "out.tif"}
BATCH = "batch"
SUFFIXES = (".png", ".tif", ".jpg", ".png", ".tif", ".png")


def generator() -> rg.VintageGenerator:
    rng = np.random.default_rng(0)
    return rg.VintageGenerator.from_weights(
        {name: rng.normal(0, 0.1, shape) for name, shape in WEIGHT_SHAPES.items()} | NO_PARTICLES.weights()
    )


def picture(number: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(number).integers(0, 256, (520, 390, 3), np.uint8)


def prepare(kind: str, folder: Path) -> None:
    """Write the sources."""
    folder.mkdir(parents=True, exist_ok=True)
    if kind != BATCH:
        tifffile.imwrite(folder / "in.tif", picture(), photometric="rgb", tile=(256, 256))
        return
    (folder / "in").mkdir()
    for number, suffix in enumerate(SUFFIXES):
        Image.fromarray(picture(number)).save(folder / "in" / f"{number}{suffix}")


def work(kind: str, folder: Path, **options: Any) -> rg.BatchResult | None:
    """Style the sources, or what is left of them."""
    parts.PART_BYTES, parts.CHUNK_SIZE = 1, 512
    if kind == BATCH:
        return rg.apply_to_files(generator(), folder / "in", folder / "out", **options)
    rg.apply_to_store(generator(), folder / "in.tif", folder / STORES[kind], **options)
    return None


def result(kind: str, folder: Path) -> list[NDArray[Any]]:
    """Return what was written."""
    place = folder / STORES.get(kind, "out")
    if kind == BATCH:
        found = sorted(path for path in place.glob("*") if not path.name.startswith("."))
        return [read_picture(path) for path in found]
    if kind == "tiff":
        return [tifffile.imread(place)]
    store: Any = zarr.open(place, mode="r")
    return [store[...]] if kind == "zarr" else [np.moveaxis(store[name][...], 0, -1) for name in sorted(store)]


def _start(kind: str, folder: Path) -> int:
    child = os.fork()
    if child == 0:
        try:
            work(kind, folder)
        except BaseException:  # noqa: BLE001 - the parent sees that it failed
            os._exit(1)
        os._exit(0)
    return child


def _kill_at_random(kind: str, folder: Path, kills: int, seed: int) -> None:
    """Kill so many runs, each of which goes on where the last one ended; a result that is whole is made once more.

    Prints for each what was under the result's name.
    """
    with tempfile.TemporaryDirectory() as scratch:
        prepare(kind, Path(scratch))
        begun = time.monotonic()
        os.waitpid(_start(kind, Path(scratch)), 0)
        whole = time.monotonic() - begun
    moments, killed = random.Random(seed), 0
    while killed < kills:
        child = _start(kind, folder)
        time.sleep(moments.uniform(0, whole))
        os.kill(child, signal.SIGKILL)
        if os.WIFSIGNALED(os.waitpid(child, 0)[1]):
            killed += 1
            print(len(list((folder / "out").glob("[0-9]*"))), int((folder / STORES.get(kind, "out")).exists()))
        else:
            remove(folder / STORES.get(kind, "out"))


def remove(place: Path) -> None:
    shutil.rmtree(place) if place.is_dir() else place.unlink()


def _work_when_told(kind: str, folder: Path) -> None:
    print("Ready", flush=True)
    sys.stdin.readline()
    try:
        done = work(kind, folder)
    except rg.OutputExists as error:
        print(f"Refused: {error}")
    else:
        print("Done" if done is None else f"Done {len(done.written)} {sorted({each.reason for each in done.failed})}")


if __name__ == "__main__":
    if sys.argv[1] == "kill":
        _kill_at_random(sys.argv[2], Path(sys.argv[3]), *map(int, sys.argv[4:]))
    else:
        _work_when_told(sys.argv[2], Path(sys.argv[3]))
