"""The progress file: nothing in it is lost, whatever is killed, damaged, or done at once."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import time
from datetime import date
from itertools import count
from pathlib import Path
from typing import NoReturn

import pytest

from autograder import cli
from autograder.cli import PASSED, USAGE
from autograder.course.layout import Course, UsageError
from autograder.reader import overview, progress
from autograder.report.results import ExerciseResult, Report
from tests.autograder.workbooks import COURSE, FRONTIERS, chapter, course_in


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(course_in(tmp_path))
    return tmp_path


def in_folder(root: Path) -> list[str]:
    return sorted(path.name for path in (root / ".autograder").iterdir())


def hints(root: Path) -> int:
    return progress.load(root)["hints"].get("a", 0)


# ---- killed, or at the same time ----------------------------------------------------------------


def start(write) -> int:
    """Call `write` in a fork; its process id."""
    pid = os.fork()
    if pid == 0:
        try:
            write()
            os._exit(0)
        finally:
            os._exit(1)
    return pid


def write_forever(root: Path) -> NoReturn:
    for number in count(hints(root) + 1):
        with progress.changing(root) as data:
            data["hints"]["a"] = number
            data["asked"] = ["x" * 80] * (number % 400)  # files of many lengths


def test_a_writer_killed_at_any_moment_leaves_a_sound_file(tmp_path: Path) -> None:
    rng = random.Random(5)
    seen = [0]
    while len(seen) <= 100 or seen[-1] < 60:  # however slow the disk is, writers get to their work
        pid = start(lambda: write_forever(tmp_path))
        time.sleep(rng.uniform(0, 0.03))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        if progress.file_in(tmp_path).exists():
            kept = json.loads(progress.file_in(tmp_path).read_text())
            assert kept["asked"] == ["x" * 80] * (kept["hints"]["a"] % 400)
        seen.append(hints(tmp_path))
        assert seen[-1] >= seen[-2]
    with progress.changing(tmp_path):
        pass
    assert in_folder(tmp_path) == ["progress.json"]  # no damaged file, nothing left half-written


def test_changes_made_at_the_same_time_are_all_kept(tmp_path: Path) -> None:
    def add() -> None:
        for _ in range(40):
            with progress.changing(tmp_path) as data:
                data["hints"]["a"] = data["hints"].get("a", 0) + 1

    writers = [start(add) for _ in range(4)]
    assert [os.waitpid(pid, 0)[1] for pid in writers] == [0] * 4
    assert hints(tmp_path) == 160


def test_a_change_that_fails_changes_nothing(tmp_path: Path) -> None:
    progress.next_hint(tmp_path, "chapter05", "ssa", 3)
    before = progress.file_in(tmp_path).read_bytes()
    with pytest.raises(ZeroDivisionError), progress.changing(tmp_path) as data:
        data["hints"].clear()
        1 / 0
    assert progress.file_in(tmp_path).read_bytes() == before
    assert in_folder(tmp_path) == ["progress.json"]


# ---- files that are not ours --------------------------------------------------------------------

FOREIGN = {
    "half a file": '{"chapters": {"chapter05": ',
    "nothing": "",
    "a list": "[]",
    "another program's": '{"name": "something else"}',
    "a later version's": '{"version": 2, "chapters": {}}',
    "points that are no number": (
        '{"chapters": {"chapter05": {"ssa": {"points": "x", "status": ""}}}}'
    ),
    "an unknown medal": '{"chapters": {"c": {"s": {"points": 1, "status": "", "medal": "tin"}}}}',
    "a chapter that is no dict": '{"chapters": {"chapter05": 3}}',
    "hints that are no numbers": '{"chapters": {}, "hints": {"a": null}}',
    "no date": '{"chapters": {}, "start": "soon"}',
    "a guess that is none": '{"chapters": {}, "predictions": {"How many?": {"guess": "7"}}}',
    "nested too deep": "[" * 100_000,
}


@pytest.mark.parametrize("what", FOREIGN)
@pytest.mark.parametrize("command", [["progress"], ["hint", "chapter05"]])
def test_a_file_that_is_not_ours_is_moved_aside_with_one_line(
    course: Path, capsys, what: str, command: list[str]
) -> None:
    file = progress.file_in(course)
    file.parent.mkdir()
    file.write_text(FOREIGN[what])
    assert cli.main(command) == PASSED
    told = capsys.readouterr().err
    assert (
        told
        == f"autograder: {file} is damaged or no file of ours: moved to progress.damaged.json\n"
    )
    assert file.with_suffix(".damaged.json").read_text() == FOREIGN[what]
    assert cli.main(command) == PASSED
    assert capsys.readouterr().err == ""


def test_a_second_damaged_file_does_not_replace_the_first(course: Path) -> None:
    file = progress.file_in(course)
    file.parent.mkdir()
    for text in ("one", "two", "three"):
        file.write_text(text)
        progress.load(course)
    kept = {path.read_text() for path in file.parent.glob("*damaged*")}
    assert kept == {"one", "two", "three"}


def test_what_the_file_holds_beside_is_kept(course: Path) -> None:
    file = progress.file_in(course)
    file.parent.mkdir()
    file.write_text('{"version": 1, "chapters": {}, "mine": [1, 2]}')
    progress.next_hint(course, "chapter05", "ssa", 3)
    assert json.loads(file.read_text())["mine"] == [1, 2]


def test_where_nothing_can_be_kept_the_verdict_is_given_all_the_same(course: Path, capsys) -> None:
    (course / ".autograder").write_text("a file where the folder should be")
    code = cli.main(["check", "chapter05", FRONTIERS, "--no-speed"])
    told = capsys.readouterr()
    assert code == 1 and "not started" in told.out
    assert told.err.startswith("autograder: ") and told.err.count("\n") == 1
    assert cli.main(["hint", "chapter05"]) == USAGE


def test_progress_is_found_again_from_a_workbooks_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a checkout the terminal stands above the workbooks, and a kernel beside one."""
    installed = Course(tmp_path / "package")
    folder = tmp_path / "exercises" / "chapter05"
    folder.mkdir(parents=True)
    for here in (tmp_path, folder):
        monkeypatch.chdir(here)
        assert progress.home(installed) == tmp_path


# ---- the best of all checks ---------------------------------------------------------------------


def report(earned: float, status: str, medal: str | None = None) -> Report:
    class Result(ExerciseResult):
        @property
        def medal(self) -> str | None:
            return medal

    return Report("chapter05", "", "", [Result(FRONTIERS, "", status, earned, 15, [])], [])


def test_a_later_and_lesser_medal_does_not_replace_a_better_one(tmp_path: Path) -> None:
    for medal in ("silver", "gold", "bronze"):
        progress.record(tmp_path, report(15, "passed", medal))
    progress.record(tmp_path, report(7, "failed"))
    kept = progress.load(tmp_path)["chapters"]["chapter05"][FRONTIERS]
    assert (kept["medal"], kept["points"], kept["status"]) == ("gold", 15, "passed")


# ---- against the plan ---------------------------------------------------------------------------


def seen(today: str, start: str | None = "2026-11-02", done: tuple[str, ...] = ()) -> dict:
    data = json.loads(progress.EMPTY) | {"start": start}
    for name in done:
        entries = {
            e.name: {"points": 1, "status": "passed", "medal": "bronze"}
            for e in COURSE.chapter(name).exercises
        }
        data["chapters"][name] = entries
    return overview.overview(COURSE, data, date.fromisoformat(today))


@pytest.mark.parametrize(
    ("today", "says"),
    [
        ("2026-11-01", "Week 1 of 28 begins on 2026-11-02, in 1 day"),
        ("2026-11-02", "Week 1 of 28, chapter01; the last ends on 2027-05-16"),
        ("2026-11-08", "Week 1 of 28, chapter01; "),
        ("2026-11-09", "Week 2 of 28, chapter02; "),
        ("2027-05-16", "Week 28 of 28, chapter28; the last ends on 2027-05-16"),
        ("2027-05-17", "The 28 weeks ended on 2027-05-16"),
    ],
)
def test_the_week_is_counted_from_the_start(today: str, says: str) -> None:
    assert overview.in_words(seen(today), date.fromisoformat(today)).startswith(says)


def test_a_chapter_is_behind_once_its_week_is_over_and_ahead_before() -> None:
    def plan(today: str, *done: str) -> tuple[bool, bool]:
        found = seen(today, done=done)["plan"]
        return "chapter05" in found["behind"], "chapter05" in found["ahead"]

    assert seen("2026-12-06")["chapters"][-1]["week"] is not None
    assert plan("2026-12-06") == (False, False)  # the last day of its week
    assert plan("2026-12-07") == (True, False)
    assert plan("2026-12-06", "chapter05") == (False, True)
    assert plan("2026-12-07", "chapter05") == (False, False)
    said = overview.in_words(seen("2026-12-07"), date(2026, 12, 7)).splitlines()[0]
    assert re.search(r"Behind the plan: .*chapter05", said)


def test_the_start_is_kept_and_a_date_that_is_none_is_refused(course: Path, capsys) -> None:
    assert cli.main(["progress"]) == PASSED
    assert "No start date yet" in capsys.readouterr().out
    assert cli.main(["progress", "--start", "2026-11-02"]) == PASSED
    capsys.readouterr()
    cli.main(["hint", "chapter05"])
    assert cli.main(["progress"]) == PASSED
    assert "week of 2026-11-30" in capsys.readouterr().out
    with pytest.raises(SystemExit) as caught:
        cli.main(["progress", "--start", "next week"])
    assert caught.value.code == USAGE
    assert "'next week' is no date such as 2026-11-02" in capsys.readouterr().err
    assert progress.load(course)["start"] == "2026-11-02"


def test_the_json_says_what_the_terminal_says(course: Path, capsys) -> None:
    progress.record(course, report(15, "passed", "silver"))
    progress.next_hint(course, "chapter05", "ssa", 3)
    cli.main(["progress"])
    shown = capsys.readouterr().out
    cli.main(["progress", "--json"])
    data = json.loads(capsys.readouterr().out)
    assert data["file"] == str(progress.file_in(course))
    mine = next(one for one in data["chapters"] if one["name"] == "chapter05")
    assert (mine["points"], mine["hints"]) == (15, 1)
    assert mine["possible"] == sum(exercise["possible"] for exercise in mine["exercises"]) > 15
    assert f"{mine['title']}: 15 of {mine['possible']:g} points" in shown
    assert re.search(r"^  frontiers +passed  silver ●●$", shown, re.M)
    assert len(mine["exercises"]) == len(chapter().exercises)


def test_guesses_are_counted(tmp_path: Path) -> None:
    data = json.loads(progress.EMPTY)
    for number, (guess, measured) in enumerate([(4, 7), (1, 7), (3, None), (0, 0), (-2, 3)]):
        data["predictions"][str(number)] = {"guess": guess, "measured": measured}
    found = overview.overview(COURSE, data, date(2026, 11, 2))
    assert found["predictions"] == {"made": 5, "compared": 4, "near": 2}
    assert overview.total(found).endswith("5 guesses, 2 of 4 within a factor of 2")


def test_a_file_that_cannot_be_read_is_one_line(course: Path, capsys) -> None:
    progress.file_in(course).mkdir(parents=True)
    with pytest.raises(UsageError, match="cannot be read"):
        progress.load(course)
    assert cli.main(["progress"]) == USAGE
    assert capsys.readouterr().err.count("\n") == 1
