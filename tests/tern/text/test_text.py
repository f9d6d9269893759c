import pytest

from tern import parts
from tern.text import Diagnostic, Note, Source, Span, Token, parse, show, tokenize, tree
from tern.text.cursor import MAX_DEPTH
from tern.text.diagnostics import MAX_ERRORS
from tern.text.tree import outline


def complaint(text: str) -> str:
    with pytest.raises(Diagnostic) as caught:
        parse(Source(text, "t.tern"))
    return str(caught.value)


def messages(text: str) -> list[str]:
    with pytest.raises(Diagnostic) as caught:
        parse(text)
    return [error.message for error in caught.value.errors]


def body(text: str) -> tuple[tree.Statement, ...]:
    return parse(f"fn f() -> i32 {{ {text} }}").functions[0].body.statements


def expression(text: str) -> tree.Expression:
    return body(f"return {text};")[0].value


def grouped(node: tree.Expression) -> str:
    """The text of an expression with every grouping shown."""
    match node:
        case tree.Binary(operator, left, right):
            return f"({grouped(left)} {operator} {grouped(right)})"
        case tree.Unary(operator, operand):
            return f"({operator} {grouped(operand)})"
    return show(node)


# --- diagnostics ------------------------------------------------------------------------------


def test_a_diagnostic_shows_its_location() -> None:
    source = Source("let a = 1;\n\tlet bcd = 2;\n", "x.tern")
    error = Diagnostic("no", Span(16, 19), source, ["why", Note("see", Span(4, 5))])
    assert str(error) == (
        "x.tern:2:6: error: no\n"
        "\tlet bcd = 2;\n"
        "\t    ^~~\n"
        "note: why\n"
        "x.tern:1:5: note: see\n"
        "let a = 1;\n"
        "    ^"
    )
    assert (error.line, error.column) == (2, 6)
    assert error.errors == (error,)


@pytest.mark.parametrize("text", ["", "\n", "ab", "ab\n", "ab\ncd", "ab\r\ncd", "é\n\n\t字"])
def test_every_offset_has_a_location(text) -> None:
    source = Source(text)
    for offset in range(len(text) + 1):
        line, column = source.position(offset)
        assert line == text[:offset].count("\n") + 1
        assert column == offset - (text.rfind("\n", 0, offset) + 1) + 1
        assert str(Diagnostic("x", Span(offset, offset), source)).count("^") == 1


def test_a_caret_stays_within_its_line_and_long_lines_are_cut() -> None:
    source = Source("x" * 5000 + "\ny")
    shown = str(Diagnostic("m", Span(2500, 5003), source)).splitlines()
    assert len(shown) == 3 and all(len(line) < 200 for line in shown)
    assert shown[1][shown[2].index("^")] == "x"


# --- tokens -----------------------------------------------------------------------------------


def kinds_and_texts(text) -> list[tuple[str, str]]:
    return [(token.kind, token.text) for token in tokenize(text)]


def test_tokens() -> None:
    assert tokenize("let x=1.5;// y\n") == [
        Token("let", "let", Span(0, 3)),
        Token("name", "x", Span(4, 5)),
        Token("=", "=", Span(5, 6)),
        Token("float", "1.5", Span(6, 9)),
        Token(";", ";", Span(9, 10)),
        Token("end", "", Span(15, 15)),
    ]


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("0..n", ["integer", "..", "name"]),
        ("1.5..2.5", ["float", "..", "float"]),
        ("1e3 1e-3 1.5E+2 007", ["float", "float", "float", "integer"]),
        ("<= < = == != -> - >", ["<=", "<", "=", "==", "!=", "->", "-", ">"]),
        ("a<=-b", ["name", "<=", "-", "name"]),
        ("letter _ if_ not", ["name", "name", "name", "not"]),
        ("a//b\nc", ["name", "name"]),
        ("", []),
    ],
)
def test_kinds(text, kinds) -> None:
    assert [kind for kind, _ in kinds_and_texts(text)] == [*kinds, "end"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1.", "unexpected character `.`"),
        (".5", "unexpected character `.`"),
        ("0x10", "`0x10` is not a number"),
        ("1e", "`1e` is not a number"),
        ("1.5f", "`1.5f` is not a number"),
        ("1_000", "`1_000` is not a number"),
        ("a & b", "unexpected character `&`"),
        ("été", "unexpected character `é`"),
        ("\0", "unexpected character U+0000"),
        ("\u00a0", "unexpected character U+00A0"),
        ("٣", "unexpected character `٣`"),
    ],
)
def test_no_token(text, message) -> None:
    with pytest.raises(Diagnostic) as caught:
        tokenize(text)
    assert caught.value.message == message


def test_all_bad_characters_are_reported() -> None:
    with pytest.raises(Diagnostic) as caught:
        tokenize("a $ b\n? 3x")
    assert [error.line for error in caught.value.errors] == [1, 2, 2]


# --- expressions ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("1 - 2 - 3", "((1 - 2) - 3)"),
        ("1 + 2 * 3", "(1 + (2 * 3))"),
        ("1 * 2 + 3", "((1 * 2) + 3)"),
        ("a @ b * c / d % e", "((((a @ b) * c) / d) % e)"),
        ("-a * b", "((- a) * b)"),
        ("- - a", "(- (- a))"),
        ("a - -b", "(a - (- b))"),
        ("a or b and c or d", "((a or (b and c)) or d)"),
        ("not a == b and c", "((not (a == b)) and c)"),
        ("not not a", "(not (not a))"),
        ("a + 1 < b * 2", "((a + 1) < (b * 2))"),
        ("(a < b) == (c < d)", "((a < b) == (c < d))"),
        ("-(a + b)", "(- (a + b))"),
        ("a and not b", "(a and (not b))"),
    ],
)
def test_precedence(text, groups) -> None:
    assert grouped(expression(text)) == groups


def test_leaves_and_calls() -> None:
    assert expression("12") == tree.Integer(12)
    assert expression("1e-3") == tree.Float(0.001)
    assert expression("true") == tree.Boolean(True)
    assert expression("f()") == tree.Call(tree.Name("f"), ())
    assert expression("max(x, axis=-1)") == tree.Call(
        tree.Name("max"),
        (tree.Name("x"),),
        (tree.Keyword(tree.Name("axis"), tree.Unary("-", tree.Integer(1))),),
    )


def test_spans_are_those_of_the_text() -> None:
    text = "fn f() -> i32 { return (a + b) * -g(c, axis=1); }"
    product = parse(text).functions[0].body.statements[0].value
    assert text[slice(*product.span)] == "(a + b) * -g(c, axis=1)"
    assert text[slice(*product.left.span)] == "a + b"
    assert text[slice(*product.right.span)] == "-g(c, axis=1)"
    assert text[slice(*product.right.operand.keywords[0].span)] == "axis=1"


# --- statements and functions -----------------------------------------------------------------


def test_statements() -> None:
    one, x = tree.Integer(1), tree.Name("x")
    assert body("let x = 1; x = 1; return x;") == (
        tree.Let(x, one),
        tree.Assign(x, one),
        tree.Return(x),
    )
    empty = tree.Block(())
    assert body("if x { } else if x { } else { x = 1; }") == (
        tree.If(x, empty, tree.If(x, empty, tree.Block((tree.Assign(x, one),)))),
    )
    assert body("while x { } for x in 1..x { }") == (
        tree.While(x, empty),
        tree.For(x, one, x, empty),
    )


def test_a_function() -> None:
    (function,) = parse("fn f(x: f32[n, 4], k: i32,) -> f32[n] { }").functions
    assert function == tree.Function(
        tree.Name("f"),
        (
            tree.Parameter(tree.Name("x"), tree.TypeName("f32", (tree.Size("n"), tree.Size(4)))),
            tree.Parameter(tree.Name("k"), tree.TypeName("i32")),
        ),
        tree.TypeName("f32", (tree.Size("n"),)),
        tree.Block(()),
    )
    assert parse("").functions == ()


def test_equality_ignores_the_layout() -> None:
    assert parse("fn f()->i32{return 1;}") == parse("fn f ( ) -> i32 { // x\n return 1 ; }\n")
    assert parse("fn f() -> i32 { return 1; }") != parse("fn f() -> i32 { return 2; }")
    assert parse("fn f() -> i32 { return 1; }") != parse("fn f() -> i32 { return 1.0; }")


# --- errors -----------------------------------------------------------------------------------


def test_a_forgotten_semicolon_is_missing_where_it_should_be() -> None:
    assert complaint("fn f() -> i32 {\n    let x = 1\n    return x;\n}\n") == (
        "t.tern:2:14: error: expected `;` after the value, found `return`\n"
        "    let x = 1\n"
        "             ^"
    )


def test_an_unclosed_block_shows_where_it_begins() -> None:
    assert complaint("fn f() -> i32 {\n    return 1;\n") == (
        "t.tern:3:1: error: expected `}`, found the end of the text\n"
        "\n"
        "^\n"
        "t.tern:1:15: note: the block begins here\n"
        "fn f() -> i32 {\n"
        "              ^"
    )


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("return a < b < c;", "comparisons do not chain"),
        ("return a + not b;", "`not` cannot stand here"),
        ("return (1;", "expected `)` to close the parenthesis, found `;`"),
        ("return;", "expected an expression, found `;`"),
        ("return f(axis=1, x);", "an argument without a name after one with a name"),
        ("f(x);", "a call alone does nothing: functions only return values"),
        ("x += 1;", "tern has no `+=`"),
        ("let if = 1;", "expected a name after `let`, found `if`"),
        ("1 = x;", "expected a statement, found the number `1`"),
        ("for i in 0 { }", "expected `..` and the end of the range, found `{`"),
        ("return 99999999999999999999;", "the number does not fit in an i64"),
        ("return 1e999;", "the number does not fit in an f64"),
        (f"return {'9' * 100_000};", "the number does not fit in an i64"),
    ],
)
def test_broken_statements(statement, message) -> None:
    assert messages(f"fn f() -> i32 {{ {statement} }}")[0] == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x", "expected `fn` to begin a function, found the name `x`"),
        ("fn f() { }", "expected `->` and the type of the result, found `{`"),
        ("fn f(x) -> i32 { }", "expected `:` and a type, found `)`"),
        ("fn f(x: f32[]) -> i32 { }", "expected a size (a number or a name), found `]`"),
        ("fn f(x: 3) -> i32 { }", "expected a type, found the number `3`"),
        ("fn 3", "expected a name for the function, found the number `3`"),
    ],
)
def test_broken_functions(text, message) -> None:
    assert messages(text)[0] == message


def test_one_run_reports_several_errors_and_no_echoes() -> None:
    assert messages("""
        fn f() -> i32 {
            let x = ;
            if { x = 1; }
            while x ( { y = 2; }
            let y = 2
            return x +;
        }
        fn g( -> i32 { return 1; }
        fn h() -> i32 { return 1 }
    """) == [
        "expected an expression, found `;`",
        "expected an expression, found `{`",
        "expected an expression, found `{`",
        "expected `;` after the value, found `return`",
        "expected an expression, found `;`",
        "expected a name for the parameter, found `->`",
        "expected `;` after the value, found `}`",
    ]


def test_the_parser_gives_up_after_many_errors() -> None:
    assert len(messages("fn f() -> i32 { " + "let = 1; " * 1000 + "}")) == MAX_ERRORS


DEEP = {
    "parentheses": lambda n: f"return {'(' * n}1{')' * n};",
    "minus": lambda n: f"return {'-' * n}1;",
    "not": lambda n: f"return {'not ' * n}true;",
    "chain": lambda n: f"return {' + '.join('a' * n)};",
    "chains in chains": lambda n: f"return {'(' * 9}1{(' + 1' * (n // 9) + ')') * 9};",
    "calls": lambda n: f"return {'f(' * n}1{')' * n};",
    "ifs": lambda n: "if a { " * n + "}" * n,
    "else ifs": lambda n: "if a { } else " * n + "{ }",
    "whiles": lambda n: "while a { " * n + "}" * n,
    "unclosed": lambda n: "if (a { for " * n,
}  # fmt: skip


@pytest.mark.parametrize("shape", DEEP)
@pytest.mark.parametrize("depth", [MAX_DEPTH, 3_000, 30_000])
def test_deep_nesting_is_an_error_at_a_location(shape, depth) -> None:
    assert "nested too deeply" in messages(f"fn f() -> i32 {{ {DEEP[shape](depth)} }}")[0] or (
        shape == "unclosed"
    )


@pytest.mark.parametrize("shape", [shape for shape in DEEP if shape != "unclosed"])
def test_what_is_not_too_deep_can_be_walked(shape) -> None:
    text = f"fn f() -> i32 {{ {DEEP[shape](MAX_DEPTH // 2 - 5)} }}"
    module = parse(text)
    assert parse(show(module)) == module
    assert outline(module) and repr(module)


IN_BRACKETS = {
    "subscript": lambda n: f"x[{' + '.join('1' * n)}]{' + a' * n}",
    "start": lambda n: f"x[{' + '.join('1' * n)}:2]{' + a' * n}",
    "stop": lambda n: f"x[:{' + '.join('1' * n)}]{' + a' * n}",
    "second index": lambda n: f"x[{' + '.join('1' * n)}, :]{' + a' * n}",
    "list": lambda n: f"[{' + '.join('1' * n)}, 2]{' + a' * n}",
    "subscripts in subscripts": lambda n: f"{'x[' * (n // 2)}1{']' * (n // 2)}{' + a' * n}",
}  # fmt: skip


@pytest.mark.parametrize("shape", IN_BRACKETS)
def test_what_is_in_brackets_counts_for_what_is_around_them(shape) -> None:
    def read(n: int):
        text = f"fn f() -> i32 {{ return {IN_BRACKETS[shape](n)}; }}"
        return parse(Source(text, brackets=True))

    with pytest.raises(Diagnostic, match="nested too deeply"):
        read(MAX_DEPTH - 10)
    module = read(MAX_DEPTH // 2 - 10)
    assert parse(Source(show(module), brackets=True)) == module


# --- show -------------------------------------------------------------------------------------


def test_show_lays_out_a_program() -> None:
    messy = (
        "fn f(x:f32[n,4],b:bool)->f32{if b{return 1.0;}else if not b{let y=-(1.0+2e20);}"
        "while(b){} for i in 0..3{ } return max(x,axis=0);}fn g()->i32{return ((1-2)-(3-4));}"
    )
    assert (
        show(parse(messy))
        == """\
fn f(x: f32[n, 4], b: bool) -> f32 {
    if b {
        return 1.0;
    } else if not b {
        let y = -(1.0 + 2e+20);
    }
    while b {
    }
    for i in 0..3 {
    }
    return max(x, axis=0);
}

fn g() -> i32 {
    return 1 - 2 - (3 - 4);
}
"""
    )


@pytest.mark.parametrize(
    "node",
    [
        tree.Binary("+", tree.Name("a"), tree.Unary("not", tree.Name("b"))),
        tree.Unary("-", tree.Unary("not", tree.Name("b"))),
        tree.Unary("not", tree.Binary("or", tree.Name("a"), tree.Name("b"))),
        tree.Binary(
            "==",
            tree.Binary("<", tree.Name("a"), tree.Name("b")),
            tree.Binary("<", tree.Name("a"), tree.Name("b")),
        ),
        tree.Binary("*", tree.Unary("-", tree.Name("a")), tree.Unary("-", tree.Name("b"))),
        tree.Unary("-", tree.Binary("*", tree.Name("a"), tree.Name("b"))),
    ],
)
def test_show_puts_parentheses_where_they_matter(node) -> None:
    assert expression(show(node)) == node


def test_show_of_a_part() -> None:
    (function,) = parse("fn f(x: f32[n]) -> f32 { if a { return 1; } }").functions
    assert show(function.parameters[0]) == "x: f32[n]"
    assert show(function.body.statements[0]) == "if a {\n    return 1;\n}"
    assert show(function.body) == "{\n    if a {\n        return 1;\n    }\n}"


# --- parts ------------------------------------------------------------------------------------


def test_the_parts_are_called_through_the_registry() -> None:
    calls = []

    def spy(name):
        original = parts.original(name)

        def called(*arguments):
            calls.append(name)
            return original(*arguments)

        return called

    names = ["text.tokenize", "text.parse_expression", "text.parse", "text.show"]
    with parts.using({name: spy(name) for name in names}):
        show(parse("fn f() -> i32 { return 1; }"))
    assert calls == ["text.parse", "text.tokenize", "text.parse_expression", "text.show"]
