"""Compiling loop nests with Numba."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tern.generated import load
from tern.ir import Operation
from tern.ir.arrays import dtype_of
from tern.targets.arithmetic import HELPERS
from tern.targets.python_source import emit_python, parts_of, python_text
from tern.targets.runtime import CompiledLoops
from tern.types import IndexType

__all__ = ["compile_numba", "emit_python"]


def compile_numba(
    func: Operation, *, parallel: bool = False, fastmath: bool | set[str] = False
) -> CompiledNumba:
    """A function of affine loops, as one that takes NumPy arrays and changes them in place.

    The arguments are those of `func`: arrays of its element types, best C-contiguous, so that the
    step of the inner loop is known and it can use vector instructions; and numbers. They must not
    overlap. The first call of each layout compiles, and takes as long as the number of different
    nests makes it. `parallel` runs outermost loops without dependences on several threads, and
    `fastmath` lets LLVM reassociate sums and take all numbers for finite, or names what it may do,
    such as {"contract"}. Arguments, and the subscripts that they lead to, are checked before the
    loops run; of the loops, only memref.load and memref.store check. Where its numbers may differ
    from the interpreter's, tern.conformance.PERMITTED says, and FAILING what it does where there is
    no result: a shift too far, or an integer made of a float too large for it, is any number.

    Raises:
        EmitError: an operation, or a type, has no form for Numba.
    """
    import numba

    parts = parts_of(func)
    source = python_text(parts, parallel)
    namespace = load(source, f"tern {func.attributes['sym_name']}")
    defined = [name for name, value in namespace.items() if _is_from(namespace, value)]
    for name in HELPERS:
        if name in namespace:
            namespace[name] = numba.njit(namespace[name])
    for name in defined[:-1] if _is_wrapper(parts[-1]) else defined:
        namespace[name] = numba.njit(
            namespace[name],
            # else Numba warns that it found nothing
            parallel="prange" in namespace[name].__code__.co_names,
            fastmath=fastmath,
            error_model="numpy",
            boundscheck=False,
        )
    jitted = namespace[defined[-1]]
    types = [arg.type for arg in func.body.blocks[0].args]

    def entry(*args: Any) -> None:
        jitted(*[_as_passed(arg, type) for arg, type in zip(args, types)])

    return CompiledNumba(func, source, entry, jitted)


def _is_from(namespace: dict[str, Any], value: Any) -> bool:
    """Whether a function was defined there, and not imported."""
    return getattr(value, "__module__", None) == namespace["__name__"]


def _is_wrapper(func: Operation) -> bool:
    """Whether a function only allocates buffers and calls others.

    Python does so as well as Numba, which would take as long to compile the calls as what is
    called. Of arithmetic there may only be sums and products of sizes, which Python has exact.
    """
    operations = func.body.only_block.operations
    return any(op.name == "func.call" for op in operations) and all(
        op.name in _OF_WRAPPERS or (op.name in _OF_SIZES and isinstance(op.result.type, IndexType))
        for op in operations
    )


_OF_WRAPPERS = frozenset(
    {"func.call", "func.return", "memref.alloc", "memref.alloca", "memref.dim"}
)
_OF_SIZES = frozenset({"arith.constant", "arith.addi", "arith.muli"})


def _as_passed(arg: Any, type: Any) -> Any:
    """A number as one of its type: Numba takes a Python float for one of 64 bits."""
    return arg if hasattr(arg, "shape") else dtype_of(type).type(arg)


@dataclass
class CompiledNumba(CompiledLoops):
    """What `compile_numba` gives: `jitted` is Numba's function, without checks; of many nests,
    Python's that calls those of Numba."""

    jitted: Any = None
