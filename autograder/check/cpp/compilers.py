"""Which C++ compilers are here, and the options that a check compiles with."""

from __future__ import annotations

import functools
import platform
import shutil
import subprocess
from dataclasses import dataclass

from autograder.check.failures import CouldNotMeasure

SEARCHED = "/usr/bin:/bin"  # where what runs in the sandbox is found
NAMES = ("g++", "clang++")
STANDARD = ("-std=c++17", "-Wno-psabi", "-fdiagnostics-color=never", "-ffp-contract=off")
SANITIZED = ("-O0", "-g1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
COUNTED = ("-O2",)  # for any machine of this kind: valgrind knows no AVX-512
PLAIN = ("-O0",)


@dataclass(frozen=True)
class Compiler:
    """A compiler of this machine: its command, and the line in which it tells its version."""

    command: str
    version: str

    @property
    def is_clang(self) -> bool:
        return "clang" in self.version

    def __str__(self) -> str:
        return self.command


@functools.cache
def compilers() -> tuple[Compiler, ...]:
    """The C++ compilers that are here, g++ first."""
    found = []
    for name in NAMES:
        if (path := shutil.which(name, path=SEARCHED)) is None:
            continue
        try:
            told = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=30)
        except (OSError, subprocess.SubprocessError):
            continue
        if told.returncode == 0:
            found.append(Compiler(name, told.stdout.partition("\n")[0].strip()))
    return tuple(found)


def the_compilers(each: bool = False) -> tuple[Compiler, ...]:
    """The first one, or each. CouldNotMeasure where there is none."""
    if not (found := compilers()):
        raise CouldNotMeasure(f"not judged here: there is no C++ compiler ({how_to_get_one()})")
    return found if each else found[:1]


def how_to_get_one() -> str:
    if platform.system() == "Darwin":
        return "to get one: xcode-select --install"
    return "to get one: sudo apt install g++"


def language(rtti: bool, exceptions: bool) -> tuple[str, ...]:
    """The options that switch parts of the language off."""
    off = () if rtti else ("-fno-rtti",)
    return off if exceptions else (*off, "-fno-exceptions")


def sanitizers(compiler: Compiler, rtti: bool) -> tuple[str, ...]:
    """The options of a sanitized build. Two checks of types need the run-time type information."""
    if rtti:
        return SANITIZED
    without = "vptr,function" if compiler.is_clang else "vptr"
    return (*SANITIZED, f"-fno-sanitize={without}")
