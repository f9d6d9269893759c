"""The week's example: which promises get it vectors, and that it computes the same with any."""

from __future__ import annotations

import numpy as np
import pytest

from tern.workshop.llvm.decode import DIVIDE, NOALIAS, RANGE, Workload, checked_text, decode_text

pytest.importorskip("llvmlite")
from tern.targets.llvm import jit

TEXTS = {
    "none": decode_text(),
    "noalias": decode_text(NOALIAS),
    "range": decode_text(RANGE),
    "both": decode_text(RANGE, NOALIAS),
    "checked": checked_text(),
}


@pytest.mark.parametrize("name", TEXTS)
def test_every_text_computes_what_numpy_does(name: str) -> None:
    work = Workload(61)  # no width of a vector divides it
    jit.machine_code(TEXTS[name], "decode")(*work.arguments)
    np.testing.assert_allclose(work.out, work.expected(), rtol=1e-6)
    assert work.failed[0] == -1


@pytest.mark.parametrize("name", ["none", "noalias", "checked"])
@pytest.mark.parametrize("code", [16, -1])
def test_what_promises_nothing_false_reports_the_first_bad_code(name: str, code: int) -> None:
    work = Workload(40)
    work.codes[[17, 30]] = code
    jit.machine_code(TEXTS[name], "decode")(*work.arguments)
    assert work.failed[0] == 17


def test_only_both_promises_together_give_it_vectors() -> None:
    from tern.targets.llvm.remarks import text_remarks

    names = {
        name: {r.name for r in text_remarks(text, passes="loop-vectorize", cpu="x86-64-v3")}
        for name, text in TEXTS.items()
    }
    exits, bounds = "NoConditionLoadForEarlyExitLoop", "CantIdentifyArrayBounds"
    if not any(names["none"]):
        pytest.skip("this LLVM has no model of the processor x86-64-v3")
    assert {exits, bounds} <= names["none"] and "Vectorized" not in names["none"]
    assert exits in names["noalias"] and bounds not in names["noalias"]
    assert bounds in names["range"] and exits not in names["range"]
    assert "Vectorized" in names["both"] and "Vectorized" in names["checked"]
    assert not {exits, bounds} & names["both"]


def test_a_division_of_integers_has_no_vectors_for_its_cost_alone() -> None:
    from tern.targets.llvm.remarks import text_remarks

    names = {r.name for r in text_remarks(DIVIDE, passes="loop-vectorize", cpu="x86-64-v3")}
    if not any(names):
        pytest.skip("this LLVM has no model of the processor x86-64-v3")
    assert "VectorizationNotBeneficial" in names and "Vectorized" not in names
