"""What .ci/run does: run steps, remember what has passed and nothing else, tell what it cost."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / ".ci"))

import lanes
import steps
import table
from lanes import Step
from passed import FOLDER, Passed, fingerprint, store_folder
from table import Line


def git(folder: Path, *command: str) -> None:
    settings = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *settings, *command], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one committed file, `input`."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    git(folder, "init", "-q")
    write(folder, "input", "1")
    monkeypatch.chdir(folder)
    return folder


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "a change")


@pytest.fixture
def passed(tmp_path: Path, checkout: Path) -> Passed:
    return Passed(tmp_path / "store", checkout, "this machine")


def step(script: str, inputs: tuple[str, ...] = ("input",), **more) -> Step:
    return Step("a step", ("sh", "-c", script), inputs=inputs, **more)


COUNTED = "echo run >> count"  # the number of lines is how often it ran


def runs(checkout: Path) -> int:
    return len((checkout / "count").read_text().splitlines())


# ---- one step -----------------------------------------------------------------------------------


def test_a_step_tells_its_exit_code_and_its_cpu_time(capfd: pytest.CaptureFixture[str]) -> None:
    spin = "import sys; sum(range(10**7)); print('said'); sys.exit(3)"
    line = lanes.run_step(Step("spin", (sys.executable, "-c", spin)))
    assert line.failed and line.cpu > 0.05 and line.clock >= line.cpu / 2
    told = capfd.readouterr().out
    assert "== spin\nsaid\nFAILED with exit code 3, expected 0" in told
    assert not lanes.run_step(Step("spin", (sys.executable, "-c", spin), expect=3)).failed


def test_a_step_that_is_killed_has_failed() -> None:
    assert lanes.run_step(Step("dies", ("sh", "-c", "kill -9 $$"))).failed


def test_the_cpu_time_of_what_it_starts_counts() -> None:
    spin = f"{sys.executable} -c 'sum(range(10**7))'; true"
    assert lanes.run_step(Step("spin", ("sh", "-c", spin))).cpu > 0.05


def test_of_what_a_step_printed_the_end_is_shown(capfd: pytest.CaptureFixture[str]) -> None:
    lanes.run_step(Step("many", ("seq", "100")))
    assert "[97 lines more]\n98\n99\n100\n" in capfd.readouterr().out


def test_steps_in_lanes_come_back_in_their_order(passed: Passed) -> None:
    many = [Step(str(n), ("sleep", f"0.{9 - n}")) for n in range(6)]
    assert [line.name for line in lanes.in_lanes(many, passed)] == [*"012345"]


def test_the_clock_is_shared_out_among_steps_in_lanes(passed: Passed) -> None:
    start = time.monotonic()
    lines = lanes.in_lanes([Step(name, ("sleep", "0.5")) for name in "ab"], passed)
    assert 0.5 <= sum(line.clock for line in lines) <= time.monotonic() - start


# ---- what has passed ----------------------------------------------------------------------------


def test_what_passed_with_the_same_content_does_not_run_again(
    checkout: Path, passed: Passed
) -> None:
    first = lanes.run_step(step(COUNTED), passed)
    second = lanes.run_step(step(COUNTED), passed)
    assert runs(checkout) == 1
    assert not first.before and second.before
    assert second.cpu == first.cpu and not second.failed


@pytest.mark.parametrize("script", ["false", "exit 1", "kill -9 $$"])
def test_what_failed_is_never_kept(checkout: Path, passed: Passed, script: str) -> None:
    for times in (1, 2, 3):
        assert lanes.run_step(step(f"{COUNTED}; {script}"), passed).failed
        assert runs(checkout) == times
    assert not passed.folder.exists() or not list(passed.folder.iterdir())


def test_what_was_interrupted_is_never_kept(
    checkout: Path, passed: Passed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(os, "wait4", interrupt)
        with pytest.raises(KeyboardInterrupt):
            lanes.run_step(step(COUNTED), passed)
    assert not lanes.run_step(step(COUNTED), passed).before


@pytest.mark.parametrize("text", ["", "{", "null", "[1]", '{"passed": false}', '{"passed": 1'])
def test_a_damaged_entry_is_none(checkout: Path, passed: Passed, text: str) -> None:
    lanes.run_step(step(COUNTED), passed)
    (entry,) = passed.folder.glob("*.json")
    entry.write_text(text)
    assert not lanes.run_step(step(COUNTED), passed).before


def test_a_change_of_the_content_the_command_or_the_machine_runs_it_again(
    tmp_path: Path, checkout: Path, passed: Passed
) -> None:
    lanes.run_step(step(COUNTED), passed)
    write(checkout, "other", "of no matter")
    assert lanes.run_step(step(COUNTED), passed).before
    write(checkout, "input", "2")
    assert not lanes.run_step(step(COUNTED), passed).before
    assert not lanes.run_step(step(f"{COUNTED}; true"), passed).before
    another = Passed(tmp_path / "store", checkout, "another machine")
    assert not lanes.run_step(step(COUNTED), another).before
    assert not lanes.run_step(step(COUNTED, ()), passed).before  # it always runs
    assert not lanes.run_step(step(COUNTED, ()), passed).before
    again = Passed(tmp_path / "store", checkout, "this machine", again=True)
    assert not lanes.run_step(step(COUNTED), again).before


def test_the_content_is_the_commits(checkout: Path, passed: Passed) -> None:
    """A change of content back and forth finds what passed before."""
    lanes.run_step(step(COUNTED), passed)
    write(checkout, "input", "2")
    write(checkout, "input", "1")
    assert lanes.run_step(step(COUNTED), passed).before


def test_a_file_that_a_step_makes_is_kept_with_it(checkout: Path, passed: Passed) -> None:
    making = step("mkdir -p out; echo made > out/file", makes="out/file")
    lanes.run_step(making, passed)
    (checkout / "out" / "file").unlink()
    assert lanes.run_step(making, passed).before
    assert (checkout / "out" / "file").read_text() == "made\n"
    for made in passed.folder.glob("*.made"):
        made.unlink()
    assert not lanes.run_step(making, passed).before


def test_what_is_old_is_thrown_away(checkout: Path, passed: Passed) -> None:
    lanes.run_step(step(COUNTED), passed)
    (entry,) = passed.folder.iterdir()
    os.utime(entry, (0, 0))
    lanes.run_step(step(f"{COUNTED}; true"), passed)
    assert not entry.exists() and len(list(passed.folder.iterdir())) == 1


def test_the_fingerprint_is_the_same_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    first = fingerprint(Path(sys.executable))
    assert fingerprint(Path(sys.executable)) == first
    monkeypatch.setenv("OMP_NUM_THREADS", "17")
    assert fingerprint(Path(sys.executable)) != first


def test_the_store_is_outside_the_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(FOLDER, raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert store_folder() == Path.home() / ".cache" / "ai-compiler-book" / "ci"
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert store_folder() == Path("/somewhere/ai-compiler-book/ci")
    monkeypatch.setenv(FOLDER, "/elsewhere")
    assert store_folder() == Path("/elsewhere")


# ---- the steps of the book ----------------------------------------------------------------------


def test_every_input_of_a_step_is_there() -> None:
    for each in [*steps.quick(), *steps.lessons(), *steps.answers(), *steps.build()]:
        assert [path for path in each.inputs if not (ROOT / path).exists()] == []


def test_every_chapter_is_executed_and_verified() -> None:
    chapters = [path.stem for path in sorted(ROOT.glob("chapters/chapter*.ipynb"))]
    assert [each.chapter for each in steps.lessons()] == chapters
    assert [each.chapter for each in steps.answers()] == chapters


def test_a_chapter_left_alone_is_verified_by_thirds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "changed_lately", lambda paths: "solutions/chapter03" in paths)
    first, *_ = commands = {each.chapter: each.command[3:] for each in steps.answers()}
    assert commands.pop("chapter03") == ()
    assert {words[0] for words in commands.values()} == {"--third"}
    whole = Step(f"verify {first}", ("autograder", "verify", first))

    class Before:
        def find(self, inputs: tuple[str, ...], name: str, command: tuple[str, ...]) -> bool:
            return (name, command) == (whole.name, whole.command)

    assert steps.answers(Before())[0].command == whole.command  # type: ignore[arg-type]
    taken = []
    for day in range(3):
        monkeypatch.setattr(steps.time, "time", lambda day=day: 86_400.0 * day)
        taken.append(steps.answers()[0].command[-1])
    assert sorted(taken) == ["0", "1", "2"]


def test_what_a_commit_of_today_touches_was_changed_lately(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    git(tmp_path, "init", "-q")
    for name in ("old", "new"):
        (tmp_path / name).write_text(name)
        git(tmp_path, "add", name)
        if name == "old":
            monkeypatch.setenv("GIT_COMMITTER_DATE", "2020-01-01T00:00:00")
        git(tmp_path, "commit", "-q", "-m", name)
        monkeypatch.delenv("GIT_COMMITTER_DATE", raising=False)
    assert not steps.changed_lately(("old",))
    assert not steps.changed_lately(("nowhere",))
    assert steps.changed_lately(("old", "new"))


def test_the_readmes_commands_are_run_word_for_word() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for marker in ("check", "test"):
        command = steps.readme_command(marker)[-1]
        assert f"```sh\n{command}\n```" in readme
        assert "pip install -q -r requirements.txt" in command


def test_the_fence_is_in_the_run() -> None:
    commands = [each.command[-1] for each in steps.quick()]
    words = [" ".join(command.split()[:3]) for command in commands]
    assert words == [
        "ruff check .",
        "ruff format --check",
        "basedpyright --level error",
        "autograder release --check",
        "python -m book.stamp",
        "python -m book.derive",
        "pytest -n0 -q",
    ]


# ---- the table ----------------------------------------------------------------------------------

LINES = [
    Line("set up", 50, 100),
    Line("lesson chapter01", 20, 30, chapter="chapter01"),
    Line("lesson chapter02", 40, 50, chapter="chapter02"),
    Line("verify chapter01", 50, 40, chapter="chapter01", before="2026-10-04 12:00"),
    Line("verify chapter02", 70, 60, chapter="chapter02"),
    Line("the book builds", 20, 20, grows=True),
    Line("README: the tests", 300, 200, grows=True),
]


def test_the_projection_is_what_it_says(tmp_path: Path) -> None:
    text = table.table(LINES, 2, 440, tmp_path / "none.jsonl")
    seconds = 500 + 26 * (40 * 80 / 60 + 60 * 100 / 120 + 30 * 200 / 300) + 20 * 13
    expected = (
        "500 + 26 x (lesson 53 + verify 50 + tests 20, at their budgets) + build 20 x 13.00"
        f" = {seconds / 60:.0f} min"
    )
    assert text.endswith(f"{expected}, OVER 60")
    assert table.table(LINES, 27, 440, tmp_path / "none.jsonl").endswith(" = 10 min")
    assert re.search(r"verify chapter01 +50 +40  passed before, 2026-10-04 12:00\n", text)
    assert re.search(r"verify chapter02 +70 +60  over its 60 s\n", text)
    assert re.search(r"all, as if nothing had passed before +550 +500\n", text)


def test_a_failure_is_told_and_ends_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert steps.finish(LINES, 0.0) == 0
    assert steps.finish([*LINES, Line("a step", 1, 1, failed=True)], 0.0) == 1
    assert "FAILED: a step" in capsys.readouterr().out


def test_the_files_that_took_longest_come_first(tmp_path: Path) -> None:
    file = tmp_path / "tests.jsonl"
    rows = [["a.py::one", 1, 2], ["b.py::one", 1, 3], ["a.py::two", 0.6, 2.6], ["c.py::x", 9, 1]]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    lines = [line.split() for line in table.longest(file)]
    assert lines == [["a.py", "2", "5"], ["b.py", "1", "3"], ["c.py", "9", "1"]]
