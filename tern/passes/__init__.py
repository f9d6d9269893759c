"""Transformations of the IR, one a file."""

from tern.passes.dead_code import erase_dead_operations
from tern.passes.lower_scf import lower_scf

__all__ = ["erase_dead_operations", "lower_scf"]
