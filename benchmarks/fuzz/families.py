"""All families, by name."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from typing import Any

from benchmarks.fuzz import (
    automata,
    core,
    hlo,
    llvm_ir,
    networks,
    rewriting,
    source,
    stablehlo,
    targets,
)
from benchmarks.fuzz.family import Family

Trial = Callable[..., str]


def _beside(name: str, how: Trial, target: str, compile: Any, share: int, *needs: str) -> Family:
    """A target on a kind of program."""

    def trial(rng: random.Random) -> str:
        return how(rng, target, compile)

    return Family(name, trial, share, needs)


_ALL = [
    # what costs little
    Family("texts", source.of_texts, 2000),
    Family("source", source.of_forms, 1000),
    Family("automata", automata.trial, 3000),
    Family("rewriting", rewriting.of_expressions, 2500),
    Family("rewriting-tensors", rewriting.of_tensors, 1000),
    Family("rewriting-networks", rewriting.of_networks, 1000),
    Family("passes", rewriting.of_graphs, 1000),
    Family("core", core.trial, 500),
    Family("llvm-ir", llvm_ir.trial, 2000),
    Family("stablehlo", stablehlo.inward, 600),
    Family("stablehlo-out", stablehlo.outward, 600),
    Family("narrow", hlo.narrowed, 500),
    Family("fuse", hlo.fused, 500),
    _beside("numbers", targets.scalars, "array", targets.interpreted, 500),
    _beside("arrays", targets.tensors, "array", targets.on_arrays, 500),
    _beside("loops", targets.loops, "loops", targets.by_loops, 500),
    # what compiles
    _beside("x86_64", targets.scalars, "machine", targets.simulated("x86_64"), 300),
    _beside("aarch64", targets.scalars, "machine", targets.simulated("aarch64"), 300),
    _beside("machine", targets.scalars, "machine", targets.native, 200, "llvmlite"),
    _beside("llvm-0", targets.scalars, "llvm", targets.by_llvm(0), 200, "llvmlite"),
    _beside("llvm-3", targets.scalars, "llvm", targets.by_llvm(3), 200, "llvmlite"),
    _beside("llvm-loops", targets.loops, "llvm", targets.by_llvm(3), 150, "llvmlite"),
    _beside("vectors", targets.loops, "vectors", targets.by_vectors, 150, "llvmlite"),
    _beside("cpp", targets.loops, "cpp", targets.by_cpp, 60),
    _beside("numba", targets.loops, "numba", targets.by_numba, 40, "numba"),
    _beside("mlir", targets.scalars, "mlir", targets.by_mlir(1), 100, "torch_mlir"),
    _beside("mlir-tensors", targets.tensors, "mlir", targets.by_mlir(1), 100, "torch_mlir"),
    _beside("triton", targets.tensors, "triton", targets.by_triton, 100, "triton"),
    Family("source-llvm", partial(source.compiled, compile=targets.by_llvm(3)), 100, ("llvmlite",)),
    Family("source-machine", partial(source.compiled, compile=targets.native), 100, ("llvmlite",)),
    _beside("networks-loops", networks.by_loops, "loops", targets.by_loops, 300),
    _beside("networks-llvm", networks.by_loops, "llvm", targets.by_llvm(3), 100, "llvmlite"),
    _beside("networks-cpp", networks.by_loops, "cpp", targets.by_cpp, 40),
    _beside("networks-numba", networks.by_loops, "numba", targets.by_numba, 40, "numba"),
    _beside("networks-tvm", networks.by_loops, "tvm", targets.by_tvm, 40, "tvm"),
    _beside("networks-mlir", networks.by_tensors, "mlir", targets.by_mlir(0), 60, "torch_mlir"),
    Family("mlir-text", networks.texts, 500, ("torch_mlir",)),
    Family("llvm-optimizer", partial(llvm_ir.trial, machine=True), 300, ("llvmlite",)),
    Family("stablehlo-specification", partial(stablehlo.inward, oracle=True), 100, ("jax",)),
    Family("stablehlo-operations", stablehlo.operations, 1000, ("jax",)),
    Family("stablehlo-xla", partial(stablehlo.outward, oracle=True), 100, ("jax",)),
    Family("narrow-xla", partial(hlo.narrowed, oracle=True), 50, ("jax",)),
    Family("fuse-xla", partial(hlo.fused, oracle=True), 50, ("jax",)),
    Family("trace-jax", hlo.traced, 200, ("jax",)),
]

FAMILIES = {each.name: each for each in _ALL}


def family(name: str) -> Family:
    return FAMILIES[name]
