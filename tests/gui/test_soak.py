"""A short run of ``scripts/soak.py``: nothing is left behind by applying, training, and opening the widgets."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import engine_training
import pytest

from napari_retrogan.core.engine import client
from napari_retrogan.plugin.train import train_widget

pytestmark = pytest.mark.weekly

if TYPE_CHECKING:
    from napari.viewer import Viewer

SCRIPT = Path(__file__).parents[2] / "scripts" / "soak.py"


@pytest.fixture(scope="module")
def soak() -> dict[str, Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(SCRIPT.parent)
        return runpy.run_path(str(SCRIPT))


def test_applying_leaves_nothing(viewer: Viewer, generator: Any, soak: dict[str, Any]) -> None:
    assert soak["soak_applying"](viewer, 10, generator) == []


def test_training_leaves_nothing(viewer: Viewer, soak: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train_widget, "iter_train", engine_training.iter_train)
    try:
        assert soak["soak_training"](viewer, 5, 10) == []
    finally:
        client.shut_down()


def test_opening_and_closing_leaves_nothing(viewer: Viewer, soak: dict[str, Any]) -> None:
    assert soak["soak_opening"](viewer, 5) == []
