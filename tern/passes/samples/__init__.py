"""Random programs for passes to prove themselves on, each kind made for what passes get wrong."""

from tern.passes.samples.graphs import random_graph_program
from tern.passes.samples.in_step import loops_in_step
from tern.passes.samples.planted import planted_program
from tern.passes.samples.programs import random_arguments, random_program

__all__ = [
    "loops_in_step",
    "planted_program",
    "random_arguments",
    "random_graph_program",
    "random_program",
]
