"""A rule crosses as its text, a pattern of the book's by its name, a tree of questions as a list of
its nodes, and statistics as their counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from autograder.worker.wire import Codec, Unsendable
from tern.rewrite import Pattern, Rule, Statistics, rule
from tern.rewrite.matching import Node
from tern.rewrite.questions import Test


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


class CompiledCodec(Codec):
    """A matcher crosses as its rules, and is compiled again."""

    tag = "compiled rules"

    def __init__(self, cls: type) -> None:
        self.cls = cls

    def encode(self, value: Any) -> list:
        return value.rules

    def decode(self, data: Any) -> Any:
        if any(type(each) is not Rule for each in data):
            raise ValueError("a damaged matcher")
        return self.cls(data)


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


class TestCodec(Codec):
    tag = "test"

    def encode(self, value: Test) -> list:
        return list(value)

    def decode(self, data: Any) -> Test:
        return Test(*data)


class NodeCodec(Codec):
    """A tree is a list of its nodes, which name each other by their numbers: it may be deep."""

    tag = "node"

    def encode(self, value: Node) -> list:
        numbers: dict[int, int] = {id(value): 0}
        nodes, rows = [value], list[Any]()

        def number(node: Any) -> int:
            if type(node) is not Node:
                raise Unsendable(f"a tree is made of Nodes, and a {type(node).__name__} is in it")
            if numbers.setdefault(id(node), len(nodes)) == len(nodes):
                nodes.append(node)
            return numbers[id(node)]

        for node in nodes:  # which grows
            if type(node.answers) is not dict or type(node.matched) is not list:
                raise Unsendable("`answers` of a Node is a dict, and `matched` a list")
            answers = [[answer, number(then)] for answer, then in node.answers.items()]
            otherwise = None if node.otherwise is None else number(node.otherwise)
            rows.append([list(node.matched), node.path, node.question, answers, otherwise])
        return rows

    def decode(self, data: Any) -> Node:
        nodes = [Node(matched, path, question) for matched, path, question, _, _ in data]
        for node, (matched, path, _, answers, otherwise) in zip(nodes, data):
            if any(type(each) is not int for each in (*matched, *path)) or type(path) is not tuple:
                raise ValueError("a damaged node")
            node.answers = {answer: nodes[then] for answer, then in answers}
            node.otherwise = None if otherwise is None else nodes[otherwise]
        return nodes[0]
