"""The widget that gives a layer a generator's look."""

from __future__ import annotations

import secrets
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from magicgui.widgets import ComboBox, Container, ProgressBar, PushButton, SpinBox

from napari_retrogan.core.errors import InvalidImage
from napari_retrogan.core.inference.estimate import estimate_apply, is_measured
from napari_retrogan.core.inference.settings import ApplySettings
from napari_retrogan.plugin.apply.apply_run import ApplyRun
from napari_retrogan.plugin.apply.look_gallery import LookGallery
from napari_retrogan.plugin.apply.preview_box import PreviewBox
from napari_retrogan.plugin.apply.style_choice import StyleChoice
from napari_retrogan.plugin.apply.time_choice import TimeChoice
from napari_retrogan.plugin.layers import LayerSnapshot, image_layers, unwrap
from napari_retrogan.plugin.photographs import space_of
from napari_retrogan.plugin.shared import built_in_looks
from napari_retrogan.plugin.shared.arrange import labelled, row, words
from napari_retrogan.plugin.shared.brightness_menu import BrightnessMenu
from napari_retrogan.plugin.shared.estimate_line import EstimateLine
from napari_retrogan.plugin.shared.generator_choice import GeneratorChoice
from napari_retrogan.plugin.shared.taste_controls import TasteControls
from napari_retrogan.plugin.window.dock_watch import DockWatch
from napari_retrogan.plugin.window.notices import sentence, show_failure
from napari_retrogan.plugin.window.preview_layer import is_preview

if TYPE_CHECKING:
    import napari.viewer
    from napari.layers import Image, Layer

    from napari_retrogan.plugin.shared.built_in_looks import Look

_LARGEST_SEED = 2**31 - 1
_MIN_WIDTH = 310

NO_GENERATOR = "No style yet: choose a look, train a generator or load a file."
NO_LAYER = "No image layer yet: open a grey or RGB picture."


class ApplyWidget(Container[Any]):
    """Choose a generator, a layer and how strong the look is; the result becomes a new layer.

    Parameters
    ----------
    napari_viewer
        Whose layers are offered and that gets the results.
    """

    def __init__(self, napari_viewer: napari.viewer.Viewer) -> None:
        self._viewer: napari.viewer.Viewer = unwrap(napari_viewer)
        self._run: ApplyRun | None = None
        self._words = ""
        self._left = False
        self._make_inputs()
        self._make_buttons()
        self.estimate = EstimateLine()
        self.progress_bar = ProgressBar(min=0, max=100, value=0)
        self.status = words()
        self.space = words()
        super().__init__(labels=False)
        self._arrange()
        self._connect()
        self._choose_active_layer()
        self._refresh()

    def _make_inputs(self) -> None:
        """Make what is chosen by hand."""
        self._looks = built_in_looks.catalogue()
        self.gallery = LookGallery(self._viewer, self._looks, on_error=self._tell_failure)
        self.generator = GeneratorChoice(say=self._say, on_change=self._refresh)
        self.layer = ComboBox(
            choices=lambda _: self._pictures(),
            tooltip="The picture that gets the look, as a new layer; it stays as it is.",
        )
        self.style = StyleChoice(self._pictures, on_change=self._refresh)
        self.brightness = BrightnessMenu()
        self.controls = TasteControls()
        self.time = TimeChoice()
        self.seed = SpinBox(value=0, min=0, max=_LARGEST_SEED, tooltip="One seed gives one pattern of grain.")

    def _make_buttons(self) -> None:
        """Make the buttons."""
        self.new_seed_button = PushButton(text="New seed", tooltip="Draw another pattern of grain.")
        self.apply_button = PushButton(text="Apply", tooltip="Add a layer with the look; the window stays usable.")
        self.preview = PreviewBox(self._viewer, on_change=self._refresh, on_error=self._tell_failure)
        self.cancel_button = PushButton(text="Cancel", tooltip="End the run without a result.")

    def _arrange(self) -> None:
        """Put everything from top to bottom."""
        files = row(self.generator.load_button, self.generator.save_button)
        seed = row(self.seed, self.new_seed_button)
        fields = {
            "Generator": self.generator.combo,
            "": files,
            "Style": self.style.box,
            self.brightness.label: self.brightness,
            "Layer": self.layer,
            " ": self.space,
            **{slider.label: slider for slider in self.controls.sliders.values()},
            "Seed": seed,
        }
        for label, field in fields.items():
            field.label = label
        self.extend([self.time.box, row(self.preview.box, self.controls.reset_button)])
        self.extend([self.estimate, row(self.apply_button, self.cancel_button), self.progress_bar, self.status])
        self.native.layout().insertWidget(0, self.gallery.list)
        self.native.layout().insertLayout(1, labelled(*fields.values()))
        self.min_width = _MIN_WIDTH

    def _connect(self) -> None:
        """Listen to the buttons, and to the end of the window."""
        self.new_seed_button.changed.connect(self.draw_seed)
        self.apply_button.changed.connect(self.apply)
        self.cancel_button.changed.connect(self.cancel)
        self.layer.changed.connect(self._refresh)
        self.seed.changed.connect(self._refresh)
        self.brightness.changed.connect(self._refresh)
        self.controls.changed.connect(self._refresh)
        self.gallery.look_chosen.connect(self._choose_look)
        self._watch = DockWatch(self.native, on_undocked=self._leave, on_destroyed=self._detach)

    def reset_choices(self, *_: object) -> None:
        """Offer the generators and layers that there are now."""
        if not self._left:
            self.generator.combo.reset_choices()
            self.layer.reset_choices()
            self.style.reset_choices()
            self._refresh()

    @property
    def running(self) -> bool:
        """Whether a generator is being applied."""
        return self._run is not None

    def draw_seed(self) -> None:
        """Choose a seed by chance."""
        self.seed.value = secrets.randbelow(_LARGEST_SEED)

    def apply(self) -> None:
        """Start applying what is chosen; everything about the layer is captured now."""
        entry, layer = self.generator.entry, self.layer.value
        if self.running or entry is None or layer is None or self.style.missing:
            return
        settings = ApplySettings(
            **asdict(self.controls.taste),
            seed=self.seed.value,
            brightness=self.brightness.brightness,
            time_axis=self.time.time_axis,
            grain_over_time=self.time.grain_over_time,
        )
        try:
            self._run = ApplyRun(
                self._viewer,
                entry,
                layer,
                settings,
                style=self.style.style,
                on_progress=self._show_progress,
                on_done=self._tell_done,
                on_error=self._tell_failure,
                on_end=self._end_run,
            )
        except InvalidImage as error:
            self._tell_failure(error)
            return
        self._say(f"Applying {entry.name} to {layer.name}...")

    def cancel(self) -> None:
        """End the run within a tile, without a result."""
        if self._run is not None:
            self._run.cancel()
            self._say("Cancelling...")

    def _pictures(self) -> list[Image]:
        """Return the layers that are pictures of the person's own."""
        return [layer for layer in image_layers(self._viewer.layers) if not is_preview(layer)]

    def _choose_active_layer(self) -> None:
        """Start with the layer that is selected in the viewer."""
        active = self._viewer.layers.selection.active
        if active in self.layer.choices:
            self.layer.value = active

    def _choose_look(self, look: Look) -> None:
        """Take a look of the gallery as the generator."""
        self.generator.choose_look(look, self._looks.load)

    def _show_progress(self, share: float) -> None:
        """Move the bar."""
        self.progress_bar.value = round(100 * share)

    def _tell_done(self, layer: Layer) -> None:
        """Say which layer was added."""
        self._show_progress(1.0)
        self.preview.box.value = False
        self._say(f"Added {layer.name}.")

    def _tell_failure(self, error: Exception) -> None:
        """Say what went wrong, here and as a notification."""
        self._show_progress(0.0)
        self._say(sentence(error))
        show_failure(error)

    def _end_run(self) -> None:
        """Make the widget ready for the next run."""
        run, self._run = self._run, None
        if run is not None and run.job.cancelled:
            self._show_progress(0.0)
            self._say(f"{run.source} was removed, so the run ended." if run.source_removed else "Cancelled.")
        self._refresh()

    def _say(self, message: str) -> None:
        """Show a sentence and allow what can be done now."""
        self._words = message
        self._refresh()

    def _refresh(self, *_: object) -> None:
        """Allow what can be done now, and say what is missing beside the disabled button."""
        entry, layer = self.generator.entry, self.layer.value
        generator = None if entry is None else entry.generator
        self.style.follow(generator, layer)
        self.space.value = space_of(layer)
        missing = NO_GENERATOR if entry is None else NO_LAYER if layer is None else self.style.missing
        self.apply_button.enabled = missing is None and not self.running
        self.cancel_button.enabled = self.running
        self.status.value = "\n".join(text for text in (self._words, missing) if text)
        self.time.follow(layer)
        self._follow_estimate(layer)
        self.gallery.show_on(layer)
        self.gallery.select(None if entry is None else entry.look)
        shown = None if missing else generator
        taste, brightness = self.controls.taste, self.brightness.brightness
        self.preview.follow(shown, layer, taste, self.seed.value, self.style.style, brightness)

    def _follow_estimate(self, layer: Layer | None) -> None:
        """Say what applying will take, by the picture's size and by what is wanted at all."""
        taste = asdict(self.controls.taste)
        settings = ApplySettings(**taste)
        try:
            picture = None if layer is None or self._left else LayerSnapshot.of(layer)
        except InvalidImage:
            picture = None
        if picture is None:
            self.estimate.follow(None, None)
            return
        sizes = tuple((level.shape, str(level.dtype)) for level in picture.levels)
        chosen = id(layer), sizes, tuple(map(bool, taste.values()))
        self.estimate.follow(chosen, lambda: estimate_apply(picture, settings), at_once=is_measured(settings))

    def _leave(self) -> None:
        """End with the dock: napari keeps a closed dock's widget without a parent, and goes on calling it."""
        self.cancel()
        self.preview.box.value = False
        self._left = True
        self.native.deleteLater()

    def _detach(self) -> None:
        """Let go of everything that outlives the window."""
        self._left = True
        if self._run is not None:
            self._run.abandon()
        self.generator.detach()
        self.gallery.detach()
        self.style.detach()
        self.estimate.detach()
        self.preview.abandon()
