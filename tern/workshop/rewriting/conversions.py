"""Conversions and modules for the exercise on them, drawn at random, and what must hold."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace

from tern.ir import Builder, Operation, Value, new_function, new_module, outcome, verify
from tern.ir.samples import random_function
from tern.rewrite.conversion import CAST, Conversion, Converter, Pattern
from tern.rewrite.conversions import CONVERSIONS
from tern.types import IntegerType, Type, i32, i64

BINARY = ("addi", "subi", "muli", "andi", "ori", "xori")


def conversion(name: str) -> Conversion:
    """A conversion by its name: one of tern's; one of SMALL; or "random 17", whose operations,
    types, and patterns follow from the number. With " full" behind, it is full.

    KeyError for a name that is none of these.
    """
    base, full = name.removesuffix(" full"), name.endswith(" full")
    if base.startswith("random "):
        made = _random(random.Random(int(base.split()[1])))
    else:
        made = SMALL.get(base) or CONVERSIONS[base]
    return Conversion(name, made.legal, made.type, made.patterns, made.cast, full)


def _random(rng: random.Random) -> Conversion:
    """i32 may become i64, and some operations others: subi a sum with a complement, andi with ori
    and addi, and so on, of which some are illegal in turn."""
    widen = rng.random() < 0.6
    illegal = frozenset(f"arith.{name}" for name in rng.sample(BINARY[1:], rng.randrange(1, 5)))
    lacking = rng.choice(sorted(illegal)) if rng.random() < 0.25 else ""
    known = rng.random() < 0.8

    def type(old: Type) -> Type:
        return _wide(old) if widen else old

    def legal(op: Operation) -> bool | None:
        if op.name in illegal or op.name == "builtin.module":  # about which nobody asks
            return False
        if op.name.startswith("arith.") and op.name[6:] in BINARY and widen:
            return all(type(value.type) == value.type for value in (*op.operands, *op.results))
        return True if known or op.name == CAST else None

    patterns: dict[str, Pattern] = {f"arith.{name}": _same for name in BINARY}
    for name in illegal:
        patterns[name] = _REPLACED[name]
    patterns.pop(lacking, None)

    return Conversion("", legal, type, patterns, _cast)


def _wide(old: Type) -> Type:
    return i64 if old == i32 else old


def _cast(old: Type, new: Type) -> str:
    if not all(isinstance(each, IntegerType) for each in (old, new)):
        return ""
    return "arith.extsi" if old.width < new.width else "arith.trunci"  # type: ignore[union-attr]


def _same(op: Operation, operands: list[Value], at: Converter) -> Sequence[Value]:
    return at.convert(Operation(op.name, operands, [at.type(op.result.type)], op.attributes))


def _made(at: Converter, name: str, *operands: Value) -> Value:
    return at.convert(Operation(f"arith.{name}", operands, [operands[0].type]))[0]


def _constant(at: Converter, number: int, type: Type) -> Value:
    return at.convert(Operation("arith.constant", (), [type], {"value": number}))[0]


def _subtract(op: Operation, operands: list[Value], at: Converter) -> Sequence[Value]:
    """x - y is x + (~y + 1)."""
    x, y = operands
    complement = _made(at, "xori", y, _constant(at, -1, y.type))
    return [_made(at, "addi", x, _made(at, "addi", complement, _constant(at, 1, y.type)))]


def _complement(op: Operation, operands: list[Value], at: Converter) -> Sequence[Value]:
    """x ^ y is (x | y) - (x & y)."""
    return [_made(at, "subi", _made(at, "ori", *operands), _made(at, "andi", *operands))]


def _both(op: Operation, operands: list[Value], at: Converter) -> Sequence[Value]:
    """x & y is (x + y) - (x | y)."""
    return [_made(at, "subi", _made(at, "addi", *operands), _made(at, "ori", *operands))]


def _either(op: Operation, operands: list[Value], at: Converter) -> Sequence[Value]:
    """x | y is (x + y) - (x & y)."""
    return [_made(at, "subi", _made(at, "addi", *operands), _made(at, "andi", *operands))]


def _square(op: Operation, operands: list[Value], at: Converter) -> Sequence[Value] | None:
    """Of a product only that with a constant 0 is known; no other matches."""
    owner = getattr(operands[1], "op", None)
    if owner is None or owner.name != "arith.constant" or owner.attributes["value"] != 0:
        return None
    return [operands[1]]


_REPLACED: dict[str, Callable] = {
    "arith.subi": _subtract,
    "arith.xori": _complement,
    "arith.andi": _both,
    "arith.ori": _either,
    "arith.muli": _square,
}


WIDE = Conversion(
    "i32-as-i64",
    lambda op: op.name[6:] not in BINARY or all(_wide(v.type) == v.type for v in op.operands),
    _wide,
    {f"arith.{name}": _same for name in BINARY},
    _cast,
)


def _doubled(op: Operation, operands: list[Value], at: Converter) -> Sequence[Value]:
    """x << n is (x << n - 1) + (x << n - 1): a pattern that needs itself n times."""
    x, amount = operands
    less = _constant(at, _number(amount) - 1, amount.type)
    half = _made(at, "shli", x, less)
    return [_made(at, "addi", half, half)]


def _number(value: Value) -> int:
    """The integer of a constant; 0 if it's something else."""
    owner = getattr(value, "op", None)
    return owner.attributes["value"] if owner and owner.name == "arith.constant" else 0


def _nothing(op: Operation, operands: list[Value], at: Converter) -> Sequence[Value]:
    return operands[:1]


SMALL = {
    "i32-as-i64": WIDE,
    "i32-as-i64 without casts": replace(WIDE, cast=lambda old, new: ""),
    "sums for shifts": Conversion(
        "",
        lambda op: op.name != "arith.shli" or _number(op.operands[1]) == 0,
        lambda old: old,
        {"arith.shli": _doubled},
    ),
    "no type for i32": Conversion(
        "",
        lambda op: op.name != "arith.addi",
        lambda old: None if old == i32 else old,
        {"arith.addi": _nothing},
    ),
    "sums as they are": Conversion(
        "",
        lambda op: op.name != "arith.addi",
        lambda old: old,
        {"arith.addi": lambda op, operands, at: at.write(op, at.type)},
    ),
    "sums handed back": Conversion(
        "",
        lambda op: op.name != "arith.addi",
        lambda old: old,
        {"arith.addi": lambda op, operands, at: at.convert(op)},
    ),
}
"""Conversions by their names, each for one thing that can be forgotten."""


def problem_after(
    before: Operation, after: Operation, told: str, chosen: Conversion, calls: Sequence[Sequence]
) -> str:
    """What is wrong with a conversion's outcome, in one line; "" if nothing is.

    `before` is a copy of the module, `after` what it has become, and `told` what the conversion
    said. If that is something, the module must be the same, to the letter.
    """
    if told:
        return "" if str(before) == str(after) else f"it failed ({told}), and changed the module"
    try:
        verify(after)
    except ValueError as error:
        return f"the module is not valid: {str(error).splitlines()[0]}"
    for op in after.walk():
        if op is after:  # stays, whatever `legal` says
            continue
        if len(op.operands) == len(op.results) == 1:
            if op.name == chosen.cast(op.operands[0].type, op.result.type):
                continue
        legal = chosen.legal(op)
        if legal is False or (legal is None and chosen.full):
            return f"{op.name} is left, which is not legal"
    name = after.body.blocks[0].operations[0].attributes["sym_name"]
    if any(op.name == CAST for op in after.walk()):
        return ""  # nobody can run it
    for given in calls:
        expected = outcome(before, name, *given, max_steps=20_000)
        if not expected.ended:
            continue
        found = outcome(after, name, *given, max_steps=400_000)
        failed = expected.results is None and found.results is None
        if not failed and not found.same(expected):
            shown = [each.error or each.results for each in (found, expected)]
            return f"@{name}{tuple(given)} is {shown[0]} afterwards, and was {shown[1]}"
    return ""


def random_module(rng: random.Random) -> Operation:
    """A module of one function: of several blocks, which takes nothing; or a straight one of three
    arguments, whose operations are those of conversions drawn at random."""
    if rng.random() < 0.5:
        module = new_module()
        func = random_function(rng.randrange(1 << 30), rng.randrange(4, 40), slots=False)
        module.body.blocks[0].append(func)
        return module
    return straight_module(rng, rng.randrange(2, 20))


def straight_module(rng: random.Random, operations: int) -> Operation:
    """A module with @f(a, b, c) of integers, of one block of so many operations."""
    func = new_function("f", [i32] * 3, [i32])
    builder, values = Builder(func.body.blocks[0]), list(func.body.blocks[0].args)
    for _ in range(operations):
        pair: list[Value] = [rng.choice(values[-5:]), rng.choice(values)]
        name = rng.choice(BINARY)
        if name == "muli" and rng.random() < 0.7:
            pair = [pair[0], builder.constant(0, i32)]
        values.append(builder.op(f"arith.{name}", pair, [i32]).result)
    builder.op("func.return", [values[-1]])
    module = new_module()
    module.body.blocks[0].append(func)
    return module


def arguments(module: Operation, rng: random.Random) -> list[int]:
    """Arguments for the module's function: integers."""
    func = module.body.blocks[0].operations[0]
    return [rng.randrange(-(1 << 31), 1 << 31) for _ in func.body.blocks[0].args]
