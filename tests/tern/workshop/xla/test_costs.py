"""What a module costs by the book's rules; test_real_xla.py compares them with XLA."""

from __future__ import annotations

import pytest

from tern.workshop.xla import CostError, cost, read_module
from tern.workshop.xla.networks import recorded


def test_fusing_changes_the_bytes_and_not_the_work() -> None:
    for name, texts in recorded().items():
        before, after = cost(texts["unfused"]), cost(texts["fused"])
        assert after["bytes accessed"] < before["bytes accessed"], name
        assert after["flops"] >= before["flops"], name  # what is cheap is computed again
        assert after["transcendentals"] == before["transcendentals"], name


def test_what_has_no_rule_is_an_error() -> None:
    text = "HloModule m\nENTRY e {\n  x = f32[3] parameter(0)\n  ROOT y = f32[3] sort(x)\n}\n"
    with pytest.raises(CostError, match="y: there is no rule for what a sort costs"):
        cost(read_module(text))
