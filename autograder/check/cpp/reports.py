"""What compilers, linkers, and sanitizers say, in one line with the cell's own line number.

Everything that they have said stays at hand: the last detail is the whole report.
"""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Iterator

from autograder.course.cpp_cell import Header
from autograder.report.results import WHOLE_REPORT, Detail

Told = tuple[str, list[Detail], list[list]]  # a message, details, and where in the cell
TESTS, HARNESS = "tests", "harness.hpp"  # what the compiler calls the judge's texts
NAMESPACE = "tern_tests"  # what they are in, so that no name of theirs is a header's
LONGEST = 200  # characters of a compiler's message
ERROR = re.compile(
    r"^(\S[^\n:]*):(\d{1,7}):(?:\d+:)? (?:(?:fatal )?error: |(?=internal compiler error: ))(.*)$",
    re.M,
)
NOWHERE = re.compile(r"^[^\n:]+: ((?:fatal |internal compiler )?error: .*)$", re.M)
MACRO = re.compile(r"^#error macro (\w+)|^macro (\w+)$")
SYNTAX = re.compile(r"expected .* (?:before|at end|after)|expected '[^']*'$|missing |unterminated ")
NOISE = re.compile(
    r" \[with [^\n]*\]| \(not accessible from this context\)|[;,] did you mean [^\n]*?\?"
    r"| ?\{aka [^}]*\}"
    r"| \[-[Wf][\w+=-]+\]| \(aka '[^']*'\)"
)
STATIC_ASSERT = re.compile(
    r"static assertion failed(?: due to requirement '[^\n]*')?:? ?\"?(.*?)\"?$"
    r"|static_assert failed(?: due to requirement '.*?')? ?\"(.*)\"$"
)

# The first pattern that a report has says what it is about.
SANITIZERS = [
    (r"heap-use-after-free", "memory that was already freed is used again"),
    (
        r"attempting double-free",
        "the same memory is freed twice: after a move the old object must let go of it",
    ),
    (
        r"new-delete-type-mismatch|alloc-dealloc-mismatch",
        "memory is freed by another function, or with another size or alignment, than it came from",
    ),
    (r"heap-buffer-overflow", "an element outside the heap buffer is touched"),
    (r"stack-buffer-(?:over|under)flow", "an element outside the object's own bytes is touched"),
    (r"global-buffer-overflow", "an element outside an array is touched"),
    (
        r"stack-use-after-(?:scope|return)",
        "memory of a variable that is gone is used: something outlives what it refers to",
    ),
    (r"container-overflow", "an element that a container has no more is touched"),
    (r"memcpy-param-overlap", "memcpy copies between bytes that overlap: memmove may"),
    (
        r"hard rss limit|allocation-size-too-big|out-of-memory|calloc-overflow|bad_alloc"
        r"|allocator is out of memory|requested allocation size",
        "it asks for memory without end",
    ),
    (
        r"attempting free on address which was not malloc|bad-free",
        "a pointer that doesn't come from the heap is freed: the object's own buffer?",
    ),
    (r"stack-overflow", "endless recursion"),
    (
        r"constructor call on misaligned address|misaligned address",
        "a T is built or used at an address that isn't aligned for T: alignas(T)",
    ),
    (r"member (?:access|call) within null pointer|null pointer of type", "a null pointer is used"),
    (r"runtime error: ([^\n]*)", "undefined behavior: {0}"),
    (r"SEGV|SIGBUS|BUS on", "a null or wild pointer is followed"),
    (r"pure virtual method called", "a virtual function is called that has no body"),
    (r"Assertion [`']?(.*?)' failed", "its own assertion failed: {0}"),
]


# ---- compilers ----------------------------------------------------------------------------------


def of_compiler(output: str, header: Header, tests: str = "") -> Told:
    """Why a translation unit does not compile."""
    errors = list(ERROR.finditer(output))
    # a lost semicolon makes other things look wrong before the compiler comes to it
    first = next((one for one in errors if SYNTAX.match(one[3])), errors[0] if errors else None)
    if first is None:
        said = found[1] if (found := NOWHERE.search(output)) else _last(output)
        return f"the compiler failed: {said[:LONGEST]}", whole(output), []
    file, line, said = first[1].rpartition("/")[2], int(first[2]), first[3]
    if macro := MACRO.search(said.strip('"')):
        return _macro(macro[1] or macro[2], header)
    message = _shortened(said)
    if file == header.file:
        return _at(header, line, message, output)
    details: list[Detail] = []
    if file in (TESTS, HARNESS):
        asserted = STATIC_ASSERT.search(said)
        if asserted and (asserted[1] or asserted[2]):
            return (asserted[1] or asserted[2]).strip('"'), whole(output), []
    if file == TESTS:
        rows = tests.splitlines()
        if 0 < line <= len(rows):
            details = [("in the tests", rows[line - 1].strip())]
    if (inner := _instantiated(output, first, header)) is not None:
        message, more, where = _at(header, inner, message, output)
        return message, [*details, *more], where
    if file == TESTS:
        return f"the tests can't use it: {message}", [*details, *whole(output)], []
    return message, [*details, *whole(output)], []


def of_linker(output: str, header: Header) -> tuple[str, list[Detail]]:
    """Why a program can't be linked."""
    if found := re.search(r"multiple definition of [`'‘](.*?)['’]", output):
        why = f"it defines {found[1]}, which the tests' program has too: leave that to it"
    elif found := re.search(r"undefined reference to [`'‘](.*?)['’]", output):
        why = f"{found[1]} is declared and used, but has no body in {header.file}"
    elif "asan" in output or "ubsan" in output:
        why = "the compiler has no sanitizers here: libclang-rt-dev, or g++, brings them"
    else:
        why = f"the program can't be linked: {_last(output)}"
    return why, whole(output)


def _macro(word: str, header: Header) -> Told:
    why = f"the macro {word} would rewrite the tests too: give it another name, or #undef it"
    for number, row in enumerate(header.text.splitlines(), start=1):
        if re.search(rf"#\s*define\s+{word}\b|%:\s*define\s+{word}\b", row):
            return _at(header, number, why, "")
    return why, [], []


def _instantiated(output: str, error: re.Match, header: Header) -> int | None:
    """The innermost line of the header from which a template was made that is wrong.

    g++ says so before the error, clang in notes behind it.
    """
    own = re.escape(header.file)
    before = re.findall(
        rf"\b{own}:(\d{{1,7}}):\d+:\s+(?:required|recursively)", output[: error.start()]
    )
    if before:
        return int(before[0])
    rest = ERROR.split(output[error.end() :], maxsplit=1)[0]
    after = re.findall(rf"\b{own}:(\d{{1,7}}):\d+: note: in instantiation", rest)
    after = after or re.findall(rf"\b{own}:(\d{{1,7}}):\d+:\s+required from", rest)
    return int(after[0]) if after else None


def _shortened(said: str) -> str:
    if found := re.match(r'#error "?(.*?)"?$|"(.*)"$', said):
        return found[1] or found[2]
    plain = NOISE.sub("", said.replace(f"{NAMESPACE}::", "")).strip()
    return plain if len(plain) <= LONGEST else f"{plain[:LONGEST]} …"


# ---- what runs ----------------------------------------------------------------------------------


def of_sanitizer(output: str, header: Header) -> Told | None:
    """What a sanitizer has found; None if it has found nothing."""
    for pattern, line in SANITIZERS:
        if (found := re.search(pattern, output)) is None:
            continue
        message = line.format(*found.groups())
        if pattern.startswith("stack-overflow") or "memory without end" in message:
            at = _frames(output, header)
        else:
            at = _frames(output[_report_begins(output) :], header)
        if at:
            return _at(header, at[0], message, output)
        return message, whole(output), []
    return None


def _report_begins(output: str) -> int:
    found = re.search(r"==\d+==ERROR|runtime error:", output)
    return output.rfind("\n", 0, found.start()) + 1 if found else 0


def _frames(output: str, header: Header) -> list[int]:
    """The header's lines in the order in which a report names them."""
    return [int(line) for line in re.findall(rf"\b{re.escape(header.file)}:(\d{{1,7}})\b", output)]


def of_signal(done: subprocess.CompletedProcess) -> str:
    """How a program that wrote no report ended."""
    if done.returncode == -signal.SIGXCPU:
        return "it used up its CPU time"
    if done.returncode < 0:
        try:
            name = signal.Signals(-done.returncode).name
        except ValueError:
            name = f"signal {-done.returncode}"
        return f"its program was ended by {name}"
    return f"its program ended early (exit code {done.returncode})"


# ---- shared -------------------------------------------------------------------------------------


def _at(header: Header, line: int, message: str, output: str) -> Told:
    """A message at a line of the header, which is another line of the cell."""
    frame = header.frame(line)
    return f"line {frame[1]}: {message}", whole(output), [frame]


def whole(output: str) -> list[Detail]:
    """Everything that was said, but the lines that say nothing."""
    rows = list(_telling(output))
    return [(WHOLE_REPORT, "\n".join(rows))] if rows else []


def _telling(output: str) -> Iterator[str]:
    for row in output.strip("\n ").split("\n"):
        if row.startswith(("Shadow bytes around", "SUMMARY: ")):
            return
        yield row.replace(f"{NAMESPACE}::", "")


def _last(output: str) -> str:
    rows = [row.strip() for row in output.splitlines() if row.strip()] or [""]
    return rows[-1][:LONGEST]
