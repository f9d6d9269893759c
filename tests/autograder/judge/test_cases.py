"""Submissions that were judged wrongly once: no cheat earns a point, no right answer loses one."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path

import pytest

from tests import cases
from tests.autograder.workbooks import autograder, book_answer, code_cell, unsolved, write

pytestmark = [
    pytest.mark.first,
    pytest.mark.rotates(24),
]  # no `timed`: judges themselves measure one at a time


def name(case: Path) -> str:
    return case.stem


def graded(folder: Path, case: Path) -> dict[str, tuple[str, float]]:
    """The status and the points of each exercise, by a judge in a process of its own."""
    path = cases.write_workbook(folder, case)
    done = autograder("check", path, *cases.exercises_of(case), "--json", cwd=folder, seconds=300)
    assert done.returncode in (0, 1), done.stderr[-2000:]
    found = json.loads(done.stdout)["exercises"]
    return {one["name"]: (one["status"], one["points"]) for one in found}


@pytest.mark.parametrize("case", cases.cases("fails"), ids=name)
def test_a_cheat_earns_nothing(case: Path, tmp_path: Path) -> None:
    found = graded(tmp_path, case)
    assert found and set(found.values()) == {("failed", cases.earns(case))}, found


@pytest.mark.parametrize("case", cases.cases("passes"), ids=name)
def test_a_right_answer_passes(case: Path, tmp_path: Path) -> None:
    (tmp_path / "mymod.py").write_text(MODULE)
    found = graded(tmp_path, case)
    assert found and {status for status, _ in found.values()} == {"passed"}, found


MODULE = textwrap.dedent("""
    def mine(func):
        number = {block: i for i, block in enumerate(func.body.blocks)}
        found = []
        for block in func.body.blocks:
            targets = block.terminator.successors if block.operations else []
            found.append(list(dict.fromkeys(number[target] for target, _ in targets)))
        return found
""")


@pytest.mark.parametrize("case", cases.cases("judged"), ids=name)
def test_what_brought_the_judge_down_is_judged(case: Path, tmp_path: Path) -> None:
    path = cases.write_workbook(tmp_path, case)
    done = autograder("check", path, *cases.exercises_of(case), "--no-speed", cwd=tmp_path)
    assert done.returncode == 1, done.stderr[-2000:]
    assert "Traceback" not in done.stdout + done.stderr


DEEP = {
    "terms": "total = " + " + ".join(["1"] * 20_000),
    "signs": "total = " + "-" * 20_000 + "1",
    "brackets": "total = " + "[" * 20_000 + "]" * 20_000,
    "attributes": "total = lambda x: x" + ".a" * 20_000,
    "magics": "%pwd\n" * 2_000,
    "assigned magics": "x = !ls\n" * 2_000,
    "half an emoji": "x = '\ud83d'",
    "nothing but NUL": "\0" * 100,
}


@pytest.mark.parametrize("where", ["in an answer", "in a scratch cell"])
@pytest.mark.parametrize("kind", DEEP)
def test_a_monstrous_cell_costs_no_more_than_its_exercise(
    kind: str, where: str, tmp_path: Path
) -> None:
    """The other exercise keeps its points, and an answer that Jupyter runs passes."""
    data = unsolved()
    by_id = {c["metadata"].get("nbgrader", {}).get("grade_id"): c for c in data["cells"]}
    by_id["ch05-dominators"]["source"] = book_answer("dominators")
    by_id["ch05-frontiers"]["source"] = book_answer("frontiers")
    if where == "in an answer":
        by_id["ch05-frontiers"]["source"] = f"{DEEP[kind]}\n{book_answer('frontiers')}"
    else:
        data["cells"].insert(-1, code_cell(DEEP[kind]))
    path = write(tmp_path, data)
    done = autograder("check", path, "--no-speed", "--json", cwd=tmp_path)
    assert done.returncode in (0, 1), done.stderr[-2000:]
    status = {one["name"]: one["status"] for one in json.loads(done.stdout)["exercises"]}
    assert status["dominators"] == "correct"
    if where == "in a scratch cell" or "magics" in kind:
        assert status["frontiers"] == "correct"
