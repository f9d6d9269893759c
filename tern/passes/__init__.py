"""Transformations of the IR, one a file."""

from tern.analysis.dependence import (
    Dependence,
    dependence_vectors,
    dependences,
    is_permutable,
)
from tern.analysis.nests import NestError, band, loop_names, nests
from tern.passes.constants import sccp
from tern.passes.dead_code import dce, erase_dead_operations
from tern.passes.fuse import fuse, fuse_all
from tern.passes.hoist import licm
from tern.passes.inline import inline
from tern.passes.interchange import interchange, is_legal_order
from tern.passes.lower_scf import lower_scf
from tern.passes.manager import Pass, PassManager
from tern.passes.number_values import gvn
from tern.passes.outline import outline
from tern.passes.pipeline import O1, PASSES, optimize, pipeline
from tern.passes.reduce_strength import reduce_strength
from tern.passes.scalar_replacement import scalar_replacement
from tern.passes.schedule import schedule
from tern.passes.simplify_cfg import simplify_cfg
from tern.passes.tile import tile
from tern.passes.unroll import peel, unroll_and_jam

__all__ = [
    "Dependence",
    "NestError",
    "O1",
    "PASSES",
    "Pass",
    "PassManager",
    "band",
    "dce",
    "dependence_vectors",
    "dependences",
    "erase_dead_operations",
    "fuse",
    "fuse_all",
    "gvn",
    "inline",
    "interchange",
    "is_legal_order",
    "is_permutable",
    "licm",
    "loop_names",
    "lower_scf",
    "nests",
    "optimize",
    "outline",
    "peel",
    "pipeline",
    "reduce_strength",
    "scalar_replacement",
    "sccp",
    "schedule",
    "simplify_cfg",
    "tile",
    "unroll_and_jam",
]
