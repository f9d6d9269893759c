"""Capture below Python: autograd runs while the dispatcher traces, and both ways are in one graph.

Source: PyTorch's torch/_functorch/aot_autograd.py; the split, without its minimum cut, is that of
torch/_functorch/partitioners.py (default_partition).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tern.workshop.frameworks.autograd import backward
from tern.workshop.frameworks.functionalize import functional
from tern.workshop.frameworks.graph import Graph, GraphNode
from tern.workshop.frameworks.machine import machine
from tern.workshop.frameworks.tensor import Tensor
from tern.workshop.frameworks.tracing import make_graph


def joint_graph(function: Callable, *arguments: Any) -> Graph:
    """The graph of what a function computes, and of its gradients: `backward`, traced.

    Its results are the function's, which is one tensor, and the gradient with respect to each
    argument that is an array. Nothing is written in it. Other arguments are taken for granted.
    """

    def both(*inputs: Any) -> tuple:
        tensors = [each for each in inputs if isinstance(each, Tensor)]

        def of_tensors(*leaves: Tensor) -> Any:
            remaining = iter(leaves)
            return function(
                *[next(remaining) if isinstance(each, Tensor) else each for each in inputs]
            )

        output, gradients = backward(functional(of_tensors), *tensors)
        return (output, *gradients)

    return make_graph(machine(), both, *arguments).without_dead_code()


def split(joint: Graph) -> tuple[Graph, Graph]:
    """The way forward and the way back of a joint graph.

    Forward is what the first result needs. It gives that, and then all values that the way back
    uses; those are the placeholders of the other graph, which gives the gradients.
    """
    output, *gradients = joint.result
    forward = Graph()
    forward.nodes, forward.result = list(joint.nodes), output
    forward = forward.without_dead_code()
    known = set(forward.nodes)
    rest = [node for node in joint.nodes if node not in known]
    used = {each for node in rest for each in node.inputs()} | {
        each for each in gradients if isinstance(each, GraphNode)
    }
    saved = [node for node in forward.nodes if node in used and node.kind != "constant"]
    forward.result = (output, *saved)
    constants = [node for node in forward.nodes if node in used and node.kind == "constant"]
    back, renamed = Graph(), {}
    for node in saved:
        renamed[node] = back.placeholder(node.name, node.spec)
    back.nodes += constants

    def moved(each: Any) -> Any:
        if isinstance(each, list | tuple):
            return type(each)(map(moved, each))
        return renamed.get(each, each) if isinstance(each, GraphNode) else each

    for node in rest:
        call = back.call(node.target, map(moved, node.operands), node.params, node.spec, node.line)
        renamed[node] = call
    back.result = moved(tuple(gradients))
    return forward, back
