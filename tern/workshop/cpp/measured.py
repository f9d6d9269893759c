"""What the lesson on C++ measures, here or, where nothing compiles, as it was recorded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from time import process_time

from tern.build import build
from tern.draw.chart import bars, line
from tern.draw.picture import Picture, picture
from tern.draw.table import table
from tern.targets.cpp.build import CompilerError
from tern.workshop.cpp import programs
from tern.workshop.cpp.core import load_core
from tern.workshop.cpp.measure import STEPS, median, pairs
from tern.workshop.cpp.shown import SIZES, llvm_headers, llvm_sizes

SAY = {"build": "build", "walk": "visit", "replace": "replace uses", "erase_dead": "erase"}
RECORDED = {
    "build": (4990.0, 206.0),
    "visit": (745.0, 33.0),
    "replace uses": (2382.0, 61.0),
    "erase": (7397.0, 113.0),
}
"""ns an operation, of 100,000: Python 3.11 and g++ 12.2 on a virtual x86, November 2026."""


def speedups(operations: int, rounds: int = 3) -> dict[str, tuple[float, float]]:
    """For each step of the workload, ns of CPU time an operation in Python and in C++.

    Without a compiler, says so and gives what was recorded.
    """
    try:
        measured = pairs(load_core(), operations, rounds)
    except CompilerError as error:
        print(f"not measured here: {error}. Recorded: g++ 12.2, Python 3.11, November 2026")
        return dict(RECORDED)

    def each(step: str, language: str) -> float:
        return median(measured, language, step) / operations * 1e9

    return {SAY[step]: (each(step, "python"), each(step, "cpp")) for step in STEPS}


def factors(times: Mapping[str, tuple[float, float]]) -> Picture:
    """By how much C++ is faster, a bar for each step."""
    return bars({step: python / cpp for step, (python, cpp) in times.items()}, "times as fast")


VISITS = 3_000_000


def visits(sizes: tuple[int, ...]) -> list[tuple[float, float]]:
    """For each number of operations, how many ns the core takes to visit one; empty without one."""
    try:
        core = load_core()
    except CompilerError as error:
        print(f"not measured here: {error}. Recorded: 6 ns among 1,000, 33 ns among 100,000")
        return []
    found = []
    for size in sizes:
        with core.built(size) as handle:
            handle.run("walk")
            repeats = max(1, VISITS // size)
            begun = process_time()
            for _ in range(repeats):
                handle.run("walk")
            found.append((float(size), (process_time() - begun) / repeats / size * 1e9))
    return found


def visits_figure(found: list[tuple[float, float]]) -> Picture:
    """Those times against the number of operations; a line of text if there is none."""
    if not found:
        return picture("<p>not drawn here</p>", "not drawn here", "a line", listing=True)
    return line(
        {"25 instructions": found},
        x="operations in the module",
        y="ns to visit one",
        log_x=True,
    )


def operand_counts() -> dict[int, int]:
    """How many operations of tern's example programs have how many operands."""
    examples = (Path(__file__).parents[2] / "examples").glob("*.tern")
    modules = (build(path.read_text(encoding="utf-8")) for path in examples)
    return dict(sorted(Counter(len(op.operands) for m in modules for op in m.walk()).items()))


# --- what sanitizers see --------------------------------------------------------------------------

MISTAKES = {
    "read an array one past its end": "int a[4] = {}; return a[n + 3];",
    "read a vector's element after its pop_back": (
        "std::vector<int> v{1, 2}; int *p = &v[1]; v.pop_back(); return *p - 2;"
    ),
    "compute INT_MAX + 1": "int x = INT_MAX; x += n; return x > 0;",
    "read a variable that was never set": "int x; if (n > 3) x = 1; return x == 12345;",
    "delete twice": "int *p = new int(n); delete p; delete p;",
    "write past an object in an arena": (
        "Arena a; int *p = a.create<int>(); p[n] = 7; return p[n] - 7;"
    ),
}
SEEN = (
    "runtime error: index out of bounds",
    "",
    "runtime error: signed integer overflow",
    "",
    "AddressSanitizer: double-free",
    "",
)
"""What was reported, in short."""


def mistakes() -> dict[str, str]:
    """For each mistake, what AddressSanitizer and UBSan report; empty for nothing.

    Without a compiler, says so and gives what was recorded.
    """
    cases = "".join(f"case {i}: {{ {text} }}\n" for i, text in enumerate(MISTAKES.values()))
    text = f"""#include "arena.hpp"
#include <climits>
#include <cstdlib>
#include <vector>
int main(int count, char **arguments) {{
  const int n = count - 1;
  switch (std::atoi(arguments[1])) {{ {cases} }}
}}
"""
    try:
        arguments = [[str(i)] for i in range(len(MISTAKES))]
        found = programs.run_with(text, arguments, sanitize=True)
    except CompilerError as error:
        print(f"not run here: {error}. Recorded: g++ 12.2, November 2026")
        return dict(zip(MISTAKES, SEEN))
    return {name: report.partition("\n")[0] for name, report in zip(MISTAKES, found)}


# --- LLVM -----------------------------------------------------------------------------------------

TERNS = {"SmallVector<void *, 2>": 32, "Use": 32, "Value": 32, "Instruction": 176, "BasicBlock": 80}
LLVM_22 = dict(zip(SIZES, (32, 64, 16, 16, 32, 24, 72, 80)))
"""Bytes, as g++ 12.2 had them with the headers of Debian's LLVM 22.1.8, November 2026."""


def llvm() -> Picture:
    """How many bytes LLVM's objects have, by the headers that are here, or as recorded."""
    where = llvm_headers()
    version, sizes = "22.1.8, recorded", LLVM_22
    try:
        if where is not None:
            version, sizes = where[1], llvm_sizes(where[0])
    except CompilerError:
        pass  # recorded it is
    rows = [[name, str(size), str(TERNS.get(name, "–"))] for name, size in sizes.items()]
    return table(("object", f"bytes in LLVM {version}", "its like in the core"), rows)


PASTED = "Recorded for IR/Instructions.h of LLVM 14, g++ 12.2: 72,558 lines, 2.5 s to check"


def pasted(header: str) -> str:
    """What a file costs that includes only this header: its lines, and how long they take to check.

    Or why nobody knows.
    """
    where = llvm_headers()
    if "llvm/" in header and where is None:
        return f"LLVM's headers aren't here (apt install llvm-dev). {PASTED}"
    options = ["-isystem", str(where[0])] if where is not None else []
    text = f"#include {header}\n"
    try:
        lines = programs.preprocessed(text, options).count("\n")
        return f"{lines:,} lines, {programs.seconds_to_compile(text, options):.1f} s to check"
    except CompilerError as error:
        return f"not compiled here: {error}. {PASTED}"
