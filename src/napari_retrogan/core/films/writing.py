"""A film written: styled frames encoded, and everything else of the film that they are from as it was."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from napari_retrogan.core.errors import InvalidImage
from napari_retrogan.core.films.container import FORMATS, in_words, pyav
from napari_retrogan.core.films.encoders import choose_encoder

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from napari_retrogan.core.films.reading import Film, FilmFrame

_OF_THE_FILE = ("major_brand", "minor_version", "compatible_brands", "encoder", "duration", "_statistics")
_NAMES = {"av1": "AV1", "h264": "H.264", "hevc": "H.265", "prores": "ProRes", "vp8": "VP8", "vp9": "VP9"}
_FAILURE = "the film can't be written", "see that there is room for it, or choose another folder"
_APPLE_NOTE = "com.apple."


class FilmWriter:
    """Writes the frames of a film, changed, with its sound and notes, to a new file; a context manager.

    Parameters
    ----------
    path
        Of the new file.
    film
        What is rewritten; packets of its other streams are taken as they come.

    Attributes
    ----------
    remarks
        What of the film isn't in the file, or is in it in another way.

    Raises
    ------
    InvalidImage
        If a film, or its sound, can't be kept in such a file.
    """

    def __init__(self, path: Path, film: Film) -> None:
        suffix = path.suffix.lower()
        if suffix not in FORMATS:
            raise InvalidImage(f"A film can't be written to a {suffix} file; expected {' or '.join(sorted(FORMATS))}.")
        self.remarks: list[str] = []
        self._film, self._suffix = film, suffix
        self._durations: dict[int, int] = {}
        self._end = 0.0
        height, width = film.size
        self._encoder = choose_encoder(path, film.chroma, film.colours.depth, (width, height))
        self._colours = film.colours.in_yuv(self._encoder.depth)
        tagged = any(key.startswith(_APPLE_NOTE) for key in film.container.metadata)
        options = {"movflags": "use_metadata_tags"} if tagged and FORMATS[suffix] in ("mp4", "mov") else {}
        with in_words(*_FAILURE):
            self._file = pyav().open(os.fspath(path), "w", format=FORMATS[suffix], options=options)
        try:
            self._stream = self._add_film()
            self._copies = {stream.index: self._add_copy(stream) for stream in film.others}
            self._copy_notes()
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> FilmWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, frame: FilmFrame, pixels: NDArray[Any]) -> None:
        """Write a frame's pixels (Y, X, 3) in the place of its own, and the sound up to it.

        Raises
        ------
        InvalidImage
            If that fails, as on a full disk.
        """
        picture = self._colours.from_rgb(pixels, self._encoder.pixel_format)
        picture.pts, picture.time_base = frame.time, self._film.stream.time_base
        self._durations[frame.time] = frame.duration
        self._end = float((frame.time + frame.duration) * picture.time_base)
        with in_words(*_FAILURE):
            self._mux(self._stream.encode(picture))
            self._copy_packets(self._end)

    def finish(self, *, whole: bool = True) -> None:
        """Write what is still under way; of a film that isn't whole, the sound up to its last frame."""
        with in_words(*_FAILURE):
            self._mux(self._stream.encode())
            self._copy_packets(self._end if not whole else float("inf"))
            self._file.close()

    def _mux(self, packets: Any) -> None:
        """Write encoded frames with the durations that they came with."""
        for packet in packets:
            packet.duration = self._durations.pop(packet.pts, 0)
            self._file.mux(packet)

    def _copy_packets(self, end: float) -> None:
        """Write packets of other streams up to a time in seconds."""
        for index, waiting in self._film.packets.items():
            while waiting and _time(waiting[0]) <= end:
                packet = waiting.popleft()
                if self._copies[index] is not None:
                    packet.stream = self._copies[index]
                    self._file.mux(packet)

    def _add_film(self) -> Any:
        """Return the stream of the new film."""
        film, encoder = self._film, self._encoder
        stream = self._file.add_stream(encoder.name, rate=film.rate, options=encoder.options)
        context = stream.codec_context
        context.height, context.width = film.size
        context.pix_fmt, context.time_base = encoder.pixel_format, film.stream.time_base
        context.sample_aspect_ratio, context.thread_count = film.pixel_aspect, 0
        self._colours.tag(context)
        if encoder.name == "libx265" and FORMATS[self._suffix] in ("mp4", "mov"):
            # By the usual tag, hev1, Apple's players don't know it.
            context.codec_tag = "hvc1"
        if film.pixel_aspect != 1 and self._suffix == ".webm":
            raise InvalidImage(
                "Its pixels aren't square, which can't be told in WebM; choose a name that ends in .mkv."
            )
        self._tell_changes(stream)
        return stream

    def _tell_changes(self, stream: Any) -> None:
        """Say what the new film's pictures aren't any more."""
        film, encoder = self._film, self._encoder
        before, now = (each.codec_context.codec.canonical_name for each in (film.stream, stream))
        if before != now:
            self.remarks.append(f"its pictures, {_NAMES.get(before, before)} before, are {_NAMES[now]} now")
        if encoder.depth < film.colours.depth:
            self.remarks.append(f"of its {film.colours.depth} bits a colour {encoder.depth} are kept")
        if film.is_transparent:
            self.remarks.append("its transparency is left out")
        if film.interlaced:
            self.remarks.append("it is interlaced: what two moments show in turn is one picture now")

    def _add_copy(self, source: Any) -> Any:
        """Return the stream that takes another stream's packets, or None if the new file can't hold them."""
        kind = source.type
        name = getattr(source.codec_context, "name", None)
        try:
            if name is None and not (kind == "attachment" and FORMATS[self._suffix] == "matroska"):
                raise ValueError("of no use there")
            copy = self._file.add_stream_from_template(source)
        except (ValueError, pyav().error.FFmpegError) as error:
            if kind == "audio" and name is not None:
                raise InvalidImage(
                    f"Its sound ({name}) can't be kept in a {self._suffix} file; choose a name that ends in .mkv."
                ) from error
            # Chapters are told by a track of data in MP4; they are written anew.
            if kind != "data" or not self._film.container.chapters():
                self.remarks.append(f"its {kind} track{f' ({name})' if name else ''} is left out")
            return None
        copy.metadata.update(_notes(source.metadata))
        copy.disposition = source.disposition
        return copy

    def _copy_notes(self) -> None:
        """Take over title, place, chapters and the like."""
        self._file.metadata.update(_notes(self._film.container.metadata))
        self._stream.metadata.update(_notes(self._film.stream.metadata))
        if chapters := self._film.container.chapters():
            self._file.set_chapters(chapters)


def _notes(metadata: dict[str, str]) -> dict[str, str]:
    """Return the notes that are true of the new file too."""
    return {key: value for key, value in metadata.items() if not key.lower().startswith(_OF_THE_FILE)}


def _time(packet: Any) -> float:
    """Return when a packet is due, in seconds."""
    time = packet.pts if packet.pts is not None else packet.dts
    return float((time or 0) * packet.time_base)
