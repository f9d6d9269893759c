"""Schedules in TVM: the programs of chapter 17, and the parts that its readers write.

Importing this package imports no TVM.
"""

from tern.workshop.schedules.cpu import fuse_epilogue, schedule_conv, schedule_matmul
from tern.workshop.schedules.gpu import schedule_gpu
from tern.workshop.schedules.programs import CONV, DENSE, MATMUL, PROGRAMS, Program
from tern.workshop.schedules.space import search_space
from tern.workshop.schedules.tools import cut, vector_shape

__all__ = [
    "CONV",
    "DENSE",
    "MATMUL",
    "PROGRAMS",
    "Program",
    "cut",
    "fuse_epilogue",
    "schedule_conv",
    "schedule_gpu",
    "schedule_matmul",
    "search_space",
    "vector_shape",
]
