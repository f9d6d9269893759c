"""Legal rewrites of real torch.fx graphs: chains of views, dead code, batch norm into convolution.

A graph here is a GraphModule whose calls are overloads of torch.ops.aten, as torch.export and
make_fx give it: every node has `meta["val"]`, a tensor without numbers (FakeTensor), and parameters
are `get_attr` nodes. It need not be functional: there may be writes in place, and tensors that
share memory. PyTorch is imported when a function here is called.

Source: PyTorch's torch/fx/experimental/optimization.py and torch/_inductor/fx_passes/.
"""

from __future__ import annotations

from typing import Any

from tern.parts import part

Node = Any  # torch.fx.Node, and torch.fx.GraphModule
GraphModule = Any


def _order(node: Node) -> list[int] | None:
    """The permutation that a node applies to its operand's axes; None for all other nodes."""
    import torch

    aten = torch.ops.aten
    if node.op != "call_function":
        return None
    rank = node.meta["val"].ndim if hasattr(node.meta.get("val"), "ndim") else 0
    if node.target is aten.permute.default:
        return [axis % rank for axis in node.args[1]]
    if node.target in (aten.transpose.int, aten.t.default):
        order = list(range(rank))
        one, other = node.args[1:] if node.target is aten.transpose.int else (0, rank - 1)
        if rank:
            order[one], order[other] = order[other], order[one]
        return order
    return None


def _shorten(node: Node) -> None:
    """Let a view of a view be one of the first tensor, and what is no change be that tensor.

    All of them share memory, so it makes no difference who writes to it, and when.
    """
    import torch

    aten = torch.ops.aten
    if (order := _order(node)) is not None:
        if (inner := _order(node.args[0])) is not None:
            order = [inner[axis] for axis in order]
            node.target, node.args = aten.permute.default, (node.args[0].args[0], order)
        if order == sorted(order):
            node.replace_all_uses_with(node.args[0])
    elif node.target is aten.view.default:
        if node.args[0].target is aten.view.default:
            node.args = (node.args[0].args[0], node.args[1])
        if node.args[0].meta["val"].shape == node.meta["val"].shape:
            node.replace_all_uses_with(node.args[0])


def _is_needed(node: Node) -> bool:
    """Whether a node has to stay although nothing uses its result.

    Random numbers stay: without them, those that are drawn later would be others.
    """
    return node.op in ("placeholder", "output", "call_module") or node.is_impure()


def _written(graph: Any) -> set[Node]:
    """The nodes whose memory something in the graph writes to, by whatever view of it."""
    found: set[Node] = set()
    stack = [operand for node in graph.nodes for operand, write in _shared(node) if write]
    while stack:
        node = stack.pop()
        if node not in found:
            found.add(node)
            stack += [operand for operand, _ in _shared(node)]
    attributes = {node.target for node in found if node.op == "get_attr"}
    return found | {n for n in graph.nodes if n.op == "get_attr" and n.target in attributes}


def _shared(node: Node) -> list[tuple[Node, bool]]:
    """The operands whose memory a call writes to, or gives a view of, and whether it writes."""
    if not (schema := getattr(node.target, "_schema", None)):
        return [(each, False) for each in node.all_input_nodes] if node.op != "output" else []
    operands = {each.name: operand for each, operand in zip(schema.arguments, node.args)}
    operands.update(node.kwargs)
    return [
        (operands[each.name], each.alias_info.is_write)
        for each in schema.arguments
        if each.alias_info is not None and hasattr(operands.get(each.name), "op")
    ]


def _norm(node: Node) -> tuple[list[Any], float] | None:
    """Of a batch norm that does not train: weight, bias, mean, and variance, and epsilon."""
    import torch

    aten = torch.ops.aten
    if node.target is aten._native_batch_norm_legit_no_training.default:
        return list(node.args[1:5]), node.args[6]
    if node.target is aten.batch_norm.default and node.args[5] is False:
        return list(node.args[1:5]), node.args[7]
    return None


def _attribute(module: GraphModule, node: Node | None) -> Any:
    """The tensor behind a get_attr node; None for None."""
    if node is None:
        return None
    for name in node.target.split("."):
        module = getattr(module, name)
    return module


def _constant(module: GraphModule, before: Node, value: Any) -> Node:
    """A new get_attr node of a tensor, with its metadata."""
    number = sum(name.startswith("folded_") for name, _ in module.named_buffers())
    module.register_buffer(f"folded_{number}", value)
    with module.graph.inserting_before(before):
        node = module.graph.get_attr(f"folded_{number}")
    mode = getattr(before.meta["val"], "fake_mode", None)
    node.meta["val"] = value if mode is None else mode.from_tensor(value)
    return node


def _fold(module: GraphModule, norm: Node, written: set[Node]) -> None:
    """Fold a batch norm into the convolution before it, where that is legal.

    With the scale s = weight / sqrt(variance + epsilon) of each channel, conv has the weights
    s * w and the bias s * (b - mean) + bias.
    """
    import torch

    aten = torch.ops.aten
    facts, conv = _norm(norm), norm.args[0] if norm.args else None
    if facts is None or getattr(conv, "target", None) not in (
        aten.convolution.default,
        aten.conv2d.default,
    ):
        return
    arguments = [*conv.args, *[None] * (3 - len(conv.args))]
    constants = [arguments[1], arguments[2], *facts[0]]
    whole = conv.target is aten.convolution.default
    if len(conv.users) > 1 or (whole and arguments[6]) or conv.kwargs or conv in written:
        return
    if any(each is not None and (each.op != "get_attr" or each in written) for each in constants):
        return
    results = [norm] if norm.target is aten.batch_norm.default else list(norm.users)
    if any(each is not norm and each.args[1] != 0 for each in results):
        return
    with torch.no_grad():
        tensors = [_attribute(module, each) for each in constants]
        kept = tensors[0].dtype
        exact: list[Any] = [t if t is None else t.double() for t in tensors]
        w, b, gamma, beta, mean, variance = exact
        scale = (variance + facts[1]).rsqrt() * (1.0 if gamma is None else gamma)
        shift = (0.0 if beta is None else beta) - mean * scale
        weight = (w * scale.reshape(-1, *[1] * (w.ndim - 1))).to(kept)
        bias = (shift if b is None else shift + b * scale).to(kept)
    new = [_constant(module, conv, each) for each in (weight, bias)]
    conv.args = (arguments[0], *new, *arguments[3:])
    for each in results:
        each.replace_all_uses_with(conv)


@part(
    "workshop.frameworks.simplify",
    helpers=(_order, _shorten, _is_needed, _written, _shared, _norm, _attribute, _constant, _fold),
)
def simplify(module: GraphModule) -> GraphModule:
    """Make the graph of a GraphModule smaller, in place, and return it.

    It computes what it did before, for all arguments, and leaves the same in whatever it writes to:
    arguments, buffers, the state of the random numbers. Three things are done:

    - a view of a view becomes one of the first tensor (`aten.view`; `permute`, `transpose`, and `t`
      together), and is left out where it changes nothing;
    - a batch norm that does not train is folded into the convolution before it, if nothing else
      uses that one's result, and all that is folded are attributes that nothing writes to. The
      folded weights are new buffers: others may use the old ones;
    - what nothing uses is erased, unless it writes, draws random numbers, or is a check.

    Every node keeps its `meta`, and new nodes have `meta["val"]`. Placeholders stay. O(nodes), and
    the size of what is folded.
    """
    written = _written(module.graph)
    for node in list(module.graph.nodes):
        if node.op == "call_function":
            _fold(module, node, written)
            _shorten(node)
    for node in reversed(module.graph.nodes):
        if not node.users and not _is_needed(node):
            module.graph.erase_node(node)
    module.graph.lint()
    module.recompile()
    return module
