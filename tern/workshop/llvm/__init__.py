"""LLVM from the inside: passes in C++ that opt loads, and what LLVM IR means, in Python."""

from tern.workshop.llvm.annotate import annotate
from tern.workshop.llvm.strength_test import strength_test
from tern.workshop.llvm.verdict import verdict

__all__ = ["annotate", "strength_test", "verdict"]
