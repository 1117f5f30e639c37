"""The one dock of this plugin: tabs to train, to apply looks and to work on files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from qtpy.QtCore import QSize
from qtpy.QtWidgets import QSizePolicy, QTabWidget, QVBoxLayout, QWidget

from napari_retrogan.plugin.apply.apply_widget import ApplyWidget
from napari_retrogan.plugin.files.batch_widget import BatchWidget
from napari_retrogan.plugin.layers import unwrap
from napari_retrogan.plugin.remembered import keep, recall
from napari_retrogan.plugin.studio.focus_style import FOCUS_STYLE
from napari_retrogan.plugin.train.train_widget import TrainWidget
from napari_retrogan.plugin.window.dock_watch import DockWatch

if TYPE_CHECKING:
    import napari.viewer

Tab = Literal["train", "looks", "files"]

_TITLES: dict[Tab, str] = {"train": "T&rain", "looks": "L&ooks", "files": "F&iles"}
"""Alt with the marked letters opens a tab; napari's menus have others."""

_WIDTH, _HEIGHT = 340, 600
_TAB = "tab"


class Studio(QWidget):  # type: ignore[misc]
    """Tabs to train, to apply looks and to work on files; what steers a training stays in view in all of them.

    Parameters
    ----------
    napari_viewer
        Whose window this is docked in.
    """

    def __init__(self, napari_viewer: napari.viewer.Viewer) -> None:
        super().__init__()
        viewer: napari.viewer.Viewer = unwrap(napari_viewer)
        self._left = False
        self.train = TrainWidget(viewer)
        self.looks = ApplyWidget(viewer)
        self.files = BatchWidget(viewer)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self._pages: dict[Tab, Any] = {"train": self.train, "looks": self.looks, "files": self.files}
        for tab, page in self._pages.items():
            self.tabs.addTab(page.native, _TITLES[tab])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.tabs)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self.setStyleSheet(FOCUS_STYLE)
        self.tabs.setCurrentIndex(min(max(recall(_TAB, 0), 0), len(self._pages) - 1))
        self.tabs.currentChanged.connect(self._remember_tab)
        self.tabs.currentChanged.connect(self._place_steering)
        self.train.panel.state_changed.connect(self._place_steering)
        self._watch = DockWatch(self, on_undocked=self._leave, on_destroyed=self._detach)

    @property
    def tab(self) -> Tab:
        """The tab in front."""
        return tuple(self._pages)[int(self.tabs.currentIndex())]

    @tab.setter
    def tab(self, tab: Tab) -> None:
        self.tabs.setCurrentWidget(self._pages[tab].native)

    def sizeHint(self) -> QSize:
        """Ask for no more than a laptop's screen has beside napari's own docks."""
        return QSize(_WIDTH, _HEIGHT)

    def reset_choices(self, *_: object) -> None:
        """Offer the layers that there are now."""
        if not self._left:
            for page in self._pages.values():
                page.reset_choices()

    def _remember_tab(self, number: int) -> None:
        """Remember the tab until napari's next start; tabs also change while they are taken down."""
        if not self._left and self.tabs.count() == len(self._pages):
            keep(_TAB, number)

    def _place_steering(self, *_: object) -> None:
        """Keep the progress and the buttons of a training in view, in whatever tab."""
        steering = self.train.panel.steering.native
        if self.tab == "train" or not self.train.running:
            self.train.place_steering()
        elif steering.parent() is not self:
            self.layout().addWidget(steering)
            steering.show()

    def _leave(self) -> None:
        """End with the dock: napari keeps a closed dock's widget without a parent, and goes on calling it."""
        self._left = True
        for page in self._pages.values():
            page.leave()
        self.deleteLater()

    def _detach(self) -> None:
        """Touch nothing any more, because the window is gone."""
        self._left = True
