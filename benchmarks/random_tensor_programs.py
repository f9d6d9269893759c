"""Random functions of tensors: a target computes what the interpreter does, or says that it can't.

    python -m benchmarks.random_tensor_programs --count 20000 --seed 0 loops llvm numba tvm mlir

They are tried in parts of 1,000, each in a process of its own: what a compiler keeps of all that
it has compiled would fill the memory.

Each program is a few operations of networks on tensors of one of tern's types, of sizes that are
numbers or not known. A target may refuse a program, which is counted, and may differ where the
table of permitted differences says so of one of the program's operations (tern/conformance). What
differs otherwise is told with its seed, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import traceback
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from fnmatch import fnmatchcase
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tern.conformance.permitted import PERMITTED
from tern.errors import TernError
from tern.ir import functions, run
from tern.ir.arrays import dtype_of
from tern.ir.loops import run_loops
from tern.lower import lower_to_loops
from tests.tern.tensor_programs import ELEMENTS, Program, close, tensor_programs


def results(program: Program) -> list[np.ndarray]:
    """Arrays for the results, full of what no operation leaves."""
    dtypes = [dtype_of(element) for element in program.elements]
    return [
        np.full(shape, np.nan if dtype.kind in "fV" else 1, dtype)
        for shape, dtype in zip(program.shapes, dtypes)
    ]


def by_loops(program: Program) -> list[Any]:
    outs = results(program)
    run_loops(functions(lower_to_loops(program.module))[0], [*program.arguments, *outs])
    return outs


def compiled_by(compile: Callable[[Any], Any]) -> Callable[[Program], list[Any]]:
    def run_it(program: Program) -> list[Any]:
        outs = results(program)
        arguments = [
            np.ascontiguousarray(each) if np.ndim(each) else each for each in program.arguments
        ]
        compile(functions(lower_to_loops(program.module))[0])(*arguments, *outs)
        return outs

    return run_it


def by_llvm(program: Program) -> list[Any]:
    from tern.targets.llvm import compile_llvm

    return compiled_by(compile_llvm)(program)


def by_numba(program: Program) -> list[Any]:
    from tern.targets.numba import compile_numba

    return compiled_by(compile_numba)(program)


def by_tvm(program: Program) -> list[Any]:
    from tern.targets.tvm import compile_tvm

    return compiled_by(compile_tvm)(program)


def by_mlir(program: Program) -> list[Any]:
    from tern.targets.mlir import MlirError, compile_mlir

    try:
        found = compile_mlir(functions(program.module)[0], level=0)(*program.arguments)
    except MlirError as error:  # what tern writes MLIR takes
        raise AssertionError(f"{error} ({'; '.join(error.notes)})") from None
    return list(found) if isinstance(found, tuple) else [found]


TARGETS: dict[str, Callable[[Program], list[Any]]] = {
    "loops": by_loops,
    "llvm": by_llvm,
    "numba": by_numba,
    "tvm": by_tvm,
    "mlir": by_mlir,
}


def permitted(target: str, program: Program) -> bool:
    """Whether an operation of the program may differ in the target."""
    names = {op.name for op in program.module.walk()}
    names |= {
        op.attributes["combiner"] for op in program.module.walk() if "combiner" in op.attributes
    }
    return any(
        fnmatchcase(target, entry.target) and any(fnmatchcase(n, entry.operation) for n in names)
        for entry in PERMITTED
        if entry.what != "refused"
    )


def judge(target: str, program: Program, expected: list[Any]) -> str:
    """ "equal", "permitted", "refused", or "WRONG"."""
    try:
        found = TARGETS[target](program)
    except (TernError, NotImplementedError):
        return "refused"
    except Exception:  # of whatever is beneath the target: it is told with its program
        traceback.print_exc()
        return "WRONG"
    if all(map(close, found, expected)):
        return "equal"
    return "permitted" if permitted(target, program) else "WRONG"


PART = 1000


def try_programs(first: int, count: int, targets: list[str]) -> Counter[tuple[str, str]]:
    """How many programs there are of each target and verdict."""
    counts: Counter[tuple[str, str]] = Counter()

    @seed(first)
    @settings(
        max_examples=count, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )  # fmt: skip
    @given(data=st.data())
    def one(data: Any) -> None:
        program = data.draw(tensor_programs(data.draw(st.sampled_from(ELEMENTS))))
        whole = run(program.module, "f", *program.arguments)
        expected = list(whole) if isinstance(whole, tuple) else [whole]
        for target in targets:
            verdict = judge(target, program, expected)
            counts[target, verdict] += 1
            if verdict == "WRONG":
                print(f"{target} computes something else (seed {first}):\n{program.module}")

    with np.errstate(all="ignore"):
        one()
    return counts


def tried_in_parts(first: int, count: int, targets: list[str]) -> Counter[tuple[str, str]]:
    """The same, in processes one after the other, of which each has a seed of its own."""
    parts = [(first + start, min(PART, count - start)) for start in range(0, count, PART)]
    counts: Counter[tuple[str, str]] = Counter()
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=fresh, max_tasks_per_child=1) as pool:
        for number, size in parts:
            counts += pool.submit(try_programs, number, size, targets).result()
            print(f"{number + size - first:,} of {count:,}", file=sys.stderr, flush=True)
    return counts


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("targets", nargs="*", default=list(TARGETS), help=", ".join(TARGETS))
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    if unknown := [name for name in options.targets if name not in TARGETS]:
        parser.error(f"{unknown[0]} is no target: {', '.join(TARGETS)}")
    counts = tried_in_parts(options.seed, options.count, options.targets)
    for target in options.targets:
        said = ", ".join(f"{n} {what}" for (t, what), n in sorted(counts.items()) if t == target)
        print(f"{target}: {said}")
    return int(any(what == "WRONG" for _, what in counts))


if __name__ == "__main__":
    sys.exit(main())
