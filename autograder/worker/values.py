"""How tern's own classes cross between judge and worker: IR as bytecode, syntax trees as a list of
their nodes, records field by field.

An operation that stands inside another crosses with all around it and its number in there, because
its operands are defined outside: a loop nest is changed within its function.
"""

from __future__ import annotations

import sys
import typing
from collections.abc import Callable
from typing import Any

from autograder.report.words import a_or_an
from autograder.worker import wire


def register_tern() -> None:
    """Teach wire.py the classes that this chapter's functions take and return."""
    from tern import ir

    def encode(operation: ir.Operation) -> Any:
        root = _root(operation)
        try:
            data = ir.write_bytecode(root)
        except ValueError as error:
            raise wire.Unsendable(f"the IR is damaged: {error}") from error
        if root is operation:
            return data
        for number, op in enumerate(root.walk()):
            if op is operation:
                return [number, data]
        raise wire.Unsendable(f"the {operation.name} no longer stands in the IR around it")

    def decode(data: Any) -> ir.Operation:
        if type(data) is not list:
            return ir.read_bytecode(data)
        number, whole = data
        inside = list(ir.read_bytecode(whole).walk())
        if type(number) is not int or not 0 <= number < len(inside):
            raise ValueError(f"there is no operation {number} in {len(inside)}")
        return inside[number]

    def assign(target: ir.Operation, changed: ir.Operation) -> None:
        """The whole that `target` stands in becomes that of `changed`."""
        target, changed = _root(target), _root(changed)
        target.attributes = changed.attributes
        target.regions = changed.regions
        for region in target.regions:
            region.parent = target

    wire.register(ir.Operation, wire.Codec("operation", encode, decode, assign))
    wire.register(
        ir.Violation,
        wire.Codec("violation", lambda v: list(v), lambda fields: ir.Violation(*fields)),
    )
    if cost := sys.modules.get("tern.cost"):
        wire.register(
            cost.Cache,
            wire.Codec(
                "cache", lambda c: [c.size, c.ways, c.line], lambda sizes: cost.Cache(*sizes)
            ),
        )
    _register_text()


def _register_text() -> None:
    """Syntax trees cross as a list of their nodes, a module and a cursor with the text as well."""
    from dataclasses import fields

    from tern.text import Cursor, Diagnostic, Source, Span, cursor, tree

    classes = [c for c in vars(tree).values() if isinstance(c, type) and issubclass(c, tree.Node)]
    classes.remove(tree.Node)
    names = {c: [f.name for f in fields(c) if f.compare] for c in classes}
    numbers = {c: number for number, c in enumerate(classes)}
    hints = {c: typing.get_type_hints(c) for c in classes}
    fitting = {c: [(name, _kinds(hints[c][name])) for name in names[c]] for c in classes}
    highest = 2 * cursor.MAX_DEPTH  # levels, of nodes and of their tuples

    def encode(node: tree.Node) -> list:
        """Each node and tuple before what it holds; without recursion, so that no tree is too high."""
        out: list = []
        work: list = [(node, 0)]
        while work:
            value, depth = work.pop()
            kind = type(value)
            if kind in wire.PLAIN:
                out.append(value)
            elif depth > highest:
                raise wire.Unsendable(
                    f"a syntax tree more than {highest} levels high: who walks it overflows the stack"
                )
            elif kind is tuple:
                out.append([len(value)])
                work.extend([(item, depth + 1) for item in value])
            elif kind in numbers:
                out.append([numbers[kind], *checked_span(value)])
                if kind is tree.Module:
                    out[-1] += checked_source(value.source)
                below = [getattr(value, name) for name in names[kind]]
                if wrong := misfit(kind, below):
                    raise wire.Unsendable(wrong)
                work.extend([(one, depth + 1) for one in below])
            else:
                raise wire.Unsendable(f"a {kind.__qualname__} is no part of a syntax tree")
        return out

    def misfit(kind: type, below: list) -> str:
        """Which field of a node holds something that does not belong there, in words."""
        for (name, (kinds, items)), value in zip(fitting[kind], below, strict=True):
            if type(value) not in kinds:
                return f"the `{name}` of a node {kind.__name__} is {a_or_an(value)}: that is no part of a syntax tree there"
            if items and (odd := [item for item in value if type(item) not in items]):
                return f"among the `{name}` of a node {kind.__name__} is {a_or_an(odd[0])}: that is no part of a syntax tree there"
        return ""

    def checked_span(node: tree.Node) -> tuple:
        span = node.span
        if not isinstance(span, tuple) or [type(end) for end in span] != [int, int]:
            raise wire.Unsendable(f"the span of a {type(node).__name__} is no Span(start, end)")
        return span

    def checked_source(source: Source) -> list:
        if (
            type(source) is not Source
            or type(source.text) is not str
            or type(source.name) is not str
        ):
            raise wire.Unsendable("the source of a Module is no Source")
        return [source.text, source.name]

    def decode(data: list) -> tree.Node:
        done: list = []  # values, each with its height
        for item in reversed(data):
            if type(item) is not list:
                if type(item) not in wire.PLAIN:
                    raise ValueError("a damaged syntax tree")
                done.append((item, 0))
                continue
            head, *rest = item
            if type(head) is not int or head < 0:
                raise ValueError("a damaged syntax tree")
            count = head
            if rest:
                if head >= len(classes) or not are_ints(rest[:2]):
                    raise ValueError("a damaged syntax tree")
                count = len(names[classes[head]])
            if count > len(done):
                raise ValueError("a damaged syntax tree")
            pairs = done[len(done) - count :]
            del done[len(done) - count :]
            parts = [part for part, _ in pairs]
            height = 1 + max((height for _, height in pairs), default=0)
            if height > highest + 1:
                raise ValueError(f"a syntax tree more than {highest} levels high")
            done.append((built(head, parts, rest) if rest else tuple(parts), height))
        ((node, _),) = done
        if type(node) not in numbers:
            raise ValueError("a damaged syntax tree")
        return node

    def built(number: int, parts: list, rest: list) -> tree.Node:
        start, end, *more = rest
        if wrong := misfit(classes[number], parts):
            raise ValueError(wrong)
        if classes[number] is not tree.Module:
            if more:
                raise ValueError("a damaged syntax tree")
            return classes[number](*parts, span=Span(start, end))
        return tree.Module(*parts, span=Span(start, end), source=decode_source(more))

    def are_ints(items: object) -> bool:
        return type(items) in (list, tuple) and [type(item) for item in items] == [int, int]

    for one in classes:
        wire.register(one, wire.Codec("tree", encode, decode))

    def decode_source(data: list) -> Source:
        text, name = data
        if type(text) is not str or type(name) is not str:
            raise ValueError("a damaged source")
        return Source(text, name)

    wire.register(Source, wire.Codec("source", checked_source, decode_source))

    def encode_cursor(c: Cursor) -> list:
        if not 0 <= c.position < len(c.tokens) or c.token is not c.tokens[c.position]:
            raise wire.Unsendable(
                "cursor.token is not cursor.tokens[cursor.position]: use advance()"
            )
        if type(c.depth) is not int:
            raise wire.Unsendable("cursor.depth is no whole number")
        errors = [
            [e.message, *e.span, [[n.message, n.span and [*n.span]] for n in e.notes]]
            for e in c.errors
        ]
        return [c.source.text, c.source.name, c.position, c.depth, errors]

    def decode_cursor(data: list) -> Cursor:
        text, name, position, depth, errors = data
        if type(text) is not str or type(name) is not str or not are_ints([position, depth]):
            raise ValueError("a damaged cursor")
        c = Cursor(Source(text, name))
        if not 0 <= position < len(c.tokens):
            raise ValueError(f"there is no token {position} in {len(c.tokens)}")
        c.position, c.token, c.depth = position, c.tokens[position], depth
        for message, start, end, notes in errors:
            spans = [[start, end], *(span for _, span in notes if span is not None)]
            if type(message) is not str or not all(map(are_ints, spans)):
                raise ValueError("a damaged error")
            noted = [cursor.Note(str(text), span and Span(*span)) for text, span in notes]
            c.errors.append(Diagnostic(message, (start, end), c.source, noted))
        return c

    def assign_cursor(target: Cursor, changed: Cursor) -> None:
        if target.source.text != changed.source.text:
            raise ValueError("a cursor in another text")
        target.position, target.depth = changed.position, changed.depth
        target.token = target.tokens[target.position]
        target.errors = changed.errors

    wire.register(Cursor, wire.Codec("cursor", encode_cursor, decode_cursor, assign_cursor))


def _kinds(hint: Any) -> tuple[frozenset[type], frozenset[type]]:
    """The classes that an annotation allows, and those of a tuple's items."""
    if typing.get_origin(hint) is tuple:
        return frozenset({tuple}), _kinds(typing.get_args(hint)[0])[0]
    return frozenset(typing.get_args(hint) or {hint}), frozenset()


def _root(operation: Any) -> Any:
    """The function around `operation`, or itself: a function crosses without its module."""
    while operation.name != "func.func" and operation.parent is not None:
        operation = operation.parent.parent.parent
    return operation


def functions_of(part: str) -> list[Callable]:
    """The function behind a part of tern, and the private helpers that belong to its text."""
    from tern import parts

    return [parts.original(part), *parts.get(part).part_helpers]


def python_function(function: Callable) -> Callable:
    """What Numba's @njit or Triton's @jit was given; any other function as it is."""
    return getattr(function, "py_func", None) or getattr(function, "fn", function)
