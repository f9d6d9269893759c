"""arith, and math beside it: constants and select, integers, floats, comparisons, conversions."""

from tern.ir.dialects.arith import comparisons, constants, conversions, floats, integers

__all__ = ["comparisons", "constants", "conversions", "floats", "integers"]
