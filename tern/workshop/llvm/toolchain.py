"""The LLVM that passes are written against: opt, LLVM's headers, and a C++ compiler.

A plugin is compiled with the headers of the very LLVM whose opt loads it, so all of it is found
here, in one place.
"""

from __future__ import annotations

import functools
import platform
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

NEWEST, OLDEST = 22, 14
"""The versions that compat.hpp knows."""
BREW = ("/opt/homebrew/opt", "/usr/local/opt")
WORDS = {"opt": "opt", "llvm-config": "LLVM's headers", "clang++": "a C++ compiler"}


@dataclass(frozen=True)
class Toolchain:
    """One LLVM of this machine, with all that a plugin needs: versions, paths, and options."""

    version: int
    """The first number: 22."""
    opt: str
    compiler: str
    is_clang: bool
    includes: str
    definitions: tuple[str, ...]
    """What LLVM's headers want defined: -D…"""

    @property
    def options(self) -> tuple[str, ...]:
        """What every file of a plugin is compiled with: LLVM's own choices about the language."""
        language = ("-std=c++17", "-fno-rtti", "-fno-exceptions", "-fPIC")
        return (*language, *self.definitions, "-isystem", self.includes)

    def __str__(self) -> str:
        return (
            f"LLVM {self.version}: {Path(self.opt).name}, {Path(self.compiler).name}, its headers"
        )


def find() -> Toolchain | None:
    """The newest LLVM that is here with all that it needs, None if there is none."""
    return next(iter(all_of_them()), None)


@functools.cache
def all_of_them() -> tuple[Toolchain, ...]:
    """Every LLVM from 14 to 22 that is here with all that it needs, the newest first."""
    found: dict[int, Toolchain] = {}
    for tools in _tools():
        if (one := _toolchain(tools)) is not None:
            found.setdefault(one.version, one)
    return tuple(found[version] for version in sorted(found, reverse=True))


def missing() -> str:
    """What the most complete LLVM lacks, and the line that gets it; empty where one is whole."""
    if all_of_them():
        return ""
    best: dict[str, str] = max(_tools(), key=len, default={})
    absent = [words for tool, words in WORDS.items() if tool not in best]
    absent = absent or ["a version from 14 to 22"]
    return f"{', '.join(absent)} not found: {how_to_get_it()}"


def how_to_get_it() -> str:
    """The command that installs a toolchain on a system of this kind."""
    if platform.system() == "Darwin":
        return "brew install llvm"
    version = next((one for one in range(NEWEST, OLDEST, -1) if _apt_has(one)), OLDEST)
    return f"sudo apt install llvm-{version}-dev clang-{version}"


def _apt_has(version: int) -> bool:
    """Whether the lists of packages that apt has fetched name this version."""
    if (command := shutil.which("apt-cache")) is None:
        return False
    try:
        told = subprocess.run(
            [command, "show", f"llvm-{version}-dev", f"clang-{version}"],
            capture_output=True,
            text=True,
            timeout=20,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return told.returncode == 0 and f"Package: llvm-{version}-dev" in told.stdout


def _tools() -> Iterator[dict[str, str]]:
    """The tools that belong together: by their names' endings, or by their folder."""
    for ending in [*(f"-{version}" for version in range(NEWEST, OLDEST - 1, -1)), ""]:
        if found := _named(ending, None):
            yield found
    for folder in BREW:
        for place in sorted(Path(folder).glob("llvm*/bin"), reverse=True):
            if found := _named("", str(place)):
                yield found


def _named(ending: str, path: str | None) -> dict[str, str]:
    found = {name: shutil.which(f"{name}{ending}", path=path) for name in WORDS}
    found["clang++"] = found["clang++"] or shutil.which("g++")
    tools = {name: path for name, path in found.items() if path}
    return tools if {"opt", "llvm-config"} & tools.keys() else {}


def _toolchain(tools: dict[str, str]) -> Toolchain | None:
    """A toolchain of these tools; None if one is missing, or says that it is of another version."""
    if tools.keys() != WORDS.keys():
        return None
    version = _first_number(_said(tools["llvm-config"], "--version"))
    same = _first_number(_said(tools["opt"], "--version"))
    includes = _said(tools["llvm-config"], "--includedir").strip()
    if version is None or version != same or not OLDEST <= version <= NEWEST:
        return None
    if not Path(includes, "llvm", "IR", "PassManager.h").is_file():
        return None  # llvm-config alone: the headers are another package
    flags = _said(tools["llvm-config"], "--cxxflags").split()
    return Toolchain(
        version,
        tools["opt"],
        tools["clang++"],
        "clang" in Path(tools["clang++"]).name,
        includes,
        tuple(flag for flag in flags if flag.startswith("-D")),
    )


def _first_number(said: str) -> int | None:
    found = re.search(r"(\d+)\.\d+\.\d+", said)
    return int(found[1]) if found else None


def _said(command: str, option: str) -> str:
    try:
        done = subprocess.run([command, option], capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout if done.returncode == 0 else ""
