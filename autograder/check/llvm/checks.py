"""What a test cell says of a function that makes LLVM IR.

check.computes(emit_llvm, on=program, examples=40)
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


def computes(
    emit: Callable,
    *,
    on: Callable[[random.Random], tuple[Any, list[list[Any]]]],
    examples: int = 1,
    because: str = "",
) -> None:
    """What `emit` makes of a function is LLVM IR, and computes what tern's interpreter does.

    To the bit, and with the same errors where there is no result. `on(rng)` gives a function of
    scalars, which may call itself, and lists of arguments. The texts are compiled and run in a
    process of their own. Of several that are wrong, the one with the fewest operations is shown.
    """
    if find_spec("llvmlite") is None:
        raise CouldNotMeasure("not judged here: LLVM needs the package llvmlite")
    seed = seed_of_inputs()
    rng = random.Random(seed)
    drawn = [on(rng) for _ in range(examples)]
    made = sorted(((f.clone(), calls) for f, calls in drawn), key=lambda pair: _size(pair[0]))
    texts = [emit(func) for func, _ in made]
    for text, (func, _) in zip(texts, made):
        if not isinstance(text, str):
            fail(f"expected LLVM IR as a text, got {a_or_an(text)}", [("of", str(func))])
    more = [*because_of(because), ("seed", str(seed))]
    _compare(emit, made, texts, more)


def _size(func: Any) -> int:
    return sum(1 for _ in func.walk())


def _compare(
    emit: Callable, made: list[Any], texts: list[str], more: list[tuple[str, str]]
) -> None:
    from tern.targets.llvm import job

    programs = [(func, text, calls) for (func, calls), text in zip(made, texts)]
    name = getattr(emit, "__name__", "emit")
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
