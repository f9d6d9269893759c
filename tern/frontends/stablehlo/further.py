"""What else StableHLO has, beside what `to_tern` knows itself.

Each rule is one operation: it appends to the builder what it is in tern, of operands that are
tern's, and gives the results; None where tern has no form for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tern.frontends.stablehlo import bodies, numbers, parts, windows
from tern.ir import Builder, Operation, Value

Rule = Callable[[Builder, Operation, list[Value]], "Sequence[Value] | None"]


def further(b: Builder, op: Operation, values: list[Value]) -> Sequence[Value] | None:
    """The results of an operation that `to_tern` does not know; None if there is no form."""
    rule = RULES.get(op.name.removeprefix("stablehlo."))
    return rule(b, op, values) if rule else None


RULES: dict[str, Rule] = {
    "convert": numbers.convert,
    "bitcast_convert": numbers.bitcast_convert,
    "negate": numbers.negate,
    "abs": numbers.absolute,
    "not": numbers.bits_not,
    "logistic": numbers.logistic,
    "clamp": numbers.clamp,
    "is_finite": numbers.is_finite,
    "chlo.erf": numbers.erf,
    "custom_call": numbers.erf,
    "reshape": parts.reshape,
    "iota": parts.iota,
    "slice": parts.slice_,
    "dynamic_slice": parts.dynamic_slice,
    "dynamic_update_slice": parts.dynamic_update_slice,
    "concatenate": parts.concatenate,
    "pad": parts.pad,
    "reverse": parts.reverse,
    "gather": parts.gather,
    "reduce": bodies.reduce,
    "convolution": windows.convolution,
    "reduce_window": windows.reduce_window,
}
