"""Bringing a text down, stage by stage. It runs MLIR in this process: see `apart` for another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tern.targets.mlir.guards import guard
from tern.targets.mlir.package import MlirError, context, parsed, run_passes

Passes = Sequence[tuple[str, str]]
"""Pairs of a stage's name and its passes."""


def run_stages(
    text: str,
    passes: Passes,
    keep: bool = True,
    guarded: bool = False,
    begin: Callable[[str], object] = lambda name: None,
) -> list[str]:
    """The text after each stage, or with `keep` off after the last alone; MLIR's own print of it.

    With `guarded` what may fail says so (guards). Values keep the names that their locations have.
    `begin` is told the name of each stage before it begins. MlirError; the stage is in its message.
    """
    found: list[str] = []
    with context():
        begin("text")
        module = parsed(text)
        if guarded:
            guard(module)
        for number, (name, chosen) in enumerate(passes):
            begin(name)
            try:
                if chosen:
                    run_passes(module, chosen)
            except MlirError as error:
                error.args = (f"{error} (on the way to {name})",)
                raise
            if keep or number == len(passes) - 1:
                found.append(printed(module))
    return found


def printed(module: Any) -> str:
    """MLIR's text, with names that locations have, and without the locations."""
    return module.operation.get_asm(use_name_loc_as_prefix=True, assume_verified=True)
