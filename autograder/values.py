"""How tern's own classes cross between judge and worker: IR as its text, records field by field."""

from __future__ import annotations

from collections.abc import Callable

from autograder import wire


def register_tern() -> None:
    """Teach wire.py the classes that this chapter's functions take and return."""
    from tern import ir

    def text_of(operation: ir.Operation) -> str:
        text = ir.print_ir(operation)
        if "<<UNKNOWN" in text:
            raise wire.Unsendable(
                "the function still uses a value that no operation or block of it makes any more"
            )
        return text

    def from_text(text: str) -> ir.Operation:
        """A function crosses on its own, not inside a module."""
        module = ir.parse(text)
        if text.lstrip().startswith(("func.func", '"func.func"')):
            function = module.regions[0].blocks[0].operations[0]
            function.parent = None
            return function
        return module

    def assign(target: ir.Operation, changed: ir.Operation) -> None:
        target.attributes = changed.attributes
        target.regions = changed.regions
        for region in target.regions:
            region.parent = target

    wire.register(ir.Operation, wire.Codec("operation", text_of, from_text, assign))
    wire.register(
        ir.Violation,
        wire.Codec("violation", lambda v: list(v), lambda fields: ir.Violation(*fields)),
    )


def functions_of(part: str) -> list[Callable]:
    """The function behind a part of tern, and the private helpers that belong to its text."""
    from tern import parts

    return [parts.original(part), *parts.get(part).part_helpers]
