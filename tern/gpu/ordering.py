"""Which values of a program depend on what an atomic operation returned.

A program puts itself in order with others only by an atomic's result that it goes by: one that
decides a branch or a mask, or is part of an address. A result that nobody looks at, or that only
ends up in memory, orders nothing. So the mark is handed on by every operation, as undefined lanes
are, and races.py is told where a value that has it is gone by.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from triton.runtime.interpreter import TensorHandle

KEY = "tern.returned"  # in TensorHandle.attr


def returned(handle: TensorHandle) -> TensorHandle:
    """The value, as what an atomic operation returned."""
    handle.attr[KEY] = True
    return handle


def depends(value: Any) -> bool:
    """Whether a value, or one of several, comes from what an atomic operation returned."""
    if isinstance(value, (list, tuple)):
        return any(map(depends, value))
    return isinstance(value, TensorHandle) and KEY in value.attr


def hand_on(result: Any, arguments: Iterable[Any]) -> Any:
    """An operation's result, marked if an argument is."""
    if depends(list(arguments)):
        for each in result if isinstance(result, tuple) else (result,):
            if isinstance(each, TensorHandle):
                returned(each)
    return result
