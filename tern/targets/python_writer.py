"""What a function in Python is written with: names, lines, scalar operations, and buffers."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping, Sequence

from tern.analysis.nests import block_of_whole_part
from tern.ir import Operation, OpResult, Value
from tern.ir.dialects.affine import Row, access, expression_text
from tern.targets.arithmetic import HELPERS
from tern.targets.errors import EmitError
from tern.targets.python_expressions import bare, dtype_name, expression
from tern.targets.statements import Statements
from tern.types import IndexType

# Where the names come from that the source uses; `from … import` lines are made of it.
IMPORTS = {
    "numba": ["prange"],
    "numpy": """
        bool_ ceil cos empty exp float32 float64 floor fmod int8 int16 int32 int64 log maximum
        minimum rint sin sqrt tanh uint8 uint16 uint32 uint64
    """.split(),
    "math": ["erf", "inf", "nan"],
    "tern.targets.arithmetic": list(HELPERS),
}
RESERVED = frozenset(
    {
        "__debug__",
        "abs",
        "max",
        "min",
        "range",
        *(name for names in IMPORTS.values() for name in names),
    }
)


class Writer(Statements):
    """Writes one function, called `name`, as a function in Python. `callees` has the names in
    Python of the functions that it may call."""

    def __init__(self, func: Operation, name: str, callees: Mapping[str, str]) -> None:
        super().__init__(func, {*RESERVED, name, *callees.values()})
        self.own_name = name
        self.callees = callees

    def is_keyword(self, name: str) -> bool:
        return keyword.iskeyword(name)

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

    # operations ---------------------------------------------------------------------------

    def scalar(self, op: Operation) -> None:
        text = expression(op, [self.texts[value] for value in op.operands])
        self.define(op, text, self.used(op))

    def load(self, op: Operation) -> None:
        if op.result not in self.texts:  # else it was loaded before the loop
            text = self.element(op)
            self.define(op, text, {buffer_of(op)} | self.used(op))

    def store(self, op: Operation) -> None:
        stored, element = op.operands[0], self.element(op)
        self.before_store(op, buffer_of(op))
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
        if isinstance(name := buffer.type.shape[axis], str) and name.isidentifier():  # no sum
            return name.upper()
        return f"{self.texts[buffer]}_{'rows columns'.split()[axis] if axis < 2 else axis}"

    def allocation(self, op: Operation) -> None:
        type = op.result.type
        sizes = iter([self.texts[value] for value in op.operands])
        shape = [str(size) if isinstance(size, int) else next(sizes) for size in type.shape]
        tuple_text = f"({', '.join(shape)}{',' * (len(shape) == 1)})"
        self.assign(op.result, "t", f"empty({tuple_text}, {dtype_name(type.element)})")

    def call(self, op: Operation) -> None:
        callee = op.attributes["callee"]
        if callee not in self.callees:
            raise EmitError(f"{op.name} of @{callee} has no form in Python")
        self.materialize(self.waiting)
        arguments = ", ".join(bare(self.texts[value]) for value in op.operands)
        self.write(f"{self.callees[callee]}({arguments})")


def new_name(hint: str, taken: set[str]) -> str:
    """`hint`, or the like, as a name that is not taken, and from now on is."""
    if keyword.iskeyword(hint) or hint in taken:
        number = 2
        while f"{hint}_{number}" in taken:
            number += 1
        hint = f"{hint}_{number}"
    taken.add(hint)
    return hint


def buffer_of(op: Operation) -> Value:
    """What a load reads, or a store writes to."""
    return op.operands[op.name.endswith(".store")]


def _is_sum(value: Value) -> bool:
    name = value.op.name if isinstance(value, OpResult) else ""
    return name in ("arith.addf", "arith.subf", "arith.mulf") or (
        name in ("arith.addi", "arith.subi", "arith.muli") and isinstance(value.type, IndexType)
    )
