"""The book's first pattern in C++: a pass plugin, built out of MLIR's tree, and its test.

`python -m tern.workshop.rewriting.plugin` builds it, loads it into mlir-opt, and has FileCheck
judge what comes out, where MLIR's development packages are installed; else it says what to install,
in one line. The files are in `project`: TransposeTwice.cpp is the pattern and the pass, twice.mlir
the test. With `--save` what was printed is kept for the page.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import subprocess
from datetime import date
from pathlib import Path

from tern.workshop.mlir_standalone import BuildError, Ran, config_folder, seconds_of_children
from tern.workshop.recorded import recorded

PROJECT = Path(__file__).parent / "project"
PATTERN, TEST = "TransposeTwice.cpp", "twice.mlir"
RECORDED = "mlir_plugin"
SECONDS = 300
"""How long a command may take."""

INSTALL = "apt install g++ libmlir-22-dev mlir-22-tools llvm-22-dev llvm-22-tools"
TOOLS = ("mlir-opt", "FileCheck", "llvm-config")

LOADED = (
    "--load-pass-plugin=./TransposeTwice.so",
    "--pass-pipeline=builtin.module(transpose-twice)",
)
GUARD = "if (first[axis] != static_cast<int64_t>(at)) return failure();"
"""The line of the pattern without which it's wrong: any two transposes would be nothing."""


def tools() -> dict[str, str]:
    """Where MLIR's tools are, beside its development files or under the names that apt gives them;
    without those that aren't here."""
    config = config_folder()
    folder = config.parents[2] / "bin" if config else Path("/nowhere")
    version = re.search(r"llvm-(\d+)", str(folder))
    found = {}
    for name in TOOLS:
        names = [str(folder / name), f"{name}-{version[1]}" if version else name]
        if where := next(filter(None, map(shutil.which, names)), None):
            found[name] = where
    return found


def compiler() -> str | None:
    return next(filter(None, map(shutil.which, ("c++", "g++", "clang++"))), None)


def missing() -> str:
    """What is not here that building and testing need, in one line; empty if all is."""
    lacking = [] if compiler() else ["a C++ compiler"]
    if config_folder() is None:
        lacking.append("MLIR's development files")
    lacking += [name for name in TOOLS if name not in tools()]
    return f"not built here, without {', '.join(lacking)}: {INSTALL}" if lacking else ""


def _done(command: list[str], folder: Path, given: str = "") -> subprocess.CompletedProcess[str]:
    """A command's end, what it printed with it. BuildError if it takes too long."""
    try:
        return subprocess.run(
            command, cwd=folder, timeout=SECONDS, text=True, capture_output=True, input=given
        )
    except subprocess.TimeoutExpired:
        raise BuildError(f"{Path(command[0]).name} took more than {SECONDS} s") from None


def _failed(what: str, output: str) -> BuildError:
    errors = [line for line in output.splitlines() if "error" in line]
    error = BuildError(f"{what} failed: {(errors or ['no error was told'])[0].strip()[:300]}")
    error.output = output
    return error


def build(folder: Path, source: str) -> None:
    """Compile a pattern's text to `folder`/TransposeTwice.so. BuildError."""
    if why := missing():
        raise BuildError(why)
    config, compile = config_folder(), compiler()
    assert config is not None and compile is not None
    llvm = _done([tools()["llvm-config"], "--includedir"], folder).stdout.strip()
    (folder / PATTERN).write_text(source, encoding="utf-8")
    flags = "-std=c++17 -O0 -fno-rtti -fPIC -shared".split()
    headers = [f"-I{config.parents[2] / 'include'}", f"-I{llvm}"]
    command = [compile, *flags, *headers, PATTERN, "-o", "TransposeTwice.so"]
    done = _done(command, folder)
    if done.returncode:
        raise _failed("compiling", done.stderr)


def optimized(folder: Path, *arguments: str) -> str:
    """What mlir-opt prints of the test's program. BuildError."""
    done = _done([tools()["mlir-opt"], *arguments, str(PROJECT / TEST)], folder)
    if done.returncode:
        raise _failed("mlir-opt", done.stderr)
    return done.stdout.strip()


def checked(folder: Path, output: str) -> str:
    """What FileCheck says of an output: "passes", or the first line of its complaint."""
    done = _done([tools()["FileCheck"], str(PROJECT / TEST)], folder, output)
    told = (done.stderr.splitlines() or ["fails"])[0]
    return "passes" if done.returncode == 0 else told.replace(f"{PROJECT}{os.sep}", "")


def ran(folder: Path) -> Ran:
    """Build the plugin in a folder, and test it, as it is and in two ways that must fail.
    BuildError."""
    source = (PROJECT / PATTERN).read_text(encoding="utf-8")
    begun = seconds_of_children()
    build(folder, source)
    seconds = seconds_of_children() - begun
    output = optimized(folder, *LOADED)
    outputs = {
        f"mlir-opt {' '.join(LOADED)} {TEST}": output,
        "the same | FileCheck": checked(folder, output),
        "without the pass | FileCheck": checked(folder, optimized(folder)),
    }
    assert source.count(GUARD) == 1
    build(folder, source.replace(GUARD, "(void)axis, (void)at, (void)first;"))
    wrong = checked(folder, optimized(folder, *LOADED))
    outputs["without the check of the permutations | FileCheck"] = wrong
    return Ran(date.today().isoformat(), versions(folder), round(seconds, 1), outputs)


def versions(folder: Path) -> str:
    """Of LLVM, the compiler, and the system."""
    llvm = _done([tools()["llvm-config"], "--version"], folder).stdout.strip()
    first = _done([compiler() or "c++", "--version"], folder).stdout.splitlines()[0]
    return f"LLVM {llvm}, {first}, {platform.system()} {platform.machine()}"


def fingerprint() -> str:
    """A number that changes with the project's files."""
    files = [PROJECT / PATTERN, PROJECT / TEST]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:16]


def saved() -> Ran:
    """What was printed when it was built last, where MLIR's development packages are."""
    found = recorded(RECORDED)
    return Ran(**{key: found[key] for key in ("date", "versions", "seconds", "outputs")})
