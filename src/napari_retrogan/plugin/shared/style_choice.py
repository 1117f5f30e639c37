"""Which of a generator's styles is applied: a trained one, that of a layer or of files, or a newly drawn one."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from magicgui.types import FileDialogMode
from magicgui.widgets import ComboBox, PushButton, SpinBox

from napari_retrogan.plugin.language import tr
from napari_retrogan.plugin.layers import LayerSnapshot, unsuitable_reason
from napari_retrogan.plugin.shared.arrange import column, path_edit, row
from napari_retrogan.plugin.style_names import count_pictures

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from napari.layers import Image

    from napari_retrogan.core.vintage_generator import VintageGenerator

AS_TRAINED, LIKE_LAYER, DRAW, LIKE_FILES = 0, -1, -2, -3
"""What the menu holds besides the numbers of further trained styles."""

NO_REFERENCE = "No style layer yet: choose the layer whose style is taken."
NO_FILES = "No style pictures yet: choose those whose style is taken."
_LARGEST_NUMBER = 2**31 - 1
_DRAWN_FROM = 10_000


class StyleChoice:
    """A menu of styles, with a list of layers and a number that show themselves where they are needed.

    Parameters
    ----------
    offer
        Returns the layers whose style can be taken.
    on_change
        Called when another style is chosen.
    files
        Whether the style of picture files can be taken, too; of several, what they have in common.

    Attributes
    ----------
    box
        Holds all of it.
    menu
        ``AS_TRAINED``, the numbers of further trained styles, ``LIKE_LAYER``, ``LIKE_FILES`` and ``DRAW``.
    reference
        The layer to take the style of, or None.
    files
        The pictures to take the style of; None where that isn't offered.
    number
        That of the style to draw.
    """

    def __init__(
        self, offer: Callable[[], Sequence[Image]], on_change: Callable[[], None], *, files: bool = False
    ) -> None:
        self._offer, self._on_change = offer, on_change
        self._generator: VintageGenerator | None = None
        self._layer: Image | None = None
        self._watched: Image | None = None
        self._snapshot: LayerSnapshot | None = None
        like = tr("One or several pictures whose colours are imitated; they stay as they are.")
        self.files = path_edit(FileDialogMode.EXISTING_FILES, like) if files else None
        self.menu = ComboBox(
            choices=lambda _: self._styles(),
            tooltip=tr(
                "Whose colours: the look's as trained, another of its styles (Style 2 is style=1 in Python), those of "
                "a layer, or new ones."
            ),
        )
        self.reference = ComboBox(
            choices=lambda _: offer(),
            nullable=True,
            tooltip=tr("The layer whose colours are imitated; it stays as it is."),
        )
        self.number = SpinBox(
            value=1, min=1, max=_LARGEST_NUMBER, tooltip=tr("One number always gives the same style.")
        )
        self.draw_button = PushButton(text=tr("Draw another"), tooltip=tr("Choose a number by chance."))
        self._drawing = row(self.number, self.draw_button)
        self.box = column(self.menu, self.reference, *([] if self.files is None else [self.files]), self._drawing)
        self._show()
        self._connect()

    @property
    def style(self) -> int | LayerSnapshot | list[Path] | None:
        """What `VintageGenerator.with_style` takes; the same object until the choice or its layer changes."""
        if self.menu.value == LIKE_LAYER:
            return self._snapshot
        if self.menu.value == LIKE_FILES:
            return self._chosen_files
        if self.menu.value == DRAW:
            return int(self.number.value)
        return int(self.menu.value) or None

    @property
    def missing(self) -> str | None:
        """What has to be chosen yet, in a sentence."""
        if self.menu.value == LIKE_FILES:
            return None if self._chosen_files else tr(NO_FILES)
        return tr(NO_REFERENCE) if self.menu.value == LIKE_LAYER and self._snapshot is None else None

    @property
    def _chosen_files(self) -> list[Path]:
        """The pictures to take the style of."""
        chosen: Any = () if self.files is None else self.files.value
        return list(chosen or ())

    def follow(self, generator: VintageGenerator | None, layer: Image | None) -> None:
        """Offer the styles of a generator for a layer, whose own style is taken only if it is chosen by hand."""
        if generator is not self._generator:
            self._generator = generator
            self._offer_styles()
        if layer is not self._layer:
            self._layer = layer
            if layer is not None and layer is self.reference.value:
                self._choose_another_layer()

    def reset_choices(self) -> None:
        """Offer the layers that there are now; the chosen one stays, under whatever name."""
        chosen = self.reference.value
        with self.reference.changed.blocked():
            self.reference.reset_choices()
            self.reference.value = chosen if chosen in self.reference.choices else None
        self._watch()

    def draw(self) -> None:
        """Choose the number of a new style by chance."""
        self.number.value = int(self.number.min) + secrets.randbelow(_DRAWN_FROM)

    def take(self, number: int) -> None:
        """Choose the style of a number, if the generator has it or draws it."""
        if number in self.menu.choices:
            self.menu.value = number
        elif self._draws:
            self.number.value = number
            self.menu.value = DRAW

    def detach(self) -> None:
        """Let go of everything that outlives the window."""
        self._listen_to(None)

    def _connect(self) -> None:
        """Listen to the menus and buttons."""
        self.menu.changed.connect(self._enter)
        self.reference.changed.connect(self._take_layer)
        self.number.changed.connect(self._tell)
        self.draw_button.changed.connect(self.draw)
        if self.files is not None:
            self.files.changed.connect(self._tell)

    def _styles(self) -> list[tuple[str, int]]:
        """Return the entries of the menu."""
        entries = [(tr("As trained"), AS_TRAINED)]
        if self._generator is not None and self._generator.num_styles > 1:
            entries += [
                (tr("Style {number}", number=number + 1), number) for number in range(1, self._generator.num_styles)
            ]
            if counts := count_pictures(self._generator):
                entries = [(f"{text} ({_pictures(counts[number])})", number) for text, number in entries]
        entries.append((tr("Like a layer..."), LIKE_LAYER))
        entries += [(tr("Like pictures..."), LIKE_FILES)] if self.files is not None else []
        return [*entries, (tr("Draw a new one"), DRAW)] if self._draws else entries

    @property
    def _draws(self) -> bool:
        """Whether the generator can draw new styles."""
        return self._generator is not None and bool(self._generator.mapping)

    def _offer_styles(self) -> None:
        """List another generator's styles, of which the one as trained is chosen: that is the look that one sees."""
        with self.menu.changed.blocked(), self.number.changed.blocked():
            self.menu.native.clear()
            self.menu.reset_choices()
            self.menu.value = AS_TRAINED
            if self._generator is not None:
                self.number.value = max(self.number.value, self._generator.num_styles)
                self.number.min = self._generator.num_styles
        self._show()

    def _enter(self, *_: object) -> None:
        """Show what the chosen kind of style needs."""
        if self.menu.value == LIKE_LAYER and self.reference.value is None:
            self._choose_another_layer()
        self._show()
        self._tell()

    def _show(self) -> None:
        """Show what is needed only."""
        self.reference.visible = self.menu.value == LIKE_LAYER
        self._drawing.visible = self.menu.value == DRAW
        if self.files is not None:
            self.files.visible = self.menu.value == LIKE_FILES

    def _choose_another_layer(self) -> None:
        """Take the style of the first layer that is not the one to be styled."""
        with self.reference.changed.blocked():
            self.reference.reset_choices()
            # Of two layers that have one name, as they do while one is being renamed, the menu lists one.
            others = [layer for layer in self.reference.choices if layer is not None and layer is not self._layer]
            self.reference.value = others[0] if others else None
        self._watch()

    def _take_layer(self, *_: object) -> None:
        """Take the style of the layer that was chosen."""
        self._watch()
        self._tell()

    def _watch(self) -> None:
        """Listen to the chosen layer and capture what it is."""
        if self.reference.value is not self._watched:
            self._listen_to(self.reference.value)
            self._capture()

    def _listen_to(self, layer: Image | None) -> None:
        """Listen to this layer in place of the last one."""
        for event in _events(self._watched):
            event.disconnect(self._look_again)
        self._watched = layer
        for event in _events(layer):
            event.connect(self._look_again)

    def _look_again(self, *_: object) -> None:
        """Take what the layer is now."""
        self._capture()
        self._tell()

    def _capture(self) -> None:
        """Keep what the watched layer is."""
        layer = self._watched
        self._snapshot = None if layer is None or unsuitable_reason(layer) else LayerSnapshot.of(layer)

    def _tell(self, *_: object) -> None:
        """Pass a change on."""
        self._on_change()


def _events(layer: Image | None) -> tuple[Any, ...]:
    """Return the events of a layer after which it is another picture, or another name."""
    return () if layer is None else (layer.events.data, layer.events.contrast_limits, layer.events.name)


def _pictures(count: int) -> str:
    """Return a number of pictures in words."""
    return tr("1 picture") if count == 1 else tr("{number} pictures", number=count)
