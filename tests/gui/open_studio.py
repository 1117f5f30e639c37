"""The dock and its tabs, opened as napari's menu does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from napari.viewer import Viewer

    from napari_retrogan.plugin.studio.studio import Studio, Tab


def open_studio(viewer: Viewer, tab: Tab = "looks") -> Studio:
    """Open the dock at a tab."""
    studio = viewer.window.add_plugin_dock_widget("napari-retrogan", "Studio")[1]
    studio.tab = tab
    return studio


def open_tab(viewer: Viewer, tab: Tab) -> Any:
    """Open the dock at a tab and return what it holds."""
    studio = open_studio(viewer, tab)
    return {"train": studio.train, "looks": studio.looks, "files": studio.files}[tab]


def close_studio(viewer: Viewer) -> None:
    """Close the dock as its button does."""
    from napari_retrogan.plugin.studio.studio import Studio

    (studio,) = (widget for widget in viewer.window.dock_widgets.values() if isinstance(widget, Studio))
    viewer.window.remove_dock_widget(studio)
