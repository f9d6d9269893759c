"""Reads notebooks as they come back from readers: with the standard library, and forgivingly.

A damaged cell is reported in one line and costs that cell only. A reader's notebook is never
written to.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


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
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise NotebookError(f"{path}: no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise NotebookError(f"{path}: cannot be read: {error}") from None
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotebookError(f"{path}: not valid JSON: {error}") from None
    if not isinstance(data, dict) or not isinstance(data.get("cells"), list):
        hint = " (a notebook of format 3? open and save it in JupyterLab)"
        raise NotebookError(f"{path}: not a notebook: it has no list of cells{hint}")
    notebook = Notebook(path, [])
    kernel = data.get("metadata")
    kernel = kernel.get("kernelspec") if isinstance(kernel, dict) else None
    if not isinstance(kernel, dict) or not kernel.get("name"):
        notebook.problems.append("the notebook names no kernel; taken as Python 3")
    for number, raw in enumerate(data["cells"], start=1):
        if not isinstance(raw, dict) or not isinstance(raw.get("cell_type"), str):
            notebook.problems.append(f"cell {number} is damaged (no cell_type): ignored")
        elif raw["cell_type"] == "code":
            cell, problem = _code_cell(number, raw)
            if problem:
                notebook.problems.append(f"cell {number} is damaged ({problem}): ignored")
            else:
                notebook.cells.append(cell)
    return notebook


def _code_cell(number: int, raw: dict) -> tuple[Cell, str]:
    source = raw.get("source")
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(source, str):
        return Cell(number, ""), "its source is not text"
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    metadata = raw.get("metadata")
    info: Any = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    if not isinstance(info, dict):
        return Cell(number, source), ""
    points = info.get("points")
    if type(points) is bool or not isinstance(points, int | float) or not points < 1e9:
        points = 0.0
    return (
        Cell(
            number,
            source,
            id=str(info.get("grade_id") or ""),
            grade=info.get("grade") is True,
            solution=info.get("solution") is True,
            locked=info.get("locked") is True,
            points=float(points),
        ),
        "",
    )


# ---- finding the reader's answers ---------------------------------------------------------------


def find_answers(
    handed_in: Notebook, expected: Iterable[tuple[str, str, str]]
) -> tuple[dict[str, Cell], list[str]]:
    """The reader's cell for each (cell id, function name, stub), by id, else by what it defines.

    Readers lose, copy and rename cells. What had to be repaired is said, one line each.
    """
    found: dict[str, Cell] = {}
    problems: list[str] = []
    for identity, function, stub in expected:
        same_id = [cell for cell in handed_in.cells if cell.id == identity and not cell.is_test]
        if len(same_id) > 1:
            worked_on = [cell for cell in same_id if cell.source.strip() != stub.strip()]
            chosen = (worked_on or same_id)[-1]
            numbers = " and ".join(str(cell.number) for cell in same_id)
            problems.append(
                f"cells {numbers} both claim to be {identity}: cell {chosen.number} was graded"
            )
            found[identity] = chosen
        elif same_id:
            found[identity] = same_id[0]
        else:
            definition = re.compile(rf"^(?:def|class)\s+{re.escape(function)}\b", re.M)
            defining = [
                cell
                for cell in handed_in.cells
                if not cell.is_test and definition.search(cell.source)
            ]
            if defining:
                found[identity] = defining[-1]
                problems.append(
                    f"the cell {identity} is missing or renamed: cell {defining[-1].number}, "
                    f"which defines {function}, was graded"
                )
            else:
                problems.append(f"no cell defines {function}: that exercise has no answer")
    return found, problems


REGION = re.compile(r"^([ \t]*)### BEGIN SOLUTION\n.*?^[ \t]*### END SOLUTION$", re.M | re.S)


def stub_of(source: str) -> str:
    """A solution cell as the reader got it, as nbgrader makes it."""
    return REGION.sub(r"\1# YOUR CODE HERE\n\1raise NotImplementedError()", source)


MAGIC = re.compile(r"^(\s*)[%!].*$")
WRAPPING = re.compile(r"\s*%%(time|timeit|capture|prun)\b.*")  # cell magics that run the cell


def without_magics(source: str) -> str:
    """The cell as plain Python: `%magic` and `!command` lines become `pass`.

    Of a `%%` cell, `%%time` and its like lose that line, and all others vanish. A line that Python
    itself understands is no magic: `% 4` may go on with a formula, and a string may hold anything.
    """
    if wrapping := WRAPPING.match(source):
        source = source[wrapping.end() :].lstrip("\n")
    if source.lstrip().startswith("%%"):
        return ""
    lines = source.split("\n")
    while any(map(MAGIC.match, lines)):
        try:
            ast.parse("\n".join(lines))
        except SyntaxError as error:
            line = (error.lineno or 0) - 1
            if 0 <= line < len(lines) and (magic := MAGIC.match(lines[line])):
                lines[line] = magic[1] + "pass"
                continue
        except (ValueError, RecursionError, MemoryError):
            pass  # whatever is wrong with it, the worker reports it
        break
    return "\n".join(lines)
