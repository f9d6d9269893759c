from pathlib import Path

import pytest

import tern
from tern.check import check, spell
from tern.text import Diagnostic, Source, parse, tree
from tern.types import TensorType, Type, f32, f64, i1, i32, i64

EXAMPLES = sorted((Path(tern.__file__).parent / "examples").glob("*.tern"))


def errors(text: str | Source) -> list[Diagnostic]:
    try:
        check(parse(text))
    except Diagnostic as error:
        return list(error.errors)
    return []


def messages(text: str | Source) -> list[str]:
    return [error.message for error in errors(text)]


HEAD = "fn f(x: f32[n, m], y: f32[m], k: i32, a: f32, d: f64, l: i64, b: bool) -> f32 {"


def type_of(text: str) -> Type | None:
    """The type of an expression over the parameters in HEAD."""
    module = parse(f"{HEAD} let value = {text}; return 0.0; }}")
    return check(module).type_of(module.functions[0].body.statements[0].value)


def complaint(text: str) -> str:
    """What is wrong with that expression."""
    (message,) = messages(f"{HEAD} let value = {text}; return 0.0; }}")
    return message


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_examples_are_correct(path) -> None:
    check(parse(Source(path.read_text(), path.name, brackets=True)))


# --- types of expressions ---------------------------------------------------------------------

X = TensorType(("n", "m"), f32)


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ("1", i32),
        ("1.0", f32),
        ("-1", i32),
        ("true", i1),
        ("1 + 2.0", f32),
        ("2.0 + 1", f32),
        ("a + 1", f32),
        ("1 - d", f64),
        ("-1.5 * d", f64),
        ("3 * l", i64),
        ("-9223372036854775808 + l", i64),
        ("k / 2 % 3", i32),
        ("a % 2.0", f32),
        ("k == 1", i1),
        ("b == true", i1),
        ("not b and k < 1 or a >= 0", i1),
        ("x", X),
        ("x + 1", X),
        ("a * x", X),
        ("x + y", X),
        ("y + x", X),
        ("x < y", TensorType(("n", "m"), i1)),
        ("not (x < y)", TensorType(("n", "m"), i1)),
        ("-x", X),
        ("abs(x)", X),
        ("abs(-1)", i32),
        ("exp(d)", f64),
        ("max(x, 0.0)", X),
        ("max(0, x)", X),
        ("min(k, 3)", i32),
        ("max(x)", f32),
        ("sum(x, axis=1)", TensorType(("n", 1), f32)),
        ("mean(x, axis=-2)", TensorType((1, "m"), f32)),
        ("x - max(x, axis=1)", X),
        ("transpose(x)", TensorType(("m", "n"), f32)),
        ("x @ transpose(x)", TensorType(("n", "n"), f32)),
        ("i64(k)", i64),
        ("f64(x)", TensorType(("n", "m"), f64)),
        ("i32(x < y)", TensorType(("n", "m"), i32)),
        ("f64(0.1)", f64),
        ("i64(3000000000)", i64),
        ("f(x, y, 1, 2, 3, 4, false)", f32),
    ],
)
def test_types(text, type_) -> None:
    assert type_of(text) == type_


def test_a_literal_takes_the_type_it_adapts_to() -> None:
    module = parse(f"{HEAD} return 1 + a; }}")
    checked = check(module)
    value = module.functions[0].body.statements[0].value
    assert checked.type_of(value.left) == f32
    assert checked.variable_of(value.right).name == "a"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("z", "unknown name `z`"),
        ("n", "unknown name `n`"),
        ("f", "unknown name `f`"),
        ("g(1)", "unknown function `g`"),
        ("k + a", "`+` needs operands of one element type, found i32 and f32"),
        ("d * a", "`*` needs operands of one element type, found f64 and f32"),
        ("k + 1.5", "`+` needs operands of one element type, found i32 and f32"),
        ("x + k", "`+` needs operands of one element type, found f32[n, m] and i32"),
        ("b + b", "`+` needs numbers, found bool"),
        ("b < b", "`<` needs numbers, found bool"),
        ("k and b", "`and` needs operands of one element type, found i32 and bool"),
        ("k or k", "`or` needs bools, found i32"),
        ("not k", "`not` needs a bool, found i32"),
        ("-b", "`-` needs a number, found bool"),
        ("x + transpose(x)", "the shapes of f32[n, m] and f32[m, n] do not match in `+`"),
        ("max(x, transpose(x))", "the shapes of f32[n, m] and f32[m, n] do not match in `max`"),
        ("x @ x", "`@` needs as many columns on the left as rows on the right, "
                  "found f32[n, m] and f32[n, m]"),
        ("x @ y", "`@` needs two matrices, found f32[n, m] and f32[m]"),
        ("f64(x) @ transpose(x)",
         "`@` needs operands of one element type, found f64[n, m] and f32[m, n]"),
        ("k / 0", "division by zero"),
        ("2147483648", "`2147483648` does not fit in i32"),
        ("-2147483649", "`-2147483649` does not fit in i32"),
        ("1e39", "`1e+39` does not fit in f32"),
        ("a + 1e39", "`1e+39` does not fit in f32"),
        ("9223372036854775808 + l", "`9223372036854775808` does not fit in i64"),
        ("exp(1)", "`exp` needs a float type, such as f32, found i32"),
        ("exp(a, a)", "`exp` takes 1 argument, found 2"),
        ("max()", "`max` takes 1 or 2 arguments, found 0"),
        ("max(k)", "`max` needs a tensor, found i32"),
        ("max(b, b)", "`max` needs numbers, found bool"),
        ("max(a, a, axis=0)", "`max` of two arguments has no `axis=`"),
        ("sum(x, axs=1)", "`sum` has no argument `axs=`"),
        ("sum(x, axis=1, axis=1)", "`axis=` is given twice"),
        ("sum(x, axis=2)", "f32[n, m] has no axis 2"),
        ("sum(x, axis=-3)", "f32[n, m] has no axis -3"),
        ("sum(x, axis=k)", "`axis=` needs a number, known here: `axis=0`"),
        ("sum(x < y)", "`sum` needs numbers, found bool[n, m]"),
        ("mean(i32(x))", "`mean` needs a float type, such as f32, found i32[n, m]"),
        ("transpose(y)", "`transpose` needs a matrix, found f32[m]"),
        ("abs(b)", "`abs` needs a number, found bool"),
        ("exp(a, axis=1)", "`exp` has no argument `axis=`"),
        ("f(x)", "`f` takes 7 arguments, found 1"),
        ("f(y, y, 1, 2, 3, 4, b)", "argument `x` of `f` is f32[n, m], found f32[m]"),
        ("f(transpose(x), y, 1, 2, 3, 4, b)", "argument `y` of `f` is f32[m], found f32[m]"),
        ("f(x, y, 1.5, 2, 3, 4, b)", "argument `k` of `f` is i32, found f32"),
        ("f(x, y, 1, 2, 3, 4, b, c=1)", "`f` has no argument `c=`"),
    ],
)  # fmt: skip
def test_errors_in_expressions(text, message) -> None:
    assert complaint(text) == message


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("sum(x, axs=1)", "did you mean `axis`?"),
        ("smu(x)", "did you mean `sum`?"),
        ("n", "`n` is the name of a size, which is not a value"),
        ("f", "`f` is a function: call it, `f(...)`"),
        ("exp(1)", "write `exp(1.0)`"),
        ("mean(i32(x))", "convert it: `mean(f32(x))`"),
        ("sum(x, axis=2)", "its axes are 0 to 1"),
        ("f(transpose(x), y, 1, 2, 3, 4, b)", "`m` is n by the argument `x`"),
        ("x + transpose(x)", "`m` is a size of `x`"),
        ("x @ x", "`n` is a size of `x`"),
    ],
)
def test_notes(text, note) -> None:
    (error,) = errors(f"{HEAD} let value = {text}; return 0.0; }}")
    assert note in [n.message for n in error.notes]


# --- statements -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("let a = 1; return 1.0;", "`a` is declared twice in one scope"),
        ("let p = 1; let p = 2; return a;", "`p` is declared twice in one scope"),
        ("p = 1; return a;", "unknown name `p`"),
        ("let p = p; return a;", "unknown name `p`"),
        ("if b { let p = 1; } return p;", "unknown name `p`"),
        ("for i in 0..3 { } k = i; return a;", "unknown name `i`"),
        ("for i in 0..3 { i = 1; } return a;", "`i` counts a loop and cannot be assigned to"),
        ("for i in 0..a { } return a;", "the bounds of a range are i32, found f32"),
        ("k = 1.5; return a;", "`k` is i32, found f32"),
        ("k = l; return a;", "`k` is i32, found i64"),
        ("x = transpose(x); return a;", "`x` is f32[n, m], found f32[m, n]"),
        ("return k;", "the result is f32, found i32"),
        ("return x;", "the result is f32, found f32[n, m]"),
        ("if k { } return a;", "the condition of `if` must be a bool, found i32"),
        ("while x < x { } return a;",
         "the condition of `while` must be a bool, found bool[n, m]"),
        ("", "`f` can reach its end without a `return`"),
        ("if b { return a; }", "`f` can reach its end without a `return`"),
        ("if b { return a; } else if b { return a; }",
         "`f` can reach its end without a `return`"),
        ("while true { return a; }", "`f` can reach its end without a `return`"),
    ],
)  # fmt: skip
def test_errors_in_statements(text, message) -> None:
    assert messages(f"{HEAD} {text} }}") == [message]


@pytest.mark.parametrize(
    "text",
    [
        "if b { return a; } else if b { return a; } else { return a; }",
        "return a; k = 1;",
        "if b { let p = 1; } else { let p = 2.0; } let p = true; return a;",
        "let p = 1; if b { let p = 1.5; p = 2; } return a;",
        "let p = 1; if b { let p = p + 1; } return a;",
        "for i in 0..k { for i in 0..i { } } return a;",
        "let sum = sum(x); let f = 1; return sum;",
        "x = x + 1; a = 1; d = 1; l = 1; return 1;",
    ],
)
def test_correct_statements(text) -> None:
    assert messages(f"{HEAD} {text} }}") == []


def test_shadowed_variables_are_different_variables() -> None:
    module = parse("fn f(b: bool) -> i32 { let p = 1; if b { let p = 2; p = 3; } return p; }")
    checked = check(module)
    outer, branch, result = module.functions[0].body.statements
    inner, assign = branch.then.statements
    assert checked.variable_of(result.value) is checked.variable_of(outer.name)
    assert checked.variable_of(assign.name) is checked.variable_of(inner.name)
    assert checked.variable_of(inner.name).assigned
    assert not checked.variable_of(outer.name).assigned


# --- functions --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("fn f() -> i32 { return 1; } fn f() -> i32 { return 1; }",
         "function `f` is declared twice"),
        ("fn max(x: f32) -> f32 { return x; }", "`max` is built in"),
        ("fn f(x: f23) -> i32 { return 1; }", "unknown type `f23`"),
        ("fn f(x: f32[n]) -> f32[m] { return x; }",
         "the size `m` of the result is in no parameter"),
        ("fn f(x: i32, x: i32) -> i32 { return 1; }", "`x` is declared twice in one scope"),
        ("fn f(x: f32[9999999999999999999]) -> i32 { return 1; }",
         "the size `9999999999999999999` is too large"),
    ],
)  # fmt: skip
def test_errors_in_signatures(text, message) -> None:
    assert messages(text) == [message]


def test_calls_bind_the_sizes_of_their_arguments() -> None:
    assert messages("""
        fn product(a: f32[n, k], b: f32[k, m]) -> f32[n, m] { return a @ b; }
        fn use(x: f32[n, m], y: f32[3, 4]) -> f32[3, 3] {
            let p = product(x, transpose(x)) - product(transpose(y), y);
            return product(y, transpose(y));
        }
    """) == ["the shapes of f32[n, n] and f32[4, 4] do not match in `-`"]


def test_a_size_that_is_two_is_told_with_both_places() -> None:
    text = """
        fn product(a: f32[n, k], b: f32[k, m], c: f32[m]) -> f32[n, m] { return a @ b + c; }
        fn use(x: f32[2, 3], y: f32[3, 4], z: f32[5]) -> f32[2, 4] { return product(x, y, z); }
    """
    (error,) = errors(text)
    assert error.message == "argument `c` of `product` is f32[m], found f32[5]"
    assert text[slice(*error.span)] == "z"
    (note,) = error.notes
    assert note.message == "`m` is 4 by the argument `b`"
    assert note.span is not None and text[slice(*note.span)] == "y"


def test_sums_of_sizes_go_through_calls() -> None:
    good = """
        fn both(x: f32[n], y: f32[m], z: f32[n + m]) -> f32[m + n + 1] { return pad(z, [[1, 0]]); }
        fn use(a: f32[k], b: f32[3], c: f32[k + 3]) -> f32[k + 4] { return both(a, b, c); }
    """
    assert whole(good) == []
    assert whole(good.replace("both(a, b, c)", "both(b, a, c)")) == []
    assert whole(good.replace("both(a, b, c)", "both(a, a, c)")) == [
        "the result is f32[k + 4], found f32[k + k + 1]",
        "argument `z` of `both` is f32[m + n], found f32[k + 3]",
    ]
    assert whole(good.replace("pad(z, [[1, 0]])", "z")) == [
        "the result is f32[m + n + 1], found f32[m + n]"
    ]


def whole(text: str) -> list[str]:
    """The messages about a program in all of the language."""
    return messages(Source(text, brackets=True))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("fn f(x: f32[n + 1]) -> f32 { return 1.0; }", "the size `n` is known by sums alone"),
        ("fn f(x: f32[n]) -> f32[n + m] { return x; }",
         "the size `m` of the result is in no parameter"),
    ],
)  # fmt: skip
def test_a_name_in_a_sum_has_an_axis_of_its_own(text, message) -> None:
    assert whole(text) == [message]


def test_one_mistake_is_one_error() -> None:
    for mistake in ["x + transpose(x)", "q", "k + a", "x @ x", "sum(x, axis=5)", "g(x)"]:
        found = messages(f"""{HEAD}
            let first = {mistake};
            let second = first * 2 + x;
            let third = concatenated(first, second) @ transpose(second);
            if sum(second) > 0.0 {{ second = first; }}
            return sum(second @ transpose(second));
        }}
        fn concatenated(p: f32[n, m], q: f32[n, m]) -> f32[n, m] {{ return p + q; }}""")
        assert len(found) == 1


def test_what_an_error_has_not_cost_is_still_checked() -> None:
    assert messages(f"""{HEAD}
        let first = x + x @ transpose(x);
        let second = first + k;
        return sum(first, axis=0) + y + d;
    }}""") == [
        "the shapes of f32[n, m] and f32[n, n] do not match in `+`",
        "`+` needs operands of one element type, found f32[n, ?] and i32",
        "`+` needs operands of one element type, found f32[1, m] and f64",
    ]


def test_errors_are_reported_together_in_the_order_of_the_text() -> None:
    found = errors("""
        fn f(x: f32[n]) -> f32 { let a = b + 1; let c = a + true; return x; }
        fn g(x: f23) -> f32 { let y = x + 1; let z = f(x); return y + 1; }
    """)
    assert [error.message for error in found] == [
        "unknown name `b`",
        "the result is f32, found f32[n]",
        "unknown type `f23`",
    ]


def test_checking_stops_after_many_errors() -> None:
    assert len(errors("fn f() -> i32 { " + "let x = y; " * 1000 + "return 1; }")) == 20


def test_spell() -> None:
    assert spell(TensorType(("n", 4, None), i1)) == "bool[n, 4, ?]"


def test_a_tree_made_by_hand_needs_no_spans() -> None:
    value = tree.Binary("+", tree.Integer(1), tree.Float(2.0))
    function = tree.Function(
        tree.Name("f"), (), tree.TypeName("f32"), tree.Block((tree.Return(value),))
    )
    assert check(tree.Module((function,))).type_of(value) == f32
