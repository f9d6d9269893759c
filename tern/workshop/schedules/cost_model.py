"""A cost model: a regression tree that guesses a candidate's time from numbers that describe it.

TVM's own is an ensemble of such trees (XGBoost), over many more numbers; this is one, to be read.
The method is Breiman et al., *Classification and Regression Trees*, 1984.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Leaf:
    """A guess: the mean of the `count` targets that came here."""

    guess: float
    count: int


@dataclass(frozen=True)
class Split:
    """A question: is this feature less than `limit`?"""

    feature: int
    limit: float
    less: Tree
    more: Tree


Tree = Leaf | Split
Rows = Sequence[Sequence[float]]


def grow(rows: Rows, targets: Sequence[float], depth: int, min_examples: int = 3) -> Tree:
    """The tree of at most `depth` questions in a row, with `min_examples` or more in each leaf.

    Each question is the one that leaves the smallest squared error behind.
    ValueError: there are no examples, or not one target for each.
    """
    if not rows or len(rows) != len(targets):
        raise ValueError(
            f"{len(rows)} examples and {len(targets)} targets: one target each, and at least one"
        )
    questions = [
        (feature, limit)
        for feature in range(len(rows[0]))
        for limit in sorted({row[feature] for row in rows})[1:]
    ]
    best, error = None, _error(targets)
    for question in questions if depth else ():
        parts = _parted(rows, targets, *question)
        left = sum(_error(part) for _, part in parts)
        if min(len(part) for _, part in parts) >= min_examples and left < error:
            best, error = question, left
    if best is None:
        return Leaf(sum(targets) / len(targets), len(targets))
    less, more = (grow(*part, depth - 1, min_examples) for part in _parted(rows, targets, *best))
    return Split(*best, less, more)


def _parted(
    rows: Rows, targets: Sequence[float], feature: int, limit: float
) -> list[tuple[list, list]]:
    sides: list[tuple[list, list]] = [([], []), ([], [])]
    for row, target in zip(rows, targets, strict=True):
        kept_rows, kept_targets = sides[row[feature] >= limit]
        kept_rows.append(row)
        kept_targets.append(target)
    return sides


def _error(targets: Sequence[float]) -> float:
    mean = sum(targets) / len(targets)
    return sum((target - mean) ** 2 for target in targets)


def guess(tree: Tree, row: Sequence[float]) -> float:
    """What the tree says of one example."""
    while isinstance(tree, Split):
        tree = tree.more if row[tree.feature] >= tree.limit else tree.less
    return tree.guess


def as_text(tree: Tree, names: Sequence[str], unit: str = "", indent: str = "") -> str:
    """The tree as nested questions, one a line, with a name for each feature."""
    if isinstance(tree, Leaf):
        return f"{indent}{tree.guess:.3g}{unit} ({tree.count} examples)"
    name, limit = names[tree.feature], f"{tree.limit:g}"
    less, more = (as_text(part, names, unit, indent + "  ") for part in (tree.less, tree.more))
    return f"{indent}{name} < {limit}:\n{less}\n{indent}{name} ≥ {limit}:\n{more}"
