"""Outlining: nests as functions, which compute the same."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tern
from tern.ir import (
    EvaluationError,
    Operation,
    function,
    functions,
    is_private,
    parse,
    print_ir,
    public_functions,
    verify,
)
from tern.ir.loops import run_loops
from tern.lower import lower_source
from tern.passes import PassManager, erase_dead_operations, fuse_all, nests, outline
from tests.tern.loop_programs import arguments, programs, same, sizes
from tests.turns import tries


@settings(max_examples=tries(25, long=2000))
@given(data=st.data(), sizes=sizes, seed=st.integers(0, 9), element=st.sampled_from(["f32", "i32"]))
def test_outlined_programs_compute_the_same(data, sizes, seed, element) -> None:
    source, shape = data.draw(programs(element))
    args = arguments(sizes, seed, element)
    module = lower_source(source)
    if data.draw(st.booleans()):
        fuse_all(module)
    before = len(nests(module))
    added = outline(module)
    if data.draw(st.booleans()):
        erase_dead_operations(module)
    verify(module)
    assert print_ir(parse(print_ir(module, own=True)), own=True) == print_ir(module, own=True)
    assert added == len(functions(module)) - 1 <= before
    assert [len(nests(func)) for func in functions(module)] == [1] * added + [0]
    (func,) = public_functions(module)
    out = np.zeros([sizes.get(size, size) for size in shape], args[0].dtype)
    run_loops(func, [*args, out])
    assert same(out, np.asarray(tern.run(source, "f", *args)))


def module_of(body: str, arguments: str) -> Operation:
    module = parse(f"func.func @f({arguments}) {{\n{body}\nreturn\n}}")
    verify(module)
    return module


def line(target: str, source: str, element: str = "f32", extra: str = "") -> str:
    """A loop that copies, by way of `extra`, from %x to %y."""
    return f"""affine.for %i = 0 to 8 {{
      %x = affine.load {source} : memref<8x{element}>
      {extra or f"%y = arith.add{element[0]} %x, %x : {element}"}
      affine.store %y, {target} : memref<8x{element}>
    }}
    """


TWICE = "fn {0}(x: {1}) -> {1} {{ return x + x; }}"
BUFFERS = "%a: memref<8xf32>, %b: memref<8xf32>, %c: memref<8xf32>"


def test_alike_nests_share_a_function() -> None:
    module = module_of(line("%b[%i]", "%a[%i]") + line("%c[%i]", "%b[%i]"), BUFFERS)
    assert outline(module) == 1
    assert (
        str(module)
        == """\
module {
  func.func private @f_nest1(%arg0: memref<8xf32>, %arg1: memref<8xf32>) {
    affine.for %arg2 = 0 to 8 {
      %0 = affine.load %arg0[%arg2] : memref<8xf32>
      %1 = arith.addf %0, %0 : f32
      affine.store %1, %arg1[%arg2] : memref<8xf32>
    }
    return
  }
  func.func @f(%arg0: memref<8xf32>, %arg1: memref<8xf32>, %arg2: memref<8xf32>) {
    call @f_nest1(%arg0, %arg1) : (memref<8xf32>, memref<8xf32>) -> ()
    call @f_nest1(%arg1, %arg2) : (memref<8xf32>, memref<8xf32>) -> ()
    return
  }
}"""
    )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (line("%b[%i]", "%a[%i]"), line("%b[%i]", "%b[%i]")),  # one buffer, or two
        (line("%b[%i]", "%a[%i]"), line("%b[7 - %i]", "%a[%i]")),
        (line("%b[%i]", "%a[%i]"), line("%b[%i]", "%a[%i]", extra="%y = math.exp %x : f32")),
        (line("%b[%i]", "%a[%i]"), line("%b[%i]", "%a[%i]").replace("0 to 8", "0 to 7")),
        (line("%b[%i]", "%a[%i]"), line("%b[%i]", "%a[%i]").replace("0 to 8", "0 to 8 step 2")),
    ],
)
def test_nests_that_differ_share_none(first, second) -> None:
    assert outline(module_of(first + second, BUFFERS)) == 2


def test_a_constant_goes_along_and_tells_nests_apart() -> None:
    def add(number: str) -> str:
        return f"%{number} = arith.constant {number}.0 : f32\n" + line(
            "%b[%i]", "%a[%i]", extra=f"%y = arith.addf %x, %{number} : f32"
        )

    module = module_of(add("1") + add("2") + add("1").replace("%1", "%3"), BUFFERS)
    assert outline(module) == 2
    assert all(len(func.body.blocks[0].args) == 2 for func in functions(module)[:2])
    assert erase_dead_operations(module) == 3
    verify(module)


def test_what_is_computed_goes_along_and_what_is_loaded_is_an_argument() -> None:
    """What a nest uses was loaded before it, whatever the buffer holds by then."""
    text = f"""module {{
      func.func @f(%s: memref<f32>, %a: memref<8xf32>, %b: memref<8xf32>) {{
        %before = affine.load %s[] : memref<f32>
        %two = arith.constant 2.0 : f32
        %twice = arith.mulf %before, %two : f32
        %shift = arith.subf %twice, %before : f32
        affine.store %two, %s[] : memref<f32>
        {line("%b[%i]", "%a[%i]", extra="%y = arith.addf %x, %shift : f32")}
        return
      }}
    }}"""
    module, plain = parse(text), parse(text)
    outline(module)
    assert erase_dead_operations(module) == 2  # the caller's own %twice and %shift
    verify(module)
    (nest, f) = functions(module)
    types = [str(arg.type) for arg in nest.body.blocks[0].args]
    assert types == ["f32", "memref<8xf32>", "memref<8xf32>"]
    found = []
    for func in (f, *functions(plain)):
        arrays = [np.array(5.0, "f4"), np.arange(8, dtype="f4"), np.zeros(8, "f4")]
        run_loops(func, arrays)
        found.append([array.tolist() for array in arrays])
    assert found[0] == found[1] and found[0][2] == [5.0 + i for i in range(8)]


def test_unsigned_numbers_are_not_signed_ones() -> None:
    """MLIR's text shows both as i8."""
    module = lower_source(TWICE.format("f", "i8[n]") + TWICE.format("g", "u8[n]"))
    assert len(nests(module)) == outline(module) == 2
    verify(module)


def test_the_names_of_sizes_do_not_count() -> None:
    module = lower_source(TWICE.format("f", "f32[n]") + TWICE.format("g", "f32[m]"))
    assert len(nests(module)) == 2 and outline(module) == 1
    verify(module)


def test_names_that_are_taken() -> None:
    text = f"""module {{
      func.func @f_nest1() {{ return }}
      func.func @f({BUFFERS}) {{
        call @f_nest2() : () -> ()
        {line("%b[%i]", "%a[%i]")}
        return
      }}
      func.func @f_nest2() {{ return }}
    }}""".replace("{ return }", "{\nreturn\n}")
    module = parse(text)
    verify(module)
    PassManager([outline]).run(module)
    private = [func.attributes["sym_name"] for func in functions(module) if is_private(func)]
    assert private == ["f_nest3"]


def test_functions_of_one_module_share() -> None:
    nest = line("%b[%i]", "%a[%i]")
    texts = [f"func.func @{name}({BUFFERS}) {{\n{nest}\nreturn\n}}" for name in "fg"]
    module = parse("\n".join(["module {", *texts, "}"]))
    assert outline(module) == 1
    assert [func.attributes["sym_name"] for func in public_functions(module)] == ["f", "g"]


def test_a_nest_inside_another_operation() -> None:
    nest = line("%b[%i]", "%a[%i]")
    module = module_of(f"scf.if %c {{\n{nest}\n}}", "%c: i1, %a: memref<8xf32>, %b: memref<8xf32>")
    assert outline(module) == 1
    verify(module)
    assert "scf.if %arg0 {\n      func.call @f_nest1" in str(module)


def test_mlir_accepts_outlined_functions() -> None:
    mlir = pytest.importorskip("torch_mlir.ir")
    module = lower_source("fn f(x: f32[n, m], y: f32[m]) -> f32[n, m] { return exp(x + y) * x; }")
    outline(module)
    with mlir.Context():
        theirs = mlir.Module.parse(str(module))
        assert theirs.operation.verify()
        assert str(parse(str(theirs))) == str(module)


# calls in the interpreter of loops ------------------------------------------------------------


def test_a_call_gives_results() -> None:
    module = parse("""module {
      func.func @g(%x: f32) -> (f32, f32) {
        %y = arith.addf %x, %x : f32
        return %y, %x : f32, f32
      }
      func.func @f(%x: f32, %a: memref<2xf32>) {
        affine.for %i = 0 to 2 {
          %y:2 = func.call @g(%x) : (f32) -> (f32, f32)
          %z = arith.mulf %y#0, %y#1 : f32
          affine.store %z, %a[%i] : memref<2xf32>
        }
        return
      }
    }""")
    verify(module)
    a = np.zeros(2, "f4")
    run_loops(function(module, "f"), [3.0, a])
    assert a.tolist() == [18.0, 18.0]


def test_recursion_ends_where_a_loop_has_no_iterations() -> None:
    module = parse("""module {
      func.func @f(%n: index, %a: memref<?xindex>) {
        affine.store %n, %a[%n] : memref<?xindex>
        %one = arith.constant 1 : index
        %less = arith.subi %n, %one : index
        affine.for %i = 0 to min affine_map<(d0) -> (d0, 1)>(%n) {
          func.call @f(%less, %a) : (index, memref<?xindex>) -> ()
        }
        return
      }
    }""")
    verify(module)
    a = np.full(6, -1)
    run_loops(function(module, "f"), [5, a])
    assert a.tolist() == [0, 1, 2, 3, 4, 5]
    with pytest.raises(EvaluationError, match="calls are nested too deeply"):
        run_loops(function(module, "f"), [9999, np.zeros(10_000, "i8")])


@pytest.mark.parametrize(
    ("callee", "message"),
    [
        ("", "there is no function @g"),
        ("func.func private @g()", "@g is not a function of loops"),
        ("func.func @g() {\ncf.br ^bb1\n^bb1:\nreturn\n}", "@g is not a function of loops"),
    ],
)
def test_what_cannot_be_called(callee, message) -> None:
    module = parse(f"module {{\n{callee}\nfunc.func @f() {{\ncall @g() : () -> ()\nreturn\n}}\n}}")
    with pytest.raises(EvaluationError, match=message):
        run_loops(function(module, "f"), [])
