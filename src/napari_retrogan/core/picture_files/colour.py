"""Colours from the space that a file names to sRGB and back, unclipped, through littlecms in floats."""

from __future__ import annotations

import struct
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.errors import InvalidImage
from napari_retrogan.core.picture_files.matrix_profiles import MatrixProfile

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

_D65 = (0.3127, 0.3290)
_PRIMARIES = {
    1: (0.64, 0.33, 0.30, 0.60, 0.15, 0.06),
    5: (0.64, 0.33, 0.29, 0.60, 0.15, 0.06),
    6: (0.63, 0.34, 0.31, 0.595, 0.155, 0.07),
    9: (0.708, 0.292, 0.170, 0.797, 0.131, 0.046),
    11: (0.68, 0.32, 0.265, 0.69, 0.15, 0.06),
    12: (0.68, 0.32, 0.265, 0.69, 0.15, 0.06),
}
_WHITES = {11: (0.314, 0.351)}
_UNSPECIFIED, _REC_709_PRIMARIES, _SRGB_TRANSFER = 2, 1, 13
_REC_709_TRANSFERS = (1, 6, 14, 15)
_GAMMAS = {4: 2.2, 5: 2.8, 8: 1.0}
_HDR_TRANSFERS = {16: "PQ", 18: "HLG"}
_ADOBE_RGB = (0.64, 0.33, 0.21, 0.71, 0.15, 0.06)
_PARAMETRIC = {
    "srgb": (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045),
}
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
_D50 = np.array([0.9642, 1.0, 0.8249])
_STEP = 2**18
_LEVEL = 1 / 255


def profile_of_tags(primaries: int, transfer: int) -> bytes | None:
    """Return the profile of colours as ITU-T H.273 numbers them, None for sRGB and what is left open.

    Raises
    ------
    InvalidImage
        If they are HDR's, or unknown.
    """
    if transfer in _HDR_TRANSFERS:
        raise InvalidImage(
            f"it is an HDR picture ({_HDR_TRANSFERS[transfer]}), whose brightness looks don't know; "
            "save it as an ordinary (SDR) picture first"
        )
    primaries = _REC_709_PRIMARIES if primaries == _UNSPECIFIED else primaries
    transfer = _SRGB_TRANSFER if transfer == _UNSPECIFIED else transfer
    curve: float | str | None = _GAMMAS.get(transfer)
    if transfer == _SRGB_TRANSFER or transfer in _REC_709_TRANSFERS:
        # Pictures in Rec. 709 are meant for the same screens as sRGB's, as in every browser.
        curve = "srgb"
    if primaries not in _PRIMARIES or curve is None:
        raise InvalidImage(
            f"its colours (primaries {primaries} and transfer {transfer} of ITU-T H.273) are unknown here; "
            "save it in sRGB first"
        )
    if primaries in (_REC_709_PRIMARIES, 5, 6) and curve == "srgb":
        return None
    return make_profile(_PRIMARIES[primaries], curve, _WHITES.get(primaries, _D65))


def adobe_rgb() -> bytes:
    """Return a profile of Adobe RGB (1998)."""
    return make_profile(_ADOBE_RGB, 563 / 256)


def srgb() -> bytes:
    """Return a profile of sRGB."""
    return make_profile(_PRIMARIES[1], "srgb")


def linear_srgb() -> bytes:
    """Return a profile of linear light with sRGB's primaries."""
    return make_profile(_PRIMARIES[1], 1.0)


@lru_cache(maxsize=32)
def make_profile(primaries: tuple[float, ...], curve: float | str, white: tuple[float, float] = _D65) -> bytes:
    """Return an ICC profile (version 4) of a matrix and one curve.

    Parameters
    ----------
    primaries
        x and y of red, green and blue.
    curve
        A gamma, or "srgb".
    white
        x and y.
    """
    points = np.array(primaries, float).reshape(3, 2)
    xyz = np.column_stack([points[:, 0] / points[:, 1], np.ones(3), (1 - points.sum(1)) / points[:, 1]]).T
    white_xyz = np.array([white[0] / white[1], 1, (1 - white[0] - white[1]) / white[1]])
    cone = np.diag(_BRADFORD @ _D50 / (_BRADFORD @ white_xyz))
    adapt = np.linalg.inv(_BRADFORD) @ cone @ _BRADFORD
    columns = (adapt @ xyz @ np.diag(np.linalg.solve(xyz, white_xyz))).T
    if isinstance(curve, str):
        numbers = struct.pack(">HH5i", 3, 0, *map(_fixed, _PARAMETRIC[curve]))
    else:
        numbers = struct.pack(">HHi", 0, 0, _fixed(curve))
    shape = b"para\0\0\0\0" + numbers
    name = "RGB".encode("utf-16be")
    text = b"mluc\0\0\0\0" + struct.pack(">II4sII", 1, 12, b"enUS", len(name), 28) + name
    parts = {b"desc": text, b"cprt": text, b"wtpt": _xyz(_D50), b"chad": b"sf32\0\0\0\0" + _fixed_all(adapt.ravel())}
    parts |= {key: _xyz(column) for key, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), columns, strict=True)}
    parts |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), shape)
    table, body, start = b"", b"", 132 + 12 * len(parts)
    for key, part in parts.items():
        table += key + struct.pack(">II", start + len(body), len(part))
        body += part + bytes(-len(part) % 4)
    head = struct.pack(
        ">I4s4B12s6H4s", start + len(body), b"\0" * 4, 4, 0x30, 0, 0, b"mntrRGB XYZ ", *(2020, 1, 1, 0, 0, 0), b"acsp"
    )
    head = head.ljust(68, b"\0") + _fixed_all(_D50)
    return head.ljust(128, b"\0") + struct.pack(">I", len(parts)) + table + body


def is_managed(profile: bytes | None, *, is_rgb: bool) -> bool:
    """Tell whether colours of a profile look otherwise than the same numbers in sRGB, there and back."""
    return profile is not None and _is_managed(profile, is_rgb)


def to_srgb(values: NDArray[Any], profile: bytes, *, is_rgb: bool) -> NDArray[np.float32]:
    """Return colours in sRGB, of which some may lie outside [0, 1].

    Parameters
    ----------
    values
        (..., Y, X) or (..., Y, X, 3): floats, white at 1, or unsigned integers of 8 or 16 bits, white at the largest.
    profile
        Of which `is_managed` is true.
    is_rgb
        Whether the last axis holds colours.
    """
    if values.dtype.kind == "u":
        matrix = _matrix(profile) if is_rgb else None
        if matrix is not None:
            return _in_parts(matrix.to_srgb, values)
        values = values / np.float32(np.iinfo(values.dtype).max)
    return _transform(values, profile, srgb(), is_rgb, "rgb" if is_rgb else "gray", "rgb")


def from_srgb(unit: NDArray[np.float32], profile: bytes, *, is_rgb: bool, within: bool = False) -> NDArray[np.float32]:
    """Return colours in sRGB in the space of a profile, the other way round as `to_srgb`.

    Parameters
    ----------
    unit, profile, is_rgb
        As for `to_srgb`.
    within
        Whether what lies outside [0, 1] is of no use, since integers can't hold it.
    """
    matrix = _matrix(profile) if is_rgb and within else None
    if matrix is not None:
        return _in_parts(matrix.from_srgb, unit)
    return _transform(unit, srgb(), profile, is_rgb, "rgb", "rgb" if is_rgb else "gray")


def inks_to_srgb(inks: NDArray[Any], profile: bytes | None) -> tuple[NDArray[Any], bool]:
    """Return RGB of the same type from cyan, magenta, yellow and black, and whether their profile was of use.

    Parameters
    ----------
    inks
        (Y, X, 4) of uint8 or uint16, full ink at the largest value.
    profile
        Of the inks; without one, colours are what is left of white by all of them.
    """
    top = np.iinfo(inks.dtype).max
    if profile is not None and profile[16:20] == b"CMYK":
        try:
            unit = _run(inks, profile, srgb(), "cmyk", "rgb")
            return np.rint(np.clip(unit, 0, 1) * top).astype(inks.dtype), True
        except (RuntimeError, ValueError):
            pass
    left = 1 - inks.astype(np.float32) / top
    return np.rint(left[..., :3] * left[..., 3:] * top).astype(inks.dtype), False


def lab_to_srgb(lab: NDArray[np.float32], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return RGB of an unsigned type from CIE L*a*b* (Y, X, 3) of D50."""
    unit = _run(lab, _lab(), srgb(), "lab", "rgb")
    return np.rint(np.clip(unit, 0, 1) * np.iinfo(dtype).max).astype(dtype)


@lru_cache(maxsize=64)
def _is_managed(profile: bytes, is_rgb: bool) -> bool:
    if profile[16:20] != (b"RGB " if is_rgb else b"GRAY"):
        return False
    grid = np.linspace(0, 1, 6, dtype=np.float32)
    probe = np.stack(np.meshgrid(grid, grid, grid, indexing="ij"), -1).reshape(36, 6, 3) if is_rgb else grid[None]
    try:
        seen = to_srgb(probe, profile, is_rgb=is_rgb)
        from_srgb(seen, profile, is_rgb=is_rgb)
    except (RuntimeError, ValueError):
        return False
    return bool(np.abs(seen - probe).max() > _LEVEL)


@lru_cache(maxsize=4)
def _matrix(profile: bytes) -> MatrixProfile | None:
    """Return a profile as curves and a matrix, if that is what it is."""

    def to_linear(unit: NDArray[np.float32]) -> NDArray[np.float32]:
        return _run(unit, profile, linear_srgb(), "rgb", "rgb")

    return MatrixProfile.measured(to_linear)


def _in_parts(convert: Callable[[NDArray[Any]], NDArray[np.float32]], values: NDArray[Any]) -> NDArray[np.float32]:
    """Convert colours (..., 3) part by part, with as many threads as there are cores."""
    colours = values.reshape(-1, 3)
    result = np.empty(colours.shape, np.float32)

    def run(start: int) -> None:
        result[start : start + _STEP] = convert(colours[start : start + _STEP])

    with ThreadPoolExecutor(max_workers=None) as pool:
        list(pool.map(run, range(0, len(colours), _STEP)))
    return result.reshape(values.shape)


def _transform(
    unit: NDArray[np.float32], profile: bytes, target: bytes, is_rgb: bool, source_space: str, target_space: str
) -> NDArray[np.float32]:
    """Convert colours part by part, with as many threads as there are cores."""
    colours = unit.reshape(-1, 1, 3) if is_rgb else unit.reshape(-1, 1)
    result = np.empty(colours.shape, np.float32)

    def run(start: int) -> None:
        part = colours[start : start + _STEP]
        given = np.repeat(part[..., None], 3, -1) if not is_rgb and source_space == "rgb" else part
        made = _run(given, profile, target, source_space, target_space)
        made = made[..., 0] if not is_rgb and target_space == "rgb" else made
        result[start : start + _STEP] = np.where(np.isfinite(part), made.reshape(part.shape), np.float32(np.nan))

    with ThreadPoolExecutor(max_workers=None) as pool:
        list(pool.map(run, range(0, len(colours), _STEP)))
    return result.reshape(unit.shape)


def _run(values: NDArray[Any], profile: bytes, target: bytes, space: str, target_space: str) -> NDArray[np.float32]:
    import imagecodecs

    if space == "cmyk" and values.dtype.kind == "f":
        values = values * 100
    converted = imagecodecs.cms_transform(
        np.ascontiguousarray(values),
        profile,
        target,
        colorspace=space,
        outcolorspace=target_space,
        outdtype="float32",
        intent=imagecodecs.CMS.INTENT.RELATIVE_COLORIMETRIC,
    )
    return np.asarray(converted)


@lru_cache(maxsize=1)
def _lab() -> bytes:
    from PIL import ImageCms

    return ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()


def _fixed(value: float) -> int:
    return round(value * 65536)


def _fixed_all(values: Any) -> bytes:
    return struct.pack(f">{len(values)}i", *map(_fixed, values))


def _xyz(values: Any) -> bytes:
    return b"XYZ \0\0\0\0" + _fixed_all(values)
