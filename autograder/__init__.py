"""Checks the book's exercises for correctness and for speed.

`autograder check chapter05` in a terminal runs a workbook under a judge that the workbook cannot
reach; `from autograder import check` gives the same test cells their meaning in a plain kernel;
`%load_ext autograder` there gives `%autograder check`, by that same judge; `from autograder import
predict` asks for a guess before a measurement; `from autograder import cpp` gives a kernel the
magic of cells in C++.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"


def load_ipython_extension(shell: Any) -> None:
    """What `%load_ext autograder` calls."""
    from autograder.reader import cpp_cells, magics

    magics.register(shell)
    cpp_cells.register(shell)


def __getattr__(name: str) -> Any:
    if name == "predict":  # not imported before it is asked for
        from autograder.reader.predictions import predict

        return predict
    if name == "cpp":  # whose import makes %%cpp known to the kernel
        return importlib.import_module("autograder.reader.cpp_cells")
    if name == "colab":  # what notebooks' first cell imports
        return importlib.import_module("autograder.reader.colab")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
