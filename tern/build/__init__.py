"""Syntax tree to IR."""

from __future__ import annotations

from tern.build.flat import build_flat
from tern.build.structured import build_structured
from tern.check import check
from tern.ir import Builder, Operation, new_module, to_ssa
from tern.parts import part
from tern.text import Source, parse, tree
from tern.text.diagnostics import whole_language

__all__ = ["build"]


@part("build.build")
def build(
    program: str | Source | tree.Module, *, structured: bool = False, slots: bool = False
) -> Operation:
    """The module that a program means: a `builtin.module` with one `func.func` a function.

    By default it is in SSA form with basic blocks (`cf`). With `slots` it is what that is
    made from: each variable that is assigned after its `let` is a `memref.alloca`, read by
    loads and written by stores. (MLIR has no memref of a tensor: of a program that assigns
    to a tensor variable, it reads the other forms only.) With `structured` the control flow
    is scf.if, scf.while and scf.for.

    Types keep the names of sizes, which MLIR's text does not show (`f32[n, 4]` is
    `tensor<?x4xf32>`); operations keep their location in the source. What the program calls of
    the library follows its own functions. Statements after a `return` are dropped.

    Raises:
        Diagnostic: the program is not correct, or `structured` has no place for a `return`.
        ValueError: `structured` and `slots` together, which exclude each other.
    """
    if structured and slots:
        raise ValueError("the structured form has no slots")
    module_tree = program if isinstance(program, tree.Module) else parse(whole_language(program))
    checked = check(module_tree)
    module = new_module()
    builder = Builder(module.body.blocks[0])
    build_function = build_structured if structured else build_flat
    for signature in checked.functions:
        func = build_function(signature, checked, builder)
        if signature.instance_of is not None:
            func.attributes["sym_visibility"] = "private"
        if not slots and not structured:
            to_ssa(func)
    return module
