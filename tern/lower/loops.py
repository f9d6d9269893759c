"""From tensors to loops: every operation on tensors becomes a nest over buffers.

A function of tensors becomes a function of buffers without results: its results are further
arguments at the end, which the caller provides ("destination-passing style", as in MLIR's
bufferization). Each operation that computes gets a nest of its own, and a buffer unless the
result's own will do; operations that only rearrange (transpose, broadcast, reshape by sizes of
1) cost nothing, because the nests that read them use other subscripts. Calls are expanded in
place. What is worth fusing is a decision for later (tern.passes.fuse).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from tern.ir import (
    Block,
    Builder,
    Operation,
    Value,
    captured_values,
    function,
    functions,
    new_module,
    public_functions,
)
from tern.ir.dialects.affine import new_store
from tern.ir.dialects.structures import STRUCTURED
from tern.lower.computing import elementwise, fill, structured
from tern.lower.generalize import generalize
from tern.lower.moving import LOWER
from tern.lower.nests import Nests
from tern.lower.slots import Slot, slots_of
from tern.lower.views import LoweringError, View
from tern.passes.dead_code import erase_dead_operations
from tern.types import MemRefType, TensorType, Type

__all__ = ["LoweringError", "lower_source", "lower_to_loops"]


def lower_to_loops(module: Operation, names: Sequence[str] | None = None) -> Operation:
    """A new module with the functions of `module`, or those named, as loops over buffers.

    Tensor arguments become memrefs, and each result a memref more at the end (of rank 0 for a
    scalar). No two of a function's buffers may overlap. O(operations), calls expanded.

    Raises:
        LoweringError: an operation has no loop form; the line names it.
        KeyError: the module has no function of a name.
    """
    lowered = new_module()
    chosen = public_functions(module) if names is None else [function(module, n) for n in names]
    for func in chosen:
        lowered.body.blocks[0].append(_lower_function(module, func))
    erase_dead_operations(lowered)
    return lowered


def lower_source(
    source: Any,
    names: Sequence[str] | None = None,
    prepare: Callable[[Operation], object] | None = None,
) -> Operation:
    """`lower_to_loops` of a program's text; the functions know their arguments' names. `prepare`
    may change the module in place before it is lowered.

    They are the attribute `argument_names` of func.func, one str for each argument.

    Raises:
        Diagnostic, LoweringError, KeyError: the program or a function of it is not for this.
    """
    from tern.build import build
    from tern.text import parse
    from tern.text.diagnostics import whole_language

    tree = parse(whole_language(source))
    module = build(tree)
    if prepare is not None:
        prepare(module)
    lowered = lower_to_loops(module, names)
    parameters = {f.name.text: [p.name.text for p in f.parameters] for f in tree.functions}
    for func in functions(lowered):
        known = parameters[func.attributes["sym_name"]]
        results = len(func.body.blocks[0].args) - len(known)
        out = next(name for name in ("out", "result", "out_") if name not in known)
        func.attributes["argument_names"] = (*known, *[out] * results)
    return lowered


def _memref(type: Type) -> MemRefType:
    if isinstance(type, TensorType):
        return MemRefType(type.shape, type.element)
    return MemRefType((), type)


def _lower_function(module: Operation, func: Operation) -> Operation:
    type = func.attributes["function_type"]
    inputs = [_memref(t) if isinstance(t, TensorType) else t for t in type.inputs]
    outputs = [_memref(t) for t in type.results]
    builder = Builder(Block())
    lowered = builder.func(func.attributes["sym_name"], [*inputs, *outputs], [])
    lowered.location = func.location
    lowering = _Lowering(module, lowered.body.blocks[0])
    args = lowered.body.blocks[0].args
    given = [
        lowering.whole(arg) if isinstance(t, TensorType) else arg
        for arg, t in zip(args, type.inputs)
    ]
    results = args[len(inputs) :]
    try:
        found = lowering.call(func, given, [Slot(result) for result in results])
    except LoweringError as error:
        error.location = lowering.builder.location or func.location
        raise
    for value, result in zip(found, results):
        if not isinstance(value, View):
            lowering.append(new_store(value, result, [], []))
        elif value.buffer is not result:
            lowering.copy(value, replace(lowering.whole(result), sizes=value.sizes))
    lowering.builder.location = None
    lowering.builder.ret()
    return lowered


class _Lowering(Nests):
    """Appends what functions do to the block of one."""

    def __init__(self, module: Operation, block: Block) -> None:
        super().__init__(block)
        self.module = module
        self.calls: list[str] = []

    def call(self, func: Operation, given: list[Any], results: list[Slot]) -> list[Any]:
        """Append what a function does; Values and Views for its arguments and results.

        `results` say where they must be, which a result that costs nothing ignores.
        """
        name = func.attributes["sym_name"]
        if name in self.calls:
            raise LoweringError(f"func.call of @{name} inside itself has no loop form")
        if len(func.body.blocks) != 1:
            what = "no body" if not func.body.blocks else "branches, which have no loop form yet"
            raise LoweringError(f"func.func @{name} has {what}")
        self.calls.append(name)
        block = func.body.blocks[0]
        now: dict[Value, Any] = dict(zip(block.args, given))
        slots = slots_of(block, results)
        for op in block.operations[:-1]:
            self.builder.location = op.location
            self.operation(op, now, slots)
        self.calls.pop()
        return [now[value] for value in block.terminator.operands]

    def operation(self, op: Operation, now: dict[Value, Any], slots: dict[Value, Slot]) -> None:
        """Append what one operation does, and note in `now` what its results are."""
        if op.name == "func.call":
            callee = function(self.module, op.attributes["callee"])
            operands = [now[value] for value in op.operands]
            found = self.call(callee, operands, [slots[result] for result in op.results])
        elif op.name in LOWER:
            given = [now[value] for value in (*op.operands, *captured_values(op))]
            found = [LOWER[op.name](self, op, given, slots.get(op.results[0]))]
        elif op.name == "linalg.fill":
            given = [now[value] for value in op.operands]
            found = [fill(self, op, given, slots.get(op.results[0]))]
        elif op.name in STRUCTURED:
            general = generalize(op)
            own = {new: slots[old] for new, old in zip(general.results, op.results)}
            found = structured(self, general, now, own)
        elif op.name.startswith(("arith.", "math.")):
            found = [self.computed(op, [now[value] for value in op.operands], slots)]
        else:
            raise LoweringError(f"{op.name} has no loop form yet")
        now.update(zip(op.results, found))

    def computed(self, op: Operation, given: list[Any], slots: dict[Value, Slot]) -> Any:
        (result,) = op.results
        if isinstance(result.type, TensorType):
            return elementwise(self, op, given, slots[result])
        return self.builder.op(op.name, given, [result.type], op.attributes).result
