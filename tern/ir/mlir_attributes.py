"""MLIR's own attributes and locations, as its generic form spells them: read as plain values."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Protocol

from tern.ir.dialects.affine_maps import parse_bare_map
from tern.ir.registry import Parser
from tern.types import IndexType, Type, f64


@dataclass(frozen=True)
class Place:
    """Where an operation came from, as MLIR's text says: a line and column of a file, from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Enum:
    """`#arith.fastmath<contract>`: its name, and the words inside."""

    name: str
    words: tuple[str, ...]


class AttributeParser(Parser, Protocol):
    """What attributes are read with besides."""

    tokens: list[str]
    places: dict[str, int]

    def dialect_attribute(self) -> Any: ...


# attributes -------------------------------------------------------------------------------------


def parse_attribute(p: AttributeParser) -> Any:
    """An attribute: a number, a bool, a str (a symbol's without its @), a Type, a tuple of such, a
    dict, an Enum, or of an affine map (dimensions, rows)."""
    token = p.peek()
    if token == "[":
        return _listed(p, "[", "]")
    if token == "{":
        return parse_dictionary(p)
    if token == "#":
        return p.dialect_attribute()
    if token == "affine_map":
        return parse_bare_map(p)
    if token == "array":
        return _array(p)
    if token == "dense":
        p.next()
        return p.dense_constant("arith.constant").attributes["value"]
    if token in ("true", "false"):
        return p.next() == "true"
    if token == "unit":
        p.next()
        return True
    if token[:1] == '"':
        return _string(p)
    if token[:1] == "@":
        return p.symbol()
    if token[:1].isdigit() or token[:1] == "-":
        return _number(p)
    return p.type()


def _number(p: AttributeParser) -> Any:
    text, at = p.next(), p.at - 1
    type: Type = f64 if "." in text or text.startswith("0x") else IndexType()
    if p.accept(":"):
        type = p.type()
    return p.number(text, type, at)


def _string(p: AttributeParser) -> str:
    text = p.next()
    try:
        return json.loads(text)
    except ValueError:
        p.fail("a string in an escape that tern does not read", p.at - 1)


def _listed(p: AttributeParser, opening: str, closing: str) -> tuple[Any, ...]:
    p.expect(opening)
    p.enter()
    found: list[Any] = []
    while not p.accept(closing):
        if found:
            p.expect(",")
        found.append(parse_attribute(p))
    p.leave()
    return tuple(found)


def _array(p: AttributeParser) -> tuple[Any, ...]:
    """`array<i64: 1, 2>`."""
    p.expect("array")
    p.expect("<")
    type, found = p.type(), []
    if p.accept(":"):
        while not found or p.accept(","):
            text = p.next()
            found.append(p.number(text, type, p.at - 1))
    p.expect(">")
    return tuple(found)


def parse_enum_or_map(p: AttributeParser) -> Any:
    if p.tokens[p.at + 1] in p.maps:
        return parse_bare_map(p)
    p.expect("#")
    name, words = p.next(), []
    if p.accept("<"):
        while not p.accept(">"):
            if words:
                p.expect(",")
            words.append(p.next())
    return Enum(name, tuple(words))


def parse_dictionary(p: AttributeParser) -> dict[str, Any]:
    """`{name = value, there}`."""
    p.expect("{")
    p.enter()
    found: dict[str, Any] = {}
    while not p.accept("}"):
        if found:
            p.expect(",")
        key = p.next().strip('"')
        found[key] = parse_attribute(p) if p.accept("=") else True
    p.leave()
    return found


# locations --------------------------------------------------------------------------------------


def places_in(tokens: list[str]) -> dict[str, int]:
    """The aliases of locations, `#loc1 = loc(…)`, each with the number of the token `loc`."""
    if "loc" not in tokens:
        return {}
    return {
        tokens[at - 2]: at
        for at, token in enumerate(tokens)
        if token == "loc" and at > 2 and tokens[at - 1] == "=" and tokens[at - 3] == "#"
    }


def parse_location(p: AttributeParser) -> Place | None:
    """`loc("file":3:7)`, and whatever else may stand there: the first place that it names."""
    p.expect("loc")
    p.expect("(")
    found = _place(p)
    p.expect(")")
    return found


def _place(p: AttributeParser) -> Place | None:
    p.enter()
    token, found = p.next(), None
    if token == "#":
        found = _aliased(p)
    elif token[0] == '"' and p.accept(":"):
        line = p.integer()
        p.expect(":")
        found = Place(token[1:-1], line, p.integer())
        if p.accept("to"):
            while p.accept(":") or p.peek().isdigit():
                if p.peek().isdigit():
                    p.next()
    elif token[0] == '"':
        if p.accept("("):
            found = _place(p)
            p.expect(")")
    elif token == "callsite":
        p.expect("(")
        called = _place(p)
        p.expect("at")
        caller = _place(p)
        p.expect(")")
        found = called or caller
    elif token == "fused":
        if p.accept("<"):
            parse_attribute(p)
            p.expect(">")
        p.expect("[")
        while not p.accept("]"):
            each = _place(p)
            found = found or each
            p.accept(",")
    elif token not in ("unknown", "?"):
        p.fail("expected a location", p.at - 1)
    p.leave()
    return found


def _aliased(p: AttributeParser) -> Place | None:
    name = p.next()
    if name not in p.places:
        p.fail(f"there is no location #{name}", p.at - 1)
    back, p.at = p.at, p.places[name]
    found = parse_location(p)
    p.at = back
    return found
