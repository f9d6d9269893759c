"""`autograder doctor`: what this machine has of what the book needs."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib import metadata

from autograder.course.layout import find_course
from autograder.reader.progress import home

NEEDED = ["numpy", "hypothesis", "rich"]
BOOK = [
    "numba",
    "llvmlite",
    "google-re2",
    "re2c",
    "filecheck",
    "torch",
    "triton",
    "apache-tvm",
    "torch-mlir",
    "xdsl",
    "jax",
    "jupyter-book",
    "nbgrader",
]


def run() -> int:
    """Print one line for each thing; 0 when the autograder itself can work."""
    good = True

    def say(ok: bool | None, what: str, detail: str) -> None:
        mark = {True: "ok", False: "MISSING", None: "-"}[ok]
        print(f"{mark:8}{what:22}{detail}")

    version = platform.python_version()
    say(sys.version_info >= (3, 11), "Python", version)
    good &= sys.version_info >= (3, 11)
    say(None, "system", f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPUs")
    for name in NEEDED:
        found = _version(name)
        good &= found is not None
        say(found is not None, name, found or "pip install -r requirements.txt")
    for name in BOOK:
        found = _version(name)
        say(True if found else None, name, found or "not installed (some chapters use it)")
    good &= _sandbox(say)
    _mlir(say)
    from autograder.check.numba import counts

    why = counts.available()
    say(None if why else True, "counting cache misses", why or "valgrind and gcc found")
    say(*_compiler())
    _cpp(say)
    _llvm(say)
    gpu = shutil.which("nvidia-smi")
    say(
        None, "GPU", "nvidia-smi found" if gpu else "none found: GPU exercises are judged by counts"
    )
    return 0 if good else 1


def _compiler() -> tuple[bool | None, str, str]:
    """The C++ compiler that tern would use; without one, what is missed, and how to get it."""
    what = "C++ compiler"
    try:
        from tern.targets.cpp import build
    except ImportError as error:
        return None, what, f"not looked for: {error.name} is not installed"
    try:
        command = build.compiler()
        return True, what, f"{command}: {build.version(command).removeprefix(f'{command} ')}"
    except build.CompilerError as error:
        mac = platform.system() == "Darwin"
        get = "xcode-select --install" if mac else "apt install g++, or clang"
        missed = "tern's --target cpp and torch.compile are all that needs one"
        return None, what, f"{error}: {missed} ({get})"


def _cpp(say: Callable[[bool | None, str, str], None]) -> None:
    """What exercises in C++ are judged with: compilers, their sanitizers, valgrind."""
    from autograder.check.cpp import compilers, work

    found = compilers.compilers()
    for each in found:
        works = compilers.sanitizers_work(each)
        package = "libclang-rt-dev" if each.is_clang else "libgcc-dev"
        absent = f"no sanitizers: they come with {package}"
        told = each.version if works else f"{each.version}; {absent}"
        say(True if works else None, f"C++, {each}", told)
    if not found:
        say(None, "C++ exercises", f"not judged without a compiler ({compilers.how_to_get_one()})")
    why = work.cannot_count()
    say(None if why else True, "counting instructions", why or "valgrind found")


def _llvm(say: Callable[[bool | None, str, str], None]) -> None:
    """What passes in C++ are built and run with."""
    from tern.workshop.llvm import toolchain

    found = [str(each) for each in toolchain.all_of_them()]
    absent = f"chapter 10's exercises in C++ are not judged: {toolchain.missing()}"
    say(True if found else None, "LLVM for C++", "; ".join(found) or absent)


def measure_machine() -> int:
    """Measure this machine, print it in numbers, and keep them where later chapters look for them.

    0 unless what measures isn't installed.
    """
    try:
        from tern.workshop import machine
    except ImportError as error:
        print(f"not measured: {error.name} is not installed (pip install -r requirements.txt)")
        return 1
    path = home(find_course()) / machine.PLACE
    print(machine.numbers(path, days=-1))  # whatever is kept there is too old
    print(f"kept in {path}" if path.exists() else f"could not be kept in {path}")
    return 0


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _mlir(say: Callable[[bool | None, str, str], None]) -> None:
    """MLIR twice: from pip, with Python bindings and a JIT, and as a system's package, for C++."""
    version = _version("torch-mlir")
    bindings = f"MLIR's Python bindings and JIT, of torch-mlir {version}"
    say(True if version else None, "MLIR", bindings if version else "pip install torch-mlir")
    from tern.workshop import mlir_standalone

    config = mlir_standalone.config_folder()
    told = [_told(tool) for name in ("mlir-opt", "llvm-config") if (tool := _newest(name))]
    here = [*told, *([f"development files in {config}"] if config else [])]
    ready = not mlir_standalone.missing()
    absent = f"chapters 11 and 12 build C++ with it: {mlir_standalone.INSTALL}"
    say(True if ready else None, "MLIR for C++", "; ".join(here if ready else [*here, absent]))


def _newest(name: str) -> str | None:
    """A tool of LLVM's, which apt calls mlir-opt-22, say."""
    names = [name, *(f"{name}-{number}" for number in range(30, 13, -1))]
    return next((path for each in names if (path := shutil.which(each))), None)


def _told(tool: str) -> str:
    """The tool, and the version that it tells."""
    try:
        done = subprocess.run([tool, "--version"], capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.SubprocessError) as error:
        return f"{os.path.basename(tool)} cannot be run ({error})"
    found = re.search(r"\d+\.\d+\.\d+", done.stdout)
    return f"{os.path.basename(tool)} {found[0] if found else '?'}"


def _sandbox(say: Callable[[bool | None, str, str], None]) -> bool:
    from autograder.speed.clock import cpu_clock
    from autograder.worker.sandbox import landlock, seccomp

    version = landlock.version()
    say(True if version else None, "Landlock", f"version {version}" if version else "not here")
    calls = sys.platform == "linux" and platform.machine() in seccomp.ARCHITECTURES
    say(True if calls else None, "seccomp", "yes" if calls else "not here: limits and hooks only")
    try:
        cpu_clock(os.getppid())()
    except (OSError, NotImplementedError) as error:
        say(False, "CPU clock of workers", str(error))
        return False
    say(True, "CPU clock of workers", "readable")
    return True
