"""How each operation on scalars is spelled in operations that processors have."""

from __future__ import annotations

from collections.abc import Callable

from tern.errors import EmitError
from tern.ir import Operation
from tern.machine.builder import NodeBuilder
from tern.machine.nodes import BITS
from tern.numbers import float_bits

Rule = Callable[..., int]
"""Adds what computes an operation; gives the number of the node that is its result."""


def _constant(low: NodeBuilder, op: Operation, name: str, type: str) -> int:
    value = op.attributes["value"]
    return low.constant(
        float_bits(value, op.results[0].type) if type[0] == "f" else int(value), type
    )


def _plain(low: NodeBuilder, op: Operation, name: str, type: str, *operands: int) -> int:
    if len(operands) == 2:
        return low.binary(name, *operands)
    return low.emit(f"{name}.{type}", operands, type)


def _muli(low: NodeBuilder, op: Operation, name: str, type: str, a: int, b: int) -> int:
    for x, y in ((a, b), (b, a)):
        factor = low.known(y)
        if factor is not None and factor > 1 and factor & (factor - 1) == 0:
            return low.binary("shli", x, low.constant(factor.bit_length() - 1, type))
    return low.binary("muli", a, b)


def _divide(low: NodeBuilder, op: Operation, name: str, type: str, a: int, b: int) -> int:
    if type == "i1":
        raise EmitError(f"{op.name} of i1 has no form on this machine")
    divisor, signed, bits = low.known(b), name.endswith("si"), BITS[type]
    word = "division" if name.startswith("div") else "remainder"
    if divisor is None or divisor == 0:
        low.check(low.compare("ne", b, low.constant(0, type)), f"integer {word} by zero")
    if signed and divisor in (None, -1):
        least = -(1 << (bits - 1))
        fits = low.compare("ne", a, low.constant(least, type))
        if divisor is None:
            fits = low.emit("ori.i1", (fits, low.compare("ne", b, low.constant(-1, type))), "i1")
        low.check(fits, f"{least} / -1 does not fit an i{bits}")
    if signed and divisor is not None and divisor > 1 and divisor & (divisor - 1) == 0:
        return _by_power_of_two(low, a, divisor.bit_length() - 1, word == "remainder")
    if name.startswith("rem") and name not in low.machine.native:
        quotient = low.binary(name.replace("rem", "div"), a, b)
        return low.binary("subi", a, low.binary("muli", quotient, b))
    return low.binary(name, a, b)


def _by_power_of_two(low: NodeBuilder, a: int, shift: int, remainder: bool) -> int:
    """a / 2**shift toward zero, or what is left. A shift alone would round toward -infinity, so
    2**shift - 1 is added to negative numbers first."""
    type = low.nodes[a].type
    bits = BITS[type]
    sign = low.binary("shrsi", a, low.constant(bits - 1, type)) if shift > 1 else a
    rounding = low.binary("shrui", sign, low.constant(bits - shift, type))
    raised = low.binary("addi", a, rounding)
    if not remainder:
        return low.binary("shrsi", raised, low.constant(shift, type))
    mask = (1 << shift) - 1
    left = low.binary("subi", low.binary("andi", raised, low.constant(mask, type)), rounding)
    low.masks[left] = a, mask
    return left


def _shift(low: NodeBuilder, op: Operation, name: str, type: str, a: int, by: int) -> int:
    amount, bits = low.known(by), BITS[type]
    if type == "i1":
        raise EmitError(f"{op.name} of i1 has no form on this machine")
    if amount is None or not 0 <= amount < bits:
        inside = low.compare("ult", by, low.constant(bits, type))
        low.check(inside, f"shift of an i{bits} by its width or more")
    return low.binary(name, a, by)


def _cmpi(low: NodeBuilder, op: Operation, name: str, type: str, a: int, b: int) -> int:
    predicate = op.attributes["predicate"]
    if low.nodes[a].type == "i1" and predicate[0] == "s":  # true is -1 there
        predicate = {"slt": "ugt", "sle": "uge", "sgt": "ult", "sge": "ule"}[predicate]
    if predicate in ("eq", "ne") and a in low.masks and low.known(b) == 0:
        number, mask = low.masks[a]  # x % 8 is 0 when the low bits of x are, of whatever sign
        a = low.binary("andi", number, low.constant(mask, low.nodes[a].type))
    return low.compare(predicate, a, b)


def _cmpf(low: NodeBuilder, op: Operation, name: str, type: str, a: int, b: int) -> int:
    predicate = op.attributes["predicate"]
    if predicate in ("true", "false"):
        return low.constant(int(predicate == "true"), "i1")
    if predicate in low.machine.expanded:
        first, second, joined = low.machine.expanded[predicate]
        both = low.compare(first, a, b), low.compare(second, a, b)
        return low.emit(f"{joined}.i1", both, "i1")
    return low.compare(predicate, a, b)


def _select(low: NodeBuilder, op: Operation, name: str, type: str, *operands: int) -> int:
    return low.select(*operands)


def _extreme(low: NodeBuilder, op: Operation, name: str, type: str, a: int, b: int) -> int:
    """maxsi, minui, …: a comparison and a select."""
    predicate = name[3] + ("ge" if name.startswith("max") else "le")
    return low.select(low.compare(predicate, a, b), a, b)


def _float_extreme(low: NodeBuilder, op: Operation, name: str, type: str, a: int, b: int) -> int:
    """NaN if either is NaN, and -0.0 < 0.0: of equal numbers the bits are joined, by `and` for the
    greater one, as only zeros of two signs differ."""
    if name in low.machine.native:
        return low.binary(name, a, b)
    greater = name == "maximumf"
    bits = "i32" if type == "f32" else "i64"
    joined = low.binary(
        "andi" if greater else "ori", low.cast("bitcast", a, bits), low.cast("bitcast", b, bits)
    )
    first = low.compare("ogt" if greater else "olt", a, b)
    second = low.compare("olt" if greater else "ogt", a, b)
    ordered = low.select(first, a, low.select(second, b, low.cast("bitcast", joined, type)))
    return low.select(low.compare("uno", a, b), low.binary("addf", a, b), ordered)


def _absi(low: NodeBuilder, op: Operation, name: str, type: str, a: int) -> int:
    if type == "i1":
        return a  # -(-1) wraps to itself
    zero = low.constant(0, type)
    return low.select(low.compare("slt", a, zero), low.binary("subi", zero, a), a)


def _resize(low: NodeBuilder, op: Operation, name: str, type: str, a: int) -> int:
    before = low.nodes[a].type
    if name.startswith("index_cast"):
        widened = "extui" if name.endswith("ui") else "extsi"
        name = widened if BITS[before] < BITS[type] else "trunci"
    if before == type:
        return a
    if name == "extsi" and before == "i1":  # true is -1
        return low.binary("subi", low.constant(0, type), low.cast("extui", a, type))
    return low.cast(name, a, type)


def _to_float(low: NodeBuilder, op: Operation, name: str, type: str, a: int) -> int:
    before = low.nodes[a].type
    if name == "sitofp":
        return low.cast(name, _resize(low, op, "extsi", "i32", a) if before == "i1" else a, type)
    if before == "i64":
        raise EmitError("arith.uitofp of 64 bits has no form on this machine")
    return low.cast("sitofp", low.cast("extui", a, "i64"), type)


def _to_integer(low: NodeBuilder, op: Operation, name: str, type: str, a: int) -> int:
    """Both limits are checked as floats, where they are exact: NaN is inside of none."""
    before, bits = op.operands[0].type, BITS[type]
    if type == "i1":
        raise EmitError("arith.fptosi to i1 has no form on this machine")
    # The greatest float that fails is below the least integer: where the format has room for it,
    # that is the integer before.
    exact = before.fraction < bits - 1
    least = float(-(1 << (bits - 1))) if exact else float(-(1 << (bits - 1)) - 1)
    limits = [
        low.constant(float_bits(limit, before), low.nodes[a].type)
        for limit in (least, float(1 << (bits - 1)))
    ]
    above = low.compare("oge" if exact else "ogt", a, limits[0])
    below = low.compare("olt", a, limits[1])
    message = f"a number does not fit in an i{bits}"
    low.check(low.emit("andi.i1", (above, below), "i1"), message)
    return low.cast(name, a, type)


def _cast(low: NodeBuilder, op: Operation, name: str, type: str, a: int) -> int:
    return a if low.nodes[a].type == type else low.cast(name, a, type)


RULES: dict[str, Rule] = {
    "constant": _constant,
    "muli": _muli,
    "cmpi": _cmpi,
    "cmpf": _cmpf,
    "select": _select,
    "absi": _absi,
    "fptosi": _to_integer,
    **dict.fromkeys("addi subi andi ori xori addf subf mulf divf negf absf sqrt".split(), _plain),
    **dict.fromkeys("divsi divui remsi remui".split(), _divide),
    **dict.fromkeys("shli shrsi shrui".split(), _shift),
    **dict.fromkeys("maxsi minsi maxui minui".split(), _extreme),
    **dict.fromkeys("maximumf minimumf".split(), _float_extreme),
    **dict.fromkeys("extsi extui trunci index_cast index_castui".split(), _resize),
    **dict.fromkeys("sitofp uitofp".split(), _to_float),
    **dict.fromkeys("extf truncf bitcast".split(), _cast),
}
