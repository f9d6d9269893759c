"""The book's Sphinx extension. Each module does one thing and connects itself to the build.

`syllabus` and `course` need no Sphinx: the commands in book/ read them as well.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

MODULES = (
    "asides",
    "contents",
    "descent",
    "editions",
    "formulas",
    "here",
    "language",
    "lexers",
    "notebooks",
    "outputs",
    "page",
    "road",
    "search",
)


def setup(app: Sphinx) -> dict[str, bool]:
    for name in MODULES:
        import_module(f"book.ext.{name}").setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
