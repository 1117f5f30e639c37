"""Errors as sentences for people, without a stack trace."""

from __future__ import annotations

import html
import logging
import re
from typing import TYPE_CHECKING

from napari.utils.notifications import show_error, show_info

from napari_retrogan.core.errors import RetroGANError
from napari_retrogan.core.foreign.values import shown
from napari_retrogan.plugin.language import tr, tr_core

if TYPE_CHECKING:
    from collections.abc import Callable

_log = logging.getLogger(__name__)
_MOST_LETTERS = 1000
_FOR_TYPISTS = (
    (re.compile(r" \(overwrite=True, --overwrite\)"), ""),
    (re.compile(r", napari-retrogan train --resume, or napari_retrogan\.resume_training\(\)"), ""),
    (re.compile(r"; see napari_retrogan\.list_checkpoints\(\)"), ""),
    (re.compile(r"Pass resume=False to delete it and start anew, or choose"), "Choose"),
    (re.compile(r" Pass rgb=False if it's a stack of grey planes\."), ""),
    (re.compile(r"Pass value_range=\(black, white\) where you apply, or scale"), "Scale"),
    (re.compile(r"apply again with resume=False"), "delete the half-written result and apply again"),
)
"""What messages say of Python and the command line, and what stands for it in a window."""


def sentence(error: Exception) -> str:
    """Return what happened in words; an error that nobody foresaw is named with its type."""
    foreseen = isinstance(error, RetroGANError)
    words = (
        in_window(str(error))
        if foreseen
        else tr("Something unforeseen went wrong ({error}).", error=f"{type(error).__name__}: {error}")
    )
    return shown(words, _MOST_LETTERS, keep="\n")


def in_window(words: str) -> str:
    """Return a message of core's in the person's language, without what it says to those who type.

    The box or button beside it says the same.
    """
    for pattern, instead in _FOR_TYPISTS:
        words = pattern.sub(instead, words)
    return tr_core(words)


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
