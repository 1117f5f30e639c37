"""How fast a film is styled, beside the same frames as a stack in memory; and how much memory that takes.

    python benchmarks/film_speed.py [--frames 48] [--size 1080] [--repeats 5] [--suffix .mp4] [--bits 8] [--long 20]

A film is made of a picture that is panned over, with grain, and with sound. Film and stack are styled in turn in one
process, after a first run, and the medians of all repeats are compared: 1 would be a film that takes no longer than
its frames alone, without being read and written. Where others use the machine too, the seconds of all cores together
tell more than those that passed. Memory is the most that processes of their own hold, styling a film and one so many
times as long.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

RATE = 25
WANTED = 0.8
_SOUND_RATE, _SOUND_BLOCK = 48_000, 1024


def main() -> None:
    """Measure and print."""
    arguments = _parse()
    if arguments.child:
        print(_memory_here(Path(arguments.child), arguments.look))
        return
    with tempfile.TemporaryDirectory() as folder:
        film = Path(folder) / f"film{arguments.suffix}"
        make_film(film, arguments.frames, arguments.size, arguments.bits)
        compare(film, arguments.look, arguments.repeats)
        if arguments.long:
            longer = film.with_stem("longer")
            make_film(longer, arguments.frames * arguments.long, arguments.size, arguments.bits)
            short, long = (_memory(each, arguments.look) for each in (film, longer))
            print(f"memory: {short:.0f} MB, of a film {arguments.long} times as long {long:.0f} MB")


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=48)
    parser.add_argument("--size", type=int, default=1080, help="rows; the width is 16/9 of it")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--suffix", default=".mp4", help="of the film's container")
    parser.add_argument("--bits", type=int, choices=(8, 10), default=8, help="a channel; of .mp4 and .mkv")
    parser.add_argument("--long", type=int, default=0, help="compare memory with a film so many times as long")
    parser.add_argument("--look", default="warm-slide-1950s", help="the name of a look that ships")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    return parser.parse_args()


def compare(path: Path, look: str, repeats: int) -> None:
    """Print the seconds a frame of film and stack, and how they compare."""
    import napari_retrogan as rg
    from napari_retrogan.core.films.reading import Film
    from napari_retrogan.core.output.film import style_film

    with Film(path) as film:
        stack = np.stack([frame.pixels for frame in film.frames()])
    generator, result = rg.pretrained(look), path.with_stem("result")
    runs: dict[str, Callable[[], Any]] = {
        "stack": lambda: generator.apply(stack, time_axis=0),
        "film": lambda: style_film(generator, path, result, {}),
    }
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in runs}
    for repeat in range(repeats + 1):
        for name, run in runs.items():
            start, begun = time.perf_counter(), time.process_time()
            run()
            passed, worked = time.perf_counter() - start, time.process_time() - begun
            if repeat:
                taken[name].append((passed / len(stack), worked / len(stack)))
    rows, columns = stack.shape[1:3]
    print(f"{len(stack)} frames of {columns} x {rows}, {path.suffix}, {os.cpu_count()} cores, {repeats} repeats")
    for number, words in enumerate(("seconds a frame", "seconds of all cores")):
        stacked, filmed = (statistics.median(run[number] for run in taken[name]) for name in ("stack", "film"))
        print(f"{words}: stack {stacked:.3f}, film {filmed:.3f}, ratio {stacked / filmed:.2f}, wanted {WANTED}")


def make_film(path: Path, frames: int, size: int, bits: int = 8) -> None:
    """Write a film with sound: a picture that is panned over."""
    import av

    webm = path.suffix == ".webm"
    with av.open(str(path), "w") as file:
        codec, options = ("libvpx-vp9", {"deadline": "realtime", "cpu-used": "8"}) if webm else ("libx264", {})
        if bits > 8:
            codec, options = "libx265", {"preset": "ultrafast", "x265-params": "log-level=none"}
        stream: Any = file.add_stream(codec, rate=RATE, options={**options, "crf": "20"})
        stream.height, stream.width, stream.pix_fmt = (
            size,
            size * 16 // 9 // 2 * 2,
            "yuv420p10le" if bits > 8 else "yuv420p",
        )
        sound: Any = file.add_stream("libopus" if webm else "aac", rate=_SOUND_RATE, layout="mono")
        for pixels in _frames(frames, size, stream.width):
            file.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, "rgb24")))
        file.mux(stream.encode())
        resampler = av.AudioResampler(sound.codec_context.format.name, "mono", _SOUND_RATE)
        for block in range(frames * _SOUND_RATE // RATE // _SOUND_BLOCK):
            wave = np.sin(np.arange(_SOUND_BLOCK, dtype=np.float32) / 20)[None]
            frame = av.AudioFrame.from_ndarray(wave, "fltp", "mono")
            frame.sample_rate, frame.pts, frame.time_base = _SOUND_RATE, block * _SOUND_BLOCK, Fraction(1, _SOUND_RATE)
            for part in resampler.resample(frame):
                file.mux(sound.encode(part))
        file.mux(sound.encode())


def _frames(number: int, rows: int, columns: int) -> Iterator[np.ndarray[Any, Any]]:
    """Yield parts of a picture, each a little further to the right and back again, with grain of their own."""
    from skimage import data, transform

    random = np.random.default_rng(0)
    reach = 60
    picture = transform.resize(data.astronaut(), (rows, columns + 4 * reach), order=1)
    picture = np.uint8(255 * picture)
    grain = random.integers(0, 8, (rows + reach, columns, 3), dtype=np.uint8)
    for frame in range(number):
        left, top = 4 * abs(frame % (2 * reach) - reach), int(random.integers(reach))
        yield np.minimum(picture[:, left : left + columns], 247) + grain[top : top + rows]


def _memory(path: Path, look: str) -> float:
    """Return the most megabytes that a process of its own holds while it styles a film."""
    command = [sys.executable, __file__, "--look", look, "--child", str(path)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603
    return float(done.stdout.split()[-1])


def _memory_here(path: Path, look: str) -> float:
    import napari_retrogan as rg
    from napari_retrogan.core.output.film import style_film

    style_film(rg.pretrained(look), path, path.with_stem("result"), {})
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
