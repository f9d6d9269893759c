"""Syntax trees and source texts to try things on: random ones, of any size, and deep ones."""

from __future__ import annotations

import random
from collections.abc import Callable

from tern.parts import original
from tern.text import tree
from tern.text.expressions import BINDING_POWER, COMPARISON, MINUS, NOT

Choose = Callable[[int], int]
"""`choose(n)` picks one of 0, ..., n - 1. 0 is always the plainest choice, so that a search
for a small counterexample, which prefers small numbers, ends at plain programs."""

_NAMES = ("x", "y", "n", "acc", "row", "if_", "letter", "_", "notable")
_LEAVES = (
    *map(tree.Integer, (1, 0, 42, 2**63 - 1)),
    *map(tree.Float, (1.0, 0.5, 1e-05, 2e20, 0.1)),
    tree.Boolean(True),
    tree.Boolean(False),
)
_OPERATORS = tuple(BINDING_POWER)


def chooser(seed: float) -> Choose:
    """Random choices, the same for the same seed."""
    generator = random.Random(seed)
    return lambda n: int(generator.random() * n)


# --- trees ------------------------------------------------------------------------------------


def random_expression(choose: Choose, size: int) -> tree.Expression:
    """An expression of about `size` leaves, at most `size + 1` levels high."""
    if size <= 1:
        kind = choose(len(_LEAVES) + 8)
        return tree.Name(_NAMES[choose(len(_NAMES))]) if kind < 8 else _LEAVES[kind - 8]
    kind = choose(10)
    if kind < 6:
        left = 1 + choose(size - 1)
        operator = _OPERATORS[choose(len(_OPERATORS))]
        return tree.Binary(
            operator,
            random_expression(choose, left),
            random_expression(choose, size - left),
        )
    if kind < 8:
        operator = ("-", "not")[kind - 6]
        return tree.Unary(operator, random_expression(choose, size - 1))
    inside = _shares(choose, size - 1)
    plain = choose(len(inside) + 1)
    arguments = [random_expression(choose, share) for share in inside]
    keywords = [
        tree.Keyword(tree.Name(f"axis{i}"), value) for i, value in enumerate(arguments[plain:])
    ]
    function = tree.Name(_NAMES[choose(len(_NAMES))])
    return tree.Call(function, tuple(arguments[:plain]), tuple(keywords))


def random_block(choose: Choose, size: int, depth: int = 0) -> tree.Block:
    """A block of about `size` leaves, its statements at most ten deep."""
    return tree.Block(
        tuple(_random_statement(choose, share, depth) for share in _shares(choose, size))
    )


def _random_statement(choose: Choose, size: int, depth: int) -> tree.Statement:
    kind = choose(6 if depth < 10 and size > 3 else 3)
    if kind < 3:
        value = random_expression(choose, min(size, 12))
        name = tree.Name(_NAMES[choose(len(_NAMES))])
        if kind == 0:
            return tree.Return(value)
        return tree.Let(name, value) if kind == 1 else tree.Assign(name, value)
    condition = random_expression(choose, min(3, size))
    body = random_block(choose, size - 2, depth + 1)
    if kind == 3:
        return tree.While(condition, body)
    if kind == 4:
        name = tree.Name(_NAMES[choose(len(_NAMES))])
        return tree.For(name, condition, random_expression(choose, 2), body)
    other: tree.Block | tree.If | None = None
    if (way := choose(3)) == 1:
        other = random_block(choose, size // 3, depth + 1)
    elif way == 2:
        other = tree.If(random_expression(choose, 2), random_block(choose, 2, depth + 2))
    return tree.If(condition, body, other)


def random_module(choose: Choose, functions: int, size: int) -> tree.Module:
    """Some functions of about `size` leaves each."""
    return tree.Module(tuple(_random_function(choose, size) for _ in range(functions)))


def _random_function(choose: Choose, size: int) -> tree.Function:
    parameters = tuple(
        tree.Parameter(tree.Name(_NAMES[choose(len(_NAMES))]), _random_type(choose))
        for _ in range(choose(4))
    )
    name = tree.Name(_NAMES[choose(len(_NAMES))])
    return tree.Function(name, parameters, _random_type(choose), random_block(choose, size))


def _random_type(choose: Choose) -> tree.TypeName:
    sizes = ("n", 4, "m", 0, 1024)
    shape = tuple(tree.Size(sizes[choose(len(sizes))]) for _ in range(choose(3)))
    return tree.TypeName(("f32", "i32", "bool")[choose(3)], shape)


def _shares(choose: Choose, size: int) -> list[int]:
    """A split of `size` into numbers of at least 1; none if there is nothing to split."""
    shares = []
    while size > 0:
        share = 1 + choose(min(size, 20))
        shares.append(share)
        size -= share
    return shares


# --- texts ------------------------------------------------------------------------------------


def spell(expression: tree.Expression, choose: Choose, minimum: int = 1) -> str:
    """A text of an expression with more parentheses than it needs, here and there."""
    match expression:
        case tree.Binary(operator, left, right):
            power = BINDING_POWER[operator]
            text = (
                f"{spell(left, choose, power + (power == COMPARISON))} {operator} "
                f"{spell(right, choose, power + 1)}"
            )
        case tree.Unary(operator, operand):
            power = MINUS if operator == "-" else NOT
            text = f"{operator} {spell(operand, choose, power)}"
        case tree.Call(function, arguments, keywords):
            inside = [spell(argument, choose) for argument in arguments]
            inside += [f"{k.name.text} = {spell(k.value, choose)}" for k in keywords]
            comma = "," * (bool(inside) and choose(8) == 7)
            power, text = 9, f"{function.text}({', '.join(inside)}{comma})"
        case _:
            power, text = 9, original("text.show")(expression)
    return f"({text})" if power < minimum or choose(8) == 7 else text


def scatter(text: str, choose: Choose) -> str:
    """The same tokens in another layout: blanks, line breaks, comments, or nothing between."""
    gaps = (" ", " ", " ", "\n", "\t ", "  // (not code {\n")
    out, before = [], ""
    for token in original("text.tokenize")(text):
        tight = not (before + token.text)[-1:].strip() or not _runs_together(before, token.text)
        out.append("" if tight and choose(2) else gaps[choose(len(gaps))])
        out.append(token.text)
        before = token.text
    return "".join(out)


def _runs_together(before: str, after: str) -> bool:
    """Might two tokens with nothing between them be read as others?"""
    if not before or not after:
        return False
    word = [c.isalnum() or c in "_." for c in (before[-1], after[0])]
    return all(word) or before[-1] + after[0] in ("->", "==", "<=", ">=", "!=", "//", "..")


def expression_text(seed: float, tokens: int) -> str:
    """A call whose arguments are random expressions, about `tokens` tokens together.

    Some arguments are nested a hundred levels deep, or chains of a hundred operators.
    """
    choose = chooser(seed)
    parts, count = [], 0
    while count < tokens:
        kind = choose(10)
        if kind == 0:
            text = "(" * 100 + "x" + ")" * 100
        elif kind == 1:
            text = " + y * ".join(["x"] * 50)
        elif kind == 2:
            text = "-" * 90 + "n"
        else:
            text = spell(random_expression(choose, 40), choose)
        parts.append(text)
        count += len(original("text.tokenize")(text))
    return f"f({', '.join(parts)})"


def program_text(seed: float, functions: int, size: int) -> str:
    """A program of random functions of about `size` leaves each."""
    return original("text.show")(random_module(chooser(seed), functions, size))


def deep_program(seed: float, functions: int, depth: int = 80) -> tree.Module:
    """Functions whose statements stand in blocks in blocks, `depth` of them, and in else-ifs."""
    choose = chooser(seed)
    made = []
    for _ in range(functions):
        block = random_block(choose, 300, 10)
        for level in range(depth):
            condition = random_expression(choose, 2)
            nested: tree.Statement = tree.While(condition, block)
            if level % 3 == 1:
                nested = tree.If(condition, block, random_block(choose, 2, 10))
            elif level % 3 == 2:
                nested = tree.For(tree.Name("i"), condition, tree.Integer(3), block)
            around = [_random_statement(choose, 3, 10), nested]
            block = tree.Block(tuple(around if choose(2) else around[::-1]))
        name = tree.Name(_NAMES[choose(len(_NAMES))])
        made.append(tree.Function(name, (), _random_type(choose), block))
    return tree.Module(tuple(made))


# --- mistakes ---------------------------------------------------------------------------------

MISTAKES = (
    "let = 1;",
    "let x 1;",
    "x = ;",
    "x = (1;",
    "x = 2);",
    "return 1 + ;",
    "return;",
    "x = f(1, , 2);",
    "1 = x;",
    "x += 1;",
    "f(x);",
    "let x = 1 < 2 < 3;",
    "let x = y + not z;",
    "if { y = 2; }",
    "while (x { y = 2; if z { } }",
    "for i in 0 { y = 2; }",
    "let x = 1\nlet y = 2;",
)
"""Broken statements, each with one mistake, on its first line."""


def planted(choose: Choose, size: int, max_mistakes: int = 15) -> tuple[str, list[int]]:
    """A block of about `size` statements, some of them broken, and the lines of the mistakes.

    Lines are counted from 1; every statement is on a line of its own.
    """
    lines, broken, open_blocks = ["{"], [], 0
    for _ in range(size):
        kind = choose(8)
        if kind < 3:
            lines.append("x = x + 1;")
        elif kind < 5 and len(broken) < max_mistakes:
            broken.append(len(lines) + 1)
            lines += MISTAKES[choose(len(MISTAKES))].split("\n")
        elif kind == 5 and open_blocks < 20:
            open_blocks += 1
            lines.append(("if x > 0 {", "while x > 0 {", "for i in 0..x {")[choose(3)])
        elif kind == 6 and open_blocks:
            open_blocks -= 1
            lines.append("}")
        else:
            lines.append("let y = f(x, axis=0);")
    return "\n".join(lines + ["}"] * (open_blocks + 1)), broken
