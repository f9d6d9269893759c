"""The built-in functions of arrays and networks, subscripts, and the library: types and errors."""

import pytest

from tern.check import check, spell
from tern.check.library import library
from tern.text import Diagnostic, parse, show, tree
from tern.text.diagnostics import whole_language

HEAD = (
    "fn f(x: f32[n, m, 8], w: f32[n, m], i: i32[n], k: i32, b: bool[n, m], s: f32[4, 6], "
    "q: i8[4, 6], image: f32[n, 8, 6, 4], filters: f32[3, 3, 4, 16], a: f32) -> f32 {"
)


def whole(text: str) -> tree.Module:
    return parse(whole_language(text))


def type_of(text: str) -> str:
    module = whole(f"{HEAD} let value = {text}; return 0.0; }}")
    found = check(module).type_of(module.functions[0].body.statements[0].value)
    return spell(found)


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ("reshape(x, [n, m, 2, 4])", "f32[n, m, 2, 4]"),
        ("reshape(x, [n, 4, m, 2])", "f32[n, 4, m, 2]"),
        ("reshape(x, [n, m, -1])", "f32[n, m, 8]"),
        ("reshape(s, [-1])", "f32[24]"),
        ("reshape(w, shape=[m, -1])", "f32[m, n]"),
        ("transpose(s)", "f32[6, 4]"),
        ("transpose(x, [2, 0, 1])", "f32[8, n, m]"),
        ("matrix_transpose(x)", "f32[n, 8, m]"),
        ("expand_dims(w, axis=-1)", "f32[n, m, 1]"),
        ("expand_dims(a, 0)", "f32[1]"),
        ("squeeze(sum(w, axis=1), axis=1)", "f32[n]"),
        ("broadcast_to(a, [n, 3])", "f32[n, 3]"),
        ("concat([s, s + 1], axis=1)", "f32[4, 12]"),
        ("concat([x], axis=1)", "f32[n, m, 8]"),
        ("concat([w, w], axis=0)", "f32[n + n, m]"),
        ("concat([w, transpose(w) @ w])", "f32[m + n, m]"),
        ("concat([transpose(w) @ w, w]) + concat([w, transpose(w) @ w])", "f32[m + n, m]"),
        ("pad(w, [[0, 1], [2, 0]])", "f32[n + 1, m + 2]"),
        ("arange(m + n + 2)", "i32[m + n + 2]"),
        ("broadcast_to(a, [n + 1, m])", "f32[n + 1, m]"),
        ("pad(s, [[1, 2], [0, 3]])", "f32[7, 9]"),
        ("pad(w, [[0, 0], [0, 0]], constant_values=-1)", "f32[n, m]"),
        ("take(x, i)", "f32[n, m, 8]"),
        ("take(x, k)", "f32[m, 8]"),
        ("arange(m)", "i32[m]"),
        ("arange(5)", "i32[5]"),
        ("size(w, axis=1)", "i64"),
        ("where(b, w, 0)", "f32[n, m]"),
        ("clip(x, 0, 6.0)", "f32[n, m, 8]"),
        ("argmax(x, axis=-1, keepdims=false)", "i64[n, m]"),
        ("sum(x, axis=[0, 2])", "f32[1, m, 1]"),
        ("max(x, axis=[0, -1], keepdims=false)", "f32[m]"),
        ("mean(w, axis=[0, 1], keepdims=false)", "f32"),
        ("x @ transpose(x, [0, 2, 1])", "f32[n, m, m]"),
        ("x @ reshape(s, [8, 3])", "f32[n, m, 3]"),
        ("matmul(q, transpose(q), dtype=i32)", "i32[4, 4]"),
        ("conv2d(image, filters, stride=2, padding=1)", "f32[n, 4, 3, 16]"),
        ("conv2d(image, filters, dilation=[2, 1])", "f32[n, 4, 4, 16]"),
        ("max_pool(image, [2, 3])", "f32[n, 4, 2, 4]"),
        ("avg_pool(image, 3, stride=1, padding=1)", "f32[n, 8, 6, 4]"),
        ("x[0, :, 2:5]", "f32[m, 3]"),
        ("x[0:2]", "f32[2, m, 8]"),
        ("s[-1, -3:]", "f32[3]"),
        ("s[k, k]", "f32"),
        ("i[k]", "i32"),
        ("softmax(x)", "f32[n, m, 8]"),
        ("gelu(f64(w))", "f64[n, m]"),
        ("attention(x, x, x)", "f32[n, m, 8]"),
        ("i8(q) + 1", "i8[4, 6]"),
        ("bf16(w) * 2", "bf16[n, m]"),
        ("u8(200)", "u8"),
        ("index(k)", "index"),
    ],
)
def test_types(text: str, type_: str) -> None:
    assert type_of(text) == type_


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("reshape(w, [n, 5])", "the numbers of elements are not known to be equal"),
        ("reshape(w, [n, r])", "the numbers of elements are not known to be equal"),
        ("reshape(w)", "`reshape` takes 2 arguments (x, shape): `shape` is missing"),
        ("transpose(x)", "`transpose` needs a matrix, found f32[n, m, 8]"),
        ("transpose(s, [0, 0])", "names an axis twice"),
        ("squeeze(w, axis=0)", "drops axes of size 1, and axis 0 of f32[n, m] is not"),
        ("concat([s, w])", "does not fit f32[4, 6] and f32[n, m]"),
        ("pad(s, [1, 1])", "needs two numbers for each axis"),
        ("take(x, w)", "needs whole numbers as indices, found f32[n, m]"),
        ("arange(r)", "does not know a size `r`: no parameter has it"),
        ("arange(a + 1)", "does not know a size `a`: no parameter has it"),
        ("arange(a * 2)", "needs a size: a number, or the name of one"),
        ("where(w, w, w)", "needs a bool to choose by, found f32[n, m]"),
        ("clip(x, 0, w)", "has shapes that do not fit"),
        ("sum(x, axis=[0, 3])", "f32[n, m, 8] has no axis 3"),
        ("sum(x, axis=0, keepdims=1)", "`keepdims=` is true or false"),
        ("sum(x, keepdim=true)", "`sum` has no argument `keepdim=`"),
        ("q @ transpose(q)", "`@` of i8 would not fit"),
        ("matmul(q, transpose(q), dtype=f32)", "adds up i8 in a type that holds it"),
        ("x @ x", "as many columns on the left as rows on the right"),
        ("conv2d(image, filters, groups=2)", "in 2 groups: the channels do not fit"),
        ("conv2d(image, filters, stride=0)", "needs one or two numbers from 1 up as its `stride`"),
        ("max_pool(image, 9)", "has a window of 9 in 8, where it does not fit"),
        ("s[0, 0, 0]", "f32[4, 6] has 2 axes, and the subscript has 3"),
        ("s[4]", "the index 4 leaves its axis, which has 4"),
        ("s[0:5]", "the slice leaves its axis, which has 4"),
        ("w[-1]", "`n` is a name: count from the front"),
        ("w[1:]", "of a size that has a name, `n`, a slice is `:` or `0:4`"),
        ("s[k:]", "a slice needs numbers that are known here"),
        ("s[a]", "an index must be a whole number, found f32"),
        ("a[0]", "f32 is no tensor, and the subscript has 1"),
        ("[1, 2]", "a list can only be an argument of a built-in function"),
        ("softmax(i)", "argument `x` of `softmax` is f32[m], found i32[n]"),
        ("softmax(x, x)", "`softmax` takes 1 argument, found 2"),
        ("exp(u8(3))", "`exp` needs a float type"),
        ("i8(200)", "`200` does not fit in i8"),
    ],
)
def test_what_is_wrong_is_said(text: str, message: str) -> None:
    with pytest.raises(Diagnostic) as caught:
        type_of(text)
    assert message in caught.value.errors[0].message


def test_a_program_may_have_its_own_functions_by_these_names() -> None:
    source = """
        fn softmax(x: f32[n]) -> f32 { return sum(x); }
        fn pad(x: f32[n]) -> f32 { return softmax(x); }
    """
    checked = check(parse(source))
    assert [signature.function.name.text for signature in checked.functions] == ["softmax", "pad"]


def test_each_kind_of_call_gets_one_instance() -> None:
    checked = check(
        parse("""
        fn softmax_2d(x: f32[n, m]) -> f32[n, m] { return softmax(softmax(x)); }
        fn f(x: f32[n, m, k], y: f64[n]) -> f64[n] {
            let a = softmax(x) + softmax(x * 2);
            return softmax(y);
        }
    """)
    )
    names = [signature.function.name.text for signature in checked.instances]
    assert names == ["softmax", "softmax_2d_", "softmax_0d_f64"]


@pytest.mark.parametrize("name", sorted(library()))
def test_the_library_is_plain_tern(name: str) -> None:
    function, _ = library()[name]
    check(whole(show(function)))


@pytest.mark.parametrize(
    "text",
    ["x[0:4, :, i]", "f([1, [2, n]], axis=-1)", "x[:]", "x[1:][0]", "x[0](1)", "[", "x[1", "x[,]"],
)
def test_brackets_are_shown_as_they_are_read(text: str) -> None:
    source = f"fn f() -> f32 {{\n    return {text};\n}}\n"
    try:
        module = whole(source)
    except Diagnostic as error:
        assert text in ("x[1:][0]", "x[0](1)", "[", "x[1", "x[,]"), error
        return
    assert show(module) == source


def test_the_grammar_of_week_3_has_no_brackets() -> None:
    for text in ("x[0]", "f([1])"):
        with pytest.raises(Diagnostic, match="found `\\[`"):
            parse(f"fn f() -> f32 {{ return {text}; }}")
