"""Errors as sentences for people, without a stack trace."""

from __future__ import annotations

import html
import logging
from typing import TYPE_CHECKING

from napari.utils.notifications import show_error, show_info

from napari_retrogan.core.errors import RetroGANError
from napari_retrogan.core.foreign.values import shown

if TYPE_CHECKING:
    from collections.abc import Callable

_log = logging.getLogger(__name__)
_MOST_LETTERS = 1000


def sentence(error: Exception) -> str:
    """Return what happened in words; an error that nobody foresaw is named with its type."""
    foreseen = isinstance(error, RetroGANError)
    words = str(error) if foreseen else f"Something unforeseen went wrong ({type(error).__name__}: {error})."
    return shown(words, _MOST_LETTERS, keep="\n")


def as_text(words: str) -> str:
    """Return words, which may quote a file or a layer, so that Qt shows them as they are and never as HTML."""
    return html.escape(words, quote=False) if "<" in words else words


def show_failure(error: Exception, say: Callable[[str], None] | None = None) -> None:
    """Show an error as a notification of napari's, and have it said elsewhere too; its trace goes to the log."""
    _log.info("A job failed", exc_info=error)
    show_error(as_text(sentence(error)))
    if say is not None:
        say(sentence(error))


def show_words(words: str) -> None:
    """Show a sentence as a notification of napari's."""
    show_info(as_text(words))
