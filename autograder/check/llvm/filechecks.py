"""What a test cell says of a test for FileCheck that a reader has written.

check.filechecks(strength_test)
check.finds_bugs(strength_test, within=4, silver=2, gold=1)
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable
from importlib.util import find_spec

from autograder.check import jobs, texts
from autograder.check.failures import CouldNotMeasure, fail
from autograder.check.llvm.outputs import BUGS, MORE_BUGS, VARIANTS, renamed
from autograder.check.session import current
from autograder.check.speed import settle
from autograder.report.measurement import Bars, Costs
from autograder.report.words import a_or_an, because_of
from autograder.worker import sandbox

SECONDS, CPU = 20.0, 3  # limits of the process: wall-clock time, CPU time
MEMORY = 1 << 30
MAX_TEXT = 20_000  # characters of a test
JOB = "autograder.check.llvm.filecheck_job"


def filechecks(test: Callable[[], str], *, because: str = "") -> None:
    """FileCheck takes the test's text, passes it for each right output, and for none that is
    broken. Right are the variants, also with other names."""
    rng, text = random.Random(secrets.randbelow(1 << 32)), _text(test)
    right = [(what, output) for what, output in VARIANTS.items()]
    right += [(f"{what}, and other names", renamed(output, rng)) for what, output in right]
    broken = [(what, output) for what, output in BUGS.items()]
    broken += [(f"{what} (and other names)", renamed(output, rng)) for what, output in broken]
    said = _compared(test, text, [output for _, output in [*right, *broken]])
    more = because_of(because)
    for (what, output), told in zip(right, said):
        if told:
            shown = [("output", output), ("FileCheck says", _short(told))]
            fail(f"the test fails for what is right: {what}", [*shown, *more])
    for (what, output), told in zip(broken, said[len(right) :]):
        if not told:
            fail(f"the test passes for a pass that {what}", [("output", output), *more])
    current().say(f"{len(right)} right outputs pass, {len(broken)} broken ones fail")


def finds_bugs(
    test: Callable[[], str],
    *,
    within: float,
    silver: float | None = None,
    gold: float | None = None,
) -> None:
    """Of more bugs, as many stay unfound as `within` says, and one: 1 is all found."""
    names, outputs = list(MORE_BUGS), list(MORE_BUGS.values())
    said = _compared(test, _text(test), outputs)
    missed = [name for name, told in zip(names, said) if not told]
    inputs = f"{len(names)} more bugs" + (f"; passes for a pass that {missed[0]}" if missed else "")
    bars = Bars(within, silver, gold)
    settle(Costs.of(len(missed) + 1, 1, "bugs left, and one", bars, inputs=inputs, clock="counted"))


def _text(test: Callable[[], str]) -> str:
    text = test()
    if not isinstance(text, str):
        fail(f"expected the test as a text, got {a_or_an(text)}")
    if len(text) > MAX_TEXT:
        fail(f"the test has {len(text):,} characters; {MAX_TEXT:,} are enough")
    return text


def _compared(test: Callable, text: str, outputs: list[str]) -> list[str]:
    """What FileCheck says of each output, empty where the test passes."""
    if find_spec("filecheck") is None:
        raise CouldNotMeasure("not judged here: FileCheck needs the package filecheck")
    name = getattr(test, "__name__", "the test")
    request = {"test": text, "outputs": outputs}
    try:
        found = texts.run(JOB, f"{__name__}:do_job", name, request, len(outputs), SECONDS)
    except texts.Ended as ended:
        shown = [("output", outputs[ended.number or 0])]
        fail(f"FileCheck does not come to an end with this test: {ended}", shown)
    if not all(isinstance(told, str) for told in found):
        fail("the process that ran FileCheck left no proper results")
    return found


def _short(told: str) -> str:
    return "\n".join(told.splitlines()[:6])


def do_job() -> None:
    """In a fork of the fork server: lock it down, then compare."""
    import filecheck.main  # noqa: F401, before files are out of reach

    from autograder.check.llvm import filecheck_job

    request = jobs.asked()
    limits = sandbox.Limits(cpu=CPU, memory=MEMORY)
    jobs.lock_down(request, limits)
    jobs.answer({"found": filecheck_job.perform(request["test"], request["outputs"])})
