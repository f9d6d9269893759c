"""What rewrites programs, beside the program before: canonical forms, passes, saturation."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

from benchmarks import random_passes
from benchmarks.fuzz import expressions
from benchmarks.fuzz.family import EQUAL, Disagreement, drawn
from tern.ir import EvaluationError, Operation, parse, run, verify
from tern.passes.pipeline import KNOWN, O1, O2, pipeline
from tern.workshop.validation import difference

CALLS = 12


def _saturated(module: Operation, rng: random.Random) -> None:
    from tern.rewrite import cheapest_forms
    from tern.rewrite.equations import REAL, RING

    rules = [*RING, *(rule for rule in REAL if not rule.flag)]
    cheapest_forms(module, rules, max_iterations=3, max_nodes=150)


def _converted(module: Operation, rng: random.Random) -> None:
    from tern.rewrite import convert
    from tern.rewrite.conversions import CONVERSIONS

    for name in rng.sample(sorted(CONVERSIONS), rng.randint(1, len(CONVERSIONS))):
        convert(module, CONVERSIONS[name])


def _in_some_order(module: Operation, rng: random.Random) -> None:
    pipeline(rng.choices(list(KNOWN), k=rng.randint(1, 6)), check_analyses=True).run(module)


REWRITES: dict[str, Callable[[Operation, random.Random], Any]] = {
    "canonicalize": lambda module, rng: pipeline(["canonicalize"]).run(module),
    "O1": lambda module, rng: pipeline(O1).run(module),
    "O2": lambda module, rng: pipeline(O2).run(module),
    "passes": _in_some_order,
    "saturate": _saturated,
    "convert": _converted,
}


def of_expressions(rng: random.Random) -> str:
    """An expression on all types, rewritten; the results and the errors are the same."""
    expression = expressions.draw(rng, "array", size=20, known=True)
    before = drawn(rng, expressions.of_numbers(expression))
    for number, op in enumerate(before.walk()):
        op.location = number
    name = rng.choice(list(REWRITES))
    after = before.clone()
    REWRITES[name](after, rng)
    verify(after)
    calls = [[expressions.number(rng, type) for type in expression.inputs] for _ in range(CALLS)]
    found = difference(before, after, "f", calls, places=False)
    if found is not None:
        raise Disagreement(name, f"{before}\n\n{after}", found)
    again = parse(str(after))
    if str(again) != str(after):
        raise Disagreement("print and parse", after, again)
    return EQUAL


def of_tensors(rng: random.Random) -> str:
    """The same of tensors, element by element."""
    from benchmarks.fuzz.targets import check_arrays, shape

    extents = shape(rng)
    expression = expressions.draw(rng, "array", size=10, known=True)
    before = drawn(rng, expressions.of_tensors(expression, extents))
    inputs = expressions.rows(rng, expression, CALLS)
    name = rng.choice(["canonicalize", "O2", "passes", "saturate", "convert"])
    after = before.clone()
    REWRITES[name](after, rng)
    verify(after)
    if not inputs:
        return EQUAL
    given = expressions.arrays(expression, inputs, extents)
    found = run(after, "f", *given)
    found = list(found) if isinstance(found, tuple) else [found]
    wanted = expressions.expected(expression, inputs, extents)
    check_arrays(name, f"{before}\n\n{after}", given, found, wanted)
    return EQUAL


def of_graphs(rng: random.Random) -> str:
    """Any graph, with calls and loops, through random orders of the passes."""
    seed = drawn(rng, rng.getrandbits(30))
    problem = random_passes.trial(seed, Counter())
    if problem is not None:
        raise Disagreement("passes", f"seed {seed} of benchmarks.random_passes", problem)
    return EQUAL


def of_networks(rng: random.Random) -> str:
    """Operations of networks on tensors of any type, in canonical form."""
    from tern.rewrite import canonicalize
    from tests.tern.tensor_programs import any_program, close

    program = any_program(rng, 6)
    verify(drawn(rng, program.module))
    after = program.module.clone()
    canonicalize(after)
    verify(after)
    results = []
    for module in (program.module, after):
        try:
            found = run(module, "f", *program.arguments)
        except EvaluationError as error:
            found = str(error)
        results.append(found if isinstance(found, tuple) else (found,))
    for one, other in zip(*results, strict=True):
        if isinstance(one, str) or isinstance(other, str):
            equal = one == other if isinstance(one, str) and isinstance(other, str) else False
        else:
            equal = one.dtype == other.dtype and one.shape == other.shape and close(other, one)
        if not equal:
            raise Disagreement("canonicalize", f"{program.module}\n\n{after}", f"{one}\n{other}")
    return EQUAL
