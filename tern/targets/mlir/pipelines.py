"""The ladder from tern's text down to LLVM, as data: stages with a name, each a list of passes."""

from __future__ import annotations

from dataclasses import dataclass

from tern.ir import Operation
from tern.types import MemRefType, TensorType


@dataclass(frozen=True)
class Stage:
    """One step down.

    Attributes:
        name: what the form after it is called.
        passes: as `--pass-pipeline` of mlir-opt has them; none for the text that comes in.
        decides: what is settled here, in one sentence.
    """

    name: str
    passes: str
    decides: str


LINALG = Stage("linalg", "", "What is computed: loops and maps over whole tensors.")

BUFFERIZED = Stage(
    "bufferized",
    """lift-cf-to-scf, canonicalize,
    one-shot-bufferize{bufferize-function-boundaries allow-return-allocs-from-loops
        function-boundary-type-conversion=identity-layout-map},
    canonicalize, buffer-deallocation-pipeline, convert-bufferization-to-memref, canonicalize""",
    "Where each tensor lives: which of them share a buffer, what is copied, and who frees it.",
)

LOOPS = Stage(
    "loops",
    "func.func(convert-linalg-to-loops), canonicalize",
    "In which order the iterations run: a nest for each operation, and a load for each operand.",
)

AFFINE = Stage("affine", "", "Which loops run, over buffers, with subscripts that are known sums.")

SCF = Stage(
    "scf",
    """convert-vector-to-scf, lower-affine, buffer-deallocation-pipeline,
    convert-bufferization-to-memref, canonicalize""",
    "How bounds and subscripts are computed, as arithmetic, and who frees a buffer.",
)

BLOCKS = Stage("blocks", "", "Which block follows which.")

CF = Stage("cf", "convert-scf-to-cf, canonicalize", "How control flows: blocks and branches.")

LLVM = Stage(
    "llvm",
    """expand-strided-metadata, lower-affine, convert-scf-to-cf, arith-expand{include-bf16=true},
    func.func(math-expand-ops{ops=rsqrt}),
    func.func(math-extend-to-supported-types{target-type=f32}),
    func.func(arith-emulate-unsupported-floats{source-types=bf16 target-type=f32}),
    arith-expand{include-bf16=true}, convert-vector-to-llvm, convert-math-to-llvm,
    convert-math-to-libm, finalize-memref-to-llvm, convert-arith-to-llvm, convert-index-to-llvm,
    convert-func-to-llvm, convert-cf-to-llvm, convert-ub-to-llvm, reconcile-unrealized-casts""",
    "What a machine has: pointers, sizes and strides as numbers, instructions.",
)

PIPELINES: dict[str, tuple[Stage, ...]] = {
    "tensors": (LINALG, BUFFERIZED, LOOPS, CF, LLVM),
    "loops": (AFFINE, SCF, CF, LLVM),
    "scalars": (BLOCKS, CF, LLVM),
}
"""For each kind of function its stages; the first is tern's own text."""


def kind_of(func: Operation) -> str:
    """Which of the pipelines a function is for: of "tensors", "loops" over buffers, "scalars"."""
    type = func.attributes["function_type"]
    types = [*type.inputs, *type.results]
    if any(isinstance(each, MemRefType) for each in types):
        return "loops"
    inside = (value.type for op in func.walk() for value in (*op.operands, *op.results))
    tensors = any(isinstance(each, TensorType) for each in (*types, *inside))
    return "tensors" if tensors else "scalars"
