"""Compiling loop nests with Numba."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tern.generated import load
from tern.ir import Operation
from tern.ir.arrays import dtype_of
from tern.targets.arithmetic import HELPERS
from tern.targets.python_source import emit_python
from tern.targets.runtime import CompiledLoops

__all__ = ["compile_numba", "emit_python"]


def compile_numba(
    func: Operation, *, parallel: bool = False, fastmath: bool | set[str] = False
) -> CompiledNumba:
    """A function of affine loops, as one that takes NumPy arrays and changes them in place.

    The arguments are those of `func`: arrays of its element types, best C-contiguous, so that the
    step of the inner loop is known and it can use vector instructions; and numbers. They must not
    overlap. The first call of each layout compiles. `parallel` runs outermost loops without
    dependences on several threads, and `fastmath` lets LLVM reassociate sums and take all numbers
    for finite, or names what it may do, such as {"contract"}. Arguments, and the subscripts that
    they lead to, are checked before the loops run; of the loops, only memref.load and memref.store
    check. Where its numbers may differ from the interpreter's, tern.conformance.PERMITTED says, and
    FAILING what it does where there is no result: a shift too far, or an integer made of a float
    too large for it, is any number.

    Raises:
        EmitError: an operation, or a type, has no form for Numba.
    """
    import numba

    source = emit_python(func, parallel=parallel)
    namespace = load(source, f"tern {func.attributes['sym_name']}")
    for name, value in list(namespace.items()):
        if name in HELPERS:
            namespace[name] = numba.njit(value)
        elif getattr(value, "__module__", None) == namespace["__name__"]:
            namespace[name] = numba.njit(
                value,
                # else Numba warns that it found nothing
                parallel="prange" in value.__code__.co_names,
                fastmath=fastmath,
                error_model="numpy",
                boundscheck=False,
            )
    jitted = list(namespace.values())[-1]  # the function itself comes last in the source
    types = [arg.type for arg in func.body.blocks[0].args]

    def entry(*args: Any) -> None:
        jitted(*[_as_passed(arg, type) for arg, type in zip(args, types)])

    return CompiledNumba(func, source, entry, jitted)


def _as_passed(arg: Any, type: Any) -> Any:
    """A number as one of its type: Numba takes a Python float for one of 64 bits."""
    return arg if hasattr(arg, "shape") else dtype_of(type).type(arg)


@dataclass
class CompiledNumba(CompiledLoops):
    """What `compile_numba` gives: `jitted` is Numba's function, without checks."""

    jitted: Any = None
