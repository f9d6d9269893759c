"""A module of MLIR crosses as bytecode, and is read in a context of its own."""

from __future__ import annotations

import io
from typing import Any

from autograder.worker.wire import Codec


class ModuleCodec(Codec):
    """For arguments: whoever asks for a module back asks for its text."""

    tag = "mlir"

    def encode(self, value: Any) -> bytes:
        written = io.BytesIO()
        value.operation.write_bytecode(written)
        return written.getvalue()

    def decode(self, data: bytes) -> Any:
        from tern.workshop.mlir import module_of

        return module_of(data)
