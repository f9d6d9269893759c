"""A syntax tree crosses as the list of its nodes, each before what it holds.

A node is [the number of its class, start, end], a module's with its text and name behind, a tuple
is [its length], and a number, a string, or
None is itself. Neither way recurses, so no tree is too high to be refused properly.
"""

from __future__ import annotations

import typing
from dataclasses import fields
from typing import Any

from autograder.report.words import a_or_an
from autograder.worker.wire import PLAIN, Codec, Unsendable
from tern.text import Source, Span, cursor, tree

MAX_HEIGHT = 2 * cursor.MAX_DEPTH  # levels, of nodes and of their tuples
DAMAGED = "a damaged syntax tree"


class Shapes:
    """The classes of nodes, and what each of their fields may hold."""

    def __init__(self) -> None:
        known = vars(tree).values()
        self.classes = [c for c in known if isinstance(c, type) and issubclass(c, tree.Node)]
        self.classes.remove(tree.Node)
        self.numbers = {kind: number for number, kind in enumerate(self.classes)}
        self.fields: dict[type, list[str]] = {}
        self.kinds: dict[type, list[tuple[frozenset[type], frozenset[type]]]] = {}
        for kind in self.classes:
            hints = typing.get_type_hints(kind)
            self.fields[kind] = [field.name for field in fields(kind) if field.compare]
            self.kinds[kind] = [_kinds(hints[name]) for name in self.fields[kind]]

    def misfit(self, kind: type, held: list) -> str:
        """Which field of a node of this kind holds what does not belong there; empty if none."""
        of_fields = zip(self.fields[kind], self.kinds[kind], held, strict=True)
        for name, (kinds, items), value in of_fields:
            if type(value) not in kinds:
                where, odd = f"the `{name}`", value
            elif items and (strange := [item for item in value if type(item) not in items]):
                where, odd = f"among the `{name}`", strange[0]
            else:
                continue
            found = f"{where} of a node {kind.__name__} is {a_or_an(odd)}"
            return f"{found}: that is no part of a syntax tree there"
        return ""


def _kinds(hint: Any) -> tuple[frozenset[type], frozenset[type]]:
    """The classes that an annotation allows, and those of a tuple's items."""
    if typing.get_origin(hint) is tuple:
        return frozenset({tuple}), _kinds(typing.get_args(hint)[0])[0]
    return frozenset(typing.get_args(hint) or {hint}), frozenset()


class TreeCodec(Codec):
    tag = "tree"

    def __init__(self) -> None:
        self.shapes = Shapes()

    # ---- encode ----

    def encode(self, value: tree.Node) -> list:
        out: list = []
        work: list[tuple[Any, int]] = [(value, 0)]
        while work:
            one, depth = work.pop()
            if type(one) in PLAIN:
                out.append(one)
                continue
            if depth > MAX_HEIGHT:
                too_high = f"a syntax tree more than {MAX_HEIGHT} levels high"
                raise Unsendable(f"{too_high}: who walks it overflows the stack")
            head, below = self._taken_apart(one)
            out.append(head)
            work.extend([(inner, depth + 1) for inner in below])
        return out

    def _taken_apart(self, value: Any) -> tuple[list, typing.Iterable]:
        """What stands for a node or a tuple itself, and what it holds."""
        kind = type(value)
        if kind is tuple:
            return [len(value)], value
        if kind not in self.shapes.numbers:
            raise Unsendable(f"a {kind.__qualname__} is no part of a syntax tree")
        head = [self.shapes.numbers[kind], *_encoded_span(value)]
        if kind is tree.Module:
            head += encoded_source(value.source)
        below = [getattr(value, name) for name in self.shapes.fields[kind]]
        if wrong := self.shapes.misfit(kind, below):
            raise Unsendable(wrong)
        return head, below

    # ---- decode ----

    def decode(self, data: list) -> tree.Node:
        done: list[tuple[Any, int]] = []  # values, each with its height
        for item in reversed(data):
            if type(item) is not list:
                if type(item) not in PLAIN:
                    raise ValueError(DAMAGED)
                done.append((item, 0))
                continue
            number, *rest = item
            count = self._count(number, rest)
            if count > len(done):
                raise ValueError(DAMAGED)
            held = done[len(done) - count :]
            del done[len(done) - count :]
            height = 1 + max((height for _, height in held), default=0)
            if height > MAX_HEIGHT + 1:
                raise ValueError(f"a syntax tree more than {MAX_HEIGHT} levels high")
            parts = [part for part, _ in held]
            done.append((self._node(number, parts, rest) if rest else tuple(parts), height))
        ((node, _),) = done
        if type(node) not in self.shapes.numbers:
            raise ValueError(DAMAGED)
        return node

    def _count(self, number: Any, rest: list) -> int:
        """How many values a node or a tuple holds."""
        if type(number) is not int or number < 0:
            raise ValueError(DAMAGED)
        if not rest:
            return number
        if number >= len(self.shapes.classes) or not are_ints(rest[:2]):
            raise ValueError(DAMAGED)
        return len(self.shapes.fields[self.shapes.classes[number]])

    def _node(self, number: int, parts: list, rest: list) -> tree.Node:
        kind = self.shapes.classes[number]
        if wrong := self.shapes.misfit(kind, parts):
            raise ValueError(wrong)
        start, end, *text_and_name = rest
        if kind is tree.Module:
            return tree.Module(*parts, span=Span(start, end), source=decoded_source(text_and_name))
        if text_and_name:
            raise ValueError(DAMAGED)
        return kind(*parts, span=Span(start, end))


def _encoded_span(node: tree.Node) -> tuple:
    span = node.span
    if not isinstance(span, tuple) or [type(end) for end in span] != [int, int]:
        raise Unsendable(f"the span of a {type(node).__name__} is no Span(start, end)")
    return span


# ---- a text and its name ------------------------------------------------------------------------


class SourceCodec(Codec):
    tag = "source"

    def encode(self, value: Source) -> list:
        return encoded_source(value)

    def decode(self, data: list) -> Source:
        return decoded_source(data)


def encoded_source(source: Source) -> list:
    if type(source) is not Source or {type(source.text), type(source.name)} != {str}:
        raise Unsendable("the source of a Module is no Source")
    return [source.text, source.name]


def decoded_source(data: list) -> Source:
    text, name = data
    if type(text) is not str or type(name) is not str:
        raise ValueError("a damaged source")
    return Source(text, name)


def are_ints(items: Any) -> bool:
    """Whether it is a list or a tuple of two whole numbers."""
    return type(items) in (list, tuple) and [type(item) for item in items] == [int, int]
