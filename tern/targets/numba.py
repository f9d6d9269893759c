"""Compiling loop nests with Numba."""

from __future__ import annotations

import linecache
from collections.abc import Callable
from itertools import count
from typing import Any

from tern.ir import Operation
from tern.ir.loops import check_argument
from tern.targets.arithmetic import HELPERS
from tern.targets.bounds import check_bounds
from tern.targets.python_source import emit_python

__all__ = ["compile_numba", "emit_python"]

_numbers = count()


def compile_numba(
    func: Operation, *, parallel: bool = False, fastmath: bool | set[str] = False
) -> Callable[..., None]:
    """A function of affine loops, as one that takes NumPy arrays and changes them in place.

    The arguments are those of `func`: arrays of its element types, best C-contiguous, so that the
    step of the inner loop is known and it can use vector instructions; and numbers. They must not
    overlap. The first call of each layout compiles. `parallel` runs outermost loops without
    dependences on several threads, and `fastmath` lets LLVM reassociate sums and take all numbers
    for finite, or names what it may do, such as {"contract"}. Arguments, and the subscripts that
    they lead to, are checked before the loops run; of the loops, only memref.load and memref.store
    check. Nothing checks what MLIR leaves undefined, a shift too far or an integer made of a float
    too large for it. And maximumf and minimumf of 0.0 and -0.0 give either, because NumPy's do not
    tell them apart; in MLIR and in the interpreter -0.0 is less.

    The attribute `source` has the Python source, `jitted` Numba's function without checks.

    Raises:
        EmitError: an operation, or a type, has no form for Numba.
    """
    import numba

    source = emit_python(func, parallel=parallel)
    name = func.attributes["sym_name"]
    file = f"<tern {name} {next(_numbers)}>"
    linecache.cache[file] = (len(source), None, source.splitlines(True), file)
    namespace: dict[str, Any] = {}
    exec(compile(source, file, "exec"), namespace)
    for helper in HELPERS:
        if helper in namespace:
            namespace[helper] = numba.njit(HELPERS[helper])
    function = list(namespace.values())[-1]  # the last thing that the source defines
    jitted = numba.njit(
        function,
        parallel="prange" in namespace,  # else Numba warns that it found nothing
        fastmath=fastmath,
        error_model="numpy",
        boundscheck=False,
    )
    block = func.body.blocks[0]
    types = [arg.type for arg in block.args]
    checked: set[tuple[Any, ...]] = set()

    def compiled(*args: Any) -> None:
        if len(args) != len(types):
            raise TypeError(f"@{name} takes {len(types)} arguments, not {len(args)}")
        given = [check_argument(arg, type) for arg, type in zip(args, types)]
        key = tuple(getattr(arg, "shape", arg) for arg in given)
        if key not in checked:
            check_bounds(func, given)
            checked.add(key)
        jitted(*[_as_passed(arg, type) for arg, type in zip(given, types)])

    compiled.__name__ = name
    compiled.source = source  # type: ignore[attr-defined]
    compiled.jitted = jitted  # type: ignore[attr-defined]
    return compiled


def _as_passed(arg: Any, type: Any) -> Any:
    """A number as one of its type: Numba takes a Python float for one of 64 bits."""
    if hasattr(arg, "shape"):
        return arg
    from tern.ir.arrays import dtype_of

    return dtype_of(type).type(arg)
