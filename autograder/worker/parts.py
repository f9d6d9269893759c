"""The parts of tern, as a worker meets them: found by name, and switched off."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

SWITCHED_OFF = (
    "this is the part that the exercise asks you to write: "
    "the book's own version is switched off while yours is checked"
)


def part_named(name: str) -> Callable:
    from tern import parts

    return parts.original(name)


def book_function(name: str) -> Callable:
    """A part of tern, "ir.to_ssa", or any function of a module, "tern.workshop.loops:naive"."""
    module, _, attribute = name.partition(":")
    return getattr(importlib.import_module(module), attribute) if attribute else part_named(name)


def functions_of(part: str) -> list[Any]:
    """The function behind a part of tern, and the private helpers that belong to its text."""
    from tern import parts

    return [parts.original(part), *getattr(parts.get(part), "part_helpers")]  # noqa: B009


def python_function(function: Any) -> Any:
    """What Numba's @njit or Triton's @jit was given; any other function as it is."""
    return getattr(function, "py_func", None) or getattr(function, "fn", function)


def switch_off(name: str) -> None:
    """Replace the code of a part of tern, and of its private helpers, by a sentence.

    The code object itself is replaced, so no reference to the function, however it was come by,
    reaches the book's text any more.
    """

    def off(*_: Any, **__: Any) -> None:
        raise NotImplementedError("SWITCHED_OFF")

    def off_compiled(*_: Any, **__: Any) -> None:
        raise NotImplementedError(SWITCHED_OFF)

    code = off.__code__.replace(
        co_consts=tuple(
            SWITCHED_OFF if constant == "SWITCHED_OFF" else constant
            for constant in off.__code__.co_consts
        )
    )
    for function in functions_of(name):
        if hasattr(function, "py_func"):  # made by @njit, which has compiled nothing so far
            function.compile = off_compiled
        if hasattr(function, "raw_src"):  # made by @triton.jit, which compiles the text it keeps
            function.raw_src, function._src = [], ""
        function = python_function(function)
        function.__code__ = code.replace(co_name=function.__name__, co_freevars=())
