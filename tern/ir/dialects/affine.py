"""affine: loops whose bounds, and accesses whose subscripts, are affine expressions.

Loops and accesses hold the rows of tern.ir.dialects.affine_maps as attributes. An affine.for
starts at the greatest of the rows of `lower`, ends before the least of those of `upper`, and
goes by `step`; its operands are those of the lower bound, then those of the upper. An
affine.parallel is the same, but that its iterations may run in any order, and at once. The
accesses are in affine_access.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from tern.ir.core import Operation, Region, Value
from tern.ir.dialects.affine_access import (
    LOADS,
    STORES,
    access,
    new_load,
    new_prefetch,
    new_store,
    new_vector_load,
    new_vector_store,
)
from tern.ir.dialects.affine_maps import (
    Map,
    Row,
    expression_text,
    is_map,
    map_text,
    merged,
    parse_applied_map,
    parse_sum,
    rows_of,
)
from tern.ir.dialects.affine_operands import LOOPS, check_operands, is_induction_variable, owner
from tern.ir.dialects.forms import check_counts
from tern.ir.registry import Definition, Parser, Printer, Text, is_terminator, register
from tern.types import index

__all__ = [
    "LOADS",
    "LOOPS",
    "STORES",
    "Map",
    "Row",
    "access",
    "expression_text",
    "is_induction_variable",
    "lower_bound",
    "merged",
    "new_for",
    "new_load",
    "new_prefetch",
    "new_store",
    "new_vector_load",
    "new_vector_store",
    "upper_bound",
]


# affine.for -----------------------------------------------------------------------------------


def lower_bound(loop: Operation) -> tuple[list[Value], Map]:
    """Operands and rows of a loop's lower bound: it starts at the greatest of the rows."""
    rows = loop.attributes["lower"]
    return loop.operands[: len(rows[0]) - 1], rows


def upper_bound(loop: Operation) -> tuple[list[Value], Map]:
    """Operands and rows of a loop's upper bound: it ends before the least of the rows."""
    return loop.operands[len(loop.attributes["lower"][0]) - 1 :], loop.attributes["upper"]


def new_for(
    lower: tuple[Sequence[Value], Iterable[Row]],
    upper: tuple[Sequence[Value], Iterable[Row]],
    step: int = 1,
    location: Any = None,
) -> Operation:
    """An affine.for of an empty body: `lower` and `upper` are operands and rows each."""
    operands_lower, rows_lower = merged(*lower)
    operands_upper, rows_upper = merged(*upper)
    region = Region()
    region.add_block([index]).append(Operation("affine.yield"))
    attributes = {"lower": rows_lower, "upper": rows_upper, "step": step}
    operands = operands_lower + operands_upper
    return Operation("affine.for", operands, (), attributes, regions=[region], location=location)


def _bound_text(p: Printer, bound: tuple[list[Value], Map], word: str) -> str:
    operands, rows = bound
    if len(rows) == 1:
        if not operands:
            return str(rows[0][0])
        if rows[0] == (1, 0) and not is_induction_variable(operands[0]):
            return p.values[operands[0]]
        return map_text(p, operands, rows)
    return f"{word} {map_text(p, operands, rows)}"


def print_for(p: Printer, op: Operation) -> Text:
    return _loop_text(p, op, "{}", _bound_text)


def _loop_text(
    p: Printer,
    op: Operation,
    form: str,
    bound_text: Callable[[Printer, tuple[list[Value], Map], str], str],
) -> Text:
    """A loop, whose variable and step are written in a form of its own."""
    p.name_entry(op.body)
    variable = form.format(p.values[op.body.blocks[0].args[0]])
    lower, upper = bound_text(p, lower_bound(op), "max"), bound_text(p, upper_bound(op), "min")
    step = op.attributes["step"]
    steps = f" step {form.format(step)}" if step != 1 else ""
    return [f"{op.name} {variable} = {lower} to {upper}{steps} ", op.body]


def _parse_bound(p: Parser, word: str) -> tuple[list[Value], Map]:
    p.accept(word)
    token = p.peek()
    if token == "#" or token == "affine_map":
        return parse_applied_map(p)
    if token[:1] == "%":
        return [p.value()], ((1, 0),)
    return [], ((p.integer(),),)


def parse_for(p: Parser, name: str) -> Operation:
    variable = p.new_name()
    p.expect("=")
    lower_operands, lower = _parse_bound(p, "max")
    p.expect("to")
    upper_operands, upper = _parse_bound(p, "min")
    step = p.integer() if p.accept("step") else 1
    return _with_body(p, name, lower_operands + upper_operands, (lower, upper, step), variable)


def check_for(op: Operation) -> str | None:
    name = op.name
    if message := check_counts(op, len(op.operands), 0, 0, 1):
        return message
    lower, upper = op.attributes.get("lower"), op.attributes.get("upper")
    step = op.attributes.get("step")
    if not (isinstance(lower, tuple) and lower and isinstance(lower[0], tuple) and lower[0]):
        return f"{name} needs a lower bound"
    below = len(lower[0]) - 1
    if not is_map(lower, below) or not upper or not is_map(upper, len(op.operands) - below):
        return f"the bounds of {name} do not fit its operands"
    if not isinstance(step, int) or isinstance(step, bool) or step < 1:
        return f"{name} counts up by 1 or more, not by {step}"
    if message := check_operands(op, op.operands):
        return message
    if len(op.body.blocks) != 1:
        return f"the region of {name} is one block, not {len(op.body.blocks)}"
    block = op.body.blocks[0]
    if [arg.type for arg in block.args] != [index]:
        return f"the block of {name} takes its induction variable, of type index"
    if block.terminator is None or block.terminator.name != "affine.yield":
        return f"the region of {name} must end in affine.yield"
    return None


def print_yield(p: Printer, op: Operation) -> Text | None:
    return None if owner(op.parent) in LOOPS else "affine.yield"


def parse_yield(p: Parser, name: str) -> Operation:
    return Operation(name)


def check_yield(op: Operation) -> str | None:
    if message := check_counts(op, 0, 0):
        return message
    return None if owner(op.parent) in LOOPS else "affine.yield stands in a loop"


# affine.parallel ------------------------------------------------------------------------------


def _limit_text(p: Printer, bound: tuple[list[Value], Map], word: str) -> str:
    """A bound of affine.parallel, which shows its expressions in place: `max(%i, 2)`."""
    operands, rows = bound
    names = [p.values[value] for value in operands]
    text = ", ".join(expression_text(row, names) for row in rows)
    return f"({word}({text}))" if len(rows) > 1 else f"({text})"


def print_parallel(p: Printer, op: Operation) -> Text:
    return _loop_text(p, op, "({})", _limit_text)


def _parse_limit(p: Parser, word: str) -> tuple[list[Value], Map]:
    p.expect("(")
    sums = []
    if p.accept(word):
        p.expect("(")
        while not p.accept(")"):
            if sums:
                p.expect(",")
            sums.append(parse_sum(p))
    else:
        sums.append(parse_sum(p))
    p.expect(")")
    return rows_of(sums)


def parse_parallel(p: Parser, name: str) -> Operation:
    p.expect("(")
    variable = p.new_name()
    p.expect(")")
    p.expect("=")
    lower_operands, lower = _parse_limit(p, "max")
    p.expect("to")
    upper_operands, upper = _parse_limit(p, "min")
    step = 1
    if p.accept("step"):
        p.expect("(")
        step = p.integer()
        p.expect(")")
    return _with_body(p, name, lower_operands + upper_operands, (lower, upper, step), variable)


def _with_body(
    p: Parser, name: str, operands: list[Value], bounds: tuple[Map, Map, int], variable: str
) -> Operation:
    """A loop, whose region comes next in the text."""
    region = Region()
    region.add_block([index])
    attributes = dict(zip(("lower", "upper", "step"), bounds))
    op = Operation(name, operands, (), attributes, regions=[region])
    p.region(region, entry_names=[variable])
    last = region.blocks[0].terminator
    if last is None or not is_terminator(last):
        region.blocks[0].append(Operation("affine.yield"))
    return op


register(
    Definition("affine.for", print_for, parse_for, check_for),
    Definition("affine.parallel", print_parallel, parse_parallel, check_for),
    Definition("affine.yield", print_yield, parse_yield, check_yield, terminator=True),
)
