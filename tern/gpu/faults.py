"""The faults of one measurement: each kind told once for each line and tensor, with how often."""

from __future__ import annotations

import dataclasses
import sys
from typing import NoReturn

from tern.gpu.traffic import Fault, source_name


class Stopped(Exception):
    """Ends a launch whose fault is noted already."""


class Faults:
    """Collects faults, and knows the location in the kernel's source that is being run."""

    def __init__(self) -> None:
        self.found: dict[tuple, Fault] = {}
        self.files: set[str] = set()  # those of the user's kernels
        self.program: tuple[int, int, int] | None = None

    def where(self) -> tuple[str, int]:
        """File name and line of the innermost kernel source that is running."""
        frame = sys._getframe(1)
        while frame is not None:
            if frame.f_code.co_filename in self.files:
                return source_name(frame.f_code.co_filename), frame.f_lineno
            frame = frame.f_back
        return "", 0

    def add(
        self, kind: str, message: str, count: int = 1, at: tuple[str, int] | None = None
    ) -> None:
        file, line = self.where() if at is None else at
        key = (kind, file, line, message.partition("'")[2].partition("'")[0])
        if known := self.found.get(key):
            self.found[key] = dataclasses.replace(known, count=known.count + count)
        else:
            self.found[key] = Fault(kind, message, file, line, self.program, count)

    def stop(self, kind: str, message: str, at: tuple[str, int] | None = None) -> NoReturn:
        """Note a fault after which the launch cannot go on."""
        self.add(kind, message, at=at)
        raise Stopped(kind)
