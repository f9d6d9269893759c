"""What a test cell says of modules of HLO that a reader's function makes of others.

    check.rewrites(narrow, on=lambda rng: xla.random_slices(rng, 20), examples=8)
    check.rewrites_work(narrow, with_=xla.narrow, within=1.5, on=…, silver=1.2)

The real XLA compiles what it made, in a process of its own, which it may end: that costs the
exercise, and a line says what happened.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograder.check import arrays
from autograder.check.failures import CouldNotMeasure, fail
from autograder.check.session import current, seed_of_inputs
from autograder.check.speed import settle
from autograder.check.texts import Ended
from autograder.check.xla import apart, job
from autograder.report.measurement import Bars, Costs
from autograder.report.words import because_of

WORK = "FLOP and transcendentals that XLA leaves"


def rewrites(
    function: Callable,
    *,
    on: Callable[[random.Random], Any],
    examples: int = 8,
    rtol: float = 1e-4,
    because: str = "",
) -> None:
    """What `function` makes of a module is a module that XLA compiles, and that computes the same.

    `on(rng)` makes a module of HLO, whose parameters are arrays of float32. Both modules run on the
    same inputs, from 0.1 to 1.1, and all results are close to `rtol`.
    """
    apart.require()
    seed = seed_of_inputs()
    rng = random.Random(seed)
    modules = sorted((on(rng) for _ in range(examples)), key=len_of)
    made = [text_of(function(module)) for module in modules]
    more = [*because_of(because), ("seed", str(seed))]
    items = [
        {"texts": [str(module), text], "inputs": [arrays.packed(x) for x in _inputs(module, rng)]}
        for module, text in zip(modules, made)
    ]
    for module, text, reply in zip(modules, made, _replies(function, items, made, more)):
        shown = [("of the module", str(module)[:3000]), ("it made", text[:3000]), *more]
        _look_at(reply, shown)
        expected, actual = _results(reply, 2, shown)
        _compare(expected, actual, rtol, shown)
    current().say(f"XLA compiles {examples} modules, and they compute the same")


def rewrites_work(
    function: Callable,
    *,
    with_: Callable,
    within: float,
    on: Callable[[random.Random], Any],
    silver: float | None = None,
    gold: float | None = None,
    inputs: int = 12,
) -> None:
    """XLA is left with at most `within` times the work that it has with what tern's part makes.

    Work is FLOP and transcendentals, counted by XLA itself in the module that its own passes have
    gone over; of several inputs the geometric mean counts, as programs differ in size. What it made
    runs, too, and computes the same (`rewrites`). It keeps to the rules of `xla.rewrite_mistake`:
    of a loop, XLA counts one iteration, and of a conditional the branch that costs most.
    """
    apart.require()
    rng = random.Random()
    modules = [on(rng) for _ in range(inputs)]
    made = [str(kept(module, function(module))) for module in modules]
    items = [
        {
            "texts": [str(with_(module)), text],
            "inputs": [arrays.packed(x) for x in _inputs(module, rng)],
        }
        for module, text in zip(modules, made)
    ]
    logarithm = 0.0
    for module, text, reply in zip(modules, made, _replies(function, items, made, [])):
        shown = [("of the module", str(module)[:3000]), ("it made", text[:3000])]
        _look_at(reply, shown)
        _compare(*_results(reply, 2, shown), rtol=1e-4, shown=shown)
        work = reply.get("work")
        if not isinstance(work, list) or [type(each) for each in work] != [float, float]:
            fail("the process that compiled the modules left no proper numbers")
        logarithm += math.log((1 + work[1]) / (1 + work[0])) / inputs
    told, bars = f"geometric mean of {inputs} modules", Bars(within, silver, gold)
    ratio = math.exp(logarithm)
    settle(Costs.of(ratio, 1.0, f"book's {WORK}", bars, inputs=told, clock="counted"))


def kept(module: Any, made: Any) -> Any:
    """The module that somebody reads who reads the text of what was made of a module: it may hold
    more than the object. CheckFailed if it's none, or breaks a rule of rewrites."""
    from tern.workshop.xla import HloError, read_module, rewrite_mistake

    shown = [("of the module", str(module)[:3000]), ("it made", text_of(made)[:3000])]
    try:
        made = read_module(str(made))
    except HloError as error:
        fail(f"what it made isn't a module: {error}", shown)
    if wrong := rewrite_mistake(module, made):
        fail(f"what it made breaks a rule: {wrong}", shown)
    return made


def text_of(module: Any) -> str:
    """A module as text. CheckFailed if it is no module."""
    from tern.workshop.xla import Module

    if type(module) is not Module:
        fail(f"expected a Module, and got {type(module).__name__}")
    return str(module)


def len_of(module: Any) -> int:
    return len(module.entry)


def _inputs(module: Any, rng: random.Random) -> list[np.ndarray]:
    draw = np.random.default_rng(rng.getrandbits(32)).uniform
    shapes = [each.array.dimensions for each in module.entry.parameters()]
    return [draw(0.1, 1.1, shape).astype(np.float32) for shape in shapes]


def _replies(
    function: Callable, items: list[dict[str, Any]], made: Sequence[str], more: list
) -> list[dict[str, Any]]:
    try:
        return apart.run(getattr(function, "__name__", "the function"), items)
    except Ended as ended:
        if ended.doing == job.BOOKS:  # before it had seen anything of the reader's
            raise CouldNotMeasure(f"not judged here: {ended}") from None
        text = [("it made", made[ended.number][:3000])] if ended.number is not None else []
        fail(str(ended), [*text, *more])


def _look_at(reply: dict[str, Any], shown: list) -> None:
    if "wrong" in reply and reply.get("which") == 0:
        raise CouldNotMeasure(f"not judged here: XLA refuses {job.BOOKS}: {reply['wrong']}")
    if "wrong" in reply:
        fail(f"XLA refuses what the function made: {str(reply['wrong'])[:500]}", shown)


def _results(reply: dict[str, Any], texts: int, shown: list) -> list[list[Any]]:
    found = reply.get("results")
    try:
        if isinstance(found, list) and len(found) == texts:
            return [[arrays.unpacked(each) for each in one] for one in found]
    except (TypeError, ValueError):
        pass
    fail("the process that ran the modules left no proper results", shown)


def _compare(expected: list[Any], actual: list[Any], rtol: float, shown: list) -> None:
    shapes = [[np.shape(each) for each in one] for one in (expected, actual)]
    if shapes[0] != shapes[1]:
        fail(f"expected results of the shapes {shapes[0]}, and got {shapes[1]}", shown)
    for number, (one, other) in enumerate(zip(expected, actual)):
        apart_by = ~np.isclose(other, one, rtol=rtol, atol=rtol, equal_nan=True)
        if apart_by.any():
            at = tuple(int(n) for n in np.argwhere(apart_by)[0])
            told = f"result {number} is {other[at]} at {list(at)}, and was {one[at]}"
            fail(told, shown)
