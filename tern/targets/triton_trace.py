"""From the IR of a function on tensors to the nodes of one kernel (see triton_values)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tern.errors import at
from tern.ir import EvaluationError, Operation, Value, function
from tern.numbers import round_to
from tern.shapes import names_in
from tern.targets.errors import EmitError
from tern.targets.triton_expressions import DTYPES
from tern.targets.triton_values import (
    COLUMNS,
    INNER,
    ROWS,
    Axes,
    Kernel,
    Node,
    Parameter,
    element_of,
    fold,
    neutral,
)
from tern.types import Dimension, FloatType, IndexType, TensorType, Type, bf16, f16, f32, f64

_MOVES = frozenset(
    ["tensor.cast", "tensor.expand_shape", "tensor.collapse_shape", "linalg.broadcast"]
)
_OUTSIDE = {
    "linalg.batch_matmul": "matrix products by the batch",
    "linalg.transpose": "a transpose",
    "turned": "a transpose of a parameter, which only a matrix product loads,",
}
_MULTIPLIED = (f16, bf16, f32)  # what tl.dot takes here


def trace(func: Operation) -> Kernel:
    """The nodes of a function on tensors.

    Raises EmitError if it has no form as one kernel of rows: branches, a second matrix product, or
    one of something computed, transposes elsewhere, a reduction over rows, more than two axes.
    """
    return _Trace(func).kernel()


class _Trace:
    def __init__(self, func: Operation) -> None:
        self.func = func
        self.name = func.attributes["sym_name"]
        self.sizes: dict[str | None, int | str] = {}
        self.calls: list[str] = []
        self.names: dict[Dimension, Dimension] = {}  # from a callee's size to the function's own
        self.same: dict[tuple, Node] = {}

    def fail(self, why: str) -> EmitError:
        return EmitError(f"@{self.name} {why}")

    def kernel(self) -> Kernel:
        type = self.func.attributes["function_type"]
        if not any(isinstance(input, TensorType) for input in type.inputs):
            raise self.fail(
                "takes no tensor, so there is nothing to launch a kernel on: give it one"
            )
        names = self.func.attributes.get("argument_names", "abcdefgh")
        parameters = [
            self.parameter(names[number] if number < len(names) else f"a{number}", input)
            for number, input in enumerate(type.inputs)
        ]
        given = [(each.node, each.axes) for each in parameters]
        results = self.call(self.func, given, type.inputs)
        if len(results) != 1:
            raise self.fail(f"has {len(results)} results, and a kernel here one")
        (node, axes), (result,) = results[0], type.results
        axes = self.axes(result) if axes is None else axes
        kernel = Kernel(self.name, parameters, node, element_of(result), axes, self.sizes)
        live = kernel.live()
        if node.kind == "turned":
            raise self.outside(node.kind)
        if any(each.kind == "dot" for each in live):
            self.multiply(live, parameters)
        for parameter in parameters:
            if parameter.node in live:
                self.use(parameter)
        named = {size: what for what, size in self.sizes.items() if isinstance(size, str)}
        for node in live:
            if node.kind == "size":
                node.name = named.get(node.name, node.name)
        if missing := {*axes, *(each.name for each in live if each.kind == "size")} - {
            None,
            *self.sizes,
        }:
            raise self.fail(
                f"has the size {missing.pop()} that no parameter it uses has: use one that has it"
            )
        return kernel

    def parameter(self, name: str, type: Type) -> Parameter:
        self.check(element_of(type))
        if not isinstance(type, TensorType):
            return Parameter(name, type, None, Node("number", type, name=name))
        if sums := [size for size in type.shape if names_in([size]) - {size}]:
            raise self.fail(f"has a parameter of the size {sums[0]}, a sum: give the size a name")
        axes = self.axes(type)
        known = tuple("" if size is None else size for size in type.shape)
        over = frozenset(what for what in axes if what)
        return Parameter(name, type, axes, Node("load", type.element, over, name=name), known)

    def multiply(self, live: Sequence[Node], parameters: Sequence[Parameter]) -> None:
        """Settle what the axes of a matrix product's operands run over, and their sizes."""
        dots = [node for node in live if node.kind == "dot"]
        if any(node.kind == "size" and node.name in (ROWS, COLUMNS) for node in live):
            raise self.fail("needs a size that has no name beside a matrix product: name it")
        if len(dots) > 1:
            raise self.fail("has two matrix products, and a kernel here one: make it two functions")
        by_node = {each.node: each for each in parameters}
        for tile, whats in zip(dots[0].operands, ((ROWS, INNER), (INNER, COLUMNS))):
            parameter = by_node[tile.source]
            whats = whats[::-1] if tile.turned else whats
            twice = (
                parameter.node in live or dots[0].operands[0].source is dots[0].operands[1].source
            )
            if twice and "" in parameter.sizes:
                raise self.fail(f"reads `{parameter.name}` twice: name its sizes, or pass it twice")
            for what, size in zip(whats, parameter.sizes):
                known = self.sizes.setdefault(what, size)
                if known and size and known != size:
                    raise self.fail(f"has {what} of two sizes, {known} and {size}")
                self.sizes[what] = known or size
            if parameter.node not in live:
                parameter.axes = whats

    def use(self, parameter: Parameter) -> None:
        """Check that a parameter can be passed, with as many rows and columns as the others."""
        if parameter.type == f64:
            why = "a number of f64, which Triton makes f32: make it f64[1]"
            raise self.fail(f"takes `{parameter.name}`, {why}")
        for what, size in zip(parameter.axes or (), parameter.sizes):
            known = self.sizes.get(what, "")
            if what and known and size and known != size:
                raise self.fail(
                    f"has {what} of two sizes, {known} and {size}: make it two functions"
                )
            if what:
                self.sizes[what] = known or size

    def axes(self, type: Type) -> tuple[str | None, ...]:
        """What the axes of a parameter or result run over: of one axis, columns."""
        shape = type.shape if isinstance(type, TensorType) else ()
        if len(shape) > 2:
            raise self.fail(
                f"has a tensor of {len(shape)} axes, and rows and columns are two: reshape it"
            )
        whats = (ROWS, COLUMNS)[2 - len(shape) :]
        return tuple(None if size == 1 else what for what, size in zip(whats, shape))

    def check(self, element: Type) -> None:
        if element not in DTYPES:
            raise self.fail(f"uses the type {element}, which has no form in Triton here")

    # functions and operations ---------------------------------------------------------------

    def call(self, func: Operation, given: list[tuple], types: Sequence[Type]) -> list[tuple]:
        """The results of a function for these nodes, which are of the caller's `types`."""
        name = func.attributes["sym_name"]
        if name in self.calls:
            raise self.fail(f"calls @{name} inside itself, and a kernel cannot: use a loop outside")
        if len(func.body.blocks) != 1:
            raise self.fail(
                f"has branches (in @{name}), and a kernel here none: compute both, and choose"
            )
        self.calls.append(name)
        block, outer = func.body.blocks[0], self.names
        self.names = {
            own: outer.get(size, size)
            for arg, type in zip(block.args, types)
            for own, size in zip(getattr(arg.type, "shape", ()), getattr(type, "shape", ()))
            if isinstance(own, str)
        }
        now: dict[Value, tuple] = dict(zip(block.args, given))
        names = {
            (start, end): local for start, end, local in func.attributes.get("local_names", ())
        }
        named: dict[str, Node] = {}
        for op in block.operations[:-1]:
            with at(op.location):
                value = now[op.results[0]] = self.operation(op, now)
            location = getattr(op.location, "start", None), getattr(op.location, "end", None)
            if (local := names.get(location)) and value is not None and value[0].op is not None:
                if local in named:  # one step on the way to the value that has the name
                    named[local].name = ""
                named[local], value[0].name = value[0], local
        self.calls.pop()
        self.names = outer
        return [now[value] for value in block.terminator.operands]

    def operation(self, op: Operation, now: dict[Value, tuple]) -> tuple | None:
        """The node and the axes of a result; None if it is a tensor without content."""
        if op.name == "func.call":
            module = self.func.parent_op
            if module is None:
                raise self.fail(
                    f"calls @{op.attributes['callee']}, and is in no module that has it"
                )
            callee = function(module, op.attributes["callee"])
            types = [value.type for value in op.operands]
            return self.call(callee, [now[value] for value in op.operands], types)[0]
        if op.name == "tensor.empty":
            return None
        if op.name == "tensor.dim":
            return self.size(op, now), None
        fills = op.name.startswith("linalg.") and op.name != "linalg.reduce"
        read = op.operands[:-1] if fills else op.operands
        if any(now[value] is None for value in read):
            raise self.fail(f"reads a tensor without content in {op.name}")
        first = now[op.operands[0]] if op.operands else None
        if op.name == "linalg.matmul":
            return self.product(op, now)
        if op.name == "linalg.transpose" and first[0].kind == "load":
            return Node("turned", first[0].element, source=first[0], name=first[0].name), None
        if any(now[value][0].kind == "turned" for value in read):
            raise self.outside("turned")
        if (
            op.name in ("tensor.splat", "linalg.fill")
            or op.name == "tensor.extract"
            and not first[0].over
        ):
            return first[0], None
        if op.name in _MOVES:
            return first[0], self.moved(op, first[1])
        if op.name == "linalg.reduce":
            return self.reduce(op, now)
        if op.name.startswith(("arith.", "math.")) and len(op.results) == 1:
            return self.compute(op, [now[value] for value in op.operands])
        raise self.outside(op.name)

    def outside(self, name: str) -> EmitError:
        what = _OUTSIDE.get(name, name)
        return self.fail(
            f"has {what}, which has no form as a kernel of rows: leave it to another function"
        )

    def product(self, op: Operation, now: dict[Value, tuple]) -> tuple:
        """A matrix product, whose operands are parameters: nothing else can be loaded in steps."""
        tiles = []
        for value in op.operands[:2]:
            node = now[value][0]
            if node.kind not in ("load", "turned"):
                raise self.fail(
                    "multiplies a matrix that it computes, and a kernel here those that it is "
                    "given: make it two functions"
                )
            if node.element not in _MULTIPLIED:
                raise self.fail(
                    f"multiplies matrices of {node.element}, and tl.dot here takes f16, bf16, f32"
                )
            source = node.source or node
            tile = Node("tile", node.element, source=source, name=source.name)
            tile.turned = node.kind == "turned"
            tiles.append(tile)
        element = element_of(op.results[0].type)
        if element != f32:
            raise self.fail(f"adds up a matrix product in {element}, and a kernel here in f32")
        node = Node("dot", element, frozenset([ROWS, COLUMNS]), tuple(tiles), op)
        key = ("dot", *((tile.source, tile.turned) for tile in tiles))
        node, axes = self.same.setdefault(key, node), self.axes(op.results[0].type)
        start = now[op.operands[2]][0]
        if start.constant != 0:
            combine = Operation("arith.addf", [], [element])
            node = self.apply(combine, [start, node], element)
        return node, axes

    def size(self, op: Operation, now: dict[Value, tuple]) -> Node:
        tensor, axis = op.operands
        number = now[axis][0].constant
        axes, shape = now[tensor][1], tensor.type.shape
        if not isinstance(number, int) or axes is None or not 0 <= number < len(axes):
            raise self.fail("needs a size that is not known when the kernel is made")
        size = self.names.get(shape[number], shape[number])
        if isinstance(size, int) or axes[number] is None:
            return self.constant(size if isinstance(size, int) else 1, IndexType())
        name = size or axes[number]  # of a size without a name, what it is the size of
        return self.same.setdefault((name,), Node("size", IndexType(), name=name))

    def moved(self, op: Operation, axes: Axes) -> Axes:
        """The axes after an operation that only says where elements are."""
        if axes is None or op.name == "tensor.cast":
            return axes
        if op.name == "linalg.broadcast":
            result, added = op.results[0].type, op.attributes["dimensions"]
            kept, outer = iter(axes), self.axes(result)
            found = tuple(
                outer[axis] if axis in added else next(kept) for axis in range(len(outer))
            )
        elif op.name == "tensor.expand_shape":
            shape, named = op.results[0].type.shape, {}
            for what, group in zip(axes, op.attributes["reassociation"]):
                wide = [axis for axis in group if shape[axis] != 1]
                if len(wide) > 1:
                    raise self.fail("makes two axes of one: reshape the tensor outside")
                named.update(dict.fromkeys(wide, what))
            found = tuple(named.get(axis) for axis in range(len(shape)))
        else:
            groups = op.attributes["reassociation"]
            groups = [[axes[axis] for axis in group if axes[axis]] for group in groups]
            if any(len(group) > 1 for group in groups):
                raise self.fail("makes one axis of two: reshape the tensor outside")
            found = tuple(group[0] if group else None for group in groups)
        if found == (COLUMNS, ROWS) or len(found) == 2 and found[0] == found[1] is not None:
            raise self.fail("puts columns where rows are: transpose the tensor outside")
        return found

    def reduce(self, op: Operation, now: dict[Value, tuple]) -> tuple:
        (node, axes), (start, _) = now[op.operands[0]], now[op.operands[1]]
        if axes is None:
            raise self.fail("reduces a value that is the same everywhere: multiply it by the size")
        dimensions, combiner = op.attributes["dimensions"], op.attributes["combiner"]
        if neutral(combiner, node.element) is None:
            raise self.fail(
                f"reduces by {combiner}, which has no form in Triton here: use sum, max, or min"
            )
        gone = {axes[axis] for axis in dimensions} - {None}
        if ROWS in gone:
            raise self.fail(
                "reduces over rows, which are in different programs: reduce over the last axis "
                "only, or transpose the tensor outside"
            )
        kept = tuple(what for axis, what in enumerate(axes) if axis not in dimensions)
        if gone:
            node = self.known(Node("reduce", node.element, node.over - gone, (node,), op))
        if start.constant != neutral(combiner, node.element):
            combine = Operation(combiner, [], [node.element])
            node = self.apply(combine, [start, node], node.element)
        return node, kept

    def compute(self, op: Operation, operands: list[tuple]) -> tuple:
        element = element_of(op.results[0].type)
        if not isinstance(element, IndexType):
            self.check(element)
        if op.name == "arith.constant":
            value = op.attributes["value"]
            if isinstance(value, tuple):
                raise self.fail("has a constant of several numbers: pass it as a tensor")
            value = round_to(float(value), element) if isinstance(element, FloatType) else value
            return self.constant(value, element), None
        found = {axes for _, axes in operands if axes is not None}
        if len(found) > 1:
            one, other = sorted(
                " and ".join(filter(None, axes)) or "one element" for axes in found
            )[:2]
            raise self.fail(
                f"combines {one} with {other} in {op.name}: broadcast one of them before"
            )
        return self.apply(op, [node for node, _ in operands], element), *(found or {None})

    def apply(self, op: Operation, nodes: list[Node], element: Type) -> Node:
        if nodes and all(node.kind == "constant" for node in nodes):
            try:
                types = [node.element for node in nodes]
                value = fold(op, [node.constant for node in nodes], element, types)
            except EvaluationError as error:
                raise self.fail(f"has a constant that is not defined: {error}") from None
            return self.constant(value, element)
        over = frozenset().union(*(node.over for node in nodes))
        return self.known(Node("compute", element, over, tuple(nodes), op))

    def constant(self, value: Any, element: Type) -> Node:
        return self.same.setdefault(
            (repr(value), element), Node("constant", element, constant=value)
        )

    def known(self, node: Node) -> Node:
        """The node that computes the same, if there is one."""
        predicate = node.op.attributes.get("predicate")
        return self.same.setdefault(
            (node.does, node.kind, predicate, node.element, node.operands), node
        )
