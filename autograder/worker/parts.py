"""The parts of tern, as a worker meets them: found by name, and switched off."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any


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
    """What @njit, @jit, or @cache was given; any other function as it is."""
    if hasattr(function, "cache_clear"):
        return function.__wrapped__
    return getattr(function, "py_func", None) or getattr(function, "fn", function)


def switch_off(name: str) -> None:
    """Make a part of tern, a function, or all functions of a module raise a sentence instead.

    `name` is that of a part, "ir.to_ssa", which goes with its private helpers; of any function,
    "tern.targets.triton:emit_triton"; or of a module, "tern.targets.triton". The code object itself
    is replaced, so no reference to a function, however it was come by, reaches the book's text.
    A module that nobody has imported cannot be imported any more.
    """
    if _is_module(name) and name not in sys.modules:
        sys.modules[name] = None  # type: ignore[assignment]  # what makes an import fail
        return
    for function in functions_behind(name):
        if hasattr(function, "cache_clear"):  # made by @cache
            function.cache_clear()
        if hasattr(function, "py_func"):  # made by @njit: what it has compiled is gone
            function.compile = _off
            getattr(function, "_reset_overloads", _nothing)()  # a part's own wrapper compiles none
        if hasattr(function, "raw_src"):  # made by @triton.jit, which compiles the text it keeps
            function.raw_src, function._src = [], ""
        function = python_function(function)
        code = _off.__code__.replace(co_name=function.__name__)
        if function.__closure__:  # a function keeps as many cells as its code names
            names = tuple(f"cell{n}" for n in range(len(function.__closure__)))
            code = code.replace(co_freevars=names)
        function.__code__ = code


def _nothing() -> None:
    pass


def _off(*_: Any, **__: Any) -> None:
    raise NotImplementedError(
        "this is the part that the exercise asks you to write: "
        "the book's own version is switched off while yours is checked"
    )


def _is_module(name: str) -> bool:
    return name.startswith("tern.") and ":" not in name


def functions_behind(name: str) -> list[Any]:
    """What `switch_off` switches off: a part with its helpers, or functions."""
    if _is_module(name):
        return list(_defined_in(importlib.import_module(name)))
    found = [book_function(name)] if ":" in name else functions_of(name)
    methods = [method for each in found if isinstance(each, type) for method in _methods(each)]
    return [each for each in found if not isinstance(each, type)] + methods


def file_behind(name: str) -> Path | None:
    """The file that holds the text of what `name` switches off; a module is not imported for it."""
    if _is_module(name):
        spec = importlib.util.find_spec(name)
        return Path(spec.origin) if spec and spec.origin else None
    return Path(python_function(functions_behind(name)[0]).__code__.co_filename)


def _defined_in(module: types.ModuleType) -> Iterator[Any]:
    """The functions that a module defines, those of its classes included."""
    for value in vars(module).values():
        if getattr(value, "__module__", None) != module.__name__:
            continue
        if isinstance(value, type):
            yield from _methods(value)
        elif isinstance(python_function(value), types.FunctionType):
            yield value


def _methods(of: type) -> Iterator[Any]:
    """The functions that a class defines: methods, and those behind properties."""
    for member in vars(of).values():
        member = getattr(member, "__func__", getattr(member, "fget", member))
        if isinstance(member, types.FunctionType):
            yield member
