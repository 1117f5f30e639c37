"""Two looks in place of those that come with the package, and hands that use the grid as a person does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fake_training import make_generator
from qtpy.QtCore import QPoint, Qt
from qtpy.QtTest import QTest

from napari_retrogan.plugin.shared.look_grid import OWN
from napari_retrogan.plugin.shared.look_thumbnails import LookCatalogue

if TYPE_CHECKING:
    from napari_retrogan.plugin.shared.look_list import LookList


@dataclass(frozen=True)
class Look:
    name: str
    title: str
    group: str
    description: str


PRINTS = "Prints"
LOOKS = (
    Look("dim", "Dim slides", PRINTS, "Half of red is gone."),
    Look("cyan", "Cyan prints", PRINTS, "No red is left."),
)
SHARES = {"dim": 0.5, "cyan": 0.0}


def two_looks(loaded: list[str] | None = None) -> LookCatalogue:
    """Return a catalogue; the list tells which of its looks were read."""

    def load(name: str) -> Any:
        if loaded is not None:
            loaded.append(name)
        return make_generator(SHARES[name])

    return LookCatalogue(lambda: LOOKS, load)


def built_in(grid: Any) -> LookList:
    """Return the one group of those two looks."""
    found: LookList = grid.lists[PRINTS]
    return found


def own(grid: Any) -> LookList:
    """Return the group of the person's own looks."""
    found: LookList = grid.lists[OWN]
    return found


def place_of(looks: LookList, row: int) -> QPoint:
    """Return where a look is in its list."""
    return looks.visualItemRect(looks.item(row)).center()


def hover(looks: LookList, row: int) -> None:
    """Move the mouse over a look."""
    QTest.mouseMove(looks.viewport(), place_of(looks, row) - QPoint(3, 3))
    QTest.mouseMove(looks.viewport(), place_of(looks, row))


def click(looks: LookList, row: int) -> None:
    """Click at a look."""
    QTest.mouseClick(looks.viewport(), Qt.MouseButton.LeftButton, pos=place_of(looks, row))


def colour(looks: LookList, row: int) -> tuple[int, int, int] | None:
    """Return the colour in a thumbnail's lower middle, or None where it is empty."""
    image = looks.item(row).icon().pixmap(looks.iconSize()).toImage()
    middle = image.pixelColor(image.width() // 2, image.height() - 4)
    return None if middle.alpha() == 0 else (middle.red(), middle.green(), middle.blue())
