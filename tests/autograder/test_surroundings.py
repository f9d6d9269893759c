"""What stands around a judgement: other encodings, odd paths, files handed in by mistake."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.autograder.workbooks import (
    COURSE,
    DOMINATORS,
    FRONTIERS,
    ROOT,
    autograder,
    course_in,
    unsolved,
    workbook,
    write,
)

HALVES = """
def immediate_dominators(successors):
    print("\\ud83d printed", chr(0), "\\x1b[2J")
    raise ValueError("\\ud83d \\x85 é ✓")
"""
RETURNED = "def immediate_dominators(successors):\n    return ['\\udc00'] * len(successors)\n"


# ---- terminals ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "latin-1"},
        {"PYTHONIOENCODING": "utf-8:strict"},
        {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
    ],
    ids=lambda environment: " ".join(environment.values()),
)
@pytest.mark.parametrize("source", [HALVES, RETURNED], ids=["raised", "returned"])
@pytest.mark.parametrize("form", ["text", "json"])
def test_the_report_comes_out_whatever_the_terminal_can_show(
    environment: dict[str, str], source: str, form: str, tmp_path: Path
) -> None:
    path = write(tmp_path, workbook({DOMINATORS: source}))
    arguments = ["check", path, DOMINATORS, "--no-speed", *(["--json"] if form == "json" else [])]
    done = subprocess.run(
        [sys.executable, "-m", "autograder", *map(str, arguments)],
        cwd=course_in(tmp_path),
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr.decode("utf-8", "replace")
    told = done.stdout.decode("utf-8" if "utf-8" in str(environment) else "latin-1")
    assert "\x1b" not in told and "\0" not in told
    if form == "json":
        report = json.loads(done.stdout.decode(json.detect_encoding(done.stdout)))
        assert report["exercises"][0]["status"] == "failed"
    else:
        mark = "✗" if "utf-8" in str(environment) else "x"
        assert f"{mark} dominators  0/25 points  failed" in told
        assert "\\ud83d" in told or "\\udc00" in told


@pytest.mark.parametrize("closed", ["2>&-", "<&-", "<&- 2>&-", "<&- >&- 2>&-"])
def test_streams_that_are_closed_are_no_fault(closed: str, tmp_path: Path) -> None:
    write(course_in(tmp_path) / "exercises" / "chapter05", unsolved())
    line = f"{sys.executable} -m autograder check 5 --no-speed {closed}"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    assert subprocess.run(["bash", "-c", line], cwd=tmp_path, env=environment).returncode == 1


@pytest.mark.parametrize("columns", ["0", "1", "-5", "99999999", "wide"])
def test_a_terminal_of_any_width_shows_the_report(columns: str, tmp_path: Path) -> None:
    path = write(tmp_path, workbook({DOMINATORS: HALVES}))
    done = subprocess.run(
        [sys.executable, "-m", "autograder", "check", str(path), DOMINATORS, "--no-speed"],
        cwd=course_in(tmp_path),
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": columns},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "0/25 points" in done.stdout


def test_a_folder_that_is_gone_is_said_in_one_line(tmp_path: Path) -> None:
    line = f"mkdir gone; cd gone; rmdir ../gone; {sys.executable} -m autograder check 5"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["bash", "-c", line], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert done.stderr == "autograder: this folder is gone: cd into another one\n"


def test_a_name_too_long_for_a_file_is_no_chapter(tmp_path: Path) -> None:
    done = autograder("check", "a" * 5_000, cwd=course_in(tmp_path))
    assert done.returncode == 2
    assert "there is no chapter 'aaaa" in done.stderr


def test_a_report_that_nobody_reads_on_is_no_fault(tmp_path: Path) -> None:
    write(course_in(tmp_path) / "exercises" / "chapter05", unsolved())
    line = f"{sys.executable} -m autograder check 5 | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", line],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("1\n", "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no full disk here")
def test_a_report_that_cannot_be_written_is_said_in_one_line(tmp_path: Path) -> None:
    write(course_in(tmp_path) / "exercises" / "chapter05", unsolved())
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "autograder", "check", "5"],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr == "autograder: the machine lacks something: No space left on device\n"


# ---- paths --------------------------------------------------------------------------------------


def refused(tmp_path: Path, path: Path, says: str, **environment: str) -> None:
    """The command ends with exit code 2 and one line that says so."""
    done = autograder("check", path, cwd=tmp_path, seconds=30, **environment)
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert done.stderr.count("\n") == 1 and done.stderr.startswith("autograder: ")
    assert says in done.stderr


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "chapter05.ipynb")
    refused(tmp_path, tmp_path / "chapter05.ipynb", "not a plain file")
    os.mkfifo(tmp_path / "pipe")
    refused(tmp_path, tmp_path / "pipe", "not a plain file")


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/stdin", "/dev/null", "/proc/self/mem"])
def test_a_device_is_refused(device: str, tmp_path: Path) -> None:
    path = tmp_path / "chapter05.ipynb"
    path.symlink_to(device)
    done = autograder("check", path, cwd=tmp_path, seconds=30)
    assert done.returncode == 2 and done.stderr.count("\n") == 1


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "chapter05.ipynb"
    with open(path, "wb") as file:
        file.truncate(200 << 30)  # without a disk of that size
    refused(tmp_path, path, "larger than 50 MB")


def test_a_name_cannot_draw_on_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "a\n✓ dominators\x1b[2J.ipynb"
    path.write_text("{}")
    refused(tmp_path, path, "a⏎✓ dominators\\x1b[2J.ipynb")


@pytest.mark.parametrize("name", [".", "..", "/", "exercises", "exercises/chapter05"])
def test_a_folder_is_named_as_one(name: str, tmp_path: Path) -> None:
    refused(tmp_path, Path(name), "a folder, not a workbook")


def test_where_no_workbook_can_be_put_is_said(tmp_path: Path) -> None:
    course = course_in(tmp_path)
    (
        course / "_toc.yml"
    ).unlink()  # as a reader has it: the course in the package, a folder for work
    (course / "exercises").rename(course / "elsewhere")
    (course / "exercises").write_text("a file in the way of the folder")
    done = subprocess.run(
        [sys.executable, "-c", FRESH, str(ROOT)],
        cwd=course,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == ""
    assert "no workbook can be put here (Not a directory)" in done.stderr


FRESH = """
import sys
from pathlib import Path
from autograder import cli
from autograder.course import layout
layout.Course.is_checkout = property(lambda course: False)
layout.find_course = lambda: layout.Course(Path(sys.argv[1]))
sys.exit(cli.main(["check", "5"]))
"""


# ---- by mistake ---------------------------------------------------------------------------------


def mistakes(folder: Path) -> dict[str, tuple[Path, str]]:
    """Files that are no workbook, each with what is said of it."""
    good = json.dumps(unsolved(), indent=1)
    conflict = good.replace('"cells": [', '<<<<<<< HEAD\n"cells": [\n=======\n>>>>>>> theirs', 1)
    other = COURSE.stub(COURSE.chapter("chapter03")).read_text(encoding="utf-8")
    texts = {
        "chapter05.ipynb.txt": (good, "rename it to chapter05.ipynb"),
        "chapter05.ipynb.json": (good, "rename it to chapter05.ipynb"),
        "page/chapter05.ipynb": ("\n<!DOCTYPE html>\n<html>…", "this is a web page"),
        "chapter05.ipynb.html": ("<html><body>", "this is a web page"),
        "conflict/chapter05.ipynb": (conflict, "the markers of a merge conflict"),
        "empty/chapter05.ipynb": ("", "the file is empty"),
        "blank/chapter05.ipynb": ("\0" * 4096, "the file is empty"),
        "chapter05.py": ("# %%\nimport tern\n\ndef f():\n    pass\n", "this is a Python file"),
        "python/chapter05.ipynb": ("import tern\n", "this is a Python file"),
        "lfs/chapter05.ipynb": ("version https://git-lfs.github.com/spec/v1\n", "Git LFS"),
        "old/chapter05.ipynb": ('{"worksheets": [], "nbformat": 3}', "a notebook of format 3"),
        "other/chapter05.ipynb": (other, "its cells are chapter03's"),
        "half/chapter05.ipynb": (good[:5000], "not valid JSON"),
        "answers.md": ("My answers", "not valid JSON"),
    }
    made = {}
    for name, (text, says) in texts.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
        made[name] = folder / name, says
    for name in ("chapter05.zip", "zipped/chapter05.ipynb"):
        (folder / name).parent.mkdir(exist_ok=True)
        with zipfile.ZipFile(folder / name, "w") as archive:
            archive.writestr("chapter05.ipynb", good)
        made[name] = folder / name, "this is a zip archive"
    (folder / "chapter05.ipynb.gz").write_bytes(gzip.compress(good.encode()))
    made["chapter05.ipynb.gz"] = folder / "chapter05.ipynb.gz", "this is a compressed archive"
    return made


def test_what_is_handed_in_by_mistake_is_named_in_one_line(tmp_path: Path, capsys) -> None:
    from autograder import cli

    course_in(tmp_path)
    for path, says in mistakes(tmp_path).values():
        assert cli.main(["check", str(path)]) == 2, path
        told = capsys.readouterr()
        assert told.out == "" and told.err.count("\n") == 1
        assert says in told.err, path


def test_the_notebooks_magic_names_it_too(tmp_path: Path) -> None:
    from autograder.course.layout import UsageError
    from autograder.course.notebook import NotebookError
    from autograder.reader import live_notebook

    for path, says in mistakes(tmp_path).values():
        if path.name.endswith(".ipynb"):
            with pytest.raises((UsageError, NotebookError), match=says):
                live_notebook.find(None, COURSE, str(path))


def test_a_setting_that_switches_the_compiler_off_is_ignored(tmp_path: Path) -> None:
    chapter = COURSE.chapter("chapter13")
    path = course_in(tmp_path) / "chapter13.ipynb"
    path.write_bytes(COURSE.stub(chapter).read_bytes())
    done = autograder("check", path, cwd=tmp_path, NUMBA_DISABLE_JIT="1")
    assert done.returncode == 1, done.stderr
    assert "! NUMBA_DISABLE_JIT is set: ignored here" in done.stdout
    write(tmp_path, unsolved())
    done = autograder("check", "chapter05.ipynb", FRONTIERS, cwd=tmp_path, NUMBA_DISABLE_JIT="1")
    assert "NUMBA" not in done.stdout
