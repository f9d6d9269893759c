"""Reads notebooks as they come back from readers: with the standard library, and forgivingly.

A damaged cell is reported in one line and costs that cell only. A reader's notebook is never
written to.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.course import cpp_cell, mistaken
from autograder.course.files import Unreadable, read_file

MAX_CODE = 1 << 20  # characters of all code cells: what is looked through takes a second or so


class NotebookError(Exception):
    """The file as a whole cannot be read as a notebook; one line that says why."""


@dataclass
class Cell:
    """A code cell. `id` is its nbgrader grade_id, empty for a cell that the reader added."""

    number: int
    source: str
    id: str = ""
    grade: bool = False
    solution: bool = False
    locked: bool = False
    points: float = 0.0

    @property
    def is_test(self) -> bool:
        return self.grade and not self.solution


@dataclass
class Notebook:
    path: Path
    cells: list[Cell]
    problems: list[str] = field(default_factory=list)

    def cell(self, identity: str) -> Cell | None:
        return next((cell for cell in self.cells if cell.id == identity), None)

    def source_of(self, identity: str) -> str:
        """The text of a cell that has to be there. Raises NotebookError."""
        if (cell := self.cell(identity)) is None:
            raise NotebookError(f"{self.path}: has no cell {identity}")
        return cell.source


def read(path: Path) -> Notebook:
    """The code cells of the notebook at `path`. Raises NotebookError."""
    try:
        content = read_file(path)
    except Unreadable as error:
        raise NotebookError(f"{path}: {error}") from None
    try:
        data = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        is_text = not isinstance(error, UnicodeDecodeError)
        why = "not valid JSON" if is_text else "cannot be read as text"
        told = mistaken.what_it_is(content) or f"{why}: {error}"
        raise NotebookError(f"{path}: {told}") from None
    if not isinstance(data, dict) or not isinstance(data.get("cells"), list):
        raise NotebookError(f"{path}: {mistaken.other_format(data)}")
    notebook = Notebook(path, [])
    kernel = data.get("metadata")
    kernel = kernel.get("kernelspec") if isinstance(kernel, dict) else None
    if not isinstance(kernel, dict) or not kernel.get("name"):
        notebook.problems.append("the notebook names no kernel; taken as Python 3")
    read = 0
    for number, raw in enumerate(data["cells"], start=1):
        if not isinstance(raw, dict) or not isinstance(raw.get("cell_type"), str):
            notebook.problems.append(f"cell {number} is damaged (no cell_type): ignored")
        elif raw["cell_type"] == "code":
            cell, problem = _code_cell(number, raw)
            size = len(cell.source)
            if problem:
                notebook.problems.append(f"cell {number} is damaged ({problem}): ignored")
            elif read + size > MAX_CODE:
                rest = f"{size:,} characters where {MAX_CODE - read:,} may still come"
                notebook.problems.append(f"cell {number} is too long ({rest}): ignored")
            else:
                read += size
                notebook.cells.append(cell)
    return notebook


HALF = re.compile("[\ud800-\udfff]")  # of a character; two of them make an emoji


def _joined(text: str) -> str:
    """The halves of a character that stand side by side are one; a lone half stays."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def _code_cell(number: int, raw: dict) -> tuple[Cell, str]:
    source = raw.get("source")
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(source, str):
        return Cell(number, ""), "its source is not text"
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    if HALF.search(source):
        source = _joined(source)
    metadata = raw.get("metadata")
    info: Any = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    if not isinstance(info, dict):
        return Cell(number, source), ""
    points, identity = info.get("points"), info.get("grade_id")
    if type(points) is bool or not isinstance(points, int | float) or not points < 1e9:
        points = 0.0
    return (
        Cell(
            number,
            source,
            id=identity if isinstance(identity, str) else "",
            grade=info.get("grade") is True,
            solution=info.get("solution") is True,
            locked=info.get("locked") is True,
            points=float(points),
        ),
        "",
    )


# ---- stubs ----

REGION = re.compile(r"^([ \t]*)### BEGIN SOLUTION\n.*?^[ \t]*### END SOLUTION$", re.M | re.S)
CPP_REGION = re.compile(
    r"^([ \t]*)// ### BEGIN SOLUTION\n.*?^[ \t]*// ### END SOLUTION$", re.M | re.S
)


def stub_of(source: str) -> str:
    """A solution cell as the reader got it, as nbgrader makes it."""
    if cpp_cell.header_in(source) is not None:
        stub = cpp_cell.STUB.splitlines()
        return CPP_REGION.sub(lambda found: "\n".join(found[1] + line for line in stub), source)
    return REGION.sub(r"\1# YOUR CODE HERE\n\1raise NotImplementedError()", source)
