"""MLIR's own JIT: from the dialect llvm to machine code in this process."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Sequence
from typing import Any

from tern.targets.mlir import memrefs
from tern.targets.mlir.guards import FAIL
from tern.targets.mlir.package import MlirError, context, parsed
from tern.types import Type


class Failed(Exception):
    """Of which operation, by its number, there is no result, and two words about its operands."""

    def __init__(self, number: int, *words: int) -> None:
        super().__init__(number)
        self.number, self.words = number, words


class Engine:
    """Machine code of a text in the dialect llvm. Of LLVM's optimizer `level`, 0 to 3.

    MlirError if it cannot be made.
    """

    def __init__(self, text: str, level: int = 2) -> None:
        from torch_mlir.execution_engine import ExecutionEngine

        with context():
            module = parsed(text)
            try:
                self.engine = ExecutionEngine(module, opt_level=level)
            except RuntimeError as error:
                raise MlirError(f"MLIR's JIT makes no code of it: {error}") from None
        self.failures = threading.local()
        self.fail = ctypes.CFUNCTYPE(None, *[ctypes.c_int64] * 3)(self.note)
        self.engine.register_runtime(FAIL, self.fail)
        self.copy = memrefs.copy_function()
        self.engine.raw_register_runtime("memrefCopy", ctypes.cast(self.copy, ctypes.c_void_p))

    def note(self, number: int, first: int, second: int) -> None:
        """What machine code calls where an operation has no result."""
        if getattr(self.failures, "first", None) is None:
            self.failures.first = number, first, second

    def pointer(self, name: str) -> Any:
        """The function of a name, as one that takes an array of pointers to its arguments."""
        found = self.engine.raw_lookup(f"_mlir_ciface_{name}")
        if not found:
            raise MlirError(f"MLIR's JIT has no function @{name}")
        return ctypes.CFUNCTYPE(None, ctypes.c_void_p)(found)

    def call(
        self, function: Any, given: Sequence[Any], inputs: Sequence[Type], results: Sequence[Type]
    ) -> list[Any]:
        """What a function gives: numbers, and arrays of its own. Failed if it says so.

        `given` are numbers and arrays, whose elements must lie row after row.
        """
        cells = [
            ctypes.pointer(memrefs.descriptor(value))
            if isinstance(type, memrefs.SHAPED)
            else memrefs.to_cell(value, type)
            for value, type in zip(given, inputs)
        ]
        room = memrefs.room_for(results)
        pointers = [ctypes.addressof(cell) for cell in cells]
        if len(results) == 1 and not isinstance(results[0], memrefs.SHAPED):
            pointers.append(ctypes.addressof(room))  # it returns it, and the caller stores it
        elif results:
            where = ctypes.pointer(room)  # it stores it itself
            pointers.insert(0, ctypes.addressof(where))
        self.failures.first = None  # of this thread, until `note` says otherwise
        function((ctypes.c_void_p * len(pointers))(*pointers))
        found = memrefs.taken(room, results)
        if failure := getattr(self.failures, "first", None):
            raise Failed(*failure)
        return found
