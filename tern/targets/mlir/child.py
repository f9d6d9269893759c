"""MLIR in a process of its own, which it may end: `python -m tern.targets.mlir.child`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tern.targets.beside import Message, serve
from tern.targets.mlir.lowering import run_stages
from tern.targets.mlir.package import MlirError


def reply_to(
    request: dict[str, Any], buffers: list[bytes], begin: Callable[[str], None]
) -> Message:
    """{"texts"} for {"text", "passes", "keep", "guarded"}, or {"error", "place", "notes"}."""
    try:
        return {"texts": run_stages(**request, begin=begin)}, []
    except MlirError as error:
        return {"error": str(error), "place": error.place, "notes": error.notes}, []


if __name__ == "__main__":
    serve(reply_to)
