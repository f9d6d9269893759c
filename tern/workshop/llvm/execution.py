"""One execution of a function of LLVM IR, instruction by instruction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from tern.workshop.llvm import arithmetic
from tern.workshop.llvm.choices import Choices
from tern.workshop.llvm.ir_text import Array, Function, Instruction, Operand, Type, element_size
from tern.workshop.llvm.memory import Memory
from tern.workshop.llvm.values import (
    POISON,
    UNDEF,
    OutOfSteps,
    Poison,
    Undef,
    UndefinedBehavior,
    Value,
)

POINTER = 64  # bits
MAX_DEPTH = 200  # of what is computed of something undefined
Choose = Callable[[int], int]


class Run:
    """One execution of a function."""

    def __init__(
        self, function: Function, memory: Memory, choose: Choose, count: Counter[str]
    ) -> None:
        self.function, self.memory = function, memory
        self.choose, self.count = choose, count
        self.values: dict[str, Value] = {}
        self.steps = 0  # that are left

    def call(self, arguments: Sequence[Value], steps: int) -> int | Poison | None:
        function, self.steps = self.function, steps
        for parameter, value in zip(function.parameters, arguments, strict=True):
            width = _width(parameter.type)
            if isinstance(value, int):
                value %= 1 << width
            elif "noundef" in parameter.attributes:
                raise UndefinedBehavior(f"{value} for a parameter that is noundef")
            elif value is UNDEF:
                value = self._undefined(width)
            self.values[parameter.name] = value
        before, label = "", next(iter(function.blocks))
        while True:
            block = function.blocks.get(label)
            if not block:
                raise ValueError(f"there is no block %{label}, or nothing in it")
            self._spend(len(block))
            self._phis(block, before)
            for each in block:
                self.count[each.opcode] += 1
                if each.opcode == "ret":
                    return self._returned(each)
                if each.labels and each.opcode != "phi":
                    before, label = label, self._successor(each)
                    break
                if each.opcode != "phi":
                    self._execute(each)
            else:
                raise ValueError(f"the block %{before} has no terminator")

    def _spend(self, steps: int) -> None:
        self.steps -= steps
        if self.steps < 0:
            raise OutOfSteps

    def _undefined(self, width: int) -> Undef:
        return Undef(lambda: self.choose(width))

    def _phis(self, block: list[Instruction], before: str) -> None:
        """All phis of a block at once: one may be what another was."""
        new = {}
        for each in block:
            if each.opcode != "phi":
                break
            if before not in each.labels:
                raise ValueError(f"line {each.line}: a phi has no value for %{before}")
            new[each.result] = self.value(each.operands[each.labels.index(before)])
        self.values.update(new)

    def value(self, operand: Operand) -> Value:
        if operand.kind == "constant":
            if operand.value == "undef":
                return self._undefined(_width(operand.type))
            return POISON if operand.value == "poison" else int(operand.value)
        try:
            return self.values[str(operand.value)]
        except KeyError:
            raise ValueError(f"%{operand.value} has no value here") from None

    def number(self, operand: Operand) -> int | Poison:
        """The operand's value, with a choice made if it is undefined."""
        value = self.value(operand)
        return value.draw() if isinstance(value, Undef) else value

    def _returned(self, op: Instruction) -> int | Poison | None:
        if not op.operands:
            return None
        value = self.value(op.operands[0])
        if not isinstance(value, int) and "noundef" in self.function.result_attributes:
            raise UndefinedBehavior(f"{value} is returned, which was promised to be noundef")
        return value.draw() if isinstance(value, Undef) else value

    def _successor(self, op: Instruction) -> str:
        if not op.operands:
            return op.labels[0]
        condition = self._settled(self.value(op.operands[0]))
        if not isinstance(condition, int):
            raise UndefinedBehavior(f"a branch on {condition}")
        if op.opcode == "br":
            return op.labels[0 if condition else 1]
        cases = [case.value for case in op.operands[1:]]
        return op.labels[cases.index(condition) + 1 if condition in cases else 0]

    def _settled(self, value: Value) -> Value:
        """What was computed of something undefined, if it is the same whatever is chosen."""
        if not isinstance(value, Undef):
            return value
        outside, choices, found = self.choose, Choices(), set[int | Poison]()
        self.choose = choices.next
        found.add(value.draw())
        while len(found) == 1 and choices.advance():
            found.add(value.draw())
        self.choose = outside
        return found.pop() if len(found) == 1 and choices.full else value

    def _execute(self, op: Instruction) -> None:
        value = self._computed(op)
        if op.result:
            self.values[op.result] = value

    def _computed(self, op: Instruction) -> Value:
        """The instruction's result; 0 if it has none."""
        match op.opcode:
            case "unreachable":
                raise UndefinedBehavior("the unreachable is reached")
            case "freeze":
                value = self.number(op.operands[0])
                return self.choose(_width(op.type)) if isinstance(value, Poison) else value
            case "select":
                return self._selected(*[self.value(each) for each in op.operands])
            case "alloca":
                count = self.number(op.operands[0]) if op.operands else 1
                if isinstance(count, Poison):
                    raise UndefinedBehavior("an alloca of poison")
                return self.memory.allocate(count * element_size(op.type))
            case "load":
                value = self.memory.load(self._address(op.operands[0]), _width(op.type))
                return self._undefined(_width(op.type)) if value is None else value
            case "store":
                address = self._address(op.operands[1])
                width = _width(op.operands[0].type)
                self.memory.store(address, self.value(op.operands[0]), width)
                return 0
            case "call":
                return self._call(op)
        return self._pure(op)

    def _selected(self, condition: Value, yes: Value, no: Value) -> Value:
        """One of two values, passed on as it is; of an undefined condition, another each time."""
        if isinstance(condition, Undef):
            parts = (condition, yes, no)
            depth = 1 + max(each.depth for each in parts if isinstance(each, Undef))
            if depth > MAX_DEPTH:
                raise OutOfSteps

            def draw() -> int | Poison:
                self._spend(1)
                return _drawn(self._selected(condition.draw(), yes, no))

            return Undef(draw, depth)
        if isinstance(condition, Poison):
            return POISON
        return yes if condition else no

    def _pure(self, op: Instruction) -> Value:
        """The result of arithmetic. Of something undefined it is undefined itself."""
        values = [self.value(each) for each in op.operands]
        if not any(_open(value) for value in values):
            return self._arithmetic(op, values)
        if op.opcode in arithmetic.MAY_BE_UNDEFINED:
            # Whether there is a result at all is decided now, and by the divisor nearly always.
            values[1] = _drawn(values[1])
            width = _width(op.type)
            if values[1] in (POISON, 0) or values[1] == (1 << width) - 1:
                values[0] = _drawn(values[0])
            if not any(_open(value) for value in values):
                return self._arithmetic(op, values)
        depth = 1 + max(value.depth for value in values if isinstance(value, Undef))
        if depth > MAX_DEPTH:
            raise OutOfSteps

        def draw() -> int | Poison:
            self._spend(1)
            return self._arithmetic(op, [_drawn(value) for value in values])

        return Undef(draw, depth)

    def _arithmetic(self, op: Instruction, values: Sequence[Value]) -> int | Poison:
        if op.opcode in arithmetic.MAY_BE_UNDEFINED and values[1] in (POISON, 0):
            raise UndefinedBehavior("division by poison" if values[1] else "division by zero")
        known = [value for value in values if isinstance(value, int)]
        if len(known) < len(values):
            return POISON
        if op.opcode == "getelementptr":
            return self._element(op, known)
        width, a, b = _width(op.operands[0].type), known[0], known[-1]  # a cast has one operand
        if op.opcode in arithmetic.OPERATIONS:
            return arithmetic.binary(op.opcode, a, b, width, op.flags)
        if op.opcode == "icmp":
            return arithmetic.compare(op.predicate, a, b, width, op.flags)
        return arithmetic.cast(op.opcode, a, width, _width(op.type), op.flags)

    def _element(self, op: Instruction, values: list[int]) -> int | Poison:
        """The address behind so many elements. `inbounds` promises that it stays in the object."""
        address, type = values[0], op.type
        for index, operand in zip(values[1:], op.operands[1:]):
            steps = arithmetic.signed(index, _width(operand.type))
            if operand is not op.operands[1]:
                if not isinstance(type, Array):
                    raise ValueError(f"line {op.line}: no array to index")
                type = type.element
            address += steps * element_size(type)
            if "inbounds" in op.flags and not self.memory.holds(address, inside_of=values[0]):
                return POISON
        return address % (1 << POINTER)

    def _address(self, operand: Operand) -> int:
        value = self.number(operand)
        if isinstance(value, Poison):
            raise UndefinedBehavior("an address that is poison is followed")
        return value

    def _call(self, op: Instruction) -> Value:
        """One of LLVM's own functions."""
        name = op.callee.removeprefix("llvm.")
        if name.startswith("lifetime."):
            return 0
        values = [self.number(each) for each in op.operands]
        if name == "assume":
            if values[0] != 1:
                raise UndefinedBehavior("an assumption does not hold")
            return 0
        function = arithmetic.INTRINSICS.get(name.rpartition(".")[0])
        if function is None or name == op.callee:
            raise ValueError(f"line {op.line}: @{op.callee} is not known here")
        known = [value for value in values if isinstance(value, int)]
        if len(known) < 2:
            return POISON
        return function(known[0], known[1], _width(op.type))


def _open(value: Value) -> bool:
    return isinstance(value, Undef)


def _drawn(value: Value) -> int | Poison:
    return value.draw() if isinstance(value, Undef) else value


def _width(type: Type) -> int:
    if type == "ptr":
        return POINTER
    if not isinstance(type, int):
        raise ValueError(f"no integer: {type}")
    return type
