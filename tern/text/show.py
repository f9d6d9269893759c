"""A syntax tree back to source text."""

from __future__ import annotations

from tern.parts import part
from tern.text import tree
from tern.text.brackets import show_bracketed
from tern.text.expressions import BINDING_POWER, COMPARISON, MINUS, NOT


def _show_function(function: tree.Function) -> str:
    parameters = ", ".join(map(show, function.parameters))
    lines: list[str] = []
    head = f"fn {function.name.text}({parameters}) -> {_show_type(function.result)} "
    _show_block(head, function.body, "", lines)
    return "\n".join(lines) + "\n"


def _show_type(name: tree.TypeName) -> str:
    sizes = ", ".join(str(size.value) for size in name.shape)
    return f"{name.element}[{sizes}]" if sizes else name.element


# --- statements: each appends its lines to those before it ------------------------------------


def _show_block(head: str, block: tree.Block, indent: str, lines: list[str]) -> None:
    """`head {`, the statements one level further in, and `}`."""
    lines.append(f"{indent}{head}{{")
    for statement in block.statements:
        _show_statement(statement, indent + "    ", lines)
    lines.append(indent + "}")


def _show_statement(statement: tree.Statement, indent: str, lines: list[str]) -> None:
    match statement:
        case tree.Let(name, value):
            lines.append(f"{indent}let {name.text} = {_show_expression(value)};")
        case tree.Assign(name, value):
            lines.append(f"{indent}{name.text} = {_show_expression(value)};")
        case tree.Return(value):
            lines.append(f"{indent}return {_show_expression(value)};")
        case tree.If():
            _show_if(statement, indent, lines)
        case tree.While(condition, body):
            _show_block(f"while {_show_expression(condition)} ", body, indent, lines)
        case tree.For(name, start, stop, body):
            bounds = f"{_show_expression(start)}..{_show_expression(stop)}"
            _show_block(f"for {name.text} in {bounds} ", body, indent, lines)
        case _:
            raise TypeError(f"not a statement: {statement!r}")


def _show_if(statement: tree.If, indent: str, lines: list[str]) -> None:
    before = ""
    while True:
        head = f"{before}if {_show_expression(statement.condition)} "
        _show_block(head, statement.then, indent, lines)
        if statement.otherwise is None:
            return
        lines.pop()  # the `}`, which shares a line with `else`
        if isinstance(statement.otherwise, tree.Block):
            return _show_block("} else ", statement.otherwise, indent, lines)
        before, statement = "} else ", statement.otherwise


# --- expressions ------------------------------------------------------------------------------


def _show_expression(expression: tree.Expression, minimum: int = 1) -> str:
    """The text of an expression, in parentheses if it binds less tightly than `minimum`."""
    match expression:
        case tree.Name(text):
            return text
        case tree.Integer(value):
            return str(value)
        case tree.Float(value):
            return repr(value)
        case tree.Boolean(value):
            return "true" if value else "false"
        case tree.Call(function, arguments, keywords):
            parts = [_show_expression(argument) for argument in arguments]
            parts += [f"{k.name.text}={_show_expression(k.value)}" for k in keywords]
            return f"{function.text}({', '.join(parts)})"
        case tree.Unary("-", operand):
            power, text = MINUS, f"-{_show_expression(operand, MINUS)}"
        case tree.Unary(_, operand):
            power, text = NOT, f"not {_show_expression(operand, NOT)}"
        case tree.Binary(operator, left, right):
            power = BINDING_POWER[operator]
            # Operands of equal power group to the left; comparisons do not group at all.
            left_text = _show_expression(left, power + (power == COMPARISON))
            text = f"{left_text} {operator} {_show_expression(right, power + 1)}"
        case _:
            return show_bracketed(expression, _show_expression)
    return f"({text})" if power < minimum else text


# --- the whole --------------------------------------------------------------------------------


@part(
    "text.show",
    helpers=(
        _show_function,
        _show_type,
        _show_block,
        _show_statement,
        _show_if,
        _show_expression,
    ),
)
def show(node: tree.Node) -> str:
    """The source text of a tree, laid out in the one standard way.

    Of a module, `parse(show(module)) == module`. Parentheses appear only where the tree
    needs them. A function, statement or expression alone can be shown too. O(size).
    """
    lines: list[str] = []
    match node:
        case tree.Module():
            return "\n".join(map(_show_function, node.functions))
        case tree.Function():
            return _show_function(node)
        case tree.Block():
            _show_block("", node, "", lines)
        case tree.Let() | tree.Assign() | tree.Return() | tree.If() | tree.While() | tree.For():
            _show_statement(node, "", lines)
        case tree.Parameter():
            return f"{node.name.text}: {_show_type(node.type)}"
        case tree.Keyword():
            return f"{node.name.text}={_show_expression(node.value)}"
        case tree.TypeName():
            return _show_type(node)
        case tree.Size():
            return str(node.value)
        case _:
            return _show_expression(node)
    return "\n".join(lines)
