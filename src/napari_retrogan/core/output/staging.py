"""What is finished of a half-written result: a file beside it, one line a part."""

from __future__ import annotations

import json
import shutil
import threading
from typing import TYPE_CHECKING, Any

from napari_retrogan.core.errors import OutputExists

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class Staging:
    """The half-written form of a result, ``.name.part``, and the journal of its finished parts.

    The journal's first line says of what the parts are, the others name one finished part each; a line is written
    after its part, so a part that is named is whole. A last line that was cut short counts for nothing.

    Parameters
    ----------
    path
        Where the result is to be; it is never touched here.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.store = path.with_name(f".{path.name}.part")
        self.journal = path.with_name(f".{path.name}.part.jsonl")
        self._finished: set[str] = set()
        self._lock = threading.Lock()

    def open(self, identity: Mapping[str, Any], *, resume: bool) -> bool:
        """Tell whether there is something to go on with; otherwise begin a new journal.

        Parameters
        ----------
        identity
            What the parts depend on, as JSON holds it.
        resume
            Whether to go on; if not, what is there of an earlier run is deleted.

        Raises
        ------
        OutputExists
            If what is there was made of something else.
        """
        lines = self._read() if resume and self.store.exists() else []
        if lines:
            if lines[0] != json.loads(json.dumps(identity)):
                raise OutputExists(
                    f"{self.store} is a half-written result of another generator, picture or settings. Pass "
                    "resume=False to delete it and start anew, or choose another output."
                )
            self._finished = {line for line in lines[1:] if isinstance(line, str)}
            self._end_last_line()
            return True
        self.discard()
        self._finished = set()
        self.journal.write_text(json.dumps(identity) + "\n", encoding="utf-8")
        return False

    def is_finished(self, name: str) -> bool:
        """Tell whether a part is written."""
        return name in self._finished

    def mark(self, name: str) -> None:
        """Note that a part is written; safe in any thread."""
        with self._lock:
            self._finished.add(name)
            with self.journal.open("a", encoding="utf-8") as file:
                file.write(json.dumps(name) + "\n")

    def discard(self) -> None:
        """Delete the half-written result and its journal."""
        if self.store.exists():
            shutil.rmtree(self.store)
        self.journal.unlink(missing_ok=True)

    def _read(self) -> list[Any]:
        """Return the lines of the journal that are whole."""
        if not self.journal.exists():
            return []
        lines = []
        for text in self.journal.read_text(encoding="utf-8").split("\n")[:-1]:
            try:
                lines.append(json.loads(text))
            except ValueError:
                continue
        return lines

    def _end_last_line(self) -> None:
        """Make sure that what is appended starts a line of its own."""
        with self.journal.open("a", encoding="utf-8") as file:
            file.write("\n")
