"""Hundreds of changed files: each is refused in words or opens as a generator that does no harm.

``NAPARI_RETROGAN_FUZZ=3000`` gives another number of files, as the checks of every change do. They are opened by two
processes at once, so that the memory is theirs alone.
"""

import collections
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from napari_retrogan.core.architecture import MAPPING_SHAPES
from napari_retrogan.core.config import TrainingConfig
from napari_retrogan.core.stages.chain import STYLE_NAMES
from napari_retrogan.core.vintage_generator import VintageGenerator

NUM_FILES = int(os.environ.get("NAPARI_RETROGAN_FUZZ", "500"))
NUM_PROCESSES = 2
MAX_SECONDS_A_FILE = 10
MAX_MEGABYTES_A_FILE = 100
MAX_MEGABYTES = 150
"""Of ten thousand files; beyond them, what Hypothesis remembers of those before outgrows it."""
SCRIPT = Path(__file__).with_name("generator_fuzzing.py")
FIXTURES = Path(__file__).parents[1] / "fixtures"


@pytest.fixture
def full(make_weights, tmp_path):
    """A file of everything that a generator can hold."""
    rng = np.random.default_rng(0)
    styles = [{name: make_weights(number)[name] for name in STYLE_NAMES} for number in (1, 2)]
    mapping = {name: rng.normal(0, 0.1, shape).astype(np.float32) for name, shape in MAPPING_SHAPES.items()}
    history = [{"step": step, "colour": 1 / step} for step in (1, 2, 3)]
    provenance = {"notes": ["Only 3 pictures."], "photographs": 7, "styles": [["été.png"], ["2.png"], ["3.png"]]}
    generator = VintageGenerator.from_weights(
        make_weights(), TrainingConfig(seed=4), history, provenance, styles, mapping
    )
    return generator.save(tmp_path / "full.retrogan")


def test_changed_files_are_refused_or_harmless(full, tmp_path):
    files = [full, *FIXTURES.glob("version-*.retrogan")]
    assert len(files) > 2
    share = str(-(-NUM_FILES // NUM_PROCESSES))
    processes = [
        subprocess.Popen(
            [sys.executable, SCRIPT, tmp_path, str(number), share, *files],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(NUM_PROCESSES)
    ]
    outcomes = collections.Counter()
    ended = [(process, *process.communicate()) for process in processes]
    for process, output, errors in ended:
        assert process.returncode == 0, errors
        told = json.loads(output)
        outcomes.update(told["outcomes"])
        assert told["most_seconds"] < MAX_SECONDS_A_FILE
        assert told["most_megabytes"] < MAX_MEGABYTES_A_FILE
        assert told["megabytes"] < MAX_MEGABYTES * max(1, NUM_FILES / 10_000)
    print(*(f"{count:6} {outcome}" for outcome, count in sorted(outcomes.items())), sep="\n")
    assert sum(outcomes.values()) >= NUM_FILES
    assert len({outcome for outcome in outcomes if outcome.endswith(": refused")}) == 4
    assert {outcome for outcome in outcomes if outcome.startswith("change_graph")} == {"change_graph: opened"}
