"""A film as a lazy stack: frames are decoded when they are looked at, from the key frame before."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.errors import InvalidImage
from napari_retrogan.core.films.container import in_words, open_film_file
from napari_retrogan.core.films.reading import Film

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class _LazyFilm:
    """A film opened as a stack.

    Attributes
    ----------
    frames
        Dask array (time, Y, X, 3), uint8 or, of more than 8 bits, uint16; each frame is a chunk.
    seconds_a_frame
        On average.
    pixel_aspect
        Width by height of a pixel.
    key_frames
        The numbers of those that can be decoded by themselves.
    """

    frames: Any
    seconds_a_frame: float
    pixel_aspect: float
    key_frames: NDArray[np.int64]

    def spread(self, most: int) -> list[int]:
        """Return the numbers of at most so many frames at even distances.

        Where a key frame lies less than half a distance before one, it is taken, so that not all frames of a long film
        need to be decoded.
        """
        length = len(self.frames)
        even = np.linspace(0, length - 1, min(length, most)).round().astype(np.int64)
        latest = np.searchsorted(self.key_frames, even, "right") - 1
        before = np.where(latest < 0, even, self.key_frames[latest])
        chosen: list[int] = np.where(2 * (even - before) * len(even) < length, before, even).tolist()
        return chosen


def open_film(path: Path) -> _LazyFilm:
    """Open a film as a lazy stack; its packets are counted, and one frame is decoded.

    Raises
    ------
    InvalidImage
        If it can't be read, isn't whole, holds no pictures, or is in HDR; if PyAV isn't installed; later, if a frame
        can't be decoded.
    """
    import dask.array as da
    from dask.base import tokenize

    source = _Frames(path)
    name = f"film-{tokenize(str(path.resolve()), path.stat().st_mtime_ns, path.stat().st_size)}"
    meta = np.empty((0,) * 4, source.dtype)
    frames = da.from_array(source, chunks=(1, *source.shape[1:]), name=name, fancy=False, meta=meta)
    return _LazyFilm(frames, source.seconds_a_frame, source.pixel_aspect, source.key_frames)


class _Frames:
    """The frames of a film as an array that decodes what is asked for; it can travel to other processes.

    Parameters
    ----------
    path
        The film.
    """

    ndim = 4

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._film = film = Film(path)
        self._times, self._keys = _read_times(film)
        self.shape = (len(self._times), *film.size, 3)
        self.dtype = np.dtype(film.colours.dtype)
        span = float((self._times[-1] - self._times[0]) * film.stream.time_base)
        self.seconds_a_frame = span / (len(self._times) - 1) if span else float(1 / film.rate)
        self.key_frames = np.searchsorted(self._times, self._keys)
        self.pixel_aspect = float(film.pixel_aspect)
        self._decoded: Iterator[Any] = iter(())
        self._now: Any = None
        self._last = len(self._times)
        self._pixels = np.empty(0, self.dtype)

    def __reduce__(self) -> tuple[Any, ...]:
        return _Frames, (self._path,)

    def __getitem__(self, key: tuple[int | slice, ...]) -> NDArray[Any]:
        chosen = np.arange(self.shape[0])[key[0]]
        with self._lock:
            if chosen.ndim:
                return np.stack([self._frame(int(number))[key[1:]] for number in chosen])
            return self._frame(int(chosen))[key[1:]]

    def _frame(self, number: int) -> NDArray[Any]:
        """Return one frame (Y, X, 3): decoded from the last one on, or from a key frame that is nearer."""
        if number != self._last:
            time = self._times[number]
            keys = self._keys[: np.searchsorted(self._keys, time, "right")]
            goes_on = self._last < number and not (keys.size and keys[-1] > self._times[self._last])
            frame = self._now if goes_on else self._sought(time, keys)
            while frame.pts < time and (following := next(self._decoded, None)) is not None:
                frame = following
            self._now, self._last, self._pixels = frame, number, self._film.pixels(frame)
        return self._pixels

    def _sought(self, time: np.int64, keys: NDArray[np.int64]) -> Any:
        """Return the first frame that is decoded from one of the last key frames before a time, or from the start."""
        for key in (*keys[:-4:-1], self._times[0]):
            self._decoded = self._film.decode_from(int(key))
            frame = next(self._decoded, None)
            if frame is not None and frame.pts <= time:
                return frame
        raise InvalidImage(f"No frame of {self._path} can be decoded up to {time * self._film.stream.time_base} s.")


def _read_times(film: Film) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return when each frame of a film is shown, in order and in its units of time, and when the key frames are."""
    times, keys = [], []
    with open_film_file(film.path) as file, in_words(f"{film.path} can't be read to its end"):
        for packet in file.demux(file.streams[film.stream.index]):
            if _is_shown(packet):
                times.append(packet.pts)
                if packet.is_keyframe:
                    keys.append(packet.pts)
    if not times:
        raise InvalidImage(f"{film.path} doesn't tell when its frames are shown; export it again.")
    return np.unique(times), np.unique(np.array(keys or times[:1], np.int64))


def _is_shown(packet: Any) -> bool:
    """Tell whether a packet makes a frame at a known time."""
    return bool(packet.size) and packet.pts is not None and not packet.is_discard
