"""Errors of a training, carried from its process to the caller in words."""

from __future__ import annotations

import traceback

from napari_retrogan.core import errors
from napari_retrogan.core.engine.messages import Failed

_OUT_OF_MEMORY = ("MemoryError", "OutOfMemoryError", "ResourceExhausted", "RESOURCE_EXHAUSTED")


def describe(error: BaseException) -> Failed:
    """Put an error into words that need no class of the other process."""
    kind, message = _classify(error)
    return Failed(kind=kind, message=message, trace="".join(traceback.format_exception(error)))


def rebuild(failed: Failed) -> errors.RetroGANError:
    """Return the package's own error for a failure, with the far traceback as a note."""
    error: errors.RetroGANError = getattr(errors, failed.kind)(failed.message)
    error.add_note(f"In the training process:\n{failed.trace}")
    return error


def _classify(error: BaseException) -> tuple[str, str]:
    """Return the class in ``core.errors`` that fits best, and the message."""
    if isinstance(error, errors.RetroGANError):
        known = (kind for kind in type(error).__mro__ if kind.__module__ == errors.__name__)
        return next(known).__name__, str(error)
    words = f"{type(error).__name__}: {error}".strip().splitlines()[0]
    if any(sign in words for sign in _OUT_OF_MEMORY):
        return "RetroGANError", f"Training ran out of memory ({words}); use smaller batches or patches."
    if _is_of_an_import(error):
        advice = "repair it (pip install --upgrade keras tensorflow), or choose another Keras backend and start again"
        return "BackendUnavailable", f"The training process could not import its framework ({words}); {advice}."
    return "RetroGANError", f"Training failed with an unexpected error ({words})."


def _is_of_an_import(error: BaseException) -> bool:
    """Tell whether a module could not be imported: a broken library or a misfit of versions raises anything."""
    return isinstance(error, ImportError) or any(
        frame.f_code.co_name == "<module>" for frame, _ in traceback.walk_tb(error.__traceback__)
    )
