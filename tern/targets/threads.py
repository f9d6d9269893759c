"""Parallel loops on several threads: pieces of a loop's iterations, at once.

The threads are Python's. Machine code that ctypes calls lets go of the interpreter's lock, so that
each thread runs its piece on a processor of its own, and no library of threads is needed: what a
target must have is functions, no more. Each piece is a run of iterations one after the other, and
no iteration needs anything of another: so results are the same for any number of threads.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

from tern.analysis.nests import induction_variable
from tern.ir import Operation, Value, functions, new_module
from tern.ir.arrays import dtype_of
from tern.ir.dialects.affine import Map, lower_bound, new_for, upper_bound
from tern.ir.dialects.forms import element_of
from tern.ir.loops import step_of
from tern.passes import erase_dead_operations, outline
from tern.passes.gather import gather
from tern.targets.native_loops import LINE, NativeLoops, Scratch, aligned
from tern.targets.runtime import CompiledLoops
from tern.types import VectorType, index

Compile = Callable[[Operation], NativeLoops]


def is_parallel(func: Operation) -> bool:
    """Whether a function has a parallel loop that no other loop is around."""
    return any(op.name == "affine.parallel" for op in func.body.only_block.operations)


def compile_threads(func: Operation, compile: Compile, threads: int) -> Threads:
    """A function of loops, as one whose outermost parallel loops run on so many threads.

    `compile` makes machine code of a function. Each parallel loop is one, and what stands between
    two of them; Python computes sizes, and calls one after the other.
    """
    whole = compile(func)
    module = new_module()
    copy = module.body.only_block.append(func.clone())
    gather(copy)
    outline(module)
    erase_dead_operations(module)
    *nests, main = functions(module)
    pieces = {nest.attributes["sym_name"]: _piece(nest, compile, threads) for nest in nests}
    return Threads(func, whole.source, whole=whole, main=main, pieces=pieces)


@dataclass
class Threads(CompiledLoops):
    """What `compile_threads` gives. `whole` is the function in one thread, for arguments that
    overlap; `pieces` are its nests."""

    entry: Callable[..., Any] = field(init=False, repr=False)
    whole: NativeLoops = field(repr=False)
    main: Operation = field(repr=False)
    pieces: dict[str, Callable[[Sequence[Any]], None]] = field(repr=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.entry = self.run
        self.scratch = Scratch(self.main)
        self.steps = [
            step
            for op in self.main.body.only_block.operations
            if (step := self._step(op)) is not None
        ]

    def _step(self, op: Operation) -> Callable[[dict[Value, Any]], None] | None:
        if op.name == "func.call":
            piece, operands = self.pieces[op.attributes["callee"]], op.operands
            return lambda values: piece([values[operand] for operand in operands])
        if op.name in ("memref.alloc", "memref.alloca"):
            return None if op.result.type.shape else _element(op.result)
        return step_of(op) if op.name != "func.return" else None

    def run(self, *given: Any) -> None:
        """Run the nests one after the other, on arguments that have been checked."""
        if self.whole.overlap(given):
            self.whole.run(*given)
            return
        values: dict[Value, Any] = dict(zip(self.main.body.only_block.args, given))
        values.update(self.scratch.of(given))
        with np.errstate(all="ignore"):
            for step in self.steps:
                step(values)


def _element(buffer: Value) -> Callable[[dict[Value, Any]], None]:
    """A single number, or vector, which begins where machine code expects one of its size."""
    type = buffer.type.element
    shape = type.shape if isinstance(type, VectorType) else ()
    dtype = dtype_of(element_of(type))
    size = max(LINE, dtype.itemsize * int(np.prod(shape)))

    def step(values: dict[Value, Any]) -> None:
        values[buffer] = aligned(shape, dtype, size)

    return step


# pieces ----------------------------------------------------------------------------------------


def _piece(nest: Operation, compile: Compile, threads: int) -> Callable[[Sequence[Any]], None]:
    """A function of one nest, which is run in pieces if the nest is a parallel loop."""
    block = nest.body.only_block
    *before, loop, _ = block.operations
    if loop.name != "affine.parallel":
        native = compile(nest)
        return lambda given: native.run(*given)
    args, steps = list(block.args), [step_of(op) for op in before]
    bounds, step = (lower_bound(loop), upper_bound(loop)), loop.attributes["step"]
    native = compile(_of_range(nest))

    def run(given: Sequence[Any]) -> None:
        values = dict(zip(args, given))
        for each in steps:
            each(values)
        low, high = max(_ends(bounds[0], values)), min(_ends(bounds[1], values))
        ranges = pieces(low, high, step, threads)
        in_threads([lambda r=r: native.run(*given, *r) for r in ranges])

    return run


def _of_range(nest: Operation) -> Operation:
    """The function of a parallel nest with two more arguments: from where to where it goes."""
    func = nest.clone()
    block = func.body.only_block
    loop = block.operations[-2]
    type = func.attributes["function_type"]
    ends = [block.add_arg(index) for _ in "ab"]
    func.attributes = {
        **func.attributes,
        "function_type": type.__class__((*type.inputs, index, index), type.results),
    }
    body = loop.body.only_block
    lower, upper = [([end], [(1, 0)]) for end in ends]
    made = new_for(lower, upper, loop.attributes["step"], loop.location)
    loop.name, loop.operands, loop.attributes = made.name, made.operands, made.attributes
    for op in [op for op in body.operations if op.name in ("memref.alloc", "memref.alloca")]:
        if induction_variable(loop) not in op.operands:  # of each thread's own, now
            body.operations.remove(op)
            block.insert(block.operations.index(loop), op)
    module = new_module()
    module.body.only_block.append(func)
    return func


def _ends(bound: tuple[list[Value], Map], values: dict[Value, Any]) -> list[int]:
    operands, rows = bound
    return [sum(c * values[v] for c, v in zip(row, operands)) + row[-1] for row in rows]


def pieces(low: int, high: int, step: int, threads: int) -> list[tuple[int, int]]:
    """The iterations of a loop as ranges, one for each thread, as even as can be.

    >>> pieces(0, 10, 4, 2)
    [(0, 8), (8, 10)]
    """
    count = max(0, -(-(high - low) // step))
    number = min(threads, count)
    cuts = [low + step * (count * k // number) for k in range(number)] if number else []
    return list(zip(cuts, [*cuts[1:], high]))


# threads --------------------------------------------------------------------------------------


def in_threads(runs: Sequence[Callable[[], None]]) -> None:
    """Call functions at once, the first in this thread. Of several errors the first one's counts,
    as if they had been called one after the other."""
    if not runs:
        return
    waiting = [_pool(len(runs) - 1, os.getpid()).submit(run) for run in runs[1:]]
    try:
        runs[0]()
    finally:
        errors = [each.exception() for each in waiting]
    for error in errors:
        if error is not None:
            raise error


@cache
def _pool(threads: int, process: int) -> ThreadPoolExecutor | Any:
    """So many threads, of this process: a fork has none of them."""
    return ThreadPoolExecutor(max(1, threads), thread_name_prefix="tern")
