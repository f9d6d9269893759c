"""What is in the lanes of a block that no column fills, and where NaN gets to.

A block is a power of two long, and a row is not: the lanes left over hold what a masked load puts
there (`other=`), and all that is computed from it. Nothing of it is stored, but a reduction takes
all lanes. So in them must be what changes nothing: by the right `other=`, or by a `tl.where` before
the reduction.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

from tern.ir import EvaluationError
from tern.targets.triton_values import COLUMNS, Node, fold, neutral
from tern.types import FloatType

_MOST = 3  # loads of which all choices together are tried; of more, only one choice for all of them


def lanes(nodes: Sequence[Node], others: dict[Node, Any]) -> dict[Node, Any]:
    """The number in the lanes left over of each node, None if that is not known.

    `nodes` come after their operands; `others` are the numbers that loads put there.
    """
    found: dict[Node, Any] = {}
    for node in nodes:
        found[node] = _lane(node, others, found)
    return found


def _lane(node: Node, others: dict[Node, Any], found: dict[Node, Any]) -> Any:
    if node.kind == "constant":
        return node.constant
    if node.kind == "load":
        return others.get(node)
    if node.kind != "compute" or COLUMNS not in node.over:
        return None
    if (end := _less_its_end(node)) is not None and found[node.operands[0]] == end:
        return end
    given = [found[operand] for operand in node.operands]
    if None in given:
        return None
    try:
        return fold(node.op, given, node.element, [operand.element for operand in node.operands])
    except EvaluationError:
        return None


def _less_its_end(node: Node) -> float | None:
    """-inf of `x - max(x)`, and inf of `x - min(x)`; None of anything else.

    There, infinity less the end is itself, unless the end is infinite; and then the row has NaN in
    it anyway, because every row has an element.
    """
    if node.does != "arith.subf" or node.operands[1].kind != "reduce":
        return None
    x, end = node.operands
    ends = ("arith.maximumf", "arith.minimumf")
    return neutral(end.does, end.element) if end.operands[0] is x and end.does in ends else None


def needs_where(node: Node, found: dict[Node, Any]) -> bool:
    """Whether a reduction must choose among the lanes first."""
    (operand,) = node.operands
    return found[operand] != neutral(node.does, node.element)


def choose_others(nodes: Sequence[Node]) -> dict[Node, Any]:
    """The `other=` of each load that needs one: as few tl.where as can be, then as few `other=`."""
    loads = [node for node in nodes if node.kind == "load" and COLUMNS in node.over]
    reductions = [node for node in nodes if node.kind == "reduce"]

    def choices(load: Node) -> list[Any]:
        known = {neutral(node.does, load.element) for node in reductions}
        return [None, *sorted(known - {None}, key=abs)]

    if len(loads) <= _MOST:
        tried = list(product(*map(choices, loads)))
    else:
        tried = list(
            zip(*[[None] * 4 if c == [None] else (c * 4)[:4] for c in map(choices, loads)])
        )

    def cost(given: Sequence[Any]) -> tuple[int, int]:
        found = lanes(nodes, dict(zip(loads, given)))
        return sum(needs_where(each, found) for each in reductions), sum(
            each is not None for each in given
        )

    best = min(tried, key=cost)
    return {load: other for load, other in zip(loads, best) if other is not None}


def loses_nan(end: Node, nodes: Sequence[Node]) -> bool:
    """Whether the result could tell that a maximum or minimum passed over NaN.

    It cannot in softmax: there a NaN in x is one in the sum of the exponentials as well, and from
    there it gets to all of the row, whatever max(x) was.
    """
    if not isinstance(end.element, FloatType):
        return False
    (x,) = end.operands
    lane, row = {x}, set()  # what has NaN where x has it, and what has it everywhere then
    for node in nodes:
        if node.does == "arith.addf" and node.kind == "reduce" and node.operands[0] in lane:
            row.add(node)
        elif node.kind in ("compute", "reduce") and _passes_nan_on(node):
            if row.intersection(node.operands):
                row.add(node)
            elif lane.intersection(node.operands):
                lane.add(node)
    return nodes[-1] not in row


def _passes_nan_on(node: Node) -> bool:
    return (
        node.kind == "compute"
        and isinstance(node.element, FloatType)
        and all(isinstance(operand.element, FloatType) for operand in node.operands)
    )
