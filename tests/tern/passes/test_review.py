"""Corners of the loop level: what a change of order, or another language, gets wrong easily."""

import numpy as np
import pytest

from tern.ir import EvaluationError, Operation, functions, parse, verify
from tern.ir.loops import run_loops
from tern.lower import lower_source
from tern.passes import (
    NestError,
    dependence_vectors,
    fuse_all,
    interchange,
    nests,
    scalar_replacement,
    tile,
)
from tern.targets.numba import compile_numba, emit_python

SWAPPED = (
    "%x = affine.load %a[%i, %j] : memref<?x?xf32>\naffine.store %x, %a[%j, %i] : memref<?x?xf32>"
)


def function(body, arguments="%a: memref<?x?xf32>, %b: memref<?xf32>, %n: index") -> Operation:
    func = functions(parse(f"func.func @f({arguments}) {{\n{body}\nreturn\n}}"))[0]
    verify(func)
    return func


def over(loops, body, **more) -> Operation:
    """The function of a nest."""
    headers = [f"affine.for {loop} {{" for loop in loops.split("; ")]
    return function(f"{' '.join(headers)}\n{body}\n{'}' * len(headers)}", **more)


def agree(func, *args, parallel=False) -> None:
    """Numba changes the arguments as the interpreter of loops does, signs of zeros included."""
    pytest.importorskip("numba")
    want, have = ([a.copy() if hasattr(a, "copy") else a for a in args] for _ in range(2))
    run_loops(func, want)
    compile_numba(func, parallel=parallel)(*have)
    for w, h in zip(want, have):
        floats = np.asarray(w).dtype.kind == "f"
        assert np.array_equal(w, h, equal_nan=floats)
        assert not floats or np.array_equal(np.signbit(w) & (w == w), np.signbit(h) & (h == h))


# passes ---------------------------------------------------------------------------------------


def test_force_skips_the_dependences_alone() -> None:
    """No order that uses an induction variable outside of its loop, and none that is no order."""
    nest = nests(over("%i = 0 to 8; %j = affine_map<(d0) -> (d0)>(%i) to 8", SWAPPED))[0]
    with pytest.raises(NestError, match="a bound of loop 1 needs a loop"):
        interchange(nest, (1, 0), force=True)
    with pytest.raises(NestError, match="is not an order of 2 loops"):
        interchange(nest, (0, 0), force=True)


def test_a_loop_of_one_iteration_carries_nothing() -> None:
    copied = "%x = affine.load %b[{}] : memref<?xf32>\naffine.store %x, %b[{}] : memref<?xf32>"
    func = over("%i = 3 to 4; %j = 0 to 8", copied.format("%j", "%j + 1"))
    assert dependence_vectors(nests(func)[0]) == [(0, 1)]
    interchange(nests(func)[0], (1, 0))
    func = over("%i = 3 to 5; %j = 0 to 8", copied.format("%j", "%j + 1"))
    with pytest.raises(NestError):
        interchange(nests(func)[0], (1, 0))


@pytest.mark.parametrize(("operands", "free"), [("%x, %y", True), ("%y, %x", False)])
def test_what_is_subtracted_from_a_number_is_a_reduction(operands, free) -> None:
    """x = x - y may go in any order, x = y - x may not."""
    body = f"""%x = affine.load %s[] : memref<i32>
      %y = affine.load %a[%i, %j] : memref<?x?xi32>
      %z = arith.subi {operands} : i32
      affine.store %z, %s[] : memref<i32>"""
    func = over("%i = 0 to 2; %j = 0 to 3", body, arguments="%s: memref<i32>, %a: memref<?x?xi32>")
    s, a = np.array(5, "i4"), np.arange(6, dtype="i4").reshape(2, 3)
    plain, changed = s.copy(), s.copy()
    run_loops(func, [plain, a])
    nest = nests(func)[0]
    assert (dependence_vectors(nest) == []) == free
    interchange(nest, (1, 0), force=not free)
    run_loops(func, [changed, a])
    assert (plain == changed) == free


def test_a_call_in_a_loop_may_store() -> None:
    func = function(
        """%c = arith.constant 1.0 : f32
        affine.store %c, %b[0] : memref<?xf32>
        affine.for %i = 0 to 8 { func.call @g(%b) : (memref<?xf32>) -> () }
        %x = affine.load %b[0] : memref<?xf32>
        affine.store %x, %b[1] : memref<?xf32>"""
    )
    assert scalar_replacement(func) == 0


# bounds ---------------------------------------------------------------------------------------

ONE = "%c = arith.constant 1.0 : f32\naffine.store %c, %b[{}] : memref<?xf32>"


@pytest.mark.parametrize(
    ("loops", "subscript", "size"),
    [
        ("%i = 0 to 8 step 2", "%i + 1", 8),
        ("%i = 0 to %n step 3", "%i * 2", 13),
        ("%i = 0 to 9; %j = 0 to affine_map<(d0) -> (d0 + 1)>(%i)", "%i - %j", 9),
        ("%i = 0 to 9; %j = affine_map<(d0) -> (d0)>(%i) to 9", "%j - %i", 9),
        ("%i = 0 to %n; %j = 0 to affine_map<(d0, d1) -> (d0 - d1)>(%n, %i)", "%i + %j", 9),
    ],
)
def test_subscripts_are_taken_to_what_they_reach(loops, subscript, size) -> None:
    """Neither one element too many is asked for, nor one too few."""
    func = over(loops, ONE.format(subscript))
    agree(func, np.zeros((1, 1), "f4"), np.zeros(size, "f4"), 9)
    with pytest.raises(EvaluationError, match="in a buffer of shape"):
        run_loops(func, [np.zeros((1, 1), "f4"), np.zeros(size - 1, "f4"), 9])
    with pytest.raises(EvaluationError, match="do the arguments' shapes fit together"):
        compile_numba(func)(np.zeros((1, 1), "f4"), np.zeros(size - 1, "f4"), 9)


@pytest.mark.parametrize("size", [1, 2])
def test_subscripts_of_tiles_with_steps(size) -> None:
    func = over("%i = 0 to 8 step 2", ONE.format("%i + 1"))
    tile(nests(func)[0], (size,))
    agree(func, np.zeros((1, 1), "f4"), np.zeros(8, "f4"), 0)


def test_sizes_of_one_name_are_equal() -> None:
    pytest.importorskip("numba")
    (func,) = functions(lower_source("fn f(x: f32[n], y: f32[n]) -> f32[n] { return x + y; }"))
    x, y = np.ones(3, "f4"), np.ones(5, "f4")
    with pytest.raises(
        EvaluationError,
        match="the size n is 3 by axis 0 of argument 1, and 5 by axis 0 of argument 2",
    ):
        compile_numba(func)(x, y, np.zeros(3, "f4"))


INDIRECT = """%p = affine.load %q[%i] : memref<?xindex>
  %x = memref.load %b[%p] : memref<?xf32>
  %c = arith.constant 0 : index
  affine.store %c, %q[%i] : memref<?xindex>
  affine.store %x, %b[%i] : memref<?xf32>"""


def test_a_subscript_is_loaded_before_it_is_stored() -> None:
    func = over("%i = 0 to 3", INDIRECT, arguments="%q: memref<?xindex>, %b: memref<?xf32>")
    agree(func, np.array([3, 1, 4]), np.arange(5, dtype="f4"))
    for outside in (-1, 5):  # which Python and Numba would take for the last, and for anything
        args = np.array([outside, 0, 0]), np.arange(5, dtype="f4")
        with pytest.raises(EvaluationError, match="in a buffer of shape"):
            run_loops(func, args)
        args[0][0] = outside
        with pytest.raises(IndexError, match="a subscript is outside"):
            compile_numba(func)(*args)


# numbers --------------------------------------------------------------------------------------


def mapped(lines, source, target) -> Operation:
    arguments = f"%a: memref<?x{source}>, %n: index, %b: memref<?x{target}>"
    load = f"%x = affine.load %a[%i] : memref<?x{source}>"
    return over(
        "%i = 0 to %n",
        f"{load}\n{lines}\naffine.store %y, %b[%i] : memref<?x{target}>",
        arguments=arguments,
    )


@pytest.mark.parametrize(
    ("lines", "element"),
    [
        ("%c = arith.constant -2.0 : f64\n%y = math.powf %c, %x : f64", "f64"),
        ("%c = arith.constant 1.5 : f64\n%y = arith.remf %x, %c : f64", "f64"),
        ("%c = arith.constant 0.0 : f32\n%y = arith.remf %x, %c : f32", "f32"),
        ("%c = arith.constant -1.5 : f32\n%y = arith.remf %x, %c : f32", "f32"),
    ],
)
def test_powers_and_remainders(lines, element) -> None:
    x = np.array([2, 3, -1, 4.25, 0.0], f"f{int(element[1:]) // 8}")
    agree(mapped(lines, element, element), x, len(x), np.zeros_like(x))


def test_false_is_not_minus_zero() -> None:
    func = mapped("%y = arith.sitofp %x : i1 to f32", "i1", "f32")
    agree(func, np.array([False, True]), 2, np.zeros(2, "f4"))


@pytest.mark.parametrize("width", [8, 32, 64])
@pytest.mark.parametrize("name", ["divsi", "remsi"])
def test_a_quotient_that_does_not_fit_is_an_error(name, width) -> None:
    pytest.importorskip("numba")
    element = f"i{width}"
    func = mapped(
        f"%c = arith.constant -1 : {element}\n%y = arith.{name} %x, %c : {element}",
        element,
        element,
    )
    minimum = np.array([-(2 ** (width - 1))], f"i{width // 8}")
    agree(func, minimum + 1, 1, np.zeros_like(minimum))
    with pytest.raises(EvaluationError, match="does not fit"):
        run_loops(func, [minimum, 1, np.zeros_like(minimum)])
    with pytest.raises(OverflowError, match="does not fit"):
        compile_numba(func)(minimum, 1, np.zeros_like(minimum))


# parallel loops and names ---------------------------------------------------------------------


def test_parallel_loops_read_numbers() -> None:
    """Numba takes a buffer without dimensions for a number there."""
    body = """affine.for %i = 0 to %n {
      %s0 = affine.load %s[] : memref<f32>
      affine.store %s0, %b[%i, 0] : memref<?x?xf32>
      affine.for %j = 1 to 3 {
        %x = affine.load %s[] : memref<f32>
        affine.store %x, %b[%i, %j] : memref<?x?xf32>
      }
    }"""
    func = function(body, "%s: memref<f32>, %n: index, %b: memref<?x?xf32>")
    assert "prange" in emit_python(func, parallel=True)
    agree(func, np.array(2.5, "f4"), 4, np.zeros((4, 3), "f4"), parallel=True)


def test_one_iteration_that_stores_a_number_is_not_parallel() -> None:
    body = "%c = arith.constant 1.0 : f32\naffine.store %c, %s[] : memref<f32>"
    func = over("%i = 0 to 1", body, arguments="%s: memref<f32>")
    agree(func, np.array(2.5, "f4"), parallel=True)


def test_programs_with_sums_run_in_parallel() -> None:
    module = lower_source("fn f(x: f32[n]) -> f32[n] { return x / sum(x); }")
    fuse_all(module)
    agree(functions(module)[0], np.arange(1, 6, dtype="f4"), np.zeros(5, "f4"), parallel=True)


def test_a_name_that_python_does_not_have() -> None:
    func = functions(parse("func.func @f.1$x(%n: index) {\nreturn\n}"))[0]
    assert emit_python(func) == "def f_1_x(a):\n    pass\n"
