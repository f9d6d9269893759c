"""tern's IR in Python and in C++: where does the factor come from?

    python -m benchmarks.cpp_core --operations 100000 --rounds 10

Builds so many operations, walks them, replaces the uses of every tenth result, and erases what is
dead then: in turn in Python and in the C++ core, whose IR is the same after each step. CPU time,
with Python's garbage collector at rest. With --headers FOLDER the core is made of a reader's
headers. Then the price of the crossing: GVN of a program that Python has, by bytecode and back.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from time import process_time

from tern.ir import write_bytecode
from tern.passes import gvn
from tern.targets.cpp.build import compiler, version
from tern.workshop.cpp import Core, load_core, workload
from tern.workshop.cpp.measure import (
    STEPS,
    counted,
    factors,
    median,
    missing,
    pairs,
    python_memory,
)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--operations", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--headers", type=Path, metavar="FOLDER")
    options = parser.parse_args()
    operations = options.operations
    core = load_core(options.headers)
    same_ir(core, 1_000)
    print(f"{operations:,} operations, Python {sys.version.split()[0]}, {version(compiler())}\n")
    measured = pairs(core, operations, options.rounds)
    counts = None if missing() else counted(operations, options.headers)
    heading = f"{'ns an operation':<16}{'Python':>9}{'C++':>8}{'factor':>9}  {'least – most':<14}"
    print(heading + ("instructions in C++" if counts else ""))
    for step in (*STEPS, "free"):
        python_ns, cpp_ns = (
            median(measured, language, step) / operations * 1e9 for language in ("python", "cpp")
        )
        ratio = factors(measured, step)
        line = f"{step:<16}{python_ns:>9,.0f}{cpp_ns:>8.1f}{ratio[len(ratio) // 2]:>8.0f}×  "
        line += f"{f'{ratio[0]:.0f} – {ratio[-1]:.0f}':<14}"
        print(line + (f"{counts.instructions[step]:>8.1f}" if counts and step in STEPS else ""))
    python = python_memory(operations)
    print(f"\nan operation in Python: {python.bytes:.0f} bytes in {python.allocations:.1f} blocks")
    if counts:
        cpp = counts.memory
        print(f"an operation in C++: {cpp.bytes:.0f} bytes, {cpp.allocations:.5f} calls of malloc")
    else:
        print(f"not counted in C++: {missing()}")
    crossing(core, min(operations, 20_000))
    return 0


def same_ir(core: Core, operations: int) -> None:
    """Stop if the two don't have the same IR after some step."""
    module = workload.build(operations)
    with core.built(operations) as handle:
        for step in ("", *STEPS[1:]):
            if step:
                assert handle.run(step) == getattr(workload, step)(module), step
            assert handle.bytecode() == write_bytecode(module), f"after {step or 'build'}"


def crossing(core: Core, operations: int) -> None:
    """Print what it costs to run a pass on Python's IR, and how little of that is the pass."""
    module = workload.build(operations)
    begun = process_time()
    gvn(module.clone())
    python = process_time() - begun
    copy = module.clone()
    begun = process_time()
    core.gvn(copy)
    whole = process_time() - begun
    with core.holding(write_bytecode(module)) as handle:
        begun = process_time()
        handle.run("gvn")
        inside = process_time() - begun
    print(
        f"\nGVN of {operations:,} operations: {python * 1e3:.0f} ms in Python, "
        f"{inside * 1e3:.1f} ms in C++, {whole * 1e3:.0f} ms there and back"
    )


if __name__ == "__main__":
    sys.exit(main())
