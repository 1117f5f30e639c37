"""A film styled: read, styled and written beside each other, a frame after the other, in bounded memory."""

from __future__ import annotations

import shutil
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING, Any

from napari_retrogan.core.atomic_file import replacing
from napari_retrogan.core.errors import ApplyCancelled
from napari_retrogan.core.films.reading import Film
from napari_retrogan.core.films.writing import FilmWriter
from napari_retrogan.core.inference.apply_to_frames import apply_to_frames
from napari_retrogan.core.inference.pool import UNWATCHED, Progress
from napari_retrogan.core.inference.settings import ApplySettings
from napari_retrogan.core.output.file_events import FileDone

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping
    from concurrent.futures import Future
    from pathlib import Path

    from numpy.typing import NDArray

    from napari_retrogan.core.films.reading import FilmFrame
    from napari_retrogan.core.vintage_generator import VintageGenerator

_FRAMES_AHEAD = 3
"""So many frames wait on either side of what styles them."""


def style_film(
    generator: VintageGenerator,
    source: Path,
    result: Path,
    options: Mapping[str, Any],
    progress: Progress = UNWATCHED,
) -> FileDone:
    """Write a film in a generator's look, with the sound, the times and the notes of its source.

    Before they are encoded, the pixels are those of ``generator.apply`` to a stack of the frames with ``time_axis=0``.

    Parameters
    ----------
    generator
        What to apply.
    source, result
        MP4, MOV, MKV or WebM files; the result stands there once it is whole, or once it was stopped.
    options
        Those of ``generator.apply`` for a stack; time is always the first axis.
    progress
        Told of frames; if it is stopped, what is done by then becomes a film that ends there.

    Returns
    -------
    FileDone
        With what of the film isn't in the result, or is in it in another way, and whether it was stopped.

    Raises
    ------
    ApplyCancelled
        If it was stopped before the first frame.
    InvalidImage
        If the film can't be read to its end, or not be written.
    """
    settings = ApplySettings(**{key: value for key, value in options.items() if key != "style"} | {"time_axis": 0})
    look = generator.with_style(options.get("style"))
    with Film(source) as film, replacing(result) as partial:
        if settings.changes_nothing and source.suffix.lower() == result.suffix.lower():
            shutil.copyfile(source, partial)
            return FileDone(source, result)
        with FilmWriter(partial, film) as writer:
            under_way: deque[FilmFrame] = deque()
            frames = _read_ahead(film, under_way)
            styled = apply_to_frames(
                look.graph_for(settings), frames, settings.for_look(look.weights), progress=progress
            )
            with closing(frames), closing(styled):
                done, whole = _write(writer, styled, under_way, film.num_frames, progress)
            writer.finish(whole=whole)
        return FileDone(source, result, (*writer.remarks, *_remarks(film, done, whole=whole)), whole)


def _write(
    writer: FilmWriter, styled: Iterator[NDArray[Any]], under_way: deque[FilmFrame], total: int, progress: Progress
) -> tuple[int, bool]:
    """Write frames in a thread of its own; return how many, and whether that are all or it was stopped."""
    written: deque[Future[None]] = deque()
    done = 0
    with ThreadPoolExecutor(1, thread_name_prefix="retrogan-write") as thread:
        try:
            for pixels in styled:
                written.append(thread.submit(writer.write, under_way.popleft(), pixels))
                if len(written) > _FRAMES_AHEAD:
                    written.popleft().result()
                done += 1
                progress.tell(done, max(done, total))
        except ApplyCancelled:
            if not done:
                raise
            return done, False
        finally:
            for each in written:
                each.result()
    return done, True


def _read_ahead(film: Film, under_way: deque[FilmFrame]) -> Generator[NDArray[Any]]:
    """Yield the pixels of a film's frames, decoded in a thread before they are asked for; keep the rest of them."""
    frames = film.frames()
    with ThreadPoolExecutor(1, thread_name_prefix="retrogan-read") as thread:
        ahead = deque(thread.submit(next, frames, None) for _ in range(_FRAMES_AHEAD))
        while (frame := ahead.popleft().result()) is not None:
            ahead.append(thread.submit(next, frames, None))
            under_way.append(frame)
            yield frame.pixels


def _remarks(film: Film, done: int, *, whole: bool) -> Iterator[str]:
    """Yield what is to be said of how a film was read."""
    if not whole:
        yield f"it was stopped, so that the film ends after {done} of {max(done, film.num_frames)} frames"
    if film.damaged:
        yield f"{film.damaged} of its frames are damaged and left out"
