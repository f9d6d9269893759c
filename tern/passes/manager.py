"""Running passes one after the other: checked, recorded, with what is known kept between them."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from tern.analysis.manager import ANALYSES, Analyses, keeping
from tern.ir import Operation, VerifyError, verify

Transform = Callable[[Operation], object]


@dataclass(frozen=True)
class Pass:
    """A pass as the manager knows it.

    Attributes:
        name: what it is called.
        run: changes a module in place, and gives the number of changes; or what has it as
            `changes`, and tells more by its `report()`; or anything else.
        preserves: the names of the analyses that stay right whatever it changes. (When it changes
            nothing, all do.)
    """

    name: str
    run: Transform
    preserves: frozenset[str] = frozenset()


@dataclass
class Statistics:
    """What one run of a pass did: how many changes, the operations before and after it, and what
    the pass tells of itself."""

    name: str
    changes: int
    before: int
    after: int
    detail: str = ""


@dataclass
class PassManager:
    """Runs passes on a module, verifies it after each, and keeps what each left.

    A pass is a function of the module, which it changes in place, a pair of a name and such
    a function, or a Pass. `history` has the name of each pass that ran and the module's text then,
    as `text` gives it: with `StableNames().text`, values keep their names from one pass to the
    next. `statistics` has the figures.

    Analyses are kept from pass to pass: one that changed nothing leaves all of them right, any
    other those that it says it preserves. With `check_analyses` each that is kept is computed anew
    and compared, so that a pass that says too much is found out. A pass that changes a function
    and then asks for an analysis of it gets a new one: see `Analyses`.
    """

    passes: Iterable[Transform | tuple[str, Transform] | Pass]
    text: Callable[[Operation], str] | None = str
    check_analyses: bool = False
    analyses: Analyses = field(default_factory=Analyses)
    history: list[tuple[str, str]] = field(default_factory=list)
    statistics: list[Statistics] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.passes = [_as_pass(each) for each in self.passes]

    def run(self, module: Operation) -> Operation:
        """Run all passes in order; gives the module.

        Raises:
            VerifyError: a pass left IR that breaks a rule, or said that it preserves an analysis,
                and didn't; the message names the pass.
        """
        self.history, self.statistics, self.analyses = [], [], Analyses()
        size = _size(module)
        with keeping(self.analyses):
            for each in self.passes:
                assert isinstance(each, Pass)
                before, result = size, each.run(module)
                size = _size(module)
                changes = getattr(result, "changes", result)
                count = changes if isinstance(changes, int) else int(before != size)
                detail = result.report() if count and hasattr(result, "report") else ""
                self.statistics.append(Statistics(each.name, count, before, size, detail))
                self._check(each, module, changed=changes != 0)
                if self.text is not None:
                    self.history.append((each.name, self.text(module)))
        return module

    def _check(self, each: Pass, module: Operation, changed: bool) -> None:
        try:
            verify(module)
        except VerifyError as error:
            raise VerifyError(f"after the pass {each.name}: {error}") from None
        self.analyses.settle(each.preserves if changed else None)
        if self.check_analyses:
            for name, func, kept in self.analyses.known():
                if kept != ANALYSES[name](func):
                    says = f"preserves {name}" if changed else "changed nothing"
                    raise VerifyError(f"the pass {each.name} says that it {says}, and did not")

    def report(self) -> str:
        """The statistics as a table, a line for each pass that ran."""
        lines = [f"{'pass':<16}{'changes':>8}{'operations':>12}"]
        for each in self.statistics:
            lines.append(f"{each.name:<16}{each.changes:>8}{each.before:>6} → {each.after}")
            lines += [f"  {line}" for line in each.detail.splitlines()]
        return "\n".join(lines)


def changed(before: str, history: Iterable[tuple[str, str]]) -> str:
    """What each pass changed, as the lines that went and came; `before` is the text at first."""
    parts: list[str] = []
    for name, after in history:
        lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=1, lineterm="")
        shown = [line for line in lines if not line.startswith(("---", "+++"))]
        parts.append(f"// {name}" + (":" if shown else ": nothing"))
        parts += ["…" if line.startswith("@@") else line for line in shown]
        before = after
    return "\n".join(parts)


def _size(module: Operation) -> int:
    return sum(1 for _ in module.walk())


def _as_pass(given: Transform | tuple[str, Transform] | Pass) -> Pass:
    if isinstance(given, Pass):
        return given
    return Pass(*given) if isinstance(given, tuple) else Pass(_name(given), given)


def _name(run_pass: Transform) -> str:
    while isinstance(run_pass, functools.partial):
        run_pass = run_pass.func
    return getattr(run_pass, "__name__", type(run_pass).__name__)
