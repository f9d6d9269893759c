"""`autograder watch`, in a real pseudo-terminal."""

from __future__ import annotations

import json
import os
import signal
import sys
import termios
import time
from pathlib import Path

import pytest

from autograder.cli import NOT_YET, PASSED, USAGE
from autograder.reader import progress
from autograder.reader.saves import PATIENCE, Saves
from autograder.speed.clock import cpu_clock
from tests.autograder.terminals import Screen
from tests.autograder.workbooks import (
    CFG,
    DOMINATORS,
    FRONTIERS,
    autograder,
    chapter,
    course_in,
    unsolved,
    workbook,
    write,
)

WRONG = {FRONTIERS: "def dominance_frontiers(successors, idoms):\n    return []\n"}
SLOW = {
    FRONTIERS: """
    import time
    def dominance_frontiers(successors, idoms):
        time.sleep(30)
    """
}
KEYS = "n next · h hint · l list · c check again · r reset · q quit"


@pytest.fixture
def course(tmp_path: Path) -> Path:
    return course_in(tmp_path)


def save(course: Path, data: dict) -> Path:
    return write(course / "exercises" / "chapter05", data)


def watching(course: Path, *more: str, columns: int = 100) -> Screen:
    return Screen("watch", "chapter05", *more, "--no-speed", cwd=course, columns=columns)


# ---- the loop -----------------------------------------------------------------------------------


def test_a_save_is_judged_and_only_a_key_goes_on(course: Path) -> None:
    save(course, workbook(WRONG))
    with watching(course, FRONTIERS) as screen:
        shown = screen.sees("the result has 0 items, expected 4", "Not yet", KEYS)
        assert shown.index("the result has") < shown.index("Not yet") < shown.index("0 of 6")
        assert shown.rstrip().endswith(KEYS)
        assert (
            f"Current: {FRONTIERS} · " in shown and "exercises/chapter05/chapter05.ipynb" in shown
        )
        screen.press("n")
        screen.sees("frontiers is not done yet")
        save(course, workbook(solve=(FRONTIERS,)))
        shown = screen.sees("frontiers is done ✓", "1 of 6", KEYS)
        assert "Compare with the book: autograder solution chapter05 frontiers" in shown
        assert "n: next" in shown
        save(course, workbook(WRONG))
        screen.sees("Not yet", f"Current: {FRONTIERS}")
        save(course, workbook(solve=(FRONTIERS,)))
        screen.sees("frontiers is done ✓", f"Current: {FRONTIERS}")  # still here
        screen.press("n")
        screen.sees("Current: ssa", "Not started: write to_ssa, and save.")
        screen.press("q")
        assert screen.ends() == NOT_YET
    assert progress.load(course)["chapters"]["chapter05"][FRONTIERS]["status"] == "correct"


def test_it_begins_with_the_first_exercise_that_is_not_done(course: Path) -> None:
    entry = {"points": 10, "possible": 10, "status": "passed", "medal": None}
    with progress.changing(course) as data:
        data["chapters"]["chapter05"] = {CFG: entry}
    with watching(course) as screen:
        screen.sees(f"Current: {DOMINATORS}", "Not started", "1 of 6")


def test_after_the_last_exercise_everything_is_judged_again(course: Path) -> None:
    exercises = [exercise.name for exercise in chapter().exercises]
    entry = {"points": 10, "possible": 10, "status": "passed", "medal": None}
    with progress.changing(course) as data:
        data["chapters"]["chapter05"] = dict.fromkeys(exercises, entry)
    save(course, workbook(solve=tuple(exercises[:-1])))
    with watching(course, CFG) as screen:
        screen.sees("control-flow-graph is done ✓", "n: check the whole chapter once more")
        screen.press("n")
        screen.sees(f"back to {exercises[-1]}", f"Current: {exercises[-1]}", "5 of 6", seconds=120)
        save(course, workbook(solve=tuple(exercises)))
        screen.sees(f"{exercises[-1]} is done ✓", "6 of 6", seconds=120)
        screen.press("n")
        assert screen.ends(120) == PASSED
        assert "chapter05 is done, all of it." in screen.shown()
        assert all(f"✓ {name}" in screen.shown() for name in exercises)
        assert screen.settings() == screen.before


def test_hints_and_the_list(course: Path) -> None:
    save(course, workbook(WRONG))
    with watching(course, FRONTIERS) as screen:
        screen.sees("Not yet")
        screen.press("h")
        screen.sees("hint 1 of 3", KEYS)
        screen.press("h")
        screen.sees("hint 1 of 3", "hint 2 of 3")
        screen.press("l")
        screen.sees("2  · dominators", "3  ✗ frontiers", "failed  ← here")
        screen.press("2")
        screen.sees(f"Current: {DOMINATORS}", "Not started")
    assert progress.load(course)["hints"] == {f"chapter05/{FRONTIERS}": 2}


# ---- reset --------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["r", "x"])
def test_reset_says_what_will_be_lost_and_keeps_it(course: Path, key: str) -> None:
    path = save(course, workbook(WRONG, solve=(CFG,)))
    mine = path.read_bytes()
    with watching(course, FRONTIERS) as screen:
        screen.sees("Not yet")
        screen.press(key)
        screen.sees("Replace your answer to frontiers (2 lines, cell ", "y: yes")
        screen.press("n")
        screen.sees("nothing was changed")
        screen.press(key + "y")  # a paste answers no question
        screen.sees("y: yes")
        assert path.read_bytes() == mine
        screen.press("y")
        screen.sees("kept at exercises/chapter05/chapter05.", "Not started")
    assert json.loads(path.read_text()) == workbook(solve=(CFG,))  # the other answers stay
    backups = [other for other in path.parent.iterdir() if other != path]
    assert [other.read_bytes() for other in backups] == [mine]


# ---- files --------------------------------------------------------------------------------------


def test_a_file_half_written_is_waited_for_and_then_one_line_is_said(course: Path) -> None:
    path = save(course, workbook(WRONG))
    with watching(course, FRONTIERS) as screen:
        screen.sees("Not yet")
        path.write_bytes(path.read_bytes()[:5000])
        shown = screen.sees("not valid JSON", "waiting until it is saved again", KEYS)
        assert "the result has 0 items" in shown  # the last verdict still stands
        save(course, workbook(solve=(FRONTIERS,)))
        screen.sees("frontiers is done ✓")
        assert "waiting until" not in screen.shown()


def test_a_workbook_deleted_and_made_again_is_judged(course: Path) -> None:
    path = save(course, workbook(WRONG))
    with watching(course, FRONTIERS) as screen:
        screen.sees("Not yet")
        path.unlink()
        screen.sees("chapter05.ipynb: no such file; waiting until it is saved again")
        save(course, workbook(solve=(FRONTIERS,)))
        screen.sees("frontiers is done ✓")


def test_an_unreadable_workbook_at_the_start_is_no_reason_to_end(course: Path) -> None:
    path = course / "exercises" / "chapter05" / "chapter05.ipynb"
    path.write_text("{")
    with watching(course, FRONTIERS) as screen:
        screen.sees("not valid JSON", "Waiting until it is saved again", KEYS)
        save(course, workbook(solve=(FRONTIERS,)))
        screen.sees("frontiers is done ✓")


def test_a_save_during_a_judgement_leads_to_another(course: Path) -> None:
    save(course, workbook(SLOW))
    with watching(course, FRONTIERS) as screen:
        screen.sees("checking frontiers …")
        time.sleep(1)  # inside the call that takes long
        save(course, workbook(solve=(FRONTIERS,)))
        screen.sees("frontiers is done ✓", seconds=8)  # without waiting for the first to end
        save(course, workbook(WRONG))
        screen.sees("Not yet")


class TestSaves:
    """What counts as a save, without a terminal."""

    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        path = tmp_path / "file"
        path.write_text("one")
        return path

    def test_nothing_happens_until_something_does(self, path: Path) -> None:
        saves = Saves(path, lambda path: "")
        assert [saves.look() for _ in range(3)] == [None] * 3
        path.write_text("another")
        assert [saves.look() for _ in range(3)] == ["", None, None]

    def test_a_save_of_the_same_length_within_one_tick_of_the_clock(self, path: Path) -> None:
        saves = Saves(path, lambda path: "")
        stat = path.stat()
        path.write_text("two")
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        assert saves.look() == ""

    def test_a_save_that_changes_nothing_is_one(self, path: Path) -> None:
        os.utime(path, (1, 1))
        saves = Saves(path, lambda path: "")
        assert saves.look() is None
        path.write_text("one")
        assert saves.look() == ""

    def test_a_problem_is_said_once_and_only_if_it_lasts(self, path: Path) -> None:
        saves = Saves(path, lambda path: "" if path.exists() and path.read_text() else "empty")
        path.write_text("")
        assert [saves.look() for _ in range(PATIENCE + 2)] == [None] * (PATIENCE - 1) + [
            "empty",
            None,
            None,
        ]
        path.write_text("")
        assert saves.look() is None
        path.write_text("whole")
        assert [saves.look() for _ in range(PATIENCE + 2)] == ["", *[None] * (PATIENCE + 1)]
        path.unlink()
        assert [saves.look() for _ in range(PATIENCE)][-1] == "empty"
        path.write_text("back")
        assert saves.look() == ""


# ---- the terminal -------------------------------------------------------------------------------


def echoes(screen: Screen) -> bool:
    return bool(screen.settings()[3] & termios.ECHO)


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)],
    ids=["SIGINT", "SIGTERM", "SIGHUP"],
)
@pytest.mark.parametrize("at_work", [False, True], ids=["idle", "judging"])
def test_the_terminal_comes_back_after_a_signal(
    course: Path, number: int, code: int, at_work: bool
) -> None:
    save(course, workbook(SLOW if at_work else WRONG))
    with watching(course, FRONTIERS) as screen:
        screen.sees("checking frontiers …" if at_work else "Not yet")
        assert not echoes(screen)
        os.kill(screen.pid, number)
        assert screen.ends() == code
        assert echoes(screen) and screen.settings() == screen.before
        assert "Traceback" not in screen.text


def test_ctrl_c_at_the_keyboard_ends_it(course: Path) -> None:
    save(course, workbook(SLOW))
    with watching(course, FRONTIERS) as screen:
        screen.sees("checking frontiers …")
        screen.press("\x03")
        assert screen.ends() == 130
        assert screen.text.rstrip().endswith("autograder: stopped")
        assert screen.settings() == screen.before


def test_a_hint_that_cannot_be_counted_ends_nothing(course: Path) -> None:
    save(course, workbook(WRONG))
    with watching(course, FRONTIERS) as screen:
        screen.sees("Not yet")
        broken = course / ".autograder"
        broken.rename(course / "elsewhere")
        broken.write_text("no folder")
        screen.press("h")
        screen.sees("no progress can be kept", KEYS)
        screen.press("q")
        assert screen.ends() == NOT_YET


def test_an_exception_of_our_own_restores_the_terminal(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = course / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(
        "from autograder.reader import saves\ndef look(self): 1 / 0\nsaves.Saves.look = look\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(site))
    save(course, workbook(WRONG))
    with watching(course, FRONTIERS) as screen:
        assert screen.ends() == 3
        assert "ZeroDivisionError" in screen.text and "the grader's own fault" in screen.text
        assert screen.settings() == screen.before


def test_ctrl_z_gives_the_terminal_back_until_it_goes_on(course: Path) -> None:
    """In a shell, because a process that no shell looks after is not stopped by the system."""
    save(course, workbook(WRONG))
    shell = ("env", "PS1=shell> ", "bash", "--norc", "--noediting", "-i")
    with Screen(cwd=course, command=shell) as screen:
        screen.press(f"{sys.executable} -m autograder watch 5 {FRONTIERS} --no-speed\n")
        screen.sees("Not yet", KEYS)
        assert not echoes(screen)
        screen.press("\x1a")
        screen.sees("Stopped")
        assert screen.settings() == screen.before
        screen.forget()
        screen.press("fg\n")
        screen.sees("Not yet", KEYS)
        assert not echoes(screen)
        screen.press("q")
        screen.sees(f"{KEYS}\nshell> ")
        screen.press("exit\n")
        assert screen.ends() == NOT_YET
        assert screen.settings() == screen.before


def test_the_screen_is_drawn_anew_when_the_window_changes(course: Path) -> None:
    save(course, workbook(WRONG))
    with watching(course, FRONTIERS, columns=100) as screen:
        wide = screen.sees("Not yet", KEYS)
        screen.forget()
        screen.resize(24)
        narrow = screen.sees("0 of 6", "quit")
        bars = [
            next(line for line in text.splitlines() if "0 of 6" in line) for text in (wide, narrow)
        ]
        assert len(bars[1]) <= 24 < len(bars[0])


def test_it_uses_next_to_no_cpu_while_nothing_happens(course: Path) -> None:
    save(course, workbook(WRONG))
    with watching(course, FRONTIERS) as screen:
        screen.sees("Not yet")
        clock = cpu_clock(screen.pid)
        before = clock()
        time.sleep(3)
        assert clock() - before < 0.15  # CPU seconds: one in twenty


def test_nothing_is_left_running_or_lying_about(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = course / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    save(course, workbook(SLOW))
    with watching(course, FRONTIERS) as screen:
        screen.sees("checking frontiers …")
        time.sleep(1)
        screen.press("q")
        assert screen.ends() == NOT_YET
    assert list(scratch.iterdir()) == []


def test_without_a_terminal_it_says_so_in_one_line(course: Path) -> None:
    done = autograder("watch", "chapter05", cwd=course)
    assert (done.returncode, done.stdout) == (USAGE, "")
    assert done.stderr == (
        "autograder: watch waits for keys and needs a terminal; "
        "to judge once: autograder check chapter05\n"
    )


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["watch", "chapter99"], "there is no chapter 'chapter99'"),
        (["watch", "chapter05", "nothing"], "chapter05 has no exercise 'nothing'"),
        (["watch", "chapter05.ipynb"], "chapter05.ipynb: no such file"),
    ],
)
def test_wrong_usage_is_one_line(course: Path, arguments: list[str], says: str) -> None:
    with Screen(*arguments, cwd=course) as screen:
        assert screen.ends() == USAGE
        assert says in screen.text and screen.text.count("\n") == 1
        assert screen.settings() == screen.before


def test_what_stood_on_the_screen_before_is_scrolled_up_not_wiped(course: Path) -> None:
    save(course, unsolved())
    with watching(course, FRONTIERS) as screen:
        screen.sees("Not started")
        assert screen.text.index("\r\n" * 39) < screen.text.index("\x1b[2J")
