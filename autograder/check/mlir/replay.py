"""What is done with a reader's pipeline: run it on the book's program, compile that, call it.

Passes may write files, run programs, crash, or never end. So `lowered` is for a process that is
locked down. What it gives is text of the dialect llvm, which a trusted worker compiles and calls.
"""

from __future__ import annotations

import ctypes
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

LOOPS = """one-shot-bufferize, canonicalize, buffer-deallocation-pipeline,
    convert-bufferization-to-memref, func.func(convert-linalg-to-loops)"""
"""Plain loops: what a pipeline is compared with."""

HIGH = ("linalg.", "tensor.", "bufferization.")
"""What the book's last passes do not bring down."""
MAX_SCRIPT, MAX_NAMES = 100_000, 1000  # characters; different operations that are counted
_timed: list[Callable] = []  # in a trusted worker, the one function that it times


class PipelineError(Exception):
    """What is wrong with a pipeline, in one line."""


def counted(module: Any) -> dict[str, int]:
    """How many operations of each name a module has, itself not counted."""
    return dict(Counter(op.name for op in inside(module)).most_common(MAX_NAMES))


def inside(module: Any) -> Iterator[Any]:
    """The operations inside of a module."""
    waiting = [module.operation]
    while waiting:
        op = waiting.pop()
        for region in op.regions:
            for block in region.blocks:
                for inner in block.operations:
                    yield inner.operation
                    waiting.append(inner.operation)


def lowered(program: str, name: str, passes: str, script: str = "") -> str:
    """A program of functions over buffers in the dialect llvm, after `passes` and the book's last;
    C may call its function `name`.

    `script` has named sequences of the transform dialect, which the pass transform-interpreter
    runs. PipelineError.
    """
    from tern.targets.mlir.lowering import printed
    from tern.targets.mlir.package import MlirError, context, parsed, run_passes
    from tern.targets.mlir.pipelines import LLVM

    with context():
        try:
            module = parsed(_with_interface(program, name))
            before = _signatures(module)
            _transform(module, passes, script)
            if _signatures(module) not in (before, []):
                raise PipelineError("the passes change what the function takes")
            if left := sorted(name for name in counted(module) if name.startswith(HIGH)):
                raise PipelineError(
                    f"after the passes {left[0]} is left: they go as far as loops, or vectors"
                )
            run_passes(module, f"convert-vector-to-scf, {LLVM.passes}")
            return printed(module)
        except MlirError as error:
            place = f", at {error.place}" if error.place and "-" not in error.place else ""
            raise PipelineError(f"MLIR refuses the pipeline: {error}{place}") from None


def operations(program: str, passes: str, script: str = "") -> dict[str, int]:
    """How many operations of each name there are after the passes, before the book's last."""
    from tern.targets.mlir.package import MlirError, context, parsed

    with context():
        try:
            module = parsed(program)
            _transform(module, passes, script)
            return counted(module)
        except MlirError as error:
            raise PipelineError(f"MLIR refuses the pipeline: {error}") from None


def _transform(module: Any, passes: str, script: str) -> None:
    """Run passes on a module, with a script beside it while they run. MlirError, PipelineError."""
    from tern.targets.mlir.package import run_passes

    if script:
        _add_script(module, script)
    if passes.strip():
        run_passes(module, passes)
    _drop_script(module)


def _signatures(module: Any) -> list[str]:
    return [
        str(op.operation.attributes["function_type"])
        for op in module.body.operations
        if op.operation.name == "func.func"
    ]


def _add_script(module: Any, script: str) -> None:
    """Put named sequences beside a module's functions. PipelineError if a script has anything
    else: what it transforms is the book's, and nothing comes in through it."""
    from tern.targets.mlir.package import mlir, parsed

    ir = mlir()
    if len(script) > MAX_SCRIPT:
        raise PipelineError(f"the script has more than {MAX_SCRIPT:,} characters")
    read = parsed(script)
    inside: list[Any] = [read.operation]
    while inside:
        op = inside.pop()
        for region in op.regions:
            for block in region.blocks:
                for each in block.operations:
                    name = each.operation.name
                    if not name.startswith("transform.") and name != "builtin.module":
                        raise PipelineError(f"a script is of the transform dialect, and not {name}")
                    inside.append(each.operation)
    module.operation.attributes["transform.with_named_sequence"] = ir.UnitAttr.get()
    sequences = list(read.body.operations)
    nested = [op for op in sequences if op.operation.name == "builtin.module"]
    for outer in nested:
        sequences += list(outer.operation.regions[0].blocks[0].operations)
    for op in sequences:
        if op.operation.name == "transform.named_sequence":
            op.operation.detach_from_parent()
            module.body.append(op)


def _drop_script(module: Any) -> None:
    for op in list(module.body.operations):
        if op.operation.name.startswith("transform."):
            op.operation.erase()


# ---- running it ---------------------------------------------------------------------------------


def compiled(program: str, name: str, passes: str, script: str = "") -> Callable:
    """The function `name` of what passes make of a program, as `loaded` has it. PipelineError."""
    return loaded(lowered(program, name, passes, script), name)


def loaded(text: str, name: str) -> Callable:
    """A function of a module in the dialect llvm, of arrays that lie row after row: it gives what
    becomes of the last. PipelineError."""
    from tern.targets.mlir import memrefs
    from tern.targets.mlir.engine import Engine
    from tern.targets.mlir.package import MlirError

    try:
        engine = Engine(text, level=3)
        pointer = engine.pointer(name)
    except MlirError as error:
        raise PipelineError(str(error)) from None

    def call(*given: np.ndarray) -> np.ndarray:
        arrays = [*given[:-1], given[-1].copy()]
        cells = [ctypes.pointer(memrefs.descriptor(array)) for array in arrays]
        addresses = [ctypes.addressof(cell) for cell in cells]
        pointer((ctypes.c_void_p * len(addresses))(*addresses))
        return arrays[-1]

    call.engine = engine  # type: ignore[attr-defined]  # the code is there as long as it is
    return call


def _with_interface(program: str, name: str) -> str:
    """The program, whose function C may call."""
    found, count = re.subn(
        rf"(func\.func @{re.escape(name)}\([^{{]*?\))(\s*\{{)",
        r"\1 attributes {llvm.emit_c_interface}\2",
        program,
    )
    if count != 1:
        raise PipelineError(f"the program has no function @{name} without results")
    return found


def load(text: str, name: str) -> None:
    """Compile what `timed` calls, in this process."""
    _timed[:] = [loaded(text, name)]


def timed(*arrays: np.ndarray) -> np.ndarray:
    return _timed[0](*arrays)


def tried(text: str, name: str, program: str) -> None:
    """Compile it, and run it once on arrays of zeros, which are as the program has them."""
    signature = re.search(rf"func\.func @{re.escape(name)}\(([^{{]*?)\)\s*\{{", program)
    found = re.findall(r"memref<((?:\d+x)*)(\w+)>", signature[1] if signature else "")
    dtypes = {"f32": "f4", "f64": "f8", "f16": "f2", "i8": "i1", "i32": "i4", "i64": "i8"}
    shapes = [[int(size) for size in sizes.split("x")[:-1]] for sizes, _ in found]
    arrays = [np.zeros(shape, dtypes[element]) for shape, (_, element) in zip(shapes, found)]
    loaded(text, name)(*arrays)


def result(text: str, name: str, arrays: Sequence[Any]) -> Any:
    """What the function gives of arrays."""
    return loaded(text, name)(*arrays)
