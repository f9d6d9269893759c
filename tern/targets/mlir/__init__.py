"""MLIR: tensors as linalg, loops as affine, brought down and run by the real thing."""

from tern.targets.mlir.apart import lowered
from tern.targets.mlir.compile import compile_mlir
from tern.targets.mlir.emit import mlir_text
from tern.targets.mlir.package import MlirError, MlirMissing, missing, version
from tern.targets.mlir.pipelines import PIPELINES, Stage, kind_of
from tern.targets.mlir.scrubber import dialect_text, stages
from tern.targets.mlir.text import in_source
from tern.targets.mlir.to_linalg import to_linalg

__all__ = [
    "PIPELINES",
    "MlirError",
    "MlirMissing",
    "Stage",
    "compile_mlir",
    "dialect_text",
    "in_source",
    "kind_of",
    "lowered",
    "missing",
    "mlir_text",
    "stages",
    "to_linalg",
    "version",
]
