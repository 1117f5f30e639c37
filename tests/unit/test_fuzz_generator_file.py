"""Thousands of changed files: each is refused in words or opens as a generator that does no harm.

The number of files is small in an ordinary session; ``NAPARI_RETROGAN_FUZZ=10000`` gives as many as one likes.
"""

import collections
import os
import random
import sys
import zipfile

import numpy as np
import pytest
from generator_mutations import mutate

from napari_retrogan.core.errors import InvalidGeneratorFile
from napari_retrogan.core.vintage_generator import load_generator

NUM_FILES = int(os.environ.get("NAPARI_RETROGAN_FUZZ", "2000"))
NUM_PARTS = 4
MAX_MEGABYTES = 300
PICTURE = np.linspace(0, 255, 8 * 9 * 3).reshape(8, 9, 3).astype(np.uint8)


def peak_megabytes():
    """The most memory that this process has ever held."""
    resource = pytest.importorskip("resource", reason="Windows counts no peak")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def open_and_apply(path, original):
    """Say what became of a file; a graph that differs from the original's is also run."""
    try:
        loaded = load_generator(path)
    except InvalidGeneratorFile as error:
        return "refused" if len(str(error)) < 2000 else "refused at great length"
    if loaded.graph == original.graph:
        return "opened"
    try:
        assert loaded.apply(PICTURE).shape == PICTURE.shape
    except InvalidGeneratorFile:
        return "refused by the runtime"
    return "opened with another graph"


@pytest.mark.parametrize("part", range(NUM_PARTS))
def test_changed_files_are_refused_or_harmless(generator, tmp_path, part):
    path = generator.save(tmp_path / "look.retrogan")
    original = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    open_and_apply(path, generator)
    generator.apply(PICTURE)
    outcomes = collections.Counter()
    before = peak_megabytes()
    for number in range(part, NUM_FILES, NUM_PARTS):
        kind, content = mutate(original, members, random.Random(number))
        path.write_bytes(content)
        try:
            outcomes[kind, open_and_apply(path, generator)] += 1
        except BaseException as error:
            error.add_note(f"The file is that of seed {number}, made by {kind}.")
            raise
    print(*(f"{count:6} {kind}: {outcome}" for (kind, outcome), count in sorted(outcomes.items())), sep="\n")
    assert sum(count for (_, outcome), count in outcomes.items() if outcome == "refused") > 0
    assert not any(outcome == "refused at great length" for _, outcome in outcomes)
    assert peak_megabytes() - before < MAX_MEGABYTES
