"""People who do anything at any time, in a napari of their own: nothing fails, nothing waits, nothing is left.

Run ``python tests/gui/random_session.py SEED ACTIONS`` to see a session again.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import what_people_do
from stalls import stretch

ACTIONS = int(os.environ.get("NAPARI_RETROGAN_ACTIONS", "25"))
MOST_IN_A_SESSION = 150
CROWD = os.environ.get("NAPARI_RETROGAN_CROWD", "15")
SESSIONS = range(0, ACTIONS, MOST_IN_A_SESSION)
SCRIPT = Path(__file__).with_name("random_session.py")


def test_a_longer_session_begins_with_a_shorter_one() -> None:
    assert what_people_do.draw_actions(3, 50)[:20] == what_people_do.draw_actions(3, 20)
    assert what_people_do.draw_actions(4, 50) != what_people_do.draw_actions(3, 50)


@pytest.mark.parametrize("seed", [begin // MOST_IN_A_SESSION for begin in SESSIONS])
def test_whatever_people_do_nothing_fails_waits_or_stays(seed: int, tmp_path: Path) -> None:
    number = min(MOST_IN_A_SESSION, ACTIONS - seed * MOST_IN_A_SESSION)
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", str(SCRIPT), str(seed), str(number), CROWD],
        env={**os.environ, "NAPARI_CONFIG": "", "NAPARI_RETROGAN_CHECKPOINTS": str(tmp_path)},
        capture_output=True,
        text=True,
        # napari itself takes about a second for each layer of a crowd.
        timeout=(90 + number + int(CROWD)) * stretch(),
        check=False,
    )
    assert done.returncode == 0, f"Seed {seed}, {number} actions:\n{done.stdout}\n{done.stderr[-8000:]}"
    assert "Traceback" not in done.stderr, done.stderr
    told = re.search(r"(\d+) actions; .* used (\d+) times", done.stdout)
    assert told is not None
    assert int(told[1]) == number
    assert int(told[2]) >= number / 10
    assert list(tmp_path.iterdir()) == []
