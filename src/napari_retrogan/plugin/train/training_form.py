"""What is chosen and entered before a training."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from magicgui.widgets import CheckBox, ComboBox, Container, PushButton
from psygnal import Signal

from napari_retrogan.core.config import PRESETS, TrainingConfig
from napari_retrogan.core.errors import InvalidConfig, InvalidImage
from napari_retrogan.core.inference.in_words import in_time
from napari_retrogan.core.training.step_time import training_seconds
from napari_retrogan.plugin.language import tr, tr_core
from napari_retrogan.plugin.layers import LayerSnapshot
from napari_retrogan.plugin.preferences import preview_seconds
from napari_retrogan.plugin.remembered import keep, recall
from napari_retrogan.plugin.shared.arrange import words
from napari_retrogan.plugin.shared.collapsible import Collapsible
from napari_retrogan.plugin.train.config_form import ConfigForm
from napari_retrogan.plugin.train.layer_picker import LayerPicker
from napari_retrogan.plugin.train.layer_thumbnails import LayerThumbnails

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari.layers import Image
    from napari.viewer import Viewer

NO_PHOTOGRAPH = "Tick the photographs that the vintage pictures were made from, in the same order."
ONLY_VINTAGE = "Without photographs the look is measured at once, untrained; with some, grain and softness are truer."
NO_VINTAGE = "Tick at least one vintage picture, or add a folder of them."
UNEQUAL_PAIRS = "Tick as many vintage pictures as photographs: they are paired in the order of the lists."
_FOLDER_HINT = "A folder of your own ordinary photographs helps: the more, the truer the colours."
_QUALITY = "quality"

_MAIN_SETTINGS = ("num_steps", "seed")

_Sources = tuple[LayerSnapshot | Path, ...]
"""Captured layers, and folders or files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _TrainingRequest:
    """What a training is asked for: the arguments of `napari_retrogan.iter_train`."""

    photographs: tuple[Image | Path, ...]
    vintage: tuple[Image | Path, ...]
    paired: bool
    config: TrainingConfig

    @property
    def need(self) -> str:
        """What is missing before it can start, in words; empty when nothing is."""
        if not self.vintage:
            return tr(NO_VINTAGE)
        if not self.photographs and self.paired:
            return tr(NO_PHOTOGRAPH)
        folders = any(isinstance(source, Path) for source in (*self.photographs, *self.vintage))
        if self.paired and not folders and len(self.photographs) != len(self.vintage):
            return tr(UNEQUAL_PAIRS)
        return ""

    @property
    def hint(self) -> str:
        """What to know before it starts, in words; empty when there is nothing."""
        return tr(ONLY_VINTAGE) if self.vintage and not self.photographs and not self.paired else ""

    @property
    def duration(self) -> str:
        """How long its steps will take, by those of earlier trainings; empty before the first."""
        seconds = training_seconds(self.config) if self.photographs else None
        return "" if seconds is None else tr("Training takes at most {time}.", time=tr_core(in_time(seconds)))

    @property
    def title(self) -> str:
        """A name for the generator, from the vintage pictures' names."""
        first, *others = (source.name for source in self.vintage)
        return f"{first} and {len(others)} more" if others else first


def _captured(sources: tuple[Image | Path, ...]) -> _Sources:
    """Capture the layers among sources."""
    return tuple(source if isinstance(source, Path) else LayerSnapshot.of(source) for source in sources)


class TrainingForm(Container[Any]):
    """Pickers for photographs and vintage pictures, and the settings.

    Parameters
    ----------
    viewer
        Whose layers are offered.
    """

    changed_request = Signal()

    def __init__(self, viewer: Viewer) -> None:
        self.samples_button = PushButton(
            text=tr("Tr&y it with samples"),
            tooltip=tr("Opens three photographs and three vintage prints, ticks them, and leads to the start."),
        )
        self._thumbnails = LayerThumbnails()
        self.photographs = LayerPicker(viewer, tr("Photographs"), tr(_FOLDER_HINT), self._thumbnails, "photographs")
        vintage_hint = tr("A folder of pictures that have the look.")
        self.vintage = LayerPicker(viewer, tr("Vintage pictures"), vintage_hint, self._thumbnails, "vintage")
        self.photographs.taken = lambda: self.vintage.chosen
        self.vintage.taken = lambda: self.photographs.chosen
        self.paired = CheckBox(
            text=tr("Before and after"),
            tooltip=tr("The lists hold the same pictures before and after, in the same order and of the same sizes."),
        )
        self.quality = ComboBox(
            label=tr("Quality"),
            choices=[(tr_core(name), name) for name in PRESETS],
            value="balanced",
            tooltip=tr("Sets the steps: draft for a first look, fine for keeps."),
        )
        if recall(_QUALITY, "") in PRESETS:
            self.quality.value = recall(_QUALITY, "")
        self.main_settings = ConfigForm(_MAIN_SETTINGS, first=self.quality)
        self.advanced_settings = ConfigForm(set(TrainingConfig().to_dict()) - set(_MAIN_SETTINGS))
        self.advanced_settings.set_values({"preview_seconds": preview_seconds()})
        advanced = Collapsible(tr("Advanced"), self.advanced_settings)
        self._take_preset(self.quality.value)
        hint = words(f"<i>{tr(_FOLDER_HINT)}</i>", marked_up=True)
        rows: list[Any] = [self.samples_button, self.photographs, hint, self.vintage, self.paired]
        super().__init__(widgets=[*rows, self.main_settings, advanced], labels=False)
        self.margins = (0, 0, 0, 0)
        self.photographs.chosen_changed.connect(lambda: self._keep_apart(self.photographs, self.vintage))
        self.vintage.chosen_changed.connect(lambda: self._keep_apart(self.vintage, self.photographs))
        self.paired.changed.connect(lambda: self.changed_request.emit())
        self.quality.changed.connect(self._choose_quality)

    @property
    def request(self) -> _TrainingRequest:
        """What is chosen and entered now."""
        return _TrainingRequest(
            photographs=tuple(self.photographs.chosen),
            vintage=tuple(self.vintage.chosen),
            paired=self.paired.value,
            config=TrainingConfig(**self.advanced_settings.values(), **self.main_settings.values()),
        )

    def capture(self, say: Callable[[str], None]) -> tuple[_TrainingRequest, _Sources, _Sources] | None:
        """Return what is chosen, and its photographs and vintage pictures, whatever becomes of their layers later.

        Where a setting or a layer is none to train with there is nothing to return, and ``say`` gets the reason.
        """
        try:
            request = self.request
            return request, _captured(request.photographs), _captured(request.vintage)
        except (InvalidConfig, InvalidImage) as error:
            say(tr_core(str(error)))
            return None

    def detach(self) -> None:
        """Let go of everything that outlives the window."""
        for picker in (self.photographs, self.vintage):
            picker.detach()
        self._thumbnails.detach()

    def _keep_apart(self, changed: LayerPicker, other: LayerPicker) -> None:
        """Let no layer be ticked on both sides: the last tick counts."""
        layers = {source for source in changed.chosen if not isinstance(source, Path)}
        left = [source for source in other.chosen if source not in layers]
        if len(left) < len(other.chosen):
            other.chosen = left
        other.note_taken()
        self.changed_request.emit()

    def _choose_quality(self, name: str) -> None:
        """Show a preset's settings, and remember it until napari's next start."""
        keep(_QUALITY, name)
        self._take_preset(name)

    def _take_preset(self, name: str) -> None:
        """Show a preset's settings."""
        for form in (self.main_settings, self.advanced_settings):
            form.set_values(PRESETS[name])
