"""A loop nest as TVMScript, the text form of TVM's TensorIR."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from tern.analysis.nests import induction_variable, loop_names
from tern.errors import at
from tern.ir import Block, EvaluationError, Operation, OpResult, Value, evaluator, is_pure
from tern.ir.dialects.affine import Row, access, expression_text, lower_bound, upper_bound
from tern.targets.errors import EmitError
from tern.targets.tvm_blocks import Computation, extent
from tern.targets.tvm_expressions import condition, dtype_name, expression, literal, needs_names
from tern.targets.tvm_writer import Writer, plain
from tern.types import IndexType, TensorType, bf16

_LONG = 40  # characters of an expression that gets a name of its own


def emit_tvm(func: Operation, *, nan: bool = True, init: bool = True) -> str:
    """A function as TVMScript of TVM 0.27. Needs no TVM.

    Of tensors, it is lowered to loops first (tern.lower): each operation that computes is a
    block, named after it. Of loops over buffers, each nest of plain loops from 0 around one
    computation is a block, with axes that are spatial ("S") or reduced ("R"); a fill before a
    reduction is its `T.init()`. Any other nest is plain loops. Arguments have the names of the
    attribute `argument_names` if there is one, else a, b, …; unknown sizes those of the types,
    in capitals.

    With `nan` false, max and min are T.max and T.min, which lose a NaN on their left, but which
    TVM's schedules know. A `T.init()` does not run if there is nothing to reduce; without `init`
    the fills stay blocks of their own.

    Raises:
        EmitError: an operation, or a type, has no form in TVMScript.
        LoweringError: an operation on tensors has no loop form.
    """
    return _Emitter(as_loops(func), nan, init).source()


def as_loops(func: Operation) -> Operation:
    """The function, lowered if it is one of tensors."""
    block = func.body.blocks[0] if func.body.blocks else Block()
    types = [
        value.type for value in (*block.args, *(block.operations and block.operations[-1].operands))
    ]
    if not any(isinstance(type, TensorType) for type in types):
        return func
    from tern.ir import functions
    from tern.lower import lower_to_loops

    name = func.attributes["sym_name"]
    return functions(lower_to_loops(func.parent_op, [name]))[0]


class _Emitter(Writer):
    """Writes the operations."""

    def __init__(self, func: Operation, nan: bool, init: bool) -> None:
        self.reads: dict[Value, set[Value]] = {}  # the buffers that an expression reads
        self.nan = nan
        self.constants: dict[Operation, Any] = {}
        self.of_bf16: set[Value] = set()  # whose expressions have a bf16 in them
        self.kept: list[str] = []  # allocations for their names
        super().__init__(func, init)

    def source(self) -> str:
        name = self.name(re.sub(r"\W|^(?=\d)", "_", self.func.attributes["sym_name"]))
        header = self.header(name)
        self.write('T.func_attr({"tirx.noalias": True})')
        self.allocations()
        start = len(self.lines)
        self.blocks()
        self.lines[start:start] = self.kept
        return "\n".join([*header, *self.lines, ""])

    # operations ---------------------------------------------------------------------------

    def let(self, value: Value) -> str:
        """Compute a value here, and name it.

        In what a T.let binds, TVM's passes leave bf16 as it is, and so it computes with the bits as
        with an integer's. A buffer of one element takes its place.
        """
        name, dtype = self.name("t"), dtype_name(value.type)
        text = plain(self.texts[value])
        if value in self.of_bf16:
            self.kept.append(f'    {name} = T.sblock_alloc_buffer((), "{dtype}")')
            self.of_bf16.discard(value)
            name = f"{name}[()]"
            self.write(f"{name} = {text}")
        else:
            self.write(f"{name}: T.let[T.{dtype}] = {text}")
        self.texts[value], self.reads[value] = name, set()
        return name

    def blocks(self) -> None:
        blocks: set[str] = set()
        for item in self.items:
            if isinstance(item, Computation):
                name, number = item.name, 1
                while f"{name}_{number}" in blocks or (number == 1 and name in blocks):
                    number += 1
                name = name if number == 1 else f"{name}_{number}"
                blocks.add(name)
                self.computation(item, name)
            else:
                self.operation(item)

    def operation(self, op: Operation) -> None:
        with at(op.location):
            self.write_operation(op)

    def write_operation(self, op: Operation) -> None:
        if op.name == "affine.for":
            self.loop(op)
        elif op.name in ("affine.load", "memref.load"):
            if op.result in self.users:
                self.load(op)
        elif op.name in ("affine.store", "memref.store"):
            self.store(op)
        elif op.name == "memref.dim" or is_pure(op):
            if op.result in self.users:
                self.scalar(op)
        elif op.name not in ("affine.yield", "func.return", "memref.alloc", "memref.alloca"):
            raise EmitError(f"{op.name} has no form in TVMScript")

    def scalar(self, op: Operation) -> None:
        if op.result in self.texts:
            return
        if op.name == "memref.dim":
            buffer, axis = op.operands
            number = axis.op.attributes.get("value") if isinstance(axis, OpResult) else None
            if not isinstance(number, int):
                raise EmitError(
                    "memref.dim along an axis that is not known has no form in TVMScript"
                )
            self.texts[op.result] = self.size_of(buffer, number)
            return
        if isinstance(op.results[0].type, IndexType) and op.name == "arith.constant":
            self.texts[op.result] = self.number(op.attributes["value"])
            return
        for value in op.operands:  # a size comes before its turn
            if value not in self.texts:
                self.scalar(value.op)
        if needs_names(op):
            for value in op.operands:
                if self.texts[value][0] == "(" or self.texts[value].count("(") > 1:
                    if isinstance(value, OpResult) and value.op.parent is op.parent:
                        self.let(value)
        texts = [self.texts[value] for value in op.operands]
        if self.folded(op):
            return
        required = condition(op, texts)
        if required is not None:
            self.write(f'assert {plain(required[0])}, "{required[1]}"')
        text = expression(op, texts, self.nan)
        self.define(op, text, {b for v in op.operands for b in self.reads.get(v, ())})

    def folded(self, op: Operation) -> bool:
        """Whether an operation on constants is one here. TVM folds them as well, but not all of
        them rightly: it divides no float by zero, and single bits can end the process."""
        type = op.result.type
        makers = [value.op for value in op.operands if isinstance(value, OpResult)]
        if isinstance(type, IndexType) or len(makers) < len(op.operands):
            return False
        if not all(maker in self.constants or maker.name == "arith.constant" for maker in makers):
            return False
        numbers = [self.constants.get(maker, maker.attributes.get("value")) for maker in makers]
        try:
            self.constants[op] = evaluator(op)(*numbers)
        except EvaluationError as error:
            raise EmitError(f"a constant is not defined: {error}") from None
        self.texts[op.result] = literal(self.constants[op], type)
        return True

    def define(self, op: Operation, text: str, reads: set[Value]) -> None:
        """What is used once is written there; what is used more, or is long, gets a name, and so
        does what would read memory too late."""
        result, users = op.result, self.users[op.result]
        self.texts[result], self.reads[result] = text, reads
        if any(v.type == bf16 or v in self.of_bf16 for v in (result, *op.operands)):
            self.of_bf16.add(result)
        if op.name == "arith.constant":
            return
        last = len(users) == 1 and users[0].name == "affine.store"
        short = len(text) <= _LONG and (len(users) == 1 or op.name.endswith(".load") or not reads)
        if not (last or short) or not self.may_wait(op, reads):
            self.let(result)

    def may_wait(self, op: Operation, reads: set[Value]) -> bool:
        """Whether nothing stores to the buffers between the operation and what uses it."""
        if not reads:
            return True
        operations = op.parent.operations
        start, end = operations.index(op), 0
        for user in self.users[op.result]:
            inside = user
            while inside.parent is not op.parent:
                inside = inside.parent_op
            end = max(end, operations.index(inside) + (inside is not user))
        between = [inner for each in operations[start + 1 : end] for inner in each.walk()]
        return not any(o.name.endswith(".store") and o.operands[1] in reads for o in between)

    def load(self, op: Operation) -> None:
        reads = {op.operands[0]}
        for value in op.operands[1:]:
            reads |= self.reads.get(value, set())
        self.define(op, self.element(op), reads)

    def store(self, op: Operation) -> None:
        self.write(f"{self.element(op)} = {plain(self.texts[op.operands[0]])}")

    def element(self, op: Operation) -> str:
        """`c[vi, vj]`"""
        if op.name.startswith("affine"):
            buffer, operands, rows = access(op)
            subscripts = [self.affine(row, operands) for row in rows]
        else:
            buffer, *operands = op.operands[op.name == "memref.store" :]
            subscripts = [plain(self.texts[value]) for value in operands]
            for axis, subscript in enumerate(subscripts):
                inside = f"0 <= {subscript} and {subscript} < {plain(self.size_of(buffer, axis))}"
                self.write(f'assert {inside}, "a subscript is outside of its buffer"')
        return f"{self.texts[buffer]}[{', '.join(subscripts) or '()'}]"

    def affine(self, row: Row, operands: Sequence[Value]) -> str:
        return plain(expression_text(row, [self.texts[value] for value in operands]))

    # loops --------------------------------------------------------------------------------

    def computation(self, item: Computation, name: str) -> None:
        """A block in its loops."""
        before, margin = set(self.taken), self.margin
        names = loop_names(item.loops[0]) if item.loops else {}
        variables = [self.name(names[loop]) for loop in item.loops]
        axes = [self.name(f"v{text}") for text in variables]
        extents = [extent(loop, self.size) for loop in item.loops]
        texts = [self.number(e) if isinstance(e, int) else plain(e) for e in extents]
        if len(texts) == 1:
            self.write(f"for {variables[0]} in range({texts[0]}):")
        elif texts:
            self.write(f"for {', '.join(variables)} in T.grid({', '.join(texts)}):")
        self.margin += bool(texts)
        self.write(f'with T.sblock("{name}"):')
        self.margin += 1
        if len(texts) == 1:
            kind = "spatial" if item.kinds == "S" else "reduce"
            self.write(f"{axes[0]} = T.axis.{kind}({texts[0]}, {variables[0]})")
        elif texts:
            names_ = f'"{item.kinds}", [{", ".join(variables)}]'
            self.write(f"{', '.join(axes)} = T.axis.remap({names_})")
        self.texts.update(zip(map(induction_variable, item.loops), axes))
        if item.first is not None:
            self.write("with T.init():")
            self.margin += 1
            value = item.first.operands[0]
            self.scalar(value.op)
            self.write(f"{self.element(item.stores[0])} = {self.texts[value]}")
            self.margin -= 1
        for op in item.body:
            self.operation(op)
        self.margin = margin
        self.taken = before | set(self.sizes.values())

    def loop(self, op: Operation) -> None:
        """A loop that is no part of a block."""
        outermost, before = self.margin == 1, set(self.taken)
        if outermost:
            for loop, name in loop_names(op).items():
                self.texts[induction_variable(loop)] = self.name(name)
        low, high = self.bound(lower_bound(op), "T.max"), self.bound(upper_bound(op), "T.min")
        name, step = self.texts[induction_variable(op)], op.attributes["step"]
        if low.isidentifier() or (step != 1 and low != "0"):
            # TVM 0.27 runs a loop wrongly that starts where a stepped loop around it is.
            self.texts[induction_variable(op)] = f"({low} + {name})"
            low, high = "0", self.length(op, low, high)
        bounds = [low, high, str(step)] if step != 1 else [low, high] if low != "0" else [high]
        self.write(f"for {name} in range({', '.join(map(plain, bounds))}):")
        self.margin += 1
        written = len(self.lines)
        for inner in op.body.only_block.operations:
            self.operation(inner)
        if len(self.lines) == written:
            del self.lines[-1]  # the loop does nothing
        self.margin -= 1
        if outermost:
            self.taken = before | set(self.sizes.values())

    def length(self, op: Operation, low: str, high: str) -> str:
        """How far a loop goes: for a tile, its size or what is left."""
        (below, (first, *more)), (above, rows) = lower_bound(op), upper_bound(op)
        if more or first != (1, 0):
            return f"({high}) - ({low})"
        texts = []
        for row in rows:
            rest = dict(zip(above, row))
            rest[below[0]] = rest.get(below[0], 0) - 1
            rest = dict(sorted(rest.items(), key=lambda term: term[1] < 0))
            texts.append(self.affine((*rest.values(), row[-1]), list(rest)))
        return self.extreme(texts, "T.min")

    def extreme(self, texts: list[str], word: str) -> str:
        texts = [
            self.number(int(text)) if text.isdigit() and text != "0" else text for text in texts
        ]
        together = texts[0]
        for text in texts[1:]:
            together = f"{word}({together}, {text})"
        return together

    def bound(self, bound: tuple[list[Value], tuple[Row, ...]], word: str) -> str:
        operands, rows = bound
        for value in operands:
            if value not in self.texts:
                self.size(value)
        return self.extreme([self.affine(row, operands) for row in rows], word)
