"""CPython's bytecode, evaluated an instruction at a time: versions 3.11, 3.12, and 3.13.

What a value is does not matter here. Of arrays, this is an interpreter; of proxies, an
instruction that asks one for its numbers raises DataDependentError, and everything before it is in
the graph. Who decides what a call or a global gives is the class that inherits from Evaluator.

Source: Python's Doc/library/dis.rst and Python/bytecodes.c, of each version.
"""

from __future__ import annotations

import builtins
import operator
import types
from collections.abc import Callable
from typing import Any

from tern.workshop.frameworks.captures.instructions import (
    NULL,
    SIMPLE,
    UNBOUND,
    Instructions,
    Iteration,
    RefusedError,
)

_BINARY = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
    "//": operator.floordiv, "%": operator.mod, "**": operator.pow, "@": operator.matmul,
    "&": operator.and_, "|": operator.or_, "^": operator.xor, "<<": operator.lshift,
    ">>": operator.rshift,
}  # fmt: skip
_COMPARE = {
    "<": operator.lt, "<=": operator.le, "==": operator.eq,
    "!=": operator.ne, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


class Evaluator:
    """One call of a function: its locals, its stack, and the index of the next instruction.

    `step` executes one instruction. When the function returns, `result` is in `returned`.
    """

    def __init__(self, function: Callable, code: Instructions, local: dict[str, Any]) -> None:
        self.function, self.code, self.local = function, code, local
        self.stack: list[Any] = []
        self.names: tuple[str, ...] = ()  # of the keyword arguments of the next call
        self.at = 0
        self.returned: tuple[Any, ...] = ()

    # ---- what inherits decides ---------------------------------------------------------------

    def call(self, function: Any, operands: list[Any], named: dict[str, Any]) -> Any:
        return function(*operands, **named)

    def attribute(self, value: Any, name: str) -> Any:
        return getattr(value, name)

    def global_named(self, name: str) -> Any:
        scope = self.function.__globals__
        return scope[name] if name in scope else getattr(builtins, name)

    def effect(self, what: str) -> None:
        """Asked before something outside of the function is written."""

    # ---- one instruction ---------------------------------------------------------------------

    def step(self) -> None:
        """Execute the next instruction. What it raises leaves the state undefined."""
        instruction = self.code.items[self.at]
        if instruction.opname in SIMPLE:
            count, function = SIMPLE[instruction.opname]
            self.stack.append(function(*self.pop(count)))
            self.at += 1
            return
        method = getattr(self, f"do_{instruction.opname}", None)
        if method is None:
            line = self.code.lines[self.at]
            raise RefusedError(f"line {line}: {instruction.opname} is not evaluated")
        self.at += 1
        method(instruction)

    def pop(self, count: int) -> list[Any]:
        """The topmost values, the lowest first."""
        found = self.stack[len(self.stack) - count :]
        del self.stack[len(self.stack) - count :]
        return found

    def do_nothing(self, i: Any) -> None:
        pass

    do_RESUME = do_NOP = do_CACHE = do_PRECALL = do_EXTENDED_ARG = do_COPY_FREE_VARS = do_nothing
    do_END_FOR = do_nothing

    def do_LOAD_FAST(self, i: Any) -> None:
        names = i.argval if type(i.argval) is tuple else (i.argval,)
        for name in names:
            value = self.local.get(name, UNBOUND)
            if value is UNBOUND:
                raise UnboundLocalError(f"{name} has no value yet")
            self.stack.append(value)

    do_LOAD_FAST_CHECK = do_LOAD_FAST_LOAD_FAST = do_LOAD_FAST

    def do_LOAD_FAST_AND_CLEAR(self, i: Any) -> None:
        self.stack.append(self.local.pop(i.argval, UNBOUND))

    def do_STORE_FAST(self, i: Any) -> None:
        self.local[i.argval] = self.stack.pop()

    def do_STORE_FAST_LOAD_FAST(self, i: Any) -> None:
        self.local[i.argval[0]] = self.stack.pop()
        self.stack.append(self.local[i.argval[1]])

    def do_STORE_FAST_STORE_FAST(self, i: Any) -> None:
        for name in i.argval:
            self.local[name] = self.stack.pop()

    def do_LOAD_CONST(self, i: Any) -> None:
        self.stack.append(i.argval)

    def do_RETURN_CONST(self, i: Any) -> None:
        self.returned = (i.argval,)

    def do_RETURN_VALUE(self, i: Any) -> None:
        self.returned = (self.stack.pop(),)

    def do_LOAD_GLOBAL(self, i: Any) -> None:
        value = self.global_named(i.argval)
        self._callable(value) if i.arg & 1 else self.stack.append(value)

    def _callable(self, value: Any) -> None:
        """Push what a CALL may call: a value and NULL, in the order of this version."""
        self.stack += [value, NULL] if self.code.version >= (3, 13) else [NULL, value]

    def do_LOAD_DEREF(self, i: Any) -> None:
        names = self.function.__code__.co_freevars
        self.stack.append(self.function.__closure__[names.index(i.argval)].cell_contents)

    def do_LOAD_ATTR(self, i: Any) -> None:
        value = self.attribute(self.stack.pop(), i.argval)
        method = self.code.version >= (3, 12) and i.arg & 1
        self._callable(value) if method else self.stack.append(value)

    def do_LOAD_METHOD(self, i: Any) -> None:
        self._callable(self.attribute(self.stack.pop(), i.argval))

    def do_KW_NAMES(self, i: Any) -> None:
        self.names = self.code.consts[i.arg]

    def do_CALL(self, i: Any) -> None:
        operands = self.pop(i.arg)
        function, second = [each for each in self.pop(2) if each is not NULL], self.names
        self.names = ()
        named = dict(zip(second, operands[len(operands) - len(second) :]))
        operands = function[1:] + operands[: len(operands) - len(second)]
        if type(function[0]) is types.FunctionType:  # in 3.11, a comprehension's
            operands = [iter(x) if isinstance(x, Iteration) else x for x in operands]
        self.stack.append(self.call(function[0], operands, named))

    def do_CALL_KW(self, i: Any) -> None:
        self.names = self.stack.pop()
        self.do_CALL(i)

    def do_BINARY_OP(self, i: Any) -> None:
        left, right = self.pop(2)
        if "=" in i.argrepr and isinstance(left, list):  # for all else x += y is x = x + y
            raise RefusedError(f"line {self.code.lines[self.at - 1]}: += of a list")
        self.stack.append(_BINARY[i.argrepr.rstrip("=")](left, right))

    def do_COMPARE_OP(self, i: Any) -> None:
        left, right = self.pop(2)
        self.stack.append(_COMPARE[i.argval](left, right))

    def do_IS_OP(self, i: Any) -> None:
        left, right = self.pop(2)
        self.stack.append((left is right) != bool(i.arg))

    def do_CONTAINS_OP(self, i: Any) -> None:
        left, right = self.pop(2)
        self.stack.append((left in right) != bool(i.arg))

    def do_BUILD_SLICE(self, i: Any) -> None:
        self.stack.append(slice(*self.pop(i.arg)))

    def do_BUILD_TUPLE(self, i: Any) -> None:
        self.stack.append(tuple(self.pop(i.arg)))

    def do_BUILD_LIST(self, i: Any) -> None:
        self.stack.append(self.pop(i.arg))

    def do_LIST_APPEND(self, i: Any) -> None:
        value = self.stack.pop()
        self.stack[-i.arg].append(value)

    def do_LIST_EXTEND(self, i: Any) -> None:
        value = self.stack.pop()
        self.stack[-i.arg].extend(value)

    def do_UNPACK_SEQUENCE(self, i: Any) -> None:
        values = list(self.stack.pop())
        if len(values) != i.arg:
            raise ValueError(f"{i.arg} values expected, and there are {len(values)}")
        self.stack += reversed(values)

    def do_FORMAT_VALUE(self, i: Any) -> None:
        how = self.stack.pop() if i.arg & 4 else ""
        value = self.stack.pop()
        shown = {0: value, 1: str, 2: repr, 3: ascii}[i.arg & 3]
        self.stack.append(format(shown(value) if i.arg & 3 else value, how))

    def do_BUILD_STRING(self, i: Any) -> None:
        self.stack.append("".join(self.pop(i.arg)))

    def do_POP_TOP(self, i: Any) -> None:
        self.stack.pop()

    def do_COPY(self, i: Any) -> None:
        self.stack.append(self.stack[-i.arg])

    def do_SWAP(self, i: Any) -> None:
        self.stack[-1], self.stack[-i.arg] = self.stack[-i.arg], self.stack[-1]

    def do_BUILD_MAP(self, i: Any) -> None:
        items = self.pop(2 * i.arg)
        self.stack.append(dict(zip(items[::2], items[1::2])))

    def do_BUILD_CONST_KEY_MAP(self, i: Any) -> None:
        *values, keys = self.pop(i.arg + 1)
        self.stack.append(dict(zip(keys, values)))

    def do_MAKE_FUNCTION(self, i: Any) -> None:
        if i.arg:
            raise RefusedError(f"line {self.code.lines[self.at - 1]}: a function with defaults")
        self.stack.append(types.FunctionType(self.stack.pop(), self.function.__globals__))

    def do_STORE_GLOBAL(self, i: Any) -> None:
        self.effect("a write to a global")
        self.function.__globals__[i.argval] = self.stack.pop()

    def do_STORE_ATTR(self, i: Any) -> None:
        self.effect("a write to an attribute")
        value, target = self.pop(2)
        setattr(target, i.argval, value)

    def do_STORE_SUBSCR(self, i: Any) -> None:
        self.effect("a write to an element")
        value, target, index = self.pop(3)
        target[index] = value

    # ---- jumps ---------------------------------------------------------------------------------

    def jump(self, i: Any) -> None:
        self.at = self.code.index[i.argval]

    do_JUMP_FORWARD = do_JUMP_BACKWARD = do_JUMP_BACKWARD_NO_INTERRUPT = jump

    def do_POP_JUMP_IF_FALSE(self, i: Any) -> None:
        if not self.stack.pop():
            self.jump(i)

    def do_POP_JUMP_IF_TRUE(self, i: Any) -> None:
        if self.stack.pop():
            self.jump(i)

    def do_POP_JUMP_IF_NONE(self, i: Any) -> None:
        if self.stack.pop() is None:
            self.jump(i)

    def do_POP_JUMP_IF_NOT_NONE(self, i: Any) -> None:
        if self.stack.pop() is not None:
            self.jump(i)

    do_POP_JUMP_FORWARD_IF_FALSE = do_POP_JUMP_BACKWARD_IF_FALSE = do_POP_JUMP_IF_FALSE
    do_POP_JUMP_FORWARD_IF_TRUE = do_POP_JUMP_BACKWARD_IF_TRUE = do_POP_JUMP_IF_TRUE
    do_POP_JUMP_FORWARD_IF_NONE = do_POP_JUMP_BACKWARD_IF_NONE = do_POP_JUMP_IF_NONE
    do_POP_JUMP_FORWARD_IF_NOT_NONE = do_POP_JUMP_BACKWARD_IF_NOT_NONE = do_POP_JUMP_IF_NOT_NONE

    def do_JUMP_IF_FALSE_OR_POP(self, i: Any) -> None:
        self.stack.pop() if self.stack[-1] else self.jump(i)

    def do_JUMP_IF_TRUE_OR_POP(self, i: Any) -> None:
        self.jump(i) if self.stack[-1] else self.stack.pop()

    def do_FOR_ITER(self, i: Any) -> None:
        iteration = self.stack.pop()
        if iteration.gone < len(iteration.items):
            self.stack.append(Iteration(iteration.items, iteration.gone + 1))
            self.stack.append(iteration.items[iteration.gone])
            return
        self.jump(i)
        if self.code.items[self.at].opname == "END_FOR":  # 3.12 and 3.13 jump over it
            self.at += 1
            if self.code.items[self.at].opname == "POP_TOP" and self.code.version >= (3, 13):
                self.at += 1
