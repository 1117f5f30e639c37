"""A picture file in memory: pages of colours, upright, in the space that the file says they are in."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from napari_retrogan.core.picture_files.notes import Notes

if TYPE_CHECKING:
    from numpy.typing import NDArray

Kind = Literal["jpeg", "png", "tiff", "webp", "bmp", "other"]
Extra = Literal["unassalpha", "assocalpha", "unspecified"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A picture, or a stack of alike ones.

    Attributes
    ----------
    colours
        (..., Y, X) grey or (..., Y, X, 3) RGB; integers reach white at the largest value of their type.
    is_rgb
        Whether the last axis holds colours.
    extras
        (..., Y, X, N) further channels of the same type.
    extra_kinds
        What each of those is: alpha that colours are multiplied by (associated) or not, or nothing that is known.
    profile
        ICC profile of the colours; None is sRGB.
    notes
        Of each picture of the stack, or of its first alone.
    """

    colours: NDArray[Any]
    is_rgb: bool
    extras: NDArray[Any] | None = None
    extra_kinds: tuple[Extra, ...] = ()
    profile: bytes | None = None
    notes: tuple[Notes, ...] = (Notes(),)

    @property
    def leading(self) -> tuple[int, ...]:
        """Return the sizes of a stack's axes."""
        return tuple(self.colours.shape[: -3 if self.is_rgb else -2])

    @property
    def size(self) -> tuple[int, int]:
        """Return height and width in pixels."""
        height, width = self.colours.shape[-3:-1] if self.is_rgb else self.colours.shape[-2:]
        return int(height), int(width)

    @property
    def alpha(self) -> NDArray[Any] | None:
        """Return (..., Y, X) the first channel of transparency, if there is one."""
        for number, kind in enumerate(self.extra_kinds):
            if kind != "unspecified" and self.extras is not None:
                values: NDArray[Any] = self.extras[..., number]
                return values
        return None

    def channels(self) -> NDArray[Any]:
        """Return (..., Y, X, C) all channels, the colours first."""
        colours = self.colours if self.is_rgb else self.colours[..., None]
        return colours if self.extras is None else np.concatenate([colours, self.extras], -1)

    def is_like(self, other: Page) -> bool:
        """Tell whether another page could lie on the same stack."""
        return (
            self.colours.shape == other.colours.shape
            and self.colours.dtype == other.colours.dtype
            and (self.is_rgb, self.extra_kinds, self.profile) == (other.is_rgb, other.extra_kinds, other.profile)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureFile:
    """What was read of a file.

    Attributes
    ----------
    kind
        The format that it is in, whatever its name says; "other" is one that isn't written.
    pages
        In order.
    is_film
        Whether the first page's stack are frames.
    milliseconds
        How long each frame is shown.
    loop
        How often they are shown; 0 is without end.
    is_described
        Whether the first page's description tells of the axes, as that of OME-TIFF, ImageJ and tifffile.
    remarks
        What of the file isn't in here, in words.
    """

    kind: Kind
    pages: tuple[Page, ...]
    is_film: bool = False
    milliseconds: tuple[float, ...] = ()
    loop: int = 0
    is_described: bool = False
    remarks: tuple[str, ...] = field(default=())


def upright(array: NDArray[Any], orientation: int, *, channels: bool) -> NDArray[Any]:
    """Turn an array (..., Y, X) or (..., Y, X, C) the way that Exif's orientation (1 to 8) says."""
    y, x = (-3, -2) if channels else (-2, -1)
    if orientation >= 5:
        array = np.swapaxes(array, y, x)
    if orientation in {3, 4, 7, 8}:
        array = np.flip(array, y)
    if orientation in {2, 3, 6, 7}:
        array = np.flip(array, x)
    return np.ascontiguousarray(array)


def page_of(channels: NDArray[Any], notes: Notes, *, profile: bytes | None = None, alpha: Extra = "unassalpha") -> Page:
    """Return the page of decoded channels (Y, X) or (..., Y, X, 1 to 4), turned as its notes say."""
    if channels.ndim == 2:
        channels = channels[..., None]
    if channels.dtype.kind == "b":
        channels = channels.astype(np.uint8) * np.uint8(255)
    channels = upright(channels, notes.orientation, channels=True)
    is_rgb = channels.shape[-1] >= 3
    colours, extras = np.split(channels, [3 if is_rgb else 1], -1)
    page = Page(
        colours=colours if is_rgb else colours[..., 0],
        is_rgb=is_rgb,
        extras=extras if extras.shape[-1] else None,
        extra_kinds=(alpha,) * extras.shape[-1],
        profile=profile,
    )
    return replace(page, notes=(notes.upright(*page.size),))
