"""The headers of an exercise: the reader's, the book's, and the earlier ones that it includes."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

from autograder.course.cpp_cell import Header

INCLUDED = re.compile(r'^[ \t]*#[ \t]*include[ \t]*"([\w/]+\.hpp)"', re.M)
MARKED = re.compile(r"^.*// ### (?:BEGIN|END) SOLUTION.*\n?", re.M)


def folder() -> Path:
    """Where the book's own headers are."""
    spec = importlib.util.find_spec("tern")
    if spec is None or spec.origin is None:
        raise LookupError("tern is not installed")
    return Path(spec.origin).parent / "workshop" / "cpp"


def of_file(path: Path | str) -> Header:
    """The header in a file; marks of a solution region are left out, their lines stay."""
    path = Path(path)
    return Header(path.stem, MARKED.sub("\n", path.read_text(encoding="utf-8")), cell=path.name)


def of_the_book(name: str, where: Path | None = None) -> Header | None:
    """The book's header NAME.hpp, if it has one."""
    path = (where or folder()) / f"{name}.hpp"
    return of_file(path) if path.is_file() else None


def beside(book: Header | None, where: Path | None = None) -> dict[str, str]:
    """The files that lie beside a header: those that the book's own version includes.

    Their names and texts. The header itself is not among them.
    """
    found: dict[str, str] = {}
    waiting = INCLUDED.findall(book.text) if book else []
    while waiting:
        name = waiting.pop()
        path = (where or folder()) / name
        if name not in found and book and name != book.file and path.is_file():
            found[name] = of_file(path).text
            waiting += INCLUDED.findall(found[name])
    return found
