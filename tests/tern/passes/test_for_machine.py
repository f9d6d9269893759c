"""Rows fused, buffers contracted, and the whole of the passes for a processor with vectors."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tern.build import build
from tern.cost import AVX2, AVX512, NEON, SSE2, this_machine
from tern.ir import Operation, functions, parse, run, verify
from tern.ir.loops import run_loops
from tern.lower import lower_source
from tern.passes.contract import contract
from tern.passes.fast_math import permit
from tern.passes.fold_sizes import fold_sizes
from tern.passes.for_machine import for_machine
from tern.passes.fuse_rows import fuse_rows
from tern.passes.reciprocal import multiply_by_reciprocals
from tern.targets.bounds import check_bounds
from tests.tern.loop_programs import arguments, programs, same, sizes
from tests.turns import tries

MACHINES = [SSE2, AVX2, AVX512, NEON]
FLAGS = ("reassoc", "arcp", "contract")

KERNELS = {
    "softmax": "fn f(x: f32[n, m]) -> f32[n, m] { return softmax(x); }",
    "log_softmax": "fn f(x: f32[n, m]) -> f32[n, m] { return log_softmax(x); }",
    "layer_norm": """fn f(x: f32[n, m], s: f32[m], t: f32[m]) -> f32[n, m] {
        return layer_norm(x, s, t, 0.00001);
    }""",
    "rms_norm": "fn f(x: f32[n, m], s: f32[m]) -> f32[n, m] { return rms_norm(x, s, 0.00001); }",
    "gelu": "fn f(x: f32[n, m], s: f32[m], y: f32[n, m]) -> f32[n, m] { return gelu(x + s) + y; }",
    "tanh": "fn f(x: f32[n, m], s: f32[m]) -> f32[n, m] { return tanh(x) * s; }",
    "dense": """fn f(x: f32[n, m], w: f32[m, m], s: f32[m]) -> f32[n, m] {
        return relu(x @ w + s);
    }""",
}


def inputs(source, n, m) -> list[np.ndarray]:
    random = np.random.default_rng(n + m)
    shapes = [part.split("]")[0] for part in source.split("->")[0].split("f32[")[1:]]
    of = {"n": n, "m": m}
    return [random.standard_normal([of[d] for d in s.split(", ")]).astype("f4") for s in shapes]


@pytest.mark.rotates(10)
@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
@pytest.mark.parametrize("name", KERNELS)
def test_kernels(name, machine) -> None:
    """Interpreted, and compiled for whatever this processor is, beside what they mean."""
    source = KERNELS[name]
    module = lower_source(source, ["f"])
    permit(module, *FLAGS)
    assert not for_machine(module, machine)
    verify(module)
    assert str(parse(str(module))) == str(module)
    (func,) = functions(module)
    runs = [lambda *given: run_loops(func, given)]
    if machine is AVX2:
        pytest.importorskip("llvmlite")
        from tern.targets import llvm

        runs.append(llvm.compile_llvm(func))
    for n, m in ((3, 5), (4, 64), (2, 75)):
        given, out = inputs(source, n, m), np.zeros((n, m), "f4")
        want = run(build(source), "f", *given)
        for each in runs:
            check_bounds(func, [*given, out])
            each(*given, out)
            assert np.allclose(out, want, rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize("name", ["softmax", "layer_norm", "rms_norm"])
def test_one_loop_over_rows_and_nothing_but_rows_in_memory(name) -> None:
    for spelled in (("n", "m"), ("40", "70")):
        source = KERNELS[name].replace("n,", f"{spelled[0]},").replace("m]", f"{spelled[1]}]")
        module = lower_source(source, ["f"])
        (func,) = functions(module)
        fold_sizes(func)
        fuse_rows(func)
        contract(func)
        verify(module)
        loops = [op for op in func.body.only_block.operations if op.name == "affine.for"]
        assert len(loops) == 1
        shapes = [op.result.type.shape for op in func.walk() if op.name == "memref.alloc"]
        assert shapes and all(len(shape) <= 1 for shape in shapes)


@settings(max_examples=tries(40, long=1000), deadline=None)
@given(st.data(), sizes, st.integers(0, 99))
def test_random_programs(data, sizes, seed) -> None:
    """Rows fused and contracted: to the bit what they were."""
    source, shape = data.draw(programs())
    results = []
    for fused in (False, True):
        module = lower_source(source)
        (func,) = functions(module)
        if fused:
            fold_sizes(func)
            fuse_rows(func)
            contract(func)
            verify(module)
        given = arguments(sizes, seed)
        out = np.zeros([sizes.get(n, n) for n in shape], "f4")
        check_bounds(func, [*given, out])
        run_loops(func, [*given, out])
        results.append(out)
    assert np.array_equal(*results, equal_nan=True)


@settings(max_examples=tries(25, long=1000), deadline=None)
@given(st.data(), sizes, st.integers(0, 99), st.sampled_from(MACHINES))
def test_random_programs_for_machines(data, sizes, seed, machine) -> None:
    source, shape = data.draw(programs())
    dims = {name: 9 * size % 13 + 1 for name, size in sizes.items()}
    module, plain = lower_source(source), lower_source(source)
    permit(module, *FLAGS)
    for_machine(module, machine)
    verify(module)
    results = []
    for each in (plain, module):
        (func,) = functions(each)
        out = np.zeros([dims.get(n, n) for n in shape], "f4")
        given = arguments(dims, seed)
        check_bounds(func, [*given, out])
        run_loops(func, [*given, out])
        results.append(out)
    assert same(results[1], results[0])


def test_without_flags_sums_stay_in_order() -> None:
    module = lower_source("fn f(x: f32[n, m]) -> f32[n, 1] { return sum(x, axis=1); }")
    (remark,) = for_machine(module, AVX2)
    assert "without reassoc" in remark[1]
    integers = lower_source("fn f(x: i32[n, m]) -> i32[n, 1] { return sum(x, axis=1); }")
    assert for_machine(integers, AVX2) == [] and "vector<32xi32>" in str(integers)


def test_widths_come_from_the_machine() -> None:
    for machine, width in zip(MACHINES, (4, 8, 16, 4)):
        module = lower_source("fn f(x: f32[n]) -> f32[n] { return x + x; }")
        for_machine(module, machine)
        assert f"vector<{4 * width}xf32>" in str(module)
    assert this_machine().lanes() >= 1


def function_of(body, arguments="%a: memref<9xf32>, %b: memref<9x9xf32>") -> Operation:
    module = parse(f"func.func @f({arguments}) {{\n{body}\nreturn\n}}")
    verify(module)
    return functions(module)[0]


OWN = """%m = memref.alloc() : memref<9x9xf32>
    affine.for %i = 0 to 9 {
        affine.for %j = 0 to 9 {
            %x = affine.load %b[%i, %j] : memref<9x9xf32>
            affine.store %x, %m[FIRST, %j] : memref<9x9xf32>
        }
        affine.for %j = 0 to 9 {
            %x = affine.load %m[SECOND, %j] : memref<9x9xf32>
            affine.store %x, %b[%i, %j] : memref<9x9xf32>
        }
    }"""


@pytest.mark.parametrize(
    ("first", "second", "shrinks"),
    [("%i", "%i", 1), ("%i", "0", 0), ("%i", "%j", 0), ("%i * 0 + 2", "%i * 0 + 2", 0)],
)
def test_what_contracts(first, second, shrinks) -> None:
    func = function_of(OWN.replace("FIRST", first).replace("SECOND", second))
    assert contract(func) == shrinks
    verify(func)
    (buffer,) = [op.result for op in func.walk() if op.name == "memref.alloc"]
    assert len(buffer.type.shape) == 2 - shrinks


def test_sizes_are_folded() -> None:
    func = function_of(
        """%n = arith.constant 9 : index
        %m = memref.alloc(%n, %n) : memref<?x?xf32>
        affine.for %i = 0 to %n {
            affine.for %j = affine_map<(d0) -> (d0)>(%i) to min affine_map<(d0, d1) ->
                    (d0 + d1 * 2 - 1, d1)>(%i, %n) {
                %x = affine.load %a[%j] : memref<9xf32>
                affine.store %x, %m[%i, %j] : memref<?x?xf32>
            }
        }""".replace("?x?xf32", "?x?xf32")
    )
    assert fold_sizes(func) == 3
    text = str(func)
    assert "memref<9x9xf32>" in text and "(d0 + 17, 9)" in text and "= 0 to 9" in text


DIVISIONS = """affine.for %i = 0 to 9 {
    %x = affine.load %a[%i] : memref<9xf32>
    %y = affine.load %b[0, 0] : memref<9x9xf32>
    %q = arith.divf LEFT, RIGHT FLAGS : f32
    affine.store %q, %a[%i] : memref<9xf32>
}"""


@pytest.mark.parametrize(
    ("left", "right", "flags", "count"),
    [
        ("%x", "%y", "fastmath<arcp>", 1),
        ("%x", "%y", "", 0),
        ("%x", "%x", "fastmath<arcp>", 0),
        ("%y", "%y", "fastmath<arcp>", 0),
    ],
)
def test_reciprocals(left, right, flags, count) -> None:
    text = DIVISIONS.replace("LEFT", left).replace("RIGHT", right).replace("FLAGS", flags)
    func = function_of(text)
    loop = next(op for op in func.walk() if op.name == "affine.for")
    assert multiply_by_reciprocals(loop) == count
    verify(func)
    assert ("arith.mulf" in str(func)) == bool(count)
