"""Calls of one function, and what a capture makes of them: how many graphs, and which are wrong."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from tern.workshop.frameworks.captures.guards import Captured, refuted
from tern.workshop.frameworks.machine import machine
from tern.workshop.frameworks.programs import Program
from tern.workshop.frameworks.tensor import Tensor


class Family(NamedTuple):
    """What came of a list of calls."""

    graphs: int  # how many were captured
    guards: int  # how many all of them have
    mistake: str  # the first call with another result than the function's; "" if there is none


def family(capture: Callable, function: Callable, calls: Sequence[tuple]) -> Family:
    """Answer each call with a graph whose guards hold, captured for it if there is none yet.

    What the graph gives is compared with what the function does, on the book's machine.
    """
    kept: list[Captured] = []
    for arguments in calls:
        found = next((each for each in kept if refuted(each.guards, arguments) is None), None)
        if found is None:
            found = capture(function, *arguments)
            kept.append(found)
            if guard := refuted(found.guards, arguments):
                return Family(len(kept), 0, f"{guard} does not hold for {_shown(arguments)}")
        actual, expected = _results(found, arguments), _expected(function, arguments)
        if not _alike(actual, expected):
            told = f"for {_shown(arguments)} the graph gives {actual}, and the function {expected}"
            return Family(len(kept), 0, f"{told}; the guards held:\n{found}")
    return Family(len(kept), sum(len(each.guards) for each in kept), "")


def _results(captured: Captured, arguments: tuple) -> Any:
    here = machine()
    try:
        return _plain(captured.graph.run(here.operators, *map(_tensor, arguments)))
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        return type(error).__name__


def _expected(function: Callable, arguments: tuple) -> Any:
    try:
        return _plain(function(*map(_tensor, arguments)))
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        return type(error).__name__


def _tensor(value: Any) -> Any:
    return machine().tensor(value.copy()) if isinstance(value, np.ndarray) else value


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return tuple(map(_plain, value))
    return value.data if isinstance(value, Tensor) else value


def _alike(one: Any, other: Any) -> bool:
    """Equal as Python sees it, types and dtypes included; arrays to rounding."""
    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        same = type(one) is type(other) and (one.shape, one.dtype) == (other.shape, other.dtype)
        return same and np.allclose(one, other, equal_nan=True)
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(_alike, one, other))
    return type(one) is type(other) and (one == other or one != one)


def _shown(arguments: tuple) -> str:
    texts = [
        f"an array of {each.dtype}{list(each.shape)}" if hasattr(each, "shape") else repr(each)
        for each in arguments
    ]
    return f"({', '.join(texts)})"


# ---- programs that look at what they are given ---------------------------------------------------

# Each looks at something, and does one thing or another.
LOOKS = (
    ("if n {compare} {number}:", "x = x * 2.0", "x = x + n"),
    ("if n % 2:", "x = x - 1.0", "x = x * n"),
    ("if x.shape[0] {compare} {number}:", "x = x.cos()", "x = x.tanh()"),
    ("if x.shape[0] == y.shape[0]:", "x = x + 1.0", "x = x * 3.0"),
    ("if x.shape[-1] * 2 > n + {number}:", "x = -x", "x = x.sin()"),
    ("if scale > 0.5:", "x = x * scale", "x = x / 2.0"),
    ("if flag:", "x = x.relu()", "x = x + 0.5"),
    ("if mode == 'sum':", "x = x + x.sum()", "x = x * x.mean()"),
    ("if mode is None:", "x = x + 1.0", "x = x.cos()"),
    ("if str(x.dtype) == 'float32':", "x = x * 4.0", "x = x * 0.25"),
    ("if x.ndim == 2:", "x = x.t().t()", "x = x.sin()"),
    ("if len(x) > {number}:", "x = x - x.amax()", "x = x * 1.5"),
    ("if {{2: True, 3: False}}.get(n, False):", "x = x * 7.0", "x = x * 0.5"),
    ("if '4' in f'{{n}} {{x.shape}}':", "x = x * 6.0", "x = x * 5.0"),
    ("if max(n, {number}) == n and not n == 5:", "x = x + 9.0", "x = x - 9.0"),
    ("if (x * 2.0).sum(0).shape == (3,):", "x = x + 3.0", "x = x * 3.0"),
    ("if int(scale * 4) == 2:", "x = x + 4.0", "x = x - 4.0"),
)
STEPS = (
    "x = x * n",
    "x = x + scale * x.shape[0]",
    "x = x.reshape(-1, x.shape[0]).sum(0)",
    "x = x.sum(-1, keepdim=True) + x",
    "x = x[0] + x",
    "x = (x * x.shape[-1]).mean(0)",
    "x = x[:2].sum(0) + n // 2",
    "for i in range(n): x = x + i",
    "x = sum([x] * min(n, 3), x)",
    "x = x + sum(x.shape)",
    "x = x.add_(1.0)",
)


def random_family(rng: random.Random, lines: int) -> tuple[Program, list[tuple]]:
    """A program of two arrays, an int, a float, a bool, and a str or None, with up to thirty calls.

    It looks at their shapes, dtypes, and values, by which the calls differ, and some calls differ
    by nothing that it looks at. It raises nothing for any of them.
    """
    while True:
        program = _program(rng, lines)
        drawn = [_call(rng) for _ in range(60)]
        calls = [each for each in drawn if type(_expected(program, each)) is tuple][:30]
        if calls:  # some programs fit no shapes at all
            return program, calls


def _program(rng: random.Random, lines: int) -> Program:
    text = ["def program(x, y, n, scale, flag, mode):", "    x = x * 1.0"]
    for _ in range(lines):
        if rng.random() < 0.6:
            test, yes, no = rng.choice(LOOKS)
            compare, number = rng.choice(("<", "<=", ">", ">=", "==", "!=")), rng.randint(1, 5)
            text.append(f"    {test.format(compare=compare, number=number)}")
            text += [f"        {yes}", "    else:", f"        {no}"]
        else:
            text.append(f"    {rng.choice(STEPS)}")
    return Program("\n".join([*text, "    return x, y * n"]) + "\n")


def _call(rng: random.Random) -> tuple:
    draw = np.random.default_rng(rng.getrandbits(32)).random
    shapes = [tuple(rng.randint(1, 5) for _ in range(rng.choice((1, 2, 2)))) for _ in range(2)]
    arrays = [draw(shape).astype(rng.choice((np.float32, np.float64))) for shape in shapes]
    mode = rng.choice(("sum", None))
    return *arrays, rng.randint(0, 6), rng.choice((0.25, 0.5, 0.75)), rng.random() < 0.5, mode
