"""What a test cell says of modules of MLIR that a reader's function makes.

    check.verifies(text, without=("mat",), only="func arith linalg tensor")
    check.lowers(emit_linalg, on=program, examples=20)
    check.operations(text)["linalg.generic"]
    check.bufferized(text)["memref.copy"]

A module is a text, or, in a notebook, an object of MLIR's own. The real MLIR reads and verifies it,
in a process of its own, which it may end: that costs the exercise, and a line says what happened.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NoReturn

from autograder.check import arrays
from autograder.check.failures import CheckFailed, fail
from autograder.check.mlir import apart
from autograder.check.session import current, seed_of_inputs
from autograder.check.texts import Ended
from autograder.check.values import close
from autograder.report.words import a_or_an, because_of

DIALECTS = "affine arith builtin bufferization cf func index linalg math memref scf tensor vector"
"""What a module may be of, unless a check says otherwise: nothing that calls what is outside."""

BUFFERIZE = """one-shot-bufferize{bufferize-function-boundaries
    function-boundary-type-conversion=identity-layout-map}, canonicalize, cse"""


def verifies(
    module: Any,
    *,
    without: Collection[str] = (),
    only: str = "",
    at_most: Mapping[str, int] | None = None,
    dialect: str = "",
    because: str = "",
) -> None:
    """The real MLIR verifies the module.

    Of the dialects `without` nothing is left, neither operations nor types, and operations are of
    those that `only` names, else of MLIR's that compute. There are `at_most` so many operations of
    a name. `dialect` is "module:function", which gives a dialect of Python's to be loaded before;
    its operations are among those that may be.
    """
    apart.require()
    text = text_of(module)
    (reply,) = _replies("the module", [text], {"dialect": dialect}, because)
    structure(reply, text, without, only or DIALECTS, at_most, because)
    current().say(f"MLIR verifies {sum(reply['operations'].values())} operations")


def lowers(
    make: Callable,
    *,
    on: Callable[[random.Random], tuple[tuple, Sequence[tuple[Sequence[Any], Any]]]],
    examples: int = 1,
    name: str = "f",
    without: Collection[str] = (),
    only: str = DIALECTS,
    at_most: Callable[..., Mapping[str, int]] | None = None,
    same: Callable[[Any, Any], Any] | None = None,
    because: str = "",
) -> None:
    """What `make` gives is a module that MLIR verifies, and that computes what it should.

    `on(rng)` gives the arguments of `make`, and calls of the module's function `name`: pairs of its
    arguments, arrays of tensors and numbers, and what is expected. That is an array or a number, or
    a tuple of several. `same(actual, expected)` compares each of them; else they are close to
    1e-5. `without` and `only` are those of `verifies`, and `at_most(*arguments)` gives its counts.
    MLIR's own passes bring the module down. Of several that are wrong, the shortest is shown.
    """
    apart.require()
    seed = seed_of_inputs()
    rng = random.Random(seed)
    drawn = [on(rng) for _ in range(examples)]
    made = [(text_of(make(*arguments)), arguments, calls) for arguments, calls in drawn]
    made.sort(key=lambda each: len(each[0]))
    told = getattr(make, "__name__", "the function")
    more = [*because_of(because), ("seed", str(seed))]
    items = [item(text, calls, name) for text, _, calls in made]
    try:
        replies = apart.run(told, items)
    except Ended as ended:
        fail_ended(ended, [text for text, _, _ in made], more)
    for (text, arguments, calls), reply in zip(made, replies):
        verified(reply, text, more)
        counts = at_most(*arguments) if at_most is not None else None
        structure(reply, text, without, only, counts, because)
        computed(reply, text, calls, same, more)
    current().say(f"MLIR verifies {examples} modules, and they compute what they should")


def operations(
    module: Any, *, passes: str = "", unregistered: bool = False, dialect: str = ""
) -> Counter[str]:
    """How many operations of each name a module has, or has after `passes`, as mlir-opt's
    `--pass-pipeline` has them inside `builtin.module(…)`. CheckFailed if MLIR refuses it."""
    (found,) = all_operations([module], passes=passes, unregistered=unregistered, dialect=dialect)
    return found


def all_operations(
    modules: Sequence[Any], *, passes: str = "", unregistered: bool = False, dialect: str = ""
) -> list[Counter[str]]:
    """`operations` of each of several modules, in one process."""
    apart.require()
    options = {"passes": passes, "unregistered": unregistered, "dialect": dialect}
    replies = _replies("the module", [text_of(module) for module in modules], options, "")
    return [counts_of(reply["after" if passes else "operations"]) for reply in replies]


def bufferized(module: Any) -> Counter[str]:
    """The operations after MLIR's One-Shot Bufferize: `memref.copy` and `memref.alloc` are what it
    could not do in place."""
    return operations(module, passes=BUFFERIZE)


# ---- what comes back ----------------------------------------------------------------------------


def text_of(module: Any) -> str:
    """A module's text. CheckFailed for what is none."""
    if isinstance(module, str):
        return module
    operation = getattr(module, "operation", None)
    if operation is not None and type(module).__module__.split(".")[0] == "torch_mlir":
        return operation.get_asm()
    fail(f"expected a module of MLIR, or its text, got {a_or_an(module)}")


def _replies(
    told: str, texts: Sequence[str], options: Mapping[str, Any], because: str
) -> list[dict[str, Any]]:
    more = because_of(because)
    try:
        replies = apart.run(told, [{"text": text, **options} for text in texts])
    except Ended as ended:
        fail_ended(ended, texts, more)
    for text, reply in zip(texts, replies):
        verified(reply, text, more)
    return replies


def item(text: str, calls: Sequence[tuple[Sequence[Any], Any]] | None, name: str) -> dict[str, Any]:
    """What a process is asked of a module: to verify it, and, with `calls`, to call a function."""
    if calls is None:
        return {"text": text}
    packed = [[arrays.packed(each) for each in given] for given, _ in calls]
    return {"text": text, "name": name, "calls": packed}


def fail_ended(ended: Ended, texts: Sequence[str], more: list) -> NoReturn:
    known = ended.number is not None and 0 <= ended.number < len(texts)
    shown = [("module", texts[ended.number][:4000])] if known else []  # type: ignore[index]
    fail(str(ended), [*shown, *more])


def computed(
    reply: dict[str, Any],
    text: str,
    calls: Sequence[tuple[Sequence[Any], Any]],
    same: Callable[[Any, Any], Any] | None,
    more: list,
) -> None:
    """CheckFailed unless the calls of a module's function gave what they should."""
    if "refused" in reply:
        where = _place(str(reply.get("place")), text)
        fail(f"the module cannot be run: {str(reply['refused'])[:500]}", [*where, *more])
    results = reply.get("results")
    if not isinstance(results, list) or len(results) != len(calls):
        fail("the process that ran the module left no proper results", more)
    for (given, expected), result in zip(calls, results):
        _compare(given, expected, result, same, [("module", text[:4000]), *more])


def verified(reply: dict[str, Any], text: str, more: list) -> None:
    """CheckFailed with MLIR's own words, and where in the text, if it refuses it."""
    if "wrong" in reply:
        notes = [str(note)[:300] for note in list(reply.get("notes") or [])[:3]]
        told = [*_place(str(reply.get("place")), text), *[("MLIR adds", note) for note in notes]]
        fail(f"MLIR refuses the module: {str(reply['wrong'])[:500]}", [*told, *more])
    if not isinstance(reply.get("operations"), dict):
        fail("the process that looked at the module left no proper counts", more)


def _place(place: str, text: str) -> list[tuple[str, str]]:
    """The line that MLIR names, with a mark below, and the text."""
    shown = [("module", text[:4000])]
    lines = text.splitlines()
    if found := re.search(r'"-":(\d+):(\d+)', place):
        line, column = int(found[1]), int(found[2])
        if 0 < line <= len(lines):
            words = lines[line - 1]
            mark = " " * (column - 1) + "^" if 0 < column <= len(words) + 1 else ""
            return [(f"line {line}", f"\n{words[:200]}\n{mark}".rstrip()), *shown]
    return [("at", place[:200]), *shown] if place and place != "None" else shown


def counts_of(found: Any) -> Counter[str]:
    if not isinstance(found, dict):
        fail("the process that looked at the module left no proper counts")
    return Counter({str(name): int(number) for name, number in found.items()})


def structure(
    reply: dict[str, Any],
    text: str,
    without: Collection[str],
    only: str,
    at_most: Mapping[str, int] | None,
    because: str,
) -> None:
    """CheckFailed unless a module holds what it may."""
    counts = counts_of(reply["operations"])
    shown = [("module", text[:4000]), *because_of(because)]
    if outside := [str(name) for name in reply.get("outside") or ()]:
        fail(f"the module calls @{outside[0]}, which it only declares: nobody defines it", shown)
    for name in counts:
        if (dialect := name.partition(".")[0]) in without:
            fail(f"{counts[name]} {name} left: nothing of {dialect} may be", shown)
        if dialect not in [*only.split(), str(reply.get("loaded"))]:
            fail(f"{name} is not of {', '.join(only.split())}", shown)
    for dialect in without:
        if found := re.search(rf"[!#]{re.escape(dialect)}\.\w+", _code(text)):
            fail(f"{found[0]} is left: nothing of {dialect} may be", shown)
    for name, number in (at_most or {}).items():
        if counts[name] > number:
            fail(f"{counts[name]} {name}, {number} are enough", shown)


def _code(text: str) -> str:
    """A text without comments, and with empty strings."""
    return re.sub(r'//[^\n]*|"(?:[^"\\\n]|\\.)*"', "", text)


def _compare(
    given: Sequence[Any],
    expected: Any,
    found: Any,
    same: Callable[[Any, Any], Any] | None,
    shown: list[tuple[str, str]],
) -> None:
    wanted = expected if isinstance(expected, tuple) else (expected,)
    try:
        results = [arrays.unpacked(each) for each in found]
    except (ValueError, TypeError):
        fail("the process that ran the module left no proper results", shown)
    if len(results) != len(wanted):
        fail(f"the function gives {len(results)} results, and not {len(wanted)}", shown)
    for actual, want in zip(results, wanted):
        try:
            (same or _close)(actual, want)
        except CheckFailed as failed:
            failed.details += [("called with", ", ".join(map(_short, given))), *shown]
            raise


def _close(actual: Any, expected: Any) -> None:
    close(actual, expected, rtol=1e-5, atol=1e-5)


def _short(value: Any) -> str:
    text = str(value.tolist() if hasattr(value, "tolist") else value)
    return text if len(text) < 200 else f"{text[:200]}…"
