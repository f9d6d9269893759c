"""Targets beside the definitions, on random expressions: what each is given, and how it is run."""

from __future__ import annotations

import functools
import random
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from benchmarks.fuzz import expressions
from benchmarks.fuzz.expressions import Expression
from benchmarks.fuzz.family import EQUAL, UNDEFINED, Disagreement, drawn
from tern.conformance.permitted import raises
from tern.ir import DEFINITIONS, EvaluationError, Operation, functions, interpret, run
from tern.ir.arrays import dtype_of
from tern.ir.loops import run_loops
from tern.numbers import same

Call = Callable[..., Any]
ROWS = 12


def _numbers(array: np.ndarray) -> list[Any]:
    return (array.astype(np.float32) if array.dtype.kind == "V" else array).ravel().tolist()


def equal(found: np.ndarray, wanted: np.ndarray) -> bool:
    """To the bit, where any NaN is NaN; dtype and shape, too."""
    if found.dtype != wanted.dtype or found.shape != wanted.shape:
        return False
    return all(map(same, _numbers(found), _numbers(wanted)))


def check_arrays(who: str, program: object, given: Sequence[Any], found: Sequence[Any],
                 wanted: Sequence[Any]) -> None:  # fmt: skip
    for at, (actual, expected) in enumerate(zip(found, wanted, strict=True)):
        actual = np.asarray(actual)
        if not equal(actual, expected):
            told = f"result {at} of {list(given)} is\n{expected}, and here\n{actual}"
            raise Disagreement(who, program, told)


def results(types: Sequence[Any], shape: tuple[int, ...]) -> list[np.ndarray]:
    """Arrays that are full of what no operation leaves there."""
    return [
        np.full(shape, np.nan if dtype_of(each).kind in "fV" else 1, dtype_of(each))
        for each in types
    ]


# of numbers ---------------------------------------------------------------------------------------


def scalars(rng: random.Random, target: str, compile: Callable[[Operation], Call]) -> str:
    """An expression of numbers, and each row of its inputs; and a row without results."""
    expression = expressions.draw(rng, target, size=20, known=True)
    module = drawn(rng, expressions.of_numbers(expression))
    call = compile(functions(module)[0])
    for row in expressions.rows(rng, expression, ROWS):
        wanted = expression.evaluate(row)
        found = call(*row)
        found = list(found) if isinstance(found, tuple | list) else [found]
        if not all(type(a) is type(b) and same(a, b) for a, b in zip(found, wanted or ())):
            raise Disagreement(target, module, f"of {row} is {wanted}, and here {found}")
    row = expressions.failing_row(rng, expression)
    if row is not None and _raises(target, expression):
        try:
            raise Disagreement(
                f"{target} without a result", module, f"{row} has none; here {call(*row)}"
            )
        except EvaluationError:
            pass
    return EQUAL


def _raises(target: str, expression: Expression) -> bool:
    ways = {DEFINITIONS[case.name].fails for case, _, _ in expression.steps if case is not None}
    return all(raises(target, fails) for fails in ways - {""})


def simulated(name: str) -> Callable[[Operation], Call]:
    def compile(func: Operation) -> Call:
        from tern.machine import compile_functions
        from tern.machine.simulate import Simulator
        from tern.targets.machine import machine_named

        return functools.partial(
            Simulator(compile_functions([func], machine_named(name))).call, "f"
        )

    return compile


def native(func: Operation) -> Call:
    from tern.targets.machine import compile_machine

    return compile_machine(func)


def interpreted(func: Operation) -> Call:
    return lambda *row: interpret(func, row)


def by_llvm(level: int) -> Callable[[Operation], Call]:
    def compile(func: Operation) -> Call:
        from tern.targets.llvm import compile_llvm

        return compile_llvm(func, level=level)

    return compile


def by_mlir(level: int) -> Callable[[Operation], Call]:
    def compile(func: Operation) -> Call:
        from tern.targets.mlir import compile_mlir

        return compile_mlir(func, level=level)

    return compile


# of tensors and of loops --------------------------------------------------------------------------


def shape(rng: random.Random) -> tuple[int, ...]:
    """Of up to three axes, the extents of which are 0 now and then."""
    return tuple(rng.choice((0, 1, 1, 2, 3, 5, 8, 17)) for _ in range(rng.randint(0, 3)))


def tensors(rng: random.Random, target: str, compile: Callable[[Operation], Call]) -> str:
    extents = shape(rng)
    known = rng.random() < 0.5
    expression = expressions.draw(rng, target, known=known)
    sizes = extents if known else tuple(None if rng.random() < 0.7 else n for n in extents)
    module = drawn(rng, expressions.of_tensors(expression, sizes))
    inputs = expressions.rows(rng, expression, ROWS)
    if not inputs:
        return UNDEFINED
    given = expressions.arrays(expression, inputs, extents)
    wanted = expressions.expected(expression, inputs, extents)
    found = compile(functions(module)[0])(*given)
    found = list(found) if isinstance(found, tuple | list) else [found]
    check_arrays(target, module, given, found, wanted)
    return EQUAL


def on_arrays(func: Operation) -> Call:
    module = func.parent_op
    assert module is not None
    return functools.partial(run, module, "f")


def loops(rng: random.Random, target: str, compile: Callable[[Operation], Call]) -> str:
    extents = shape(rng)
    expression = expressions.draw(rng, target, known=True)
    module = drawn(rng, expressions.of_loops(expression, len(extents)))
    inputs = expressions.rows(rng, expression, ROWS)
    if not inputs:
        return UNDEFINED
    given = expressions.arrays(expression, inputs, extents)
    wanted = expressions.expected(expression, inputs, extents)
    found = results(expression.outputs, extents)
    compile(functions(module)[0])(*given, *found)
    check_arrays(target, module, given, found, wanted)
    return EQUAL


def by_loops(func: Operation) -> Call:
    return lambda *given: run_loops(func, given)


def by_vectors(func: Operation) -> Call:
    from tern.cost import AVX2
    from tern.passes.for_machine import for_machine
    from tern.targets.llvm import compile_llvm

    for_machine(func.parent_op, AVX2)  # type: ignore[arg-type]
    return compile_llvm(func)


def by_cpp(func: Operation) -> Call:
    from tern.targets.cpp import compile_cpp

    return compile_cpp(func)


def by_numba(func: Operation) -> Call:
    from tern.targets.numba import compile_numba

    return compile_numba(func)


def by_triton(func: Operation) -> Call:
    from tern.conformance.runners import from_torch, to_torch
    from tern.gpu import measure
    from tern.targets.triton import compile_triton

    launcher = compile_triton(func)
    types = func.attributes["function_type"].results

    def call(*given: Any) -> list[np.ndarray]:
        with np.errstate(all="ignore"):
            traffic = measure(launcher, *map(to_torch, given))
        return [from_torch(r, dtype_of(t.element)) for r, t in zip(traffic.results, types)]

    return call


def by_tvm(func: Operation) -> Call:
    from tern.targets.tvm import compile_tvm

    return compile_tvm(func)
