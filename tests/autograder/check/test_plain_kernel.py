"""Every test cell and speed cell passes in a plain kernel, for an answer that is not the book's.

Most readers run them there first. The judge runs the reader's code in a process of its own, so what
passes under it can still raise here.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.autograder import plain_kernel
from tests.autograder.workbooks import COURSE, ROOT


@pytest.mark.rotates(3)
@pytest.mark.parametrize("chapter", COURSE.chapters())
def test_every_cell_passes_without_a_judge(chapter: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.autograder.plain_kernel", chapter],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert (done.returncode, done.stdout.count("RAISED")) == (0, 0), done.stdout + done.stderr


def test_a_cell_that_raises_is_told(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "modules", dict(sys.modules))
    monkeypatch.setattr(plain_kernel, "try_few_examples", lambda: None)
    monkeypatch.setattr(plain_kernel, "cells", lambda chapter: [{"id": "one", "source": "1 / 0"}])
    assert plain_kernel.main("chapter05") == 1
    assert "ZeroDivisionError" in capfd.readouterr().out


@pytest.mark.parametrize("cell", plain_kernel.OTHERWISE)
def test_answers_are_changed_that_are_there(cell: str) -> None:
    chapter = f"chapter{cell[2:4]}"
    assert cell in {one["id"] for one in plain_kernel.cells(chapter)}
