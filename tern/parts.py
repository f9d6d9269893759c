"""The parts of the compiler that a reader can replace.

A *part* is a public function that an exercise asks for. It is registered by name and always
called through the registry, so that

    with tern.using({"ir.to_ssa": mine}):
        tern.run(source, "power", 2.0, 10)

runs the whole compiler with the reader's piece inside.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

_wrappers: dict[str, Callable[..., Any]] = {}
# The implementations of each part: the book's own first, the one in force last.
_implementations: dict[str, list[Callable[..., Any]]] = {}
# What `cached_with_parts` remembers: with the book's own parts first, with those in force last.
_results: list[dict[tuple[Any, ...], Any]] = [{}]


def part(name: str, helpers: tuple[Callable[..., Any], ...] = ()) -> Callable[[F], F]:
    """Register the decorated function as the part `name`, for example "ir.to_ssa".

    The part "group.function" must live in the package `tern.group`, "workshop.calc.run" in
    `tern.workshop.calc`. `helpers` are private functions of the same module that belong to the
    part's text. The undecorated function is the wrapper's `__wrapped__`. Calling through the
    wrapper costs about 0.1 us.
    """

    def register(function: F) -> F:
        implementations = _implementations[name] = [function]

        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            return implementations[-1](*args, **kwargs)

        wrapper.part_name = name  # type: ignore[attr-defined]
        wrapper.part_helpers = helpers  # type: ignore[attr-defined]
        _wrappers[name] = wrapper
        return wrapper  # type: ignore[return-value]

    return register


def get(name: str) -> Callable[..., Any]:
    """The part itself: calling it runs the implementation in force. KeyError if unknown."""
    if name not in _wrappers and "." in name:
        group = f"tern.{name.rpartition('.')[0]}"
        try:
            importlib.import_module(group)  # a part registers when its package is imported
        except ModuleNotFoundError as error:
            if not f"{group}.".startswith(f"{error.name}."):
                raise
    if name not in _wrappers:
        import difflib

        close = difflib.get_close_matches(name, names(), n=1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        raise KeyError(f"no part is called {name!r}{hint}")
    return _wrappers[name]


def original(name: str) -> Callable[..., Any]:
    """The book's own implementation, whatever is in force now. KeyError if unknown."""
    get(name)
    return _implementations[name][0]


def names() -> list[str]:
    """The names of the parts registered so far, sorted."""
    return sorted(_wrappers)


@contextmanager
def using(replacements: Mapping[str, Callable[..., Any]]) -> Iterator[None]:
    """Run the compiler with some parts replaced; uses nest, and the innermost wins.

    The replacement is in force for the whole process, all threads included, until the `with`
    block ends. KeyError for a name that is not a part, TypeError for one that is not callable.
    What was computed with other parts in force is not seen inside of the block, nor is afterwards
    what was computed inside: see `cached_with_parts`.
    """
    for name, replacement in replacements.items():
        get(name)
        if not callable(replacement):
            raise TypeError(f"the replacement for {name!r} is not callable: {replacement!r}")
    pushed: list[list[Callable[..., Any]]] = []
    _results.append({})
    try:
        for name, replacement in replacements.items():
            if replacement is _wrappers[name]:  # a part put in its own place would call itself
                replacement = _implementations[name][0]
            _implementations[name].append(replacement)
            pushed.append(_implementations[name])
        yield
    finally:
        for implementations in reversed(pushed):
            implementations.pop()
        _results.pop()


def originals() -> AbstractContextManager[None]:
    """Run the compiler with the book's own implementations, whatever is in force around it.

    For what must not depend on a reader's pieces: a baseline, or tern's own library.
    """
    return using({name: found[0] for name, found in _implementations.items()})


def cached_with_parts(function: F) -> F:
    """Like functools.cache, for a function that calls parts: it remembers for the parts in force.

    Inside of each `using` the results are computed anew, and forgotten at its end; those from
    before are there again then. Arguments are positional, and hashable.
    """

    @functools.wraps(function)
    def remember(*args: Any) -> Any:
        results, key = _results[-1], (function, *args)
        if key not in results:
            results[key] = function(*args)
        return results[key]

    def cache_clear() -> None:
        """Forget all results of this function."""
        for results in _results:
            for key in [key for key in results if key[0] is function]:
                del results[key]

    remember.cache_clear = cache_clear  # type: ignore[attr-defined]
    return remember  # type: ignore[return-value]
