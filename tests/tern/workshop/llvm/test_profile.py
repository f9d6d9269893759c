"""Counts of an instrumented function's blocks, and its branches."""

from __future__ import annotations

import math
import random

import pytest

pytest.importorskip("llvmlite")

from tern.workshop.llvm import recording
from tern.workshop.llvm.profile import branches, profile


def rounds(a: int, b: int) -> int:
    """Divisions of Euclid's algorithm."""
    count = 0
    while b:
        a, b, count = b, a % b, count + 1
    return count


def test_the_counts_of_gcd_are_those_of_euclids_algorithm() -> None:
    (counted,) = recording.outputs("counted").values()
    rng = random.Random()
    pairs = [(rng.randrange(1, 9999), rng.randrange(1, 9999)) for _ in range(20)]
    assert all(math.gcd(*pair) for pair in pairs)
    found = profile(counted, "gcd", pairs)
    divisions = sum(rounds(*pair) for pair in pairs)
    assert found.counts["entry"] == 20 and found.counts["good"] == divisions
    assert sum(found.counts.values()) == 20 + 20 + (divisions + 20) + 2 * divisions
    assert ("good", "bb1") in found.edges


def test_branches_are_those_of_the_named_function() -> None:
    text = (
        "define void @f() {\na:\n  br label %b\nb:\n  ret void\n}\ndefine void @g() {\nc:\n  ret\n}"
    )
    assert branches(text, "f") == {"a": ["b"], "b": []}
    assert branches(text, "g") == {"c": []}
    with pytest.raises(ValueError, match="@h"):
        branches(text, "h")
