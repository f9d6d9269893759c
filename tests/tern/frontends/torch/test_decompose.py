"""Composite operations made of others: what is left, how much of it, and what it computes."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="needs the package torch")

from torch.nn import functional as F

from tern.frontends.torch import decompose, decompositions
from tests.tern.frontends.torch.graphs import traced

COMPOSITE = {
    "layer norm": (lambda x: F.layer_norm(x, (4,)), 7),
    "softmax": (lambda x: x.softmax(-1), 5),
    "log softmax": (lambda x: x.log_softmax(-1), 6),
    "gelu": (lambda x: F.gelu(x), 5),
    "gelu by tanh": (lambda x: F.gelu(x, approximate="tanh"), 9),
    "silu": (lambda x: F.silu(x), 2),
    "variance": (lambda x: torch.var_mean(x, -1), 6),
    "norm": (lambda x: torch.linalg.vector_norm(x, dim=-1), 3),
}
"""Functions of one tensor, and of how many operations the book's decompositions make them."""


def calls(graph) -> list[str]:
    return [str(node.target) for node in graph.graph.nodes if node.op == "call_function"]


@pytest.mark.parametrize("name", COMPOSITE)
@pytest.mark.parametrize("symbolic", [False, True], ids=["known", "symbolic"])
def test_what_is_left_computes_the_same(name, symbolic) -> None:
    compute, count = COMPOSITE[name]
    x = torch.randn(3, 4)
    graph = traced(compute, x, symbolic=symbolic)
    assert set(calls(graph)) & set(decompositions())
    assert decompose(graph) is graph
    left = [call for call in calls(graph) if call.startswith("aten") and "sym_size" not in call]
    assert not set(left) & set(decompositions()) and len(left) == count
    for node in graph.graph.nodes:
        assert node.op in ("output", "placeholder") or "val" in node.meta
    found, expected = graph(x), compute(x)
    for have, want in zip(found, expected if isinstance(expected, tuple) else [expected]):
        torch.testing.assert_close(have, want)


def test_results_that_nobody_uses_are_not_computed() -> None:
    graph = decompose(traced(lambda x: F.layer_norm(x, (4,)), torch.randn(3, 4)))
    assert calls(graph).count("aten.mean.dim") == 2 and "aten.new_zeros.default" not in calls(graph)


def test_a_decomposition_may_call_composite_operations() -> None:
    table = {**decompositions(), "aten.exp.default": lambda x: F.silu(x)}
    graph = decompose(traced(lambda x: x.exp(), torch.randn(3)), table)
    assert calls(graph) == ["aten.sigmoid.default", "aten.mul.Tensor"]


def test_a_decomposition_that_calls_itself() -> None:
    graph = traced(lambda x: x.exp(), torch.randn(3))
    with pytest.raises(ValueError, match="of aten.exp.default does not end"):
        decompose(graph, {"aten.exp.default": lambda x: x.exp() + 1})


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("masked", ["", "numbers", "bools"])
def test_attention(causal, masked) -> None:
    if causal and masked:
        pytest.skip("PyTorch has not both")
    q, k, v = torch.randn(3, 2, 4, 5, 8)
    mask = {"": None, "numbers": torch.randn(5, 5), "bools": torch.rand(5, 5) > 0.3}[masked]
    if masked == "bools":
        mask[:, 0] = True  # a row of nothing is NaN
    attention = decompositions()["aten.scaled_dot_product_attention.default"]
    expected = F.scaled_dot_product_attention(q, k, v, mask, is_causal=causal)
    torch.testing.assert_close(attention(q, k, v, mask, 0.0, causal), expected)


def test_attention_whose_heads_are_shared() -> None:
    q, k, v = torch.randn(2, 4, 5, 8), torch.randn(2, 2, 5, 8), torch.randn(2, 2, 5, 8)
    attention = decompositions()["aten.scaled_dot_product_attention.default"]
    expected = F.scaled_dot_product_attention(q, k, v, enable_gqa=True)
    torch.testing.assert_close(attention(q, k, v, enable_gqa=True), expected)
