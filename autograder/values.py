"""How tern's own classes cross between judge and worker: IR as bytecode, syntax trees as a list of
their nodes, records field by field.

An operation that stands inside another crosses with all around it and its number in there, because
its operands are defined outside: a loop nest is changed within its function.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from autograder import wire


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
            wire.Codec("cache", lambda c: [c.size, c.ways, c.line], lambda sizes: cost.Cache(*sizes)),
        )
    _register_text()


def _register_text() -> None:
    """Syntax trees cross without the text they came from, cursors with it."""
    from dataclasses import fields

    from tern.text import Cursor, Diagnostic, Source, Span, cursor, tree

    classes = [c for c in vars(tree).values() if isinstance(c, type) and issubclass(c, tree.Node)]
    names = {c: [f.name for f in fields(c) if f.compare] for c in classes}
    numbers = {c: number for number, c in enumerate(classes)}
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
                out.append([numbers[kind], *value.span])
                work.extend([(getattr(value, name), depth + 1) for name in names[kind]])
            else:
                raise wire.Unsendable(f"a {kind.__qualname__} is no part of a syntax tree")
        return out

    def decode(data: list) -> tree.Node:
        done: list = []
        for item in reversed(data):
            if type(item) is not list:
                done.append(item)
                continue
            head, *span = item
            count = len(names[classes[head]]) if span else head
            if not 0 <= count <= len(done):
                raise ValueError("a damaged syntax tree")
            parts = done[len(done) - count :]
            del done[len(done) - count :]
            done.append(classes[head](*parts, span=Span(*span)) if span else tuple(parts))
        (node,) = done
        return node

    for one in classes:
        wire.register(one, wire.Codec("tree", encode, decode))

    def encode_cursor(c: Cursor) -> list:
        if not 0 <= c.position < len(c.tokens) or c.token is not c.tokens[c.position]:
            raise wire.Unsendable("cursor.token is not cursor.tokens[cursor.position]: use advance()")
        errors = [[e.message, *e.span, [[n.message, n.span and [*n.span]] for n in e.notes]] for e in c.errors]
        return [c.source.text, c.source.name, c.position, c.depth, errors]

    def decode_cursor(data: list) -> Cursor:
        text, name, c_position, depth, errors = data
        c = Cursor(Source(text, name))
        c.position, c.token, c.depth = c_position, c.tokens[c_position], depth
        for message, start, end, notes in errors:
            noted = [cursor.Note(text, span and Span(*span)) for text, span in notes]
            c.errors.append(Diagnostic(message, (start, end), c.source, noted))
        return c

    def assign_cursor(target: Cursor, changed: Cursor) -> None:
        if target.source.text != changed.source.text:
            raise ValueError("a cursor in another text")
        target.position, target.depth = changed.position, changed.depth
        target.token = target.tokens[target.position]
        target.errors = changed.errors

    wire.register(Cursor, wire.Codec("cursor", encode_cursor, decode_cursor, assign_cursor))


def _root(operation: Any) -> Any:
    """The function around `operation`, or itself: a function crosses without its module."""
    while operation.name != "func.func" and operation.parent is not None:
        operation = operation.parent.parent.parent
    return operation


def functions_of(part: str) -> list[Callable]:
    """The function behind a part of tern, and the private helpers that belong to its text."""
    from tern import parts

    return [parts.original(part), *parts.get(part).part_helpers]
