"""Submissions that were judged wrongly once, and programs that were compiled wrongly.

A file of fails/, passes/, or judged/ is a workbook: cells, each below a line `# ---- ID ----`,
where ID is that of a solution cell, or "a cell of the reader". An id that comes twice is a cell
that was split. The name ends with the chapter or begins with it. A line `# BOOK chapter05 ssa`
stands for the book's answer to that exercise, and `# PART two_kernels` for the text of
parts/two_kernels.py, which several cases have. `# earns 10`, before the first cell, says what is
right of a cheat: only its speed is made up.
"""

from __future__ import annotations

import copy
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from autograder.course.layout import Chapter, Course

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(__file__).parent
COURSE = Course(ROOT)
HEAD = re.compile(r"^# ---- (.+) ----\n", re.M)
BOOK = re.compile(r"^# BOOK (chapter\d\d) ([\w-]+)$", re.M)
PART = re.compile(r"^# PART (\w+)$", re.M)


def cases(kind: str) -> list[Path]:
    return sorted((FOLDER / kind).glob("*.py"))


@cache
def chapter(name: str) -> Chapter:
    return COURSE.chapter(name)


def chapter_of(case: Path) -> Chapter:
    return chapter(re.findall(r"chapter\d\d", case.stem)[0])


@cache
def book(name: str, exercise: str) -> str:
    """The cell of the source notebook that answers an exercise, as it stands there."""
    source = ROOT / "solutions" / name / f"{name}.ipynb"
    cell = next(each.cell for each in chapter(name).exercises if each.name == exercise)
    return next(
        "".join(each["source"])
        for each in json.loads(source.read_text(encoding="utf-8"))["cells"]
        if each["metadata"].get("nbgrader", {}).get("grade_id") == cell
    )


def earns(case: Path) -> float:
    """The points that a cheat may have."""
    found = re.match(r"# earns (\d+)\n", case.read_text(encoding="utf-8", errors="replace"))
    return float(found[1]) if found else 0.0


def sections(case: Path) -> list[tuple[str, str]]:
    """The cells: pairs of an id and a source."""
    text = case.read_text(encoding="utf-8", errors="surrogateescape").replace("PLACE", str(ROOT))
    text = PART.sub(lambda found: (FOLDER / "parts" / f"{found[1]}.py").read_text(), text)
    text = BOOK.sub(lambda found: book(*found.groups()), text)
    _, *rest = HEAD.split(text)
    return [(identity, source) for identity, source in zip(rest[::2], rest[1::2], strict=True)]


def exercises_of(case: Path) -> list[str]:
    """The names of the exercises that the case answers, or that its cells define functions for."""
    text = "".join(source for _, source in sections(case))
    ids = {identity for identity, _ in sections(case)}
    return [
        exercise.name
        for exercise in chapter_of(case).exercises
        if exercise.cell in ids or re.search(rf"^def {exercise.function}\b", text, re.M)
    ]


def write_workbook(folder: Path, case: Path) -> Path:
    """The unsolved workbook with the case's cells in it."""
    made = chapter_of(case)
    data = json.loads(COURSE.stub(made).read_text(encoding="utf-8"))
    replace(data, sections(case))
    path = folder / f"{made.name}.ipynb"
    path.write_text(json.dumps(data), encoding="utf-8", errors="surrogateescape")
    return path


def replace(data: dict[str, Any], cells: list[tuple[str, str]]) -> None:
    """Put the cells into a workbook: answers in place of stubs, others beside them, in order."""
    ids = [cell["metadata"].get("nbgrader", {}).get("grade_id") for cell in data["cells"]]
    anchor = next((ids.index(name) for name, _ in cells if name in ids), len(ids) - 1)
    taken: set[str] = set()
    for name, source in cells:
        if name in ids and name not in taken:
            taken.add(name)
            ids = [c["metadata"].get("nbgrader", {}).get("grade_id") for c in data["cells"]]
            anchor = ids.index(name)
            data["cells"][anchor]["source"] = source
            continue
        if name in taken:
            cell = copy.deepcopy(data["cells"][ids.index(name)])
        else:
            cell = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
        before = name not in taken and not taken
        data["cells"].insert(anchor if before else anchor + 1, {**cell, "source": source})
        anchor += 1
