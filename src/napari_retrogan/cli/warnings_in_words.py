"""Warnings that are for people, as sentences in the terminal."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

from napari_retrogan.core.errors import LowMemoryWarning, PictureLeftOut
from napari_retrogan.core.foreign.values import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_LETTERS = 5000
"""Of a warning, which may quote a file's name with its folders."""


@contextmanager
def warnings_in_words() -> Iterator[None]:
    """Print warnings that are for people as sentences, each once, and others as always."""
    usual, told = warnings.showwarning, set()

    def show(message: Any, category: type[Warning], *where: Any, **options: Any) -> None:
        if not issubclass(category, LowMemoryWarning | PictureLeftOut):
            usual(message, category, *where, **options)
        elif str(message) not in told:
            told.add(str(message))
            typer.secho(shown(message, _MOST_LETTERS), err=True, fg="yellow")

    with warnings.catch_warnings():
        warnings.simplefilter("always", LowMemoryWarning)
        warnings.simplefilter("always", PictureLeftOut)
        warnings.showwarning = show
        yield
