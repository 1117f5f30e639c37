"""How progress is put into words."""

from __future__ import annotations

import math

from napari_retrogan.plugin.train.progress_row import describe_progress


def test_what_is_not_known_is_not_said() -> None:
    assert describe_progress(0, 300, 0.0, math.inf) == "Step 0 of 300"
    assert describe_progress(12, 300, 4.1234, 70.0) == "Step 12 of 300 (4.12 a second), about 70 seconds left"
    assert describe_progress(300, 300, 4.0, 0.0) == "Step 300 of 300 (4 a second)"
