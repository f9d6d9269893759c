"""How tern's own classes cross between judge and worker: IR as bytecode, records field by field."""

from __future__ import annotations

from collections.abc import Callable

from autograder import wire


def register_tern() -> None:
    """Teach wire.py the classes that this chapter's functions take and return."""
    from tern import ir

    def to_bytes(operation: ir.Operation) -> bytes:
        try:
            return ir.write_bytecode(operation)
        except ValueError as error:
            raise wire.Unsendable(f"the IR is damaged: {error}") from error

    def assign(target: ir.Operation, changed: ir.Operation) -> None:
        target.attributes = changed.attributes
        target.regions = changed.regions
        for region in target.regions:
            region.parent = target

    wire.register(ir.Operation, wire.Codec("operation", to_bytes, ir.read_bytecode, assign))
    wire.register(
        ir.Violation,
        wire.Codec("violation", lambda v: list(v), lambda fields: ir.Violation(*fields)),
    )


def functions_of(part: str) -> list[Callable]:
    """The function behind a part of tern, and the private helpers that belong to its text."""
    from tern import parts

    return [parts.original(part), *parts.get(part).part_helpers]
