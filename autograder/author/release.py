"""Authors: makes the workbooks in exercises/ from solutions/ and tern.

The reference solution of an exercise *is* a part of tern. `fill` puts tern's own text into the
solution cell (signature and docstring stay outside the solution region, the body and the part's
private helpers go inside) and the bars of the checks into the statement (bars.py), and nbgrader's
preprocessors make the reader's workbook of the result. Nothing is ever written twice by hand.
"""

from __future__ import annotations

import ast
import inspect
import json
import textwrap
from pathlib import Path
from typing import Any

from autograder.author import bars, hints
from autograder.course.layout import Chapter, Exercise, UsageError, find_course
from autograder.course.notebook import stub_of
from autograder.course.workbook import to_text, workbook
from autograder.worker import parts


def run(names: list[str], check_only: bool = False) -> int:
    """Write what differs, or, with `check_only`, say so: exit code 1 then, if anything does."""
    course = find_course()
    differs = []
    for name in names or course.chapters():
        chapter = course.chapter(name)
        hints.check_sources(chapter)
        source = json.loads(chapter.source.read_text(encoding="utf-8"))
        filled = to_text(fill(chapter, source))
        if filled != chapter.source.read_text(encoding="utf-8"):
            differs.append(chapter.source)
            if not check_only:
                chapter.source.write_text(filled, encoding="utf-8")
        target = course.stub(chapter)
        made = workbook(chapter, filled)
        if not target.exists() or target.read_text(encoding="utf-8") != made:
            differs.append(target)
            if not check_only:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(made, encoding="utf-8")
    for path in differs:
        print(f"{'differs' if check_only else 'written'}: {path.relative_to(course.root)}")
    if not differs:
        print("exercises/ and solutions/ are what tern and the sources make of them")
    return 1 if differs and check_only else 0


# ---- solutions/ from tern -----------------------------------------------------------------------


def fill(chapter: Chapter, data: dict) -> dict:
    """The source notebook with the solutions' text taken from tern, and the bars' from the checks.

    Raises UsageError.
    """
    cells = {
        cell["metadata"].get("nbgrader", {}).get("grade_id"): cell
        for cell in data["cells"]
        if cell["cell_type"] == "code"
    }
    for exercise in chapter.exercises:
        cell = cells.get(exercise.cell)
        if cell is None:
            raise UsageError(f"{chapter.source.name}: no cell {exercise.cell}")
        text = header_text(exercise) if exercise.header else solution_text(exercise.part)
        cell["source"] = text.splitlines(keepends=True)
        if (speed := cells.get(f"{exercise.cell}-speed")) is not None:
            statement = _statement_before(data["cells"], cell)
            said = "".join(statement["source"]), "".join(speed["source"])
            said = bars.filled(*said, f"{chapter.name} {exercise.name}")
            statement["source"] = said.splitlines(keepends=True)
    return data


def _statement_before(cells: list[dict], answer: dict) -> dict:
    """The last Markdown cell before a solution cell."""
    before = cells[: cells.index(answer)]
    return next(cell for cell in reversed(before) if cell["cell_type"] == "markdown")


def solution_text(part: str) -> str:
    """A part's text as a solution cell: its helpers follow it, inside the solution region."""
    function, *helpers = (_source(one) for one in parts.functions_of(part))
    tree = ast.parse(function).body[0]
    assert isinstance(tree, ast.FunctionDef)
    if ast.get_docstring(tree) is None:
        raise UsageError(f"{part}: an exercise needs a docstring, which is its contract")
    lines = function.splitlines()
    head, body = lines[: tree.body[0].end_lineno], lines[tree.body[0].end_lineno :]
    gap = [""] if body and not body[0].strip() else []
    while body and not body[0].strip():
        body.pop(0)
    after = [line for helper in helpers for line in ["", "", *helper.splitlines()]]
    if helpers and isinstance(ast.parse(helpers[-1]).body[0], ast.ClassDef):
        after.append("")  # as ruff formats a comment behind a class
    marked = [*head, *gap, "    ### BEGIN SOLUTION", *body, *after, "    ### END SOLUTION"]
    return "\n".join(marked)


def header_text(exercise: Exercise) -> str:
    """A header's text as a solution cell: the file, marks and all, below its magic. UsageError."""
    import tern

    path = Path(tern.__file__).parent / exercise.header
    try:
        text = path.read_text(encoding="utf-8").strip("\n")
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None
    cell = f"%%cpp {exercise.function}\n{text}"
    if stub_of(cell) == cell:
        raise UsageError(f"{path}: has no lines // ### BEGIN SOLUTION and // ### END SOLUTION")
    return cell


def _source(function: Any) -> str:
    """Its text, a function's or a class's, without the decorator that registers it; @njit stays."""
    text = textwrap.dedent(inspect.getsource(parts.python_function(function)))
    tree = ast.parse(text).body[0]
    assert isinstance(tree, ast.FunctionDef | ast.ClassDef)
    lines = text.splitlines()
    kept = [
        line
        for decorator in tree.decorator_list
        if not (isinstance(decorator, ast.Call) and getattr(decorator.func, "id", "") == "part")
        for line in lines[decorator.lineno - 1 : decorator.end_lineno]
    ]
    return "\n".join([*kept, *lines[tree.lineno - 1 :]])
