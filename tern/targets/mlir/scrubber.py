"""The text of a function after each stage, for whoever steps through them."""

from __future__ import annotations

from collections.abc import Sequence

from tern.ir import Operation
from tern.targets.mlir.apart import lowered
from tern.targets.mlir.emit import mlir_text, with_argument_names
from tern.targets.mlir.pipelines import PIPELINES, Stage, kind_of
from tern.targets.mlir.text import Locate


def stages(
    *funcs: Operation,
    pipeline: Sequence[Stage] | None = None,
    locate: Locate | None = None,
) -> dict[str, str]:
    """The text of functions after each stage of a pipeline, by the stage's name, in order.

    The first is what tern writes, and the others are what MLIR prints; values keep the program's
    names as long as there are such values. The pipeline is that for the first function's kind, if
    none is given.

    Raises:
        EmitError: a function has no form in MLIR.
        MlirError: MLIR refuses a stage, crashes, or needs too long; the message names the stage.
        MlirMissing: the package torch-mlir is not there.
    """
    chosen = tuple(pipeline or PIPELINES[kind_of(funcs[0])])
    text = with_argument_names(mlir_text(*funcs, locate=locate, keep_names=True))
    texts = lowered(text, [(stage.name, stage.passes) for stage in chosen], keep=True)
    if not chosen[0].passes:
        texts[0] = mlir_text(*funcs)
    return {stage.name: text.rstrip() for stage, text in zip(chosen, texts)}


def dialect_text(*funcs: Operation) -> str:
    """Functions in the dialect llvm, the last of the stages."""
    return list(stages(*funcs).values())[-1]
