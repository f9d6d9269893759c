"""What is the same of every compiled function: its arguments are checked, and it can be called."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tern.ir import Operation
from tern.ir.loops import check_argument
from tern.targets.bounds import check_bounds
from tern.types import MemRefType


@dataclass
class Compiled:
    """A function that a target compiled, as one that can be called.

    Attributes:
        func: what was compiled.
        source: its text in the target's language.
        entry: what runs, without checks.
    """

    func: Operation
    source: str
    entry: Callable[..., Any] = field(repr=False)

    def __post_init__(self) -> None:
        self.__name__: str = self.func.attributes["sym_name"]

    def __call__(self, *args: Any) -> Any:
        return self.entry(*args)


@dataclass
class CompiledLoops(Compiled):
    """A function of loops, which changes NumPy arrays in place.

    Its arguments are checked first: their dtypes and shapes, that sizes of one name are equal,
    and, once for each combination of shapes and numbers, that no subscript leaves its buffer.
    """

    _checked: set[tuple[Any, ...]] = field(default_factory=set, init=False, repr=False)
    _latest: list[tuple[Any, ...]] | None = field(default=None, init=False, repr=False)

    def __call__(self, *args: Any) -> None:
        self.entry(*self.checked(args))

    def checked(self, args: Sequence[Any]) -> list[Any]:
        """The arguments, as `entry` takes them.

        TypeError, ValueError, OverflowError, or EvaluationError if the function does not take
        them.
        """
        types = [arg.type for arg in self.func.body.blocks[0].args]
        if len(args) != len(types):
            raise TypeError(f"@{self.__name__} takes {len(types)} arguments, not {len(args)}")
        if self._fits(args):
            return list(args)
        given = [check_argument(arg, type) for arg, type in zip(args, types)]
        key = tuple(getattr(arg, "shape", arg) for arg in given)
        if key not in self._checked:
            check_bounds(self.func, given)
            self._checked.add(key)
        if all(isinstance(type, MemRefType) for type in types):
            self._latest = [(arg.dtype, arg.shape) for arg in given]
        return given

    def _fits(self, args: Sequence[Any]) -> bool:
        """Whether all arguments are arrays like those of the latest call, which were checked: most
        calls are like the one before."""
        if self._latest is None:
            return False
        for arg, (dtype, shape) in zip(args, self._latest):
            if arg.__class__ is not np.ndarray or arg.shape != shape or arg.dtype != dtype:
                return False
        return True
