"""Whether passes are right: programs before and after, on random and on all inputs."""

from tern.workshop.validation.compare import Difference, difference
from tern.workshop.validation.every_input import Lanes, all_lanes, first_difference, run_lanes
from tern.workshop.validation.every_program import SHAPES, every_program
from tern.workshop.validation.exhaustive import Counterexample, counterexample
from tern.workshop.validation.wrong import WRONG

__all__ = [
    "SHAPES",
    "WRONG",
    "Counterexample",
    "Difference",
    "Lanes",
    "all_lanes",
    "counterexample",
    "difference",
    "every_program",
    "first_difference",
    "run_lanes",
]
