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
    OpResult,
    Value,
    function,
    functions,
    new_module,
    public_functions,
)
from tern.ir.dialects.affine import Row, new_for, new_load, new_store
from tern.lower.slots import Slot, slots_of
from tern.lower.views import (
    LoweringError,
    Size,
    View,
    broadcast,
    collapsed,
    expanded,
    identity,
    transposed,
)
from tern.passes.dead_code import erase_dead_operations
from tern.types import FloatType, MemRefType, TensorType, Type, index

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


def lower_source(source: Any, names: Sequence[str] | None = None) -> Operation:
    """`lower_to_loops` of a program's text; the functions know their arguments' names.

    They are the attribute `argument_names` of func.func, one str for each argument, and
    `argument_sizes`, for each a tuple of its sizes' names ("" for a number).

    Raises:
        Diagnostic, LoweringError, KeyError: the program or a function of it is not for this.
    """
    from tern.build import build
    from tern.check import check
    from tern.text import parse

    tree = parse(source)
    signatures = check(tree).signatures
    lowered = lower_to_loops(build(tree), names)
    parameters = {f.name.text: [p.name.text for p in f.parameters] for f in tree.functions}
    for func in functions(lowered):
        known = parameters[func.attributes["sym_name"]]
        results = len(func.body.blocks[0].args) - len(known)
        out = next(name for name in ("out", "result", "out_") if name not in known)
        func.attributes["argument_names"] = (*known, *[out] * results)
        func.attributes["argument_sizes"] = tuple(
            tuple(size if isinstance(size, str) else "" for size in getattr(type, "shape", ()))
            for type in signatures[func.attributes["sym_name"]].parameters
        )
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
    found = lowering.call(func, given, [Slot(result) for result in results])
    for value, result in zip(found, results):
        if not isinstance(value, View):
            lowering.append(new_store(value, result, [], []))
        elif value.buffer is not result:
            lowering.copy(value, replace(lowering.whole(result), sizes=value.sizes))
    lowering.builder.location = None
    lowering.builder.ret()
    return lowered


class _Lowering:
    """Appends nests to the block of one function."""

    def __init__(self, module: Operation, block: Block) -> None:
        self.module = module
        self.block = block
        self.builder = Builder(block)
        self.calls: list[str] = []
        self.indices: dict[int, Value] = {}

    # small pieces -------------------------------------------------------------------------

    def append(self, op: Operation) -> Operation:
        op.location = self.builder.location
        return self.builder.block.append(op)

    def index(self, number: int) -> Value:
        """An index constant, one for each number, at the top of the function."""
        if number not in self.indices:
            op = Operation("arith.constant", (), [index], {"value": number})
            self.indices[number] = self.block.insert(len(self.indices), op).result
        return self.indices[number]

    def whole(self, buffer: Value) -> View:
        """All of a buffer as it is."""
        sizes: list[Size] = []
        for axis, size in enumerate(buffer.type.shape):
            if not isinstance(size, int):
                operands = [buffer, self.index(axis)]
                size = self.builder.op("memref.dim", operands, [index]).result
            sizes.append(size)
        return View(tuple(sizes), buffer=buffer, rows=identity(len(sizes)))

    def allocate(self, slot: Slot, sizes: tuple[Size, ...], element: Type) -> View:
        if slot.buffer is None:
            shape = tuple(size if isinstance(size, int) else None for size in sizes)
            unknown = [size for size in sizes if not isinstance(size, int)]
            type = MemRefType(shape, element)
            slot.buffer = self.builder.op("memref.alloc", unknown, [type]).result
        rows = identity(len(sizes)) if slot.rows is None else slot.rows
        return View(sizes, buffer=slot.buffer, rows=rows)

    def nest(self, sizes: Sequence[Size], body: Callable[[list[Value | None]], None]) -> None:
        """Loops over an index space; `body` appends what they do, given the index. A size of 1
        needs no loop: its subscript is None, for 0."""
        outside, loops = self.builder.block, []
        index: list[Value | None] = [None] * len(sizes)
        for axis, size in enumerate(sizes):
            if size != 1:
                upper = ([], [(size,)]) if isinstance(size, int) else ([size], [(1, 0)])
                loop = self.append(new_for(([], [(0,)]), upper))
                self.builder.block = loop.body.blocks[0]
                self.builder.block.operations.clear()  # the yield, until all else is there
                index[axis] = self.builder.block.args[0]
                loops.append(loop)
        body(index)
        for loop in loops:
            loop.body.blocks[0].append(Operation("affine.yield"))
        self.builder.block = outside

    def load(self, view: View, index: Sequence[Value | None]) -> Value:
        """The element of a view at an index."""
        if view.value is not None:
            return view.value
        return self.append(new_load(view.buffer, *_subscripts(view, index))).result

    def store(self, value: Value, view: View, index: Sequence[Value | None]) -> None:
        self.append(new_store(value, view.buffer, *_subscripts(view, index)))

    def copy(self, view: View, target: View) -> None:
        if view.value is None and view.buffer is None:
            return  # nothing was ever stored in it
        self.nest(view.sizes, lambda at: self.store(self.load(view, at), target, at))

    # functions ----------------------------------------------------------------------------

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
        operands = [now[value] for value in op.operands]
        if op.regions or not op.results:
            raise LoweringError(f"{op.name} has no loop form yet")
        if op.name == "func.call":
            callee = function(self.module, op.attributes["callee"])
            found = self.call(callee, operands, [slots[result] for result in op.results])
            now.update(zip(op.results, found))
            return
        result = op.results[0]
        lower = _LOWER.get(op.name)
        if lower is None and not op.name.startswith(("arith.", "math.")):
            raise LoweringError(f"{op.name} has no loop form yet")
        if lower is not None:
            now[result] = lower(self, op, operands, slots.get(result))
        elif isinstance(result.type, TensorType):
            now[result] = self.elementwise(op, operands, slots[result])
        else:
            now[result] = self.builder.op(op.name, operands, [result.type], op.attributes).result

    # operations that compute --------------------------------------------------------------

    def elementwise(self, op: Operation, operands: list[Any], slot: Slot) -> View:
        type = op.results[0].type
        if op.name == "arith.constant":
            value = op.attributes["value"]
            if isinstance(value, tuple):
                raise LoweringError(f"{op.name} of several numbers has no loop form yet")
            return View(tuple(type.shape), value=self.builder.constant(value, type.element))
        views = [operand for operand in operands if isinstance(operand, View)]
        sizes = tuple(_known(together) for together in zip(*[view.sizes for view in views]))
        target = self.allocate(slot, sizes, type.element)

        def body(at: list[Value | None]) -> None:
            values = [self.load(v, at) if isinstance(v, View) else v for v in operands]
            computed = self.builder.op(op.name, values, [type.element], op.attributes)
            self.store(computed.result, target, at)

        self.nest(sizes, body)
        return target

    def fill(self, op: Operation, operands: list[Any], slot: Slot | None) -> View:
        value, out = operands
        view = View(out.sizes, value=value)
        if slot is None:  # nobody adds to it, so it needs no buffer
            return view
        target = self.allocate(slot, out.sizes, value.type)
        self.copy(view, target)
        return target

    def matmul(self, op: Operation, operands: list[Any], slot: Slot) -> View:
        left, right, out = operands
        (n, k), (k2, m) = left.sizes, right.sizes
        element = op.results[0].type.element
        target = self.accumulator(out, slot, element)
        sizes = (_known([n, out.sizes[0]]), _known([m, out.sizes[1]]), _known([k, k2]))
        multiply, add = (
            ("arith.mulf", "arith.addf")
            if isinstance(element, FloatType)
            else ("arith.muli", "arith.addi")
        )

        def body(at: list[Value | None]) -> None:
            i, j, k = at
            total = self.load(target, [i, j])
            product = self.builder.binary(
                multiply, self.load(left, [i, k]), self.load(right, [k, j])
            )
            self.store(self.builder.binary(add, total, product), target, [i, j])

        self.nest(sizes, body)
        return target

    def reduce(self, op: Operation, operands: list[Any], slot: Slot) -> View:
        view, out = operands
        axes, combiner = op.attributes["dimensions"], op.attributes["combiner"]
        target = self.accumulator(out, slot, op.results[0].type.element)

        def body(at: list[Value | None]) -> None:
            kept = [subscript for axis, subscript in enumerate(at) if axis not in axes]
            total = self.load(target, kept)
            self.store(self.builder.binary(combiner, total, self.load(view, at)), target, kept)

        self.nest(view.sizes, body)
        return target

    def accumulator(self, out: View, slot: Slot, element: Type) -> View:
        """`out`, in a buffer that may be added to."""
        target = self.allocate(slot, out.sizes, element)
        if out.buffer is not target.buffer:
            self.copy(out, target)
        return target

    # operations that only say where elements are ------------------------------------------

    def sizes(self, type: TensorType, given: Sequence[Value]) -> tuple[Size, ...]:
        """The sizes of a tensor type, the unknown ones from `given`."""
        unknown = iter(given)
        return tuple(size if isinstance(size, int) else next(unknown) for size in type.shape)

    def empty(self, op: Operation, operands: list[Any], slot: Slot | None) -> View:
        return View(self.sizes(op.results[0].type, operands))

    def splat(self, op: Operation, operands: list[Any], slot: Slot | None) -> View:
        value, *sizes = operands
        return View(self.sizes(op.results[0].type, sizes), value=value)

    def dim(self, op: Operation, operands: list[Any], slot: Slot | None) -> Value:
        view, _ = operands
        axis = op.operands[1]
        number = axis.op.attributes.get("value") if isinstance(axis, OpResult) else None
        if not isinstance(number, int) or not 0 <= number < len(view.sizes):
            raise LoweringError(f"{op.name} along an axis that is not known has no loop form yet")
        size = view.sizes[number]
        return self.index(size) if isinstance(size, int) else size

    def extract(self, op: Operation, operands: list[Any], slot: Slot | None) -> Value:
        view, *index = operands
        return self.load(view, index)

    def cast(self, op: Operation, operands: list[Any], slot: Slot | None) -> View:
        (view,) = operands
        return replace(view, sizes=tuple(map(_known, zip(op.results[0].type.shape, view.sizes))))

    def transpose(self, op: Operation, operands: list[Any], slot: Slot | None) -> View:
        return transposed(operands[0], op.attributes["permutation"])

    def broadcast(self, op: Operation, operands: list[Any], slot: Slot | None) -> View:
        view, out = operands
        return broadcast(view, out.sizes, op.attributes["dimensions"])

    def expand(self, op: Operation, operands: list[Any], slot: Slot | None) -> View:
        view, *sizes = operands
        return expanded(view, op, self.sizes(op.results[0].type, sizes))

    def collapse(self, op: Operation, operands: list[Any], slot: Slot | None) -> View:
        return collapsed(operands[0], op)


_LOWER: dict[str, Callable[..., Any]] = {
    "linalg.broadcast": _Lowering.broadcast,
    "linalg.fill": _Lowering.fill,
    "linalg.matmul": _Lowering.matmul,
    "linalg.reduce": _Lowering.reduce,
    "linalg.transpose": _Lowering.transpose,
    "tensor.cast": _Lowering.cast,
    "tensor.collapse_shape": _Lowering.collapse,
    "tensor.dim": _Lowering.dim,
    "tensor.empty": _Lowering.empty,
    "tensor.expand_shape": _Lowering.expand,
    "tensor.extract": _Lowering.extract,
    "tensor.splat": _Lowering.splat,
}


def _known(sizes: Sequence[Any]) -> Size:
    """Of sizes that are equal when the program runs, one that is known now if there is any, and
    else a value."""
    ordered = sorted(
        sizes, key=lambda size: (not isinstance(size, (int, Value)), isinstance(size, Value))
    )
    return ordered[0]


def _subscripts(view: View, index: Sequence[Value | None]) -> tuple[list[Value], list[Row]]:
    """The operands and rows of a load from, or a store to, a view's buffer."""
    moving = {axis: value for axis, value in enumerate(index) if value is not None}
    rows = [(*[row[axis] for axis in moving], row[-1]) for row in view.rows]
    return list(moving.values()), rows
