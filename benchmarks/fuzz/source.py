"""Programs in tern's language: every form of them, and who compiles these."""

from __future__ import annotations

import functools
import random
from typing import Any

from benchmarks.fuzz.family import EQUAL, Disagreement, drawn
from tern.build import build
from tern.ir import EvaluationError, Operation, function, parse, run, verify
from tern.passes.pipeline import O1, O2, pipeline
from tern.text import Diagnostic, show
from tern.text import parse as parse_text
from tests.tern.random_programs import EVERY_TYPE, TYPES, ProgramWriter, any_text
from tests.tern.test_fuzz import front_end

CALLS = 4
LONG = "a_name_that_is_as_long_as_nobody_writes_them_" * 4


def _text(rng: random.Random) -> str:
    types = EVERY_TYPE if rng.random() < 0.7 else TYPES
    text = ProgramWriter(rng, early_returns=rng.random() < 0.5, types=types).function()
    if rng.random() < 0.2:
        text = text.replace("v1", LONG)
    if rng.random() < 0.2:
        text = text.replace(";", " ;// ∀x\n", 1)
        text = f"// é字\U0001f600 \u2028 a comment\r\n{text}"
    return text


def arguments(rng: random.Random) -> list[Any]:
    """Of `f(i32, f32, bool, i64)`."""
    return [
        rng.choice((0, 1, -1, 3, 7, -5, 2**31 - 1, -(2**31), rng.randint(-99, 99))),
        rng.choice((0.0, -0.0, 1.5, -2.5, float("inf"), float("nan"), 1e30, 2.0**-149)),
        rng.random() < 0.5,
        rng.choice((0, 1, -7, 2**40, 2**63 - 1, -(2**63), rng.randint(-99, 99))),
    ]


def _outcome(call: Any, given: list[Any]) -> Any:
    try:
        return call(*given)
    except EvaluationError as error:
        return f"fails at {error.location}"


def _same(one: Any, other: Any) -> bool:
    both_nan = one != one and other != other
    return both_nan or (type(one) is type(other) and repr(one) == repr(other))


def forms(text: str) -> dict[str, Operation]:
    found = {"ssa": build(text), "slots": build(text, slots=True)}
    try:
        found["structured"] = build(text, structured=True)
    except Diagnostic:
        pass
    for name, order in (("O1", O1), ("O2", O2)):
        found[name] = build(text, slots=True)
        pipeline(order).run(found[name])
    return found


def of_forms(rng: random.Random) -> str:
    text = _text(rng)
    tree = parse_text(drawn(rng, text))
    if parse_text(show(tree)) != tree:
        raise Disagreement("show and parse", text, show(tree))
    made = forms(text)
    for name, module in made.items():
        verify(module)
        if str(parse(str(module))) != str(module):
            raise Disagreement(f"{name}: print and parse", text, module)
    for given in [arguments(rng) for _ in range(CALLS)]:
        found = {name: _outcome(functools.partial(run, m, "f"), given) for name, m in made.items()}
        for name, value in found.items():
            if not _same(value, found["ssa"]):
                raise Disagreement(name, text, f"{given}: {found}")
    return EQUAL


def compiled(rng: random.Random, compile: Any) -> str:
    """One of the forms, compiled."""
    text = _text(rng)
    made = forms(drawn(rng, text))
    name = rng.choice([each for each in made if each != "structured"])
    try:
        call = compile(function(made[name], "f"))
    except NotImplementedError:
        return "refused"
    for given in [arguments(rng) for _ in range(CALLS)]:
        wanted = _outcome(functools.partial(run, made["ssa"], "f"), given)
        found = _outcome(call, given)
        if not _same(found, wanted):
            raise Disagreement(f"compiled from {name}", text, f"{given}: {wanted} and {found}")
    return EQUAL


def of_texts(rng: random.Random) -> str:
    """Any text is a program or a Diagnostic that points into it; and the automaton cuts it as the
    lexer does."""
    from tern.text import tokenize
    from tern.text.automata.tokens import WRONG, pieces

    text = any_text(rng)
    try:
        front_end(text)
        found = pieces(text)
        try:
            tokens = [(t.kind, *t.span) for t in tokenize(text) if t.kind != "end"]
        except Diagnostic as error:
            if not any(kind in WRONG for kind, *_ in found):
                raise Disagreement("lexer", repr(text), error) from None
        else:
            if tokens != found:
                raise Disagreement("lexer", repr(text), f"{tokens}\n{found}")
    except Disagreement:
        raise
    except Exception as error:
        raise Disagreement(f"{type(error).__name__} in the front end", repr(text), error) from None
    return EQUAL
