"""What a test cell says of a function that adds attributes to LLVM IR.

check.promises(annotate, examples=20)
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, NamedTuple

from autograder.check import jobs, texts
from autograder.check.failures import CouldNotMeasure, fail
from autograder.check.session import current, seed_of_inputs
from autograder.report.words import a_or_an, because_of
from autograder.worker import sandbox

SECONDS, CPU = 60.0, 30  # limits of the process: wall-clock time, CPU time
MEMORY = 4 << 30
JOB = "autograder.check.llvm.vectors_job"
TRIED = (1, 5)  # what @main is called with

_HEAD = re.compile(r"^define internal [^@\n]*@([\w.$-]+)\(([^\n]*)\)[^()\n]*\{$", re.MULTILINE)
_POINTER = re.compile(r"ptr ((?:noalias |align \d+ )*)(%[\w.$-]+)")


class Promise(NamedTuple):
    """What a text says of one parameter."""

    noalias: bool
    align: int


Promises = dict[tuple[str, str], Promise]


def promises(
    annotate: Callable[[str], Any], *, on: str = "", examples: int = 0, because: str = ""
) -> None:
    """`annotate` adds `noalias` and `align` to parameters of internal functions where they are
    true, and everywhere the calls prove them; and then LLVM's vectorizer asks no more than it has
    to.

    Of the module `on`, and of as many drawn at random as `examples` says. A promise that is not
    true is shown by running the module, if that shows it.
    """
    if find_spec("llvmlite") is None:
        raise CouldNotMeasure("not judged here: LLVM needs the package llvmlite")
    from tern.workshop.llvm import kernels
    from tern.workshop.llvm.annotate import annotate as reference

    seed = seed_of_inputs()
    rng = random.Random(seed)
    modules = [on] * bool(on)
    drawn = [kernels.random_module(rng, rng.randint(1, 5)) for _ in range(examples)]
    modules += sorted(drawn, key=len)
    more = [*because_of(because), *[("seed", str(seed))] * bool(examples)]
    made = [annotate(module) for module in modules]
    proven = [promised(reference(module)) for module in modules]
    for each in zip(modules, made, proven):
        _true(*each, more)
    for each in zip(modules, made, proven):
        _all(*each, more)
    _vectors(annotate, modules, made, more)


def _true(module: str, text: Any, proven: Promises, more: list[tuple[str, str]]) -> None:
    """CheckFailed if the text is another module, or promises what is not proven."""
    if not isinstance(text, str):
        fail(f"expected LLVM IR as a text, got {a_or_an(text)}", more)
    shown = [("module", module), *more]
    if _plain(text).split() != _plain(module).split():
        told = "more is changed than noalias and align on pointer parameters of internal functions"
        fail(told, [*shown, ("got", text[:6000])])
    for (function, name), promise in promised(text).items():
        best, where = proven[function, name], f"{name} of @{function}"
        if promise.noalias and not best.noalias:
            fail(f"{where} is not noalias", [_run(module, text), *shown])
        if promise.align and max(best.align, 1) % promise.align:
            known = f"align {best.align}" if best.align > 1 else "no alignment"
            fail(f"{where} is not align {promise.align}: {known} is proven", shown)


def _all(module: str, text: str, proven: Promises, more: list[tuple[str, str]]) -> None:
    """CheckFailed if the text leaves out a promise that is proven."""
    for (function, name), promise in promised(text).items():
        best, where = proven[function, name], f"{name} of @{function}"
        if best.noalias and not promise.noalias:
            fail(f"{where} is noalias, and the text does not say so", [("module", module), *more])
        if best.align > max(promise.align, 1):
            told = f"{where} is align {best.align}, and the text does not say so"
            fail(told, [("module", module), *more])


def promised(text: str) -> Promises:
    """What a text says of the pointer parameters of its internal functions."""
    found: Promises = {}
    for head in _HEAD.finditer(text):
        for words, name in _POINTER.findall(head[2]):
            aligned = re.search(r"align (\d+)", words)
            align = int(aligned[1]) if aligned else 0
            found[head[1], name] = Promise("noalias" in words.split(), align)
    return found


def _plain(text: str) -> str:
    """The text without the attributes that may be added."""

    def without(head: re.Match[str]) -> str:
        return _POINTER.sub(lambda found: f"ptr {found[2]}", head[0])

    return _HEAD.sub(without, text)


def _run(module: str, text: str) -> tuple[str, str]:
    """What running shows of a promise that is not proven."""
    from tern.workshop.llvm.verdict import verdict

    main = re.search(r"^define i32 @main\(i64 %n\).*?^\}$", text, re.MULTILINE | re.DOTALL)
    program = f"{main[0]}\n{text.replace(main[0], '')}" if main else ""
    for number in TRIED:
        if main and verdict(program, [number]) == "undefined behavior":
            return "with this promise", f"@main({number}) has undefined behavior"
    return "with this promise", "nothing goes wrong in this run, but the calls do not prove it"


def _vectors(
    annotate: Callable, modules: list[str], made: list[str], more: list[tuple[str, str]]
) -> None:
    """What LLVM's vectorizer makes of the modules, and of the texts, in words."""
    name = getattr(annotate, "__name__", "annotate")
    every = [*modules, *made]
    try:
        found = texts.run(JOB, f"{__name__}:do_job", name, {"texts": every}, len(every), SECONDS)
    except texts.Ended as ended:
        fail(f"LLVM does not compile the text: {ended}", more)
    before, after = found[: len(modules)], found[len(modules) :]
    loops = sum(vectors for vectors, _ in after)
    checks = [sum(checked for _, checked in each) for each in (before, after)]
    if loops < sum(vectors for vectors, _ in before):
        fail("fewer loops have vectors than without the attributes", more)
    current().say(
        f"{loops} loops have vectors; {checks[1]} of them only after a check that buffers are "
        f"apart, without the attributes {checks[0]}"
    )


def do_job() -> None:
    """In a fork of the fork server: lock it down, then compile."""
    from autograder.check.llvm import vectors_job
    from tern.targets.llvm import jit  # before files are out of reach

    request = jobs.asked()
    jit.target_machine()
    limits = sandbox.Limits(cpu=CPU, memory=MEMORY)
    jobs.lock_down(request, limits)
    jobs.answer({"found": vectors_job.perform(request["texts"])})
