"""What of a graph no input reaches: it is computed at import, by PyTorch itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tern.frontends.torch.names import element_type
from tern.ir import Builder, Value
from tern.ir.dialects.dense import value_of
from tern.types import TensorType, bf16

REPEATS = frozenset({"aten.expand.default"})
"""Operations that would make a large constant of a small one, for nothing."""


class Constants:
    """The constants of a graph, and the tensors that are computed of them."""

    def __init__(self, graph: Any, placeholders: Mapping[str, Any]) -> None:
        self.graph = graph
        self.tensors: dict[str, Any] = dict(placeholders)
        self.made: dict[str, Value] = {}

    def has(self, node: Any) -> bool:
        """Whether a node is a constant."""
        return getattr(node, "name", None) in self.tensors

    def evaluate(self, node: Any) -> bool:
        """Compute a node if it is one of constants alone; whether it is."""
        if node.name in self.tensors:
            return True
        if node.op == "get_attr":
            self.tensors[node.name] = _attribute(self.graph, node.target)
            return True
        if node.op != "call_function" or not _is_sure(node):
            return False
        if not all(each.name in self.tensors for each in node.all_input_nodes):
            return False
        if not _has_tensors(node.meta.get("val")):
            return False
        import torch
        from torch._subclasses.fake_tensor import unset_fake_temporarily
        from torch.fx.node import map_arg

        args, keywords = (
            map_arg(given, lambda each: self.tensors[each.name])
            for given in (node.args, node.kwargs)
        )
        with unset_fake_temporarily(), torch.no_grad():
            self.tensors[node.name] = node.target(*args, **keywords)
        return True

    def value(self, node: Any, b: Builder) -> Value | list[Value]:
        """The arith.constant that a node is, made when it is first asked for."""
        tensor = self.tensors[node.name]
        if isinstance(tensor, (list, tuple)):
            return [self._made(f"{node.name}#{at}", each, b) for at, each in enumerate(tensor)]
        return self._made(node.name, tensor, b)

    def _made(self, name: str, tensor: Any, b: Builder) -> Value:
        if name not in self.made:
            type = TensorType(tuple(tensor.shape), element_type(tensor.dtype))
            self.made[name] = b.constant(value_of(numbers_of(tensor)), type)
        return self.made[name]


def numbers_of(tensor: Any) -> Any:
    """A tensor as NumPy's array; NumPy knows bfloat16 from the package ml_dtypes."""
    import torch

    tensor = tensor.detach().cpu()
    if element_type(tensor.dtype) == bf16:
        import ml_dtypes

        return tensor.contiguous().view(torch.int16).numpy().view(ml_dtypes.bfloat16)
    return tensor.numpy()


def _attribute(graph: Any, path: str) -> Any:
    for name in path.split("."):
        graph = getattr(graph, name)
    return graph


def _is_sure(node: Any) -> bool:
    """Whether an operation gives the same each time, and does nothing else."""
    if str(node.target) in REPEATS:
        return False
    schema, tags = getattr(node.target, "_schema", None), getattr(node.target, "tags", ())
    mutable = schema is not None and schema.is_mutable
    return not mutable and not any("nondeterministic" in str(tag) for tag in tags)


def _has_tensors(value: Any) -> bool:
    """Whether a node's results are tensors of sizes that are known."""
    if isinstance(value, (list, tuple)):
        return bool(value) and all(map(_has_tensors, value))
    return hasattr(value, "shape") and all(isinstance(size, int) for size in value.shape)
