"""Functions in the flat form, of blocks with arguments, as functions in LLVM IR."""

from __future__ import annotations

from tern.ir import Block, Operation, Value, control_flow_graph, reachable_blocks
from tern.parts import part
from tern.targets.errors import EmitError
from tern.targets.llvm.calls import call, prologue, results_text, signature
from tern.targets.llvm.guards import guard
from tern.targets.llvm.operations import spell
from tern.targets.llvm.text import type_text
from tern.targets.llvm.writer import Writer

Incoming = dict[Block, list[tuple[str, list[Value]]]]
"""Of each block, from where control comes: the label that it leaves, and the values it brings."""


def phis(writer: Writer, block: Block, incoming: list[tuple[str, list[Value]]]) -> list[str]:
    """The arguments of a block as phi instructions, which choose by where control came from."""
    lines = []
    for number, arg in enumerate(block.args):
        pairs = [f"[ {writer[values[number]]}, %{label} ]" for label, values in incoming]
        lines.append(f"  {writer[arg]} = phi {type_text(arg.type)} {', '.join(pairs)}")
    return lines


def terminate(writer: Writer, op: Operation, incoming: Incoming) -> None:
    """The branch, or return, at the end of a block; notes what it brings to which blocks."""
    if op.name == "func.return":
        give_back(writer, op.operands)
        return
    if op.name not in ("cf.br", "cf.cond_br"):
        raise EmitError(f"{op.name} has no form in LLVM IR at the end of a block")
    labels = [writer.label_of(target) for target, _ in op.successors]
    if len(op.successors) == 1:
        writer.line(f"br label %{labels[0]}")
        incoming[op.successors[0][0]].append((writer.label, op.successors[0][1]))
        return
    if labels[0] == labels[1]:  # a phi can't tell two branches from one block apart
        labels[0] = writer.fresh_label(f"{labels[0]}.edge")
    writer.line(f"br i1 {writer[op.operands[0]]}, label %{labels[0]}, label %{labels[1]}")
    (then, given), (otherwise, other) = op.successors
    incoming[otherwise].append((writer.label, other))
    if then is otherwise:
        writer.open(labels[0])
        writer.line(f"br label %{labels[1]}")
    incoming[then].append((writer.label, given))


def give_back(writer: Writer, values: list[Value]) -> None:
    """The return of no value, of one, or of several as a structure."""
    if not values:
        writer.line("ret void")
        return
    typed = [f"{type_text(value.type)} {writer[value]}" for value in values]
    if len(values) > 1:
        whole = results_text([value.type for value in values])
        made = "poison"
        for number, each in enumerate(typed):
            made = writer.compute("all", f"insertvalue {whole} {made}, {each}, {number}")
        typed = [f"{whole} {made}"]
    writer.line(f"ret {typed[0]}")


def instruction(writer: Writer, op: Operation) -> None:
    """An operation in the middle of a block."""
    if op.name == "func.call":
        call(writer, op)
    elif len(op.results) != 1:
        raise EmitError(f"{op.name} has no form in LLVM IR")
    elif op.name != "arith.constant":  # which stands where it is used
        guard(writer, op)
        writer.define(op.result, spell(op, *[writer[value] for value in op.operands]))


@part("targets.llvm.emit_llvm", helpers=(phis, instruction, terminate, give_back))
def emit_llvm(func: Operation) -> str:
    """A function of scalars in SSA form, of blocks and branches, as a function in LLVM IR.

    `define float @power(float %x, i32 %n) {`, and a line for each operation: block arguments are
    phi instructions, constants stand where they are used, several results are a structure. A
    function that may fail, or calls one that may, has one more parameter, `ptr %failure`. Blocks
    that nothing reaches are left out. O(operations).

    Raises:
        EmitError: an operation, or a type, has no form in LLVM IR.
    """
    writer = Writer(func)
    header = signature(writer)
    reached = reachable_blocks(control_flow_graph(func))
    blocks = [block for number, block in enumerate(func.body.blocks) if number in reached]
    incoming: Incoming = {block: [] for block in blocks}
    bodies: list[list[str]] = []
    for block in blocks:
        writer.begin(writer.label_of(block))
        if block is blocks[0]:
            prologue(writer)
        *body, last = block.operations
        for op in body:
            with writer.at(op):
                instruction(writer, op)
        with writer.at(last):
            terminate(writer, last, incoming)
        bodies.append(writer.lines)
    text = [header]
    for block, lines in zip(blocks, bodies):
        chosen = phis(writer, block, incoming[block]) if block is not blocks[0] else []
        text += [f"{writer.label_of(block)}:", *chosen, *lines]
    return "\n".join([*text, *writer.last, "}\n"])
