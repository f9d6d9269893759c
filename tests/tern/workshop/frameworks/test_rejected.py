"""Answers that must be rejected: the helpers for tests tell each of them from the book's."""

from __future__ import annotations

import copy
import importlib
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder.author import rejected
from autograder.author.release import solution_text
from tern import parts
from tern.workshop import frameworks
from tern.workshop.frameworks import GradientError, Program, machine, make_graph
from tern.workshop.frameworks.captures.families import family, random_family
from tern.workshop.frameworks.scenarios import random_scenario

FOLDER = Path(__file__).parents[3] / "rejected" / "chapter19"
PARTS = {
    "dispatch": "workshop.frameworks.dispatch",
    "autograd": "workshop.frameworks.backward",
    "capture": "workshop.frameworks.capture",
    "fx-pass": "workshop.frameworks.simplify",
}


def book(exercise: str) -> Callable:
    if exercise == "fx-pass":
        importlib.import_module("tern.workshop.frameworks.fx_passes")
    return parts.original(PARTS[exercise])


def handed_in(exercise: str, text: str) -> Callable:
    """The function of a solution cell, run where the book's own is defined."""
    namespace = dict(vars(importlib.import_module(book(exercise).__module__)))
    namespace["__name__"] = "answer"
    exec(compile(text, "<answer>", "exec"), namespace)
    return namespace[book(exercise).__name__]


# ---- what tests compare, one mistake after another -------------------------------------------


def dispatch_mistakes(answer: Callable) -> Iterator[bool]:
    for seed in range(80):
        scenario = random_scenario(random.Random(seed))
        yield answer(scenario) != frameworks.dispatch(scenario)
    fixed = """
import threading
from tern.workshop.frameworks import Key
def program(dispatcher):
    f = dispatcher.define("f")
    dispatcher.register("f", None, lambda keys, *_: keys)
    found = []
    try:
        with dispatcher.including(Key.TRACING), dispatcher.excluding(Key.META):
            thread = threading.Thread(target=lambda: found.append(f(1)))
            thread.start()
            thread.join()
            found.append(f(1))
            1 / 0
    except ZeroDivisionError:
        found.append(f(1))
    return found
"""
    yield answer(Program(fixed)) != frameworks.dispatch(Program(fixed))


def outcome(backward: Callable, program: Callable, arrays: list) -> Any:
    try:
        value, gradients = backward(program, *[each.copy() for each in arrays])
    except GradientError:
        return "GradientError"
    return [np.asarray(value), *map(np.asarray, gradients)]


FIXED = (
    "return x.maximum(1.0) * x.minimum(2.0)",
    "return x.amax()",
    "y = x * 2.0; y.add_(1.0); return y",
    "y = x.exp(); y.add_(1.0); return y",
    "y = x * x; z = y * y; y.add_(1.0); return z",
    "y = x + x[0]; return y * x.sum(0, keepdim=True)",
    "y = x.sin(); z = y + 1.0; y.add_(z); return y",
)


def autograd_mistakes(answer: Callable) -> Iterator[bool]:
    array = np.array([[0.5, 1.0], [2.0, 2.0]])
    for body in FIXED:
        program = Program(f"def program(x):\n    {body}\n")
        yield differs(*[outcome(each, program, [array]) for each in (answer, book("autograd"))])

    def doubled(x: Any) -> Any:
        for _ in range(12):
            x = x * x
        return x

    sizes = [
        len(make_graph(machine(), lambda x, f=f: f(doubled, x)[1], np.ones(1)).nodes)
        for f in (answer, book("autograd"))
    ]
    yield sizes[0] > 2 * sizes[1]


def differs(one: Any, other: Any) -> bool:
    if isinstance(one, str) or isinstance(other, str):
        return one is not other and not (isinstance(one, str) and one == other)
    return any(a.shape != b.shape or not np.allclose(a, b) for a, b in zip(one, other))


def capture_mistakes(answer: Callable) -> Iterator[bool]:
    for seed in range(60):
        program, calls = random_family(random.Random(seed), 3)
        yield family(answer, program, calls).mistake != ""


def fx_mistakes(answer: Callable) -> Iterator[bool]:
    torch = pytest.importorskip("torch")
    from tern.workshop.frameworks.fx_graphs import random_graph, what_is_wrong

    for seed in range(60):
        torch.manual_seed(seed)
        module, arguments = random_graph(random.Random(seed), 8)
        before = copy.deepcopy(module)
        yield what_is_wrong(before, answer(module), arguments) != ""


MISTAKES = {
    "dispatch": dispatch_mistakes,
    "autograd": autograd_mistakes,
    "capture": capture_mistakes,
    "fx-pass": fx_mistakes,
}
WRONG = [
    path
    for path in sorted(FOLDER.rglob("*.diff"))
    if path.parent.name in PARTS and "# fails: tests" in path.read_text(encoding="utf-8")
]


@pytest.mark.rotates(6)
@pytest.mark.parametrize("path", WRONG, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_wrong_answer_is_told_from_the_books(path: Path) -> None:
    exercise = path.parent.name
    book(exercise)
    text = rejected.answer(rejected.read(path), solution_text(PARTS[exercise]))
    answer = handed_in(exercise, text)
    assert any(caught(MISTAKES[exercise](answer)))


def caught(mistakes: Iterator[bool]) -> Iterator[bool]:
    """The mistakes; an answer that fails where the book's does not has made one."""
    while True:
        try:
            yield next(mistakes)
        except StopIteration:
            return
        except (AttributeError, ArithmeticError, LookupError, TypeError, ValueError, RuntimeError):
            yield True
            return


@pytest.mark.parametrize("exercise", ["dispatch", "autograd"])
def test_the_books_answer_makes_none(exercise: str) -> None:
    book(exercise)
    answer = handed_in(exercise, solution_text(PARTS[exercise]))
    assert not any(MISTAKES[exercise](answer))
