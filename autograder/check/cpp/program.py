"""Makes a program of a header and of what is written against it.

One translation unit holds the reader's header, the harness, and the text of the tests. It is
preprocessed, looked through (look.py), compiled, looked at again as an object file (objects.py),
and only then linked with the driver, which the header cannot rewrite.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import tern
from autograder.check.cpp import look, objects, reports
from autograder.check.cpp.compilers import STANDARD, Compiler
from autograder.check.failures import fail
from autograder.check.session import current
from autograder.course.cpp_cell import Header
from autograder.worker.system_programs import Expired, read, run_sandboxed

TEXTS = Path(__file__).with_name("text")
BUILD_SECONDS = 60.0  # wall-clock limit of one step
MAX_PREPROCESSED = 1 << 25  # bytes
TESTS = "tests"  # what the compiler calls the text of the tests


@dataclass(frozen=True)
class Source:
    """What is compiled: a header, the files beside it, and a text behind it."""

    header: Header
    beside: dict[str, str]
    harness: str  # its file in text/
    text: str  # the author's
    ending: str  # what the judge adds
    trusted: bool = False  # the book's own header, which nobody has to look through

    def unit(self) -> str:
        """The translation unit."""
        harness = text_of(self.harness)
        words = look.words(harness + self.text + self.ending)
        return "\n".join(
            [
                f'#include "{self.header.file}"',
                look.guards(words),
                f'#line 1 "{self.harness}"',
                harness,
                f'#line 1 "{TESTS}"',
                self.text,
                '#line 1 "ending"',
                self.ending,
                "",
            ]
        )


@cache
def text_of(name: str) -> str:
    return (TEXTS / name).read_text(encoding="utf-8")


@dataclass
class Program:
    """A program that was built, in a folder of its own that goes with it."""

    folder: str
    source: Source
    compiler: Compiler
    _kept: tempfile.TemporaryDirectory | None = field(default=None, repr=False)

    def run(
        self, command: Sequence[str], seconds: float, sanitized: bool = False
    ) -> subprocess.CompletedProcess:
        """Run a command in the folder, which its output does not name. Expired."""
        done = run_sandboxed(command, self.folder, seconds, sanitized=sanitized, hidden=hidden())
        done.stdout = done.stdout.replace(f"{self.folder}/", "")
        return done

    def read(self, name: str, max_bytes: int) -> str:
        """What the program has written into a file; nothing if it isn't there, or no plain file."""
        try:
            return read(self.folder, name, max_bytes).decode("utf-8", "replace")
        except OSError:
            return ""


def hidden() -> frozenset[str]:
    """The book's texts, which nothing of a reader's may read, wherever they are installed."""
    processes = current().processes
    packages = {str(Path(one).resolve().parent) for one in (tern.__file__, TEXTS.parents[1])}
    return frozenset(packages | (processes.secret if processes else frozenset()))


def build(
    source: Source,
    driver: str,
    compiler: Compiler,
    options: Sequence[str],
    driver_options: Sequence[str] = (),
) -> Program:
    """The program `./program`. CheckFailed with one line that says why there is none."""
    kept = tempfile.TemporaryDirectory(prefix="cpp-", ignore_cleanup_errors=True)
    program = Program(kept.name, source, compiler, kept)
    for name, text in source.beside.items():
        Path(kept.name, name).write_text(text, encoding="utf-8")
    Path(kept.name, source.header.file).write_text(source.header.text, encoding="utf-8")
    Path(kept.name, "unit.cpp").write_text(source.unit(), encoding="utf-8")
    Path(kept.name, "driver.cpp").write_text(text_of(driver), encoding="utf-8")
    _compile(program, [*STANDARD, *options])
    # the driver is the book's: it has exceptions whatever the header is compiled with
    linked = [*STANDARD, *(driver_options or options), "driver.cpp", "unit.o", "-o", "program"]
    done = _step(program, linked)
    if done.returncode and "-static" in linked:  # not every system has the static libraries
        done = _step(program, [option for option in linked if option != "-static"])
    if done.returncode:
        fail(*reports.of_linker(done.stdout, source.header))
    return program


def _compile(program: Program, options: list[str]) -> None:
    """Make unit.o, of what was looked through."""
    source = program.source
    done = _step(program, [*options, "-E", "unit.cpp", "-o", "unit.ii"])
    if done.returncode == 0 and not source.trusted:
        preprocessed = program.read("unit.ii", MAX_PREPROCESSED)
        look.through(preprocessed, source.header, frozenset(source.beside))
    if done.returncode == 0:
        done = _step(program, [*options, "-c", "unit.ii", "-o", "unit.o"])
    if done.returncode:
        message, details, where = reports.of_compiler(done.stdout, source.header, source.text)
        if source.trusted:
            raise ValueError(f"the book's own {source.header.file}: {message}\n{done.stdout}")
        fail(message, details, where)
    if not source.trusted:
        try:
            objects.look_at(read(program.folder, "unit.o"), source.header)
        except OSError:
            fail("the compiler has left no object file")


def _step(program: Program, arguments: Sequence[str]) -> subprocess.CompletedProcess:
    command = [program.compiler.command, *arguments]
    try:
        return run_sandboxed(
            command, program.folder, BUILD_SECONDS, processes=True, hidden=hidden()
        )
    except Expired:
        fail(f"{program.compiler} was still compiling after {BUILD_SECONDS:g} s")


def names(pattern: str, text: str) -> list[str]:
    """The names that a pattern finds in a text of the author's, outside of comments; in order."""
    plain = re.sub(r"//[^\n]*|/\*.*?\*/", "", text, flags=re.S)
    return re.findall(pattern, plain)
