from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from napari import settings
from napari._app_model import get_app_model
from npe2 import PluginManifest

import napari_retrogan
from napari_retrogan.plugin import preferences

if TYPE_CHECKING:
    from qtpy.QtWidgets import QMenu

PACKAGE = Path(napari_retrogan.__file__).parent
DOCK = "Studio (RetroGAN)"
TITLES = [
    f"{title} (RetroGAN)"
    for title in ("Train vintage GAN", "Apply vintage style", "Apply last vintage style", "Apply to files")
]


def entries(menu: QMenu) -> dict[str, object]:
    """Return what a menu shows, by its text without the marks of shortcuts."""
    menu.aboutToShow.emit()
    return {action.text().replace("&", ""): action for action in menu.actions() if not action.isSeparator()}


@pytest.fixture
def layers_filter(viewer) -> QMenu:
    """Return the submenu in Layers > Filter."""
    menu = viewer.window._qt_window.menuBar()
    for text in ("Layers", "Filter", "Vintage style"):
        (action,) = (action for action in menu.actions() if action.text().replace("&", "") == text)
        menu = action.menu()
        menu.aboutToShow.emit()
    return menu


def test_every_command_can_be_imported():
    PluginManifest.from_file(PACKAGE / "napari.yaml").validate_imports()


def test_the_link_at_the_top_shows_the_manifest_in_the_package():
    link = PACKAGE.parents[1] / "napari.yaml"
    if not link.exists():
        pytest.skip("The package is installed without its repository.")
    assert link.resolve() == PACKAGE / "napari.yaml"


def test_the_filter_menu_holds_the_widgets_and_the_command(layers_filter):
    assert list(entries(layers_filter)) == TITLES


def test_the_plugins_menu_holds_the_dock(viewer):
    items = get_app_model().menus.get_menu("napari/plugins")
    assert DOCK in [item.command.title for item in items if hasattr(item, "command")]


def test_the_menu_opens_the_dock_at_a_tab_and_the_plugins_menu_closes_it(viewer, layers_filter):
    titles = entries(layers_filter)
    for title, tab in (("Apply to files", "files"), ("Train vintage GAN", "train"), ("Apply vintage style", "looks")):
        titles[f"{title} (RetroGAN)"].trigger()
        assert viewer.window.dock_widgets[DOCK].tab == tab
    (toggle,) = (action for action in viewer.window.plugins_menu.actions() if DOCK in action.text())
    toggle.trigger()
    assert not viewer.window.dock_widgets[DOCK].parentWidget().isVisible()
    titles["Apply to files (RetroGAN)"].trigger()
    assert len(viewer.window.dock_widgets) == 1


def test_the_command_is_enabled_for_an_image_only(viewer, layers_filter, photograph):
    def enabled() -> bool:
        layers_filter.update_from_context(viewer.layers._ctx)
        return entries(layers_filter)["Apply last vintage style (RetroGAN)"].isEnabled()

    assert not enabled()
    viewer.add_image(photograph)
    assert enabled()
    viewer.add_labels(photograph[..., 0].astype(int))
    assert not enabled()


has_plugin_settings = pytest.mark.skipif(
    not hasattr(settings, "get_plugin_settings"), reason="This napari is too old for plugins' settings."
)


@pytest.fixture
def page(viewer):
    """Return the settings behind the preferences page."""
    return settings.get_plugin_settings("napari-retrogan")


@pytest.fixture
def training(page):
    """Return those of the training."""
    return page.training


@has_plugin_settings
def test_preferences_have_the_defaults_of_the_manifest(page):
    for group, defaults in preferences._DEFAULTS.items():
        assert {name: getattr(getattr(page, group), name) for name in defaults} == defaults


@has_plugin_settings
def test_preferences_are_read(training, monkeypatch):
    monkeypatch.setattr(training, "keras_backend", "jax")
    monkeypatch.setattr(training, "idle_minutes", 2.5)
    monkeypatch.setattr(training, "preview_seconds", 3.0)
    assert preferences.keras_backend() == "jax"
    assert preferences.idle_minutes() == 2.5
    assert preferences.preview_seconds() == 3.0


@has_plugin_settings
def test_the_library_lies_in_the_folder_that_is_preferred(page, monkeypatch, tmp_path):
    monkeypatch.setattr(page.looks, "library_folder", f" {tmp_path / 'mine'} ")
    assert preferences.library().folder == Path(os.environ["NAPARI_RETROGAN_LIBRARY"])
    monkeypatch.delenv("NAPARI_RETROGAN_LIBRARY")
    assert preferences.library().folder == tmp_path / "mine"


@has_plugin_settings
def test_the_language_that_is_preferred_comes_before_the_systems(page, monkeypatch):
    assert preferences.wanted_language() == ""
    monkeypatch.setattr(page.window, "language", "zh_CN")
    assert preferences.wanted_language() == "zh_CN"


@pytest.mark.parametrize(("variable", "backend"), [(None, "tensorflow"), ("jax", "jax")])
def test_the_automatic_backend_is_the_one_that_napari_was_started_with(variable, backend):
    """What another plugin has set since then is not meant for this one."""
    code = "import os; os.environ['KERAS_BACKEND'] = 'torch'\n"
    code += "from napari_retrogan.plugin.preferences import keras_backend\nprint(keras_backend())"
    environment = {name: value for name, value in os.environ.items() if name != "KERAS_BACKEND"}
    environment |= {} if variable is None else {"KERAS_BACKEND": variable}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    # Windows knows the present variables of a process only.
    assert done.stdout.split() == ["torch" if sys.platform == "win32" else backend]


def test_an_older_napari_gets_the_defaults(monkeypatch):
    monkeypatch.delattr("napari.settings.get_plugin_settings", raising=False)
    assert preferences.idle_minutes() == 10.0


@has_plugin_settings
def test_the_preferences_page_is_there(qtbot, viewer, training):
    from napari._qt.dialogs.preferences_dialog import PreferencesDialog

    dialog = PreferencesDialog(parent=viewer.window._qt_window)
    qtbot.addWidget(dialog)
    titles = [dialog._list.item(row).text() for row in range(dialog._list.count())]
    assert any("RetroGAN" in title for title in titles), titles
