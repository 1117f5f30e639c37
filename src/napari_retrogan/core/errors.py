"""Errors that say what was given, what was expected and what to do."""

from __future__ import annotations


class RetroGANError(Exception):
    """Base of every error that this package raises on purpose."""


class InvalidConfig(RetroGANError, ValueError):
    """A setting lies outside its allowed range."""


class InvalidImage(RetroGANError, ValueError):
    """An array or layer cannot be read as a photograph."""


class NotEnoughImages(RetroGANError, ValueError):
    """Training was asked for without a photograph or without a vintage picture."""


class UnpairedImages(RetroGANError, ValueError):
    """Paired training was asked for with pictures that do not match one to one."""


class InvalidGeneratorFile(RetroGANError, ValueError):
    """A file is not a generator that this version can open."""


class InvalidCheckpoint(RetroGANError, ValueError):
    """There is no interrupted training to resume, or its files are damaged."""


class LibraryUnavailable(RetroGANError, OSError):
    """The folder of the library of looks can't be read or written."""


class OutputExists(RetroGANError, FileExistsError):
    """A result would replace something that may not be replaced."""


class OutOfMemory(RetroGANError, MemoryError):
    """Not even a small part of a picture fits into memory."""


class LowMemoryWarning(UserWarning):
    """There was so little memory that tiles were styled in another way than usual."""


class PictureLeftOut(UserWarning):
    """One of many pictures couldn't be read, so the others were taken without it."""


class ApplyCancelled(RetroGANError):
    """Applying was stopped before the last tile; no result exists."""


class TrainingDiscarded(RetroGANError):
    """Training was abandoned before a generator existed."""


class TrainingDiverged(RetroGANError):
    """The losses stopped being finite, so the weights mean nothing."""


class EngineDied(RetroGANError):
    """The training process ended before it had delivered a generator."""


class EngineBusy(RetroGANError):
    """A training is under way already; one runs at a time."""


class BackendUnavailable(RetroGANError, ImportError):
    """The Keras backend that was asked for cannot be imported."""
