"""A loop nest as readable Python source, for Numba to compile."""

from __future__ import annotations

import ast
import keyword
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from tern.analysis.dependence import dependences
from tern.analysis.nests import (
    NestError,
    accesses,
    block_of_whole_part,
    induction_variable,
    is_tile_of,
    loop_invariant_loads,
    loop_names,
    value_range,
)
from tern.errors import at
from tern.ir import Block, Operation, OpResult, Value, is_pure
from tern.ir.dialects.affine import (
    Row,
    access,
    expression_text,
    is_induction_variable,
    lower_bound,
    upper_bound,
)
from tern.targets.arithmetic import HELPERS
from tern.targets.errors import EmitError
from tern.targets.python_expressions import bare, dtype_name, expression
from tern.types import IndexType, MemRefType

# Where the names come from that the source uses; `from … import` lines are made of it.
_IMPORTS = {
    "numba": ["prange"],
    "numpy": """
        bool_ ceil cos empty exp float32 float64 floor fmod int8 int16 int32 int64 log maximum
        minimum rint sin sqrt tanh uint8 uint16 uint32 uint64
    """.split(),
    "math": ["erf", "inf", "nan"],
    "tern.targets.arithmetic": list(HELPERS),
}
_LONG = 40  # characters of an expression that is taken apart
_RESERVED = frozenset(
    {
        "__debug__",
        "abs",
        "max",
        "min",
        "range",
        *(name for names in _IMPORTS.values() for name in names),
    }
)


def emit_python(func: Operation, *, parallel: bool = False) -> str:
    """A function of affine loops over buffers as Python source.

    Buffers are NumPy arrays. Arguments have the names of the attribute `argument_names` if there is
    one, else a, b, …; loops those of `loop_names`. What an innermost loop would load anew in each
    iteration though it is loop-invariant is loaded once before it. With `parallel`, an outermost
    loop that carries no dependence is a `prange`.

    Raises:
        EmitError: an operation, or a type, has no form in Python or Numba.
    """
    return _Emitter(func, parallel).source()


class _Emitter:
    """Writes one function. `texts` has for each value what stands for it in an expression."""

    def __init__(self, func: Operation, parallel: bool) -> None:
        if len(func.body.blocks) != 1:
            raise EmitError(f"@{func.attributes['sym_name']} is not a function of loops")
        self.func = func
        self.parallel = parallel
        self.block = func.body.blocks[0]
        self.texts: dict[Value, str] = {}
        self.taken: set[str] = set(_RESERVED)
        self.lines: list[str] = []
        self.margin = 1
        self.count = Counter(v for op in func.walk() for v in op.operands)
        # What is written where it is used, with the buffers that it reads.
        self.waiting: dict[Value, set[Value]] = {}

    def source(self) -> str:
        name = self.name(re.sub(r"\W|^(?=\d)", "_", self.func.attributes["sym_name"]))
        arguments = self.block.args
        known = self.func.attributes.get("argument_names", "abcdefgh")
        for number, arg in enumerate(arguments):
            hint = known[number] if number < len(known) else f"a{number}"
            self.texts[arg] = self.name(hint)
            if isinstance(arg.type, MemRefType):
                dtype_name(arg.type.element)
        self.operations(self.block)
        used = set(re.findall(r"\w+", "\n".join(self.lines)))
        imports = [
            f"from {module} import {', '.join(sorted(used & set(names)))}\n"
            for module, names in _IMPORTS.items()
            if used & set(names)
        ]
        body = "\n".join(self.lines or ["    pass"])
        names = ", ".join(self.texts[arg] for arg in arguments)
        text = ast.unparse(
            ast.parse(f"def {name}({names}):\n{body}")
        )  # without needless parentheses
        return f"{''.join(imports)}\n\n{text}\n".lstrip("\n")

    # names and lines ----------------------------------------------------------------------

    def name(self, hint: str) -> str:
        """`hint`, or the like, as a name that nothing else has."""
        if keyword.iskeyword(hint) or hint in self.taken:
            number = 2
            while f"{hint}_{number}" in self.taken:
                number += 1
            hint = f"{hint}_{number}"
        self.taken.add(hint)
        return hint

    def write(self, line: str) -> None:
        self.lines.append("    " * self.margin + line)

    def assign(self, value: Value, hint: str, text: str) -> None:
        name = self.name(hint)
        self.write(f"{name} = {text}")
        self.texts[value] = name

    def hint(self, value: OpResult) -> str:
        """A telling name for a value."""
        if value.op.name == "affine.load":
            buffer, operands, rows = access(value.op)
            subscripts = "".join(re.sub(r"\W", "", self.affine(row, operands)) for row in rows)
            return f"{self.texts[buffer]}_{subscripts or 'value'}"
        if block_of_whole_part(value.op) is not None:
            return f"{self.texts[value.op.operands[0]]}_whole"
        return "t"

    def materialize(self, chosen: Iterable[Value]) -> None:
        """Compute values that wait to be written where they are used."""
        for value in list(chosen):
            del self.waiting[value]
            self.assign(value, self.hint(value), self.texts[value])

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
        elif is_pure(op):
            self.scalar(op)
        elif op.name not in ("affine.yield", "func.return"):
            raise EmitError(f"{op.name} has no form in Python")

    def scalar(self, op: Operation) -> None:
        text = expression(op, [self.texts[value] for value in op.operands])
        reads: set[Value] = set()
        for value in op.operands:
            reads |= self.waiting.pop(value, set())
        self.define(op, text, reads)

    def define(self, op: Operation, text: str, reads: set[Value]) -> None:
        """What is used once, in this block, is written there; what is used more, or is long, gets
        a name."""
        result = op.result
        self.texts[result] = text
        if op.name == "arith.constant":
            return
        self.waiting[result] = reads
        if self.count[result] != 1 or len(text) > _LONG:
            self.materialize([result])

    def load(self, op: Operation) -> None:
        if op.result not in self.texts:  # else it was loaded before the loop
            text, reads = self.element(op), {_buffer(op)}
            for value in op.operands:
                reads |= self.waiting.pop(value, set())
            self.define(op, text, reads)

    def store(self, op: Operation) -> None:
        stored, buffer, element = op.operands[0], _buffer(op), self.element(op)
        for value in op.operands:
            self.waiting.pop(value, None)
        self.materialize([value for value, reads in self.waiting.items() if buffer in reads])
        text = bare(self.texts[stored])
        for sign in "+-*":
            start = f"{element} {sign} "
            if text.startswith(start) and self.texts[stored][0] == "(" and _is_sum(stored):
                self.write(f"{element} {sign}= {text[len(start) :]}")
                return
        self.write(f"{element} = {text}")

    def element(self, op: Operation) -> str:
        """`c[i, j]`"""
        if op.name.startswith("affine"):
            buffer, operands, rows = access(op)
            subscripts = [self.affine(row, operands) for row in rows]
        else:
            buffer, *operands = op.operands[op.name == "memref.store" :]
            subscripts = [
                f"inside({self.texts[value]}, {self.texts[buffer]}.shape[{axis}])"
                for axis, value in enumerate(operands)
            ]
        return f"{self.texts[buffer]}[{', '.join(subscripts) or '()'}]"

    def affine(self, row: Row, operands: Sequence[Value]) -> str:
        return expression_text(row, [self.texts[value] for value in operands])

    def dimension(self, op: Operation) -> None:
        buffer, axis = op.operands
        number = axis.op.attributes["value"] if isinstance(axis, OpResult) else None
        if not isinstance(number, int):
            raise EmitError("memref.dim along an axis that is not known has no form in Python")
        self.assign(
            op.result, self.size_name(buffer, number), f"{self.texts[buffer]}.shape[{number}]"
        )

    def size_name(self, buffer: Value, axis: int) -> str:
        if isinstance(name := buffer.type.shape[axis], str):
            return name.upper()
        return f"{self.texts[buffer]}_{'rows columns'.split()[axis] if axis < 2 else axis}"

    def allocation(self, op: Operation) -> None:
        type = op.result.type
        sizes = iter([self.texts[value] for value in op.operands])
        shape = [str(size) if isinstance(size, int) else next(sizes) for size in type.shape]
        tuple_text = f"({', '.join(shape)}{',' * (len(shape) == 1)})"
        self.assign(op.result, "t", f"empty({tuple_text}, {dtype_name(type.element)})")

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
            if op.name == "affine.load" and not _buffer(op).type.shape:
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


def _buffer(op: Operation) -> Value:
    return op.operands[op.name.endswith(".store")]


def _loops(nest: Operation) -> list[Operation]:
    return [op for op in nest.walk() if op.name == "affine.for"]


def _is_parallel(loop: Operation) -> bool:
    """Whether the iterations of an outermost loop may run at the same time, and Numba can do so:
    for it, a buffer without dimensions is a number there."""
    try:
        if any(a.name == "affine.store" and not _buffer(a).type.shape for a in accesses(loop)):
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


def _is_sum(value: Value) -> bool:
    name = value.op.name if isinstance(value, OpResult) else ""
    return name in ("arith.addf", "arith.subf", "arith.mulf") or (
        name in ("arith.addi", "arith.subi", "arith.muli") and isinstance(value.type, IndexType)
    )


def _grouped(text: str) -> str:
    return f"({text})" if " " in text else text
