"""Errors as sentences for people, without a stack trace."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from napari.utils.notifications import show_error, show_info

from napari_retrogan.core.errors import RetroGANError

if TYPE_CHECKING:
    from collections.abc import Callable

_log = logging.getLogger(__name__)


def sentence(error: Exception) -> str:
    """Return what happened in words; an error that nobody foresaw is named with its type."""
    if isinstance(error, RetroGANError):
        return str(error)
    return f"Something unforeseen went wrong ({type(error).__name__}: {error})."


def show_failure(error: Exception, say: Callable[[str], None] | None = None) -> None:
    """Show an error as a notification of napari's, and have it said elsewhere too; its trace goes to the log."""
    _log.info("A job failed", exc_info=error)
    show_error(sentence(error))
    if say is not None:
        say(sentence(error))


def show_words(words: str) -> None:
    """Show a sentence as a notification of napari's."""
    show_info(words)
