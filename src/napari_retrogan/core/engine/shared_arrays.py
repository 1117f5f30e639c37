"""Values that hold large arrays, passed to another process through one block of shared memory.

Whoever packs a value owns its block and releases it once the other end has copied the arrays out, or has
died; the owner's resource tracker removes it should the owner be killed first.
"""

from __future__ import annotations

import pickle
import shutil
import sys
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path
from typing import Any, cast

_SMALLEST_BLOCK = 1 << 18
_ALIGNMENT = 64
_SHARED_FILES = Path("/dev/shm")  # noqa: S108


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """A pickled value whose arrays lie at ``spans`` of a shared block, or in ``buffers`` where there is none."""

    pickled: bytes
    buffers: tuple[bytes, ...] = ()
    block: str | None = None
    spans: tuple[tuple[int, int], ...] = ()


def pack(value: Any) -> tuple[Packed, SharedMemory | None]:
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
        The shared memory to `release` once the other end has read it; None if the arrays are small
        or no shared memory can be had, in which case they are in ``packed``.
    """
    found: list[pickle.PickleBuffer] = []
    pickled = pickle.dumps(value, protocol=5, buffer_callback=found.append)
    views = [buffer.raw() for buffer in found]
    spans = _lay_out([view.nbytes for view in views])
    block = _make_block(spans[-1][1] if spans else 0)
    if block is None:
        return Packed(pickled=pickled, buffers=tuple(bytes(view) for view in views)), None
    memory = cast("memoryview", block.buf)
    for (start, stop), view in zip(spans, views, strict=True):
        memory[start:stop] = view
    return Packed(pickled=pickled, block=block.name, spans=spans), block


def unpack(packed: Packed) -> Any:
    """Rebuild a value; its arrays are copies that the caller owns and may write to."""
    if packed.block is None:
        return pickle.loads(packed.pickled, buffers=[bytearray(buffer) for buffer in packed.buffers])  # noqa: S301
    block = _attach(packed.block)
    try:
        memory = cast("memoryview", block.buf)
        buffers = [bytearray(memory[start:stop]) for start, stop in packed.spans]
    finally:
        block.close()
    return pickle.loads(packed.pickled, buffers=buffers)  # noqa: S301


def release(block: SharedMemory | None) -> None:
    """Give an own block back to the system; None is allowed."""
    if block is not None:
        block.close()
        with suppress(FileNotFoundError):
            block.unlink()


def _lay_out(sizes: list[int]) -> tuple[tuple[int, int], ...]:
    """Return where each buffer starts and stops in one aligned block."""
    spans, position = [], 0
    for size in sizes:
        spans.append((position, position + size))
        position += -(-size // _ALIGNMENT) * _ALIGNMENT
    return tuple(spans)


def _make_block(size: int) -> SharedMemory | None:
    """Create a block, unless it is not worth it or does not fit."""
    if size < _SMALLEST_BLOCK or not _fits(size):
        return None
    try:
        return SharedMemory(create=True, size=size)
    except OSError:
        return None


def _fits(size: int) -> bool:
    """Tell whether shared memory has room: a block that is too large is made, and kills whoever writes to it."""
    return not _SHARED_FILES.is_dir() or shutil.disk_usage(_SHARED_FILES).free > size + (1 << 20)


def _attach(name: str) -> SharedMemory:
    """Open the other end's block without taking over its removal."""
    if sys.version_info >= (3, 13):
        return SharedMemory(name, track=False)
    block = SharedMemory(name)
    if sys.platform != "win32":
        resource_tracker.unregister(f"/{block.name}", "shared_memory")
    return block
