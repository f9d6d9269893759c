"""XLA from the inside: what the readers of chapter 18 write, and what their work is tried on.

Importing this package imports NumPy alone. What asks the real XLA is in `real`, `hook`, and
`networks`, and imports jax when it's called.
"""

from tern.workshop.xla import ops
from tern.workshop.xla.costs import CostError, cost
from tern.workshop.xla.evaluate import EvaluateError, evaluate
from tern.workshop.xla.fused import fused_module, kernels_of
from tern.workshop.xla.fusion import fuse
from tern.workshop.xla.graphs import random_graph, random_slices
from tern.workshop.xla.hlo import Computation, Instruction, Module, Shape
from tern.workshop.xla.hlo_text import HloError, read_module
from tern.workshop.xla.jaxpr import Equation, Jaxpr, Literal, ShapedArray, Var, inlined
from tern.workshop.xla.kernels import bytes_accessed, in_order, mistake, traffic
from tern.workshop.xla.narrowing import narrow
from tern.workshop.xla.programs import Program, long_program, random_program
from tern.workshop.xla.rewrites import rewrite_mistake
from tern.workshop.xla.sharding import (
    matmul_bytes,
    plan_bytes,
    reshard_bytes,
    shard,
    shardings,
)
from tern.workshop.xla.tracer import trace

__all__ = [
    "Computation",
    "CostError",
    "Equation",
    "EvaluateError",
    "HloError",
    "Instruction",
    "Jaxpr",
    "Literal",
    "Module",
    "Program",
    "Shape",
    "ShapedArray",
    "Var",
    "bytes_accessed",
    "cost",
    "evaluate",
    "fuse",
    "fused_module",
    "in_order",
    "inlined",
    "kernels_of",
    "long_program",
    "matmul_bytes",
    "mistake",
    "narrow",
    "ops",
    "plan_bytes",
    "random_graph",
    "random_program",
    "random_slices",
    "read_module",
    "reshard_bytes",
    "rewrite_mistake",
    "shard",
    "shardings",
    "trace",
    "traffic",
]
