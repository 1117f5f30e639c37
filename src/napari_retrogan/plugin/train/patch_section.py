"""The section that trains a plain GAN and shows patches drawn from it."""

from __future__ import annotations

from typing import Any

from magicgui.widgets import Container, PushButton, SpinBox

from napari_retrogan.plugin.language import tr
from napari_retrogan.plugin.shared.arrange import labelled, words

_WORDS = (
    "A plain GAN (generative adversarial network): one network draws patches of 32 px from noise, another judges "
    "whether they could be cut from the vintage pictures. See what they make of yours; it styles nothing."
)


class PatchSection(Container[Any]):
    """How long to train the plain GAN, how many patches to draw, and the button for it."""

    def __init__(self) -> None:
        self.num_steps = SpinBox(
            name="num_steps",
            label=tr("Steps"),
            value=500,
            min=1,
            max=100_000,
            tooltip=tr("How often both networks are improved."),
        )
        self.number = SpinBox(
            name="number",
            label=tr("Patches"),
            value=64,
            min=1,
            max=1024,
            tooltip=tr("How many patches the new layer shows."),
        )
        self.start_button = PushButton(
            text=tr("Train and add patches"), tooltip=tr("Adds a layer of patches drawn from noise.")
        )
        super().__init__(widgets=[words(tr(_WORDS))], labels=False)
        self.native.layout().addLayout(labelled(self.num_steps, self.number))
        self.append(self.start_button)
        self.margins = (0, 0, 0, 0)
