"""Write a generator's look for other programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from napari_retrogan.cli.looks import open_generator
from napari_retrogan.core.images.srgb_view import read_srgb

if TYPE_CHECKING:
    from pathlib import Path


def export_to_file(generator: Path, output: Path, *, size: int, like: Path | None, overwrite: bool) -> None:
    """Write a table or a graph and print its name.

    Raises
    ------
    RetroGANError
        If the generator or the photograph can't be read, or the output can't be written.
    """
    image = None if like is None else read_srgb(like)
    typer.echo(str(open_generator(generator).export(output, size=size, image=image, overwrite=overwrite)))
