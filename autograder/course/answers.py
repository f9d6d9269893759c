"""Finds a reader's answers, wherever they have got to in the workbook.

Readers lose, copy, split, merge, and move cells. An answer is found by its cell's id, and where the
id is gone or its cell still a stub, by what defines the function. What had to be repaired is said,
one line each.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from autograder.course.cpp_cell import header_in
from autograder.course.ipython import to_python
from autograder.course.notebook import Cell, Notebook


@dataclass(frozen=True)
class Asked:
    """What an exercise asks for: the function, the id of the cell for it, and the cell's stub."""

    id: str
    function: str
    stub: str = ""


@dataclass(frozen=True)
class Answer:
    """The cells that make an answer, in the order in which they run. There is at least one."""

    cells: tuple[Cell, ...]

    @property
    def source(self) -> str:
        return "\n\n".join(cell.source for cell in self.cells)

    @property
    def place(self) -> str:
        """Where it stands, in words."""
        several = "cells" if len(self.cells) > 1 else "cell"
        return f"{several} {' and '.join(map(str, self.numbers))}"

    @property
    def numbers(self) -> tuple[int, ...]:
        return tuple(cell.number for cell in self.cells)


def find_answers(theirs: Notebook, asked: Iterable[Asked]) -> tuple[dict[str, Answer], list[str]]:
    """The reader's answer to each exercise that has one, by the cell's id, and what was repaired.

    An answer that is still its stub is found, too.
    """
    asked = list(asked)
    defined = {cell.number: names_bound(cell.source) for cell in theirs.cells}
    own = {each.id: _own_cells(theirs, each) for each in asked}
    found: dict[str, Answer] = {}
    problems: list[str] = []
    for each in asked:
        cells = own[each.id]
        worked_on = [cell for cell in cells if cell.source.strip() != each.stub.strip()]
        if any(each.function in defined[cell.number] for cell in worked_on):
            answer = _in_order(worked_on, each, defined)
            found[each.id] = answer
            if len(cells) > 1:
                numbers = " and ".join(str(cell.number) for cell in cells)
                graded = _numbered(answer)
                problems.append(f"cells {numbers} both claim to be {each.id}: {graded} graded")
            continue
        taken = {cell.number for other in asked if other is not each for cell in own[other.id]}
        elsewhere = [
            cell
            for cell in theirs.cells
            if each.function in names_bound(cell.source, imported=False)
            and not _is_stub(cell, asked)
            and not (cell.locked and not cell.grade)
        ]
        # A cell of the reader's own comes before another exercise's answer with this one merged in.
        elsewhere.sort(key=lambda cell: (cell.number not in taken, cell.number))
        if elsewhere:
            answer = Answer((*worked_on, elsewhere[-1]))
            found[each.id] = answer
            problems.append(_moved(each, elsewhere[-1], bool(cells)))
        elif cells:
            found[each.id] = Answer(tuple(worked_on or cells[-1:]))
        else:
            problems.append(f"no cell defines {each.function}: that exercise has no answer")
    return found, problems


def _own_cells(theirs: Notebook, each: Asked) -> list[Cell]:
    return [cell for cell in theirs.cells if cell.id == each.id and not cell.is_test]


def _is_stub(cell: Cell, asked: list[Asked]) -> bool:
    return any(cell.id == each.id and cell.source.strip() == each.stub.strip() for each in asked)


def _in_order(cells: list[Cell], each: Asked, defined: dict[int, frozenset[str]]) -> Answer:
    """Of cells with one id the last that defines the function, with what it was split from.

    An older copy of the answer is left out; a piece without the function runs where it stands.
    """
    last = max(n for n, cell in enumerate(cells) if each.function in defined[cell.number])
    return Answer(
        tuple(
            cell
            for number, cell in enumerate(cells)
            if number >= last or each.function not in defined[cell.number]
        )
    )


def _numbered(answer: Answer) -> str:
    if len(answer.cells) == 1:
        return f"cell {answer.cells[0].number} was"
    return f"{' and '.join(map(str, answer.numbers))}, in this order, were"


def _moved(each: Asked, cell: Cell, has_cell: bool) -> str:
    where = f"your answer was found in cell {cell.number}, which defines {each.function}"
    if has_cell:
        return f"the cell {each.id} does not define {each.function}: {where}"
    return f"the cell {each.id} is missing or renamed: {where}"


# ---- what a cell defines ------------------------------------------------------------------------


def names_bound(source: str, imported: bool = True) -> frozenset[str]:
    """The names that a cell binds at its top level, or those that it does not import; of what does
    not parse, by its lines."""
    if (header := header_in(source)) is not None:  # in C++: the name behind its magic
        return frozenset([header.name])
    try:
        tree = ast.parse(to_python(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset(re.findall(r"^(?:async\s+def|def|class)\s+(\w+)", source, re.M))
    return frozenset(_bound(tree.body, imported))


def definitions_in(source: str) -> str:
    """What a cell defines without computing: functions, classes, imports, and plain constants.

    As many lines; nothing of a cell that does not parse.
    """
    try:
        tree = ast.parse(to_python(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    kept = [
        statement
        for statement in tree.body
        if isinstance(
            statement,
            ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom,
        )
        or (isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant))
    ]
    lines = to_python(source).splitlines()
    found = [""] * len(lines)
    for statement in kept:
        decorators = getattr(statement, "decorator_list", [])
        first = min([statement.lineno, *(each.lineno for each in decorators)])
        found[first - 1 : statement.end_lineno] = lines[first - 1 : statement.end_lineno]
    return "\n".join(found)


def modules_named(source: str) -> frozenset[str]:
    """The modules that a cell, or a module, imports anywhere, by their first names."""
    try:
        tree = ast.parse(to_python(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset()
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return frozenset(found)


def _bound(statements: list[ast.stmt], imported: bool) -> Iterator[str]:
    for statement in statements:
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield statement.name
            case ast.Import() | ast.ImportFrom():
                for alias in statement.names if imported else []:
                    yield (alias.asname or alias.name).split(".")[0]
            case ast.Assign():
                for target in statement.targets:
                    yield from _names_in(target)
            case ast.AnnAssign() if statement.value is not None:
                yield from _names_in(statement.target)
            case ast.If() | ast.For() | ast.While() | ast.With() | ast.Try():
                for field in ("body", "orelse", "finalbody"):
                    yield from _bound(getattr(statement, field, []), imported)
                for handler in getattr(statement, "handlers", []):
                    yield from _bound(handler.body, imported)


def _names_in(target: ast.expr) -> Iterator[str]:
    for node in ast.walk(target):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
