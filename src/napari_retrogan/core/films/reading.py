"""A film read frame by frame, upright and in RGB; what else is in it is handed on as it is."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_retrogan.core.errors import InvalidImage
from napari_retrogan.core.films.colours import Colours
from napari_retrogan.core.films.container import in_words, open_film_file, pyav

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

_USUAL_RATE = 25
_MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True)
class FilmFrame:
    """One frame.

    Attributes
    ----------
    pixels
        (Y, X, 3) uint8 or uint16, upright.
    time, duration
        When it is shown and how long, in the film's units of time; a duration of 0 isn't known.
    """

    pixels: NDArray[Any]
    time: int
    duration: int


class Film:
    """A film open for reading; a context manager.

    Parameters
    ----------
    path
        Of an MP4, MOV, MKV or WebM file.

    Attributes
    ----------
    container, stream
        PyAV's, for what else they tell.
    others
        The other streams, such as sound, whose packets gather in ``packets``, by the stream's index, while frames are
        read.
    colours
        What the numbers of its frames mean.
    transposed
        Whether rows and columns change places to make frames upright.
    damaged
        How many frames couldn't be decoded so far.

    Raises
    ------
    InvalidImage
        If it can't be read, isn't whole, holds no pictures, or is in HDR; if PyAV isn't installed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.container = open_film_file(path)
        self.damaged = 0
        try:
            self.stream = self._film_stream()
            self.others = [stream for stream in self.container.streams if stream is not self.stream]
            self.packets: dict[int, deque[Any]] = {stream.index: deque() for stream in self.others}
            self._decoded = self._decode()
            self._look_at(next(self._decoded, None))
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Film:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self.container.close()

    @property
    def rate(self) -> Fraction:
        """Frames a second, on average."""
        return Fraction(self.stream.average_rate or self.stream.guessed_rate or _USUAL_RATE)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of its upright frames in pixels."""
        size = self._first.height, self._first.width
        return size[::-1] if self.transposed else size

    @property
    def chroma(self) -> int:
        """How many of its pixels have a colour of their own: 420, 422 or 444."""
        first = self._first
        if first.format.chroma_width(first.width) == first.width:
            return 444
        return 422 if first.format.chroma_height(first.height) == first.height else 420

    @property
    def is_transparent(self) -> bool:
        """Whether it has an alpha channel, which isn't read."""
        parts = self._first.format.components
        return any(part.is_alpha for part in parts) or self.stream.metadata.get("alpha_mode") == "1"

    @property
    def num_frames(self) -> int:
        """How many frames it says to hold, or what its length makes likely."""
        if self.stream.frames:
            return int(self.stream.frames)
        return max(round((self.container.duration or 0) / _MICROSECONDS * self.rate), 1)

    @property
    def pixel_aspect(self) -> Fraction:
        """Width by height of a pixel of its upright frames."""
        aspect = Fraction(self.stream.sample_aspect_ratio or 1)
        return 1 / aspect if self.transposed else aspect

    def frames(self) -> Iterator[FilmFrame]:
        """Yield each frame in its order, once.

        Raises
        ------
        InvalidImage
            If its frames change their size, or can't be read.
        """
        last = None
        for frame in chain([self._first], self._decoded):
            time = frame.pts if frame.pts is not None else 0 if last is None else last + (frame.duration or 1)
            last = time if last is None else max(time, last + 1)
            yield FilmFrame(self.pixels(frame), last, frame.duration or 0)

    def decode_from(self, time: int) -> Iterator[Any]:
        """Go to the key frame at a time or before, and yield frames from there to be decoded by `pixels`."""
        with in_words(f"{self.path} can't be read to its end"):
            self.container.seek(time, stream=self.stream)
        return self._decode(self.stream)

    def pixels(self, frame: Any) -> NDArray[Any]:
        """Return a decoded frame (Y, X, 3), upright.

        Raises
        ------
        InvalidImage
            If its size isn't that of the first.
        """
        size = frame.width, frame.height
        if size != (self._first.width, self._first.height):
            raise InvalidImage(
                f"The frames of {self.path} change from {self._first.width} x {self._first.height} to {size[0]} x "
                f"{size[1]} pixels; cut it there into films of one size."
            )
        pixels = self.colours.to_rgb(frame)
        if self.transposed:
            pixels = pixels.swapaxes(0, 1)
        return np.ascontiguousarray(pixels[:: self._steps[0], :: self._steps[1]])

    def _film_stream(self) -> Any:
        """Return the stream of the film itself, and not of a cover."""
        av = pyav()
        for stream in self.container.streams.video:
            if not stream.disposition & av.stream.Disposition.attached_pic and stream.codec_context is not None:
                stream.thread_type = "AUTO"
                return stream
        raise InvalidImage(f"{self.path} holds no moving pictures that can be decoded; look at it in a player.")

    def _decode(self, *streams: Any) -> Iterator[Any]:
        """Yield decoded frames; packets of other streams, if all are read, are put aside."""
        av = pyav()
        with in_words(f"{self.path} can't be read to its end"):
            for packet in self.container.demux(*streams):
                if packet.stream.index != self.stream.index:
                    if packet.size:
                        self.packets[packet.stream.index].append(packet)
                    continue
                try:
                    frames = packet.decode()
                except av.error.InvalidDataError:
                    self.damaged += 1
                    continue
                yield from frames

    def _look_at(self, first: Any) -> None:
        """Learn from the first frame what the header may not tell."""
        if first is None:
            raise InvalidImage(f"{self.path} holds no frame that can be decoded; look at it in a player.")
        self._first = first
        self.colours = Colours.of(first, self.path)
        self.interlaced = bool(first.interlaced_frame)
        matrix = first.side_data.get("DISPLAYMATRIX")
        # x' = a x + c y and y' = b x + d y, of 3 x 3 numbers a b u, c d v, ...
        a, b, _, c, d = (1, 0, 0, 0, 1) if matrix is None else np.frombuffer(matrix, np.int32)[:5].tolist()
        self.transposed = abs(b) > abs(a)
        down, right = (b, c) if self.transposed else (d, a)
        self._steps = (-1 if down < 0 else 1, -1 if right < 0 else 1)
