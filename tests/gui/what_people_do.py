"""What people do in a window while something runs in it, each as a small function, to be drawn by chance."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import dask.array as da
import napari
import numpy as np
from npe2 import PluginManager
from qtpy.QtCore import QPoint, Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QListWidget,
    QSpinBox,
    QWidget,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from qtpy.QtWidgets import QDockWidget

Act: TypeAlias = "Callable[[Person, random.Random], None]"

PLUGIN = "napari-retrogan"
LARGEST_NUMBER = 400
TYPES = ("uint8", "uint16", "float32", "bool", "int64")


@dataclass
class Person:
    """Somebody at a window; how many layers are many to them, and how they rest, is said when they come.

    ``used`` counts how often they found something of the plugin's to use.
    """

    viewer: napari.Viewer
    crowd: int
    rest: Callable[[], None]
    used: int = 0

    def docks(self) -> list[QDockWidget]:
        """Return the plugin's docks."""
        docks = self.viewer.window.dock_widgets
        return [as_dock(widget) for name, widget in docks.items() if name.endswith(f"({PLUGIN})")]

    def controls(self, kind: type[QWidget]) -> list[Any]:
        """Return what can be used of a kind in the plugin's docks: seen, enabled and not a part of another control."""
        found = [each for dock in self.docks() for each in dock.widget().findChildren(kind)]
        usable = [each for each in found if each.isVisible() and each.isEnabled() and not is_part(each)]
        self.used += bool(usable)
        return usable

    def images(self) -> list[Any]:
        """Return the layers that are images."""
        return [layer for layer in self.viewer.layers if isinstance(layer, napari.layers.Image)]

    def press(self, *names: str) -> None:
        """Press the first button that can be pressed and says one of these, whatever comes after it."""
        for button in self.controls(QAbstractButton):
            if button.text().startswith(names):
                button.click()
                return


def as_dock(widget: Any) -> Any:
    """Return the dock that a widget lies in."""
    native = getattr(widget, "native", widget)
    while not hasattr(native, "destroyOnClose"):
        native = native.parentWidget()
    return native


def is_part(widget: QWidget) -> bool:
    """Tell whether a widget belongs to another that is used as one: arrows of a number, a list's bars."""
    return isinstance(widget.parentWidget(), QAbstractSpinBox | QComboBox | QListWidget) or "qt_scrollarea" in (
        widget.parentWidget().objectName()
    )


def has_a_box(item: Any) -> bool:
    """Tell whether a row of a list can be ticked."""
    return item.data(Qt.ItemDataRole.CheckStateRole) is not None


def picture(chance: random.Random, *shape: int) -> Any:
    """Return noise of some type and of a size of its own."""
    size = shape or (chance.randrange(1, 90), chance.randrange(1, 120), *chance.choice([(), (3,), (3,), (4,)]))
    values = np.random.default_rng(chance.getrandbits(32)).random(size, np.float32)
    kind = np.dtype(chance.choice(TYPES) if len(size) == 2 else chance.choice(TYPES[:3]))
    return (values * (1 if kind.kind in "fb" else 255) + (0.5 if kind.kind == "b" else 0)).astype(kind)


def open_picture(person: Person, chance: random.Random) -> None:
    array = picture(chance)
    person.viewer.add_image(array, name=chance.choice(["photograph", "print", ""]), rgb=array.ndim == 3)


def open_stack(person: Person, chance: random.Random) -> None:
    person.viewer.add_image(picture(chance, 3, 30, 40), name="stack", rgb=False)


def open_lazy(person: Person, chance: random.Random) -> None:
    array = picture(chance, chance.choice([40, 300]), 70, 3)
    person.viewer.add_image(da.from_array(array, chunks=(32, 32, 3)), name="lazy", rgb=True)


def open_lazy_stack(person: Person, chance: random.Random) -> None:
    array = da.from_array(picture(chance, 4, 50, 60), chunks=(1, 50, 60))
    person.viewer.add_image(array, name="lazy stack", rgb=False, contrast_limits=(0, 255))


def open_pyramid(person: Person, chance: random.Random) -> None:
    array = picture(chance, 160, 120, 3)
    person.viewer.add_image([array, array[::2, ::2], array[::4, ::4]], name="pyramid", rgb=True)


def open_other(person: Person, chance: random.Random) -> None:
    if chance.random() < 0.5:
        person.viewer.add_labels(np.ones((20, 30), np.uint8))
    else:
        person.viewer.add_points(np.zeros((2, 2)))


def open_sample(person: Person, chance: random.Random) -> None:
    person.viewer.open_sample(PLUGIN, chance.choice(["photographs", "vintage_prints"]))


def remove_one(person: Person, chance: random.Random) -> None:
    if person.viewer.layers:
        del person.viewer.layers[chance.randrange(len(person.viewer.layers))]


def remove_active(person: Person, _: random.Random) -> None:
    person.viewer.layers.remove_selected()


def remove_all_but_few(person: Person, chance: random.Random) -> None:
    for layer in list(person.viewer.layers)[chance.randrange(3) :]:
        person.viewer.layers.remove(layer)


def rename(person: Person, chance: random.Random) -> None:
    if person.viewer.layers:
        chance.choice(person.viewer.layers).name = chance.choice(["photograph", "<b>&x", "", "n" * 300, "a\nb"])


def reorder(person: Person, chance: random.Random) -> None:
    count = len(person.viewer.layers)
    if count > 1:
        person.viewer.layers.move(chance.randrange(count), chance.randrange(count))


def hide_or_show(person: Person, chance: random.Random) -> None:
    if person.viewer.layers:
        layer = chance.choice(person.viewer.layers)
        layer.visible = not layer.visible


def select(person: Person, chance: random.Random) -> None:
    if person.viewer.layers:
        person.viewer.layers.selection.active = chance.choice(person.viewer.layers)


def select_all_or_none(person: Person, chance: random.Random) -> None:
    person.viewer.layers.selection = set(person.viewer.layers) if chance.random() < 0.5 else set()


def paint(person: Person, chance: random.Random) -> None:
    for layer in person.images():
        if isinstance(layer.data, np.ndarray) and layer.data.flags.writeable:
            layer.data[: chance.randrange(1, 9)] = 0
            layer.refresh()
            return


def change_data(person: Person, chance: random.Random) -> None:
    """Give a layer other pixels, of another size and another type."""
    layers = [layer for layer in person.images() if not layer.multiscale]
    if layers:
        layer = chance.choice(layers)
        layer.data = picture(chance, *(1 + chance.randrange(90) for _ in range(2)), *((3,) if layer.rgb else ()))


def change_number_of_axes(person: Person, chance: random.Random) -> None:
    """Change that of a layer in view: of a hidden one napari 0.9.2 keeps the former extent, and fails at its next draw,
    with any plugin and without."""
    layers = [layer for layer in person.images() if not layer.multiscale and not layer.rgb and layer.visible]
    if layers:
        chance.choice(layers).data = picture(chance, *chance.choice([(20, 30), (3, 20, 30)]))


def change_place(person: Person, chance: random.Random) -> None:
    if person.viewer.layers:
        layer = chance.choice(person.viewer.layers)
        layer.scale = [chance.choice([0.5, 1, 3])] * layer.ndim
        layer.translate = [chance.randrange(-9, 9)] * layer.ndim


def change_contrast(person: Person, chance: random.Random) -> None:
    for layer in person.images()[:2]:
        layer.contrast_limits = (0, chance.randrange(1, 300))


def open_dock(person: Person, chance: random.Random) -> None:
    widgets = PluginManager.instance().get_manifest(PLUGIN).contributions.widgets
    person.viewer.window.add_plugin_dock_widget(PLUGIN, chance.choice(widgets).display_name)


def open_docks(person: Person, _: random.Random) -> None:
    for widget in PluginManager.instance().get_manifest(PLUGIN).contributions.widgets:
        person.viewer.window.add_plugin_dock_widget(PLUGIN, widget.display_name)
        person.rest()


def close_dock(person: Person, chance: random.Random) -> None:
    if docks := person.docks():
        chance.choice(docks).destroyOnClose()


def float_dock(person: Person, chance: random.Random) -> None:
    if docks := person.docks():
        dock = chance.choice(docks)
        dock.setFloating(not dock.isFloating())


def hide_dock(person: Person, chance: random.Random) -> None:
    if docks := person.docks():
        dock = chance.choice(docks)
        dock.setVisible(not dock.isVisible())


def raise_dock(person: Person, chance: random.Random) -> None:
    if docks := person.docks():
        chance.choice(docks).raise_()


def storm_a_slider(person: Person, chance: random.Random) -> None:
    if sliders := person.controls(QAbstractSlider):
        slider = chance.choice(sliders)
        for _ in range(12):
            slider.setValue(type(slider.value())(chance.uniform(slider.minimum(), slider.maximum())))


def choose_from_a_menu(person: Person, chance: random.Random) -> None:
    if menus := [menu for menu in person.controls(QComboBox) if menu.count()]:
        menu = chance.choice(menus)
        menu.setCurrentIndex(chance.randrange(menu.count()))


def enter_a_number(person: Person, chance: random.Random) -> None:
    if boxes := person.controls(QSpinBox):
        box = chance.choice(boxes)
        box.setValue(chance.randrange(box.minimum(), max(box.minimum() + 1, min(box.maximum(), LARGEST_NUMBER))))


def tick(person: Person, chance: random.Random) -> None:
    if boxes := person.controls(QCheckBox):
        chance.choice(boxes).click()


def tick_preview(person: Person, _: random.Random) -> None:
    person.press("Preview")


def tick_a_row(person: Person, chance: random.Random) -> None:
    """Tick a picture in a list, or choose a look in a gallery."""
    if lists := [each for each in person.controls(QListWidget) if each.count()]:
        rows = chance.choice(lists)
        item = rows.item(chance.randrange(rows.count()))
        if has_a_box(item):
            ticked = item.checkState() == Qt.CheckState.Checked
            item.setCheckState(Qt.CheckState.Unchecked if ticked else Qt.CheckState.Checked)
        else:
            rows.scrollToItem(item)
            QTest.mouseClick(rows.viewport(), Qt.MouseButton.LeftButton, pos=rows.visualItemRect(item).center())


def choose_a_look(person: Person, chance: random.Random) -> None:
    for rows in person.controls(QListWidget):
        if rows.count() and not has_a_box(rows.item(0)):
            rows.itemClicked.emit(rows.item(chance.randrange(rows.count())))
            return


def press_any_button(person: Person, chance: random.Random) -> None:
    if buttons := [each for each in person.controls(QAbstractButton) if not isinstance(each, QCheckBox)]:
        chance.choice(buttons).click()


def train(person: Person, _: random.Random) -> None:
    """Tick what can be ticked, and start."""
    for rows in person.controls(QListWidget):
        items = [rows.item(row) for row in range(min(rows.count(), 3))]
        for item in items:
            if has_a_box(item):
                item.setCheckState(Qt.CheckState.Checked)
    person.press("Start training")


def stop_and_keep(person: Person, _: random.Random) -> None:
    person.press("Stop and keep")


def discard(person: Person, _: random.Random) -> None:
    person.press("Discard")


def apply(person: Person, _: random.Random) -> None:
    person.press("Apply")


def cancel(person: Person, _: random.Random) -> None:
    person.press("Cancel", "Stop")


def open_many(person: Person, chance: random.Random) -> None:
    """Open a crowd of layers, do something among them, and close them all: napari itself is slow with them."""
    person.viewer.grid.enabled = False  # In which napari takes a quarter of an hour to add a hundred layers.
    person.viewer.layers.extend([napari.layers.Image(picture(chance, 8, 9), name="many") for _ in range(person.crowd)])
    for act in (tick_a_row, storm_a_slider, rename, tick_preview, apply, remove_one):
        person.rest()
        act(person, chance)
    person.rest()
    person.viewer.layers.clear()


def apply_last_style(person: Person, _: random.Random) -> None:
    from napari._app_model import get_app_model

    if isinstance(person.viewer.layers.selection.active, napari.layers.Image):
        get_app_model().commands.execute_command(f"{PLUGIN}.apply_last_style").result()


def switch_theme(person: Person, _: random.Random) -> None:
    person.viewer.theme = "light" if person.viewer.theme == "dark" else "dark"


def turn_to_three_dimensions(person: Person, _: random.Random) -> None:
    person.viewer.dims.ndisplay = 5 - person.viewer.dims.ndisplay


def walk_through_a_stack(person: Person, chance: random.Random) -> None:
    for axis in range(person.viewer.dims.ndim - 2):
        person.viewer.dims.set_current_step(axis, chance.randrange(4))


def turn_the_axes(person: Person, _: random.Random) -> None:
    person.viewer.dims.roll()


def show_a_grid(person: Person, _: random.Random) -> None:
    person.viewer.grid.enabled = not person.viewer.grid.enabled


def zoom(person: Person, chance: random.Random) -> None:
    person.viewer.camera.zoom = chance.choice([0.01, 0.7, 5, 200])
    person.viewer.camera.center = (0, chance.randrange(-50, 200), chance.randrange(-50, 200))


def resize(person: Person, chance: random.Random) -> None:
    person.viewer.window.resize(chance.randrange(300, 1300), chance.randrange(200, 800))


def move_the_mouse(person: Person, chance: random.Random) -> None:
    canvas = person.viewer.window._qt_viewer.canvas.native
    QTest.mouseMove(canvas, QPoint(chance.randrange(max(canvas.width(), 1)), chance.randrange(max(canvas.height(), 1))))


def wait(_: Person, __: random.Random) -> None:
    """Only look at it."""


def reopen_the_window(person: Person, _: random.Random) -> None:
    person.viewer.close()
    person.viewer = napari.Viewer(show=True)


WEIGHTS: dict[Act, float] = {
    open_picture: 5, open_stack: 1, open_lazy: 1, open_lazy_stack: 1, open_pyramid: 1, open_other: 1, open_many:
    0.1, open_sample: 0.2, remove_one: 3, remove_active: 2, remove_all_but_few: 0.4, rename: 2, reorder: 2,
    hide_or_show: 2, select: 3, select_all_or_none: 1, paint: 2, change_data: 4, change_number_of_axes: 2,
    change_place: 1, change_contrast: 2, open_dock: 4, open_docks: 1, close_dock: 2, float_dock: 1, hide_dock: 1,
    raise_dock: 2, storm_a_slider: 5, choose_from_a_menu: 3, enter_a_number: 2, tick: 2, tick_preview: 4,
    tick_a_row: 5, choose_a_look: 2, press_any_button: 4, train: 5, stop_and_keep: 1, discard: 1, apply: 6, cancel: 1,
    apply_last_style: 2, switch_theme: 1, turn_to_three_dimensions: 2, walk_through_a_stack: 1, turn_the_axes: 1,
    show_a_grid: 1, zoom: 2, resize: 1, move_the_mouse: 1, wait: 3, reopen_the_window: 0.3,
}  # fmt: skip
"""How often people do each, in proportion."""


BEGINNING = [open_picture, open_picture, open_docks, choose_a_look]
"""What everybody does first."""


def draw_actions(seed: int, number: int) -> list[tuple[str, int]]:
    """Return the names of as many actions, each with a seed of its own; a longer draw begins with a shorter one."""
    chance = random.Random(seed)
    drawn = [(chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0], chance.getrandbits(32)) for _ in range(number)]
    acts = [*((act, seed) for act in BEGINNING), *drawn]
    return [(act.__name__, own_seed) for act, own_seed in acts[:number]]


def do(person: Person, name: str, seed: int) -> None:
    """Do an action of this name."""
    acts = {act.__name__: act for act in WEIGHTS}
    acts[name](person, random.Random(seed))
