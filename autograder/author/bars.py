"""A bar in words, made from the check that holds it, so that its numbers are written once.

    check.keeps_up(evaluate, with_=calc.evaluate, within=5, silver=2, on=trees)  # on 4,000 numbers

becomes "At most 5 times the book's CPU time on 4,000 numbers (silver 2)." What the inputs are, the
code cannot say in words: a comment inside the call, or behind it, does. A statement's paragraph
that begins with `**Speed bar.**` (or `**Counted bar.**`) is all such sentences of the exercise's
`-speed` cell; what the author has to say about them is the next paragraph.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterator
from typing import Any

from autograder.course.layout import UsageError

PARAGRAPH = re.compile(r"^(\*\*(?:Speed|Counted) bar\.\*\*).*?(?=\n\s*\n|\Z)", re.M | re.S)


def filled(statement: str, source: str, exercise: str) -> str:
    """The statement with its paragraph on bars as the test cell `source` has them. UsageError."""
    found = list(PARAGRAPH.finditer(statement))
    if len(found) != 1:
        raise UsageError(
            f"{exercise}: its statement needs one paragraph that begins with **Speed bar.**; "
            f"it has {len(found)}"
        )
    try:
        said = " ".join(sentences(source))
    except ValueError as error:
        raise UsageError(f"{exercise}: {error}") from None
    return PARAGRAPH.sub(lambda paragraph: f"{paragraph[1]} {said}", statement)


def sentences(source: str) -> list[str]:
    """A sentence for each check of a test cell that has a bar. ValueError: one cannot be told."""
    return [_sentence(TOLD[bar.check](bar)) for bar in bars_in(source) if bar.check in TOLD]


def bars_in(source: str) -> list[Bar]:
    """The checks of a test cell."""
    comments = dict(_comments(source))
    return [Bar(call, comments) for call in _checks(ast.parse(source))]


def _sentence(said: str) -> str:
    return f"{said[0].upper()}{said[1:]}."


def _comments(source: str) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string.lstrip("# ").strip()


def _checks(node: ast.AST) -> Iterator[ast.Call]:
    """The calls `check.…(…)` that the cell itself makes, in order; not those of its functions."""
    for inner in ast.iter_child_nodes(node):
        if isinstance(inner, ast.FunctionDef | ast.Lambda):
            continue
        function = inner.func if isinstance(inner, ast.Call) else None
        if isinstance(function, ast.Attribute) and ast.unparse(function.value) == "check":
            assert isinstance(inner, ast.Call)
            yield inner
        else:
            yield from _checks(inner)


class Bar:
    """A check's call: its name, its arguments, and the comment that says what its inputs are."""

    def __init__(self, call: ast.Call, comments: dict[int, str]) -> None:
        assert isinstance(call.func, ast.Attribute)
        self.check = call.func.attr
        self.positional = call.args
        self.named = {one.arg: one.value for one in call.keywords if one.arg}
        lines = range(call.lineno, (call.end_lineno or call.lineno) + 1)
        self.comment = next((comments[line] for line in lines if line in comments), "")

    def number(self, name: str, default: float | None = None) -> Any:
        """The number that an argument is, `default` where it is not given."""
        if name not in self.named:
            return default
        try:
            return ast.literal_eval(self.named[name])
        except ValueError:
            raise ValueError(f"check.{self.check}: {name} has to be a plain number") from None

    value = number  # or a string, or a tuple of numbers

    def text(self, name: str) -> str:
        """An argument as it stands in the cell."""
        return ast.unparse(self.named[name])

    @property
    def workload(self) -> str:
        """ " on 5,000 blocks", from the comment. ValueError if there is none."""
        if not self.comment:
            raise ValueError(
                f"check.{self.check} needs a comment that says in words what its inputs are: "
                "# on 5,000 blocks"
            )
        return f" {self.comment}"

    @property
    def sizes(self) -> str:
        """ " at n = 512, m = 512, k = 512", of a program of tern.workshop.schedules."""
        from tern.workshop import schedules

        program = getattr(schedules, self.text("of"))
        return f" at {program.say(self.value('sizes'))}"

    @property
    def medals(self) -> str:
        """ " (silver 1.5, gold 1.05)"."""
        given = [(medal, self.number(medal)) for medal in ("silver", "gold")]
        listed = ", ".join(f"{medal} {_said(bar)}" for medal, bar in given if bar is not None)
        return f" ({listed})" if listed else ""


def _said(number: float) -> str:
    """A number as one reads it: 1,000 and 0.05."""
    return f"{number:,}" if isinstance(number, int) else f"{number:g}"


# ---- one sentence for each kind of check --------------------------------------------------------


def _keeps_up(bar: Bar) -> str:
    within = _said(bar.number("within"))
    return f"at most {within} times the book's CPU time{bar.workload}{bar.medals}"


def _speedup(bar: Bar) -> str:
    times = _said(bar.number("at_least"))
    return f"at least {times} times as fast as `{bar.text('over')}`{bar.workload}{bar.medals}"


def _grows(bar: Bar) -> str:
    sizes, slack = bar.value("sizes"), _said(bar.number("slack", 2))
    return (
        f"from {min(sizes):,} to {max(sizes):,}{bar.workload}, CPU time grows no faster than "
        f"{bar.value('no_faster_than')} (with a factor of {slack} to spare)"
    )


def _counts(bar: Bar) -> str:
    kinds = [("d1_misses", "first-level cache misses"), ("instructions", "instructions")]
    bars = [(bar.number(name), what) for name, what in kinds]
    counted = " and ".join(f"{_said(times)} times the {what}" for times, what in bars if times)
    return (
        f"at most {counted} of `{bar.text('over')}`{bar.workload}, counted by cachegrind (where "
        f"nothing can be counted, at least {_said(bar.number('at_least'))} times as fast instead)"
    )


def _costs(bar: Bar) -> str:
    times, what = _said(bar.number("within")), bar.value("what")
    return f"at most {times} times the book's {what}{bar.workload}{bar.medals}, counted"


def _rewrites_work(bar: Bar) -> str:
    times = _said(bar.number("within"))
    return (
        f"after its own passes, XLA is left with at most {times} times the work that it has with "
        f"the book's{bar.workload}{bar.medals}, counted by XLA, on the geometric mean"
    )


def _traffic(bar: Bar) -> str:
    callable_times = "times" in bar.named and not isinstance(bar.named["times"], ast.Constant)
    times = "bytes that are allowed" if callable_times else bar.value("times", None)
    programs = bar.number("programs", 80)
    return (
        f"at most {_said(bar.number('at_most'))} times the {times or 'minimum of bytes'}"
        f"{bar.workload}{bar.medals}, from at least {programs} programs"
    )


def _sectors(bar: Bar) -> str:
    which = "minimum of bytes" if bar.value("times", None) == "minimum bytes" else "bytes"
    return (
        f"the sectors of 32 bytes that are touched come to at most {_said(bar.number('at_most'))} "
        f"times the {which}{bar.workload}{bar.medals}"
    )


def _uses(bar: Bar) -> str:
    instruction = f"`{ast.literal_eval(bar.positional[1])}`"
    at_least, at_most = bar.number("at_least", 1), bar.number("at_most")
    if at_most == 0:
        number = "no"
    else:
        bounds = [f"at least {at_least}"] if at_least > 1 else []
        bounds += [f"at most {at_most}"] if at_most is not None else []
        number = " and ".join(bounds)
    where = f" {bar.comment}" if bar.comment else ""
    device = bar.value("device", None) or "sm_80"
    return f"the machine code for {device} has {f'{number} {instruction}'.strip()}{where}"


def _compiles(bar: Bar) -> str:
    devices = " and ".join(bar.value("devices", None) or ("sm_75", "sm_80"))
    spills = bar.number("max_spills")
    where = f" {bar.comment}" if bar.comment else ""
    if spills is None:
        return f"it compiles for {devices}{where}"
    spilled = f"spills at most {spills:,} bytes of registers" if spills else "spills no register"
    return f"compiled for {devices}, it {spilled}{where}"


def _conflicts(bar: Bar) -> str:
    at_most = bar.number("at_most", 0)
    number = f"at most {at_most} bank conflicts" if at_most else "no bank conflict"
    return f"{number} in shared memory{f' {bar.comment}' if bar.comment else ''}"


def _schedule_speed(bar: Bar) -> str:
    known = {"numpy": "NumPy with one thread", "unscheduled": "the program without a schedule"}
    over = bar.named["over"]
    whom = (
        known[str(over.value)]
        if isinstance(over, ast.Constant)
        else f"the book's `{bar.text('over')}`"
    )
    at_least = bar.number("at_least")
    times = "" if at_least == 1 else f"{_said(at_least)} times "
    return f"at least {times}as fast as {whom}{bar.sizes}{bar.medals}"


def _pipeline_speed(bar: Bar) -> str:
    times = _said(bar.number("at_least"))
    return f"at least {times} times as fast as plain loops{bar.workload}{bar.medals}"


def _intermediates(bar: Bar) -> str:
    at_most = _said(bar.number("at_most"))
    return f"the buffers between the blocks take at most {at_most} bytes{bar.sizes}"


def _generates(bar: Bar) -> str:
    lower, upper = bar.value("threads", None) or (32, 1024)
    parts = [f"a block has from {lower} to {upper:,} threads"]
    if (blocks := bar.number("blocks", 1)) > 1:
        parts.append(f"there are at least {blocks:,} blocks")
    if (local := bar.number("local_at_most")) is not None:
        parts.append(f"a thread keeps at most {local:,} numbers in local memory")
    if (loads := bar.number("loads_at_most")) is not None:
        parts.append(
            "all threads together load from global memory at most "
            f"{_said(loads)} times the bytes of the inputs{bar.medals}"
        )
    return f"{bar.sizes.strip()}, {', '.join(parts[:-1])}{', and ' * (len(parts) > 1)}{parts[-1]}"


def _space(bar: Bar) -> str:
    distinct, trials = bar.number("distinct"), bar.number("trials")
    return f"of {trials} candidates{bar.sizes}, at least {distinct} are different programs"


def _searches(bar: Bar) -> str:
    return (
        f"the fastest of {bar.number('trials')} candidates{bar.sizes} is at least "
        f"{_said(bar.number('at_least'))} times as fast as the book's "
        f"`{bar.text('over')}`{bar.medals}"
    )


def _mispredicts(bar: Bar) -> str:
    medals = [
        f"{medal} {_said(bar.number(medal))} times those of `{bar.text(f'{medal}_over')}`"
        for medal in ("silver", "gold")
    ]
    return (
        f"at most {_said(bar.number('at_most'))} times the mispredictions of `{bar.text('over')}`"
        f"{bar.workload} ({', '.join(medals)})"
    )


def _cpp_instructions(bar: Bar) -> str:
    at_most, per = _said(bar.number("at_most")), bar.value("per")
    return f"at most {at_most} instructions for each {per}{_where(bar)}{bar.medals}, counted"


def _cpp_allocations(bar: Bar) -> str:
    per = bar.value("per")
    if not 0 < bar.number("at_most") < 1:
        calls = f"at most {_said(bar.number('at_most'))} calls of malloc for each {per}"
        return f"{calls}{_where(bar)}{bar.medals}, counted"
    medals = ", ".join(
        f"{medal}: {round(1 / bar.number(medal)):,}"
        for medal in ("silver", "gold")
        if bar.number(medal)
    )
    return (
        f"at most one call of malloc for every {round(1 / bar.number('at_most')):,} {per}s"
        f"{_where(bar)}{f' ({medals})' if medals else ''}, counted"
    )


def _cpp_flat(bar: Bar) -> str:
    (small, large), per = bar.value("sizes"), bar.value("per")
    return (
        f"among {large:,} {bar.comment or 'elements'}, each {per} takes at most "
        f"{_said(bar.number('within'))} times the instructions that it takes among {small:,} "
        f"(there at most {_said(bar.number('at_most'))}), counted"
    )


def _cpp_as_cheap(bar: Bar) -> str:
    times, what = _said(bar.number("within")), bar.value("what")
    return f"at most {times} times the instructions of {what}{_where(bar)}, counted"


def _plugin_costs(bar: Bar) -> str:
    counting = bar.value("counting") or "cycles"
    what = "cycles" if counting == "cycles" else f"executed `{counting}`"
    times = _said(bar.number("at_most"))
    return f"at most {times} times the {what} that the book's pass leaves{bar.workload}{bar.medals}"


def _plugin_keeps_up(bar: Bar) -> str:
    within = _said(bar.number("within"))
    return (
        f"with your pass, `opt` takes at most {within} times the CPU time that it takes with the "
        f"book's{bar.workload}{bar.medals}"
    )


def _finds_bugs(bar: Bar) -> str:
    medals = [
        f"{medal} {bar.number(medal) - 1}" for medal in ("silver", "gold") if bar.number(medal)
    ]
    listed = f" ({', '.join(medals)})" if medals else ""
    return f"of the other bugs, it misses at most {bar.number('within') - 1}{listed}"


def _where(bar: Bar) -> str:
    return f" {bar.comment}" if bar.comment else ""


def _true(bar: Bar) -> str:
    return ast.literal_eval(bar.positional[1])


TOLD: dict[str, Callable[[Bar], str]] = {
    "keeps_up": _keeps_up,
    "speedup": _speedup,
    "grows": _grows,
    "counts": _counts,
    "costs": _costs,
    "rewrites_work": _rewrites_work,
    "traffic": _traffic,
    "sectors": _sectors,
    "uses": _uses,
    "compiles": _compiles,
    "conflicts": _conflicts,
    "schedule_speed": _schedule_speed,
    "pipeline_speed": _pipeline_speed,
    "intermediates": _intermediates,
    "generates": _generates,
    "space": _space,
    "searches": _searches,
    "mispredicts": _mispredicts,
    "cpp_allocations": _cpp_allocations,
    "cpp_as_cheap": _cpp_as_cheap,
    "cpp_flat": _cpp_flat,
    "cpp_instructions": _cpp_instructions,
    "cpp_speedup": _speedup,
    "finds_bugs": _finds_bugs,
    "plugin_costs": _plugin_costs,
    "plugin_keeps_up": _plugin_keeps_up,
    "true": _true,
}
