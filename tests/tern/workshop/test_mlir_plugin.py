"""The pattern in C++: its files, what to install, and what was recorded of it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tern.workshop import recorded
from tern.workshop.rewriting import plugin


def test_what_is_recorded_is_of_these_files() -> None:
    """Who changes them builds them again: `python -m tern.workshop.rewriting.plugin --save`."""
    path = Path(recorded.__file__).parent / f"{plugin.RECORDED}.json"
    assert json.loads(path.read_text())["files"] == plugin.fingerprint()
    printed, right, without, wrong = plugin.saved().outputs.values()
    assert printed.count("linalg.transpose") == 2 and "return %arg0" in printed
    assert right == "passes"
    assert without.startswith("twice.mlir:7:11: error: ") and wrong.startswith("twice.mlir:16:19")


def test_the_wrong_pattern_is_one_line_away() -> None:
    assert (plugin.PROJECT / plugin.PATTERN).read_text().count(plugin.GUARD) == 1


def test_without_the_packages_one_line_says_what_to_install(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tern.workshop.rewriting.plugin"],
        env={"MLIR_DIR": str(tmp_path), "PATH": "", "PYTHONPATH": str(plugin.PROJECT.parents[4])},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("tern: not built here, without a C++ compiler, MLIR's development files")
    assert line.endswith(plugin.INSTALL)


@pytest.mark.skipif(bool(plugin.missing()), reason="needs MLIR's development packages")
def test_it_is_built_and_passes(tmp_path: Path) -> None:
    assert plugin.ran(tmp_path).outputs == plugin.saved().outputs
