"""A whole module of StableHLO, from text or from jaxlib's objects, as a module of tern."""

from __future__ import annotations

from typing import Any

from tern.frontends.stablehlo.convert import to_tern
from tern.frontends.stablehlo.reader import read_stablehlo
from tern.ir import Operation, functions, new_module, verify
from tern.text.diagnostics import Source


def import_stablehlo(program: str | Source | Any) -> Operation:
    """The module of tern that a module of StableHLO is: a text, or jaxlib's object of it.

    Integers that are unsigned there have no sign here, but for ui8, which is u8. `@main` and what
    it calls keep their names.

    Raises:
        Diagnostic: the text cannot be read; the message points at it.
        StableHloError: an operation has no form in tern; `location` says where it is.
    """
    text = isinstance(program, (str, Source))
    read = read_stablehlo(program) if text else from_objects(program)
    module = new_module()
    for func in functions(read):
        made = to_tern(func)
        if func.attributes.get("sym_visibility") == "private":
            made.attributes["sym_visibility"] = "private"
        module.body.only_block.append(made)
    verify(module)
    return module


def from_objects(module: Any) -> Operation:
    """What `read_stablehlo` gives, of one of jaxlib's modules (jaxlib.mlir.ir.Module), such as
    `jax.jit(f).lower(…).compiler_ir("stablehlo")` is. It is asked for its generic form, which has
    a place for everything."""
    return read_stablehlo(
        module.operation.get_asm(print_generic_op_form=True, enable_debug_info=True)
    )
