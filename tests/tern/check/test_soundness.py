"""What the checker accepts runs; what it rejects has a call that fails."""

from __future__ import annotations

import random
from collections import Counter

from tern.check import check
from tern.check.samples import planted
from tern.text import Diagnostic, Source, parse
from tests.tern.check.soundness import verdict
from tests.turns import tries


def test_what_is_accepted_runs_and_what_is_rejected_fails() -> None:
    found = Counter(verdict(seed) for seed in range(tries(100, long=10_000)))
    assert min(found["accepted, and ran"], found["rejected, and a call fails"]) > 30


def test_planted_mistakes_are_found_each_once_and_nothing_else() -> None:
    for seed in range(tries(150, long=5_000)):
        text, places = planted(random.Random(seed), 1 + seed % 5)
        try:
            check(parse(Source(text, brackets=True)))
            found = []
        except Diagnostic as error:
            found = [f"{each.line}:{each.column}" for each in error.errors]
        assert found == places, text
