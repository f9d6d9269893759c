"""LLVM as a target: the text of any function that it can do, and what it compiles to."""

from __future__ import annotations

from tern.ir import Operation
from tern.targets.facts import Facts
from tern.targets.llvm.emit import emit_llvm
from tern.targets.llvm.helpers import complete
from tern.targets.llvm.loops import DENSE
from tern.targets.llvm.nests import compile_loops, functions_text
from tern.targets.llvm.scalars import compile_scalars, is_scalar, with_callees
from tern.targets.parameters import Layout
from tern.targets.python_source import parts_of
from tern.targets.runtime import Compiled
from tern.targets.threads import compile_threads, is_parallel


def llvm_text(*funcs: Operation, facts: Facts = DENSE.facts) -> str:
    """A module of functions, of scalars or of loops, and of what they call.

    EmitError if one of them has no form.
    """
    scalars = with_callees([func for func in funcs if is_scalar(func)])
    loops = [func for func in funcs if not is_scalar(func)]
    texts = [emit_llvm(func) for func in scalars]
    texts += [functions_text(parts_of(func), Layout(facts=facts)) for func in loops]
    return complete("\n".join(texts))


def compile_llvm(
    func: Operation,
    *,
    level: int = 3,
    cpu: str = "",
    threads: int = 1,
    facts: Facts = DENSE.facts,
) -> Compiled:
    """A function as machine code: of scalars, or of affine loops over buffers.

    One of scalars takes Python's numbers and gives what the interpreter gives, to the bit. One of
    loops takes NumPy arrays of any layout, and numbers, and changes the arrays in place. Where
    there is no result, EvaluationError is raised, as by the interpreter. What functions of the C
    library compute otherwise, tern.conformance.PERMITTED says. Nothing stops a loop without end.

    Args:
        level: that of LLVM's optimizer, 0 to 3.
        cpu: what the code is for, such as "x86-64-v3"; this processor if it is empty.
        facts: of a function of loops, what the text tells LLVM of it besides.
        threads: how many run an outermost affine.parallel. The results do not depend on it.

    Raises:
        EmitError: an operation, or a type, has no form in LLVM IR.
    """
    if is_scalar(func):
        return compile_scalars(func, level, cpu)
    if threads > 1 and is_parallel(func):
        return compile_threads(func, lambda each: compile_loops(each, level, cpu, facts), threads)
    return compile_loops(func, level, cpu, facts)


def optimized(*funcs: Operation) -> str:
    """What LLVM's optimizer makes of the functions' module, for this processor."""
    from tern.targets.llvm.jit import optimized_text

    return optimized_text(llvm_text(*funcs))
