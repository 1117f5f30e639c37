"""Values that hold large arrays, passed to another process through one block of memory that both can reach.

The block is a file without a name, whose descriptor goes through the channel after the message; on Windows it is a
mapping, which has a name as long as a process holds it. So nothing is ever left behind, whichever process ends when.
"""

from __future__ import annotations

import os
import pickle
import socket
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, TypeAlias, cast

from napari_retrogan.core.errors import RetroGANError

if sys.platform == "win32":
    from multiprocessing.shared_memory import SharedMemory

    Block: TypeAlias = SharedMemory
else:
    Block: TypeAlias = IO[bytes]

if TYPE_CHECKING:
    from collections.abc import Iterator

    from napari_retrogan.core.engine.channel import AnyChannel

    Span = tuple[int, int]

_SMALLEST_BLOCK = 1 << 18
_ALIGNMENT = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """A pickled value whose arrays lie at ``spans`` of a block, or in ``buffers`` where there is none.

    ``block`` is the block's name, empty for a file without one, or None.
    """

    pickled: bytes
    buffers: tuple[bytes, ...] = ()
    block: str | None = None
    spans: tuple[Span, ...] = ()


def pack(value: Any) -> tuple[Packed, Block | None]:
    """Pickle a value with its arrays beside it.

    Parameters
    ----------
    value
        Anything that can be pickled.

    Returns
    -------
    packed
        What to send.
    block
        What to `hand_over` after it, and to `release` once the other end has read it; None if the arrays are small or
        there is no room for a block, in which case they are in ``packed``.
    """
    found: list[pickle.PickleBuffer] = []
    pickled = pickle.dumps(value, protocol=5, buffer_callback=found.append)
    views = [buffer.raw() for buffer in found]
    spans = _lay_out([view.nbytes for view in views])
    block = _make_block(views, spans) if spans and spans[-1][1] >= _SMALLEST_BLOCK else None
    if block is None:
        return Packed(pickled=pickled, buffers=tuple(bytes(view) for view in views)), None
    return Packed(pickled=pickled, block=_name(block), spans=spans), block


def unpack(packed: Packed, block: Block | None) -> Any:
    """Rebuild a value from what was sent and the block that was taken; its arrays are copies, which may be written to.

    Raises
    ------
    RetroGANError
        If the block did not arrive.
    """
    if packed.block is None:
        return pickle.loads(packed.pickled, buffers=[bytearray(buffer) for buffer in packed.buffers])  # noqa: S301
    if block is None:
        raise RetroGANError(
            "The training process had no file descriptor left for the pictures; close files, or raise the limit "
            "(ulimit -n), and start the training again."
        )
    try:
        buffers = [_read(block, span) for span in packed.spans]
    finally:
        block.close()
    return pickle.loads(packed.pickled, buffers=buffers)  # noqa: S301


def release(block: Block | None) -> None:
    """Give an own block back to the system; None is allowed."""
    if block is not None:
        block.close()


def _lay_out(sizes: list[int]) -> tuple[Span, ...]:
    """Return where each buffer starts and stops in one aligned block."""
    spans, position = [], 0
    for size in sizes:
        spans.append((position, position + size))
        position += -(-size // _ALIGNMENT) * _ALIGNMENT
    return tuple(spans)


def _make_block(views: list[memoryview], spans: tuple[Span, ...]) -> Block | None:
    """Return a block that holds what the views do, or None if there is no room for it."""
    try:
        block = _new_block(spans[-1][1])
    except OSError:
        return None
    try:
        for view, span in zip(views, spans, strict=True):
            _write(block, span, view)
    except OSError:
        block.close()
        return None
    return block


if sys.platform == "win32":

    def hand_over(block: Block | None, channel: AnyChannel) -> None:
        """Do nothing: the other end finds the block by its name."""

    def take(packed: Packed, channel: AnyChannel) -> Block | None:
        """Return the block that a message tells of."""
        return None if packed.block is None else SharedMemory(packed.block)

    def _new_block(size: int) -> Block:
        return SharedMemory(create=True, size=size)

    def _name(block: Block) -> str:
        return block.name

    def _write(block: Block, span: Span, view: memoryview) -> None:
        cast("memoryview", block.buf)[span[0] : span[1]] = view

    def _read(block: Block, span: Span) -> bytearray:
        return bytearray(cast("memoryview", block.buf)[span[0] : span[1]])

else:

    def hand_over(block: Block | None, channel: AnyChannel) -> None:
        """Send a block after the message that tells of it; None is allowed.

        Raises
        ------
        OSError
            If the channel is closed.
        """
        if block is not None:
            with _as_socket(channel) as connection:
                socket.send_fds(connection, [b"\0"], [block.fileno()])

    def take(packed: Packed, channel: AnyChannel) -> Block | None:
        """Return the block that follows a message, or None if none does or this process has no descriptor for it.

        Raises
        ------
        OSError
            If the channel is closed.
        """
        if packed.block is None:
            return None
        with _as_socket(channel) as connection:
            _, descriptors, _, _ = socket.recv_fds(connection, 1, 1)
        return os.fdopen(descriptors[0], "rb", buffering=0) if descriptors else None

    @contextmanager
    def _as_socket(channel: AnyChannel) -> Iterator[socket.socket]:
        """Use a channel as what it is, for as long as a block lasts."""
        connection = socket.socket(fileno=channel.fileno())
        try:
            connection.setblocking(True)  # Other code may have set a default of its own.
            yield connection
        finally:
            connection.detach()

    def _new_block(_: int) -> Block:
        if hasattr(os, "memfd_create"):
            return os.fdopen(os.memfd_create("napari-retrogan"), "w+b", buffering=0)
        return tempfile.TemporaryFile(buffering=0)

    def _name(_: Block) -> str:
        return ""

    def _write(block: Block, span: Span, view: memoryview) -> None:
        block.seek(span[0])
        while view:
            view = view[block.write(view) :]

    def _read(block: Block, span: Span) -> bytearray:
        buffer = bytearray(span[1] - span[0])
        view = memoryview(buffer)
        block.seek(span[0])
        while view:
            count = block.readinto(view)  # type: ignore[attr-defined]
            if not count:
                raise EOFError("A block is shorter than its message says.")
            view = view[count:]
        return buffer
