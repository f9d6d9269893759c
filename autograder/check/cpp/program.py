"""Makes a program of a header and of what is written against it.

One translation unit holds the reader's header, the harness, and the text of the tests. It is
preprocessed, looked through (look.py), compiled, looked at again as an object file (objects.py),
and only then linked with the driver, which the header cannot rewrite.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import tern
from autograder.check.cpp import kept, look, objects, reports
from autograder.check.cpp.compilers import PLAIN, STANDARD, UNTOLD, Compiler
from autograder.check.cpp.reports import TESTS
from autograder.check.failures import fail
from autograder.check.session import current
from autograder.course.cpp_cell import Header
from autograder.worker.system_programs import Expired, read, run_sandboxed

TEXTS = Path(__file__).with_name("text")
BUILD_SECONDS = 60.0  # wall-clock limit of one step
LONGEST_UNIT = 1 << 24  # bytes, preprocessed: all of the library's headers have a quarter of it
BOOKS_KEPT = 12  # programs of the book's own headers
INCLUDE = re.compile(r"^#include <.*", re.M)


@dataclass(frozen=True)
class Source:
    """What is compiled: a header, the files beside it, and a text behind it."""

    header: Header
    beside: dict[str, str]
    harness: str  # its file in text/
    text: str  # the author's
    ending: str  # what the judge adds; it closes the namespace that the harness opens
    trusted: bool = False  # the book's own header, which nobody has to look through

    def unit(self) -> str:
        """The translation unit: everything of the judge's is in a namespace of its own."""
        harness = text_of(self.harness)
        words = look.words(harness + self.text + self.ending)
        return "\n".join(
            [
                f'#include "{self.header.file}"',
                look.guards(words),
                *INCLUDE.findall(self.text),
                f'#line 1 "{self.harness}"',
                harness,
                f'#line 1 "{TESTS}"',
                INCLUDE.sub("", self.text),
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
    linked: Sequence[str] = (),
) -> Program:
    """The program `./program`. CheckFailed with one line that says why there is none.

    `options` are the header's, `linked` those that the whole program needs: the driver is the
    book's, and is compiled without what looks at the header.
    """
    if not source.trusted:
        look.before_preprocessing(source.header)
    folder = tempfile.TemporaryDirectory(prefix="cpp-", ignore_cleanup_errors=True)
    program = Program(folder.name, source, compiler, folder)
    texts = {**source.beside, source.header.file: source.header.text, "unit.cpp": source.unit()}
    options = [*STANDARD, *UNTOLD, *options]
    made_of = (texts, text_of(driver), compiler, options, tuple(linked))
    if source.trusted and kept.fetch(kept.name_of(made_of), Path(folder.name, "program")):
        return program
    for name, text in texts.items():
        Path(folder.name, name).write_text(text, encoding="utf-8")
    _put_driver(folder.name, driver, compiler, linked)
    done = _compiled(program, options, linked)
    if not source.trusted:
        _look(program)
    if done.returncode == 0:
        if source.trusted:
            kept.keep(kept.name_of(made_of), Path(folder.name, "program"))
        return program
    if Path(folder.name, "unit.o").exists():
        fail(*reports.of_linker(done.stdout, source.header))
    message, details, where = reports.of_compiler(done.stdout, source.header, source.text)
    if source.trusted:
        raise ValueError(f"the book's own {source.header.file}: {message}\n{done.stdout}")
    fail(message, details, where)


def the_books(
    source: Source, book: Header, driver: str, compiler: Compiler, switched: tuple[str, ...]
) -> Program:
    """The same program with the book's header and no sanitizers. The last few are kept."""
    header = Header(source.header.name, book.text)
    key = (header, repr(source.beside), source.text, source.ending, driver, compiler, switched)
    if key not in _books_programs:
        own = Source(
            header, source.beside, source.harness, source.text, source.ending, trusted=True
        )
        while len(_books_programs) >= BOOKS_KEPT:
            del _books_programs[next(iter(_books_programs))]
        _books_programs[key] = build(own, driver, compiler, [*PLAIN, *switched], PLAIN)
    return _books_programs[key]


_books_programs: dict[tuple, Program] = {}


def _compiled(
    program: Program, options: list[str], linked: Sequence[str]
) -> subprocess.CompletedProcess:
    """Make unit.ii, unit.o, and the program, up to the first that fails."""
    command = program.compiler.command
    link = [command, *linked, "driver.o", "unit.o", "-o", "program"]
    # not every system has the static libraries
    other = [option for option in link if option != "-static"]
    # what is looked through is what is compiled; what is too long for that is not compiled either
    steps = [
        shlex.join([command, *options, "-E", "unit.cpp", "-o", "unit.ii"]),
        f"test $(wc -c < unit.ii) -le {LONGEST_UNIT}",
        shlex.join([command, *options, "-c", "unit.ii", "-o", "unit.o"]),
        shlex.join(link) + (f" || {shlex.join(other)}" if other != link else ""),
    ]
    shell = ["sh", "-e", "-c", "\n".join(steps)]
    try:
        done = run_sandboxed(shell, program.folder, BUILD_SECONDS, processes=True, hidden=hidden())
    except Expired:
        fail(f"{program.compiler} was still compiling after {BUILD_SECONDS:g} s")
    done.stdout = done.stdout.replace(f"{program.folder}/", "")
    return done


def _put_driver(folder: str, driver: str, compiler: Compiler, linked: Sequence[str]) -> None:
    """Make driver.o in a folder. Nothing of a reader's is there when it is compiled."""
    sanitized = ["-DSANITIZED"] if "-fsanitize=address,undefined" in linked else []
    options = [*STANDARD, *sanitized]
    name, made = kept.name_of(text_of(driver), compiler, options), Path(folder, "driver.o")
    if kept.fetch(name, made):
        return
    with tempfile.TemporaryDirectory(prefix="cpp-", ignore_cleanup_errors=True) as aside:
        Path(aside, "driver.cpp").write_text(text_of(driver), encoding="utf-8")
        command = [compiler.command, *options, "-c", "driver.cpp", "-o", "driver.o"]
        try:
            done = run_sandboxed(command, aside, BUILD_SECONDS, processes=True, hidden=hidden())
        except Expired:
            fail(f"{compiler} was still compiling after {BUILD_SECONDS:g} s")
        if done.returncode:
            raise ValueError(f"the book's own {driver} does not compile:\n{done.stdout}")
        kept.keep(name, Path(aside, "driver.o"))
        made.write_bytes(Path(aside, "driver.o").read_bytes())


def _look(program: Program) -> None:
    """CheckFailed for a header that holds, or for an object that does, what it must not."""
    source, path = program.source, Path(program.folder, "unit.ii")
    if path.exists():
        try:
            text = read(program.folder, path.name, LONGEST_UNIT).decode("utf-8", "replace")
        except OSError:
            fail(f"with its macros expanded it has more than {LONGEST_UNIT:,} bytes")
        look.through(text, source.header, frozenset(source.beside))
    try:
        found = read(program.folder, "unit.o")
    except OSError:
        return  # it does not compile
    objects.look_at(found, source.header)


def names(pattern: str, text: str) -> list[str]:
    """The names that a pattern finds in a text of the author's, outside of comments; in order."""
    plain = re.sub(r"//[^\n]*|/\*.*?\*/", "", text, flags=re.S)
    return re.findall(pattern, plain)
