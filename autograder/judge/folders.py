"""How much a process has written into its folder: files are limited one by one, and so together."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

MAX_BYTES = 1 << 30  # of all files of a process
MAX_FILES = 20_000
PAUSE = 0.1  # seconds between looks


def watch(folder: str) -> Callable[[], str]:
    """A function that looks at the folder, now and then: what is too much there, if anything."""
    looked = 0.0

    def look() -> str:
        nonlocal looked
        if time.monotonic() < looked + PAUSE:
            return ""
        found = too_much(folder)
        looked = time.monotonic()
        return found

    return look


def too_much(folder: str) -> str:
    """What is too much in a folder, in words; empty if nothing is."""
    size = files = 0
    waiting = [folder]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    files += 1
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    else:
                        size += entry.stat(follow_symlinks=False).st_blocks * 512
                    if size > MAX_BYTES or files > MAX_FILES:
                        break
        except OSError:  # it has been removed meanwhile
            continue
        if size > MAX_BYTES:
            return f"it has written more than {MAX_BYTES >> 20:,} MiB of files"
        if files > MAX_FILES:
            return f"it has written more than {MAX_FILES:,} files"
    return ""
