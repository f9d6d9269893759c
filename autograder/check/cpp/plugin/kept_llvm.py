"""What every plugin needs and no reader changes: LLVM's headers, precompiled, and opt's entry.

Made once for each LLVM of a machine, in 15 CPU seconds, and kept in a folder beside kept.py's
files, by content. A reader's code is compiled against it in a sandbox that cannot write there.
"""

from __future__ import annotations

import functools
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from autograder.check.cpp import headers, kept
from autograder.check.cpp.compilers import STANDARD, UNTOLD
from autograder.check.failures import CouldNotMeasure, fail
from autograder.worker.system_programs import Expired, run_sandboxed
from tern.targets.cpp.build import cache_folder
from tern.workshop.llvm import toolchain
from tern.workshop.llvm.toolchain import Toolchain

COMPAT = "compat.hpp"
ENTRY = Path(__file__).parents[1] / "text" / "entry.cpp"
BUILD_SECONDS = 240.0  # wall-clock limit of one step, on a machine that does other things too
FOLDERS_KEPT = 3  # of 45 MB: the oldest go
# Lines are enough for a crash's report. Code that is optimized would take three times as long.
PLAIN = ("-O0", "-gline-tables-only")


@dataclass(frozen=True)
class Ground:
    """A toolchain, and what was made with it: how a unit is compiled that includes compat.hpp."""

    tools: Toolchain
    folder: Path

    @property
    def options(self) -> list[str]:
        """For a unit against the precompiled header, or, with g++, against LLVM's headers."""
        both = [*common(self.tools), "-I", str(self.folder)]
        if not self.tools.is_clang:
            return both
        return [*both, *PRECOMPILED, "-include-pch", str(self.folder / "compat.pch")]

    @property
    def entry(self) -> Path:
        return self.folder / "entry.o"


# With the templates that LLVM's headers use themselves: that makes a unit six times as fast. What
# is kept by content has no need of times.
PRECOMPILED = ("-fpch-instantiate-templates", "-Xclang", "-fno-pch-timestamp")


def common(tools: Toolchain) -> list[str]:
    return [*STANDARD, *UNTOLD, *tools.options, *PLAIN]


def folder() -> Path:
    """Where the book's own passes, and compat.hpp, are."""
    return headers.folder().parent / "llvm"


def the_tools() -> Toolchain:
    """The LLVM that plugins are judged with. CouldNotMeasure where there is none."""
    if (tools := toolchain.find()) is None:
        raise CouldNotMeasure(f"not judged here: {toolchain.missing()}")
    return tools


@functools.cache
def ground(tools: Toolchain) -> Ground:
    """What plugins for this LLVM stand on. Takes 15 CPU seconds the first time on a machine."""
    compat = headers.of_file(folder() / COMPAT).text
    entry = ENTRY.read_text(encoding="utf-8")
    made_of = (compat, entry, tools, _identity(tools), common(tools), PRECOMPILED)
    place = cache_folder() / "llvm" / kept.name_of(made_of).removesuffix(kept.ENDING)
    found = Ground(tools, place)
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not (place / COMPAT).exists():
        _put(place / COMPAT, compat.encode())
    # clang writes elsewhere first, and moves what it wrote: whoever sees it sees all of it
    if tools.is_clang and not (place / "compat.pch").exists():
        options = [*common(tools), *PRECOMPILED, "-x", "c++-header"]
        _make(tools, [*options, COMPAT, "-o", "compat.pch"], str(place))
    if not found.entry.exists():
        with tempfile.TemporaryDirectory(prefix="cpp-", ignore_cleanup_errors=True) as aside:
            Path(aside, "entry.cpp").write_text(entry, encoding="utf-8")
            command = [*found.options, "-c", "entry.cpp", "-o", "entry.o"]
            _make(tools, command, aside, str(place))
            _put(found.entry, Path(aside, "entry.o").read_bytes())
    _drop_oldest(place)
    return found


def _identity(tools: Toolchain) -> tuple[float, ...]:
    """What changes with another build of the same version: its files' times."""
    config = Path(tools.includes, "llvm", "Config", "llvm-config.h")
    return tuple(path.stat().st_mtime for path in (Path(tools.compiler), config))


def _make(tools: Toolchain, options: list[str], folder: str, *readable: str) -> None:
    command = [tools.compiler, *options]
    try:
        done = run_sandboxed(command, folder, BUILD_SECONDS, processes=True, readable=readable)
    except Expired:
        fail(f"{tools.compiler} was still compiling LLVM's headers after {BUILD_SECONDS:g} s")
    if done.returncode:
        raise ValueError(f"LLVM's headers do not compile ({tools}):\n{done.stdout}")


def _put(path: Path, data: bytes) -> None:
    """Write a file at once: another process sees all of it or nothing."""
    with tempfile.TemporaryDirectory(dir=path.parent) as aside:
        copy = Path(aside, "copy")
        copy.write_bytes(data)
        copy.replace(path)


def _drop_oldest(place: Path) -> None:
    place.touch()
    others = sorted(place.parent.iterdir(), key=lambda path: path.stat().st_mtime)
    for path in others[:-FOLDERS_KEPT]:
        shutil.rmtree(path, ignore_errors=True)
