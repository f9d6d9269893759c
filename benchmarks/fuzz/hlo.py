"""HLO: fused and narrowed, by NumPy and by the real XLA; and the tracer beside JAX's."""

from __future__ import annotations

import random

import numpy as np

from benchmarks.fuzz.family import EQUAL, Disagreement, drawn
from tern.workshop.xla import (
    Module,
    bytes_accessed,
    cost,
    evaluate,
    fuse,
    fused_module,
    kernels_of,
    mistake,
    narrow,
    random_graph,
    random_program,
    random_slices,
    read_module,
    rewrite_mistake,
    trace,
)


def _arguments(module: Module, rng: random.Random) -> list[np.ndarray]:
    draw = np.random.default_rng(rng.randrange(1 << 20)).uniform
    shapes = [each.array.dimensions for each in module.entry.parameters()]
    return [draw(0.1, 1.1, shape).astype(np.float32) for shape in shapes]


def _agree(who: str, module: Module, found: list, wanted: list) -> None:
    for one, other in zip(found, wanted, strict=True):
        if one.shape != other.shape or not np.allclose(one, other, 1e-3, 1e-4, equal_nan=True):
            raise Disagreement(who, module, f"{other}\n{one}")


def narrowed(rng: random.Random, oracle: bool = False) -> str:
    module = drawn(rng, random_slices(rng, rng.randint(4, 24)))
    given, made = _arguments(module, rng), narrow(module)
    wanted = evaluate(module, given)
    _agree("narrow", module, evaluate(made, given), wanted)
    if told := rewrite_mistake(module, made):
        raise Disagreement("rewrite_mistake", module, told)
    if _work(made) > _work(module):
        raise Disagreement("work", module, f"{_work(module)} before, {_work(made)} after")
    if str(read_module(str(made))) != str(made):
        raise Disagreement("print and read", module, made)
    if oracle:
        from tern.workshop.xla import real

        _agree("XLA", module, real.Executable(str(module)).run(given), wanted)
        _agree("XLA, narrowed", made, real.Executable(str(made)).run(given), wanted)
    return EQUAL


def _work(module: Module) -> float:
    costs = cost(module)
    return costs["flops"] + costs["transcendentals"]


def fused(rng: random.Random, oracle: bool = False) -> str:
    module = drawn(rng, random_graph(rng, rng.randint(4, 30)))
    entry = module.entry
    kernels = fuse(entry)
    if told := mistake(entry, kernels):
        raise Disagreement("rules of kernels", module, told)
    again = read_module(str(fused_module(module, kernels)))
    before, after = bytes_accessed(entry, kernels), bytes_accessed(*kernels_of(again))
    if before != after:
        raise Disagreement("bytes", module, f"{before}, of the module {after}")
    given = _arguments(module, rng)
    wanted = evaluate(module, given)
    if oracle:
        from tern.workshop.xla import real

        _agree("XLA", module, real.Executable(str(module)).run(given), wanted)
        _agree("XLA, fused", again, real.Executable(str(again)).run(given), wanted)
        if cost(module) != real.cost_analysis(str(module)):
            raise Disagreement("cost", module, real.cost_analysis(str(module)))
    return EQUAL


def traced(rng: random.Random) -> str:
    from tests.tern.workshop.xla import jax_programs

    program, types = random_program(rng, rng.randint(2, 18))
    closed = jax_programs.traced_by_jax(program, types)
    expected, _, calls = jax_programs.steps_of_jax(closed)
    actual, own = jax_programs.steps_of_tern(trace(program, *types))
    if (actual, own) != (expected, calls):
        raise Disagreement("trace", program.text, f"{expected}\n{actual}")
    return EQUAL
