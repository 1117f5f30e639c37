"""Opens changed files one after the other, in a process of its own, and prints what became of them as JSON.

Run ``python generator_fuzzing.py FOLDER SEED NUMBER FILE...``: the files are those that are changed, and the folder
keeps the last one that was opened.
"""

from __future__ import annotations

import collections
import json
import sys
import time
import warnings
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import psutil
from generator_mutations import LEVELS
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from napari_retrogan.core.errors import InvalidGeneratorFile
from napari_retrogan.core.inference import graph_choice, session
from napari_retrogan.core.vintage_generator import VintageGenerator, load_generator

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

PICTURE = np.linspace(0, 255, 8 * 9 * 3).reshape(8, 9, 3).astype(np.uint8)
MOST_LETTERS = 2000
DRAWN_STYLE = 1000
RUN_ONE_IN = 4
"""Running takes ten times as long as opening, so only some of the changed generators that open are also run."""


class Original(NamedTuple):
    """A file that is changed: its bytes, its parts and what it opens as."""

    content: bytes
    members: dict[str, bytes]
    generator: VintageGenerator


class Fuzzing:
    """Changes files in every way at the level of ``LEVELS``, opens them, and counts."""

    def __init__(self, path: Path, originals: list[Original]) -> None:
        self.path, self.originals = path, originals
        self.outcomes: collections.Counter[str] = collections.Counter()
        self.most_seconds = self.most_megabytes = self.peak_megabytes = 0.0

    def open_changed(self, level: Callable[..., bytes], rng: random.Random) -> None:
        original = rng.choice(self.originals)
        self.path.write_bytes(level(original.content, original.members, rng))
        forget_peak()
        start, megabytes = time.process_time(), peak_megabytes()
        outcome = open_and_run(self.path, original.generator, rng)
        self.most_seconds = max(self.most_seconds, time.process_time() - start)
        self.peak_megabytes = max(self.peak_megabytes, peak_megabytes())
        self.most_megabytes = max(self.most_megabytes, peak_megabytes() - megabytes)
        self.outcomes[f"{level.__name__}: {outcome}"] += 1


def read_original(path: Path) -> Original:
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    return Original(path.read_bytes(), members, load_generator(path))


def open_and_run(path: Path, original: VintageGenerator, rng: random.Random) -> str:
    """Say what became of a file; where the arrays are other than the original's, they are also run."""
    try:
        loaded = load_generator(path)
    except InvalidGeneratorFile as error:
        assert len(str(error)) < MOST_LETTERS, str(error)  # noqa: PT017 - what is raised is one of the outcomes
        return "refused"
    if loaded == original:
        assert loaded.graph == original.graph
        return "opened"
    if rng.randrange(RUN_ONE_IN):
        return "opened as another"
    try:
        styled = run(loaded, rng)
    except InvalidGeneratorFile:
        return "opened as another, refused when run"
    assert (styled.shape, styled.dtype) == (PICTURE.shape, PICTURE.dtype)
    return "opened as another and run"


def run(generator: VintageGenerator, rng: random.Random) -> Any:
    """Apply one of the generator's styles, or one that its mapping network draws."""
    drawn = [DRAWN_STYLE] if generator.mapping else []
    return forget(generator.apply(PICTURE, style=rng.choice([*range(generator.num_styles), *drawn])))


def forget(styled: Any) -> Any:
    """Return what is given, and keep no session for later: memory then tells what one file takes."""
    session._open.cache_clear()
    graph_choice._made_once.cache_clear()
    return styled


def forget_peak() -> None:
    """Let the peak be what is held now, where the system can: what Hypothesis remembers is not the files'."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def peak_megabytes() -> float:
    """Return the most memory that this process, and not its parent, has held since the peak was forgotten."""
    memory = psutil.Process().memory_info()
    if hasattr(memory, "peak_wset"):
        return memory.peak_wset / 2**20
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().split("VmHWM:")[1].split()[0]) / 2**10
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def main(folder: str, number_of_seed: str, number: str, *files: str) -> None:
    fuzzing = Fuzzing(Path(folder, f"changed-{number_of_seed}.retrogan"), [read_original(Path(file)) for file in files])
    how = settings(
        max_examples=-(-int(number) // len(LEVELS)),
        derandomize=False,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    for original in fuzzing.originals:
        original.generator.apply(PICTURE)
    before = peak_megabytes()
    warnings.simplefilter("error")
    for level in LEVELS:
        changes = given(level=st.just(level), rng=st.randoms(use_true_random=False))
        seed(int(number_of_seed))(how(changes(fuzzing.open_changed)))()
    most = {"most_seconds": fuzzing.most_seconds, "most_megabytes": fuzzing.most_megabytes}
    print(json.dumps({"outcomes": fuzzing.outcomes, **most, "megabytes": fuzzing.peak_megabytes - before}))


if __name__ == "__main__":
    main(*sys.argv[1:])
