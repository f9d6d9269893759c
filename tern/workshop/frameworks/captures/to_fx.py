"""A captured graph as a real torch.fx graph of ATen's operations.

PyTorch is imported when `to_fx` is called. ImportError where there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tern.workshop.frameworks.expressions import Expression, evaluate
from tern.workshop.frameworks.graph import Graph, GraphNode

UNARY = ("neg", "exp", "log", "sqrt", "tanh", "sin", "cos", "relu")
SCALAR_RIGHT = ("add", "sub", "mul", "div")  # whose second operand may be a number
COMPARISONS = ("gt", "ge", "lt", "le", "eq", "ne")


class _Writer:
    """Writes one graph: the nodes made so far, and the arguments for which sizes are numbers."""

    def __init__(self, arguments: Sequence[Any]) -> None:
        import torch

        self.torch, self.aten = torch, torch.ops.aten
        self.graph, self.root = torch.fx.Graph(), torch.nn.Module()
        self.arguments, self.made = arguments, {}

    def value(self, each: Any) -> Any:
        """What an operand or a param is in the new graph."""
        if isinstance(each, GraphNode):
            return self.made[each]
        if isinstance(each, Expression):
            return evaluate(each, self.arguments)
        return type(each)(map(self.value, each)) if isinstance(each, list | tuple) else each

    def call(self, target: Any, *operands: Any, **named: Any) -> Any:
        return self.graph.call_function(target, operands, named)

    def tensor(self, operand: Any, node: GraphNode) -> Any:
        """An operand as a tensor: a number becomes one, of the dtype of the result."""
        if hasattr(operand, "op"):
            return operand
        dtype = getattr(self.torch, str(node.spec.dtype)) if node.spec.dtype != bool else None
        return self.call(self.aten.scalar_tensor.default, operand, dtype=dtype)

    def constant(self, node: GraphNode) -> Any:
        name = f"constant_{len(list(self.root.buffers()))}"
        data = getattr(node.value, "data", node.value)
        array = data if hasattr(data, "ctypes") else node.value  # an array's own data is its memory
        self.root.register_buffer(name, self.torch.tensor(array))
        return self.graph.get_attr(name)

    def write(self, node: GraphNode) -> Any:
        """The new node of a call."""
        operands = [self.value(each) for each in node.operands]
        params = {name: self.value(each) for name, each in node.params.items()}
        name, write = node.target.rstrip("_"), node.target.endswith("_")
        aten, overload = self.aten, "_" if write else ""
        if name in UNARY:
            return self.call(getattr(aten, name + overload).default, *operands)
        if name in SCALAR_RIGHT:
            operands[0] = self.tensor(operands[0], node)
            return self.call(getattr(aten, name + overload).Tensor, *operands)
        if name in ("maximum", "minimum"):
            found = [self.tensor(each, node) for each in operands]
            call = self.call(getattr(aten, name).default, *found)
            return self.call(aten.copy_.default, operands[0], call) if write else call
        if name == "copy":
            return self.call(aten.copy_.default, *operands)
        if name in COMPARISONS:
            packet = getattr(aten, name)
            if not hasattr(operands[0], "op"):
                operands[0] = self.call(aten.scalar_tensor.default, operands[0])
            overload = packet.Tensor if hasattr(operands[1], "op") else packet.Scalar
            return self.call(overload, *operands)
        if name == "where":
            both = [self.tensor(each, node) for each in operands[1:]]
            return self.call(aten.where.self, operands[0], *both)
        return self.moving(name, node, operands, params)

    def moving(self, name: str, node: GraphNode, operands: list, at: dict[str, Any]) -> Any:
        aten, x = self.aten, operands[0] if operands else None
        match name:
            case "matmul":
                return self.call(aten.matmul.default, *operands)
            case "sum":
                return self.call(aten.sum.dim_IntList, x, list(at["axes"]), at["keepdims"])
            case "mean":
                return self.call(aten.mean.dim, x, list(at["axes"]), at["keepdims"])
            case "amax":
                return self.call(aten.amax.default, x, list(at["axes"]), at["keepdims"])
            case "softmax":
                return self.call(aten._softmax.default, x, at["axis"], False)
            case "reshape":  # a copy, as the book's is
                order = self.torch.contiguous_format
                copied = self.call(aten.clone.default, x, memory_format=order)
                return self.call(aten.view.default, copied, list(at["shape"]))
            case "transpose":
                return self.call(aten.permute.default, x, list(at["permutation"]))
            case "broadcast_to":
                return self.call(aten.expand.default, x, list(at["shape"]))
            case "squeeze":
                return self.call(aten.squeeze.dim, x, at["axis"])
            case "slice" | "slice_scatter":
                target = aten.slice.Tensor if name == "slice" else aten.slice_scatter.default
                bounds = (at["axis"], at["start"], at["stop"], at["step"] or 1)
                return self.call(target, *operands, *bounds)
            case "concatenate":
                return self.call(aten.cat.default, x, at["axis"])
            case "detach":
                return self.call(aten.detach.default, x)
        dtype = getattr(self.torch, str(at["dtype"]))
        return self.call(aten.full.default, list(at["shape"]), at["value"], dtype=dtype)


def to_fx(graph: Graph, *arguments: Any) -> Any:
    """A torch.fx.GraphModule that computes what a graph does, for arguments of these shapes.

    Every node has `meta["val"]`. Sizes and numbers that the graph has as expressions are what they
    are for these arguments: arrays, and numbers. O(nodes).
    """
    import torch

    from tern.workshop.frameworks.fx_graphs import annotate

    writer = _Writer(arguments)
    make: dict[str, Callable[[GraphNode], Any]] = {
        "placeholder": lambda node: writer.graph.placeholder(node.name),
        "constant": writer.constant,
        "call": writer.write,
    }
    for node in graph.nodes:
        writer.made[node] = make[node.kind](node)
    writer.graph.output(writer.value(graph.result))
    module = torch.fx.GraphModule(writer.root, writer.graph)
    annotate(module, [torch.tensor(x) if hasattr(x, "shape") else x for x in arguments])
    return module
