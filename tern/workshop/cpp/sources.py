"""The core's sources: the six headers, the book's or a reader's, and what stands on them."""

from __future__ import annotations

import re
from pathlib import Path

from tern.errors import UsageError

FOLDER = Path(__file__).parent

HEADERS = ("small_vec", "arena", "intrusive_list", "casting", "use_list", "walk")
"""The chapter's exercises, in order of need."""

MAIN = "c_api.cpp"

_INCLUDE = re.compile(r'\s*#\s*include\s+"(\w+)\.hpp"\s*$')


def header_path(name: str, folder: Path | None = None) -> Path:
    """Where the header NAME.hpp is: in a reader's folder, if that has it, else the book's."""
    if folder is not None and name in HEADERS and (folder / f"{name}.hpp").is_file():
        return folder / f"{name}.hpp"
    return FOLDER / f"{name}.hpp"


def check_folder(folder: Path) -> Path:
    """A reader's folder. UsageError if it has none of the six headers."""
    if not any((folder / f"{name}.hpp").is_file() for name in HEADERS):
        names = ", ".join(f"{name}.hpp" for name in HEADERS)
        raise UsageError(f"{folder} has none of the headers {names}")
    return folder


def single_text(folder: Path | None = None, main: str = MAIN) -> str:
    """All of the core as one text: each header once, where it is first included.

    Compilers tell errors by the header's own name and lines. UsageError for a header that includes
    one that isn't there.
    """
    seen: set[str] = set()

    def text_of(path: Path) -> list[str]:
        lines = [f'#line 1 "{path.name}"']
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if line.strip() == "#pragma once":
                lines.append("")  # a main file has no need of it
            elif (found := _INCLUDE.match(line)) is None:
                lines.append(line)
            elif found[1] in seen:
                lines.append("")
            else:
                seen.add(found[1])
                included = header_path(found[1], folder)
                if not included.is_file():
                    raise UsageError(f"{path.name}:{number}: there is no {included.name}")
                lines += [*text_of(included), f'#line {number + 1} "{path.name}"']
        return lines

    return "\n".join(text_of(FOLDER / main)) + "\n"
