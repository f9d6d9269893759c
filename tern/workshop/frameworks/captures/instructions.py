"""The instructions of a function as CPython has them, in versions 3.11, 3.12, and 3.13."""

from __future__ import annotations

import dis
import inspect
import operator
import sys
import types
from collections.abc import Callable
from typing import Any, NamedTuple

from tern.errors import TernError

VERSIONS = ((3, 11), (3, 12), (3, 13))
NULL = type("NULL", (), {"__repr__": lambda self: "NULL"})()
UNBOUND = type("UNBOUND", (), {"__repr__": lambda self: "UNBOUND"})()
HANDLERS = {"PUSH_EXC_INFO", "BEFORE_WITH", "CHECK_EXC_MATCH"}  # of try and with, not of [x for x]


class RefusedError(TernError, NotImplementedError):
    """A function has an instruction that is not evaluated here. The message says where."""


class Iteration:
    """An iterator as a value: items, and how many of them are gone. It never changes."""

    __slots__ = ("gone", "items")

    def __init__(self, items: tuple, gone: int = 0) -> None:
        self.items, self.gone = items, gone

    def __iter__(self) -> Any:
        return iter(self.items[self.gone :])


def _iteration(value: Any) -> Iteration:
    return value if isinstance(value, Iteration) else Iteration(tuple(value))


# What takes so many values from the stack, and pushes what a function gives for them.
SIMPLE: dict[str, tuple[int, Callable]] = {
    "UNARY_NEGATIVE": (1, operator.neg),
    "UNARY_NOT": (1, operator.not_),
    "TO_BOOL": (1, bool),
    "BINARY_SUBSCR": (2, operator.getitem),
    "BINARY_SLICE": (3, lambda value, start, stop: value[start:stop]),
    "FORMAT_SIMPLE": (1, format),
    "GET_ITER": (1, _iteration),
    "PUSH_NULL": (0, lambda: NULL),
}


_RESUMABLE = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR


class _Row(NamedTuple):
    """An instruction that was recorded."""

    opname: str
    arg: int | None
    argval: Any
    argrepr: str
    offset: int


def _known(value: Any) -> Any:
    """What dis knows of an operand; of the names of a call's keywords, 3.11's knows nothing."""
    return value if isinstance(value, str | int | float | tuple | None) else None


def _plain(value: Any) -> Any:
    """What JSON has made a list of was a tuple: bytecode has no constant lists."""
    return tuple(map(_plain, value)) if isinstance(value, list) else value


class Instructions:
    """The instructions of a function, by index, without the caches between them.

    RefusedError for a function that handles exceptions, or is a generator, or has cells.
    """

    def __init__(self, code: types.CodeType) -> None:
        self.version = sys.version_info[:2]
        self.items = list(dis.get_instructions(code))
        self.consts = code.co_consts
        self.lines: list[int | None] = []  # of each instruction
        for each in self.items:
            start = getattr(each, "line_number", None) or each.starts_line
            before = self.lines[-1] if self.lines else code.co_firstlineno
            self.lines.append(start if type(start) is int else before)
        if code.co_cellvars or code.co_flags & _RESUMABLE:
            raise RefusedError(f"{code.co_name}: generators and functions around others")
        self._index()

    @classmethod
    def from_table(cls, version: tuple[int, int], table: list[list], consts: list) -> Instructions:
        """Of any version: rows of name, arg, argval, argrepr, offset, and line; see `as_table`."""
        found = cls.__new__(cls)
        found.version, found.consts = version, [_plain(each) for each in consts]
        found.lines = [row[5] for row in table]
        found.items = [_Row(row[0], row[1], _plain(row[2]), row[3], row[4]) for row in table]
        found._index()
        return found

    def as_table(self) -> list[list]:
        """The instructions as plain data."""
        return [
            [each.opname, each.arg, _known(each.argval), each.argrepr, each.offset, line]
            for each, line in zip(self.items, self.lines)
        ]

    def _index(self) -> None:
        self.index = {each.offset: number for number, each in enumerate(self.items)}
        for number, each in enumerate(self.items):
            if each.opname in HANDLERS:
                raise RefusedError(f"line {self.lines[number]}: try and with are not evaluated")
