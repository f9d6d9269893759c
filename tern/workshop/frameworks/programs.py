"""Programs as text: the book's machine runs them, and so does PyTorch."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np


class Program:
    """The function `program` of a text of Python, which calls methods of what it is given.

    Beside those it may call `concatenate(list, axis)`, and `np`. The text is run when the program
    is first called, and not before. A Program is called like the function.
    """

    def __init__(self, text: str) -> None:
        self.text, self.__name__ = text, "program"
        self._function: Callable | None = None
        self.scopes: list[dict[str, Any]] = []  # the globals of each function made of it

    def __repr__(self) -> str:
        return f"Program:\n{self.text}"

    def __call__(self, *arguments: Any) -> Any:
        if self._function is None:
            self._function = self.function()
        return self._function(*arguments)

    def function(self, names: Mapping[str, Any] | None = None) -> Callable:
        """The function, with these names around it; the machine's without any."""
        names = names or {"concatenate": _concatenate}
        namespace: dict[str, Any] = {"np": np, "__name__": "program", **names}
        exec(compile(self.text, "<program>", "exec"), namespace)
        self.scopes.append(namespace)
        return namespace["program"]

    def for_torch(self) -> Callable:
        """The function for PyTorch's tensors. ImportError where there is no torch."""
        import torch

        return self.function({"concatenate": torch.cat})


def _concatenate(operands: list[Any], axis: int) -> Any:
    asked = max(operands, key=lambda each: each.priority)
    return asked.call("concatenate", operands, axis=axis)


_concatenate.asks_operators = True  # type: ignore[attr-defined]  # of what it is given


SAFE = {"log": "({x} * {x} + 1.0).log()", "sqrt": "({x} * {x} + 1.0).sqrt()"}
UNARY = ("exp", "log", "sqrt", "tanh", "sin", "cos", "relu", "neg")
BINARY = ("{x} + {y}", "{x} - {y}", "{x} * {y}", "{x}.maximum({y})", "{x}.minimum({y})")
BINARY += ("{x} / ({y} * {y} + 1.0)", "{x}.where({x} > {y}, {y})")


def random_program(
    rng: random.Random, lines: int, in_place: bool = False
) -> tuple[Program, list[tuple[int, ...]]]:
    """A program of about so many lines, and the shapes of its arguments; its result has no axes.

    It computes on matrices of n by m, vectors of either size, and what broadcasting and views make
    of them; some values are used often, some never. With `in_place` it writes to some of them,
    which autograd may have to refuse.
    """
    n, m = rng.randrange(1, 4), rng.randrange(4, 7)
    shapes = [rng.choice([(n, m), (1, m), (n, 1), (m,)]) for _ in range(rng.randint(1, 3))]
    known = [(f"x{i}", shape) for i, shape in enumerate(shapes)]
    text = [f"def program({', '.join(name for name, _ in known)}):"]
    for number in range(lines):
        found, shape = _expression(rng, known, n, m)
        if in_place and rng.random() < 0.2 and len(known) > len(shapes):
            target, size = rng.choice(known[len(shapes) :])
            others = [x for x, each in known if each == size]
            call = rng.choice(("add_({y})", "mul_({y})", "mul_(0.5)", "tanh_()", "relu_()"))
            text.append(f"    {target}.{call.format(y=rng.choice(others))}")
            continue
        text.append(f"    v{number} = {found}")
        known.append((f"v{number}", shape))
    ends = rng.sample(known[-4:], min(2, len(known)))
    text.append("    return " + " + ".join(f"{name}.tanh().sum()" for name, _ in ends))
    return Program("\n".join(text) + "\n"), shapes


def _expression(rng: random.Random, known: list, n: int, m: int) -> tuple[str, tuple[int, ...]]:
    """The text of an expression of known values, and its shape."""
    x, shape = rng.choice(known[-5:] if rng.random() < 0.7 else known)
    kind = rng.randrange(12)
    if kind < 3:
        name = rng.choice(UNARY)
        if name == "exp":
            return f"({x} * 0.1).exp()", shape
        return (f"-{x}" if name == "neg" else SAFE.get(name, f"{{x}}.{name}()").format(x=x)), shape
    if kind == 3 and len(shape) > 1:
        axis, keep = rng.randrange(len(shape)), rng.random() < 0.5
        name = rng.choice(("sum", "amax", "mean"))
        rest = [1 if keep and a == axis else size for a, size in enumerate(shape)]
        left = tuple(size for a, size in enumerate(rest) if keep or a != axis)
        return f"{x}.{name}({axis}, keepdim={keep})", left
    if kind == 4 and len(shape) == 2:
        return f"{x}.t()", shape[::-1]
    if kind == 5 and len(shape) == 2:
        return f"{x} @ {x}.t()", (shape[0], shape[0])
    if kind == 6 and shape:
        size = shape[0]
        start = rng.randrange(size)
        return f"{x}[{start}:{size}]", (size - start, *shape[1:])
    if kind == 7 and shape:
        return f"concatenate([{x}, {x}.sin()], {len(shape) - 1})", (*shape[:-1], 2 * shape[-1])
    if kind == 8 and len(shape) == 2:
        return f"(-{x}).reshape(-1)", (shape[0] * shape[1],)  # in PyTorch a view, of a copy
    if kind == 9 and shape:
        return f"{x}.softmax({len(shape) - 1})", shape
    fitting = [(y, s) for y, s in known if _broadcast(shape, s) is not None]
    y, other = rng.choice(fitting)
    both = _broadcast(shape, other)
    return rng.choice(BINARY).format(x=x, y=y), both if both is not None else shape


def _broadcast(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...] | None:
    try:
        return np.broadcast_shapes(one, other)
    except ValueError:
        return None
