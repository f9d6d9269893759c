"""The C++ core, loaded: tern's IR read from its bytecode, changed there, and brought back.

>>> from tern.workshop.cpp import load_core
>>> core = load_core()  # compiled when it is first needed
>>> with tern.using(core.passes()):  # the whole compiler, with GVN and DCE in C++
...     tern.run(source, "power", 2.0, 10)
"""

from __future__ import annotations

import ctypes
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tern.errors import TernError
from tern.ir import DEFINITIONS, Block, Operation, Value, write_bytecode
from tern.targets.cpp.build import library
from tern.workshop.cpp.sources import single_text

OPTIONS = ("-O2", "-fno-rtti", "-fvisibility=hidden", "-DNDEBUG")
CHECKED = ("-fno-rtti", "-fvisibility=hidden", "-O1", "-UNDEBUG")
"""With assertions."""

_FAILS = {"": "n", "division": "d", "shift": "s"}


class CoreError(TernError):
    """The core refused what it was given. In one line."""


class Handle:
    """An IR in the core, until the `with` block around `Core.holding` or `Core.built` ends."""

    def __init__(self, core: Core, pointer: int) -> None:
        self.core, self.pointer = core, pointer

    def run(self, name: str) -> int:
        """Run the pass `gvn`, `dce`, or `erase_dead` on it, or a step of `workload`, `walk` or
        `replace`: the number of changes, or of what was found."""
        changes = getattr(self.core.library, f"tern_core_{name}")(self.pointer)
        if changes < 0:
            raise self.core.error()
        return changes

    def bytecode(self) -> bytes:
        """What `tern.ir.read_bytecode` reads."""
        size = ctypes.c_size_t()
        start = self.core.library.tern_core_write(self.pointer, ctypes.byref(size))
        if not start:
            raise self.core.error()
        return ctypes.string_at(start, size.value)

    def origins(self, what: int) -> list[int]:
        """After `bytecode`: for each operation (0), value (1), or block (2) in it, which it was in
        what was read."""
        count = ctypes.c_size_t()
        start = self.core.library.tern_core_origins(self.pointer, what, ctypes.byref(count))
        return start[: count.value]


@dataclass(frozen=True)
class Core:
    """The core as a library that this process has loaded. Made by `load_core`."""

    library: ctypes.CDLL

    def gvn(self, root: Operation) -> int:
        """`tern.passes.gvn`, in C++: the same changes to the same objects, and their number."""
        return self._in_place(root, "gvn")

    def dce(self, root: Operation) -> int:
        """`tern.passes.dce`, in C++: the same changes to the same objects, and their number."""
        return self._in_place(root, "dce")

    def erase_dead_operations(self, root: Operation) -> int:
        """`tern.passes.dead_code.erase_dead_operations`, in C++: as walk.hpp has it."""
        return self._in_place(root, "erase_dead")

    def passes(self) -> dict[str, Callable[..., Any]]:
        """What `tern.using` takes, so that the compiler runs these passes in C++."""
        return {"passes.gvn": self.gvn, "passes.dce": self.dce}

    def round_trip(self, bytecode: bytes) -> bytes:
        """Bytecode, read and written by the core: the same, byte by byte. CoreError."""
        with self.holding(bytecode) as handle:
            return handle.bytecode()

    @contextmanager
    def holding(self, bytecode: bytes) -> Iterator[Handle]:
        """An IR in the core while the block runs. CoreError for what is no bytecode."""
        yield from self._until(self.library.tern_core_read(bytecode, len(bytecode), facts()))

    @contextmanager
    def built(self, operations: int) -> Iterator[Handle]:
        """What `workload.build` makes, made by the core, while the block runs."""
        yield from self._until(self.library.tern_core_build(operations, facts()))

    def _until(self, pointer: int | None) -> Iterator[Handle]:
        if not pointer:
            raise self.error()
        try:
            yield Handle(self, pointer)
        finally:
            self.library.tern_core_free(pointer)

    def error(self) -> CoreError:
        """What the last call complained about."""
        return CoreError(f"the C++ core: {self.library.tern_core_error().decode()}")

    def _in_place(self, root: Operation, name: str) -> int:
        with self.holding(write_bytecode(root)) as handle:
            changes = handle.run(name)
            rows = json.loads(handle.bytecode())["operations"]
            apply(root, rows, *map(handle.origins, range(3)))
        return changes


def facts() -> bytes:
    """What the core has to know of each operation, a line each: its name, whether it is pure (p)
    and commutative (c), and why it may fail: never (n), by dividing (d) or shifting (s), or for
    another reason (o)."""
    lines = [
        f"{name} {'p' * (not each.effects)}{'c' * each.commutative}{_FAILS.get(each.fails, 'o')}\n"
        for name, each in DEFINITIONS.items()
    ]
    return "".join(lines).encode()


def apply(
    root: Operation,
    rows: list[Any],
    operation_origins: list[int],
    value_origins: list[int],
    block_origins: list[int],
) -> None:
    """Change `root` in place to what the rows of its bytecode say, of the objects that it has.

    The origins say which operation, value, and block of `root`, as its bytecode numbers them, each
    of the rows' is. Whatever isn't among them is gone. O(operations).
    """
    operations, values, blocks = numbered(root)
    values = [values[origin] for origin in value_origins]
    blocks = [blocks[origin] for origin in block_origins]
    operations = [operations[origin] for origin in operation_origins]
    following, inside = iter(blocks), iter(operations[1:])
    number = 0  # of the next value
    for op, (_, operands, results, _, successors, shape) in zip(operations, rows):
        number += len(results)
        op.operands = [values[n] for n in operands]
        op.successors = [(blocks[to], [values[n] for n in passed]) for to, passed in successors]
        for region, row in zip(op.regions, shape):
            region.blocks = []
            for types, count in row:
                block = next(following)
                region.blocks.append(block)
                block.args = values[number : number + len(types)]  # type: ignore[assignment]
                for index, arg in enumerate(block.args):
                    arg.index = index
                number += len(types)
                block.operations = [next(inside) for _ in range(count)]


def numbered(root: Operation) -> tuple[list[Operation], list[Value], list[Block]]:
    """What is inside `root`, itself first, in the order in which bytecode numbers it."""
    operations, values, blocks = [root], [], []
    for op in operations:  # it grows while we read it
        values += op.results
        for region in op.regions:
            for block in region.blocks:
                blocks.append(block)
                values += block.args
                operations += block.operations
    return operations, values, blocks


def load_core(
    folder: Path | None = None, *, command: str = "", options: tuple[str, ...] = OPTIONS
) -> Core:
    """The core, compiled unless it was before, and loaded.

    `folder` has a reader's headers, as `small_vec.hpp`, which take the place of the book's. A
    header that compiles may still do anything to this process. `command` is the compiler.

    Raises:
        CompilerError: there is no compiler, or a header doesn't compile: the line says where.
        UsageError: a header includes another one that isn't there.
    """
    loaded = library(single_text(folder), command, options)
    pointer, size = ctypes.c_void_p, ctypes.POINTER(ctypes.c_size_t)
    numbers = ctypes.POINTER(ctypes.c_uint32)
    for name, result, arguments in (
        ("read", pointer, [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p]),
        ("build", pointer, [ctypes.c_uint32, ctypes.c_char_p]),
        ("walk", ctypes.c_int64, [pointer]),
        ("replace", ctypes.c_int64, [pointer]),
        ("free", None, [pointer]),
        ("error", ctypes.c_char_p, []),
        ("gvn", ctypes.c_int64, [pointer]),
        ("dce", ctypes.c_int64, [pointer]),
        ("erase_dead", ctypes.c_int64, [pointer]),
        ("write", pointer, [pointer, size]),
        ("origins", numbers, [pointer, ctypes.c_int, size]),
    ):
        function = getattr(loaded, f"tern_core_{name}")
        function.restype, function.argtypes = result, arguments
    return Core(loaded)
