"""A chain of products in JAX over simulated devices, and what XLA has them send each other."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from tern.targets.errors import XlaError, XlaMissing
from tern.workshop.xla.collectives import sent_bytes
from tern.workshop.xla.hlo_text import read_module
from tern.workshop.xla.real import unavailable
from tern.workshop.xla.sharding import Mesh, Step


def specification(sharding: str, axes: Sequence[str]) -> Any:
    """JAX's PartitionSpec of a sharding such as "rc": for rows and columns, the axes of the mesh
    that split them."""
    from jax.sharding import PartitionSpec

    by = [tuple(axis for axis, how in zip(axes, sharding) if how == which) for which in "rc"]
    return PartitionSpec(*[each or None for each in by])


def compiled_chain(
    mesh: Mesh, rows: int, widths: Sequence[int], ends: tuple[str, str], plan: Sequence[Step]
) -> list[tuple[str, int]]:
    """The collectives that XLA puts in for a plan, each with the bytes that a device sends.

    The weights are stored as `matmul_bytes` says. Needs as many devices as the mesh has: the flag
    --xla_force_host_platform_device_count=8 in XLA_FLAGS, set before jax is imported.
    """
    import jax
    from jax.sharding import AxisType, NamedSharding

    axes = "xy"[: len(mesh)]
    devices = jax.make_mesh(tuple(mesh), tuple(axes), axis_types=(AxisType.Auto,) * len(mesh))

    def on(sharding: str) -> Any:
        return NamedSharding(devices, specification(sharding, axes))

    def chain(x: Any, *weights: Any) -> Any:
        for weight, (before, after) in zip(weights, plan):
            x = jax.lax.with_sharding_constraint(x, on(before))
            x = jax.lax.with_sharding_constraint(x @ weight, on(after))
        return x

    stored = ["".join("c" if how == "w" else "r" for how in before) for before, _ in plan]
    shapes = [(rows, widths[0]), *itertools.pairwise(widths)]
    inputs = [
        jax.ShapeDtypeStruct(shape, "float32", sharding=on(sharding))
        for shape, sharding in zip(shapes, [ends[0], *stored])
    ]
    compiled = jax.jit(chain, out_shardings=on(ends[1])).lower(*inputs).compile()
    return sent_bytes(read_module(compiled.as_text()))


def compiled_apart(jobs: Sequence[Sequence[Any]], devices: int = 8) -> list[list[tuple[str, int]]]:
    """What `compiled_chain` gives for each job's arguments, in a process that simulates so many
    devices: XLA counts them once, when jax is imported. XlaMissing, XlaError."""
    if why := unavailable():
        raise XlaMissing(why)
    flags = f"{os.environ.get('XLA_FLAGS', '')} --xla_force_host_platform_device_count={devices}"
    done = subprocess.run(
        [sys.executable, "-m", __name__], input=json.dumps(list(jobs)), capture_output=True,
        text=True, env={**os.environ, "XLA_FLAGS": flags.strip(), "JAX_PLATFORMS": "cpu"},
    )  # fmt: skip
    if done.returncode:
        raise XlaError(f"the process with {devices} devices failed: {done.stderr[-500:]}")
    return [[(name, size) for name, size in each] for each in json.loads(done.stdout)]


if __name__ == "__main__":
    print(json.dumps([compiled_chain(*job) for job in json.load(sys.stdin)]))
