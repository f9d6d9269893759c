"""Runs work that is written against a header: what it costs, and what it returns."""

from __future__ import annotations

import functools
import platform
import re
import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from autograder.check.cpp import headers, reports
from autograder.check.cpp.compilers import (
    COUNTED,
    SEARCHED,
    language,
    sanitizers,
    the_compilers,
)
from autograder.check.cpp.program import Program, Source, build, the_books
from autograder.check.failures import CouldNotMeasure, fail
from autograder.check.session import current
from autograder.course.cpp_cell import Header
from autograder.worker.system_programs import Expired

FILE = "returned.txt"
RUN_SECONDS = 30.0  # wall-clock limit of one run
COUNTS = "callgrind.out"
MAX_COUNTS = 1 << 26  # bytes
RIGHT = "Right"  # the struct that is done once, for its value alone
SYSTEM = platform.system()

# What run(n) returns, for a size and for n; of the book's, also what `Right` returns for the seed.
Returns = Callable[[int, int], int | tuple[int, int]]


@functools.cache
def cannot_count() -> str | None:
    """None where instructions can be counted; otherwise why not, in one line."""
    if SYSTEM != "Linux":
        return f"valgrind counts instructions, and there is none for {SYSTEM}"
    if shutil.which("valgrind", path=SEARCHED) is None:
        return "valgrind counts instructions: sudo apt install valgrind"
    return None


@dataclass(frozen=True)
class Cost:
    """What one run has cost: instructions, CPU seconds, calls of malloc; 0 where not counted."""

    instructions: int = 0
    seconds: float = 0.0
    mallocs: int = 0


@dataclass
class Work:
    """Structs of an author's text, in a program with the reader's header."""

    program: Program
    names: tuple[str, ...]  # of all structs that are work
    mark: str  # in the names of the functions whose instructions are counted
    expected: Returns
    seed: int | None = None  # for `Right`; None: it isn't done

    def count(self, name: str, size: int, n: int) -> Cost:
        """What `run(n)` costs in instructions, without what prepares it. CheckFailed."""
        function = f"tern_counted_{self.mark}_{self.names.index(name)}"
        under = ["valgrind", "--command-line-only=yes", "--tool=callgrind", "--quiet", "--vgdb=no"]
        under += [f"--toggle-collect={function}", f"--callgrind-out-file={COUNTS}"]
        self.run(name, size, n, [*under, "--cache-sim=no"])
        text = self.program.read(COUNTS, MAX_COUNTS)
        if (found := re.search(r"^(?:summary|totals): (\d{1,18})$", text, re.M)) is None:
            raise CouldNotMeasure("not judged here: valgrind has written no counts")
        return Cost(instructions=int(found[1]))

    def run(
        self, name: str, size: int, n: int, under: list[str] | None = None, repeats: int = 1
    ) -> Cost:
        """What so many calls of `run(n)` take together, each prepared anew; mallocs are the last's.

        CheckFailed if it fails, or returns what the book's doesn't.
        """
        what = f"{name}({size:,}).run({n:,})"
        program = self.program
        command = [*(under or []), "./program", str(self.names.index(name)), str(size), str(n)]
        try:
            told = [FILE, str(repeats), *([] if self.seed is None else [str(self.seed)])]
            done = program.run([*command, *told], RUN_SECONDS, sanitized=not under)
        except Expired:
            fail(f"{what} was still running after {RUN_SECONDS:g} s")
        found = re.fullmatch(r"(\d+) (\d+\.\d+) (\d+) (\d+) (\d+)\n", program.read(FILE, 200))
        if done.returncode or found is None:
            told = reports.of_sanitizer(done.stdout, program.source.header)
            if told is not None:
                fail(*told)
            fail(f"{what}: {reports.of_signal(done)}", reports.whole(done.stdout))
        expected = self.expected(size, n)
        value, right = expected if isinstance(expected, tuple) else (expected, 0)
        _same(f"{what} returns something wrong", found[1], value)
        if int(found[4]):
            fail(f"{what} leaves something wrong", [("things that are wrong", found[4])])
        _same("built as it is for the bar, it does not do what the book's does", found[5], right)
        return Cost(seconds=float(found[2]), mallocs=int(found[3]))


def _same(otherwise: str, actual: str, expected: int) -> None:
    if int(actual) != expected:
        fail(otherwise, [("actual", actual), ("expected", f"{expected}")])


def made(
    header: Header,
    text: str,
    names: tuple[str, ...],
    *,
    sanitized: bool = False,
    rtti: bool = True,
    exceptions: bool = True,
    returns: Returns | None = None,
    book: Header | None = None,
    folder: Path | None = None,
) -> Work:
    """The work of a text, built unless it was before for this answer. CheckFailed.

    Without `returns` the first of them is done with the book's header to know what all of them
    return. All structs of the text are built at once, those of other checks too.
    """
    processes = current().processes
    kept: dict[str, Any] = processes.made if processes else {}
    book = book or headers.of_the_book(header.name, folder)
    every = tuple(sorted({*names, *structs(text)} - {RIGHT}))
    source = Source(
        header, headers.beside(book, folder), "work.hpp", text, _ending(every, _mark(text), text)
    )
    switched = language(rtti, exceptions)
    key = repr(("cpp", source, sanitized, switched))
    if key not in kept:
        kept[key] = _built(source, sanitized, switched, rtti)
    seed = None if returns else secrets.randbits(32)
    expected = returns or _books(source, book, every, names[0], switched, seed)
    return Work(kept[key], every, _mark(text), expected, seed)


STRUCT = re.compile(r"^struct (\w+)[^;{]*\{.*?^\};", re.M | re.S)


def structs(text: str) -> list[str]:
    """The structs of a text that are work: their `run` takes a number."""
    return [found[1] for found in STRUCT.finditer(text) if " run(std::size_t" in found[0]]


@functools.cache
def _mark(text: str) -> str:
    """What makes the names of counted functions ones that no header knows."""
    return secrets.token_hex(8)


def _built(source: Source, sanitized: bool, switched: tuple[str, ...], rtti: bool) -> Program:
    compiler = the_compilers()[0]
    options = sanitizers(compiler, rtti) if sanitized else COUNTED
    linked = sanitizers(compiler, True) if sanitized else COUNTED
    static = ("-static",) if SYSTEM == "Linux" and not sanitized else ()
    return build(source, "counted.cpp", compiler, [*options, *switched], [*linked, *static])


def _books(
    source: Source,
    book: Header | None,
    every: tuple[str, ...],
    name: str,
    switched: tuple[str, ...],
    seed: int | None,
) -> Returns:
    """What one of these structs, and what `Right`, returns with the book's header."""
    if book is None:
        raise ValueError(f"the book has no {source.header.file}: say what run(n) `returns`")
    unmarked = replace(
        source, ending=_ending(every, "", source.text)
    )  # the same program for everyone
    program = the_books(unmarked, book, "counted.cpp", the_compilers()[0], switched)

    @functools.cache
    def returned(size: int, n: int) -> tuple[int, int]:
        command = ["./program", str(every.index(name)), str(size), str(n), FILE, "1", str(seed)]
        done = program.run(command, 2 * RUN_SECONDS)
        found = program.read(FILE, 200).split()
        if done.returncode or not found:
            raise ValueError(f"the book's own {book.file} fails: {done.stdout}")
        return int(found[0]), int(found[4])

    return returned


def _ending(names: tuple[str, ...], mark: str, text: str) -> str:
    """The functions that the driver calls, for each struct of the text."""
    has = RIGHT in structs(text)
    right = f"[](std::size_t seed) {{ return {reports.NAMESPACE}::{RIGHT}().run(seed); }}"
    lines = []
    for number, name in enumerate(names):
        made, counted = f"tern_made_{number}", f"tern_counted_{mark}_{number}"
        lines += [
            f"static {name} *{made};",
            f"static void tern_make_{number}(std::size_t size) "
            f"{{ delete {made}; {made} = new {name}(size); }}",
            f'extern "C" __attribute__((noinline)) std::uint64_t {counted}(std::size_t n) '
            f"{{ return {made}->run(n); }}",
            f"static std::uint64_t tern_wrong_{number}() {{ return tern_wrong(*{made}, 0); }}",
        ]
    space = f"{reports.NAMESPACE}::"
    rows = (
        f"{{{space}tern_make_{at}, {space}tern_counted_{mark}_{at}, "
        f"{space}tern_checks<{space}{name}> ? {space}tern_wrong_{at} : nullptr}}"
        for at, name in enumerate(names)
    )
    return "\n".join(
        [
            *lines,
            "}",
            f"extern const TernWork tern_work[] = {{{', '.join(rows)}}};",
            "extern std::uint64_t (*const tern_right)(std::size_t) = "
            f"{right if has else 'nullptr'};",
        ]
    )
