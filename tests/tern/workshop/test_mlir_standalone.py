"""The dialect in C++: its files, what to install, and what was recorded of it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tern.workshop import mlir_standalone, recorded
from tern.workshop.mlir_standalone import PROJECT, RUNS, BuildError, build, missing, ran, saved


def test_what_is_recorded_is_of_these_files() -> None:
    """Who changes the project builds it again: `python -m tern.workshop.mlir_standalone --save`."""
    path = Path(recorded.__file__).parent / f"{mlir_standalone.RECORDED}.json"
    assert json.loads(path.read_text())["files"] == mlir_standalone.fingerprint()
    found = saved()
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", found.date) and "LLVM " in found.versions
    assert list(found.outputs) == [" ".join(["mat-opt", *arguments]) for arguments in RUNS]
    right, wrong = found.outputs.values()
    assert right.count("mat.transpose") == 0 and right.count("mat.multiply") == 1
    assert wrong.startswith("wrong.mlir:3:8: error: 'mat.multiply' op of ")
    assert not [output for output in found.outputs.values() if str(PROJECT) in output]


def test_each_file_is_used() -> None:
    text = (PROJECT / "CMakeLists.txt").read_text()
    names = {path.name for path in PROJECT.iterdir()} - {"CMakeLists.txt", "Mat.h"}
    modules = {arguments[-1] for arguments in RUNS}
    assert {name for name in names if name in text} == names - modules and modules < names
    assert '#include "Mat.h"' in (PROJECT / "Mat.cpp").read_text()


def test_without_the_packages_one_line_says_what_to_install(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tern.workshop.mlir_standalone"],
        env={"MLIR_DIR": str(tmp_path), "PATH": "", "PYTHONPATH": str(PROJECT.parents[3])},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        "tern: not built here, without cmake, ninja, a C++ compiler, MLIR's development files: "
        f"{mlir_standalone.INSTALL}, or set MLIR_DIR"
    ]


def test_a_build_that_fails_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cmake and ninja would print is planted."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for name, code in (("cmake", "exit 0"), ("ninja", "echo error: it is so; exit 1"), ("c++", "")):
        (tools / name).write_text(f"#!/bin/sh\n{code}\n")
        (tools / name).chmod(0o755)
    (tools / "mlir-tblgen").touch()
    config = tmp_path / "lib" / "cmake" / "mlir"
    config.mkdir(parents=True)
    (config / "MLIRConfig.cmake").touch()
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    monkeypatch.setenv("MLIR_DIR", str(config))
    with pytest.raises(BuildError, match="compiling failed: error: it is so"):
        build(tmp_path / "build")


@pytest.mark.skipif(bool(missing()), reason="needs MLIR's development packages")
def test_it_is_built_and_runs(tmp_path: Path) -> None:
    assert ran(tmp_path).outputs == saved().outputs
