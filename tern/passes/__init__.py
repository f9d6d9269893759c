"""Transformations of the IR, one a file."""

from tern.analysis.dependence import (
    Dependence,
    dependence_vectors,
    dependences,
    is_permutable,
)
from tern.analysis.nests import NestError, band, loop_names, nests
from tern.passes.dead_code import erase_dead_operations
from tern.passes.fuse import fuse, fuse_all
from tern.passes.interchange import interchange, is_legal_order
from tern.passes.lower_scf import lower_scf
from tern.passes.manager import PassManager
from tern.passes.outline import outline
from tern.passes.scalar_replacement import scalar_replacement
from tern.passes.schedule import schedule
from tern.passes.tile import tile
from tern.passes.unroll import peel, unroll_and_jam

__all__ = [
    "Dependence",
    "NestError",
    "PassManager",
    "band",
    "dependence_vectors",
    "dependences",
    "erase_dead_operations",
    "fuse",
    "fuse_all",
    "interchange",
    "is_legal_order",
    "is_permutable",
    "loop_names",
    "lower_scf",
    "nests",
    "outline",
    "peel",
    "scalar_replacement",
    "schedule",
    "tile",
    "unroll_and_jam",
]
