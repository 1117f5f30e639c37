"""Commands for napari's menus and command palette; what they need is imported when one runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import napari

    from napari_retrogan.plugin.studio.studio import Tab

_DOCK = "Studio (RetroGAN)"
"""What napari calls the dock that its menu opens."""

NO_LOOK = "No look yet: choose one in Plugins > Studio (RetroGAN) > Looks, train one there, or load a file."
NO_LAYER = "No layer is selected; select an Image layer and run the command again."


def train_tab(viewer: napari.viewer.Viewer) -> None:
    """Open the dock at what trains a look."""
    _open(viewer, "train")


def looks_tab(viewer: napari.viewer.Viewer) -> None:
    """Open the dock at the looks."""
    _open(viewer, "looks")


def files_tab(viewer: napari.viewer.Viewer) -> None:
    """Open the dock at what gives files a look."""
    _open(viewer, "files")


def _open(viewer: napari.viewer.Viewer, tab: Tab) -> None:
    """Show the one dock, in front and at a tab."""
    from napari_retrogan.plugin.layers import unwrap
    from napari_retrogan.plugin.studio.studio import Studio

    window = unwrap(viewer).window
    studio = next((widget for widget in window.dock_widgets.values() if isinstance(widget, Studio)), None)
    if studio is None:
        studio = Studio(viewer)
        studio.tab = tab  # Before the dock is shown: no other tab has to be made then.
        window.add_dock_widget(studio, name=_DOCK)
    studio.tab = tab
    studio.parentWidget().show()
    studio.parentWidget().raise_()
    studio.tabs.setFocus()


def apply_last_style(viewer: napari.viewer.Viewer, layer: napari.layers.Layer | None = None) -> None:
    """Give the active layer the look of the generator that was trained or loaded last, as a new layer.

    Runs beside the window with the trained strength and grain; an axis that the layer's labels call time keeps one look
    from frame to frame. What is missing is said in a notification.

    Parameters
    ----------
    viewer
        Gets the new layer.
    layer
        The active layer.
    """
    from napari.utils.notifications import show_info

    from napari_retrogan.core.errors import InvalidImage
    from napari_retrogan.core.inference.settings import ApplySettings
    from napari_retrogan.plugin.apply.apply_run import ApplyRun
    from napari_retrogan.plugin.language import tr
    from napari_retrogan.plugin.layers import labelled_time_axis, unwrap
    from napari_retrogan.plugin.state import state
    from napari_retrogan.plugin.window.notices import show_failure

    entry = state().last
    if entry is None or layer is None:
        show_info(tr(NO_LOOK) if entry is None else tr(NO_LAYER))
        return
    try:
        settings = ApplySettings(time_axis=labelled_time_axis(unwrap(layer)))
        ApplyRun(viewer, entry, layer, settings, on_error=show_failure)
    except InvalidImage as error:
        show_failure(error)
