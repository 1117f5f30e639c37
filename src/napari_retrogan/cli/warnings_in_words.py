"""Warnings that are for people, as sentences in the terminal."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

from napari_retrogan.core.errors import LowMemoryWarning, PictureLeftOut

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def warnings_in_words() -> Iterator[None]:
    """Print warnings that are for people as sentences, each once, and others as always."""
    usual, told = warnings.showwarning, set()

    def show(message: Any, category: type[Warning], *place: Any, **options: Any) -> None:
        if not issubclass(category, LowMemoryWarning | PictureLeftOut):
            usual(message, category, *place, **options)
        elif str(message) not in told:
            told.add(str(message))
            typer.secho(str(message), err=True, fg="yellow")

    with warnings.catch_warnings():
        warnings.simplefilter("always", LowMemoryWarning)
        warnings.simplefilter("always", PictureLeftOut)
        warnings.showwarning = show
        yield
