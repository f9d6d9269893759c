"""Composite operations as functions of those that the table has.

PyTorch has two thousand operations, and most are made of others: its own table has some hundred
decompositions. These are the book's, which have fewer nodes, or keep whole what tern has whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tern.parts import part

Decomposition = Callable[..., Any]


def _layer_norm(
    x: Any, shape: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5
) -> tuple[Any, Any, Any]:
    """Of the last dimensions: less the mean, over the deviation. The mean and the deviation's
    reciprocal are results, too, for the backward pass."""
    axes = list(range(x.dim() - len(shape), x.dim()))
    mean = x.mean(axes, keepdim=True)
    apart = x - mean
    scale = ((apart * apart).mean(axes, keepdim=True) + eps).rsqrt()
    y = apart * scale
    y = y if weight is None else y * weight
    return (y if bias is None else y + bias), mean, scale


def _batch_norm(
    x: Any, weight: Any, bias: Any, mean: Any, variance: Any, momentum: float, eps: float
) -> tuple[Any, Any, Any]:
    """Of inference: each channel by numbers that are known. Nothing is saved."""
    shape = [-1, *[1] * (x.dim() - 2)]
    scale = (variance + eps).rsqrt()
    scale = scale if weight is None else scale * weight
    y = (x - mean.view(shape)) * scale.view(shape)
    nothing = x.new_zeros([0])
    return (y if bias is None else y + bias.view(shape)), nothing, nothing


def _batch_norm_as_told(
    x: Any, weight: Any, bias: Any, mean: Any, variance: Any, train: bool, *numbers: float
) -> tuple[Any, Any, Any]:
    if train:
        raise NotImplementedError("a batch normalization in training changes its statistics")
    return _batch_norm(x, weight, bias, mean, variance, *numbers)


def _softmax(x: Any, axis: int, half_to_float: bool = False) -> Any:
    """exp(x) over its sum, less the maximum first so that nothing overflows."""
    power = (x - x.amax([axis], keepdim=True)).exp()
    return power / power.sum([axis], keepdim=True)


def _log_softmax(x: Any, axis: int, half_to_float: bool = False) -> Any:
    """The logarithm of softmax, without the quotient."""
    apart = x - x.amax([axis], keepdim=True)
    return apart - apart.exp().sum([axis], keepdim=True).log()


def _gelu(x: Any, approximate: str = "none") -> Any:
    """x times the normal distribution's share below x, by erf; or by tanh, which is near."""
    if approximate == "tanh":
        inner = 0.7978845608028654 * (x + 0.044715 * (x * x * x))  # sqrt(2 / pi)
        return 0.5 * x * (inner.tanh() + 1)
    return 0.5 * x * ((x * 0.7071067811865476).erf() + 1)  # 1 / sqrt(2)


def _silu(x: Any) -> Any:
    return x * x.sigmoid()


def _var_mean(x: Any, axes: Any = None, *, correction: Any = 1, keepdim: bool = False) -> Any:
    """The sum of the squares of what differs from the mean, over the count less `correction`."""
    axes = list(range(x.dim())) if axes is None or axes == [] else axes
    mean = x.mean(axes, keepdim=True)
    apart, count = x - mean, 1
    for axis in axes:
        count = count * x.shape[axis]
    correction = 1 if correction is None else correction
    variance = (apart * apart).sum(axes, keepdim=keepdim) / max(count - correction, 0)
    return variance, mean if keepdim else mean.squeeze(axes)


def _var(x: Any, axes: Any = None, *, correction: Any = 1, keepdim: bool = False) -> Any:
    return _var_mean(x, axes, correction=correction, keepdim=keepdim)[0]


def _addmm(bias: Any, x: Any, y: Any, *, beta: float = 1, alpha: float = 1) -> Any:
    product = x.mm(y)
    product = product if alpha == 1 else product * alpha
    return product + (bias if beta == 1 else bias * beta)


def _vector_norm(
    x: Any, order: float = 2, axes: Any = None, keepdim: bool = False, *, dtype: Any = None
) -> Any:
    """The root of the sum of squares; of other orders the sum or the maximum of |x|, or powers."""
    axes = list(range(x.dim())) if axes is None else axes
    if order == 2:
        return (x * x).sum(axes, keepdim=keepdim).sqrt()
    if order == 1:
        return x.abs().sum(axes, keepdim=keepdim)
    if abs(order) == float("inf"):
        return (x.abs().amax if order > 0 else x.abs().amin)(axes, keepdim=keepdim)
    return x.abs().pow(order).sum(axes, keepdim=keepdim).pow(1 / order)


def _attention(
    q: Any, k: Any, v: Any, mask: Any = None, dropout: float = 0.0, causal: bool = False,
    *, scale: float | None = None, enable_gqa: bool = False,
) -> Any:  # fmt: skip
    """softmax(q @ k.T * scale + mask) @ v, of the last two dimensions."""
    scale = q.shape[-1] ** -0.5 if scale is None else scale
    if enable_gqa:  # several heads of q share one of k and v
        times = q.shape[-3] // k.shape[-3]
        k, v = k.repeat_interleave(times, -3), v.repeat_interleave(times, -3)
    scores = q @ k.transpose(-1, -2) * scale
    if causal:
        rows, columns = (q.new_ones([n]).cumsum(0) for n in (q.shape[-2], k.shape[-2]))
        scores = scores.where(columns <= rows[:, None], float("-inf"))
    if mask is not None:
        infinite = float("-inf")
        scores = scores.where(mask, infinite) if mask.dtype.is_signed is False else scores + mask
    return _softmax(scores, -1) @ v


@part(
    "frontends.torch.decompositions",
    helpers=(
        _layer_norm, _batch_norm, _batch_norm_as_told, _softmax, _log_softmax, _gelu, _silu,
        _var_mean, _var, _addmm, _vector_norm, _attention,
    ),
)  # fmt: skip
def decompositions() -> dict[str, Decomposition]:
    """For each composite operation a function of tensors that computes what it does.

    A function has the operation's arguments, and gives its results, of the same shapes and types,
    several as a tuple. It calls operations of core ATen, or composite ones: `decompose` goes on
    until none is left. It is called with tensors that have no numbers, only shapes, and so must
    not ask for any.
    """
    return {
        "aten.native_layer_norm.default": _layer_norm,
        "aten._native_batch_norm_legit_no_training.default": _batch_norm,
        "aten.native_batch_norm.default": _batch_norm_as_told,
        "aten._softmax.default": _softmax,
        "aten._log_softmax.default": _log_softmax,
        "aten.gelu.default": _gelu,
        "aten.silu.default": _silu,
        "aten.var_mean.correction": _var_mean,
        "aten.var.correction": _var,
        "aten.addmm.default": _addmm,
        "aten.linalg_vector_norm.default": _vector_norm,
        "aten.scaled_dot_product_attention.default": _attention,
    }


COMPOSITE = frozenset(decompositions.__wrapped__())  # type: ignore[attr-defined]
"""The operations that `decompositions` is about."""


def decompose(graph: Any, table: Mapping[str, Decomposition] | None = None) -> Any:
    """Replace each node of a GraphModule that `table` has a function for, in place, until there is
    none; what nobody uses is erased. Without a table it is `decompositions()`.

    The new nodes know their results, and where in the model they come from. Gives the graph.
    O(nodes), each of which is traced.

    Raises:
        ValueError: a decomposition calls itself, through others maybe, 16 levels deep.
    """
    from tern.frontends.torch.inline import inlined

    found = decompositions() if table is None else table
    composite: list[Any] = []
    for _ in range(16):
        composite = [node for node in graph.graph.nodes if str(node.target) in found]
        if not composite:
            graph.graph.eliminate_dead_code()
            graph.recompile()
            return graph
        for node in composite:
            inlined(graph.graph, node, found[str(node.target)])
    raise ValueError(f"the decomposition of {composite[0].target} does not end")
