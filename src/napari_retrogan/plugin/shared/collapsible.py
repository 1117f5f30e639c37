"""A section that folds away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from magicgui.widgets import Container
from superqt import QCollapsible

if TYPE_CHECKING:
    from magicgui.widgets.bases import Widget

_ANIMATION_MILLISECONDS = 120


class Collapsible(Container[Any]):
    """A heading that shows and hides one widget; folded at first."""

    def __init__(self, title: str, content: Widget) -> None:
        super().__init__(labels=False)
        self.margins = (0, 0, 0, 0)
        self.content = content
        self._frame = QCollapsible(title, expandedIcon="▾", collapsedIcon="▸")
        self._frame.setDuration(_ANIMATION_MILLISECONDS)
        self._frame.layout().setContentsMargins(0, 0, 0, 0)
        self._frame.addWidget(content.native)
        self.native.layout().addWidget(self._frame)

    @property
    def expanded(self) -> bool:
        """Whether the content is shown."""
        return bool(self._frame.isExpanded())

    @expanded.setter
    def expanded(self, expanded: bool) -> None:
        if expanded:
            self._frame.expand(animate=False)
        else:
            self._frame.collapse(animate=False)
