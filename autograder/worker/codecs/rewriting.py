"""A rule crosses as its text, a pattern of the book's by its name, and statistics as their counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from autograder.worker.wire import Codec, Unsendable
from tern.rewrite import Pattern, Rule, Statistics, rule


class RuleCodec(Codec):
    tag = "rule"

    def encode(self, value: Rule) -> list:
        return [value.name, str(value), value.benefit, value.flag, value.ordered]

    def decode(self, data: Any) -> Rule:
        name, text, benefit, flag, ordered = data
        if [type(each) for each in data] != [str, str, int, str, bool]:
            raise ValueError("a damaged rule")
        return _rule(name, text, benefit, flag, ordered)


_rule = lru_cache(maxsize=2048)(rule)  # the same rules cross again and again


class PatternCodec(Codec):
    """What a pattern does is a function, so only those cross that both sides have."""

    tag = "pattern"

    def __init__(self, known: Mapping[str, Pattern]) -> None:
        self.known = known

    def encode(self, value: Pattern) -> str:
        if self.known.get(value.name) is not value:
            raise Unsendable(f"the pattern {value.name!r} is a function, and no rule")
        return value.name

    def decode(self, data: Any) -> Pattern:
        return self.known[data]


class StatisticsCodec(Codec):
    tag = "statistics"

    def encode(self, value: Statistics) -> list:
        counts = [value.fired, value.tried]
        if any(type(each) is not Counter for each in counts):
            raise Unsendable("`fired` and `tried` of Statistics are Counters")
        return [*map(dict, counts), value.visits]

    def decode(self, data: Any) -> Statistics:
        fired, tried, visits = data
        for counts in (fired, tried):
            if any(type(k) is not str or type(n) is not int for k, n in counts.items()):
                raise ValueError("statistics count by the names of patterns")
        if type(visits) is not int:
            raise ValueError("a number of visits is a whole number")
        return Statistics(Counter(fired), Counter(tried), visits)
