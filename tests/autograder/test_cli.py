"""The command: exit codes, hints, solutions, progress, reset, and what it does not import."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from autograder import check as checks
from autograder import cli
from autograder.cli import NOT_YET, OWN_FAULT, PASSED, USAGE
from autograder.course import layout
from autograder.judge import judge
from tests.autograder.workbooks import (
    CFG,
    DOMINATORS,
    FRONTIERS,
    ROOT,
    autograder,
    chapter,
    course_in,
    solved,
    unsolved,
    workbook,
    write,
)

WRONG = {FRONTIERS: "def dominance_frontiers(successors, idoms):\n    return []\n"}


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, few_examples: None) -> Path:
    """A checkout in a temporary folder, which is the current one."""
    monkeypatch.chdir(course_in(tmp_path))
    return tmp_path


def hand_in(course: Path, data: dict) -> Path:
    return write(course / "exercises" / "chapter05", data)


# ---- check --------------------------------------------------------------------------------------


def test_an_unsolved_workbook_gets_0_points_and_exit_code_1(course: Path, capsys) -> None:
    assert cli.main(["check", "chapter05"]) == NOT_YET
    shown = capsys.readouterr().out
    assert f"0 of {sum(points_of_tests()):g} points" in shown
    assert shown.count("not started") == len(chapter().exercises)
    assert f"Next: {CFG}" in shown


def points_of_tests() -> list[float]:
    infos = [cell["metadata"].get("nbgrader", {}) for cell in solved()["cells"]]
    return [info["points"] for info in infos if info.get("grade")]


@pytest.mark.timed
def test_a_solved_exercise_with_its_speed_passes_with_exit_code_0(course: Path, capsys) -> None:
    hand_in(course, workbook(solve=(FRONTIERS,)))
    code = cli.main(["check", "5", "frontiers"])
    shown = capsys.readouterr().out
    if "could not measure reliably" in shown:
        pytest.skip("this machine is too noisy just now to measure speed")
    assert code == PASSED, shown
    assert "15 of 15 points" in shown
    assert "the book's CPU time for dominance_frontiers (bar" in shown
    assert re.search(r"bronze|silver|gold", shown)


def test_a_wrong_answer_gets_exit_code_1_and_says_what_is_wrong(course: Path, capsys) -> None:
    hand_in(course, workbook(WRONG))
    assert cli.main(["check", "ch05", "frontiers"]) == NOT_YET
    shown = capsys.readouterr().out
    assert "the result has 0 items, expected 4" in shown
    assert "expected: [set(), {3}, {3}, set()]" in shown
    assert "autograder hint chapter05 frontiers" in shown


def test_correctness_alone_can_pass(course: Path, capsys) -> None:
    hand_in(course, workbook(solve=(FRONTIERS,)))
    assert cli.main(["check", "05", "frontiers", "--no-speed"]) == PASSED
    assert "speed was not asked for" in capsys.readouterr().out
    assert cli.main(["check", "05", "frontiers", "dominators", "--no-speed"]) == NOT_YET


def test_the_json_says_what_the_terminal_says(course: Path, capsys) -> None:
    hand_in(course, workbook(WRONG, solve=(CFG,)))
    arguments = ["check", "chapter05", CFG, FRONTIERS, DOMINATORS, "--no-speed"]
    code = cli.main(arguments)
    shown = capsys.readouterr().out
    assert cli.main([*arguments, "--json"]) == code == NOT_YET
    report = json.loads(capsys.readouterr().out)
    assert report["passed"] is False
    assert f"{report['points']:g} of {report['possible']:g} points" in shown
    for exercise in report["exercises"]:
        line = next(line for line in shown.splitlines() if f" {exercise['name']} " in line)
        assert f"{exercise['points']:g}/{exercise['possible']:g} points" in line
        assert line.endswith(exercise["status"])
        for test in exercise["tests"]:
            assert test["message"] in shown or exercise["status"] == "not started"
    statuses = [exercise["status"] for exercise in report["exercises"]]
    assert statuses == ["correct", "not started", "failed"]  # in the chapter's order


def test_what_a_test_prints_is_no_part_of_the_json(
    course: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    hand_in(course, workbook(WRONG))
    monkeypatch.setattr(checks, "equal", lambda *_, **__: print("a note of the test's own"))
    cli.main(["check", "chapter05", "frontiers", "--no-speed", "--json"])
    told = capsys.readouterr()
    assert json.loads(told.out)["chapter"] == "chapter05"
    assert "a note of the test's own" in told.err


def test_the_workbook_is_found_from_the_folder_it_is_in(
    course: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    path = hand_in(course, workbook(WRONG))
    monkeypatch.chdir(path.parent)
    assert cli.main(["check", "chapter05", "frontiers"]) == NOT_YET
    assert cli.main(["check", "chapter05.ipynb", "frontiers"]) == NOT_YET
    assert capsys.readouterr().out.count("the result has 0 items") == 2
    assert list(path.parent.iterdir()) == [path]


def test_a_notebook_of_another_name_is_known_by_its_cells(course: Path, capsys) -> None:
    other = course / "mine.ipynb"
    other.write_text(json.dumps(workbook(WRONG)))
    assert cli.main(["check", "mine.ipynb", "frontiers"]) == NOT_YET
    assert "the result has 0 items" in capsys.readouterr().out


def test_the_workbook_is_never_written_to(course: Path) -> None:
    path = hand_in(course, workbook(WRONG, solve=(CFG,)))
    before = path.read_bytes(), path.stat().st_mtime_ns
    cli.main(["check", "chapter05", CFG, FRONTIERS, "--no-speed"])
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


# ---- exit codes 2 and 3 -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (
            ["check", "chapter99"],
            "there is no chapter 'chapter99' with exercises yet; there are: c",
        ),
        (["check", "chapter05", "nothing"], "chapter05 has no exercise 'nothing'; it has control"),
        (["check", "missing.ipynb"], "missing.ipynb: no such file"),
        (["hint", "chapter05", "nothing"], "has no exercise 'nothing'"),
        (["solution", "0"], "there is no chapter '0'"),
        (["reset", "six"], "there is no chapter 'six'"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(
    course: Path, capsys, arguments: list[str], says: str
) -> None:
    assert cli.main(arguments) == USAGE
    told = capsys.readouterr()
    assert says in told.err
    assert told.err.count("\n") == 1
    assert told.out == ""


@pytest.mark.parametrize("arguments", [["no-such-command"], ["check", "5", "--fast"], ["hint"]])
def test_an_unknown_word_is_exit_code_2(arguments: list[str], capsys) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(arguments)
    assert caught.value.code == USAGE
    assert "usage: autograder" in capsys.readouterr().err


def test_no_arguments_show_the_help(capsys) -> None:
    assert cli.main([]) == USAGE
    shown = capsys.readouterr().out
    for command in (
        "check",
        "watch",
        "hint",
        "solution",
        "progress",
        "doctor",
        "reset",
        "release",
        "verify",
    ):
        assert f"    {command} " in shown


def test_an_exercise_may_be_named_by_its_beginning_or_its_function(course: Path, capsys) -> None:
    for name in ("front", "control_flow_graph", "control-flow-graph"):
        assert cli.main(["hint", "chapter05", name]) == PASSED
    assert cli.main(["hint", "chapter05", "o"]) == USAGE
    assert "could be" in capsys.readouterr().err


def test_the_graders_own_fault_is_exit_code_3(
    course: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    path = hand_in(course, workbook(WRONG))
    before = path.read_bytes()

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a bug of the grader")

    monkeypatch.setattr(judge, "grade", broken)
    assert cli.main(["check", "chapter05"]) == OWN_FAULT
    told = capsys.readouterr().err
    assert "a bug of the grader" in told
    assert "this is the grader's own fault, not yours; your workbook is unchanged" in told
    assert path.read_bytes() == before


def test_a_fault_inside_a_check_is_not_called_a_pass(
    course: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    hand_in(course, workbook(solve=(FRONTIERS,)))
    monkeypatch.setattr(checks, "equal", lambda *_, **__: 1 / 0)
    assert cli.main(["check", "chapter05", "frontiers", "--no-speed"]) != PASSED


def test_an_interrupt_stops_with_130(course: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(judge, "grade", interrupted)
    assert cli.main(["check", "chapter05"]) == 130
    assert capsys.readouterr().err == "autograder: stopped\n"


# ---- hint, solution, progress -------------------------------------------------------------------


def test_code_at_the_beginning_of_a_hint_keeps_its_place() -> None:
    entry = {"name": "x", "title": "X", "function": "f", "part": "p", "cell": "c", "minutes": 1}
    entry = {**entry, "hints": ["\n    def f():\n        pass\n"], "explanation": "\n    f()\n"}
    exercise = layout._exercise(Path("x.toml"), entry)
    assert (exercise.hints[0], exercise.explanation) == ("    def f():\n        pass", "    f()")


def test_hints_advance_and_the_last_repeats(course: Path, capsys) -> None:
    hints = chapter().exercise(FRONTIERS).hints
    for number in (1, 2, 3, 3, 3):
        assert cli.main(["hint", "chapter05", "frontiers"]) == PASSED
        shown = capsys.readouterr().out
        assert f"hint {number} of 3" in shown
        assert f"\n\n{hints[number - 1]}\n" in shown
    assert cli.main(["hint", "chapter05", "dominators"]) == PASSED
    assert "hint 1 of 3" in capsys.readouterr().out


def test_a_hint_for_a_workbook_is_for_its_chapter(course: Path, tmp_path: Path, capsys) -> None:
    mine = tmp_path / "of mine.ipynb"
    mine.write_bytes((ROOT / "exercises" / "chapter05" / "chapter05.ipynb").read_bytes())
    assert cli.main(["hint", str(mine), "frontiers"]) == PASSED
    assert chapter().exercise(FRONTIERS).hints[0].strip() in capsys.readouterr().out


def test_a_hint_for_the_chapter_is_for_the_first_exercise_that_has_not_passed(
    course: Path, capsys
) -> None:
    assert cli.main(["hint", "chapter05"]) == PASSED
    assert chapter().exercises[0].title in capsys.readouterr().out
    keep(course, CFG, "passed", 10)
    assert cli.main(["hint", "chapter05"]) == PASSED
    assert chapter().exercises[1].title in capsys.readouterr().out


def keep(course: Path, exercise: str, status: str, points: float) -> None:
    """Progress as a check would have left it."""
    entry = {"points": points, "possible": 15, "status": status, "medal": None, "on": "2026-01-01"}
    file = course / ".autograder" / "progress.json"
    file.parent.mkdir(exist_ok=True)
    data = json.loads(file.read_text()) if file.exists() else {"version": 1, "chapters": {}}
    data["chapters"].setdefault("chapter05", {})[exercise] = entry
    file.write_text(json.dumps({"hints": {}, **data}))


def test_the_solution_has_to_be_asked_for_twice(course: Path, capsys) -> None:
    assert cli.main(["solution", "chapter05", "frontiers"]) == NOT_YET
    first = capsys.readouterr().out
    assert "has not passed yet" in first and "def " not in first
    assert cli.main(["solution", "chapter05", "frontiers"]) == PASSED
    shown = capsys.readouterr().out
    assert "def dominance_frontiers(" in shown
    assert "### " not in shown
    assert chapter().exercise(FRONTIERS).explanation.strip() in shown
    assert cli.main(["solution", "chapter05", "dominators"]) == NOT_YET


def test_the_solution_is_shown_at_once_after_a_pass(course: Path, capsys) -> None:
    keep(course, FRONTIERS, "passed", 15)
    assert cli.main(["solution", "chapter05", "frontiers"]) == PASSED
    assert "def dominance_frontiers(" in capsys.readouterr().out


def test_progress_shows_the_best_so_far(course: Path, capsys) -> None:
    hand_in(course, workbook(solve=(FRONTIERS,)))
    cli.main(["check", "chapter05", "frontiers", "--no-speed"])
    hand_in(course, workbook(WRONG))
    cli.main(["check", "chapter05", "frontiers", "--no-speed"])
    cli.main(["hint", "chapter05", "dominators"])
    capsys.readouterr()
    assert cli.main(["progress"]) == PASSED
    shown = capsys.readouterr().out
    assert f"chapter05 · Designing an IR: 7 of {sum(points_of_tests()):g} points" in shown
    assert re.search(r"^  frontiers +correct", shown, re.M)
    assert re.search(r"^  dominators +not started +1 hint$", shown, re.M)


def test_a_damaged_progress_file_is_set_aside(course: Path, capsys) -> None:
    file = course / ".autograder" / "progress.json"
    file.parent.mkdir()
    file.write_text('{"chapters": ')
    assert cli.main(["progress"]) == PASSED
    assert file.with_suffix(".damaged.json").read_text() == '{"chapters": '
    assert cli.main(["hint", "chapter05"]) == PASSED
    assert json.loads(file.read_text())["hints"] == {f"chapter05/{CFG}": 1}


def test_doctor_says_what_is_there(capsys) -> None:
    code = cli.main(["doctor"])
    shown = capsys.readouterr().out
    assert code == (NOT_YET if "MISSING" in shown else PASSED)
    things = ("Python", "numpy", "hypothesis", "rich", "nbgrader", "Landlock", "seccomp", "GPU")
    for what in (*things, r"C\+\+ compiler"):
        assert re.search(rf"^(ok|-|MISSING) +{what} ", shown, re.M), shown


def tools_in(folder: Path, **printed: str) -> Path:
    """Programs that print their version."""
    for name, text in printed.items():
        path = folder / name.replace("_", "-")
        path.write_text(f"#!/bin/sh\necho '{text}'\n")
        path.chmod(0o755)
    return folder


@pytest.mark.skipif(os.name == "nt", reason="the tools are scripts of a shell")
def test_doctor_says_which_mlir_is_there(tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.setenv("MLIR_DIR", str(tmp_path / "none"))
    tools = tools_in(tmp_path, mlir_opt_22="Debian LLVM version 22.1.8", llvm_config="23.0.1git")
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}/usr/bin{os.pathsep}/bin")
    cli.main(["doctor"])
    shown = capsys.readouterr().out
    assert re.search(r"^(ok +MLIR +MLIR's Python b|- +MLIR +pip install torch-mlir)", shown, re.M)
    (line,) = [line for line in shown.splitlines() if "MLIR for C++" in line]
    assert line.startswith("-") and "mlir-opt-22 22.1.8; llvm-config 23.0.1" in line
    assert "apt install" in line and "libmlir-22-dev" in line


def fake_compiler(folder: Path, name: str, says: str, code: int = 0) -> None:
    """A compiler that says a line of itself, on its standard output or, if it fails, error."""
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{says}' >&{2 if code else 1}\nexit {code}\n")
    path.chmod(0o755)


@pytest.mark.parametrize(
    ("compilers", "line"),
    [
        ({"g++": ("g++ (GCC) 14.1", 0)}, r"ok .* g\+\+: \(GCC\) 14\.1"),
        ({"clang++": ("clang version 19.1", 0)}, r"ok .* clang\+\+: clang version 19\.1"),
        ({}, r"- .* there is no C\+\+ compiler here: .* --target cpp .* needs one \(.+\)"),
        ({"g++": ("no developer tools", 1)}, r"- .* g\+\+ failed: no developer tools: .*"),
    ],
)
def test_doctor_names_the_compiler_or_what_is_missed(
    compilers: dict, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    for name, (says, code) in compilers.items():
        fake_compiler(tmp_path, name, says, code)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CXX", raising=False)
    code = cli.main(["doctor"])
    shown = capsys.readouterr().out
    (found,) = re.findall(r"^.*C\+\+ compiler  .*$", shown, re.M)
    assert re.fullmatch(line, found), found
    assert code == (NOT_YET if "MISSING" in shown else PASSED)  # the compiler is not needed


# ---- reset --------------------------------------------------------------------------------------


def workbooks_in(course: Path) -> list[Path]:
    return sorted((course / "exercises" / "chapter05").iterdir())


def test_reset_keeps_the_old_workbook_beside_the_fresh_one(course: Path, capsys) -> None:
    pytest.importorskip("nbgrader", reason="a fresh workbook is made by nbgrader")
    path = hand_in(course, workbook(WRONG))
    mine = path.read_bytes()
    assert cli.main(["reset", "chapter05", "--yes"]) == PASSED
    assert json.loads(path.read_text()) == unsolved()
    backups = [one for one in workbooks_in(course) if one != path]
    assert [one.read_bytes() for one in backups] == [mine]
    assert str(backups[0]) in capsys.readouterr().out


def test_two_resets_in_one_second_overwrite_nothing(course: Path) -> None:
    pytest.importorskip("nbgrader", reason="a fresh workbook is made by nbgrader")
    contents = set()
    for number in range(3):
        path = hand_in(course, workbook({FRONTIERS: f"mine = {number}"}))
        contents.add(path.read_bytes())
        assert cli.main(["reset", "chapter05", "--yes"]) == PASSED
    kept = {one.read_bytes() for one in workbooks_in(course)}
    assert contents < kept
    assert len(kept) == 4


@pytest.mark.parametrize("answer", ["n", "", "what?"])
def test_reset_asks_first_and_does_nothing_unless_told_yes(
    course: Path, monkeypatch: pytest.MonkeyPatch, capsys, answer: str
) -> None:
    path = hand_in(course, workbook(WRONG))
    before = path.read_bytes()
    monkeypatch.setattr("builtins.input", lambda *_: answer)
    assert cli.main(["reset", "chapter05"]) == NOT_YET
    assert workbooks_in(course) == [path]
    assert path.read_bytes() == before
    assert "nothing was changed" in capsys.readouterr().out


def test_reset_without_anyone_to_answer_does_nothing(tmp_path: Path) -> None:
    done = autograder("reset", "chapter05", cwd=tmp_path)
    assert done.returncode == NOT_YET, done.stderr
    assert len(workbooks_in(tmp_path)) == 1


@pytest.mark.parametrize("command", [["check"], ["reset", "--yes"]])
def test_a_workbook_missing_from_a_checkout_is_said_to_be(
    course: Path, capsys, command: list[str]
) -> None:
    workbooks_in(course)[0].unlink()
    assert cli.main([*command, "chapter05"]) == USAGE
    assert "git checkout -- " in capsys.readouterr().err


def test_reset_of_one_exercise_leaves_the_others(course: Path, capsys) -> None:
    path = hand_in(course, workbook(WRONG, solve=(CFG,)))
    mine = path.read_bytes()
    assert cli.main(["reset", "chapter05", "frontiers", "--yes"]) == PASSED
    assert json.loads(path.read_text()) == workbook(solve=(CFG,))
    backups = [one for one in workbooks_in(course) if one != path]
    assert [one.read_bytes() for one in backups] == [mine]
    assert str(backups[0]) in capsys.readouterr().out


def test_reset_of_one_exercise_asks_first(
    course: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    path = hand_in(course, workbook(WRONG))
    before = path.read_bytes()
    monkeypatch.setattr("builtins.input", lambda *_: "n")
    assert cli.main(["reset", "chapter05", "frontiers"]) == NOT_YET
    assert (path.read_bytes(), workbooks_in(course)) == (before, [path])
    assert "Replace your answer to frontiers, cell " in capsys.readouterr().out


@pytest.mark.parametrize("exercise", [[], ["frontiers"]])
def test_a_workbook_saved_meanwhile_is_not_replaced(
    course: Path, monkeypatch: pytest.MonkeyPatch, capsys, exercise: list[str]
) -> None:
    path = hand_in(course, workbook(WRONG))
    monkeypatch.setattr("os.fsync", lambda _: path.write_text("saved by the editor"))
    assert cli.main(["reset", "chapter05", *exercise, "--yes"]) == USAGE
    assert path.read_text() == "saved by the editor"
    assert workbooks_in(course) == [path]
    assert "was saved just now: nothing was changed, try again" in capsys.readouterr().err


def test_a_reset_of_an_exercise_without_a_cell_is_one_line(course: Path, capsys) -> None:
    path = hand_in(course, {"cells": [], "metadata": {}})
    assert cli.main(["reset", "chapter05", "frontiers", "--yes"]) == USAGE
    assert "no cell defines dominance_frontiers" in capsys.readouterr().err
    assert workbooks_in(course) == [path]


# ---- what is imported ---------------------------------------------------------------------------

HEAVY = "torch numba triton tvm nbformat IPython nbclient nbgrader jupyter_client jsonschema"


def imported_by(code: str, cwd: Path) -> set[str]:
    report = "\nimport sys\nprint('\\n' + ' '.join(sys.modules), file=sys.__stdout__)"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\nsys.path.insert(0, {str(ROOT)!r})\n{code}{report}"],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.splitlines()[-1].split())


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    code = """
from autograder.cli import main
try:
    main(["--help"])
except SystemExit:
    pass
"""
    found = imported_by(code, tmp_path)
    assert "autograder.cli" in found
    assert found.isdisjoint(f"numpy rich hypothesis tern autograder.judge.judge {HEAVY}".split())


def test_a_check_imports_no_notebook_machinery_and_no_torch(tmp_path: Path) -> None:
    path = write(tmp_path, workbook(solve=(FRONTIERS,)))
    code = f"""
from autograder.cli import main
main(["check", {str(path)!r}, "frontiers", "--no-speed"])
"""
    found = imported_by(code, course_in(tmp_path))
    assert {"autograder.judge.judge", "tern", "rich", "hypothesis"} <= found
    assert found.isdisjoint(HEAVY.split())


def test_the_report_can_be_piped_into_a_command_that_stops_reading(tmp_path: Path) -> None:
    course_in(tmp_path)
    done = subprocess.run(
        f"{sys.executable} -m autograder check chapter05 | true",
        shell=True,
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr
