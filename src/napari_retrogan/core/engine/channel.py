"""The private connection between this process and its training process.

It has no address: one end is inherited by the child, so nobody else can speak on it, and the death of
either process closes it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from multiprocessing.connection import Pipe
from typing import TYPE_CHECKING, Any

if sys.platform == "win32":
    from multiprocessing.connection import PipeConnection as Channel
else:
    import fcntl
    from multiprocessing.connection import Connection as Channel

if TYPE_CHECKING:
    AnyChannel = Channel[Any, Any]

__all__ = ["Channel", "inheritance", "inherited", "open_channel"]


def open_channel() -> tuple[AnyChannel, AnyChannel]:
    """Return the two ends of a new connection, neither on the number of a standard stream."""
    ours, theirs = Pipe(duplex=True)
    return _above_standard_streams(ours), _above_standard_streams(theirs)


def inheritance(channel: AnyChannel) -> dict[str, Any]:
    """Return the arguments of ``Popen`` that hand this end, and nothing else, to the child."""
    if sys.platform == "win32":
        os.set_handle_inheritable(channel.fileno(), True)
        quiet = subprocess.CREATE_NO_WINDOW | subprocess.BELOW_NORMAL_PRIORITY_CLASS
        handles = subprocess.STARTUPINFO(lpAttributeList={"handle_list": [channel.fileno()]})
        return {"startupinfo": handles, "creationflags": quiet}
    return {"pass_fds": (channel.fileno(),), "start_new_session": True}


def inherited(number: int) -> AnyChannel:
    """Return the end that the parent handed down, kept from this process's own children."""
    if sys.platform == "win32":
        os.set_handle_inheritable(number, False)
    else:
        os.set_inheritable(number, False)
    return Channel(number)


def _above_standard_streams(channel: AnyChannel) -> AnyChannel:
    """Move a connection that took the place of a closed standard stream, where anybody's output would hit it."""
    if sys.platform != "win32" and channel.fileno() <= 2:
        moved = Channel(fcntl.fcntl(channel.fileno(), fcntl.F_DUPFD_CLOEXEC, 3))
        channel.close()
        return moved
    return channel
