"""Python's IR and the C++ core on the same work: CPU time, memory, allocations, instructions."""

from __future__ import annotations

import gc
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import process_time

from tern.ir import Operation
from tern.ir.collector import collector_paused
from tern.targets.cpp.build import compiler
from tern.workshop.cpp import workload
from tern.workshop.cpp.core import Core
from tern.workshop.cpp.sources import single_text

STEPS = ("build", "walk", "replace", "erase_dead")
"""The work, in order."""

Times = dict[str, float]
"""Seconds of CPU time for each step, and "free": giving all memory back."""


@dataclass(frozen=True)
class Pair:
    """One round: each language's times for the same work, one right after the other."""

    python: Times
    cpp: Times


def python_times(operations: int) -> Times:
    """Each step in Python, once. The garbage collector is at rest: it would find nothing."""
    times: Times = {}
    with collector_paused():
        begun = process_time()
        module = workload.build(operations)
        times["build"] = process_time() - begun
        for step in STEPS[1:]:
            begun = process_time()
            getattr(workload, step)(module)
            times[step] = process_time() - begun
        begun = process_time()
        _take_apart(module)
        times["free"] = process_time() - begun
    return times


def _take_apart(module: Operation) -> None:
    """Let all of a module go without waiting for the collector: its cycles are cut by hand."""
    block = module.body.only_block.operations[0].body.only_block
    for op in block.operations:
        op.parent = None
        op.operands = []
        for result in op.results:
            del result.op
    block.operations = []


def cpp_times(core: Core, operations: int, repeats: int = 8) -> Times:
    """Each step in C++, the mean of so many: some machines' CPU clock goes in steps of 4 ms."""
    times: Times = dict.fromkeys((*STEPS, "free"), 0.0)
    for _ in range(repeats):
        begun = process_time()
        with core.built(operations) as handle:
            times["build"] += process_time() - begun
            for step in STEPS[1:]:
                begun = process_time()
                handle.run(step)
                times[step] += process_time() - begun
            begun = process_time()
        times["free"] += process_time() - begun
    return {step: total / repeats for step, total in times.items()}


def pairs(core: Core, operations: int, rounds: int) -> list[Pair]:
    """So many rounds, Python first in every other one: a machine that slows down slows both."""
    found = []
    for number in range(rounds):
        if number % 2:
            python = python_times(operations)
            found.append(Pair(python, cpp_times(core, operations)))
        else:
            cpp = cpp_times(core, operations)
            found.append(Pair(python_times(operations), cpp))
    return found


def factors(measured: list[Pair], step: str) -> list[float]:
    """By how much C++ is faster in a step, in each round, from the least to the greatest."""
    return sorted(pair.python[step] / max(pair.cpp[step], 1e-9) for pair in measured)


def median(measured: list[Pair], language: str, step: str) -> float:
    """Seconds of a step."""
    return statistics.median(getattr(pair, language)[step] for pair in measured)


# --- memory ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Memory:
    """What an operation of the workload costs."""

    bytes: float
    allocations: float


def python_memory(operations: int) -> Memory:
    """Bytes and blocks that are held after building, for each operation."""
    gc.collect()
    before = sys.getallocatedblocks()
    module = workload.build(operations)
    blocks = sys.getallocatedblocks() - before
    _take_apart(module)
    tracemalloc.start()
    try:
        module = workload.build(operations)
        held = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    _take_apart(module)
    return Memory(held / operations, blocks / operations)


# --- counted --------------------------------------------------------------------------------------

_DRIVER = """
#include <cstdio>
#include <cstdlib>
int main(int count, char **arguments) {
  const std::uint32_t operations = std::atoi(arguments[1]);
  auto ir = workload::build(operations);
  for (const char *pure : {"arith.addi", "arith.muli"}) ir->context.name(pure)->isPure = true;
  std::size_t found = 0;
  for (int i = 2; i < count; ++i)
    found += arguments[i][0] == 'w'   ? workload::walk(*ir)
             : arguments[i][0] == 'r' ? workload::replace(*ir)
                                      : workload::eraseDead(*ir);
  std::printf("%zu\\n", found);
}
"""


@dataclass(frozen=True)
class Counted:
    """What valgrind counted of the C++ core, for each operation of the workload."""

    instructions: Times
    memory: Memory


def missing() -> str:
    """Why nothing can be counted here, in a line; empty if it can be."""
    return "" if shutil.which("valgrind") else "valgrind is not here: apt install valgrind"


def counted(operations: int, folder: Path | None = None) -> Counted:
    """Instructions of each step, and memory after building, of a program of the same headers.

    Those of `operations` less those of none. CompilerError without a compiler; `missing` says
    whether there is a valgrind.
    """
    with tempfile.TemporaryDirectory() as work:
        source, program = Path(work, "counted.cpp"), Path(work, "counted")
        source.write_text(single_text(folder, "workload.hpp") + _DRIVER)
        options = ["-std=c++17", "-O2", "-DNDEBUG", "-fno-rtti", "-w"]
        subprocess.run([compiler(), *options, str(source), "-o", str(program)], check=True)

        def cost(read: Callable[[str], float], tool: list[str], steps: list[str]) -> float:
            large, small = (
                read(_valgrind([*tool, str(program), str(number), *steps]))
                for number in (operations, 0)
            )
            return (large - small) / operations

        count = ["--tool=cachegrind", "--cache-sim=no", f"--cachegrind-out-file={work}/out"]
        totals = [cost(_instructions, count, list(STEPS[1:number])) for number in range(1, 5)]
        instructions = dict(zip(STEPS, [totals[0], *(b - a for a, b in zip(totals, totals[1:]))]))
        heap = ["--tool=memcheck", "--leak-check=no"]
        memory = Memory(cost(_heap(2), heap, []), cost(_heap(1), heap, []))
    return Counted(instructions, memory)


def _valgrind(command: list[str]) -> str:
    return subprocess.run(["valgrind", *command], capture_output=True, text=True, check=True).stderr


def _instructions(report: str) -> float:
    found = re.search(r"I\s+refs:\s+([\d,]+)", report)
    assert found is not None, report
    return float(found[1].replace(",", ""))


def _heap(group: int) -> Callable[[str], float]:
    def read(report: str) -> float:
        found = re.search(r"heap usage: ([\d,]+) allocs, [\d,]+ frees, ([\d,]+) bytes", report)
        assert found is not None, report
        return float(found[group].replace(",", ""))

    return read
