"""From the values of any image type to [0, 1] and back, with what lies outside the range kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.architecture import LUMINANCE
from napari_retrogan.core.errors import InvalidConfig, InvalidImage

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray

ValueRange = tuple[float, float]

MID_GREY = 0.5
_FLOAT_TOPS = (1.0, 255.0, 65535.0)
_ROUNDING = 1e-6
"""Share of the brightest value by which others may miss black, white or a whole number, and are it all the same."""
_OVERSHOOT = 1.5 * (1 + _ROUNDING)
_LEAST_WITHIN = 0.1


def check_dtype(dtype: DTypeLike) -> None:
    """Refuse types that hold no intensities.

    Raises
    ------
    InvalidImage
        If the type is neither boolean, integer nor real.
    """
    if np.dtype(dtype).kind not in "buif":
        raise InvalidImage(
            f"The array holds {np.dtype(dtype)} values; an image holds booleans, integers or real numbers. "
            "Convert it first, for example with abs() or astype(float)."
        )


def value_range(dtype: DTypeLike, samples: NDArray[Any] | None = None) -> ValueRange:
    """Return the values that mean black and white.

    Parameters
    ----------
    dtype
        Of the image: booleans span (0, 1) and integers (0, the type's largest value).
    samples
        Values of a floating-point image; they decide between (0, 1), (0, 255) and (0, 65535). The first holds that the
        largest exceeds by half at most, as after sharpening or resampling, or that at least a tenth of what is above
        black lies within, unless all are whole numbers: the others are highlights then.

    Raises
    ------
    InvalidImage
        If the type holds no intensities or the samples exceed every known range.
    """
    check_dtype(dtype)
    dtype = np.dtype(dtype)
    if dtype.kind == "b":
        return 0.0, 1.0
    if dtype.kind in "ui":
        return 0.0, float(np.iinfo(dtype).max)
    finite = np.empty(0) if samples is None else samples[np.isfinite(samples)]
    highest = float(finite.max()) if finite.size else 0.0
    for top in _FLOAT_TOPS:
        if highest <= _OVERSHOOT * top or _holds_most(finite, top):
            return 0.0, top
    raise InvalidImage(
        f"The image's values reach {highest:g}; floating-point images are understood from 0 to 1, 255 or 65535. "
        "Pass value_range=(black, white) where you apply, or scale them to 0 to 1 first."
    )


def _holds_most(finite: NDArray[Any], top: float) -> bool:
    """Tell whether values beyond a white are highlights rather than those of another scale."""
    rounding = _ROUNDING * min(float(finite.max()), _FLOAT_TOPS[-1])
    lit = finite[finite > rounding]
    whole = np.abs(lit - np.rint(lit)) <= rounding
    return bool(np.mean(lit <= top + rounding) >= _LEAST_WITHIN) and not bool(whole.all())


def check_value_range(limits: Any) -> ValueRange:
    """Return explicit limits as two finite numbers.

    Raises
    ------
    InvalidConfig
        If they aren't two finite numbers, the lower one first.
    """
    try:
        low, high = (float(limit) for limit in limits)
    except (TypeError, ValueError):
        raise InvalidConfig(f"value_range is {limits!r}; expected two numbers, (black, white).") from None
    if not (np.isfinite(low) and np.isfinite(high) and low < high):
        raise InvalidConfig(f"value_range is {limits!r}; expected two finite numbers, black below white.")
    return low, high


def to_unit(values: NDArray[Any], limits: ValueRange) -> NDArray[np.float32]:
    """Map values to [0, 1]: clipped to the limits, and mid-grey where they aren't finite.

    Parameters
    ----------
    values
        Of any shape and type that holds intensities.
    limits
        The values that become 0 and 1; booleans need none.
    """
    if values.dtype.kind == "b":
        return values.astype(np.float32)
    low, high = limits
    with np.errstate(invalid="ignore", over="ignore"):
        unit: Any = values.astype(_working_type(values.dtype))
        if low:
            unit -= low
        unit /= high - low
    if _spans_type(values.dtype, limits):
        return np.asarray(unit, np.float32)
    if values.dtype.kind == "f":
        unit[~np.isfinite(values)] = MID_GREY
    clipped: NDArray[np.float32] = np.clip(unit, 0.0, 1.0, out=unit).astype(np.float32, copy=False)
    return clipped


def from_unit(unit: NDArray[np.float32], original: NDArray[Any], limits: ValueRange) -> NDArray[Any]:
    """Map results in [0, 1] back to an image's own type.

    Parameters
    ----------
    unit
        Results, of the original's shape.
    original
        The image's values: what they exceed the limits by is added again, and what isn't finite stays.
    limits
        As for `to_unit`.

    Returns
    -------
    numpy.ndarray
        Of the original's type; integers are rounded and saturate.
    """
    dtype = original.dtype
    if dtype.kind == "b":
        return unit >= MID_GREY
    low, high = limits
    working = _working_type(dtype)
    with np.errstate(invalid="ignore", over="ignore"):
        values: Any = np.multiply(unit, working(high - low), dtype=working)
        if low:
            values += working(low)
        if _is_all_of_type(dtype, limits):
            np.rint(values, out=values)  # What is in [0, 1] can't leave the type then.
            return np.asarray(values, dtype)
        if not _spans_type(dtype, limits):
            stored = original.astype(working)
            values += stored - np.clip(stored, low, high)
        return _to_integers(values, dtype) if dtype.kind in "ui" else _to_reals(values, dtype)


def mix(values: NDArray[Any], others: NDArray[Any], shares: NDArray[np.float32]) -> NDArray[Any]:
    """Return values that lie between those of two pictures.

    Parameters
    ----------
    values, others
        (n,) or (n, channels) of one type that holds intensities.
    shares
        (n,) from 0, the first, to 1, the others.

    Returns
    -------
    numpy.ndarray
        Of their type; integers are rounded, and what isn't finite in the first stays.
    """
    dtype = values.dtype
    shares = shares.reshape(-1, *(1,) * (values.ndim - 1))
    if dtype.kind == "b":
        return np.where(shares >= MID_GREY, others, values)
    working = _working_type(dtype)
    with np.errstate(invalid="ignore", over="ignore"):
        first: Any = values.astype(working)
        mixed: Any = first + shares.astype(working) * (others.astype(working) - first)
        mixed = np.where(np.isfinite(first), mixed, first)
        mixed = _to_integers(mixed, dtype) if dtype.kind in "ui" else _to_reals(mixed, dtype)
    return np.where(values == others, values, mixed)


def luminance(rgb: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the luminance (...) of RGB (..., 3) by the weights of Rec. 709."""
    weighted = rgb[..., 0] * LUMINANCE[0] + rgb[..., 1] * LUMINANCE[1] + rgb[..., 2] * LUMINANCE[2]
    clipped: NDArray[np.float32] = np.clip(weighted, 0.0, 1.0, out=weighted)
    return clipped


def _working_type(dtype: np.dtype[Any]) -> type[np.float32] | type[np.float64]:
    """Return the type to compute in: large integers and doubles don't fit float32."""
    return np.float64 if dtype.itemsize >= 8 or (dtype.kind in "ui" and dtype.itemsize >= 4) else np.float32


def _spans_type(dtype: np.dtype[Any], limits: ValueRange) -> bool:
    """Tell whether no value of a type can lie outside the limits."""
    return dtype.kind == "u" and limits[0] <= 0 and limits[1] >= np.iinfo(dtype).max


def _is_all_of_type(dtype: np.dtype[Any], limits: ValueRange) -> bool:
    """Tell whether the limits are the first and last values of a type, and floats hold all of them exactly."""
    return dtype.kind == "u" and dtype.itemsize < 8 and limits == (0, np.iinfo(dtype).max)


def _to_integers(values: NDArray[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Round and saturate; the largest 64-bit integer is no float, so it is set where it is reached."""
    info = np.iinfo(dtype)
    rounded = np.rint(values, out=values)
    if dtype.itemsize < 8:
        return np.asarray(np.clip(rounded, info.min, info.max, out=rounded), dtype)
    top = rounded >= float(info.max)
    integers = np.where(top, 0, np.maximum(rounded, float(info.min))).astype(dtype)
    integers[top] = info.max
    return integers


def _to_reals(values: NDArray[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Convert to a float type; finite values saturate instead of becoming infinite."""
    largest = float(np.finfo(dtype).max)
    if dtype.itemsize < values.dtype.itemsize:
        values = np.where(np.isfinite(values), np.clip(values, -largest, largest), values)
    return values.astype(dtype, copy=False)
