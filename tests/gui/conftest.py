"""A viewer, generators made of random weights, and a session's state that starts empty."""

from __future__ import annotations

import gc
import importlib
import os
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from fake_training import FakeTraining
from npe2 import PluginManifest
from pytestqt.qtbot import QtBot
from qtpy.QtCore import QLocale
from sessions import run_session  # noqa: F401
from shared_viewer import SharedViewer

from napari_retrogan import VintageGenerator
from napari_retrogan.core.stages.chain import WEIGHT_SHAPES
from napari_retrogan.core.stages.particles import NO_PARTICLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import napari

# What tests read on the window is English, whatever the person who runs them has set.
QLocale.setDefault(QLocale.c())

# Without a file, napari neither reads nor changes the settings of the person who runs the tests.
os.environ["NAPARI_CONFIG"] = ""


class PatientQtBot(QtBot):
    """Waits long: what a test waits for comes at once on a quiet machine, and seconds late on a busy one."""

    def waitUntil(self, callback: Callable[[], bool | None], *, timeout: int = 120_000) -> None:
        """Wait until the callback gives true, or for as many milliseconds."""
        super().waitUntil(callback, timeout=timeout)


@pytest.fixture
def qtbot(qapp: object, request: pytest.FixtureRequest) -> PatientQtBot:
    """Return a bot that is patient."""
    return PatientQtBot(request)


@pytest.fixture(scope="module", autouse=True)
def quick_collections() -> None:
    """Let collections of garbage, of which napari makes some for each layer, pass over all that is there by now."""
    importlib.import_module("napari._qt.qt_main_window")
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def found_plugins() -> Iterator[None]:
    """Read the manifests of what is installed once, not anew for each viewer."""
    discover = PluginManifest.discover
    found = list(discover())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PluginManifest, "discover", lambda paths=(): discover(paths=paths) if paths else iter(found))
        yield


@pytest.fixture(autouse=True)
def session(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Forget the generators and the library of other tests, and what they have set in the dock."""
    from napari_retrogan.plugin import remembered
    from napari_retrogan.plugin.state import state

    for name in ("SETTINGS", "LIBRARY"):
        monkeypatch.setenv(f"NAPARI_RETROGAN_{name}", str(tmp_path_factory.mktemp(name.lower())))
    remembered.forget()
    state.cache_clear()
    yield
    state.cache_clear()


@pytest.fixture(autouse=True)
def frequent_updates(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let trainings and previews be shown without long waits."""
    from napari_retrogan.plugin.train import live_preview, training_run

    monkeypatch.setattr(training_run, "UPDATE_MILLISECONDS", 100)
    monkeypatch.setattr(training_run, "MOST_REST_SECONDS", 0.2)
    monkeypatch.setattr(live_preview, "MOST_REST_SECONDS", 0.2)


@pytest.fixture(scope="session")
def shared_viewer(qapp: object) -> Iterator[SharedViewer]:
    """Return what lends the viewer that tests share."""
    shared = SharedViewer()
    yield shared
    shared.close()


@pytest.fixture
def viewer(qtbot: PatientQtBot, shared_viewer: SharedViewer, request: pytest.FixtureRequest) -> Iterator[napari.Viewer]:
    """Return a real viewer, as if it were new; the test fails if it leaves a widget behind."""
    yield shared_viewer.lend(shown="shown" in request.keywords)
    shared_viewer.take_back(failed=request.node.rep_call.failed)


@pytest.fixture
def no_shared_viewer(shared_viewer: SharedViewer) -> None:
    """Close the viewer that tests share."""
    shared_viewer.close()


@pytest.fixture
def make_napari_viewer(no_shared_viewer: None, make_napari_viewer: Any) -> Any:
    """Return napari's own way to viewers, for a test of several: napari wants no other beside them."""
    return make_napari_viewer


@pytest.fixture
def training(monkeypatch: pytest.MonkeyPatch) -> FakeTraining:
    """Put a training that does what a test tells it to in the place of the engine's, for the tab Train."""
    from napari_retrogan.plugin.train import train_widget

    training = FakeTraining()
    monkeypatch.setattr(train_widget, "iter_train", training)
    return training


@pytest.fixture(scope="session")
def generator() -> VintageGenerator:
    """Return a generator of random weights, which changes every picture."""
    random = np.random.default_rng(0)
    return VintageGenerator.from_weights(
        {name: random.normal(0, 0.2, shape).astype(np.float32) for name, shape in WEIGHT_SHAPES.items()}
        | NO_PARTICLES.weights()
    )


@pytest.fixture
def photograph() -> np.ndarray[Any, Any]:
    """Return a small RGB picture."""
    return np.random.default_rng(1).integers(0, 256, (40, 50, 3), np.uint8)
