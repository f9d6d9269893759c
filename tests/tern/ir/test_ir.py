import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tern.build import build
from tern.ir import (
    Block,
    Builder,
    Operation,
    Region,
    StableNames,
    check_operation,
    function,
    functions,
    new_function,
    new_module,
    parse,
    print_ir,
    read_bytecode,
    replace_uses,
    uses,
    value_names,
    verify,
    violations,
    write_bytecode,
)
from tern.ir.samples import random_function
from tern.ir.strategies import functions as some_functions
from tern.numbers import format_float, parse_number, wrap
from tern.text.diagnostics import Diagnostic
from tern.types import TensorType, f16, f32, f64, i1, i8, i32, index

EVERYTHING = (Path(__file__).parent / "everything.mlir").read_text().strip()


def first_function(text: str) -> Operation:
    return functions(parse(text))[0]


def absolute() -> Operation:
    """func @absolute(x) = x if x >= 0 else -x, by the builder."""
    func = new_function("absolute", [f32], [f32])
    builder = Builder(func.body.blocks[0])
    (x,) = func.body.blocks[0].args
    zero = builder.constant(0.0, f32)
    positive = builder.compare("oge", x, zero)
    negate, done = func.body.add_block(), func.body.add_block([f32])
    builder.cond_br(positive, done, [x], negate)
    builder = Builder(negate)
    builder.br(done, [builder.unary("arith.negf", x)])
    Builder(done).ret(done.args)
    return func


ABSOLUTE = """\
func.func @absolute(%arg0: f32) -> f32 {
  %0 = arith.constant 0.000000e+00 : f32
  %1 = arith.cmpf oge, %arg0, %0 : f32
  cf.cond_br %1, ^bb2(%arg0 : f32), ^bb1
^bb1:
  %2 = arith.negf %arg0 : f32
  cf.br ^bb2(%2 : f32)
^bb2(%3: f32):
  return %3 : f32
}"""


# the data structure ---------------------------------------------------------------------------


def test_builder_and_printer() -> None:
    func = absolute()
    verify(func)
    assert str(func) == print_ir(func) == ABSOLUTE
    assert str(func.body.blocks[1].operations[0]) == "%2 = arith.negf %arg0 : f32"
    assert repr(func) == "<func.func @absolute>"


def test_result_is_the_only_result() -> None:
    assert Operation("arith.constant", (), [f32]).result.type == f32
    with pytest.raises(ValueError, match="0 results"):
        Operation("cf.br").result
    with pytest.raises(ValueError, match="2 results"):
        Operation("func.call", (), [f32, f32]).result


def test_clone_shares_nothing() -> None:
    module = parse(EVERYTHING)
    copy = module.clone()
    assert str(copy) == EVERYTHING
    assert not set(module.walk()) & set(copy.walk())
    inside = {v for op in copy.walk() for v in op.results}
    inside |= {a for op in copy.walk() for r in op.regions for b in r.blocks for a in b.args}
    assert all(value in inside for op in copy.walk() for value in op.operands)
    assert all(op.parent is None or op in op.parent.operations for op in copy.walk())


def test_walk_follows_the_text() -> None:
    names = [op.name for op in parse(EVERYTHING).walk()]
    assert names[:2] == ["builtin.module", "func.func"]
    inside = names.index("scf.while")
    assert names[inside : inside + 5] == [
        "scf.while", "arith.cmpi", "scf.condition", "scf.yield", "scf.while"
    ]  # fmt: skip


def test_uses_and_replace_uses() -> None:
    func = absolute()
    (x,) = func.body.blocks[0].args
    assert [op.name for op in uses(func)[x]] == ["arith.cmpf", "cf.cond_br", "arith.negf"]
    zero = func.body.blocks[0].operations[0].result
    replace_uses(func, {x: zero})
    assert x not in uses(func)
    assert [op.name for op in uses(func)[zero]] == [
        "arith.cmpf", "arith.cmpf", "cf.cond_br", "arith.negf"
    ]  # fmt: skip


def test_functions_by_name() -> None:
    module = new_module()
    module.body.blocks[0].append(absolute())
    assert functions(module) == [function(module, "absolute")]
    with pytest.raises(KeyError, match="@square"):
        function(module, "square")


def test_value_names() -> None:
    func = absolute()
    assert list(value_names(func).values()) == ["%arg0", "%0", "%1", "%2", "%3"]


# text -----------------------------------------------------------------------------------------


NAMED = """
func.func @f(%arg0: i32) -> i32 {
  %x = arith.addi %arg0, %arg0 : i32
  %0 = arith.muli %x, %arg0 : i32
  %1 = arith.subi %0, %x : i32
  return %1 : i32
}
"""


def test_stable_names_stay_when_a_pass_changes_the_function() -> None:
    names, func = StableNames(), first_function(NAMED)
    before = names.text(func)
    assert "%x = arith.addi %arg0, %arg0" in before
    first, second, third, last = func.body.blocks[0].operations
    lines = dict(zip((first, second, third, last), before.splitlines()[1:]))
    replace_uses(func, {second.result: first.result})
    func.body.blocks[0].operations.remove(second)
    third_now = lines[third].replace("%1,", "%x,")
    assert names.text(func).splitlines()[1:-1] == [lines[first], third_now, lines[last]]
    assert names.text(func.clone()) == names.text(func)


def test_a_new_value_gets_a_number_that_was_never_used() -> None:
    names, func = StableNames(), first_function(NAMED)
    used = set(re.findall(r"%\w+", names.text(func)))
    block = func.body.blocks[0]
    block.operations[2].operands = list(block.operations[0].operands)
    del block.operations[1]
    for each in (block.operations[1].clone(), block.operations[0].clone()):
        block.insert(2, each)
        (new,) = set(re.findall(r"%\w+", names.text(func))) - used
        used.add(new)
    parse(names.text(func))


def test_everything_comes_back() -> None:
    module = parse(EVERYTHING)
    assert str(module) == EVERYTHING
    assert str(parse(str(module))) == EVERYTHING


def test_numbers_do_not_matter_to_the_parser() -> None:
    text = ABSOLUTE.replace("%1", "%is-positive.x").replace("^bb1", "^negate")
    text = text.replace("  return", "  // a comment, to %nobody: ^bb7\n\n  return")
    assert str(function(parse(text), "absolute")) == ABSOLUTE


def test_uses_may_come_before_definitions_in_the_text() -> None:
    text = """\
func.func @f(%arg0: i32) -> i32 {
  cf.br ^bb2
^bb1:
  return %0 : i32
^bb2:
  %0 = arith.addi %arg0, %arg0 : i32
  cf.br ^bb1
}"""
    func = function(parse(text), "f")
    assert violations(func) == []
    _, use, definition = func.body.blocks
    assert use.operations[0].operands == definition.operations[0].results


def test_what_breaks_its_own_rule_prints_in_the_generic_form() -> None:
    func = new_function("f", [i32], [])
    builder = Builder(func.body.blocks[0])
    (x,) = func.body.blocks[0].args
    builder.op("arith.cmpi", [x, x], [i32], {"predicate": "eq"})
    builder.op("arith.addf", [x], [f32])
    builder.op("my.own", [], [], {"a": (1, -2), "b": 'x"y', "c": 0.5, "d": True, "e": i1})
    builder.op(
        "my.loop",
        [x],
        [i1, f32],
        successors=[(func.body.add_block([i32]), [x])],
        regions=[Region(), new_function("g", [], []).body],
    )
    text = str(func)
    assert '%0 = "arith.cmpi"(%arg0, %arg0) {predicate = "eq"} : (i32, i32) -> i32' in text
    assert '%1 = "arith.addf"(%arg0) : (i32) -> f32' in text
    assert '"my.own"() {a = [1, -2], b = "x\\"y", c = 5.000000e-01, d = true, e = i1}' in text
    again = function(parse(text), "f")
    assert str(again) == text
    assert [op.attributes for op in again.walk()] == [op.attributes for op in func.walk()]


def test_a_branch_to_the_entry_shows_its_label() -> None:
    text = "func.func @f(%arg0: i32) {\n^bb0:\n  cf.br ^bb0(%arg0 : i32)\n}"
    assert str(function(parse(text), "f")) == text


def test_names_of_one_region_are_free_again_after_it() -> None:
    text = """
func.func @f(%c: i1, %n: i32) {
  scf.if %c {
    %x = arith.addi %n, %n : i32
  } else {
    %x = arith.muli %n, %n : i32
  }
  %x = arith.subi %n, %n : i32
  return
}
"""
    verify(parse(text))


ERRORS = {
    "func.func @f() {\n  return\n": "3:1: error: expected an operation",
    "func.func @f() {\n  cf.br ^bb7\n}": "2:9: error: there is no block ^bb7",
    "func.func @f() -> i32 {\n  return %x : i32\n}": "2:10: error: there is no value %x",
    "%0 = arith.constant 1 : i32\n%0 = arith.constant 1 : i32": "2:1: error: %0 is already",
    "%0 = arith.frobnicate 1": "1:6: error: unknown operation 'arith.frobnicate'",
    "%0 = arith.constant 1 : i33": "1:25: error: expected a type",
    "%0 = arith.constant 1 : tensor<4xi3>": "1:25: error: ",
    "%0 = arith.constant 1 : f32": "1:21: error: not a constant of type f32: 1 is not a float",
    "%0 = arith.constant 300 : i8": "1:21: error: not a constant of type i8: 300 does not fit",
    "%0 = arith.cmpi less, %1, %1 : i32": "1:17: error: 'less' is no predicate",
    "%0:2 = arith.constant 1 : i32": "1:1: error: arith.constant has 1 results",
    "func.func @f() {\n  %0 = return\n}": "2:3: error: func.return has 0 results",
    "func.func @f() {\n^a:\n  return\n^a:\n  return\n}": "4:1: error: block ^a is already",
    "@": "1:1: error: unknown operation '@'",
    '"x"() : (i32) -> ()': "1:9: error: 0 operands but 1 types",
    "%0 = arith.constant dense<[[1], 2]> : i32": "1:39: error: a dense constant has a tensor",
    "%": "expected",
    "%0": "expected",
    "%0 =": "expected an operation",
}


@pytest.mark.parametrize("text", ERRORS)
def test_syntax_errors_point_at_their_location(text) -> None:
    with pytest.raises(Diagnostic) as error:
        parse(text)
    assert ERRORS[text] in str(error.value)
    assert str(error.value).count("\n") == 2


def test_deep_nesting_is_a_diagnostic() -> None:
    for text in (
        "scf.if %c {\n" * 10_000,
        '"a"() (' + '{ "a"() (' * 10_000,
        "func.func private @f(" + "(" * 10_000,
        "%0 = arith.constant dense<" + "[" * 10_000,
        '"a"() {x = ' + "[" * 10_000,
        "%0 = arith.constant 1 : tensor<" + "tensor<" * 10_000,
    ):
        with pytest.raises(Diagnostic):
            parse(text)


def test_nesting_that_parses_also_prints_and_verifies() -> None:
    depth = 98
    text = "func.func @f(%c: i1) {\n" + "scf.if %c {\n" * depth + "}\n" * depth + "return\n}"
    module = parse(text)
    verify(module)
    assert str(parse(str(module))) == str(module)
    assert str(module.clone()) == str(module)


@given(some_functions())
def test_random_functions_come_back(func) -> None:
    assert str(function(parse(str(func)), "sample")) == str(func)


def only_diagnostics(text) -> None:
    try:
        module = parse(text)
    except Diagnostic as error:
        assert str(error)
    else:
        again = str(module)
        try:
            verify(module)
        except ValueError:
            return
        assert str(parse(again)) == again


TOKENS = sorted(set(re.findall(r"[%^@]?[\w.]+|\S", EVERYTHING)))


@given(st.text())
def test_any_text_is_a_module_or_a_diagnostic(text) -> None:
    only_diagnostics(text)


@given(st.lists(st.sampled_from(TOKENS), max_size=20))
def test_any_tokens_are_a_module_or_a_diagnostic(tokens) -> None:
    only_diagnostics(" ".join(tokens))


@settings(max_examples=150)
@given(st.data())
def test_any_damage_is_a_module_or_a_diagnostic(data) -> None:
    text = data.draw(st.sampled_from([ABSOLUTE, EVERYTHING, str(random_function(1, 15))]))
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 12)))
        text = text[:start] + data.draw(st.sampled_from(["", *TOKENS])) + text[end:]
    only_diagnostics(text)


# literals -------------------------------------------------------------------------------------


@given(st.floats(), st.sampled_from([f16, f32, f64]))
def test_floats_come_back(value, type) -> None:
    text = format_float(value, type)
    back = parse_number(text, type)
    assert back != back if value != value else format_float(back, type) == text
    if type == f64 and value == value:
        assert back == value


def test_spelling_of_floats() -> None:
    assert format_float(0.1, f32) == "1.000000e-01"
    assert format_float(-0.0, f64) == "-0.000000e+00"
    assert format_float(0.1234567891, f32) == "0.123456791"
    assert format_float(float("inf"), f32) == "0x7F800000"
    assert format_float(16777217.0, f64) == "0x4170000010000000"  # as MLIR does
    with pytest.raises(ValueError):
        parse_number("0x1FFFFFFFF", f32)


def test_wrap() -> None:
    assert wrap(2**31, 32) == -(2**31)
    assert wrap(255, 8) == -1
    assert wrap(3, 1) is True
    assert parse_number("255", i8) == -1
    assert parse_number("true", i1) is True


def test_samples_are_what_they_promise() -> None:
    func = random_function(7, 500)
    assert str(func) == str(random_function(7, 500))
    assert 400 < sum(1 for _ in func.walk()) < 800
    verify(func)
    ssa = random_function(7, 500, slots=False)
    assert "memref" not in str(ssa)


def test_check_operation_explains() -> None:
    types = [i32, f32, TensorType((2, None), f32), TensorType((2, 3), f32), index]
    i, x, t, u, k = new_function("f", types, []).body.blocks[0].args
    for op, message in (
        (Operation("arith.addi", [i], [i32]), "takes 2 operands, not 1"),
        (Operation("arith.addi", [x, x], [f32]), "for an integer or index"),
        (Operation("arith.select", [i, x, x], [f32]), "must be i1"),
        (Operation("arith.sitofp", [x], [f32]), "cannot make f32 of f32"),
        (Operation("arith.extsi", [i], [i32]), "cannot make i32 of i32"),
        (Operation("arith.constant", (), [i32], {"value": 2**31}), "no constant of type i32"),
        (Operation("arith.constant", (), [i1], {"value": 1}), "no constant of type i1"),
        (Operation("tensor.empty", (), [TensorType((None,), f32)]), "needs 1 sizes"),
        (Operation("tensor.dim", [t, i], [index]), "cannot give index"),
        (Operation("memref.load", [x], [f32]), "a memref of rank 0"),
        (Operation("linalg.matmul", [u, u, u], [u.type]), "does not fit"),
        (
            Operation("linalg.transpose", [t, t], [t.type], {"permutation": (0, 0)}),
            "does not fit",
        ),
        (Operation("tensor.extract", [t, k], [f32]), "one index for each dimension"),
        (Operation("who.knows"), "no operation 'who.knows'"),
    ):
        assert message in check_operation(op), op.name


def test_the_own_text_keeps_what_mlir_has_no_word_for() -> None:
    source = "fn f(x: u8[n, 4], y: u8[n, 1]) -> u8[n, 4] { return x + y / 200; }"
    module = build(source)
    own, mlir = print_ir(module, own=True), print_ir(module)
    assert "func.func @f(%arg0: tensor<{n}x4xu8>, %arg1: tensor<{n}x1xu8>)" in own
    assert "func.func @f(%arg0: tensor<?x4xi8>, %arg1: tensor<?x1xi8>)" in mlir
    assert write_bytecode(parse(own)) == write_bytecode(module)
    assert print_ir(parse(own)) == mlir == print_ir(parse(mlir))
    assert print_ir(read_bytecode(write_bytecode(module)), own=True) == own


@pytest.mark.parametrize("shape", [(), (2,), (0, 3)])
def test_a_tensor_of_one_bit_everywhere_has_its_type_in_the_text(shape) -> None:
    module = new_module()
    builder = Builder(module.body.only_block)
    builder.constant(True, TensorType(shape, i1))
    assert f"arith.constant dense<true> : {TensorType(shape, i1)}" in str(module)
    assert str(parse(str(module))) == str(module)


def test_what_an_operation_stands_in() -> None:
    module = parse("func.func @f() {\n  cf.br ^a\n^a:\n  return\n}")
    (func,) = functions(module)
    first = func.body.blocks[0].operations[0]
    assert first.parent_op is func and func.parent_op is module and module.parent_op is None
    assert func.body.blocks[1].parent_op is func and Block().parent_op is None
    assert module.body.only_block.operations == [func]
    with pytest.raises(ValueError, match="a region of 2 blocks, not one"):
        _ = func.body.only_block
