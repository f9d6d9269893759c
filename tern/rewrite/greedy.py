"""The greedy driver: patterns, tried again and again wherever something changed."""

from __future__ import annotations

from collections import Counter, deque
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


def endless(limit: int, last: Iterable[str]) -> RewriteError:
    """The error of a driver that has reached its bound, from the names of what fired last."""
    often = Counter(last).most_common(2)
    names = " and ".join(repr(name) for name, times in often if 2 * times >= often[0][1])
    undo = "undo each other" if " and " in names else "goes on without end"
    return RewriteError(f"no end after {limit} rewrites: {names} {undo}")


@part("rewrite.greedy", helpers=(by_root, endless))
def greedy(
    root: Operation, patterns: Iterable[PatternLike] | Candidates, limit: int | None = None
) -> Statistics:
    """Rewrite inside `root`, a function or a module, in place, until no pattern applies anywhere.

    `patterns` are Patterns or Rules; or a function that gives for an operation those that are
    worth trying on it, best first, such as a compiled `matcher`. On each operation from the
    worklist, in this order: if it is dead (nobody uses its results, and it is speculatable) it is
    erased; if its operands are constants it is folded; else the patterns for its name are tried,
    those of higher benefit first, until one applies. What changed comes back to the worklist: new
    and modified operations and their users, what defines an operand of one that went, and the
    only user that is left of such an operand.

    **What it guarantees.** When it ends, no pattern applies, nothing folds, and nothing is dead:
    it has then tried all of them everywhere once more, since the last change. It doesn't
    promise to end: that follows from a measure that every pattern lowers, if there is one. Nor
    that another order would end in the same IR, which is confluence; nor that the result is the
    smallest, or best, that the patterns can reach.

    Raises:
        RewriteError: more than `limit` rewrites, by default 20 for each operation, and 1,000. It
            names the two patterns that fired most among the last ones.

    O(operations + rewrites × users of what they touch), and what the patterns cost.
    """
    candidates = patterns if callable(patterns) else by_root(patterns)
    statistics = Statistics()
    work: list[Operation] = []
    waiting: set[Operation] = set()
    last: deque[str] = deque(maxlen=100)

    def push(op: Operation) -> None:
        if op not in waiting and op is not root:
            waiting.add(op)
            work.append(op)

    def changed(event: str, op: Operation) -> None:
        if event != "erased":
            for result in op.results:
                for user in rewriter.users(result):
                    push(user)
            push(op)
            return
        for value in op.operands:
            users = rewriter.users(value)
            if len(users) == 1:  # a pattern may have waited for that
                push(users[0])
            if isinstance(value, OpResult):
                push(value.op)

    def simplify(op: Operation) -> str | None:
        """Change something at `op`; what did it, or None."""
        if op.results and rewriter.is_unused(op) and is_speculatable(op):
            rewriter.erase(op)
            return ERASED
        if (number := fold(op)) is not None:
            constant = rewriter.constant(op, number, op.result.type)
            if constant is not None:
                rewriter.replace(op, [constant])
                return FOLDED
        for each in candidates(op):
            statistics.tried[each.name] += 1
            if each.rewrite(op, rewriter):
                return each.name
        return None

    rewriter = Rewriter(root, changed)
    everything = [op for op in root.walk() if op is not root]
    limit = 20 * len(everything) + 1000 if limit is None else limit
    rewrites = 0
    again = True
    while again:
        again = False
        for op in reversed(everything):  # the first of the text is on top: operands before users
            push(op)
        while work:
            op = work.pop()
            waiting.discard(op)
            if rewriter.is_erased(op):
                continue
            statistics.visits += 1
            if (name := simplify(op)) is not None:
                again = True
                statistics.fired[name] += 1
                last.append(name)
                rewrites += 1
                if rewrites > limit:
                    rewriter.finish()
                    raise endless(limit, last)
        rewriter.finish()
        everything = [op for op in root.walk() if op is not root]
    return statistics
