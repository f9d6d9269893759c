"""MLIR itself, from the package torch-mlir, imported when it is first needed."""

from __future__ import annotations

import re
from contextlib import contextmanager
from functools import cache
from importlib import metadata
from importlib.util import find_spec
from typing import Any

from tern.errors import TernError


class MlirMissing(TernError, ImportError):
    """The package with MLIR is not there, or lacks something."""


class MlirError(TernError, RuntimeError):
    """MLIR does not take a text, cannot bring it down, or did not survive it: in one line.

    `notes` are what MLIR says besides, and `place` is where: what MLIR calls the location.
    """

    place = ""
    notes: tuple[str, ...] = ()


def missing() -> str:
    """Why MLIR cannot be used here, in one line; empty if it can."""
    if find_spec("torch_mlir") is None:
        return "MLIR needs the package torch-mlir, which is not there (pip install torch-mlir)"
    return ""


@cache
def mlir() -> Any:
    """The module torch_mlir.ir. MlirMissing."""
    if why := missing():
        raise MlirMissing(why)
    try:
        from torch_mlir import ir
    except ImportError as error:
        raise MlirMissing(f"MLIR cannot be imported: {str(error).splitlines()[0]}") from None
    return ir


def version() -> str:
    """The version of the package; empty without it."""
    try:
        return metadata.version("torch-mlir")
    except metadata.PackageNotFoundError:
        return ""


@contextmanager
def context() -> Any:
    """A context of MLIR's, without threads of its own: it may be forked with its process."""
    with mlir().Context() as made:
        made.enable_multithreading(False)
        yield made


def told(error: Exception) -> MlirError:
    """What an MLIRError says, in one line, with its place."""
    found = getattr(error, "error_diagnostics", None) or []
    message = found[0].message if found else (str(error).strip().splitlines() or ["MLIR fails"])[-1]
    made = MlirError(re.sub(r"\s+", " ", message).strip())
    if found:
        made.place = re.sub(r"^loc\((.*)\)$", r"\1", str(found[0].location))
        made.notes = tuple(note.message.splitlines()[0] for note in found[0].notes)[:3]
    return made


def parsed(text: str) -> Any:
    """A module of MLIR's own, parsed and verified, in the context that is open. MlirError."""
    ir = mlir()
    try:
        module = ir.Module.parse(text)
        module.operation.verify()
    except ir.MLIRError as error:
        raise told(error) from None
    return module


def run_passes(module: Any, passes: str) -> None:
    """Run passes, as `--pass-pipeline` has them inside `builtin.module(…)`, in place. MlirError."""
    from torch_mlir import passmanager

    try:
        manager = passmanager.PassManager.parse(f"builtin.module({' '.join(passes.split())})")
    except ValueError as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        said = next((line for line in lines if "error:" in line), (lines or ["?"])[-1])
        raise MlirError(f"MLIR knows no such passes: {said.rpartition('error: ')[2]}") from None
    try:
        manager.run(module.operation)
    except mlir().MLIRError as error:
        raise told(error) from None
