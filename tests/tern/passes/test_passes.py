import pytest
from hypothesis import given

from tern.build import build
from tern.ir import function, functions, interpret, parse, run, verify
from tern.ir.strategies import functions as some_functions
from tern.passes import erase_dead_operations, lower_scf
from tern.types import f32, i32

SOURCE = """
fn power(x: f32, n: i32) -> f32 {
    let acc = 1.0;
    while n > 0 { if n % 2 == 1 { acc = acc * x; } x = x * x; n = n / 2; }
    return acc;
}
fn sums(n: i32) -> i32 {
    let s = 0;
    for i in 0..n { for j in i..n { if j % 2 == 0 { s = s + j; } else { s = s - 1; } } }
    return s;
}
"""


def test_lower_scf() -> None:
    structured = build(SOURCE, structured=True)
    lowered = structured.clone()
    lower_scf(lowered)
    verify(lowered)
    assert not any(op.name.startswith("scf") for op in lowered.walk())
    for n in range(-1, 9):
        assert run(lowered, "sums", n) == run(structured, "sums", n)
        assert interpret(function(lowered, "power"), [1.5, n]) == [run(structured, "power", 1.5, n)]


def test_lower_scf_of_one_function_and_an_empty_else() -> None:
    module = parse("""
func.func @f(%c: i1, %n: i32) -> i32 {
  %0 = memref.alloca() : memref<i32>
  memref.store %n, %0[] : memref<i32>
  scf.if %c {
    %1 = arith.addi %n, %n : i32
    memref.store %1, %0[] : memref<i32>
  }
  %2 = memref.load %0[] : memref<i32>
  return %2 : i32
}
""")
    func = function(module, "f")
    lower_scf(func)
    assert (
        str(func)
        == """\
func.func @f(%arg0: i1, %arg1: i32) -> i32 {
  %0 = memref.alloca() : memref<i32>
  memref.store %arg1, %0[] : memref<i32>
  cf.cond_br %arg0, ^bb1, ^bb2
^bb1:
  %1 = arith.addi %arg1, %arg1 : i32
  memref.store %1, %0[] : memref<i32>
  cf.br ^bb2
^bb2:
  %2 = memref.load %0[] : memref<i32>
  return %2 : i32
}"""
    )


def test_lower_scf_leaves_flat_functions_alone() -> None:
    module = build(SOURCE)
    before = str(module)
    lower_scf(module)
    assert str(module) == before


@pytest.mark.parametrize("count", [300])
def test_many_ifs_one_after_another(count) -> None:
    body = "scf.if %c {\n func.call @g() : () -> ()\n }\n" * count
    module = parse(f"func.func private @g()\nfunc.func @f(%c: i1) {{\n{body}return\n}}")
    lower_scf(module)
    verify(module)
    assert len(functions(module)[1].body.blocks) == 2 * count + 1


def test_dead_operations_go_with_what_only_they_used() -> None:
    module = parse("""
func.func @f(%a: i32) -> i32 {
  %0 = arith.constant 2 : i32
  %1 = arith.muli %a, %0 : i32
  %2 = arith.addi %1, %0 : i32
  %3 = arith.addi %a, %a : i32
  %4 = memref.alloca() : memref<i32>
  memref.store %3, %4[] : memref<i32>
  return %a : i32
}
""")
    assert erase_dead_operations(module) == 3
    verify(module)
    assert [op.name for op in function(module, "f").body.blocks[0].operations] == [
        "arith.addi", "memref.alloca", "memref.store", "func.return"
    ]  # fmt: skip
    assert erase_dead_operations(module) == 0


@given(some_functions())
def test_erasing_dead_operations_keeps_the_meaning(func) -> None:
    samples = {i32: 3, f32: 0.75}
    args = [samples[type] for type in func.attributes["function_type"].inputs]
    before = str(interpret(func, args))
    erase_dead_operations(func)
    verify(func)
    assert str(interpret(func, args)) == before
    assert erase_dead_operations(func) == 0


def test_what_is_inside_of_the_root_is_erased_and_not_the_root() -> None:
    """Who uses the root stands outside, where nobody looked."""
    module = parse("""func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>],
                       iterator_types = ["parallel"]}
    ins(%x : tensor<4xf32>) outs(%x : tensor<4xf32>) {
  ^body(%a: f32, %out: f32):
    %unused = arith.addf %a, %a : f32
    linalg.yield %a : f32
  } -> tensor<4xf32>
  return %0 : tensor<4xf32>
}""")
    (root,) = [op for op in module.walk() if op.name == "linalg.generic"]
    assert erase_dead_operations(root) == 1
    verify(module)
