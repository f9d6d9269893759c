"""From a text in C++ to a library that this process has loaded: a compiler, and what it has made.

What was compiled once stays in a folder of the user's, by its content: the text, the options, the
compiler, and the processor. The next process that needs it compiles nothing.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import platform
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from tern.errors import TernError

COMPILERS = ("g++", "clang++", "c++")
SECONDS = 120
"""How long a compiler may take."""
KEPT = 400
"""How many libraries the folder has: the oldest go."""

OPTIONS = (
    "-std=c++17", "-O3", "-shared", "-fPIC", "-fwrapv", "-ffp-contract=off", "-fno-math-errno",
    "-fno-trapping-math", "-Wno-psabi",
)  # fmt: skip
"""Integers wrap around, and no product and sum are one unless the text says so. Nobody asks for
errno, or for the flags of floating point: so a root is an instruction."""


class CompilerError(TernError):
    """There is no C++ compiler, or it did not compile a text."""


def compiler() -> str:
    """The compiler that is used: $CXX, or the first of COMPILERS that is there.

    CompilerError if there is none.
    """
    chosen = [os.environ["CXX"]] if os.environ.get("CXX") else COMPILERS
    for name in chosen:
        if shutil.which(name):
            return name
    raise CompilerError(f"there is no C++ compiler here: {', '.join(chosen)} not found")


def version(command: str) -> str:
    """The first line of what a compiler says of its version. CompilerError if it can't be run."""
    return _run([command, "--version"]).partition("\n")[0].strip()


def native_options() -> tuple[str, ...]:
    """The options that let a compiler use all that this processor has: on an x86, vectors of 512
    bits too, which compilers cut in two if nobody says so."""
    if platform.machine() in ("arm64", "aarch64"):
        return ("-mcpu=native",)
    wide = platform.machine().lower() in ("x86_64", "amd64")
    return ("-march=native", *["-mprefer-vector-width=512"] * wide)


@cache
def identity(command: str) -> str:
    """What a compiler says of itself, and of this processor: the macros that it defines."""
    return _run([command, *native_options(), "-std=c++17", "-dM", "-E", "-x", "c++", os.devnull])


def library(text: str, command: str = "", options: tuple[str, ...] = ()) -> ctypes.CDLL:
    """A text as a library, compiled unless it was before.

    `command` is the compiler, and `options` are more of its options: later ones win.

    Raises:
        CompilerError: there is no compiler, the text is none, or it took too long.
    """
    command = command or compiler()
    given = [*OPTIONS, *native_options(), *options]
    key = hashlib.sha256("\0".join([text, command, identity(command), *given]).encode()).hexdigest()
    folder = cache_folder()
    path = folder / f"{key[:40]}.so"
    if not path.exists():
        with tempfile.TemporaryDirectory(dir=folder) as work:
            source, made = Path(work, "kernel.cpp"), Path(work, "kernel.so")
            source.write_text(text)
            _run([command, *given, str(source), "-o", str(made), "-lm"])
            made.replace(path)
        _drop_oldest(folder)
    return ctypes.CDLL(str(path))


@cache
def cache_folder() -> Path:
    """Where libraries are kept: $XDG_CACHE_HOME/tern, ~/.cache/tern, or, if nothing can be written
    there, a folder of this process alone."""
    try:
        home = os.environ.get("XDG_CACHE_HOME")
        folder = (Path(home) if home else Path.home() / ".cache") / "tern" / "cpp"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.NamedTemporaryFile(dir=folder):
            return folder
    except (OSError, RuntimeError):
        return Path(tempfile.mkdtemp(prefix="tern-cpp-"))


def _drop_oldest(folder: Path) -> None:
    found = sorted(folder.glob("*.so"), key=lambda path: path.stat().st_mtime)
    for path in found[:-KEPT]:
        path.unlink(missing_ok=True)


def _run(command: list[str]) -> str:
    """What a command prints. CompilerError, with its first complaint, if it fails."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=SECONDS, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired:
        raise CompilerError(f"{command[0]} took more than {SECONDS} seconds") from None
    except OSError as error:
        raise CompilerError(f"{command[0]} cannot be run: {error.strerror or error}") from None
    if done.returncode:
        complaints = [line for line in done.stderr.splitlines() if "error" in line]
        why = (complaints or done.stderr.splitlines() or [f"exit code {done.returncode}"])[0]
        raise CompilerError(f"{command[0]} failed: {why.strip()}")
    return done.stdout
