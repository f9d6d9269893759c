"""Affine expressions, and maps of them: what bounds and subscripts of affine loops are.

An affine expression is a sum of index values, each times a constant, plus a constant. Here it
is a *row*: the coefficients of the operands in order, and then the constant, so `%i * 2 + 1` of
the operands (%i, %j) is (2, 0, 1). Several rows make a *map*. Because every expression is a row,
the analysis of loops is arithmetic on small integer matrices (Wolf & Lam, "A Data Locality
Optimizing Algorithm", PLDI 1991, section 2).

MLIR also has floordiv and mod in them, and tells sizes ("symbols") from induction variables
("dimensions"). tern reads symbols but needs no such difference, and prints all as dimensions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from tern.ir.core import Value
from tern.ir.registry import Parser, Printer

Row = tuple[int, ...]
Map = tuple[Row, ...]

# A sum while it is parsed: the coefficient of each operand, and under None the constant.
_Sum = dict[Any, int]


def is_map(value: object, operands: int) -> bool:
    return isinstance(value, tuple) and all(
        isinstance(row, tuple)
        and len(row) == operands + 1
        and all(isinstance(item, int) and not isinstance(item, bool) for item in row)
        for row in value
    )


def merged(operands: Sequence[Value], rows: Iterable[Row]) -> tuple[list[Value], Map]:
    """The same map with each operand once, in order of first use, and none unused."""
    sums = []
    for row in rows:
        total: _Sum = {None: row[-1]}
        for value, coefficient in zip(operands, row):
            total[value] = total.get(value, 0) + coefficient
        sums.append(total)
    return rows_of(sums)


def rows_of(sums: Sequence[_Sum]) -> tuple[list[Value], Map]:
    """The operands of sums, in order of first use, and the rows of these."""
    used = [value for total in sums for value, c in total.items() if c and value is not None]
    operands = list(dict.fromkeys(used))
    rows = [(*[s.get(value, 0) for value in operands], s.get(None, 0)) for s in sums]
    return operands, tuple(rows)


def expression_text(row: Row, names: Sequence[str]) -> str:
    """(2, -1, 3) of the names %i and %j as `%i * 2 - %j + 3`, as MLIR writes it."""
    text = ""
    for coefficient, name in zip(row, names):
        if coefficient:
            if not text:
                text = f"-{name}" if coefficient == -1 else _times(name, coefficient)
            else:
                text += f" {'-' if coefficient < 0 else '+'} {_times(name, abs(coefficient))}"
    constant = row[-1]
    if not text:
        return str(constant)
    return f"{text} {'-' if constant < 0 else '+'} {abs(constant)}" if constant else text


def _times(name: str, coefficient: int) -> str:
    return name if coefficient == 1 else f"{name} * {coefficient}"


def map_text(p: Printer, operands: Sequence[Value], rows: Map) -> str:
    """The map and what it is applied to: `affine_map<(d0) -> (d0 + 1)>(%i)`."""
    values = ", ".join(p.values[value] for value in operands)
    return f"{bare_map_text(len(operands), rows)}({values})"


def bare_map_text(count: int, rows: Map) -> str:
    """The map of `count` dimensions alone: `affine_map<(d0, d1) -> (d1, d0 * 2)>`."""
    dims = [f"d{i}" for i in range(count)]
    results = ", ".join(expression_text(row, dims) for row in rows)
    return f"affine_map<({', '.join(dims)}) -> ({results})>"


def parse_bare_map(p: Parser) -> tuple[int, Map]:
    """A map that is applied to nothing: how many dimensions it has, and its rows."""
    count, sums = parse_map(p)
    return count, tuple((*[s.get(k, 0) for k in range(count)], s.get(None, 0)) for s in sums)


def parse_sum(p: Parser, names: dict[str, Any] | None = None) -> _Sum:
    """An affine expression: of the values in sight, or of `names` inside an affine_map."""
    total = _parse_term(p, names)
    while True:
        if p.accept("+"):
            sign = 1
        elif p.accept("-"):
            sign = -1
        elif p.peek()[:1] == "-" and p.peek()[1:].isdigit():  # `%i -1`
            sign = 1
        else:
            return total
        for key, coefficient in _parse_term(p, names).items():
            total[key] = total.get(key, 0) + sign * coefficient


def _parse_term(p: Parser, names: dict[str, Any] | None) -> _Sum:
    start = p.at
    total = _parse_factor(p, names)
    while p.accept("*"):
        other = _parse_factor(p, names)
        if set(total) <= {None}:
            total, other = other, total
        if not set(other) <= {None}:
            p.fail("a product of two values is not affine", start)
        total = {key: coefficient * other.get(None, 0) for key, coefficient in total.items()}
    if p.peek() in ("floordiv", "ceildiv", "mod"):
        p.fail(f"{p.peek()} has no place in tern's affine expressions")
    return total


def _parse_factor(p: Parser, names: dict[str, Any] | None) -> _Sum:
    token = p.peek()
    if p.accept("-"):
        return {key: -coefficient for key, coefficient in _parse_factor(p, names).items()}
    if p.accept("("):
        p.enter()
        total = parse_sum(p, names)
        p.leave()
        p.expect(")")
        return total
    if token.lstrip("-").isdigit():
        return {None: p.integer()}
    if names is not None:
        if token not in names:
            p.fail("expected a number or one of the map's dimensions")
        p.next()
        return {names[token]: 1}
    if p.accept("symbol"):
        p.expect("(")
        value = p.value()
        p.expect(")")
        return {value: 1}
    return {p.value(): 1}


def parse_map(p: Parser) -> tuple[int, list[_Sum]]:
    """`affine_map<(d0)[s0] -> (d0 + s0, 4)>`, or the alias of one, such as `#map`.

    Gives the number of dimensions and symbols, and the results, whose keys are their numbers.
    """
    if p.accept("#"):
        name = p.next()
        if name not in p.maps:
            p.fail(f"there is no map #{name}", p.at - 1)
        return p.maps[name]
    p.expect("affine_map")
    p.expect("<")
    names: dict[str, int] = {}
    for opening, closing in ("()", "[]"):
        if opening == "[" and p.peek() != "[":
            continue
        p.expect(opening)
        first = True
        while not p.accept(closing):
            if not first:
                p.expect(",")
            first = False
            names[p.next()] = len(names)
    p.expect("->")
    p.expect("(")
    sums = []
    while not p.accept(")"):
        if sums:
            p.expect(",")
        sums.append(parse_sum(p, names))
    p.expect(">")
    return len(names), sums


def parse_applied_map(p: Parser) -> tuple[list[Value], Map]:
    """A map and its operands: `affine_map<(d0)[s0] -> (d0, s0)>(%i)[%n]`."""
    start = p.at
    count, sums = parse_map(p)
    p.expect("(")
    values = p.values_until(")")
    if p.accept("["):
        values += p.values_until("]")
    if len(values) != count:
        p.fail(f"the map takes {count} values, not {len(values)}", start)
    renamed = []
    for total in sums:
        out: _Sum = {}
        for key, coefficient in total.items():
            name = None if key is None else values[key]
            out[name] = out.get(name, 0) + coefficient
        renamed.append(out)
    return rows_of(renamed)
