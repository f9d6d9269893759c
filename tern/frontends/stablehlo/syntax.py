"""StableHLO's own assembly: what stands between an operation's name and its types.

Most operations are `name %0, %1, key = [1, 0] x [0, 1] : types`. The keys are short for the
attributes that the generic form names in full.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tern.ir import Block, Operation, Region, Value
from tern.ir.mlir_attributes import parse_dictionary
from tern.ir.parser import Parser
from tern.types import FunctionType, TensorType, Type

_LISTS = ("start_indices", "limit_indices", "strides")


def parse_pretty(p: Parser, name: str) -> Operation:
    """The operation whose name was just read. Diagnostic."""
    return _FORMS.get(name, _plain)(p, name)


def flat(given: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes in which records are taken apart."""
    found: dict[str, Any] = {}
    for key, value in given.items():
        if isinstance(value, dict):
            found |= value
        else:
            found[key] = value
    return found


def _types(p: Parser, operands: list[Value]) -> tuple[Type, ...]:
    """`: (inputs) -> results`, `: type -> type`, or one type for all: those of the results."""
    start = p.at
    if p.peek() == "(":
        type: FunctionType = p.function_type()
        if len(type.inputs) != len(operands):
            p.fail(f"{len(operands)} operands but {len(type.inputs)} types", start)
        return type.results
    found = p.type()
    while p.accept(",") or p.accept("->"):  # `select` writes the condition's type before
        found = p.type()
    return (found,)


def _operands(p: Parser) -> list[Value]:
    found: list[Value] = []
    while p.peek().startswith("%"):
        found.append(p.value())
        if not p.accept(","):
            break
    return found


def _plain(p: Parser, name: str) -> Operation:
    operands = _operands(p)
    attributes: dict[str, Any] = {}
    while p.peek() not in (":", "{"):
        if attributes:
            p.expect(",")
        _clause(p, name, attributes)
    if p.peek() == "{":
        attributes |= flat(parse_dictionary(p))
    p.expect(":")
    return Operation(name, operands, _types(p, operands), attributes)


_KEYS = {
    ("stablehlo.broadcast_in_dim", "dims"): "broadcast_dimensions",
    ("stablehlo.transpose", "dims"): "permutation",
    ("stablehlo.reverse", "dims"): "dimensions",
    ("stablehlo.concatenate", "dim"): "dimension",
    ("stablehlo.iota", "dim"): "iota_dimension",
    ("stablehlo.pad", "low"): "edge_padding_low",
    ("stablehlo.pad", "high"): "edge_padding_high",
    ("stablehlo.pad", "interior"): "interior_padding",
}
_PAIRS = {"contracting_dims": "contracting_dimensions", "batching_dims": "batching_dimensions"}


def _clause(p: Parser, name: str, attributes: dict[str, Any]) -> None:
    """`key = value`; of a product `key = [0] x [1]`."""
    key = p.next()
    p.expect("=")
    if key in _PAIRS:
        attributes[f"lhs_{_PAIRS[key]}"] = p.int_lists()
        p.expect("x")
        attributes[f"rhs_{_PAIRS[key]}"] = p.int_lists()
    elif key == "precision":
        _words(p)
    else:  # a number here has no type of its own: what follows is the operation's
        attributes[_KEYS.get((name, key), key)] = p.int_lists() if p.peek() == "[" else p.integer()


def _words(p: Parser) -> list[str]:
    p.expect("[")
    found: list[str] = []
    while not p.accept("]"):
        if found:
            p.expect(",")
        found.append(p.next())
    return found


def _constant(p: Parser, name: str) -> Operation:
    if p.peek() == "{":
        parse_dictionary(p)
    p.expect("dense")
    return p.dense_constant(name)


def _compare(p: Parser, name: str) -> Operation:
    attributes = {"comparison_direction": p.next()}
    p.expect(",")
    operands = _operands(p)
    if p.peek() != ":":
        attributes["compare_type"] = p.next()
    p.expect(":")
    return Operation(name, operands, _types(p, operands), attributes)


def _slice(p: Parser, name: str) -> Operation:
    """`%0 [0:4, 0:8:2]`."""
    operand = p.value()
    lists: list[list[int]] = []
    p.expect("[")
    while not p.accept("]"):
        if lists:
            p.expect(",")
        part = [p.integer()]
        while p.accept(":"):
            part.append(p.integer())
        lists.append([*part, 1][:3])
    p.expect(":")
    columns = zip(*lists) if lists else [()] * 3
    return Operation(name, [operand], _types(p, [operand]), dict(zip(_LISTS, columns)))


def _return(p: Parser, name: str) -> Operation:
    return Operation(name, p.typed_values())


def _custom_call(p: Parser, name: str) -> Operation:
    attributes: dict[str, Any] = {"call_target_name": p.symbol()}
    p.expect("(")
    operands = p.values_until(")")
    if p.peek() == "{":
        attributes |= parse_dictionary(p)
    p.expect(":")
    return Operation(name, operands, _types(p, operands), attributes)


# with a region ------------------------------------------------------------------------------------


def _reduce(p: Parser, name: str) -> Operation:
    """`(%0 init: %1), (%2 init: %3) …`, and then how it combines."""
    pairs: list[tuple[Value, Value]] = []
    while not pairs or p.accept(","):
        p.expect("(")
        value = p.value()
        p.expect("init")
        p.expect(":")
        pairs.append((value, p.value()))
        p.expect(")")
    operands = [pair[side] for side in (0, 1) for pair in pairs]
    combiner = p.next() if p.accept("applies") else None
    p.expect("across")
    p.expect("dimensions")
    p.expect("=")
    attributes = {"dimensions": p.int_lists()}
    if p.peek() == "{":
        parse_dictionary(p)
    p.expect(":")
    results = _types(p, operands)
    region = _combining(results[0], combiner) if combiner else _reducer(p, len(pairs))
    return Operation(name, operands, results, attributes, regions=[region])


def _combining(result: Type, combiner: str) -> Region:
    """The body that is one operation."""
    assert isinstance(result, TensorType)
    number = TensorType((), result.element)
    block = Block([number, number])
    made = block.append(Operation(combiner, list(block.args), [number]))
    block.append(Operation("stablehlo.return", made.results))
    return Region([block])


def _reducer(p: Parser, count: int) -> Region:
    """`reducer(%a: t, %b: t) (%c: t, %d: t) { … }`: of each operand the total and the value."""
    p.location()
    p.expect("reducer")
    names: list[str | None] = []
    types: list[Type] = []
    for _ in range(count):
        p.expect("(")
        while not p.accept(")"):
            p.accept(",")
            names.append(p.new_name())
            p.expect(":")
            types.append(p.type())
            p.location()
    order = [2 * number + side for side in (0, 1) for number in range(count)]
    region = Region()
    region.add_block([types[at] for at in order])
    p.region(region, entry_names=[names[at] for at in order])
    return region


# convolution --------------------------------------------------------------------------------------

_WINDOW = {
    "stride": "window_strides",
    "pad": "padding",
    "lhs_dilate": "lhs_dilation",
    "rhs_dilate": "rhs_dilation",
    "reverse": "window_reversal",
}


def _convolution(p: Parser, name: str) -> Operation:
    p.expect("(")
    operands = p.values_until(")")
    p.expect("dim_numbers")
    p.expect("=")
    attributes: dict[str, Any] = {"dimension_numbers": parse_dimension_numbers(p)}
    p.expect(",")
    p.expect("window")
    p.expect("=")
    window = parse_dictionary(p)
    attributes |= {_WINDOW[key]: value for key, value in window.items()}
    if p.peek() == "{":
        attributes |= parse_dictionary(p)
    p.expect(":")
    return Operation(name, operands, _types(p, operands), attributes)


def parse_dimension_numbers(p: Parser) -> tuple[str, str, str]:
    """`[b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f]` as `("b01f", "01io", "b01f")`."""
    image = "".join(_words(p))
    p.expect("x")
    filter = "".join(_words(p))
    p.expect("->")
    return image, filter, "".join(_words(p))


_FORMS: dict[str, Callable[[Parser, str], Operation]] = {
    "stablehlo.constant": _constant,
    "stablehlo.compare": _compare,
    "stablehlo.slice": _slice,
    "stablehlo.reduce": _reduce,
    "stablehlo.convolution": _convolution,
    "stablehlo.custom_call": _custom_call,
    "stablehlo.return": _return,
}
