"""Tells when a file has been saved, by looking at it again and again."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from pathlib import Path

# A file changed this recently may change once more without a new time: its clock is coarse.
RECENT = 2_000_000_000  # nanoseconds
PATIENCE = 5  # looks at a file that cannot be used, before that is said: somebody may be writing it


class Saves:
    """Looks at the file at `path`. `problem` says in one line why it cannot be used, or nothing."""

    def __init__(self, path: Path, problem: Callable[[Path], str]) -> None:
        self.path, self.problem = path, problem
        self.stat: tuple[int, int, int] | None = None
        self.digest = b""
        self.patience = 0  # looks left until the problem is said; 0 when there is nothing to say
        self._changed()

    def look(self) -> str | None:
        """None if there is nothing new, "" if the file was saved, else what is wrong with it."""
        if self._changed():
            self.patience = PATIENCE
        if not self.patience:
            return None
        problem = self.problem(self.path)
        self.patience = self.patience - 1 if problem else 0
        return problem if not self.patience else None

    def _changed(self) -> bool:
        """Whether the file is another one than at the last look, or is gone."""
        try:
            stat = self.path.stat()
            now = (stat.st_ino, stat.st_size, stat.st_mtime_ns)
            if now == self.stat and time.time_ns() - stat.st_mtime_ns > RECENT:
                return False
            digest = hashlib.blake2b(self.path.read_bytes()).digest()
        except OSError:
            now, digest = None, b""
        before = self.stat, self.digest
        self.stat, self.digest = now, digest
        return before != (now, digest)
