"""One picture file styled: its pages in sRGB, and back in their own colours, format and notes."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.images.arrays import as_lazy
from napari_retrogan.core.images.srgb_view import SRGBView
from napari_retrogan.core.inference.pool import Progress
from napari_retrogan.core.output.cluster import active_client

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from napari_retrogan.core.picture_files.page import Page, PictureFile
    from napari_retrogan.core.vintage_generator import VintageGenerator


def style_picture(
    generator: VintageGenerator,
    picture: PictureFile,
    options: Mapping[str, Any],
    progress: Progress,
) -> PictureFile:
    """Return a picture file with styled colours and everything else as it was.

    Parameters
    ----------
    generator
        What to apply.
    picture
        As it was read; pages that are alike are styled as one stack.
    options
        Those of ``generator.apply``.
    progress
        Who waits for it.

    Raises
    ------
    ApplyCancelled
        If nobody waits any more.
    """
    stacks = list(_stacks(picture.pages))
    pages: list[Page] = []
    for number, alike in enumerate(stacks):
        page = alike[0] if len(alike) == 1 else _stacked(alike)
        styled = _style(generator, page, options, _part(progress, number, len(stacks)))
        pages += [styled] if len(alike) == 1 else _apart(styled, alike)
    return replace(picture, pages=tuple(pages))


def _part(progress: Progress, number: int, total: int) -> Progress:
    """Return the progress of one stack of so many."""

    def tell(done: int, tiles: int) -> None:
        progress.tell(number * tiles + done, total * tiles)

    return Progress(tell, progress.should_stop)


def _style(
    generator: VintageGenerator,
    page: Page,
    options: Mapping[str, Any],
    progress: Progress,
) -> Page:
    view = SRGBView.of(page, options.get("value_range"))
    chosen = {**options, "rgb": page.is_rgb, "value_range": view.limits}
    if active_client() is None:
        watched: dict[str, Any] = {"on_progress": progress.on_progress, "should_stop": progress.should_stop}
        styled = generator.apply(view.pixels, **watched, **chosen)
    else:
        styled = np.asarray(generator.apply(as_lazy(view.pixels), **chosen))
    return view.styled(np.asarray(styled))


def _stacks(pages: Sequence[Page]) -> Iterator[list[Page]]:
    """Yield runs of pages that are alike."""
    number, last = 0, pages[0]

    def run(page: Page) -> int:
        nonlocal number, last
        number += not page.is_like(last)
        last = page
        return number

    for _, alike in groupby(pages, run):
        yield list(alike)


def _stacked(pages: Sequence[Page]) -> Page:
    """Return alike pages as one."""
    extras = None if pages[0].extras is None else np.stack([page.extras for page in pages if page.extras is not None])
    return replace(pages[0], colours=np.stack([page.colours for page in pages]), extras=extras)


def _apart(stack: Page, pages: Sequence[Page]) -> list[Page]:
    """Return the pages of a stack by themselves."""
    return [replace(page, colours=colours) for page, colours in zip(pages, stack.colours, strict=True)]
