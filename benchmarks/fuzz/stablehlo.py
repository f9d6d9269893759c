"""StableHLO: read into tern, written by tern, and what the specification's interpreter says."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from benchmarks.fuzz.family import EQUAL, REFUSED, UNDEFINED, Disagreement, drawn
from tern.errors import TernError
from tern.frontends.stablehlo import StableHloError, import_stablehlo, read_stablehlo
from tern.frontends.stablehlo.drawn import random_stablehlo
from tern.ir import functions, run, verify
from tern.ir.arrays import dtype_of
from tern.ir.loops import run_loops
from tern.lower import lower_to_loops
from tern.targets.errors import XlaError
from tests.tern.tensor_programs import any_program, close


def _results(found: Any) -> list[np.ndarray]:
    return [np.asarray(each) for each in (found if isinstance(found, tuple) else (found,))]


def _near(found: np.ndarray, wanted: np.ndarray) -> bool:
    return np.allclose(found, wanted, rtol=2e-3, atol=2e-3, equal_nan=True)


def _compare(who: str, text: str, found: Any, wanted: Any, near: Any) -> None:
    for one, other in zip(_results(found), _results(wanted), strict=True):
        if one.shape != other.shape or not near(one, other):
            raise Disagreement(who, text, f"{other}\n{one}")


def inward(rng: random.Random, oracle: bool = False) -> str:
    """A text, read, run, and written and read once more; by the specification, too."""
    from tern.targets.stablehlo import interpreted, stablehlo_text

    text = drawn(rng, random_stablehlo(rng, rng.randint(4, 24)))
    (func,) = functions(read_stablehlo(text))
    types = func.attributes["function_type"].inputs
    draw = np.random.default_rng(rng.randrange(1 << 20)).uniform
    given = [np.asarray(draw(-1.5, 1.5, t.shape), "f4") for t in types]
    module = import_stablehlo(text)
    verify(module)
    with np.errstate(all="ignore"):
        found = run(module, "main", *given)
        again = import_stablehlo(stablehlo_text(functions(module)[0], entry="main"))
        _compare("out and in", text, run(again, "main", *given), found, _near)
        if oracle:
            _compare("specification", text, interpreted(text, given), found, _near)
    return EQUAL


def outward(rng: random.Random, oracle: bool = False) -> str:
    """Operations of networks on tensors of any type, written as StableHLO and read again; with
    XLA, too."""
    from tern.passes.specialize import specialize
    from tern.targets.stablehlo import compile_xla, stablehlo_text

    program = any_program(rng, 5)
    drawn(rng, program.module)
    with np.errstate(all="ignore"):
        wanted = run(program.module, "f", *program.arguments)
        try:
            special = specialize(functions(program.module)[0], program.arguments)
            text = stablehlo_text(special, entry="main")
        except TernError:
            return REFUSED
        back = import_stablehlo(text)
        types = functions(back)[0].attributes["function_type"].inputs
        given = [np.asarray(x, dtype_of(t.element)) for x, t in zip(program.arguments, types)]
        told = f"{program.module}\n\n{text}"
        _compare("out and in", told, run(back, "main", *given), wanted, close)
        if oracle:
            found = compile_xla(functions(program.module)[0])(*program.arguments)
            _compare("XLA", told, found, wanted, close)
    return EQUAL


def operations(rng: random.Random) -> str:
    """Each operation that tern reads, on every type, beside the specification's interpreter."""
    from benchmarks.fuzz.stablehlo_ops import random_operations
    from tern.targets.stablehlo import interpreted, stablehlo_text

    text, given = random_operations(rng)
    drawn(rng, f"{text}\n{given}")
    with np.errstate(all="ignore"):
        try:
            (wanted,) = interpreted(text, given)
        except XlaError:  # it has not all of the specification, and ends now and then
            return UNDEFINED
        try:
            module = import_stablehlo(text)
        except StableHloError:
            return REFUSED
        verify(module)
        types = functions(module)[0].attributes["function_type"].inputs
        mine = [_bits(each, dtype_of(t.element)) for each, t in zip(given, types)]
        found = np.asarray(run(module, "main", *mine))
        _compare("specification", rng.program, _bits(found, wanted.dtype), wanted, _close)  # type: ignore[attr-defined]
        out = np.full(found.shape, 1, found.dtype)
        run_loops(functions(lower_to_loops(module))[0], [*mine, out])
        _compare("loops", rng.program, out, found, _close)  # type: ignore[attr-defined]
        again = import_stablehlo(stablehlo_text(functions(module)[0], entry="main"))
        _compare("out and in", rng.program, run(again, "main", *mine), found, _close)  # type: ignore[attr-defined]
    return EQUAL


def _bits(array: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """The same bits as another type of this width: unsigned integers are none of tern's own."""
    return array.view(dtype) if array.dtype != dtype and dtype.kind in "iu" else array


def _close(found: np.ndarray, wanted: np.ndarray) -> bool:
    return found.dtype == wanted.dtype and close(found, wanted)
