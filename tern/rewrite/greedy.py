"""The greedy driver: patterns, tried again and again wherever something changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from tern.ir import Operation, OpResult, is_speculatable
from tern.parts import part
from tern.rewrite.folding import fold
from tern.rewrite.pattern import Candidates, PatternLike, RewriteError
from tern.rewrite.rewriter import Rewriter

FOLDED = "fold"
ERASED = "erase-dead"
"""What statistics call the two things that the driver does without a pattern."""


@dataclass
class Statistics:
    """What one run of the driver did.

    Attributes:
        fired, tried: for each pattern, how often it changed something, and was asked to. Folding
            and erasing count as patterns that fire.
        visits: how many operations were taken from the worklist.
    """

    fired: Counter[str] = field(default_factory=Counter)
    tried: Counter[str] = field(default_factory=Counter)
    visits: int = 0

    @property
    def changes(self) -> int:
        return self.fired.total()

    def report(self) -> str:
        """A table, a line for each pattern that was tried, the most useful first."""
        names = sorted(self.fired | self.tried, key=lambda name: (-self.fired[name], name))
        lines = [f"{'pattern':<32}{'fired':>8}{'tried':>8}"]
        lines += [f"{name:<32}{self.fired[name]:>8}{self.tried[name] or '':>8}" for name in names]
        return "\n".join(lines)


def by_root(patterns: Iterable[PatternLike]) -> Candidates:
    """For an operation the patterns for its name, those of the highest benefit first."""
    table: dict[str, list[PatternLike]] = {}
    for each in sorted(patterns, key=lambda each: -each.benefit):
        table.setdefault(each.root, []).append(each)
    return lambda op: table.get(op.name, ())


def simplify(
    op: Operation, candidates: Candidates, rewriter: Rewriter, tried: Counter[str]
) -> str | None:
    """Change something at `op`; the name of what did it, or None."""
    if op.results and rewriter.is_unused(op) and is_speculatable(op):
        rewriter.erase(op)
        return ERASED
    if (number := fold(op)) is not None:
        constant = rewriter.constant(op, number, op.result.type)
        if constant is not None:
            rewriter.replace(op, [constant])
            return FOLDED
    for each in candidates(op):
        tried[each.name] += 1
        if each.rewrite(op, rewriter):
            return each.name
    return None


def endless(limit: int, last: Iterable[str]) -> RewriteError:
    """The error of a driver that has reached its bound, from the names of what fired last. Folding
    and erasing only clear up behind the patterns that are to blame."""
    often = Counter(name for name in last if name not in (FOLDED, ERASED)).most_common(2)
    names = " and ".join(repr(name) for name, times in often if 2 * times >= often[0][1])
    undo = "undo each other" if " and " in names else "goes on without end"
    return RewriteError(f"no end after {limit} rewrites: {names} {undo}")


@part("rewrite.greedy", helpers=(by_root, simplify, endless))
def greedy(
    root: Operation, patterns: Iterable[PatternLike] | Candidates, limit: int | None = None
) -> Statistics:
    """Rewrite inside `root`, a function or a module, in place, until no pattern applies anywhere.

    `patterns` are Patterns or Rules; or a function that gives for an operation those that are
    worth trying on it, best first, such as a compiled `matcher`. An operation from the worklist is
    erased if it's dead: nobody uses its results, and it is speculatable. If its operands are
    constants it is folded. Else the patterns for its name are tried, those of higher benefit first,
    until one applies. What changed comes back: new and modified operations and their users, what
    computed an operand of an erased one, and that operand's user, if only one is left.

    When it ends, no pattern applies, nothing folds, and nothing is dead: it has looked everywhere
    once more since the last change. It doesn't promise to end, which takes a measure that every
    pattern lowers; nor that another order ends in the same IR, which is confluence; nor that the
    result is the best that the patterns can reach.

    Raises:
        RewriteError: more than `limit` rewrites, by default 1,000 and 20 for each operation. It
            names the two patterns that fired most among the last 100: of folding and erasing
            nobody has to be told.

    O(operations + rewrites × users of what they touch), and what the patterns cost.
    """
    candidates = patterns if callable(patterns) else by_root(patterns)
    done, fired = Statistics(), list[str]()
    work: dict[Operation, None] = {}  # a stack in which each operation is once

    def changed(event: str, op: Operation) -> None:
        if event != "erased":
            work.update(dict.fromkeys(user for v in op.results for user in rewriter.users(v)))
            work[op] = None
            return
        for value in op.operands:
            users = rewriter.users(value)
            if len(users) == 1:  # a pattern may have waited for that
                work[users[0]] = None
            if isinstance(value, OpResult):
                work[value.op] = None

    rewriter, swept = Rewriter(root, changed), -1
    while swept < len(fired):  # until a sweep changes nothing
        swept = len(fired)
        _, *everything = root.walk()
        limit = 20 * len(everything) + 1000 if limit is None else limit
        work.update(dict.fromkeys(reversed(everything)))  # the first of the text is on top
        while work:
            op, _ = work.popitem()
            if op is root or rewriter.is_erased(op):
                continue
            done.visits += 1
            name = simplify(op, candidates, rewriter, done.tried)
            if name is not None:
                fired.append(name)
            if len(fired) > limit:
                rewriter.finish()
                raise endless(limit, fired[-100:])
        rewriter.finish()
    done.fired.update(fired)
    return done
