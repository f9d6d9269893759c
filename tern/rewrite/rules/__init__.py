"""The rules that tern's canonical forms are defined by, each proved (tern.rewrite.proofs)."""

from tern.rewrite.rules.choices import CHOICES
from tern.rewrite.rules.conversions import CONVERSIONS
from tern.rewrite.rules.floats import FLOATS
from tern.rewrite.rules.integers import INTEGERS
from tern.rewrite.rules.tensors import TENSORS

SCALAR = (*INTEGERS, *CHOICES, *CONVERSIONS, *FLOATS)
"""Rules for numbers, and for tensors element by element."""

TENSOR = TENSORS
"""Rules for tensors as a whole."""

RULES = (*SCALAR, *TENSOR)

__all__ = ["RULES", "SCALAR", "TENSOR"]
