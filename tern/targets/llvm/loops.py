"""Functions of affine loops over buffers as functions in LLVM IR."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from tern.analysis.nests import induction_variable, loop_names, nests
from tern.ir import Block, Operation, OpResult, Value
from tern.ir.dialects.affine import (
    LOADS,
    LOOPS,
    STORES,
    Map,
    is_induction_variable,
    lower_bound,
    upper_bound,
)
from tern.parts import part
from tern.targets.errors import EmitError
from tern.targets.facts import Facts, effect_words
from tern.targets.llvm.buffers import Buffers, may_leave
from tern.targets.llvm.calls import function_name
from tern.targets.llvm.emit import instruction
from tern.targets.llvm.vectors import vector_operation
from tern.targets.llvm.writer import Writer
from tern.targets.parameters import Layout

DENSE = Layout()
NONE: Mapping[str, Operation] = MappingProxyType({})


def bound(writer: Writer, buffers: Buffers, ends: tuple[list[Value], Map], word: str) -> str:
    """A loop's bound, computed before the loop: the smax of its rows, or the smin."""
    operands, rows = ends
    first, *others = [buffers.affine(row, operands) for row in rows]
    for other in others:
        called = f"call i64 @llvm.{word}.i64(i64 {first}, i64 {other})"
        first = writer.compute("bound", called)
    return first


def loop(writer: Writer, buffers: Buffers, op: Operation, names: Mapping[Operation, str]) -> None:
    """A loop as three blocks: one that asks, the body, and what comes after."""
    low = bound(writer, buffers, lower_bound(op), "smax")
    high = bound(writer, buffers, upper_bound(op), "smin")
    name, before = names[op], writer.label
    test, body, end = [writer.fresh_label(f"{name}.{word}") for word in ("test", "body", "end")]
    variable = writer[induction_variable(op)] = writer.fresh(name)
    following = writer.fresh(f"{name}.next")
    writer.line(f"br label %{test}")
    writer.open(test)
    start = len(writer.lines)
    more = writer.compute(f"{name}.more", f"icmp slt i64 {variable}, {high}")
    writer.line(f"br i1 {more}, label %{body}, label %{end}")
    writer.open(body)
    operations(writer, buffers, op.body.only_block, names)
    writer.line(f"{following} = {step(op, variable, buffers.facts)}")
    writer.line(f"br label %{test}")
    back = writer.label  # a guard in the body may have begun another block
    phi = f"  {variable} = phi i64 [ {low}, %{before} ], [ {following}, %{back} ]"
    writer.lines.insert(start, phi)
    writer.open(end)


def step(op: Operation, variable: str, facts: Facts) -> str:
    """The next value of an induction variable, which is less than the bound: so that 1 more is no
    overflow, nor are several unless the bound is near the largest number."""
    by = op.attributes["step"]
    if by == 1 or is_small(op):
        return f"add {'nsw ' * facts.wraps}i64 {variable}, {by}"
    return f"call i64 @llvm.sadd.sat.i64(i64 {variable}, i64 {by})"


def is_small(op: Operation) -> bool:
    """Whether a loop's bound is one of sizes and small numbers, which are far from overflowing."""
    operands, rows = upper_bound(op)
    small = max(abs(number) for row in rows for number in row) < 1 << 20
    return small and all(
        is_small(value.block.parent_op)
        if is_induction_variable(value)
        else isinstance(value, OpResult) and value.op.name in ("memref.dim", "arith.constant")
        for value in operands
    )


def operations(
    writer: Writer, buffers: Buffers, block: Block, names: Mapping[Operation, str]
) -> None:
    """What is in a block, one operation after the other."""
    for op in block.operations:
        with writer.at(op):
            if op.name in LOOPS:
                loop(writer, buffers, op, names)
            elif op.name in LOADS or op.name == "memref.load":
                buffers.load(op)
            elif op.name in STORES or op.name == "memref.store":
                buffers.store(op)
            elif op.name == "affine.prefetch":
                buffers.prefetch(op)
            elif op.name.startswith("vector."):
                vector_operation(writer, op)
            elif op.name in ("memref.alloc", "memref.alloca"):
                buffers.allocate(op)
            elif op.name == "memref.dim":
                buffers.dimension(op)
            elif op.name == "func.call" and op.attributes["callee"] in buffers.callees:
                buffers.call(op)
            elif op.name == "func.return":
                writer.line("ret void")
            elif op.regions or op.name == "func.call" or op.successors:
                raise EmitError(f"{op.name} has no form in LLVM IR among loops")
            elif op.name != "affine.yield":
                instruction(writer, op)


@part("targets.llvm.emit_loops", helpers=(bound, loop, step, is_small, operations))
def emit_loops(
    func: Operation, layout: Layout = DENSE, callees: Mapping[str, Operation] = NONE
) -> str:
    """A function of affine loops over buffers as a function in LLVM IR.

    `define void @matmul(ptr noalias %a, …, i64 %n, …) {`: buffers are addresses, which overlap with
    nothing if the `layout` says so, and of which its facts tell more; their sizes come after all
    arguments, one for each name.
    Loops are called as `loop_names` says; a parallel one runs in one thread. The function may fail
    at operations without a result, and at memref.load and memref.store, and then takes
    `ptr %failure` as its last parameter. Of all functions, it may call only `callees`: nests that
    were outlined, by name.
    O(operations x loops around them).

    Raises:
        EmitError: an operation, or a type, has no form in LLVM IR.
    """
    if len(func.body.blocks) != 1:
        raise EmitError(f"@{func.attributes['sym_name']} is not a function of loops")
    writer = Writer(func)
    buffers = Buffers(writer, layout, callees)
    written = [*buffers.written, *["ptr %failure"] * may_leave(func, callees)]
    names = {op: name for nest in nests(func) for op, name in loop_names(nest).items()}
    writer.begin("entry")
    operations(writer, buffers, func.body.only_block, names)
    name, effects = function_name(func.attributes["sym_name"]), effect_words(layout.facts)
    header = f"define void @{name}({', '.join(written)}) {effects}{writer.attached}{{"
    return "\n".join([header, "entry:", *buffers.first, *writer.lines, *writer.last, "}\n"])
