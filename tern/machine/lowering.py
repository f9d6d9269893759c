"""From the IR to operations that processors have.

A processor's division does not say that it divided by zero the way tern does, and its shifts take
any number. So what tern defines and the processor does not is spelled out here: a division is a
**check**, then a division that cannot fail. Maximum is a comparison and a select, a multiplication
by 8 is a shift. What is left is close to the table of the machine, and every operation in it but
`check` and `call` only computes its result.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tern.errors import at
from tern.ir import Block, Operation, Value
from tern.ir.registry import DEFINITIONS
from tern.machine.description import Machine
from tern.numbers import float_bits
from tern.targets.errors import EmitError
from tern.types import f32, f64, i1, i32, i64, index, own_spelling

TYPES = {i1: "i1", i32: "i32", i64: "i64", index: "i64", f32: "f32", f64: "f64"}
BITS = {"i1": 1, "i32": 32, "i64": 64, "f32": 32, "f64": 64}


@dataclass(slots=True)
class Node:
    """One operation: `operator` names its types too, as in `addi.i32` or `sitofp.i32.f64`.

    `operands` are numbers of nodes. `value` is a constant's number (a float's bits), a call's
    callee, or the text of a check's error.
    """

    operator: str
    operands: tuple[int, ...]
    type: str
    value: Any = None
    location: Any = None


@dataclass(slots=True)
class Edge:
    """A branch's target, by number, and what it gives to the target's arguments."""

    target: int
    values: tuple[int, ...]


@dataclass(slots=True)
class LoweredBlock:
    """A block: its arguments and operations by number, and where it goes.

    `uses` is the condition of two edges, or the results of a return, which has no edge.
    """

    arguments: list[int] = field(default_factory=list)
    nodes: list[int] = field(default_factory=list)
    uses: tuple[int, ...] = ()
    edges: tuple[Edge, ...] = ()


@dataclass
class Lowered:
    """A function, ready for instruction selection."""

    name: str
    nodes: list[Node]
    blocks: list[LoweredBlock]


def type_name(value: Value) -> str:
    """The machine's name of a value's type. EmitError for a type that no register holds."""
    if value.type not in TYPES:
        raise EmitError(f"a value of type {own_spelling(value.type)} does not fit a register")
    return TYPES[value.type]


def lower(func: Operation, machine: Machine) -> Lowered:
    """A function in flat SSA form as operations of a machine. O(operations).

    Raises:
        EmitError: an operation or a type has no form; the location is the operation's.
    """
    return _Lowering(func, machine).run()


class _Lowering:
    def __init__(self, func: Operation, machine: Machine) -> None:
        self.func, self.machine = func, machine
        self.nodes: list[Node] = []
        self.number: dict[Value, int] = {}
        self.location: Any = None
        self.block = LoweredBlock()
        self.masks: dict[int, tuple[int, int]] = {}  # of x % 2**k the x, and 2**k - 1

    def run(self) -> Lowered:
        blocks = self.func.body.blocks
        order = {block: i for i, block in enumerate(blocks)}
        lowered = [self.arguments(block) for block in blocks]
        for block, self.block in zip(blocks, lowered):
            for op in block.operations:
                self.location = op.location
                with at(op.location):
                    self.operation(op, order)
        return Lowered(self.func.attributes["sym_name"], self.nodes, lowered)

    def arguments(self, block: Block) -> LoweredBlock:
        with at(self.func.location):
            numbers = [self.add("argument", (), type_name(arg)) for arg in block.args]
        self.number.update(zip(block.args, numbers))
        return LoweredBlock(numbers)

    def operation(self, op: Operation, order: dict[Block, int]) -> None:
        if op.name in ("cf.br", "cf.cond_br", "func.return"):
            self.block.uses = self.copied(op.operands)
            self.block.edges = tuple(
                Edge(order[to], self.copied(values)) for to, values in op.successors
            )
            return
        if op.name == "func.call":
            operands = self.copied(op.operands)
            types = [type_name(result) for result in op.results]
            call = self.emit(
                "call", operands, types[0] if types else "i32", op.attributes["callee"]
            )
            for i, (result, type) in enumerate(zip(op.results, types)):
                self.number[result] = self.emit("result", (call,), type, i)
            return
        operands = tuple(self.number[value] for value in op.operands)
        dialect, _, name = op.name.partition(".")
        rule = _RULES.get(name) if dialect in ("arith", "math") else None
        if rule is None:
            raise EmitError(f"{op.name} has no form on this machine")
        (result,) = op.results
        if type_name(result) == "i1" and (bitwise := DEFINITIONS[op.name].on_bits):
            name = bitwise.partition(".")[2]
            rule = _RULES[name]
        self.number[result] = rule(self, op, name, type_name(result), *operands)

    def copied(self, values: Sequence[Value]) -> tuple[int, ...]:
        """The numbers of values that will be copied from register to register. A constant is made
        anew right here, so that it takes up no register before."""
        numbers = []
        for value in values:
            node = self.nodes[self.number[value]]
            constant = node.operator.startswith("constant.")
            numbers.append(self.constant(node.value, node.type) if constant else self.number[value])
        return tuple(numbers)

    # building ---------------------------------------------------------------------------------

    def add(self, operator: str, operands: tuple[int, ...], type: str, value: Any = None) -> int:
        self.nodes.append(Node(operator, operands, type, value, self.location))
        return len(self.nodes) - 1

    def emit(self, operator: str, operands: tuple[int, ...], type: str, value: Any = None) -> int:
        """A new operation at the end of the block; its number."""
        number = self.add(operator, operands, type, value)
        self.block.nodes.append(number)
        return number

    def constant(self, value: int, type: str) -> int:
        return self.emit(f"constant.{type}", (), type, value)

    def binary(self, name: str, a: int, b: int) -> int:
        """An operation on two operands of one type; a constant is the second, if it may be."""
        type = self.nodes[a].type
        if name in _COMMUTATIVE and self.known(a) is not None:
            a, b = b, a
        return self.emit(f"{name}.{type}", (a, b), type)

    def compare(self, predicate: str, a: int, b: int) -> int:
        type = self.nodes[a].type
        kind = "cmpf" if type in ("f32", "f64") else "cmpi"
        return self.emit(f"{kind}.{predicate}.{type}", (a, b), "i1")

    def select(self, condition: int, then: int, otherwise: int) -> int:
        type = self.nodes[then].type
        return self.emit(f"select.{type}", (condition, then, otherwise), type)

    def check(self, condition: int, message: str) -> None:
        """Go on only if the condition holds; else the program stops with this error."""
        self.emit("check", (condition,), "i1", message)

    def cast(self, name: str, a: int, type: str) -> int:
        return self.emit(f"{name}.{self.nodes[a].type}.{type}", (a,), type)

    def known(self, number: int) -> int | None:
        """The number of an integer constant; None for what is no constant."""
        node = self.nodes[number]
        return node.value if node.operator.startswith("constant.i") else None


# the rules: each gives the number of the node that is the operation's result -----------------------

Rule = Callable[..., int]


def _constant(low: _Lowering, op: Operation, name: str, type: str) -> int:
    value = op.attributes["value"]
    return low.constant(
        float_bits(value, op.results[0].type) if type[0] == "f" else int(value), type
    )


_COMMUTATIVE = frozenset("addi muli andi ori xori addf mulf".split())


def _plain(low: _Lowering, op: Operation, name: str, type: str, *operands: int) -> int:
    if len(operands) == 2:
        return low.binary(name, *operands)
    return low.emit(f"{name}.{type}", operands, type)


def _muli(low: _Lowering, op: Operation, name: str, type: str, a: int, b: int) -> int:
    for x, y in ((a, b), (b, a)):
        factor = low.known(y)
        if factor is not None and factor > 1 and factor & (factor - 1) == 0:
            return low.binary("shli", x, low.constant(factor.bit_length() - 1, type))
    return low.binary("muli", a, b)


def _divide(low: _Lowering, op: Operation, name: str, type: str, a: int, b: int) -> int:
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


def _by_power_of_two(low: _Lowering, a: int, shift: int, remainder: bool) -> int:
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


def _shift(low: _Lowering, op: Operation, name: str, type: str, a: int, by: int) -> int:
    amount, bits = low.known(by), BITS[type]
    if type == "i1":
        raise EmitError(f"{op.name} of i1 has no form on this machine")
    if amount is None or not 0 <= amount < bits:
        inside = low.compare("ult", by, low.constant(bits, type))
        low.check(inside, f"shift of an i{bits} by its width or more")
    return low.binary(name, a, by)


def _cmpi(low: _Lowering, op: Operation, name: str, type: str, a: int, b: int) -> int:
    predicate = op.attributes["predicate"]
    if low.nodes[a].type == "i1" and predicate[0] == "s":  # true is -1 there
        predicate = {"slt": "ugt", "sle": "uge", "sgt": "ult", "sge": "ule"}[predicate]
    if predicate in ("eq", "ne") and a in low.masks and low.known(b) == 0:
        number, mask = low.masks[a]  # x % 8 is 0 when the low bits of x are, of whatever sign
        a = low.binary("andi", number, low.constant(mask, low.nodes[a].type))
    return low.compare(predicate, a, b)


def _cmpf(low: _Lowering, op: Operation, name: str, type: str, a: int, b: int) -> int:
    predicate = op.attributes["predicate"]
    if predicate in ("true", "false"):
        return low.constant(int(predicate == "true"), "i1")
    if predicate in low.machine.expanded:
        first, second, joined = low.machine.expanded[predicate]
        both = low.compare(first, a, b), low.compare(second, a, b)
        return low.emit(f"{joined}.i1", both, "i1")
    return low.compare(predicate, a, b)


def _select(low: _Lowering, op: Operation, name: str, type: str, *operands: int) -> int:
    return low.select(*operands)


def _extreme(low: _Lowering, op: Operation, name: str, type: str, a: int, b: int) -> int:
    """maxsi, minui, …: a comparison and a select."""
    predicate = name[3] + ("ge" if name.startswith("max") else "le")
    return low.select(low.compare(predicate, a, b), a, b)


def _float_extreme(low: _Lowering, op: Operation, name: str, type: str, a: int, b: int) -> int:
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


def _absi(low: _Lowering, op: Operation, name: str, type: str, a: int) -> int:
    if type == "i1":
        return a  # -(-1) wraps to itself
    zero = low.constant(0, type)
    return low.select(low.compare("slt", a, zero), low.binary("subi", zero, a), a)


def _resize(low: _Lowering, op: Operation, name: str, type: str, a: int) -> int:
    before = low.nodes[a].type
    if name.startswith("index_cast"):
        widened = "extui" if name.endswith("ui") else "extsi"
        name = widened if BITS[before] < BITS[type] else "trunci"
    if before == type:
        return a
    if name == "extsi" and before == "i1":  # true is -1
        return low.binary("subi", low.constant(0, type), low.cast("extui", a, type))
    return low.cast(name, a, type)


def _to_float(low: _Lowering, op: Operation, name: str, type: str, a: int) -> int:
    before = low.nodes[a].type
    if name == "sitofp":
        return low.cast(name, _resize(low, op, "extsi", "i32", a) if before == "i1" else a, type)
    if before == "i64":
        raise EmitError("arith.uitofp of 64 bits has no form on this machine")
    return low.cast("sitofp", low.cast("extui", a, "i64"), type)


def _to_integer(low: _Lowering, op: Operation, name: str, type: str, a: int) -> int:
    """Both limits are checked as floats, where they are exact: NaN is inside of none."""
    before, bits = op.operands[0].type, BITS[type]
    if type == "i1":
        raise EmitError("arith.fptosi to i1 has no form on this machine")
    # The least integer, or where the format has room for it the float below it, is the last to fail.
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


def _cast(low: _Lowering, op: Operation, name: str, type: str, a: int) -> int:
    return a if low.nodes[a].type == type else low.cast(name, a, type)


_RULES: dict[str, Rule] = {
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
