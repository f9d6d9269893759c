"""Workbooks as they come back from readers: one clear line for each defect, the rest graded."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.course import notebook
from tests.autograder.workbooks import (
    CFG,
    DOMINATORS,
    FRONTIERS,
    autograder,
    book_answer,
    cell,
    code_cell,
    grade,
    said,
    workbook,
    write,
)

pytestmark = pytest.mark.usefixtures("few_examples", "small_forks")
SOLVED = (CFG, FRONTIERS)
Damage = Callable[[dict], None]


def check_damaged(folder: Path, damage: Damage, says: list[str], **statuses: str) -> None:
    """Grade a workbook with two solved exercises, damaged; its bytes must stay as they are."""
    data = workbook(solve=SOLVED)
    damage(data)
    path = write(folder, data)
    before = path.read_bytes()
    report = grade(path, CFG, FRONTIERS)
    assert path.read_bytes() == before
    assert [entry.name for entry in folder.iterdir()] == [path.name]
    assert len(report.problems) == len(says), report.problems
    for problem, part in zip(report.problems, says, strict=True):
        assert part in problem
        assert "\n" not in problem
    expected = {CFG: "correct", FRONTIERS: "correct"}
    expected |= {name.replace("_", "-"): status for name, status in statuses.items()}
    assert {result.name: result.status for result in report.exercises} == expected


def answer(data: dict) -> dict:
    return cell(data, CFG)


def without(data: dict, *cells: dict) -> None:
    data["cells"] = [one for one in data["cells"] if one not in cells]


# ---- cells --------------------------------------------------------------------------------------


def test_a_sound_workbook_has_no_problems(tmp_path: Path) -> None:
    check_damaged(tmp_path, lambda data: None, [])


def test_a_missing_answer_costs_that_exercise(tmp_path: Path) -> None:
    check_damaged(
        tmp_path,
        lambda data: without(data, answer(data)),
        ["no cell defines control_flow_graph"],
        control_flow_graph="not started",
    )


def test_a_renamed_answer_is_found_by_what_it_defines(tmp_path: Path) -> None:
    def rename(data: dict) -> None:
        answer(data)["metadata"]["nbgrader"]["grade_id"] = "mine"

    check_damaged(
        tmp_path,
        rename,
        ["ch05-control-flow-graph is missing or renamed: your answer was found in cell "],
    )


def test_an_answer_without_its_nbgrader_metadata_is_found(tmp_path: Path) -> None:
    check_damaged(
        tmp_path,
        lambda data: answer(data).update(metadata={}),
        ["ch05-control-flow-graph is missing or renamed"],
    )


@pytest.mark.parametrize(
    "metadata", [None, 7, "lost", [], {"nbgrader": "lost"}, {"nbgrader": None}]
)
def test_metadata_of_another_type_is_no_more_than_lost(tmp_path: Path, metadata: object) -> None:
    check_damaged(
        tmp_path,
        lambda data: answer(data).update(metadata=metadata),
        ["ch05-control-flow-graph is missing or renamed"],
    )


@pytest.mark.parametrize(
    "value", [float("nan"), -5, "many", None, 10**400, True], ids=lambda value: str(value)[:8]
)
def test_strange_points_and_flags_change_nothing(tmp_path: Path, value: object) -> None:
    def spoil(data: dict) -> None:
        for one in (answer(data), cell(data, "ch05-control-flow-graph-tests")):
            one["metadata"]["nbgrader"] |= {"points": value, "locked": value, "task": value}

    check_damaged(tmp_path, spoil, [])


def test_of_two_copies_the_one_that_was_worked_on_is_graded(tmp_path: Path) -> None:
    def duplicate(data: dict) -> None:
        stub = copy.deepcopy(cell(workbook(), CFG))
        data["cells"].append(stub)

    check_damaged(tmp_path, duplicate, ["both claim to be ch05-control-flow-graph: cell 5 was"])


def test_of_two_copies_worked_on_the_later_is_graded(tmp_path: Path) -> None:
    def duplicate(data: dict) -> None:
        later = copy.deepcopy(answer(data))
        answer(data)["source"] = "def control_flow_graph(func):\n    return 'earlier'\n"
        data["cells"].append(later)

    check_damaged(tmp_path, duplicate, ["both claim to be ch05-control-flow-graph"])


def test_duplicated_test_and_setup_cells_do_nothing(tmp_path: Path) -> None:
    def duplicate(data: dict) -> None:
        data["cells"] += copy.deepcopy(
            [cell(data, "ch05-setup"), cell(data, "ch05-control-flow-graph-tests")]
        )

    check_damaged(tmp_path, duplicate, [])


DAMAGES: dict[str, tuple[Damage, str]] = {
    "no source": (lambda one: one.pop("source"), "its source is not text"),
    "a number as source": (lambda one: one.update(source=7), "its source is not text"),
    "a list of numbers as source": (
        lambda one: one.update(source=[1, 2]),
        "its source is not text",
    ),
    "no cell_type": (lambda one: one.pop("cell_type"), "no cell_type"),
    "a number as cell_type": (lambda one: one.update(cell_type=3), "no cell_type"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_answer_is_reported_and_costs_that_exercise(tmp_path: Path, damage: str) -> None:
    spoil, reason = DAMAGES[damage]
    check_damaged(
        tmp_path,
        lambda data: spoil(answer(data)),
        [reason, "no cell defines control_flow_graph"],
        control_flow_graph="not started",
    )


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_cell_beside_the_answers_is_reported_and_costs_nothing(
    tmp_path: Path, damage: str
) -> None:
    def add(data: dict) -> None:
        extra = code_cell("helper = 1")
        DAMAGES[damage][0](extra)
        data["cells"].insert(0, extra)

    check_damaged(tmp_path, add, ["cell 1 is damaged (" + DAMAGES[damage][1]])


@pytest.mark.parametrize("junk", [None, 7, "text", ["list"]])
def test_a_cell_that_is_no_cell_is_reported(tmp_path: Path, junk: object) -> None:
    check_damaged(tmp_path, lambda data: data["cells"].insert(0, junk), ["cell 1 is damaged"])


@pytest.mark.parametrize("cells", [1, 40])
def test_code_beyond_what_can_be_looked_through_costs_its_cells_alone(
    tmp_path: Path, cells: int
) -> None:
    long = "x = [" + "1, " * (notebook.MAX_CODE // 3) + "]"

    def add(data: dict) -> None:
        data["cells"] += [code_cell(long) for _ in range(cells)]

    first = f"is too long ({len(long):,} characters where "
    check_damaged(tmp_path, add, [first] * cells)


def test_an_answer_turned_into_markdown_is_not_found(tmp_path: Path) -> None:
    check_damaged(
        tmp_path,
        lambda data: answer(data).update(cell_type="markdown"),
        ["no cell defines control_flow_graph"],
        control_flow_graph="not started",
    )


def test_missing_test_cells_are_named_and_the_books_are_used(tmp_path: Path) -> None:
    check_damaged(
        tmp_path,
        lambda data: without(data, cell(data, "ch05-frontiers-tests")),
        ["test cells are missing (ch05-frontiers-tests): the book's own were used"],
    )


def test_cells_may_stand_in_any_order(tmp_path: Path) -> None:
    check_damaged(tmp_path, lambda data: data["cells"].reverse(), [])


@pytest.mark.parametrize("metadata", [{}, None, {"kernelspec": {}}, {"kernelspec": "python3"}])
def test_a_notebook_without_a_kernel_name_is_taken_as_python(
    tmp_path: Path, metadata: object
) -> None:
    check_damaged(
        tmp_path,
        lambda data: data.update(metadata=metadata),
        ["names no kernel; taken as Python 3"],
    )


# ---- what readers write -------------------------------------------------------------------------


def test_a_helper_in_a_cell_of_its_own_is_found(tmp_path: Path) -> None:
    def move_into_helper(data: dict) -> None:
        at = data["cells"].index(answer(data))
        body = book_answer(CFG).replace("def control_flow_graph", "def helper")
        data["cells"].insert(at, code_cell(body))
        answer(data)["source"] = "def control_flow_graph(func):\n    return helper(func)\n"

    check_damaged(tmp_path, move_into_helper, [])


def test_a_helper_in_another_exercises_cell_is_found(tmp_path: Path) -> None:
    def move_into_frontiers(data: dict) -> None:
        body = book_answer(CFG).replace("def control_flow_graph", "def helper")
        cell(data, FRONTIERS)["source"] = book_answer(FRONTIERS) + "\n\n" + body
        answer(data)["source"] = "def control_flow_graph(func):\n    return helper(func)\n"

    check_damaged(tmp_path, move_into_frontiers, [])


def test_two_exercises_may_each_have_a_helper_of_the_same_name(tmp_path: Path) -> None:
    """In a kernel each is tested before the next redefines the name: so it is here."""

    def add_helpers(data: dict) -> None:
        for exercise, function in (
            (CFG, "control_flow_graph"),
            (FRONTIERS, "dominance_frontiers"),
        ):
            body = book_answer(exercise).replace(f"def {function}", "def visit")
            cell(data, exercise)["source"] = (
                f"{body}\n\ndef {function}(*arguments):\n    return visit(*arguments)\n"
            )

    check_damaged(tmp_path, add_helpers, [])


@pytest.mark.parametrize(
    "source", ["1 / 0", "def broken(:", "raise SystemExit", "import nothing_of_that_name", "\x00"]
)
def test_an_added_cell_that_raises_spoils_nothing(tmp_path: Path, source: str) -> None:
    check_damaged(tmp_path, lambda data: data["cells"].insert(0, code_cell(source)), [])


def test_a_syntax_error_in_one_answer_is_shown_where_it_is(tmp_path: Path) -> None:
    source = "def control_flow_graph(func):\n    return [\n"
    report = grade(write(tmp_path, workbook({CFG: source}, solve=(FRONTIERS,))), CFG, FRONTIERS)
    broken, fine = report.exercises
    assert (broken.status, fine.status) == ("failed", "correct")
    assert "SyntaxError: '[' was never closed" in said(broken)
    assert "ch05-control-flow-graph, line 2: return [" in said(broken)


def test_an_error_in_an_answer_is_shown_with_its_line(tmp_path: Path) -> None:
    source = "def control_flow_graph(func):\n    return func.nothing\n"
    report = grade(write(tmp_path, workbook({CFG: source})), CFG)
    assert "at: ch05-control-flow-graph, line 2: return func.nothing" in said(report.exercises[0])
    assert "AttributeError" in said(report.exercises[0])


MAGIC_CELLS = [
    "%matplotlib inline",
    "!pip install something",
    "    %timeit 1 + 1",
    "%%time\nraise ValueError",
    "\n%%bash\necho nothing that is Python",
    "if True:\n    %timeit 1 + 1\n",
    "files = !ls",
    "found = %who_ls",
    "print?",
    "?print",
]


@pytest.mark.parametrize("source", MAGIC_CELLS)
def test_a_cell_of_magics_spoils_nothing(tmp_path: Path, source: str) -> None:
    check_damaged(tmp_path, lambda data: data["cells"].insert(0, code_cell(source)), [])


@pytest.mark.parametrize("magic", ["%load_ext autoreload", "!ls", "  %timeit 1"])
def test_a_magic_line_in_an_answer_does_nothing(tmp_path: Path, magic: str) -> None:
    def prepend(data: dict) -> None:
        lead = f"if True:\n{magic}\n" if magic.startswith(" ") else f"{magic}\n"
        answer(data)["source"] = lead + book_answer(CFG)

    check_damaged(tmp_path, prepend, [])


def test_a_cell_magic_over_an_answer_leaves_the_answer(tmp_path: Path) -> None:
    def prepend(data: dict) -> None:
        answer(data)["source"] = "%%time\n" + book_answer(CFG)

    check_damaged(tmp_path, prepend, [])


def test_tabs_and_windows_line_ends_in_a_source_are_fine(tmp_path: Path) -> None:
    def convert(data: dict) -> None:
        text = book_answer(CFG)
        text = "\n".join(
            line.replace("    ", "\t") if line.startswith("    ") else line
            for line in text.splitlines()
        )
        answer(data)["source"] = text.replace("\n", "\r\n")

    check_damaged(tmp_path, convert, [])


# ---- the file as a whole ------------------------------------------------------------------------


def bytes_of_a_solved_workbook() -> bytes:
    return json.dumps(workbook(solve=SOLVED), indent=1).encode()


@pytest.mark.parametrize(
    "convert",
    [
        lambda text: text.replace(b"\n", b"\r\n"),
        lambda text: b"\xef\xbb\xbf" + text,
        lambda text: b"\xef\xbb\xbf" + text.replace(b"\n", b"\r\n"),
        lambda text: text + b"\n\n",
    ],
    ids=["Windows line ends", "a UTF-8 byte order mark", "both", "blank lines at the end"],
)
def test_a_file_written_by_another_editor_is_read(tmp_path: Path, convert) -> None:
    path = tmp_path / "chapter05.ipynb"
    content = convert(bytes_of_a_solved_workbook())
    path.write_bytes(content)
    report = grade(path, *SOLVED)
    assert [result.status for result in report.exercises] == ["correct", "correct"]
    assert report.problems == []
    assert path.read_bytes() == content


UNREADABLE = {
    "an empty file": b"",
    "text": b"dominators: done",
    "half a notebook": bytes_of_a_solved_workbook()[:2000],
    "a merge conflict": b"<<<<<<< HEAD\n" + bytes_of_a_solved_workbook(),
    "a list": b"[]",
    "a number": b"7",
    "null": b"null",
    "cells that are no list": b'{"cells": {}, "metadata": {}, "nbformat": 4}',
    "format 3": b'{"worksheets": [{"cells": []}], "metadata": {}, "nbformat": 3}',
    "UTF-16": bytes_of_a_solved_workbook().decode().encode("utf-16"),
    "not Unicode": b'{"cells": ["\xff\xfe"]}',
    "nested too deep": b'{"cells": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "a number too long": b'{"cells": ' + b"1" * 10_000 + b"}",
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_a_file_that_is_no_notebook_is_refused_in_one_line(tmp_path: Path, what: str) -> None:
    path = tmp_path / "chapter05.ipynb"
    path.write_bytes(UNREADABLE[what])
    with pytest.raises(notebook.NotebookError) as caught:
        grade(path, CFG)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)
    assert path.read_bytes() == UNREADABLE[what]


SAYS = {
    "an empty file": "the file is empty",
    "format 3": "a notebook of format 3",
    "a merge conflict": "it holds the markers of a merge conflict",
    "a list": "not a notebook",
}


@pytest.mark.parametrize("what", SAYS)
def test_the_command_ends_with_2_on_a_file_that_is_no_notebook(tmp_path: Path, what: str) -> None:
    path = tmp_path / "chapter05.ipynb"
    path.write_bytes(UNREADABLE[what])
    done = autograder("check", path, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert f"chapter05.ipynb: {SAYS[what]}" in done.stderr


@pytest.mark.parametrize("name", ["chapter05.ipynb", "missing/chapter05.ipynb"])
def test_the_command_ends_with_2_on_a_folder_or_nothing(tmp_path: Path, name: str) -> None:
    if "missing" not in name:
        (tmp_path / name).mkdir()
    done = autograder("check", tmp_path / name, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") == 1


def test_an_unsolved_workbook_has_no_problems_and_no_points(tmp_path: Path) -> None:
    report = grade(write(tmp_path, workbook()))
    assert report.problems == []
    assert report.earned == 0
    assert report.possible > 0
    assert {result.status for result in report.exercises} == {"not started"}


def test_a_stub_with_a_comment_added_counts_as_started_and_failed(tmp_path: Path) -> None:
    data = workbook()
    stub = "".join(cell(data, DOMINATORS)["source"])
    cell(data, DOMINATORS)["source"] = stub.replace("# YOUR CODE HERE", "# not yet")
    report = grade(write(tmp_path, data), DOMINATORS)
    assert report.earned == 0
    assert report.exercises[0].status in ("failed", "not started")
