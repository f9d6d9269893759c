"""What a test cell says of a function that makes LLVM IR.

check.computes(emit_llvm, on=program, examples=40)

And of the texts that it makes while it is timed:

timed = check.emitting(emit_llvm, same=same_instructions)
check.keeps_up(emit_llvm, with_=llvm.emit_llvm, within=3, on=program, same=timed)
check.computes_as_timed(timed, on=calls)
"""

from __future__ import annotations

import random
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

from autograder.check.failures import CouldNotMeasure, fail
from autograder.check.llvm import apart
from autograder.check.session import seed_of_inputs
from autograder.check.texts import Ended
from autograder.report.words import a_or_an, because_of

MAX_TEXT = 2_000_000  # characters; the longest that an exercise asks for has an eighth of it

Calls = tuple[Any, list[list[Any]]]  # a function, and lists of arguments


def computes(
    emit: Callable,
    *,
    on: Callable[[random.Random], Calls],
    examples: int = 1,
    because: str = "",
) -> None:
    """What `emit` makes of a function is LLVM IR, and computes what tern's interpreter does.

    To the bit, and with the same errors where there is no result. `on(rng)` gives a function of
    scalars, which may call itself, and lists of arguments. The texts are compiled and run in a
    process of their own. Of several that are wrong, the one with the fewest operations is shown.
    """
    _needs_llvm()
    seed = seed_of_inputs()
    rng = random.Random(seed)
    drawn = [on(rng) for _ in range(examples)]
    made = sorted(((f.clone(), calls) for f, calls in drawn), key=lambda pair: _size(pair[0]))
    texts = [_text(emit(func), func) for func, _ in made]  # each before the next is asked for
    more = [*because_of(because), ("seed", str(seed))]
    _compare(_name(emit), made, texts, more)


class emitting:
    """The `same` of checks of speed: a text of LLVM IR, of which `same` has something to say as
    well. Some of the texts are kept, for `computes_as_timed`: what is timed has to be right."""

    KEPT = 8

    def __init__(self, emit: Callable, same: Callable[[str, str], None]) -> None:
        self.name, self.same = _name(emit), same
        self.rng = random.Random()
        self.func: Any = None
        self.kept: list[tuple[Any, str]] = []
        self.seen = 0

    def asked(self, arguments: tuple) -> None:
        (self.func,) = arguments

    def __call__(self, actual: object, expected: str) -> None:
        text = _text(actual, self.func)
        self.same(text, expected)
        self.seen += 1
        if self.seen <= self.KEPT:
            self.kept.append((self.func, text))
        elif self.rng.random() < self.KEPT / self.seen:
            self.kept[self.rng.randrange(self.KEPT)] = self.func, text


def computes_as_timed(
    timed: emitting,
    *,
    on: Callable[[random.Random, Any], Calls],
    examples: int = 2,
    because: str = "",
) -> None:
    """Some texts that were made while that was timed compute what tern's interpreter does.

    `on(rng, func)` gives the function with lists of arguments.
    """
    if not timed.kept:  # the texts were the book's own
        return
    _needs_llvm()
    rng = random.Random()
    some = rng.sample(timed.kept, min(examples, len(timed.kept)))
    made = [on(rng, func) for func, _ in some]
    more = [*because_of(because), ("when", "while it was timed")]
    _compare(timed.name, [(f.clone(), calls) for f, calls in made], [t for _, t in some], more)


def _needs_llvm() -> None:
    if find_spec("llvmlite") is None:
        raise CouldNotMeasure("not judged here: LLVM needs the package llvmlite")


def _name(emit: Callable) -> str:
    return getattr(emit, "__name__", "emit")


def _text(text: object, func: Any) -> str:
    """What a reader's function has made of `func`, if that is a text of a length to be read."""
    if not isinstance(text, str):
        fail(f"expected LLVM IR as a text, got {a_or_an(text)}", [("of", str(func)[:3000])])
    if len(text) > MAX_TEXT:
        told = f"the text has {len(text):,} characters, more than {MAX_TEXT:,}"
        fail(told, [("of", str(func)[:3000]), ("text", text[:1000])])
    return text


def _size(func: Any) -> int:
    return sum(1 for _ in func.walk())


def _compare(name: str, made: list[Any], texts: list[str], more: list[tuple[str, str]]) -> None:
    from autograder.check.llvm import job

    programs = [(func, text, calls) for (func, calls), text in zip(made, texts)]
    try:
        found = apart.run(name, job.pack(programs))
    except Ended as ended:
        if ended.number is None or not 0 <= ended.number < len(made):
            fail(str(ended), more)
        func, _ = made[ended.number]
        told = "as machine code, the text ends the process or never ends"
        fail(f"{told}: {ended}", [*_shown(func, texts[ended.number]), *more])
    for (func, calls), text, results in zip(made, texts, found):
        shown = [*_shown(func, text), *more]
        if isinstance(results, list) and results[:1] == ["wrong"]:
            fail(f"LLVM does not take the text: {str(results[1])[:500]}", shown)
        if not isinstance(results, list) or len(results) != len(calls):
            fail("the process that ran the texts left no proper results", shown)
        for args, result in zip(calls, results):
            _compare_call(func, args, job.read_results(result, func), shown)


def _compare_call(func: Any, args: list[Any], actual: Any, shown: list[tuple[str, str]]) -> None:
    from tern.numbers import same

    expected = _expected(func, args)
    if isinstance(expected, str) or not isinstance(actual, list):
        right = actual == expected
    else:
        right = all(type(a) is type(e) and same(a, e) for a, e in zip(actual, expected))
    if not right:
        call = f"{func.attributes['sym_name']}({', '.join(map(repr, args))})"
        told = [("call", call), ("expected", _said(expected)), ("got", _said(actual))]
        fail("the machine code computes something else", [*told, *shown])


def _expected(func: Any, args: list[Any]) -> list[Any] | str:
    """What tern's interpreter gives: the results, or what its error says."""
    from tern.ir import EvaluationError, interpret, run
    from tern.ir.builder import new_module

    try:
        if not any(op.name == "func.call" for op in func.walk()):
            return interpret(func, args)
        module = new_module()
        module.body.blocks[0].append(func.clone())
        found = run(module, func.attributes["sym_name"], *args)
    except EvaluationError as error:
        return str(error)
    return list(found) if isinstance(found, tuple) else [found]


def _said(outcome: Any) -> str:
    return f"EvaluationError: {outcome}" if isinstance(outcome, str) else str(outcome)


def _shown(func: Any, text: str) -> list[tuple[str, str]]:
    return [("function", str(func)[:3000]), ("text", text[:4000])]
