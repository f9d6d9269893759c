"""A node of an FX graph replaced by what a function, called with its arguments, traces to."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any


def inlined(graph: Any, node: Any, function: Callable[..., Any]) -> None:
    """Put before a node the operations that `function` calls, use their results, and erase it.

    The arguments are traced by their `meta["val"]`: tensors without numbers, and symbolic sizes.
    """
    from torch.fx.node import map_arg

    nodes: list[Any] = list(node.all_input_nodes)
    traced, several = _traced(node, nodes, function)
    now: dict[Any, Any] = {}
    inputs = iter(nodes)
    results: Any = None
    with graph.inserting_before(node):
        for each in traced.graph.nodes:
            if each.op == "placeholder":
                now[each] = next(inputs)
            elif each.op == "output":
                results = map_arg(each.args[0], now.__getitem__)
            else:
                now[each] = graph.node_copy(each, now.__getitem__)
                if each.op == "get_attr":
                    setattr(graph.owning_module, now[each].target, getattr(traced, each.target))
                if "stack_trace" in node.meta:
                    now[each].meta["stack_trace"] = node.meta["stack_trace"]
    _replace(graph, node, results, several)


def _traced(node: Any, nodes: list[Any], function: Callable[..., Any]) -> tuple[Any, bool]:
    """The graph of a function of a node's arguments, and whether it gives several results."""
    from torch.fx.experimental.proxy_tensor import make_fx
    from torch.fx.node import map_arg

    several = False

    def called(*values: Any) -> list[Any]:
        nonlocal several
        given = dict(zip(nodes, values))
        args = map_arg(node.args, given.__getitem__)
        found = function(*args, **map_arg(node.kwargs, given.__getitem__))
        several = isinstance(found, (list, tuple))
        return list(found) if several else [found]

    values = [each.meta["val"] for each in nodes]
    trace = make_fx(called, tracing_mode="real", _allow_non_fake_inputs=True)
    modes = [value.fake_mode for value in values if hasattr(value, "fake_mode")]
    if not modes:
        return trace(*values), several
    with modes[0]:
        traced = trace(*values)
    return traced, several


def _replace(graph: Any, node: Any, results: list[Any], several: bool) -> None:
    if not several:
        node.replace_all_uses_with(results[0])
    for user in list(node.users):
        if several and user.target is operator.getitem:
            user.replace_all_uses_with(results[user.args[1]])
            graph.erase_node(user)
    graph.erase_node(node)
