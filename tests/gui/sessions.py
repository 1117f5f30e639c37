"""Whole sessions of napari in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def run_session(script: str, folder: Path, *arguments: str) -> list[str]:
    """Run a script, which may import what lies beside this file, to its clean end; return the words that it prints."""
    path = folder / "session.py"
    path.write_text(script)
    search = os.pathsep.join([str(HERE), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        [sys.executable, str(path), *arguments],
        env={**os.environ, "PYTHONPATH": search, "NAPARI_CONFIG": ""},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout.split()
