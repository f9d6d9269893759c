"""Functions of tern as a module of StableHLO."""

from __future__ import annotations

from tern.errors import at
from tern.ir import Operation, is_private
from tern.targets.errors import EmitError
from tern.targets.mlir.emit import with_callees
from tern.targets.stablehlo import generic, moving, structured  # noqa: F401  (they tell the rules)
from tern.targets.stablehlo.function import Function
from tern.targets.stablehlo.writer import type_text


def stablehlo_text(*funcs: Operation, entry: str = "") -> str:
    """A module of functions and of what they call, in StableHLO's text, which jaxlib verifies.

    A number is a tensor of rank 0, an index an i64. Floats are written as the bits that they have.
    With `entry`, the first function is called so: XLA calls `main`. O(n).

    Raises:
        EmitError: an operation has no form, or a size is not a number (tern.passes.specialize).
    """
    for func in funcs:  # before what they call, whose sizes follow
        with at(func.location):
            for type in func.attributes["function_type"].inputs:
                type_text(type)
    texts = []
    for func in with_callees(funcs):
        name = func.attributes["sym_name"]
        private = is_private(func) or func not in funcs
        renamed = entry if entry and func is funcs[0] else name
        with at(func.location):
            if len(func.body.blocks) != 1:
                raise EmitError(f"@{name} has control flow, which tern does not write in StableHLO")
            texts.append(Function(func).write(renamed, private))
    return "\n".join(["module {", *texts, "}\n"])
