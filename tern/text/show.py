"""A syntax tree back to source text."""

from __future__ import annotations

from tern.parts import part
from tern.text import tree
from tern.text.expressions import BINDING_POWER, COMPARISON, MINUS, NOT

_INDENT = "    "


def show_function(function: tree.Function) -> str:
    parameters = ", ".join(map(show, function.parameters))
    head = f"fn {function.name.text}({parameters}) -> {_type(function.result)} "
    return head + "\n".join(_block(function.body, "")) + "\n"


def _type(name: tree.TypeName) -> str:
    sizes = ", ".join(str(size.value) for size in name.shape)
    return f"{name.element}[{sizes}]" if sizes else name.element


# --- statements, as lists of lines ------------------------------------------------------------


def _block(block: tree.Block, indent: str) -> list[str]:
    """The lines of a block; the first is its `{`, to be put after what comes before it."""
    if not block.statements:
        return ["{", indent + "}"]
    lines = ["{"]
    for statement in block.statements:
        lines += _statement(statement, indent + _INDENT)
    lines.append(indent + "}")
    return lines


def _statement(statement: tree.Statement, indent: str) -> list[str]:
    match statement:
        case tree.Let(name, value):
            return [f"{indent}let {name.text} = {show_expression(value)};"]
        case tree.Assign(name, value):
            return [f"{indent}{name.text} = {show_expression(value)};"]
        case tree.Return(value):
            return [f"{indent}return {show_expression(value)};"]
        case tree.If():
            return _if(statement, indent)
        case tree.While(condition, body):
            return _headed(f"{indent}while {show_expression(condition)} ", body, indent)
        case tree.For(name, start, stop, body):
            bounds = f"{show_expression(start)}..{show_expression(stop)}"
            return _headed(f"{indent}for {name.text} in {bounds} ", body, indent)
    raise TypeError(f"not a statement: {statement!r}")


def _headed(head: str, block: tree.Block, indent: str) -> list[str]:
    lines = _block(block, indent)
    lines[0] = head + lines[0]
    return lines


def _if(statement: tree.If, indent: str) -> list[str]:
    head = f"{indent}if {show_expression(statement.condition)} "
    lines = _headed(head, statement.then, indent)
    match statement.otherwise:
        case tree.If() as nested:
            rest = _if(nested, indent)
        case tree.Block() as block:
            rest = _block(block, indent)
        case None:
            return lines
    lines[-1] += " else " + rest[0].lstrip()
    return lines + rest[1:]


# --- expressions ------------------------------------------------------------------------------


def show_expression(expression: tree.Expression, minimum: int = 1) -> str:
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
            parts = [show_expression(argument) for argument in arguments]
            parts += [f"{k.name.text}={show_expression(k.value)}" for k in keywords]
            return f"{function.text}({', '.join(parts)})"
        case tree.Unary("-", operand):
            power, text = MINUS, f"-{show_expression(operand, MINUS)}"
        case tree.Unary(_, operand):
            power, text = NOT, f"not {show_expression(operand, NOT)}"
        case tree.Binary(operator, left, right):
            power = BINDING_POWER[operator]
            # Operands of equal power group to the left; comparisons do not group at all.
            left_text = show_expression(left, power + (power == COMPARISON))
            text = f"{left_text} {operator} {show_expression(right, power + 1)}"
        case _:
            raise TypeError(f"not an expression: {expression!r}")
    return f"({text})" if power < minimum else text


# --- the whole --------------------------------------------------------------------------------


@part(
    "text.show",
    helpers=(show_function, _type, _block, _statement, _headed, _if, show_expression),
)
def show(node: tree.Node) -> str:
    """The source text of a tree, laid out in the one standard way.

    Of a module, `parse(show(module)) == module`. Parentheses appear only where the tree
    needs them. A function, statement or expression alone can be shown too. O(size).
    """
    match node:
        case tree.Module():
            return "\n".join(map(show_function, node.functions))
        case tree.Function():
            return show_function(node)
        case tree.Block():
            return "\n".join(_block(node, ""))
        case tree.Let() | tree.Assign() | tree.Return() | tree.If() | tree.While() | tree.For():
            return "\n".join(_statement(node, ""))
        case tree.Parameter():
            return f"{node.name.text}: {_type(node.type)}"
        case tree.Keyword():
            return f"{node.name.text}={show_expression(node.value)}"
        case tree.TypeName():
            return _type(node)
        case tree.Size():
            return str(node.value)
    return show_expression(node)
