"""Imports TVM for the judge, without PyTorch: tvm_ffi would import that, and take twice as long.

A chapter's `preload` names this module, so that TVM is imported once, before the judge forks
anything. What multiplies NumPy's matrices is looked for as well: it is found in /proc, which is
closed afterwards.
"""

from __future__ import annotations

import os
import sys

# On a Mac with Apple silicon this is Accelerate, which threadpoolctl does not know.
os.environ.setdefault("VECLIB_MAXIMUM_THREADS", "1")

import numpy  # noqa: F401
import threadpoolctl

pools = threadpoolctl.ThreadpoolController()


def import_tvm() -> None:
    """Import TVM. ImportError with one line where it is not installed."""
    if "tvm" in sys.modules:
        return
    hide = "torch" not in sys.modules
    if hide:
        sys.modules["torch"] = None  # type: ignore[assignment]  # what makes an import fail
    try:
        import tvm  # noqa: F401
    finally:
        if hide:
            del sys.modules["torch"]


def one_thread() -> None:
    """Let NumPy's matrix products run in one thread; they start one for each core otherwise."""
    pools.limit(limits=1, user_api="blas")


import_tvm()
