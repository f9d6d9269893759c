"""Which C++ compilers are here, and the options that a check compiles with."""

from __future__ import annotations

import functools
import platform
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from autograder.check.failures import CouldNotMeasure
from autograder.worker.system_programs import Expired, run_sandboxed

SEARCHED = "/usr/bin:/bin"  # where what runs in the sandbox is found
# LLVM's own packages have a version in the name.
NAMES = (("g++",), ("clang++", *(f"clang++-{version}" for version in range(30, 13, -1))))
STANDARD = ("-std=c++17", "-Wno-psabi", "-fdiagnostics-color=never")
# A header has to be the same in every build, so it isn't told in which it is.
UNTOLD = ("-U__OPTIMIZE__", "-U__NO_INLINE__", "-U__SANITIZE_ADDRESS__")
SANITIZED = ("-O0", "-g1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
# Left out: what ends in AddressSanitizer's hands anyway. It would be a fifth of a build's time.
SANITIZED += ("-fno-sanitize=null,object-size,pointer-overflow",)
# For any machine of this kind: valgrind knows no AVX-512. Assertions are the tests' affair.
COUNTED = ("-O2", "-DNDEBUG")
PLAIN = ("-O0",)
# What AddressSanitizer must not try in the sandbox, see text/driver.cpp.
SMALLEST = """
extern "C" const char *__asan_default_options() { return "disable_coredump=0:detect_leaks=0"; }
int main() { return 0; }
"""


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
    for names in NAMES:
        paths = (path for name in names if (path := shutil.which(name, path=SEARCHED)))
        if (path := next(paths, None)) is None:
            continue
        try:
            told = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=30)
        except (OSError, subprocess.SubprocessError):
            continue
        if told.returncode == 0:
            found.append(Compiler(Path(path).name, told.stdout.partition("\n")[0].strip()))
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


def sanitizers_work(compiler: Compiler) -> bool:
    """Whether a program with the sanitizers can be built and run here. Takes half a CPU second."""
    with tempfile.TemporaryDirectory(prefix="cpp-", ignore_cleanup_errors=True) as folder:
        Path(folder, "main.cpp").write_text(SMALLEST)
        command = [compiler.command, *STANDARD, *SANITIZED, "main.cpp", "-o", "program"]
        try:
            built = run_sandboxed(command, folder, 60.0, processes=True)
            ran = run_sandboxed(["./program"], folder, 20.0, sanitized=True)
        except Expired:
            return False
    return built.returncode == ran.returncode == 0


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
