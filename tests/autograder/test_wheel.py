"""Installed as a wheel, without a checkout, the command finds workbooks and tests in the package.

Colab installs the repository this way.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from tests.autograder.workbooks import COURSE, DOMINATORS, ROOT, chapter, workbook

pytest.importorskip("hatchling", reason="a wheel is built with hatchling, which is not installed")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    done = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
        + ["--wheel-dir", str(folder), str(ROOT)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("site")
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
        + ["--target", str(target), str(wheel)],
        check=True,
    )
    return target


def autograder(installed: Path, cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The installed command; -S keeps out the .pth file that leads to the checkout."""
    libraries = sysconfig.get_paths()["purelib"]
    return subprocess.run(
        [sys.executable, "-S", "-m", "autograder", *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(installed), libraries])},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_wheel_holds_the_course_and_nothing_of_the_tests(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for name in COURSE.chapters():
        for folder in ("solutions", "exercises"):
            assert f"autograder/course/{folder}/{name}/{name}.ipynb" in names
        assert f"autograder/course/solutions/{name}/{name}.toml" in names
    top = {name.split("/")[0] for name in names}
    assert {name for name in top if not name.endswith(".dist-info")} == {"autograder", "tern"}
    stray = ("__pycache__", ".ipynb_checkpoints", "backup", ".autograder")
    assert [name for name in names if any(part in name for part in stray)] == []


def test_a_check_in_an_empty_folder_puts_a_fresh_workbook_in_place(
    installed: Path, tmp_path: Path
) -> None:
    done = autograder(installed, tmp_path, "check", "chapter05")
    assert done.returncode == 1, done.stderr
    path = tmp_path / "exercises" / "chapter05" / "chapter05.ipynb"
    assert f"a fresh workbook was put at {path}" in done.stderr
    assert path.read_bytes() == COURSE.stub(chapter()).read_bytes()
    assert "0 of " in done.stdout and "Next: " in done.stdout
    again = autograder(installed, tmp_path, "check", "chapter05")
    assert (again.returncode, again.stderr) == (1, "")
    assert (tmp_path / ".autograder" / "progress.json").exists()


def test_a_solved_workbook_is_correct_there_too(installed: Path, tmp_path: Path) -> None:
    path = tmp_path / "chapter05.ipynb"
    path.write_bytes(chapter().source.read_bytes())
    done = autograder(installed, tmp_path, "check", "chapter05.ipynb", "frontiers", "--no-speed")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_answers_in_the_package_are_closed_to_the_workbook(
    installed: Path, tmp_path: Path
) -> None:
    secrets = [
        installed / "autograder" / "course" / "solutions" / "chapter05" / "chapter05.ipynb",
        installed / "tern" / "ir" / "dominance.py",
    ]
    assert all(path.exists() for path in secrets)
    source = f"""
        for path in {[str(path) for path in secrets]}:
            try:
                print("LEAKED", open(path).read(20))
            except PermissionError:
                print("closed")

        def immediate_dominators(successors):
            return []
        """
    path = tmp_path / "chapter05.ipynb"
    path.write_text(json.dumps(workbook({DOMINATORS: source})))
    done = autograder(installed, tmp_path, "check", "chapter05.ipynb", "dominators", "--no-speed")
    assert done.returncode == 1, done.stderr
    assert "LEAKED" not in done.stdout
    assert done.stdout.count("closed") == 2


def test_hint_solution_and_reset_work_there(installed: Path, tmp_path: Path) -> None:
    assert autograder(installed, tmp_path, "hint", "chapter05").returncode == 0
    assert autograder(installed, tmp_path, "solution", "chapter05", "frontiers").returncode == 1
    told = autograder(installed, tmp_path, "solution", "chapter05", "frontiers")
    assert (told.returncode, "def dominance_frontiers" in told.stdout) == (0, True)
    workbook_path = tmp_path / "exercises" / "chapter05" / "chapter05.ipynb"
    assert autograder(installed, tmp_path, "reset", "chapter05").returncode == 0
    workbook_path.write_text("mine")
    assert autograder(installed, tmp_path, "reset", "chapter05", "--yes").returncode == 0
    assert workbook_path.read_bytes() == COURSE.stub(chapter()).read_bytes()
    assert "mine" in [one.read_text() for one in workbook_path.parent.glob("*.backup.ipynb")]
