"""A dialect of MLIR in C++, out of MLIR's tree: its files, how it is built, and what that printed.

`python -m tern.workshop.mlir_standalone` builds it and runs it on two modules, where MLIR's
development packages are installed; else it says in one line what to install. The files are in
`project`: Mat.td is the dialect in ODS, Mat.cpp what ODS cannot say, mat-opt.cpp a tool that knows
it, CMakeLists.txt how they become one. With `--save` what it printed is kept for the page.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from tern.errors import TernError
from tern.workshop.recorded import recorded

PROJECT = Path(__file__).parent / "project"
RECORDED = "mlir_standalone"
SECONDS = 300
"""How long configuring, and compiling, may take."""

RUNS = (("--canonicalize", "twice.mlir"), ("wrong.mlir",))
"""With what the tool is run."""

INSTALL = "apt install cmake ninja-build g++ libmlir-22-dev mlir-22-tools llvm-22-dev"


class BuildError(TernError):
    """The project could not be built, or run: in one line, with the end of what was printed."""

    output = ""


@dataclass(frozen=True)
class Ran:
    """What the tool printed, after how many CPU seconds of building, and of what."""

    date: str
    versions: str
    seconds: float
    outputs: dict[str, str]


def config_folders() -> Iterator[Path]:
    """Where MLIRConfig.cmake may be: what $MLIR_DIR says, and where apt and brew put it, the newest
    first."""
    if chosen := os.environ.get("MLIR_DIR"):
        yield Path(chosen)
        return
    found = [*Path("/usr/lib").glob("llvm-*/lib/cmake/mlir")]
    yield from sorted(found, key=lambda path: _number(path.parts[3]), reverse=True)
    for prefix in ("/opt/homebrew/opt/llvm", "/usr/local/opt/llvm", "/usr/local", "/usr"):
        yield Path(prefix, "lib/cmake/mlir")


def _number(name: str) -> int:
    digits = re.sub(r"\D", "", name)
    return int(digits) if digits else 0


def config_folder() -> Path | None:
    """The first of them that has it, MLIR's tools beside it; None if there is none."""
    for folder in config_folders():
        tools = folder.parents[2] / "bin"
        if (folder / "MLIRConfig.cmake").exists() and (tools / "mlir-tblgen").exists():
            return folder
    return None


def missing() -> str:
    """What is not here that building needs, in one line; empty if all is."""
    lacking = [tool for tool in ("cmake", "ninja") if shutil.which(tool) is None]
    if not any(shutil.which(compiler) for compiler in ("c++", "g++", "clang++")):
        lacking.append("a C++ compiler")
    if config_folder() is None:
        lacking.append("MLIR's development files")
    if not lacking:
        return ""
    return f"not built here, without {', '.join(lacking)}: {INSTALL}, or set MLIR_DIR"


def build(folder: Path) -> Path:
    """Build the tool in a folder, which may have been built in before: where it is. BuildError."""
    if why := missing():
        raise BuildError(why)
    config = config_folder()
    assert config is not None
    folder.mkdir(parents=True, exist_ok=True)
    llvm = config.parent / "llvm"
    options = ["-DCMAKE_BUILD_TYPE=Release", f"-DMLIR_DIR={config}", f"-DLLVM_DIR={llvm}"]
    _run("configuring", ["cmake", "-G", "Ninja", *options, str(PROJECT)], folder)
    _run("compiling", ["ninja"], folder)
    return folder / "mat-opt"


def _done(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """What a command prints, its errors as well. TimeoutExpired."""
    to = subprocess.PIPE
    return subprocess.run(
        command, cwd=folder, timeout=SECONDS, text=True, stdout=to, stderr=subprocess.STDOUT
    )


def _run(what: str, command: list[str], folder: Path) -> str:
    try:
        done = _done(command, folder)
    except subprocess.TimeoutExpired:
        raise BuildError(f"{what} took more than {SECONDS} s") from None
    if done.returncode:
        errors = [line for line in done.stdout.splitlines() if "rror" in line]
        error = BuildError(f"{what} failed: {(errors or ['no error was told'])[0].strip()[:300]}")
        error.output = done.stdout
        raise error
    return done.stdout


def run(tool: Path) -> dict[str, str]:
    """What the tool prints of each of RUNS, by its command."""
    found = {}
    for arguments in RUNS:
        done = _done([str(tool), *arguments], PROJECT)
        printed = done.stdout.replace(f"{PROJECT}{os.sep}", "").strip()
        found[" ".join(["mat-opt", *arguments])] = printed
    return found


def ran(folder: Path) -> Ran:
    """Build the project in a folder, and run it. BuildError."""
    begun = seconds_of_children()
    tool = build(folder)
    seconds = seconds_of_children() - begun
    return Ran(date.today().isoformat(), versions(tool), round(seconds, 1), run(tool))


def seconds_of_children() -> float:
    """CPU seconds of processes that this one started, and that have ended."""
    times = os.times()
    return times.children_user + times.children_system


def versions(tool: Path) -> str:
    """Of LLVM, the compiler, and the system."""
    told = subprocess.run([str(tool), "--version"], capture_output=True, text=True).stdout
    llvm = re.search(r"LLVM version (\S+)", told)
    compiler = subprocess.run(["c++", "--version"], capture_output=True, text=True).stdout
    first = (compiler.splitlines() or ["?"])[0]
    return f"LLVM {llvm[1] if llvm else '?'}, {first}, {platform.system()} {platform.machine()}"


def fingerprint() -> str:
    """A number that changes with the project's files."""
    files = sorted(path for path in PROJECT.iterdir() if path.is_file())
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:16]


def saved() -> Ran:
    """What was printed when it was built last, where MLIR's development packages are."""
    found: dict[str, Any] = recorded(RECORDED)
    return Ran(**{key: found[key] for key in ("date", "versions", "seconds", "outputs")})
