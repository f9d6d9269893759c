"""A dispatcher: which kernel runs when you call an operator, decided by keys.

The keys of a call are a set of bits: those of its tensors, with those that are included and without
those that are excluded where the call is made. The highest one wins, and its kernel does its share
of the work, then hands the call on to the keys below. So autograd, tracing, and functionalization
are layers that know nothing of each other, and that a call passes through in order.

Source: E. Z. Yang, "Let's talk about the PyTorch dispatcher" (2020); PyTorch's c10/core/
DispatchKey.h, c10/core/DispatchKeySet.h, and aten/src/ATen/core/dispatch/OperatorEntry.cpp.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import Any

from tern.errors import TernError
from tern.parts import part


class Key(IntEnum):
    """What a kernel is for, from the lowest priority up; PyTorch has these in the same order."""

    BACKEND = 0  # computes, with NumPy
    META = 1  # says the shape and the dtype of what would be computed
    TRACING = 2  # notes the call in a graph
    FUNCTIONALIZE = 3  # turns mutation into new values
    AUTOGRAD = 4  # notes how to go back

    @property
    def bit(self) -> int:
        """The set of this key alone."""
        return 1 << self

    @property
    def below(self) -> int:
        """The set of all keys of a lower priority."""
        return (1 << self) - 1


class NoKernelError(TernError, NotImplementedError):
    """An operator was called with a key that it has no kernel for."""


def FALLTHROUGH(*_: Any, **__: Any) -> Any:
    """Registered as a kernel, it is never called: the key is skipped."""
    raise AssertionError("a fall-through is skipped, not called")


def no_kernel(operator: str, key: Key, registered: Any) -> NoKernelError:
    """The error for an operator without a kernel for a key."""
    names = ", ".join(Key(each).name for each in sorted(registered)) or "none"
    return NoKernelError(f"{operator} has no kernel for {key.name} (its kernels: {names})")


class _Local(threading.local):
    """The keys that are in force around a call. Each thread has its own."""

    included = excluded = 0


class _Operator:
    """One operation: a table with one kernel for each key, computed before any call."""

    def __init__(self, name: str, dispatcher: "Dispatcher") -> None:
        self.name, self.local = name, dispatcher.local
        self.kernels: dict[Key | None, Callable] = {}  # None is the catch-all's
        self.update(dispatcher.fallbacks)

    def update(self, fallbacks: dict[Key, Callable]) -> None:
        """Compute the table: a key's own kernel, else the catch-all, else the key's fallback."""
        self.mask, table = 0, [self.missing(Key.BACKEND)] * (len(Key) + 1)
        for key in Key:
            kernel = self.kernels.get(key) or self.kernels.get(None)
            if kernel is None and key in fallbacks:
                kernel = self.boxed(fallbacks[key])
            table[key + 1] = kernel or self.missing(key)
            if kernel is not FALLTHROUGH:
                self.mask |= key.bit
        table[0] = table[1]  # no tensor among the arguments: the backend creates one
        self.table = table

    def boxed(self, fallback: Callable) -> Callable:
        if fallback is FALLTHROUGH:
            return FALLTHROUGH
        return lambda keys, *arguments, **params: fallback(self, keys, arguments, params)

    def missing(self, key: Key) -> Callable:
        def fail(*_: Any, **__: Any) -> Any:
            raise no_kernel(self.name, key, self.kernels.keys() - {None})

        return fail

    def __call__(self, *arguments: Any, **params: Any) -> Any:
        local = self.local
        keys = local.included
        for each in arguments:
            if type(each) is list or type(each) is tuple:
                for inner in each:
                    keys |= getattr(inner, "key_set", 0)
            else:
                keys |= getattr(each, "key_set", 0)
        keys &= ~local.excluded & self.mask
        return self.table[keys.bit_length()](keys, *arguments, **params)

    def redispatch(self, keys: int, *arguments: Any, **params: Any) -> Any:
        keys &= self.mask
        return self.table[keys.bit_length()](keys, *arguments, **params)


class Dispatcher:
    """Operators by name, the kernels of each, and what is in force where a call is made."""

    def __init__(self) -> None:
        self.operators: dict[str, _Operator] = {}
        self.fallbacks: dict[Key, Callable] = {}
        self.local = _Local()

    def define(self, name: str) -> _Operator:
        if name in self.operators:
            raise ValueError(f"{name} is defined already")
        return self.operators.setdefault(name, _Operator(name, self))

    def register(self, name: str, key: Key | None, kernel: Callable) -> None:
        operator = self.operators[name]
        operator.kernels[key] = kernel
        operator.update(self.fallbacks)

    def fallback(self, key: Key, kernel: Callable) -> None:
        self.fallbacks[key] = kernel
        for operator in self.operators.values():
            operator.update(self.fallbacks)

    @contextmanager
    def including(self, *keys: Key) -> Iterator[None]:
        before = self.local.included
        self.local.included |= sum({key.bit for key in keys})
        try:
            yield
        finally:
            self.local.included = before

    @contextmanager
    def excluding(self, *keys: Key) -> Iterator[None]:
        before = self.local.excluded
        self.local.excluded |= sum({key.bit for key in keys})
        try:
            yield
        finally:
            self.local.excluded = before


@part("workshop.frameworks.dispatch", helpers=(_Local, _Operator, Dispatcher))
def dispatch(program: Callable[[Any], Any]) -> Any:
    """What a program gives for a new dispatcher: an object with five methods.

    - `define(name)` makes an operator, and returns it. ValueError for a name that is taken.
    - `register(name, key, kernel)` says who computes it for a key: `kernel(keys, *arguments,
      **params)`. A key of None is the catch-all, for each key without a kernel of its own. KeyError
      for an unknown name. A second kernel replaces the first.
    - `fallback(key, kernel)` is for every operator, those too that are defined later, that has
      neither: `kernel(operator, keys, arguments, params)`, which can so serve them all.
    - `including(*keys)` and `excluding(*keys)` are contexts, for `with`, of the thread that enters
      them. They nest, and end with the block, however it ends.

    An operator has a `name`. Calling it with `*arguments` and `**params` takes the set of keys of
    its arguments: each one's `key_set`, if it has one, an int of bits (`Key.bit`); those in a list
    or a tuple among them count too, params do not. To that come the included keys, from it go the
    excluded ones, and those whose kernel is FALLTHROUGH. The kernel of the highest key that is
    left is called, with the set as `keys`. Of the empty set it is the kernel of Key.BACKEND.
    `operator.redispatch(keys, *arguments, **params)` does the same with this set, whatever the
    arguments have and whatever is included or excluded. NoKernelError (`no_kernel` makes it of the
    name, the key, and the keys registered) if that key has no kernel.

    Calls are what has to be fast: O(arguments), and nothing of it for the keys or the fallbacks.

        >>> def program(dispatcher):
        ...     double = dispatcher.define("double")
        ...     dispatcher.register("double", Key.BACKEND, lambda keys, x: 2 * x)
        ...     return double(21)
        >>> dispatch(program)
        42
    """
    return program(Dispatcher())
