"""What is known about a program, without changing it."""

from tern.analysis.constants import VARYING
from tern.analysis.dataflow import GenKill, Problem, Solution, Tables, solve
from tern.analysis.vectors import vector_obstacle

__all__ = [
    "VARYING",
    "GenKill",
    "Problem",
    "Solution",
    "Tables",
    "solve",
    "vector_obstacle",
]
