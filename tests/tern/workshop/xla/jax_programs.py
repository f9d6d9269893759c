"""Programs of the book's small JAX, given to the real one, and what it makes of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tern.workshop.xla.jaxpr import SHORT, Jaxpr, Literal, ShapedArray, inlined
from tern.workshop.xla.programs import NAMES, Program

jax = pytest.importorskip("jax", reason="not judged here: jax is not installed")
core = pytest.importorskip("jax.extend.core")

SHOWN = {  # the params that both have
    "broadcast_in_dim": ("broadcast_dimensions",),
    "reduce_sum": ("axes",),
    "reduce_max": ("axes",),
    "transpose": ("permutation",),
    "reshape": ("new_sizes",),
    "dot_general": ("dimension_numbers",),
}


def names() -> dict[str, Any]:
    """What programs call, by the functions of jax.lax."""
    lax = jax.lax
    found = {name: getattr(lax, name) for name in NAMES if hasattr(lax, name)}
    return {
        **found,
        "jit": jax.jit,
        "maximum": lax.max,
        "minimum": lax.min,
        "select": lax.select,
        "convert": lambda x, new_dtype: lax.convert_element_type(x, new_dtype),
        "reduce_sum": lambda x, axes: lax.reduce_sum(x, axes=axes),
        "reduce_max": lambda x, axes: lax.reduce_max(x, axes=axes),
    }


def traced_by_jax(program: Program, types: list[ShapedArray]) -> Any:
    shapes = [jax.ShapeDtypeStruct(each.shape, each.numpy_dtype) for each in types]
    return jax.make_jaxpr(program.function(names()))(*shapes)


def steps_of_jax(closed: Any) -> tuple[list[tuple], list[Any], int]:
    """The equations with calls inlined, what the results are, and how many calls there are.

    An operand is ("argument", n), ("constant", its numbers), ("literal", number, dtype), or
    ("step", n): the result of equation n.
    """
    steps: list[tuple] = []
    calls = 0

    def walk(jaxpr: Any, constants: Any, arguments: list[tuple]) -> list[tuple]:
        nonlocal calls
        known = dict(zip(jaxpr.invars, arguments))
        known.update(zip(jaxpr.constvars, map(_constant, constants)))

        def read(atom: Any) -> tuple:
            if isinstance(atom, core.Literal):
                return "literal", float(atom.val), SHORT[atom.aval.dtype.name]
            return known[atom]

        for equation in jaxpr.eqns:
            operands, params = [read(atom) for atom in equation.invars], equation.params
            name = equation.primitive.name
            if name == "jit":
                calls += 1
                inner = params["jaxpr"]
                found = walk(inner.jaxpr, inner.consts, operands)
                known.update(zip(equation.outvars, found))
                continue
            shown = [params[key] for key in SHOWN.get(name, ())]
            type = equation.outvars[0].aval
            known[equation.outvars[0]] = "step", len(steps)
            steps.append((name, operands, shown, SHORT[type.dtype.name], type.shape))
        return [read(atom) for atom in jaxpr.outvars]

    arguments = [("argument", n) for n in range(len(closed.jaxpr.invars))]
    return steps, walk(closed.jaxpr, closed.consts, arguments), calls


def steps_of_tern(jaxpr: Jaxpr) -> tuple[list[tuple], int]:
    """The same of the book's jaxpr, but for the results."""
    known: list[tuple] = [_constant(array) for _, array in jaxpr.constants]
    known += [("argument", n) for n in range(len(jaxpr.arguments))]
    steps: list[tuple] = []
    for equation in inlined(jaxpr):
        operands = [
            ("literal", float(each.value), each.type.dtype)
            if isinstance(each, Literal)
            else known[each.number]
            for each in equation.operands
        ]
        shown = [equation.params[key] for key in SHOWN.get(equation.primitive, ())]
        known.append(("step", len(steps)))
        steps.append((equation.primitive, operands, shown, *equation.results[0].type))
    return steps, calls(jaxpr)


def calls(jaxpr: Jaxpr) -> int:
    """How many calls run, nested ones included."""
    inner = [each.params["jaxpr"] for each in jaxpr.equations if each.primitive == "jit"]
    return len(inner) + sum(map(calls, inner))


def _constant(array: Any) -> tuple:
    return "constant", np.asarray(array).tobytes()
