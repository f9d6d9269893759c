"""Tests in C++ of a reader's header, in a program with sanitizers.

    check.cpp_tests(small_vec, r'''
    TEST(growing_keeps_every_element) {
        SmallVec<int, 4> v;
        for (int i = 0; i < 1000; ++i) v.push_back(i);
        for (int i = 0; i < 1000; ++i) EQUAL(v[i], i, "an element changed while the vector grew");
    }
    ''')

text/harness.hpp is what the tests are written in. The reader's code runs in the program that tests
it, so what a program says of itself isn't believed: a test that is over leaves a word that follows
from a random number inside of it, from what it has seen, and from how many checks it has passed.
Inputs are drawn anew in each run, and all that is compared with what the same test leaves of the
book's header in another process.
"""

from __future__ import annotations

import functools
import re
import secrets
from dataclasses import dataclass, field, replace
from pathlib import Path

from autograder.check.cpp import headers, reports
from autograder.check.cpp.compilers import Compiler, language, sanitizers, the_compilers
from autograder.check.cpp.program import Program, Source, build, names, the_books
from autograder.check.failures import fail
from autograder.course.cpp_cell import Header
from autograder.report.results import Detail
from autograder.worker.system_programs import Expired

REPLIES = "replies.txt"
MAX_REPLIES = 1 << 22  # bytes
TEST = r"\bTEST\(\s*(\w+)\s*\)"
MASK = (1 << 64) - 1
MULTIPLIERS = (0xBF58476D1CE4E5B9, 0x94D049BB133111EB)


def cpp_tests(
    header: Header,
    tests: str,
    *,
    rtti: bool = True,
    exceptions: bool = True,
    each_compiler: bool = False,
    seconds: float = 10.0,
    book: Header | None = None,
    folder: Path | None = None,
) -> None:
    """Every TEST of the text passes, sanitizers find nothing, and nothing stays allocated.

    The header is compiled as C++17, by the first compiler that is here or by `each_compiler`,
    perhaps without run-time type information (`rtti`) or `exceptions`. All tests together may take
    so many `seconds` of the wall clock. `book` and `folder` stand for the book's own header and for
    the folder of its earlier ones; without them they are tern/workshop/cpp's.

    Takes about two CPU seconds for each compiler. CheckFailed for the first test that fails, with
    one line; CouldNotMeasure where there is no compiler.
    """
    book = book or headers.of_the_book(header.name, folder)
    beside = headers.beside(book, folder)
    found = names(TEST, tests)
    if not found:
        raise ValueError("there is no TEST in the text")
    tokens = _tokens(tests, len(found))
    compared = book is not None
    source = Source(header, beside, reports.HARNESS, tests, _ending(found, tokens, compared))
    tokenless = replace(source, ending=_ending(found, [0] * len(found), compared))
    seed = secrets.randbits(32)
    switched = language(rtti, exceptions)
    for compiler in the_compilers(each_compiler):
        options = [*sanitizers(compiler, rtti), *switched]
        program = build(source, "driver.cpp", compiler, options, sanitizers(compiler, True))
        replies = _run(program, found, seed, seconds)
        expected = [Reply(word=_mixed(token)) for token in tokens]
        if compared or names(r"\bSEE\(", tests):
            expected = _book(tokenless, book, tokens, seed, compiler, switched)
        for number, name in enumerate(found):
            _same(replies[number], expected[number], name, compiler)


@functools.cache
def _tokens(tests: str, count: int) -> list[int]:
    """A random number for each test, which no other process knows."""
    return [secrets.randbits(64) for _ in range(count)]


def _ending(found: list[str], tokens: list[int], compared: bool) -> str:
    """The table of the tests, each with its token, and whether what it has passed counts."""
    flag = "true" if compared else "false"
    runs = [
        f"static void tern_run_{number}() "
        f"{{ tern_test_{name}(); ::tern_finished({token}u, {flag}); }}"
        for number, (name, token) in enumerate(zip(found, tokens, strict=True))
    ]
    space = f"{reports.NAMESPACE}::"
    rows = ", ".join(f'{{"{name}", {space}tern_run_{at}}}' for at, name in enumerate(found))
    table = f"extern const TernCase tern_cases[] = {{{rows}}};"
    return "\n".join([*runs, "}", table, f"extern const std::size_t tern_count = {len(found)};"])


def _mixed(bits: int) -> str:
    """The word that a test leaves whose token and what it has seen are `bits`, by exclusive or:
    SplitMix64's finalizer of it."""
    bits = ((bits ^ (bits >> 30)) * MULTIPLIERS[0]) & MASK
    bits = ((bits ^ (bits >> 27)) * MULTIPLIERS[1]) & MASK
    return f"{bits ^ (bits >> 31):016x}"


def _seen(word: str) -> int:
    """What a test has seen, from the word that it leaves with the token 0: `_mixed` backwards."""
    bits = int(word, 16)
    bits = (bits ^ (bits >> 31) ^ (bits >> 62)) * pow(MULTIPLIERS[1], -1, MASK + 1) & MASK
    bits = (bits ^ (bits >> 27) ^ (bits >> 54)) * pow(MULTIPLIERS[0], -1, MASK + 1) & MASK
    return bits ^ (bits >> 30) ^ (bits >> 60)


@dataclass
class Reply:
    """What one test has left: its word, and what it has seen, each with its line in the tests."""

    word: str = ""
    seen: list[tuple[int, str]] = field(default_factory=list)


def _run(program: Program, found: list[str], seed: int, seconds: float) -> list[Reply]:
    """What each test of the program leaves. CheckFailed for the first that fails."""
    header = program.source.header
    try:
        done = program.run(["./program", str(seed), REPLIES], seconds, sanitized=True)
    except Expired:
        name = _name(found, _at(program.read(REPLIES, MAX_REPLIES)))
        fail(f"it was still running after {seconds:g} s", [("test", name)])
    rows = [row.split("\t") for row in program.read(REPLIES, MAX_REPLIES).splitlines()]
    for row in rows:
        _failed(row, found, program.source.text)
    replies = _replies(rows, len(found))
    if done.returncode == 0 and all(reply.word for reply in replies):
        return replies
    output, test = _with_lines(program, done.stdout), ("test", _name(found, _begun(rows)))
    if (told := reports.of_sanitizer(output, header)) is not None:
        message, details, where = told
        fail(message, [test, *details], where)
    fail(reports.of_signal(done), [test, *reports.whole(output)])


def _at(text: str) -> int:
    return _begun([row.split("\t") for row in text.splitlines()])


def _begun(rows: list[list[str]]) -> int:
    begun = [_number(row[1]) for row in rows if row[0] == "begin" and row[1:]]
    return begun[-1] if begun else 0


def _number(text: str) -> int:
    """A number of the driver's; -1 for anything else, which the reader's code can write as well."""
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else -1


def _name(found: list[str], number: int) -> str:
    return found[number].replace("_", " ") if 0 <= number < len(found) else "none"


def _failed(row: list[str], found: list[str], tests: str) -> None:
    """CheckFailed for a reply that says so."""
    numbers = [_number(field) for field in row[1:3]]
    if row[0] == "kept" and len(row) == 3:
        details = [("test", _name(found, numbers[0])), ("bytes still allocated", row[2])]
        fail("memory is never freed: something allocates it and does not give it back", details)
    if row[0] != "failed" or len(row) < 4:
        return
    details: list[Detail] = [("test", _name(found, numbers[0]))]
    lines, line = tests.splitlines(), numbers[1]
    if 0 < line <= len(lines):
        details.append(("in the tests", lines[line - 1].strip()))
    if len(row) == 6 and (row[4] or row[5]):
        details += [("actual", row[4]), ("expected", row[5])]
    fail(row[3], details)


def _replies(rows: list[list[str]], count: int) -> list[Reply]:
    replies = [Reply() for _ in range(count)]
    for row in rows:
        number = _number(row[1]) if len(row) >= 3 else -1
        if not 0 <= number < count:
            continue
        if row[0] == "done":
            replies[number].word = row[2]
        elif row[0] == "seen" and len(row) == 4:
            replies[number].seen.append((_number(row[2]), row[3]))
    return replies


def _with_lines(program: Program, output: str) -> str:
    """A report whose frames name files and lines: clang's sanitizers leave that to a program that
    the sandbox does not let them start."""
    found = list(dict.fromkeys(re.findall(r"\(program\+(0x[0-9a-f]+)\)", output)))[:40]
    if not program.compiler.is_clang or not found:
        return output
    try:
        done = program.run(["addr2line", "-e", "program", *found], 10.0)
    except Expired:
        return output
    lines = [row.rpartition("/")[2] for row in done.stdout.splitlines()]
    for address, line in zip(found, lines):
        output = output.replace(f"(program+{address})", line)
    return output


def _book(
    source: Source,
    book: Header | None,
    tokens: list[int],
    seed: int,
    compiler: Compiler,
    switched: tuple[str, ...],
) -> list[Reply]:
    """What each test leaves of the book's header, were its tokens these; its own are 0.

    So its program is the same for everyone, and need not be built each time.
    """
    if book is None:
        raise ValueError(f"SEE compares with the book's {source.header.file}, which is not there")
    program = the_books(source, book, "driver.cpp", compiler, switched)
    done = program.run(["./program", str(seed), REPLIES], 60.0)
    text = program.read(REPLIES, MAX_REPLIES)
    replies = _replies([row.split("\t") for row in text.splitlines()], len(tokens))
    if done.returncode or not all(reply.word for reply in replies):
        raise ValueError(f"the book's own {book.file} fails: {text[-500:]}\n{done.stdout}")
    for reply, token in zip(replies, tokens, strict=True):
        reply.word = _mixed(_seen(reply.word) ^ token)
    return replies


def _same(actual: Reply, expected: Reply, name: str, compiler: Compiler) -> None:
    """CheckFailed for a test that has seen what the book's header does not show."""
    test = ("test", name.replace("_", " "))
    for number, (mine, books) in enumerate(zip(actual.seen, expected.seen), start=1):
        if mine[1] != books[1]:
            told: list[Detail] = [("actual", mine[1]), ("expected", books[1])]
            fail("it does not do what the book's does", [test, (f"value {number}", ""), *told])
    if len(actual.seen) != len(expected.seen):
        told = [("values seen", f"{len(actual.seen)}"), ("expected", f"{len(expected.seen)}")]
        fail("it does not do what the book's does", [test, *told])
    if actual.word != expected.word:
        fail("the test did not run to its end, although the program says so", [test])
