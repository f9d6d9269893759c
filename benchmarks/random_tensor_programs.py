"""Random functions of tensors: a target computes what the interpreter does, or says that it can't.

    python -m benchmarks.random_tensor_programs --count 20000 --seed 0 loops llvm numba tvm mlir

Each program is a few operations of networks on tensors of one of tern's types, of sizes that are
numbers or not known. A target may refuse a program, which is counted, and may differ where the
table of permitted differences says so of one of the program's operations (tern/conformance). What
differs otherwise is told with its seed, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import re
import sys
import traceback
from collections import Counter
from collections.abc import Callable
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


# What MLIR's passes make of slices, and then may refuse: where a size turns out to be 1 after the
# memref's type has said `?`, or one of several axes of size 1 is dropped. tern never writes these.
MADE_BY_PASSES = re.compile(r'see current operation: .*"memref\.(?:reinterpret_cast|subview)"')


def by_mlir(program: Program) -> list[Any]:
    from tests.tern.mlir_machine import run_mlir

    if "bf16" in str(program.module):
        raise TernError("bf16 has no ctypes, and its conversions no library here")
    try:
        return run_mlir(program.module, *program.arguments)
    except Exception as error:
        if MADE_BY_PASSES.search(str(error)):
            raise TernError("MLIR's passes refuse what they have made") from None
        raise


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


def try_programs(
    first: int, count: int, targets: list[str], counts: Counter[tuple[str, str]]
) -> None:
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
                print(f"{target} computes something else:\n{program.module}")

    one()


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("targets", nargs="*", default=list(TARGETS), help=", ".join(TARGETS))
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    if unknown := [name for name in options.targets if name not in TARGETS]:
        parser.error(f"{unknown[0]} is no target: {', '.join(TARGETS)}")
    counts: Counter[tuple[str, str]] = Counter()
    with np.errstate(all="ignore"):
        try_programs(options.seed, options.count, options.targets, counts)
    for target in options.targets:
        said = ", ".join(f"{n} {what}" for (t, what), n in sorted(counts.items()) if t == target)
        print(f"{target}: {said}")
    return int(any(what == "WRONG" for _, what in counts))


if __name__ == "__main__":
    sys.exit(main())
