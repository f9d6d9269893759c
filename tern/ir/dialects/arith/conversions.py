"""What makes numbers of one type from those of another: alone or elementwise on tensors."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from tern.ir.core import Operation
from tern.ir.dialects.evaluate import (
    Compute,
    array_signed,
    array_unsigned,
    array_wrapped,
    dtype_of,
    narrowed,
    result_element,
)
from tern.ir.dialects.forms import (
    SIGNED,
    check_counts,
    element_of,
    parse_cast,
    print_cast,
    shape_of,
    unsigned_read_as_signed,
)
from tern.ir.errors import EvaluationError
from tern.ir.registry import NOTHING, Definition, Evaluation, register
from tern.lazily import Lazily
from tern.numbers import float_bits, float_of_bits, round_to, width_of, wrap_to
from tern.types import FloatType, IndexType, IntegerType, own_spelling

if TYPE_CHECKING:
    import numpy as np
else:
    np = Lazily("numpy")

INTEGERS = (IntegerType, IndexType)


def source_element(op: Operation) -> Any:
    return element_of(op.operands[0].type)


# integers to integers: what the bits are read as, and then wrapped ------------------------------


def _signed(a: int, type: IntegerType | IndexType) -> int:
    return -a if width_of(type) == 1 else a


def _unsigned(a: int, type: IntegerType | IndexType) -> int:
    return a & ((1 << width_of(type)) - 1)


def resized(unsigned: bool) -> Evaluation:
    """The number that the bits are, read as signed or unsigned, modulo the new width."""
    read, array_read = (_unsigned, array_unsigned) if unsigned else (_signed, array_signed)

    def scalar(op: Operation) -> Compute:
        before, after = source_element(op), result_element(op)
        return lambda a: wrap_to(read(a, before), after)

    def array(op: Operation) -> Compute:
        dtype = dtype_of(result_element(op))
        return lambda a: array_wrapped(array_read(a), dtype)

    return Evaluation(scalar, array)


# integers to floats -----------------------------------------------------------------------------


def made_float(unsigned: bool) -> Evaluation:
    """The nearest number of the format."""
    read, array_read = (_unsigned, array_unsigned) if unsigned else (_signed, array_signed)

    def scalar(op: Operation) -> Compute:
        before, after = source_element(op), result_element(op)
        return lambda a: round_to(int(read(a, before)), after)

    def array(op: Operation) -> Compute:
        after = result_element(op)
        dtype = dtype_of(after)
        if after.fraction + 1 >= 11 or width_of(source_element(op)) <= 8:  # NumPy rounds once
            return lambda a: array_read(a).astype(dtype)

        def rounded(a: Any) -> Any:
            numbers = [round_to(int(number), after) for number in array_read(a).flat]
            return np.array(numbers, np.float32).reshape(a.shape).astype(dtype)

        return rounded

    return Evaluation(scalar, array)


# floats to integers -----------------------------------------------------------------------------


def truncated(unsigned: bool) -> Evaluation:
    """The whole part, which must be a number of the type."""

    def limits(op: Operation) -> tuple[int, int, Any]:
        type = result_element(op)
        width = width_of(type)
        return (0, 2**width, type) if unsigned else (-(2 ** (width - 1)), 2 ** (width - 1), type)

    def scalar(op: Operation) -> Compute:
        least, end, type = limits(op)

        def truncate(a: float) -> int:
            if not math.isfinite(a) or not least <= int(a) < end:
                raise EvaluationError(f"{a} does not fit in an {own_spelling(type)}")
            return wrap_to(int(a), type)

        return truncate

    def array(op: Operation) -> Compute:
        least, end, type = limits(op)
        dtype = dtype_of(type)

        def truncate(a: Any) -> Any:
            whole = np.trunc(a.astype(np.float64))
            if not np.all((whole >= least) & (whole < end)):
                raise EvaluationError(f"a number does not fit in an {own_spelling(type)}")
            if dtype.kind == "b":
                return whole != 0
            return whole.astype(f"u{dtype}" if unsigned and dtype.kind == "i" else dtype).view(
                dtype
            )

        return truncate

    return Evaluation(scalar, array)


# floats to floats, and bits -----------------------------------------------------------------------


def scalar_rounded(op: Operation) -> Compute:
    type = result_element(op)
    return lambda a: round_to(a, type)


def array_rounded(op: Operation) -> Compute:
    dtype = dtype_of(result_element(op))
    return lambda a: narrowed(a, dtype) if a.dtype == np.float64 else a.astype(dtype)


def scalar_bits(op: Operation) -> Compute:
    before, after = source_element(op), result_element(op)

    def reread(a: Any) -> Any:
        bits = float_bits(a, before) if isinstance(before, FloatType) else _unsigned(a, before)
        return float_of_bits(bits, after) if isinstance(after, FloatType) else wrap_to(bits, after)

    return reread


def array_bits(op: Operation) -> Compute:
    dtype = dtype_of(result_element(op))
    return lambda a: a.view(dtype)


# the definitions ----------------------------------------------------------------------------------


def conversion(
    name: str,
    source: type | tuple[type, ...],
    target: type | tuple[type, ...],
    evaluation: Evaluation,
    width: str = "any",
    fails: str = "",
) -> Definition:
    """`width`: whether the result must be "wider", "narrower", "equal", or may be "any"."""
    fits_width = {
        "wider": lambda old, new: old.width < new.width,
        "narrower": lambda old, new: old.width > new.width,
        "equal": lambda old, new: old.width == new.width,
        "any": lambda old, new: True,
    }[width]

    def check(op: Operation) -> str | None:
        if len(op.operands) != 1 or len(op.results) != 1 or op.successors or op.regions:
            return check_counts(op, 1, 1)
        before, after = op.operands[0].type, op.results[0].type
        old, new = element_of(before), element_of(after)
        fits = (
            shape_of(before) == shape_of(after)
            and isinstance(old, source)
            and isinstance(new, target)
            and fits_width(old, new)
        )
        if name.startswith("arith.index_cast"):
            fits = fits and isinstance(old, IndexType) != isinstance(new, IndexType)
        if not fits:
            return f"{name} cannot make {own_spelling(after)} of {own_spelling(before)}"
        return unsigned_read_as_signed(name, before) if name in SIGNED else None

    return Definition(name, print_cast, parse_cast, check, evaluation, NOTHING, fails)


NUMBERS = (IntegerType, FloatType)
_rounded = Evaluation(scalar_rounded, array_rounded)

register(
    conversion("arith.sitofp", IntegerType, FloatType, made_float(unsigned=False)),
    conversion("arith.uitofp", IntegerType, FloatType, made_float(unsigned=True)),
    conversion("arith.fptosi", FloatType, IntegerType, truncated(False), fails="conversion"),
    conversion("arith.fptoui", FloatType, IntegerType, truncated(True), fails="conversion"),
    conversion("arith.extsi", IntegerType, IntegerType, resized(unsigned=False), "wider"),
    conversion("arith.extui", IntegerType, IntegerType, resized(unsigned=True), "wider"),
    conversion("arith.trunci", IntegerType, IntegerType, resized(unsigned=True), "narrower"),
    conversion("arith.extf", FloatType, FloatType, _rounded, "wider"),
    conversion("arith.truncf", FloatType, FloatType, _rounded, "narrower"),
    conversion("arith.index_cast", INTEGERS, INTEGERS, resized(unsigned=False)),
    conversion("arith.index_castui", INTEGERS, INTEGERS, resized(unsigned=True)),
    conversion("arith.bitcast", NUMBERS, NUMBERS, Evaluation(scalar_bits, array_bits), "equal"),
)
