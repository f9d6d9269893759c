"""Reverse mode: from a tensor back to what it was computed from.

The formulas are written in the machine's own operations. So what runs backward passes the
dispatcher as well: it can be traced, and it has gradients in turn.

Source: B. Speelpenning, "Compiling fast partial derivatives of functions given by algorithms"
(1980); PyTorch's tools/autograd/derivatives.yaml, and torch/csrc/autograd/engine.cpp for the order.
"""

from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from tern.parts import part
from tern.workshop.frameworks.dispatch import Key
from tern.workshop.frameworks.machine import machine
from tern.workshop.frameworks.nodes import GradientError, Node, leaf
from tern.workshop.frameworks.tensor import Tensor


def _saved(node: Node, i: int) -> Any:
    """Operand i as it was, or an error if its memory was written since."""
    operand = node.operands[i]
    if isinstance(operand, Tensor) and operand.version.count != node.versions[i]:
        raise GradientError(
            f"{node.name} needs operand {i}, which was written since: it is at version "
            f"{operand.version.count}, and was at {node.versions[i]}"
        )
    return operand


def _result(node: Node) -> Tensor:
    """What the node computed, or an error if its memory was written since."""
    result = node.result
    if result.version.count != node.result_version:
        raise GradientError(
            f"{node.name} needs its result, which was written since: it is at version "
            f"{result.version.count}, and was at {node.result_version}"
        )
    return result


def _elementwise(n: Node, g: Tensor, i: int) -> Tensor:
    """Operand i's share of g, the gradient of what an element-wise operation computed."""
    match n.name.rstrip("_"):
        case "add" | "identity":
            return g
        case "sub":
            return -g if i else g
        case "mul":
            return g * _saved(n, 1 - i)
        case "div":
            y = _saved(n, 1)
            return -g * (_saved(n, 0) / y) / y if i else g / y
        case "neg":
            return -g
        case "exp":
            return g * _result(n)
        case "log":
            return g / _saved(n, 0)
        case "sqrt":
            return g / (_result(n) * 2.0)
        case "tanh":
            return g * (1.0 - _result(n) * _result(n))
        case "sin":
            return g * _saved(n, 0).cos()
        case "cos":
            return -g * _saved(n, 0).sin()
        case "relu":
            return g.call("where", _result(n) <= 0.0, 0.0, g)
        case "maximum" | "minimum":
            x, y = _saved(n, i), _saved(n, 1 - i)
            wins = x > y if n.name.startswith("max") else x < y
            return g.where(wins, (g * 0.5).where(g.call("eq", x, y), 0.0))
        case "where":
            condition = _saved(n, 0)
            return g.call("where", condition, *((g, 0.0) if i == 1 else (0.0, g)))
        case "copy":
            return g if i else g * 0.0
    raise GradientError(f"{n.name} has no gradient")


def _moving(n: Node, g: Tensor, i: int) -> Tensor | None:
    """The same for operations that move or combine elements; None for all others."""
    x, at = n.operands[i], n.params
    match n.name:
        case "sum" | "amax":
            kept = [1 if axis in at["axes"] else size for axis, size in enumerate(x.shape)]
            g = g.reshape(kept).expand(*x.shape)
            if n.name == "sum":
                return g
            largest = _saved(n, 0) >= _result(n).reshape(kept)
            ones = g.machine.full(x.shape, 1.0, g.dtype).where(largest, 0.0)
            return ones * g / ones.sum(at["axes"], keepdim=True)
        case "matmul":
            other = _saved(n, 1 - i)
            other = other.permute(*range(other.ndim - 2), -1, -2)
            return other @ g if i else g @ other
        case "reshape" | "squeeze":
            return g.reshape(x.shape)
        case "transpose":
            order = at["permutation"]
            return g.permute(*[order.index(axis) for axis in range(len(order))])
        case "broadcast_to":
            return g
        case "slice":
            zeros = g.machine.full(x.shape, 0.0, x.dtype)
            return g.call("slice_scatter", zeros, g, **at)
        case "slice_scatter":
            part = n.operands[1]
            if i == 1:
                return g.call("slice", g, **at)
            return g.call("slice_scatter", g, g.machine.full(part.shape, 0.0, g.dtype), **at)
        case "concatenate":
            axis = at["axis"]
            start = sum(each.shape[axis] for each in n.operands[:i])
            stop = start + x.shape[axis]
            return g.call("slice", g, axis=axis, start=start, stop=stop, step=1)
    return None


def _sum_to(g: Tensor, shape: tuple[int, ...]) -> Tensor:
    """The sum of g along the axes that broadcasting has stretched from `shape`."""
    if g.shape == shape:
        return g
    new = g.ndim - len(shape)
    stretched = [n + new for n, size in enumerate(shape) if size == 1 != g.shape[n + new]]
    g = g.sum((*range(new), *stretched), keepdim=True)
    return g.reshape(shape) if new else g


def _accumulate(root: Node, seed: Tensor, ends: set[Node]) -> dict[Node, Tensor]:
    """The gradients at `ends`. A node's turn comes when all that use it have had theirs."""
    users: Counter[Node] = Counter()
    found, stack = {root}, [root]
    while stack:
        node = stack.pop()
        for before in () if node in ends else node.next:
            if before is not None:
                users[before] += 1
                if before not in found:
                    found.add(before)
                    stack.append(before)
    gradients, ready = {root: seed}, [root]
    while ready:
        node = ready.pop()
        if node in ends:
            continue
        g = gradients.pop(node)
        for i, before in enumerate(node.next):
            if before is None:
                continue
            share = _moving(node, g, i)
            share = _elementwise(node, g, i) if share is None else share
            share = _sum_to(share, node.operands[i].shape)
            gradients[before] = gradients[before] + share if before in gradients else share
            users[before] -= 1
            if not users[before]:
                ready.append(before)
    return gradients


@part(
    "workshop.frameworks.backward",
    helpers=(_saved, _result, _elementwise, _moving, _sum_to, _accumulate),
)
def backward(
    function: Callable, *inputs: Any, seed: Tensor | None = None
) -> tuple[Tensor, list[Tensor]]:
    """What a function of tensors computes, and its gradient with respect to each input.

    `inputs` are arrays or tensors. `function` is called once, with a tensor for each (`leaf` makes
    one), and returns a tensor. The gradients are those of the sum of its elements; of its elements
    times those of `seed` where there is one. A gradient has the shape of its input, and is zero
    for an input that the result does not depend on.

    On the way the machine makes a Node for each operation. Of what broadcasting has stretched, an
    operand's gradient is the sum. `maximum` and `minimum` share equally where both are equal,
    `amax` among all that are largest; `relu` has the gradient 0 at 0, as in PyTorch.

    GradientError if a number that a formula needs was overwritten: if a tensor has another version
    count than when its node was made. What no formula needs may be. GradientError as well for an
    operation that has no gradient, if one is needed.

    Each node has one turn, whatever uses its result. Time is linear in the nodes, the depth of the
    graph is not limited, and what runs backward are operations of the machine.

        >>> y, (g,) = backward(lambda x: (x * x).sum(), np.array([1.0, 2.0]))
        >>> g
        tensor(array([2., 4.]))
    """
    here = next((each.machine for each in inputs if isinstance(each, Tensor)), None) or machine()
    leaves = [leaf(here, each) for each in inputs]
    output = function(*leaves)
    ends = {each.node for each in leaves}
    again = any(len(end.next) for end in ends)  # an input has a gradient of its own to be asked for
    with nullcontext() if again else here.dispatcher.excluding(Key.AUTOGRAD):
        seed = here.full(output.shape, 1.0, output.dtype) if seed is None else seed
        gradients = {} if output.node is None else _accumulate(output.node, seed, ends)
        return output, [
            gradients[each.node]
            if each.node in gradients
            else here.full(each.shape, 0.0, each.dtype)
            for each in leaves
        ]
