"""The calculator: trees, stack code, folding, LLVM IR, and machine code agree to the last bit."""

import math
import random
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tern.text import Diagnostic
from tern.workshop import calc
from tern.workshop.calc.samples import random_tree

SPECIAL = [0.0, -0.0, 1.0, -1.0, math.inf, -math.inf, math.nan, 5e-324, 1.7e308, 0.1]
numbers = st.sampled_from(SPECIAL) | st.floats()
leaves = numbers | st.sampled_from(["x", "y"])


def operations(children) -> st.SearchStrategy:
    binary = st.tuples(st.sampled_from(["add", "sub", "mul", "div"]), children, children)
    return binary | st.tuples(st.just("neg"), children)


trees = st.recursive(leaves, operations, max_leaves=20)
values = st.fixed_dictionaries({"x": numbers, "y": numbers})


def same(a, b) -> bool:
    """Equal bits; any NaN for a NaN."""
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) and math.isnan(b)
    return struct.pack("d", a) == struct.pack("d", b)


# text -----------------------------------------------------------------------------------------


def test_parse() -> None:
    assert calc.parse("3*x + 1") == ("add", ("mul", 3.0, "x"), 1.0)
    assert calc.parse("a - b - c") == ("sub", ("sub", "a", "b"), "c")
    assert calc.parse("-(x / 2.5)") == ("neg", ("div", "x", 2.5))
    assert calc.parse("- -x * y") == ("mul", ("neg", ("neg", "x")), "y")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected an expression"),
        ("1 +", "expected an expression"),
        ("1 2", "expected an operator, or the end, found the number `2`"),
        ("x % 2", "the calculator has no `%`"),
        ("not x", "the calculator has no `not`"),
        ("f(x)", "the calculator has no `this`"),
        ("(" * 10_000 + "1", "too deep"),
    ],
)
def test_what_is_no_expression(text, message) -> None:
    with pytest.raises(Diagnostic, match=message.replace("(", r"\(")):
        calc.parse(text)


@settings(max_examples=200)
@given(
    st.recursive(
        st.sampled_from([0.0, 1.0, 2.5, 1e30, "x", "long_name"]), operations, max_leaves=12
    )
)
def test_show_round_trips(tree) -> None:
    assert calc.parse(calc.show(tree)) == tree


def test_sizes_and_variables() -> None:
    tree = calc.parse("y * x + -y / 3")
    assert calc.size(tree) == 8 and calc.variables(tree) == ["y", "x"]
    assert calc.size(1.0) == 1 and calc.variables(1.0) == []


# meaning --------------------------------------------------------------------------------------


@given(numbers, numbers)
def test_division_is_that_of_the_processor(a, b) -> None:
    numpy = pytest.importorskip("numpy")
    with numpy.errstate(all="ignore"):
        assert same(calc.divide(a, b), float(numpy.float64(a) / numpy.float64(b)))


@settings(max_examples=300)
@given(trees, values)
def test_everything_agrees(tree, values) -> None:
    expected = calc.evaluate(tree, values)
    code = calc.compile_to_stack(tree)
    assert len(code) == calc.size(tree)
    assert same(calc.run(code, values), expected)
    assert same(calc.evaluate(calc.fold(tree), values), expected)
    text = calc.emit_llvm(code, ["x", "y"])
    calc.check_llvm(text, ["x", "y"])
    assert same(calc.run_llvm(text, values), expected)
    assert sorted(calc.instructions(text)) == sorted(i[0] for i in code if len(i) == 1)


@settings(max_examples=60, deadline=None)
@given(trees, values)
def test_machine_code_agrees(tree, values) -> None:
    pytest.importorskip("llvmlite")
    import numpy

    from tern.workshop.calc.native import Native

    native = Native(calc.emit_llvm(calc.compile_to_stack(tree), ["x", "y"]), ["x", "y"])
    expected = calc.evaluate(tree, values)
    assert same(native(values["x"], values["y"]), expected)
    many = native.over(*(numpy.full(37, values[name]) for name in "xy"))
    assert all(same(float(one), expected) for one in many)


def test_machine_code_without_parameters_or_elements() -> None:
    pytest.importorskip("llvmlite")
    import numpy

    from tern.workshop.calc.native import Native

    assert Native(calc.emit_llvm(calc.compile_to_stack(2.0), []), [])() == 2.0
    half = Native(calc.emit_llvm(calc.compile_to_stack(calc.parse("x / 2")), ["x"]), ["x"])
    assert half.over(numpy.empty(0)).shape == (0,)
    assert half.over(numpy.arange(6.0).reshape(2, 3)).tolist() == [[0, 0.5, 1], [1.5, 2, 2.5]]
    assert "ret" in half.assembly
    with pytest.raises(ValueError, match="different shapes"):
        calc_two = calc.emit_llvm(calc.compile_to_stack(calc.parse("x + y")), ["x", "y"])
        Native(calc_two, ["x", "y"]).over(numpy.zeros(2), numpy.zeros(3))


def test_any_depth() -> None:
    tree = "x"
    for number in range(20_000):
        tree = ("add", tree, 1.0) if number % 2 else ("add", 1.0, tree)
    code = calc.compile_to_stack(tree)
    assert calc.run(code, {"x": 1.0}) == 20_001.0
    assert calc.size(calc.fold(tree)) == calc.size(tree)
    assert len(calc.instructions(calc.emit_llvm(code, ["x"]))) == 20_000


def test_errors() -> None:
    with pytest.raises(KeyError):
        calc.evaluate(("add", "x", "y"), {"x": 1.0})
    with pytest.raises(KeyError):
        calc.run([("load", "x")], {})
    for code in ([("push", 1.0), ("add",)], [("neg",)]):
        with pytest.raises(ValueError, match="too few numbers"):
            calc.run(code, {})
    for code in ([], [("push", 1.0)] * 2):
        with pytest.raises(ValueError, match=f"leaves {len(code)} numbers, not one"):
            calc.run(code, {})


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("2 * 3 + x", ("add", 6.0, "x")),
        ("x + 2 * 3 * 4", ("add", "x", 24.0)),
        ("x * (3 - 2)", "x"),
        ("x / (3 - 2) - 0", "x"),
        ("1 * x + -0", "x"),
        ("- -(1 * x)", "x"),
        ("1 / 0", math.inf),
        ("x + 0", ("add", "x", 0.0)),
        ("0 + x", ("add", 0.0, "x")),
        ("x - -0", ("sub", "x", -0.0)),
        ("x * 0", ("mul", "x", 0.0)),
        ("1 / x", ("div", 1.0, "x")),
        ("x - x", ("sub", "x", "x")),
        ("x + 1 + 2", ("add", ("add", "x", 1.0), 2.0)),
    ],
)
def test_fold(before, after) -> None:
    folded = calc.fold(calc.parse(before))
    assert repr(folded) == repr(after)


# LLVM IR --------------------------------------------------------------------------------------


def test_literals_are_exact() -> None:
    assert calc.literal(1.0) == "0x3FF0000000000000"
    assert calc.literal(-0.0) == "0x8000000000000000"


GOOD = "define double @f(double %x) {\n  %1 = fmul double %x, 2.5\n  ret double %1\n}\n"


def test_run_llvm() -> None:
    assert calc.run_llvm(GOOD, {"x": 2.0}) == 5.0
    assert calc.run_llvm(GOOD.replace("%1", "%product"), {"x": 2.0}) == 5.0


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("@f", "@g", "line 1: expected define double @f"),
        ("double %x)", "double %y)", "line 1: the parameters must be x"),
        ("fmul double %x", "fmul double %y", "line 2: %y is neither defined above nor a number"),
        ("fmul", "call", "line 2: expected %NAME"),
        ("%1", "%1t", "line 2: expected %NAME"),
        ("@f", "@1f", "line 1: expected define double @f"),
        ("%1", "%0", "line 2: LLVM expects the name %1 here, not %0"),
        ("%1 = fmul double %x", "%x = fmul double %x", "line 2: %x is defined a second time"),
        (", 2.5", "", "line 2: fmul takes 2 operands"),
        ("  ret double %1\n", "", "line 2: expected ret double VALUE"),
        ("}\n", "", "does not end with a }"),
        ("  ret", "  ret double %1\n  ret", "line 3: expected %NAME"),
    ],
)  # fmt: skip
def test_what_is_no_straight_arithmetic(old, new, message) -> None:
    with pytest.raises(ValueError, match=message):
        calc.run_llvm(GOOD.replace(old, new), {"x": 2.0})
    with pytest.raises(ValueError, match="has no ret"):
        calc.check_llvm("define double @f() {\n}\n", [])


def test_random_trees() -> None:
    for leaves in (1, 10, 3000):
        tree = random_tree(random.Random(leaves), leaves)
        assert sum(len(i) == 2 for i in calc.compile_to_stack(tree)) == leaves
    assert random_tree(random.Random(5), 50) == random_tree(random.Random(5), 50)
    assert calc.variables(random_tree(random.Random(5), 50, names=())) == []
