"""What the rules of built-in functions are made of: each asks for the types of its arguments, and
raises Wrong where they do not fit."""

from __future__ import annotations

from tern.check.arguments import integer, integers
from tern.check.builtins import Checker
from tern.check.surface import shape_of, spell
from tern.shapes import Shape, names_in
from tern.text import tree
from tern.types import TensorType, Type

Arguments = dict[str, tree.Expression]


class Wrong(Exception):
    """A rule is broken: what is wrong, where, and what may help."""

    def __init__(self, message: str, node: tree.Node | None = None, *notes: str | None) -> None:
        super().__init__(message)
        self.node, self.notes = node, notes


class Reported(Exception):
    """An error that has been reported already."""


def typed(checker: Checker, node: tree.Expression, expected: Type | None = None) -> Type:
    found = checker.check(node, expected)
    if found is None:
        raise Reported
    return found


def tensor(checker: Checker, node: tree.Expression, ranks: range = range(1, 99)) -> TensorType:
    found = typed(checker, node)
    if not isinstance(found, TensorType) or len(found.shape) not in ranks:
        axes = f"of {ranks[0]} axes" if len(ranks) == 1 else ""
        least = f"of {ranks[0]} axes or more" if len(ranks) > 1 and ranks[0] > 1 else ""
        raise Wrong(f"needs a tensor {axes or least}".rstrip() + f", found {spell(found)}", node)
    return found


def axis_in(type_: Type, node: tree.Expression | None, default: int = 0, more: int = 0) -> int:
    """A number of an axis of the type, counted from the front. `more` axes may come to be."""
    found = default if node is None else integer(node)
    rank = len(shape_of(type_)) + more
    if found is None:
        raise Wrong("needs the number of an axis, known here: `axis=0`", node)
    if not -rank <= found < rank:
        raise Wrong(f"has no axis {found}: {spell(type_)} has {rank - more}", node)
    return found % rank


def axes_in(type_: Type, node: tree.Expression | None) -> list[int]:
    """Numbers of axes of the type, each once; all of them if nothing is said."""
    rank = len(shape_of(type_))
    found = list(range(rank)) if node is None else integers(node)
    if found is None:
        raise Wrong("needs numbers of axes, known here: `axis=[0, 1]`", node)
    if wrong := [axis for axis in found if not -rank <= axis < rank]:
        raise Wrong(f"has no axis {wrong[0]}: {spell(type_)} has {rank}", node)
    found = [axis % rank for axis in found]
    if len(set(found)) < len(found):
        raise Wrong("names an axis twice", node)
    return found


def two(node: tree.Expression | None, what: str, least: int, default: int) -> tuple[int, int]:
    """Two numbers, for height and width; one stands for both."""
    if node is None:
        return default, default
    found = integers(node)
    if found is None or len(found) not in (1, 2) or min(found) < least:
        raise Wrong(f"needs one or two numbers from {least} up as its `{what}`", node)
    return found[0], found[-1]


def known(checker: Checker, node: tree.Expression, shape: Shape) -> Shape:
    """A shape, of sizes that the function's parameters have."""
    for size, item in zip(shape, node.items if isinstance(node, tree.List) else [node]):
        for name in sorted(names_in([size]) - checker.known_sizes()):
            raise Wrong(f"does not know a size `{name}`: no parameter has it", item)
    return shape
