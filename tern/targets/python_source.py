"""Functions of loop nests as readable Python source, for Numba to compile."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence

from tern.analysis.dependence import dependences
from tern.analysis.nests import (
    NestError,
    accesses,
    induction_variable,
    is_tile_of,
    loop_invariant_loads,
    loop_names,
    nests,
    value_range,
)
from tern.errors import at
from tern.ir import Block, Operation, Value, functions, is_pure, new_module
from tern.ir.dialects.affine import (
    Row,
    access,
    is_induction_variable,
    lower_bound,
    upper_bound,
)
from tern.passes import erase_dead_operations, outline
from tern.targets.errors import EmitError
from tern.targets.python_expressions import dtype_name
from tern.targets.python_writer import IMPORTS, RESERVED, Writer, buffer_of, new_name
from tern.types import MemRefType

MAX_NESTS = 16
"""How many nests a function may have to be written, and compiled, as one."""


def emit_python(func: Operation, *, parallel: bool = False) -> str:
    """A function of affine loops over buffers as Python source.

    Buffers are NumPy arrays. Arguments have the names of the attribute `argument_names` if there is
    one, else a, b, …; loops those of `loop_names`. What an innermost loop would load anew in each
    iteration though it is loop-invariant is loaded once before it. With `parallel`, an outermost
    loop that carries no dependence is a `prange`. Of a function of more than MAX_NESTS nests, each
    nest is a function, and the function itself comes last.

    Raises:
        EmitError: an operation, or a type, has no form in Python or Numba.
    """
    return python_text(parts_of(func), parallel)


def parts_of(func: Operation) -> list[Operation]:
    """The functions that one is compiled as, itself last: of many nests, they are outlined."""
    if len(nests(func)) <= MAX_NESTS:
        return [func]
    module = new_module()
    module.body.only_block.append(func.clone())
    outline(module)
    erase_dead_operations(module)
    return functions(module)


def python_text(parts: Sequence[Operation], parallel: bool) -> str:
    """`emit_python` of a function's parts."""
    names: dict[str, str] = {}
    taken = set(RESERVED)
    for part in reversed(parts):  # the function itself first
        symbol = part.attributes["sym_name"]
        names[symbol] = new_name(re.sub(r"\W|^(?=\d)", "_", symbol), taken)
    texts = []
    for part in parts:
        symbol = part.attributes["sym_name"]
        callees = {n: name for n, name in names.items() if part is parts[-1] and n != symbol}
        texts.append(_Emitter(part, names[symbol], callees, parallel).source())
    text = "\n\n\n".join(texts)
    used = set(re.findall(r"\w+", text))
    imports = [
        f"from {module} import {', '.join(sorted(used & set(words)))}\n"
        for module, words in IMPORTS.items()
        if used & set(words)
    ]
    return f"{''.join(imports)}\n\n{text}\n".lstrip("\n")


class _Emitter(Writer):
    """Writes the operations and loops of one function."""

    def __init__(self, func: Operation, name: str, callees: dict[str, str], parallel: bool) -> None:
        if len(func.body.blocks) != 1:
            raise EmitError(f"@{func.attributes['sym_name']} is not a function of loops")
        super().__init__(func, name, callees)
        self.parallel = parallel

    def source(self) -> str:
        arguments = self.block.args
        known = self.func.attributes.get("argument_names", "abcdefgh")
        for number, arg in enumerate(arguments):
            hint = known[number] if number < len(known) else f"a{number}"
            self.texts[arg] = self.name(hint)
            if isinstance(arg.type, MemRefType):
                dtype_name(arg.type.element)
        self.operations(self.block)
        body = "\n".join(self.lines or ["    pass"])
        signature = ", ".join(self.texts[arg] for arg in arguments)
        return ast.unparse(  # without needless parentheses
            ast.parse(f"def {self.own_name}({signature}):\n{body}")
        )

    # operations ---------------------------------------------------------------------------

    def operations(self, block: Block) -> None:
        for op in block.operations:
            with at(op.location):
                self.operation(op)

    def operation(self, op: Operation) -> None:
        if op.name == "affine.for":
            self.materialize(self.waiting)
            self.loop(op)
        elif op.name in ("affine.load", "memref.load"):
            self.load(op)
        elif op.name in ("affine.store", "memref.store"):
            self.store(op)
        elif op.name in ("memref.alloc", "memref.alloca"):
            self.allocation(op)
        elif op.name == "memref.dim":
            self.dimension(op)
        elif op.name == "func.call":
            self.call(op)
        elif is_pure(op):
            self.scalar(op)
        elif op.name not in ("affine.yield", "func.return"):
            raise EmitError(f"{op.name} has no form in Python")

    # loops --------------------------------------------------------------------------------

    def loop(self, op: Operation) -> None:
        if induction_variable(op) not in self.texts:
            self.name_loops(op)
        name = self.texts[induction_variable(op)]
        self.hoist(op)
        low, high = self.bound(lower_bound(op), "max"), self.bound(upper_bound(op), "min")
        step = op.attributes["step"]
        if self.parallel and self.margin == 1 and _is_parallel(op):
            self.load_numbers(op)
            self.parallel_header(name, low, high, step)
        else:
            bounds = [low, high, str(step)] if step != 1 else [low, high] if low != "0" else [high]
            if _needs_unsigned(op):
                bounds[:2] = [f"uint64({text})" for text in bounds[:2]]
            self.write(f"for {name} in range({', '.join(bounds)}):")
            self.margin += 1
        before = len(self.lines)
        self.operations(op.body.only_block)
        self.materialize(self.waiting)
        if len(self.lines) == before:
            self.write("pass")
        self.margin -= 1
        if self.margin == 1:
            self.taken -= {self.texts[induction_variable(inner)] for inner in _loops(op)}

    def name_loops(self, nest: Operation) -> None:
        for loop, name in loop_names(nest).items():
            self.texts[induction_variable(loop)] = self.name(name)

    def load_numbers(self, loop: Operation) -> None:
        """Load before a parallel loop what it reads from buffers without dimensions."""
        for op in loop.walk():
            if op.name == "affine.load" and not buffer_of(op).type.shape:
                if op.result not in self.texts:
                    self.assign(op.result, self.hint(op.result), self.element(op))

    def parallel_header(self, name: str, low: str, high: str, step: int) -> None:
        """Numba's prange counts by ones only, and in numbers without a sign."""
        if (low, step) == ("0", 1):
            self.write(f"for {name} in prange({high}):")
            self.margin += 1
            return
        number = self.name(f"{name}_number")
        length = high if low == "0" else f"{high} - {_grouped(low)}"
        trip_count = length if step == 1 else f"({length} + {step - 1}) // {step}"
        self.write(f"for {number} in prange({trip_count}):")
        self.margin += 1
        start = f" + {low}" if low != "0" else ""
        factor = f" * {step}" if step != 1 else ""
        self.write(f"{name} = int64({number}){factor}{start}")

    def bound(self, bound: tuple[list[Value], tuple[Row, ...]], word: str) -> str:
        operands, rows = bound
        texts = [self.affine(row, operands) for row in rows]
        return texts[0] if len(texts) == 1 else f"{word}({', '.join(texts)})"

    def hoist(self, loop: Operation) -> None:
        """Load before an innermost loop what is invariant in it."""
        done: dict[str, Value] = {}
        for op in loop_invariant_loads(loop):
            if not all(value in self.texts for value in op.operands):
                continue
            if op.result in self.texts:  # it was loaded before a loop around this one
                continue
            text = self.element(op)
            if text not in done:
                self.assign(op.result, self.hint(op.result), text)
                done[text] = op.result
            self.texts[op.result] = self.texts[done[text]]


def _loops(nest: Operation) -> list[Operation]:
    return [op for op in nest.walk() if op.name == "affine.for"]


def _is_parallel(loop: Operation) -> bool:
    """Whether the iterations of an outermost loop may run at the same time, and Numba can do so:
    for it, a buffer without dimensions is a number there."""
    try:
        if any(a.name == "affine.store" and not buffer_of(a).type.shape for a in accesses(loop)):
            return False
        return all(found.vector[0] == 0 for found in dependences(loop))
    except NestError:
        return False


def _needs_unsigned(loop: Operation) -> bool:
    """Whether an innermost loop within a tile should count without a sign.

    A negative subscript counts from the end, and unless Numba's compiler sees that an index is
    never negative it must test for that in each iteration, so that the loop cannot use vector
    instructions. A tile's start it does not see through. Only where the induction variable is a
    subscript as it is, because Numba makes a float of an unsigned plus a signed number; and only
    where the loop over tiles starts at 0 or later and stops where the tile stops, so that neither
    bound is negative.
    """
    value, body = induction_variable(loop), loop.body.only_block.operations
    starts, _ = lower_bound(loop)
    if any(op.regions for op in body) or not starts or not is_induction_variable(starts[0]):
        return False
    tiles = starts[0].block.parent_op
    if not is_tile_of(tiles, loop) or value_range(starts[0])[0] < 0:
        return False
    end = _sum(starts, (1, tiles.attributes["step"]))
    if not _sums(*upper_bound(loop)) - {end} <= _sums(*upper_bound(tiles)):
        return False
    for op in body:
        if op.name in ("affine.load", "affine.store"):
            _, used, rows = access(op)
            with_variable = {total for total in _sums(used, rows) if value in dict(total[0])}
            if with_variable - {_sum([value], (1, 0))}:
                return False
        elif value in op.operands:
            return False
    return True


def _sum(operands: Sequence[Value], row: Row) -> tuple[frozenset, int]:
    """An affine expression as its terms and its constant, so that equal ones compare equal."""
    return frozenset((value, c) for value, c in zip(operands, row) if c), row[-1]


def _sums(operands: Sequence[Value], rows: Iterable[Row]) -> set[tuple[frozenset, int]]:
    return {_sum(operands, row) for row in rows}


def _grouped(text: str) -> str:
    return f"({text})" if " " in text else text
