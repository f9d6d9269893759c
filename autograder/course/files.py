"""Reads a file that a reader has named: it may be a pipe, a device, a folder, or of any size."""

from __future__ import annotations

import os
import stat
from pathlib import Path

MAX_BYTES = 50 << 20  # of a workbook: pictures in its outputs may be large


class Unreadable(Exception):
    """A file that is not read; a few words that say why."""


def read_file(path: Path, max_bytes: int = MAX_BYTES) -> bytes:
    """The content of a plain file. Raises Unreadable, and never waits for a writer."""
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            kind, size = os.fstat(file.fileno()).st_mode, os.fstat(file.fileno()).st_size
            if stat.S_ISDIR(kind):
                raise Unreadable("a folder, not a file")
            if not stat.S_ISREG(kind):
                raise Unreadable("not a plain file (a pipe, a device, or the like)")
            data = b"" if size > max_bytes else file.read(max_bytes + 1)
            if max(len(data), size) > max_bytes:  # it may have grown meanwhile
                raise Unreadable(f"larger than {max_bytes >> 20} MB: clear its outputs")
            return data
    except FileNotFoundError:
        raise Unreadable("no such file") from None
    except IsADirectoryError:
        raise Unreadable("a folder, not a file") from None
    except OSError as error:
        raise Unreadable(f"cannot be read: {error.strerror}") from None
    except ValueError:  # a NUL in the path
        raise Unreadable("no such file") from None
