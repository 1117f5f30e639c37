"""The one dock of this plugin: tabs to train, to apply looks and to work on files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from qtpy.QtCore import QSize, QTimer
from qtpy.QtWidgets import QSizePolicy, QTabWidget, QVBoxLayout, QWidget

from napari_retrogan.plugin.apply.apply_widget import ApplyWidget
from napari_retrogan.plugin.files.batch_widget import BatchWidget
from napari_retrogan.plugin.language import start_language, tr
from napari_retrogan.plugin.layers import unwrap
from napari_retrogan.plugin.remembered import keep, recall
from napari_retrogan.plugin.shared.arrange import order_tabs
from napari_retrogan.plugin.studio.focus_style import FOCUS_STYLE
from napari_retrogan.plugin.studio.learnt_look_applying import LearntLookApplying
from napari_retrogan.plugin.train.train_widget import TrainWidget
from napari_retrogan.plugin.window.dock_watch import DockWatch
from napari_retrogan.plugin.window.software_opengl import keep_programs

if TYPE_CHECKING:
    from collections.abc import Callable

    import napari.viewer
    from qtpy.QtGui import QShowEvent

Tab = Literal["train", "looks", "files"]

_TABS: tuple[Tab, ...] = ("train", "looks", "files")

_MOST_OFFERED = 2000
"""In one turn of the window: layers, counted again each time that they are offered. Some sixty that are opened at once
are offered as they come; of hundreds the lists would be made hundreds of times."""

_WIDTH, _HEIGHT = 340, 600
_TAB = "tab"


class Studio(QWidget):  # type: ignore[misc]
    """Tabs to train, to apply looks and to work on files; what steers a training stays in view in all of them.

    What a tab holds is made when it comes into view, or is asked for, the first time: all three at once would keep the
    window waiting for seconds.

    Parameters
    ----------
    napari_viewer
        Whose window this is docked in.
    """

    def __init__(self, napari_viewer: napari.viewer.Viewer) -> None:
        super().__init__()
        start_language()
        keep_programs()
        self._viewer: napari.viewer.Viewer = unwrap(napari_viewer)
        self._left = False
        self._made: dict[Tab, Any] = {}
        self._applying: LearntLookApplying | None = None
        self._offered, self._behind = 0, False
        self._turn = QTimer(self, singleShot=True, interval=0)
        self._turn.timeout.connect(self._catch_up)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        for title in _titles().values():
            self.tabs.addTab(_empty_page(), title)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.tabs)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self.setStyleSheet(FOCUS_STYLE)
        self.tabs.setCurrentIndex(min(max(recall(_TAB, 0), 0), len(_TABS) - 1))
        self.tabs.currentChanged.connect(self._remember_tab)
        self.tabs.currentChanged.connect(self._show_page)
        self.tabs.currentChanged.connect(self._place_steering)
        self.tabs.currentChanged.connect(self._end_preview)
        self._watch = DockWatch(self, on_undocked=self._leave, on_destroyed=self._detach)

    @property
    def train(self) -> TrainWidget:
        """What the tab to train holds."""
        page: TrainWidget = self._page("train", TrainWidget)
        return page

    @property
    def looks(self) -> ApplyWidget:
        """What the tab of looks holds."""
        page: ApplyWidget = self._page("looks", ApplyWidget)
        return page

    @property
    def files(self) -> BatchWidget:
        """What the tab to work on files holds."""
        page: BatchWidget = self._page("files", BatchWidget)
        return page

    @property
    def tab(self) -> Tab:
        """The tab in front."""
        return _TABS[int(self.tabs.currentIndex())]

    @tab.setter
    def tab(self, tab: Tab) -> None:
        self.tabs.setCurrentIndex(_TABS.index(tab))

    def showEvent(self, event: QShowEvent) -> None:
        """Make what the tab in front holds."""
        super().showEvent(event)
        self._show_page()

    def sizeHint(self) -> QSize:
        """Ask for no more than a laptop's screen has beside napari's own docks."""
        return QSize(_WIDTH, _HEIGHT)

    def reset_choices(self, *_: object) -> None:
        """Offer the layers that there are now, or once the window comes to its next turn if very many change in one."""
        if self._left:
            return
        self._turn.start()
        if self._offered > _MOST_OFFERED:
            self._behind = True
            return
        self._offered += len(self._viewer.layers)
        for page in self._made.values():
            page.reset_choices()

    def _catch_up(self) -> None:
        """Begin a turn, and offer what the last one left."""
        self._offered, behind, self._behind = 0, self._behind, False
        if behind:
            self.reset_choices()

    def _remember_tab(self, number: int) -> None:
        """Remember the tab until napari's next start; tabs also change while they are taken down."""
        if not self._left and self.tabs.count() == len(_TABS):
            keep(_TAB, number)

    def _page(self, tab: Tab, make: Callable[[napari.viewer.Viewer], Any]) -> Any:
        """Return what a tab holds; it is made and put in its place the first time."""
        if tab not in self._made:
            page = self._made[tab] = make(self._viewer)
            self.tabs.widget(_TABS.index(tab)).layout().addWidget(page.native)
            page.native.show()
            order_tabs(page.native, after=self.tabs.tabBar())
            if tab == "train":
                page.panel.state_changed.connect(self._place_steering)
                self._applying = LearntLookApplying(self._viewer, page.learnt)
        return self._made[tab]

    def _show_page(self, *_: object) -> None:
        """Make what the tab in front holds, if it is seen."""
        if self.isVisible() and not self._left and self.tabs.count() == len(_TABS):
            getattr(self, self.tab)

    def _place_steering(self, *_: object) -> None:
        """Keep the progress and the buttons of a training in view, in whatever tab."""
        if "train" not in self._made:
            return
        steering = self.train.panel.steering.native
        if self.tab == "train" or not self.train.running:
            self.train.place_steering()
        elif steering.parent() is not self:
            self.layout().addWidget(steering)
            steering.show()

    def _end_preview(self, *_: object) -> None:
        """Remove what a training has left in view when the person goes to looks: they have a preview of their own."""
        if "train" in self._made and self.tab != "train":
            self.train.end_preview()

    def _leave(self) -> None:
        """End with the dock: napari keeps a closed dock's widget without a parent, and goes on calling it."""
        self._left = True
        if self._applying is not None:
            self._applying.abandon()
        for page in self._made.values():
            page.leave()
        self.deleteLater()

    def _detach(self) -> None:
        """Touch nothing any more, because the window is gone."""
        self._left = True
        if self._applying is not None:
            self._applying.abandon()


def _titles() -> dict[Tab, str]:
    """Return what stands on the tabs; Alt with the marked letters opens one, and napari's menus have others."""
    return {"train": tr("T&rain"), "looks": tr("L&ooks"), "files": tr("F&iles")}


def _empty_page() -> QWidget:
    """Return a place for what a tab holds."""
    page = QWidget()
    layout = QVBoxLayout(page)
    layout.setContentsMargins(0, 0, 0, 0)
    return page
