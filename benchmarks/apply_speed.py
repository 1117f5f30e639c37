"""How fast a look is applied, beside a table lookup, a ResNet-9 generator and a plain copy; with peak memory.

    python benchmarks/apply_speed.py [--megapixels 1 12 48 100] [--store 1000] [--repeats 5] [--resnet-limit 1]

Every row of every size runs in a process of its own, after a first run, on a picture of 8-bit RGB in memory; medians
are printed. Memory is the most that the process held in the first run beyond what it held with the picture loaded:
looking at it takes time, so the runs that are timed go unwatched.
A row that is too slow for a size is measured at a smaller one, and the table says at which; nothing is extrapolated.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil

from napari_retrogan.core.stages.marks import USUAL_MARKS

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS = {
    "a": "the whole look",
    "b": "its colours alone (grain=0, softness=0)",
    "c": "its colours baked into a 3-D table",
    "d": "pillow-lut with a table",
    "e": "ResNet-9 CycleGAN generator in Keras",
    "f": "a copy of the array",
    "m": "the whole look with usual marks on it (marks=1)",
    "n": "the look without grain (grain=0)",
}
TABLE_SIZE = 33
SLOW_REPEATS = 1
_SAMPLE_SECONDS = 0.002


def main() -> None:
    """Measure all rows and print a table."""
    arguments = _parse()
    if arguments.child:
        print(json.dumps(_measure_here(*arguments.child, arguments.look)))
        return
    results: dict[str, dict[str, float]] = {}
    for megapixels in arguments.megapixels:
        _measure_size(megapixels, results, arguments)
    for megapixels in arguments.store:
        results[f"store {megapixels:g}"] = found = _measure("store", megapixels, 1, arguments.look)
        print(f"\nZarr to Zarr, {megapixels:g} megapixels: {_cells(found, megapixels)}", flush=True)
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1))


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megapixels", type=float, nargs="*", default=[1, 12, 48, 100])
    parser.add_argument("--rows", nargs="+", choices=list(ROWS), default=list(ROWS))
    parser.add_argument("--store", type=float, nargs="*", default=[], help="megapixels of Zarr stores")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--resnet-limit", type=float, default=1, help="the most megapixels for row e")
    parser.add_argument("--look", default="warm-slide-1950s", help="the name of a look that ships, or a file")
    parser.add_argument("--json", type=Path, help="keep the figures")
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    return parser.parse_args()


def _measure_size(megapixels: float, results: dict[str, dict[str, float]], arguments: argparse.Namespace) -> None:
    """Measure and print the rows of one size, and what is promised of them."""
    print(f"\n{megapixels:g} megapixels, {os.cpu_count()} cores\n")
    print("| row | seconds | of all cores | megapixels a second | memory beyond the picture | first call |")
    print("|---|---|---|---|---|---|", flush=True)
    pace = {}
    for row in arguments.rows:
        size = min(megapixels, arguments.resnet_limit) if row == "e" else megapixels
        key, repeats = f"{row} {size:g}", SLOW_REPEATS if row == "e" else arguments.repeats
        found = results[key] = results.get(key) or _measure(row, size, repeats, arguments.look)
        pace[row] = found["seconds"] / size
        measured = "" if size == megapixels else f", measured at {size:g} megapixels"
        print(f"| ({row}) {ROWS[row]}{measured} | {_cells(found, size)} |", flush=True)
    for one, other, words in (("e", "a", "(a) is {:.0f} times as fast as (e)"), ("b", "d", "(b) takes {:.2f} x (d)")):
        if one in pace and other in pace:
            print(words.format(pace[one] / pace[other]))


def _cells(found: dict[str, float], size: float) -> str:
    pace, memory = size / found["seconds"], found["memory"] / 1e6
    return f"{found['seconds']:.4g} | {found['busy']:.4g} | {pace:.3g} | {memory:.0f} MB | {found['first']:.3g} s"


def _measure(row: str, megapixels: float, repeats: int, look: str) -> dict[str, float]:
    """Measure one row at one size in a process of its own."""
    command = [sys.executable, __file__, "--look", look, "--child", row, str(megapixels), str(repeats)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _measure_here(row: str, megapixels: str, repeats: str, look: str) -> dict[str, float]:
    """Run one row in this process; the first call, whose memory is watched, is told apart."""
    side = round(float(megapixels) ** 0.5 * 1000 / 4) * 4
    if row == "store":
        return _measure_store(look, side)
    picture = _make_picture(side)
    run = _prepare(row, picture, look)
    before = psutil.Process().memory_info().rss
    seconds, busy = [], []
    with _Peak() as peak:
        first = _time(run)[0]
    for _ in range(int(repeats)):
        took, worked = _time(run)
        seconds.append(took)
        busy.append(worked)
    medians = {"seconds": statistics.median(seconds), "busy": statistics.median(busy)}
    return {**medians, "first": first, "memory": peak.bytes - before}


def _time(run: Callable[[], Any]) -> tuple[float, float]:
    """Return the seconds that a call takes, and those of all cores."""
    start, begun = time.perf_counter(), time.process_time()
    run()
    return time.perf_counter() - start, time.process_time() - begun


def _make_picture(side: int) -> np.ndarray[Any, Any]:
    """Return a smooth picture with texture, as photographs are."""
    rng = np.random.default_rng(0)
    small = rng.random((64, 64, 3), np.float32)
    places = np.arange(side) * 64 // side
    picture = np.empty((side, side, 3), np.uint8)
    for row, place in enumerate(places):
        picture[row] = 200 * small[place][places] + rng.integers(0, 40, (side, 3))
    return picture


def _prepare(row: str, picture: np.ndarray[Any, Any], look: str) -> Callable[[], Any]:
    """Return what a row does once."""
    if row == "f":
        return picture.copy
    if row == "e":
        return _prepare_resnet(picture)
    if row == "d":
        import pillow_lut

        return _filtered(picture, pillow_lut.rgb_color_enhance(TABLE_SIZE, exposure=0.2, contrast=0.2, warmth=0.3))
    generator = _open(look)
    if row == "c":
        from PIL import ImageFilter

        from napari_retrogan.core.export.cube import bake_table

        table = bake_table(generator, TABLE_SIZE, picture)
        return _filtered(picture, ImageFilter.Color3DLUT(TABLE_SIZE, table.reshape(-1).tolist()))
    if row == "m":
        generator = replace(generator, weights={**generator.weights, **USUAL_MARKS.weights()})
    options = {"a": {}, "m": {"marks": 1}, "b": {"grain": 0, "softness": 0}, "n": {"grain": 0}}[row]
    return lambda: generator.apply(picture, **options)


def _open(look: str) -> Any:
    import napari_retrogan as rg

    return rg.load_generator(look) if look.endswith(".retrogan") else rg.pretrained(look)


def _filtered(picture: np.ndarray[Any, Any], table: Any) -> Callable[[], Any]:
    from PIL import Image

    return lambda: np.asarray(Image.fromarray(picture).filter(table))


def _prepare_resnet(picture: np.ndarray[Any, Any]) -> Callable[[], Any]:
    from resnet_generator import build_resnet_generator

    network = build_resnet_generator()
    return lambda: np.uint8(127.5 * (network.predict_on_batch(np.float32(picture[None]) / 127.5 - 1)[0] + 1))


def _measure_store(look: str, side: int) -> dict[str, float]:
    """Run from one Zarr store to another."""
    import zarr

    from napari_retrogan.core.output.store import apply_to_store

    with tempfile.TemporaryDirectory() as folder:
        store = zarr.create_array(
            f"{folder}/source.zarr", shape=(side, side, 3), chunks=(1024, 1024, 3), dtype=np.uint8
        )
        part = _make_picture(1024)
        for top in range(0, side, 1024):
            for left in range(0, side, 1024):
                store[top : top + 1024, left : left + 1024] = part[: side - top, : side - left]
        generator, before = _open(look), psutil.Process().memory_info().rss
        start, begun = time.perf_counter(), time.process_time()
        with _Peak() as peak:
            apply_to_store(generator, f"{folder}/source.zarr", f"{folder}/result.zarr")
        seconds, busy = time.perf_counter() - start, time.process_time() - begun
    return {"seconds": seconds, "busy": busy, "first": seconds, "memory": peak.bytes - before}


class _Peak:
    """The most memory that this process holds while it is entered, looked at every few milliseconds."""

    def __init__(self) -> None:
        self.bytes = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> _Peak:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        process, ended = psutil.Process(), False
        while not ended:
            self.bytes = max(self.bytes, process.memory_info().rss)
            ended = self._ended.wait(_SAMPLE_SECONDS)


if __name__ == "__main__":
    main()
