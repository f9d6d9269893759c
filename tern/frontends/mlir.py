"""MLIR's text: modules of the dialects that tern has, in its own assembly or its generic form."""

from __future__ import annotations

from tern.ir import Operation, verify
from tern.ir.mlir_attributes import Place
from tern.ir.parser import Parser
from tern.text.diagnostics import Source, as_source

__all__ = ["Place", "read_mlir"]


def read_mlir(text: str | Source) -> Operation:
    """The module that a text of MLIR's spells, as mlir-opt prints it: pretty, generic, with or
    without locations. What an operation's `loc(…)` says is its location, a Place.

    Flags that permit what tern does not do (`nsw`, `nnan`) and attributes of others are left out:
    without them the module means the same. O(n).

    Raises:
        Diagnostic: the text is no module, or has an operation, a type, or a property that tern has
            not; the message points at it.
        VerifyError: the module breaks a rule.
    """
    module = Parser(as_source(text), known_only=True).module()
    verify(module)
    return module
