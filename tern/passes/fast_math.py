"""What a program permits about floating-point sums and products, written on each of them."""

from __future__ import annotations

from tern.ir import Operation
from tern.ir.dialects.forms import FASTMATH, FLAGGED


def permit(root: Operation, *flags: str) -> int:
    """Add flags to every operation inside `root` that can have them, in place.

    "reassoc": sums and products may be formed in any order, as a vector of partial sums does.
    "arcp": a division may be a product with the reciprocal. "contract": a product and a sum may be
    rounded once, as a multiply-add does. All change how results are rounded, so nothing adds them
    on its own. Gives the number of operations.

    Raises:
        ValueError: a flag is none of these.
    """
    if unknown := set(flags) - set(FASTMATH):
        raise ValueError(f"{min(unknown)!r} is not one of {FASTMATH}")
    found = [op for op in root.walk() if op.name in FLAGGED]
    for op in found:
        both = {*flags, *op.attributes.get("fastmath", ())}
        op.attributes = {**op.attributes, "fastmath": tuple(f for f in FASTMATH if f in both)}
    return len(found)


def permits(op: Operation, flag: str) -> bool:
    """Whether an operation has a flag."""
    return flag in op.attributes.get("fastmath", ())
