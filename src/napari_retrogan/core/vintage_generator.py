"""The trained generator: what people hold, apply, save and load."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from napari_retrogan.core.generator_file.contents import GeneratorContents
from napari_retrogan.core.generator_file.file import read_generator_file, write_generator_file
from napari_retrogan.core.inference.settings import ApplySettings

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence
    from pathlib import Path

    from napari_retrogan.core.inference.pool import OnProgress, ShouldStop
    from napari_retrogan.core.inference.settings import Brightness, GrainOverTime
    from napari_retrogan.core.inference.styled_preview import StyledPreview


@dataclass(frozen=True, eq=False, repr=False)
class VintageGenerator(GeneratorContents):
    """Gives photographs the look that it was trained on.

    Make one by training, `load_generator` or `from_weights`; `GeneratorContents` tells what it holds.
    """

    def apply(
        self,
        image: Any,
        strength: float = 1.0,
        grain: float = 1.0,
        seed: int = 0,
        style: Any = None,
        *,
        brightness: Brightness | None = None,
        exposure: float = 0.0,
        contrast: float = 0.0,
        warmth: float = 0.0,
        saturation: float = 0.0,
        fade: float = 0.0,
        vignette: float = 0.0,
        softness: float = 1.0,
        halation: float = 1.0,
        fringes: float = 1.0,
        screen: float = 1.0,
        marks: float = 0.0,
        rgb: bool | None = None,
        multiscale: bool | None = None,
        time_axis: int | None = None,
        grain_over_time: GrainOverTime = "new",
        value_range: tuple[float, float] | None = None,
        region: tuple[int, int, int, int] | None = None,
        providers: Sequence[str] | None = None,
        on_progress: OnProgress | None = None,
        should_stop: ShouldStop | None = None,
    ) -> Any:
        """Return a copy of a photograph in this generator's look, of the same shape and type.

        The result is a pure function of the image, this generator and the settings: whole, in regions,
        lazily and with any number of threads, the pixels are the same bit for bit on the CPU.

        Parameters
        ----------
        image
            (Y, X), (Y, X, 3) or (Y, X, 4), or stacks of them along leading axes; any array-like of booleans,
            integers or real numbers, or an image layer. Each plane of a stack is a picture of its own.
            Alpha, masks and values that aren't finite are kept. Or a pyramid: a multiscale layer, or a sequence
            of such arrays from the finest to the coarsest.
        strength
            0 leaves the photograph as it is, 1 gives the look and up to 2 exaggerates it.
        grain
            0 to 4 times the look's own grain.
        seed
            Of the grain, from 0 to 2**63 - 1.
        style
            None for the trained look; an image, a layer or several of them to imitate in colour; or a whole number:
            that of a trained style, from 0, or any larger one to draw a new style from noise. See `with_style`.
        brightness
            ``"kept"``: the median luminance of the photograph stays, within the look's own black and white;
            `core.inference.brightness` states how. ``"learnt"``: as bright as the vintage pictures make it. By
            default kept, but as learnt where the generator was trained on pairs.
        exposure
            From -2 to 2 stops lighter; white stays white where it lightens. This and the next five are yours
            and not the look's, so they act whatever the strength; `core.inference.taste` states their formulas.
        contrast
            From -1 to 1: twice or half the contrast at mid-grey; black and white stay.
        warmth
            From -1 to 1: shifts colours towards yellow, or below 0 towards blue, and keeps their luminance.
        saturation
            From -1, grey, to 1, twice as strong; keeps luminance where no channel clips.
        fade
            From 0 to 1: lifts black towards a warm grey and lowers contrast.
        vignette
            From -1 to 1: darkens towards the corners, by one stop at 1; lightens them below 0.
        softness
            0 to 2 times what the look itself does to details, softer or sharper.
        halation
            0 to 2 times the look's own glow around bright parts; `core.stages.halation` states the formula.
        fringes
            0 to 2 times how far the look displaces red and blue against green; `core.stages.fringes` states it.
        screen
            0 to 2 times the look's own dots of a printed page; `core.stages.screen` states the formula.
        marks
            0 to 2 times as many dust grains, hairs and scratches as the vintage pictures show, laid on the finished
            picture whatever the strength; none by default. `draw_marks` gives them as a layer of their own.
        rgb
            Whether the last axis holds colours; by default it does when it has 3 or 4 entries and two axes
            come before it.
        multiscale
            Whether the image is a pyramid; by default a layer tells it, and a sequence of arrays is one if
            they differ in shape. All levels have the look of one picture, and a coarser one has as much of grain
            and softness as remains of them when the styled picture is shrunk.
        time_axis
            The leading axis along which a stack's planes are frames of a film: the look of each is smoothed over
            the 8 frames before and after it, so that it doesn't flicker.
        grain_over_time
            ``"new"`` in each frame, or ``"fixed"`` along the time axis.
        value_range
            The values of black and white. By default (0, 1) for booleans, (0, largest of the type) for
            integers and, for each plane of real numbers, (0, 1), (0, 255) or (0, 65535) by its maximum.
        region
            (top, left, height, width) in pixels: return only this part of each plane, the same pixels as
            the crop of the whole result.
        providers
            Execution providers of ONNX Runtime; by default the CPU.
        on_progress
            Called with the number of tiles done and the total; not for lazy arrays.
        should_stop
            Looked at between tiles; not for lazy arrays.

        Returns
        -------
        numpy.ndarray or dask.array.Array
            A Dask array, not computed, if the image is a Dask array or another one in chunks; of a pyramid the
            list of its levels.

        Raises
        ------
        InvalidImage
            If the image can't be read as photographs.
        InvalidConfig
            If a setting lies outside its range.
        ApplyCancelled
            If ``should_stop`` returned true.
        """
        from napari_retrogan.core.inference.apply_to_image import apply_to_image
        from napari_retrogan.core.inference.pool import Progress

        settings = ApplySettings(
            strength=strength,
            exposure=exposure,
            contrast=contrast,
            warmth=warmth,
            saturation=saturation,
            fade=fade,
            vignette=vignette,
            softness=softness,
            halation=halation,
            fringes=fringes,
            screen=screen,
            marks=marks,
            grain=grain,
            seed=seed,
            brightness=brightness,
            value_range=value_range,
            providers=None if providers is None else tuple(providers),
            time_axis=time_axis,
            grain_over_time=grain_over_time,
        )
        generator = self.with_style(style)
        return apply_to_image(
            generator,
            generator.graph_for(settings),
            image,
            settings,
            rgb=rgb,
            multiscale=multiscale,
            region=region,
            progress=Progress(on_progress, should_stop),
        )

    def draw_marks(
        self,
        image: Any,
        marks: float = 1.0,
        seed: int = 0,
        *,
        rgb: bool | None = None,
        multiscale: bool | None = None,
        time_axis: int | None = None,
        grain_over_time: GrainOverTime = "new",
    ) -> Any:
        """Return the marks that `apply` lays on an image, as a layer of their own: to hide, to move or to erase.

        It is RGBA of 8 bits (..., Y, X, 4), a Dask array, not computed, for an image in chunks, and of a pyramid the
        list of its levels. Parameters and errors are those of `apply`; of the image only its shape counts.

        Raises
        ------
        InvalidConfig
            Also if the look has no marks.
        """
        from napari_retrogan.core.inference.mark_layers import draw_mark_layers

        settings = ApplySettings(marks=marks, seed=seed, time_axis=time_axis, grain_over_time=grain_over_time)
        return draw_mark_layers(self.weights, image, settings, rgb=rgb, multiscale=multiscale)

    def with_style(self, style: Any) -> VintageGenerator:
        """Return a generator of this one's texture whose colours are those of another style.

        Parameters
        ----------
        style
            None for this generator itself. A whole number below ``num_styles`` for a trained style: 0 is the one with
            the most pictures. Any other whole number from 0 draws a style from noise, always the same for the same
            number. Anything else is read as reference pictures: image layers, arrays or paths, one or several, whose
            look the prior tells within a second.

        Raises
        ------
        InvalidConfig
            If the number is negative or this generator can't draw styles.
        InvalidImage, NotEnoughImages
            If the reference can't be read as pictures.
        """
        if style is None:
            return self
        from napari_retrogan.core.looks.style_option import choose_style

        weights, note = choose_style(style, self.styles, self.mapping)
        if not weights:
            return self
        provenance = {**self.provenance, "style": note}
        return VintageGenerator.from_weights({**self.weights, **weights}, self.config, self.history, provenance)

    @property
    def num_styles(self) -> int:
        """How many styles it was trained on."""
        return 1 + len(self.styles)

    def graph_for(self, settings: ApplySettings) -> bytes:
        """Return the ONNX graph that applies settings at full size, made from the weights for speed."""
        from napari_retrogan.core.inference.graph_choice import graph_for

        return graph_for(self, settings)

    def preview(self, picture: Any, seed: int = 0, **options: Any) -> StyledPreview:
        """Return one small plane in this look, whose amounts can then be changed in a few milliseconds.

        ``render(strength=..., warmth=..., ...)`` of it gives what `apply` would, within 1e-3. The options are
        ``brightness``, ``rgb``, ``value_range`` and ``region``, as for `apply`, and ``pixel_size``; `StyledPreview`
        tells the rest.
        """
        from napari_retrogan.core.inference.styled_preview import StyledPreview

        return StyledPreview(self, picture, seed=seed, **options)

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
        """Write a ``.retrogan`` file and return its path.

        Parameters
        ----------
        path
            Where to; ``~`` is the home folder.
        overwrite
            Whether an existing file may be replaced.

        Raises
        ------
        InvalidGeneratorFile
            If the file exists and may not be replaced, or its folder doesn't exist or can't be written to.
        """
        return write_generator_file(path, self, overwrite=overwrite)

    def export(self, path: str | os.PathLike[str], **options: Any) -> Path:
        """Write a ``.cube`` table or an ``.onnx`` graph; options are those of `core.export.exporting`."""
        from napari_retrogan.core.export.exporting import export_generator

        return export_generator(self, path, **options)


def load_generator(path: str | os.PathLike[str]) -> VintageGenerator:
    """Read a ``.retrogan`` file, of which nothing is executed before it is checked.

    Parameters
    ----------
    path
        The file; ``~`` is the home folder.

    Raises
    ------
    InvalidGeneratorFile
        If the file is missing, damaged, of another version, or not a generator.
    """
    contents = read_generator_file(path)
    return VintageGenerator(**{each.name: getattr(contents, each.name) for each in fields(contents)})
