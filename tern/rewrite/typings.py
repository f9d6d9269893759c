"""The types that a rule on numbers can have: for each term, by what its operations ask."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tern.ir import Operation, Value, check_operation
from tern.rewrite.questions import Path
from tern.rewrite.terms import MAIN, WORDS, Apply, Number, Variable, subterms
from tern.types import IntegerType, Type, bf16, f16, f32, f64, i1, i8, i32, i64, index

INTEGERS = (i1, i8, IntegerType(16), i32, i64, index)
FLOATS = (f16, bf16, f32, f64)
EVERY = (*INTEGERS, *FLOATS)
CONVERTS = frozenset(
    f"arith.{name}"
    for name in "sitofp uitofp fptosi fptoui extsi extui trunci extf truncf index_cast "
    "index_castui bitcast".split()
)

Types = dict[Path, Type]
"""The type of each term inside another, by its path."""


def typings(term: Apply) -> Iterator[Types]:
    """The types that the terms inside one can have, so that its operations are valid."""
    groups = _groups(term)
    for chosen in itertools.product(*(group.candidates for group in groups)):
        types = {path: type for group, type in zip(groups, chosen) for path in group.paths}
        if all(
            check_operation(_sample(path, each, types)) is None
            for path, each in subterms(term)
            if isinstance(each, Apply)
        ):
            yield types


def _sample(path: Path, term: Apply, types: Types) -> Operation:
    operands = [Value(types[(*path, i)]) for i in range(len(term.args))]
    attributes = {}
    if term.op in MAIN:
        integers = term.op == "arith.cmpi"
        attributes[MAIN[term.op]] = predicate_for(term, "eq" if integers else "oeq")
    return Operation(term.op, operands, [types[path]], attributes)


def predicate_for(term: Apply, otherwise: str) -> str:
    """The predicate that a comparison is written with; `otherwise` for a variable."""
    return str(term.attribute) if term.attribute in WORDS else otherwise


@dataclass
class _Group:
    """Terms of one type, and the types that it can be."""

    paths: list[Path]
    candidates: tuple[Type, ...]


def _groups(term: Apply) -> list[_Group]:
    parent: dict[object, object] = {}

    def find(key: object) -> object:
        while parent.setdefault(key, key) != key:
            key = parent[key]
        return key

    def unite(a: object, b: object) -> None:
        parent[find(a)] = find(b)

    for path, each in subterms(term):
        if isinstance(each, Variable) and each.name != "_":
            unite(path, each.name)
        if each.type:
            unite(path, f":{each.type}")
        if isinstance(each, Number) and each.text in ("true", "false"):
            unite(path, i1)
        if isinstance(each, Apply):
            _relate(path, each, unite)
    groups: dict[object, _Group] = {}
    for path, each in subterms(term):
        bits = find(path) == find(i1)
        group = groups.setdefault(find(path), _Group([], (i1,) if bits else EVERY))
        group.paths.append(path)
        if isinstance(each, Number) and not bits:
            allowed = FLOATS if "." in each.text or "inf" in each.text else INTEGERS
            group.candidates = tuple(t for t in group.candidates if t in allowed)
    return list(groups.values())


def _relate(path: Path, term: Apply, unite: Callable[[object, object], None]) -> None:
    """Most operations are of operands and a result of one type."""
    operands = [(*path, i) for i in range(len(term.args))]
    if term.op in CONVERTS:
        return
    if term.op == "arith.select":
        unite(operands.pop(0), i1)
    if term.op.startswith("arith.cmp"):
        unite(path, i1)
    else:
        unite(path, operands[0])
    for other in operands[1:]:
        unite(operands[0], other)
