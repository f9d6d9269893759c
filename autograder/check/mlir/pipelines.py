"""What a test cell says of a pipeline of MLIR's passes.

    check.pipeline(fast_matmul, of=PROGRAM, name="matmul", on=matrices)
    check.pipeline_speed(fast_matmul, of=PROGRAM, name="matmul", on=matrices, at_least=8, silver=25)

The reader's function takes nothing, and gives passes, as mlir-opt's `--pass-pipeline` has them
inside `builtin.module(…)`, or a pair: passes, and a script of the transform dialect. The book's
program is a function over buffers, of which it changes the last; the book's own passes bring down
to LLVM what is left. So whatever the passes do, it is the book's program that they do it to.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from autograder.check import speed
from autograder.check.failures import CheckFailed, fail
from autograder.check.mlir.apart import require
from autograder.check.mlir.bench import Bench
from autograder.check.mlir.replay import LOOPS, PipelineError
from autograder.check.session import current
from autograder.check.values import close
from autograder.report.measurement import Bars, Speedup
from autograder.report.words import a_or_an, because_of

On = Callable[[random.Random], tuple]


def pipeline(
    function: Callable,
    *,
    of: str,
    name: str,
    on: On,
    rtol: float = 1e-4,
    because: str = "",
) -> None:
    """MLIR survives the passes, and the program computes what it does as plain loops.

    `on(rng)` gives the arrays of a call, as large as the program says; the last is the result.
    """
    require()
    passes, script = _asked(function)
    arrays = on(random.Random())
    try:
        with Bench(of, name) as bench, Bench(of, name) as plain:
            expected = plain.result(LOOPS, "", [each.copy() for each in arrays])
            actual = bench.result(passes, script, [each.copy() for each in arrays])
        close(actual, expected, rtol=rtol, atol=rtol)
    except PipelineError as error:
        fail(str(error), [*_shown(passes, script), *because_of(because)])
    except CheckFailed as failed:
        failed.details += [*_shown(passes, script), *because_of(because)]
        raise
    current().say("MLIR runs the passes, and the program computes the same")


def pipeline_speed(
    function: Callable,
    *,
    of: str,
    name: str,
    on: On,
    at_least: float,
    silver: float | None = None,
    gold: float | None = None,
    over: str = LOOPS,
    flops: float = 0.0,
    rtol: float = 1e-4,
) -> None:
    """What the passes make of the program is at least `at_least` times as fast as plain loops.

    Or as what other passes, `over`, make of it. Both are compiled before and run in turn, and what
    counts is CPU time.
    """
    require()
    passes, script = _asked(function)
    with Bench(of, name) as candidate, Bench(of, name) as baseline:
        try:
            timer = candidate.timer(passes, script)
        except PipelineError as error:
            fail(str(error), _shown(passes, script))
        reference = baseline.timer(over, "")

        def near(actual: Any, expected: Any) -> None:
            close(actual, expected, rtol=rtol, atol=rtol)

        bars = Bars(at_least, silver, gold)
        what = "plain loops" if over == LOOPS else "the book's passes"
        speed.compare(timer, reference, on, bars, near, Speedup, flops, what)


def _asked(function: Callable) -> tuple[str, str]:
    """The passes and the script. CheckFailed for what is neither."""
    found = function()
    told = getattr(function, "__name__", "the function")
    if isinstance(found, str):
        return found, ""
    pair = isinstance(found, (tuple, list)) and len(found) == 2
    if pair and all(isinstance(each, str) for each in found):
        return found[0], found[1]
    fail(f"{told} gives passes as a text, or a pair of passes and a script, not {a_or_an(found)}")


def _shown(passes: str, script: str) -> list[tuple[str, str]]:
    scripts = [("script", script[:3000])] if script else []
    return [("passes", passes[:1000]), *scripts]
