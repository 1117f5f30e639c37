"""The widget that gives a layer a look: choose it in the grid, see it on the layer, set it to your taste."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from magicgui.widgets import Container, ProgressBar, PushButton

from napari_retrogan.core.errors import InvalidImage
from napari_retrogan.core.inference.estimate import estimate_apply, is_measured
from napari_retrogan.core.inference.settings import ApplySettings
from napari_retrogan.plugin.apply.apply_fields import ApplyFields
from napari_retrogan.plugin.apply.apply_queue import ApplyQueue, added_words
from napari_retrogan.plugin.apply.apply_request import ApplyRequest
from napari_retrogan.plugin.apply.compare_buttons import CompareButtons
from napari_retrogan.plugin.apply.copy_menu import CopyMenu
from napari_retrogan.plugin.apply.layer_settings import MadeWith, made_with
from napari_retrogan.plugin.apply.preset_menu import PresetMenu
from napari_retrogan.plugin.apply.preview_box import PreviewBox
from napari_retrogan.plugin.language import tr
from napari_retrogan.plugin.layers import LayerSnapshot, unwrap
from napari_retrogan.plugin.shared.arrange import Room, fill_page, row, stacked, words
from napari_retrogan.plugin.shared.estimate_line import EstimateLine
from napari_retrogan.plugin.shared.look_choice import LookChoice
from napari_retrogan.plugin.window.dock_watch import DockWatch
from napari_retrogan.plugin.window.notices import sentence, show_failure

if TYPE_CHECKING:
    import napari.viewer
    from napari.layers import Layer

    from napari_retrogan.core.vintage_generator import VintageGenerator

_ESTIMATE_LINES, _STATUS_LINES = 2, 3

NO_LOOK = "No look yet: choose one, train one or load a file."
NO_LAYER = "No image layer yet: open a grey or RGB picture."


class ApplyWidget(Container[Any]):
    """Choose a look, a layer and how strong the look is; the result becomes a new layer.

    Parameters
    ----------
    napari_viewer
        Whose layers are offered and that gets the results.
    """

    def __init__(self, napari_viewer: napari.viewer.Viewer) -> None:
        self._viewer: napari.viewer.Viewer = unwrap(napari_viewer)
        self._words = ""
        self._live = False
        self._hovered: VintageGenerator | None = None
        self._made_with: MadeWith | None = None
        self.status = words()
        self.estimate = EstimateLine()
        self._make_inputs()
        self._make_buttons()
        super().__init__(labels=False)
        self._arrange()
        self._connect()
        self._live = True
        self._refresh()

    def _make_inputs(self) -> None:
        """Make what is chosen by hand."""
        self.generator = LookChoice(self._viewer, self._say, self._refresh, self._hover)
        self.fields = ApplyFields(self._viewer, on_change=self._refresh, on_drawn=self._follow_preview)
        self.target, self.region, self.style = self.fields.target, self.fields.region, self.fields.style
        self.controls, self.brightness, self.seed = self.fields.controls, self.fields.brightness, self.fields.seed
        self.layer = self.target.menu

    def _make_buttons(self) -> None:
        """Make the buttons, and what they steer."""
        self.apply_button = PushButton(
            text=tr("&Apply"), tooltip=tr("Add a layer with the look; the window stays usable.")
        )
        self.cancel_button = PushButton(text=tr("Cancel"), tooltip=tr("End the run without a result."))
        self.progress_bar = ProgressBar(min=0, max=100, value=0)
        self.preview = PreviewBox(self._viewer, on_change=self._refresh, on_error=self._tell_failure)
        self.compare = CompareButtons(self._viewer, self.generator.grid, lambda: self.layer.value)
        shelf = self.generator.shelf
        self.presets = PresetMenu(shelf, lambda: self.fields.kept_in_presets, self._told_layer, self._say)
        self.copy_menu = CopyMenu(self._viewer, shelf, lambda: self.request, self._say)
        self.queue = ApplyQueue(
            self._viewer,
            on_progress=self._show_progress,
            on_done=self._tell_done,
            on_error=self._tell_failure,
            on_end=self._end_run,
        )

    def _arrange(self) -> None:
        """Put everything from top to bottom."""
        body = stacked(
            self.generator.grid,
            row(self.generator.load_button, self.generator.save_button, self.generator.actions.undo_button),
            self.fields.form(),
            self.fields.time.box,
            row(self.presets.button, self.copy_menu.button, self.controls.reset_button),
        )
        footer = stacked(
            row(self.preview.box, self.compare.divider_box, self.compare.original_button),
            Room(self.estimate.text, _ESTIMATE_LINES),
            row(self.apply_button, self.cancel_button),
            self.progress_bar,
            Room(self.status, _STATUS_LINES),
        )
        fill_page(self, body, footer)

    def _connect(self) -> None:
        """Listen to the buttons, and to the end of the window."""
        self.apply_button.changed.connect(self.apply)
        self.cancel_button.changed.connect(self.cancel)
        self.presets.chosen.connect(self._take_preset)
        self.presets.of_layer_chosen.connect(self._take_of_layer)
        self.generator.picked.connect(self._keep_preview)
        self._watch = DockWatch(self.native, on_undocked=self.leave, on_destroyed=self._detach)

    def reset_choices(self, *_: object) -> None:
        """Offer the layers that there are now."""
        if self._live:
            self.fields.reset_choices()
            self._refresh()

    @property
    def running(self) -> bool:
        """Whether a look is being applied."""
        return self.queue.running

    @property
    def request(self) -> ApplyRequest | None:
        """What is chosen now, if nothing is missing."""
        entry = self.generator.entry
        if entry is None or self._missing is not None:
            return None
        return ApplyRequest(
            entry=entry,
            layers=self.target.layers,
            settings=self.fields.settings,
            style=self.style.style,
            region=self.region.chosen,
            marks_layer=self.fields.marks_apart,
        )

    def apply(self) -> None:
        """Start applying what is chosen; everything about the layers is captured now."""
        request = self.request
        if self.running or request is None:
            return
        self._say(tr("Applying {look} to {layers}...", look=request.entry.name, layers=self.target.names))
        try:
            self.queue.start(request)
        except InvalidImage as error:
            self._tell_failure(error)
        self._refresh()

    def cancel(self) -> None:
        """End the run within a tile, without a result."""
        if self.running:
            self.queue.cancel()
            self._say(tr("Cancelling..."))

    def _hover(self, generator: VintageGenerator | None) -> None:
        """Show the look under the mouse, or again what was there before."""
        if self._live:
            self._hovered = generator
            self._follow_preview()

    def _keep_preview(self) -> None:
        """Go on showing the look that was chosen in the grid, also when the mouse is at none."""
        self.preview.box.value = True
        self._refresh()

    def _told_layer(self) -> str | None:
        """Return the name of the chosen layer, if it tells which settings it was made with."""
        layer: Layer | None = self.layer.value
        return None if layer is None or made_with(layer) is None else layer.name

    def _take_preset(self, name: str, settings: dict[str, Any]) -> None:
        """Set the sliders as a preset has them."""
        self.fields.take(settings)
        self._say(tr("Set as in {name}.", name=name))

    def _take_of_layer(self) -> None:
        """Choose the look that the chosen layer was made with, and set everything as it was then."""
        made = made_with(self.layer.value)
        if made is None:
            return
        self.fields.take(asdict(made.settings))
        self._made_with = made
        found = self.generator.choose_known(made.generator_id, made.look, made.file)
        said = [tr("Set as {name} was made.", name=self.layer.value.name)]
        self._say(" ".join(said if found else [*said, made.missing_words]))

    def _take_style(self) -> None:
        """Choose the style that a layer was made with, once its look is there."""
        made, entry = self._made_with, self.generator.entry
        if made is not None and entry is not None and entry.generator.id == made.generator_id:
            self._made_with = None
            self.style.take(made.style or 0)

    def _show_progress(self, share: float) -> None:
        """Move the bar."""
        self.progress_bar.value = round(100 * share)

    def _tell_done(self, layers: list[Layer]) -> None:
        """Say which layers were added."""
        self._show_progress(1.0)
        self.preview.box.value = False
        self._say(added_words(layers))

    def _tell_failure(self, error: Exception) -> None:
        """Say what went wrong, here and as a notification."""
        self._show_progress(0.0)
        self._say(sentence(error))
        show_failure(error)

    def _end_run(self, cancelled: str) -> None:
        """Make the widget ready for the next run."""
        if cancelled:
            self._show_progress(0.0)
            self._say(cancelled)
        self._refresh()

    def _say(self, message: str) -> None:
        """Show a sentence and allow what can be done now."""
        self._words = message
        self._refresh()

    def _refresh(self, *_: object) -> None:
        """Allow what can be done now, and say what is missing beside the disabled button."""
        if not self._live:
            return
        entry, layer = self.generator.entry, self.layer.value
        generator = None if entry is None else entry.generator
        self.fields.follow(generator, layer)
        self._take_style()
        self.apply_button.enabled = self._missing is None and not self.running
        self.apply_button.text = self.target.apply_words
        self.cancel_button.enabled = self.running
        self.status.value = "\n".join(text for text in (self._words, self._missing) if text)
        self._follow_estimate(layer)
        self.generator.show_on(layer)
        self.compare.follow(layer)
        self._follow_preview()

    @property
    def _missing(self) -> str | None:
        """What has to be chosen yet, in a sentence."""
        if self.generator.entry is None:
            return tr(NO_LOOK)
        return tr(NO_LAYER) if self.layer.value is None else self.fields.missing

    def _follow_preview(self) -> None:
        """Show the look under the mouse, else the one that is chosen if that is wanted."""
        if not self._live:
            return
        entry, layer, region = self.generator.entry, self.layer.value, self.region.mask
        taste, seed, brightness = self.controls.taste, self.seed.value, self.brightness.brightness
        if self._hovered is not None and layer is not None:
            self.preview.follow(self._hovered, layer, taste, seed, None, brightness, region, hovering=True)
            return
        shown = None if entry is None or self._missing else entry.generator
        self.preview.follow(shown, layer, taste, seed, self.style.style, brightness, region)

    def _follow_estimate(self, layer: Layer | None) -> None:
        """Say what applying will take, by the picture's size and by what is wanted at all."""
        settings = ApplySettings(**asdict(self.controls.taste))
        try:
            picture = None if layer is None else LayerSnapshot.of(layer)
        except InvalidImage:
            picture = None
        if picture is None:
            self.estimate.follow(None, None)
            return
        sizes = tuple((level.shape, str(level.dtype)) for level in picture.levels)
        chosen = id(layer), sizes, tuple(map(bool, asdict(settings).values()))
        self.estimate.follow(chosen, lambda: estimate_apply(picture, settings), at_once=is_measured(settings))

    def leave(self) -> None:
        """End with the dock: napari keeps a closed dock's widget without a parent, and goes on calling it."""
        self.cancel()
        self._hovered = None
        self.preview.box.value = False
        self.compare.close()
        self._live = False
        self.native.deleteLater()

    def _detach(self) -> None:
        """Let go of everything that outlives the window."""
        self._live = False
        self.queue.abandon()
        self.generator.detach()
        self.fields.detach()
        self.presets.detach()
        self.estimate.detach()
        self.compare.detach()
        self.preview.abandon()
