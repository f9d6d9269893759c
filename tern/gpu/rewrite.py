"""A kernel's source as Python that the interpreter runs: the same lines, with a meter in each loop.

Triton's own interpreter rewrites kernels as well, but puts its names into the kernel's module and
leaves them there. Here a kernel runs in a namespace of its own: its module's names, its closure's,
and what the interpreter needs.
"""

from __future__ import annotations

import ast
import functools
import re
import sys
from collections.abc import Callable
from types import FunctionType
from typing import Any

import triton.language as tl
from triton.runtime.interpreter import ASTTransformer
from triton.runtime.jit import JITFunction

from tern.gpu.allowed import strangers

ITERATION = "__tern_iteration__"
AND, OR, NOT = "__tern_and__", "__tern_or__", "__tern_not__"
ASSERT = "__tern_assert__"
SEMANTIC = "interpreter_semantic"  # the name that upstream's ASTTransformer uses


class _Meters(ast.NodeTransformer):
    """Calls ITERATION() at the start of every iteration of every loop. What Triton does and Python
    does not, with `and`, `or`, and `not` of blocks, becomes calls as well.
    """

    def _loop(self, node: ast.For | ast.While) -> ast.AST:
        self.generic_visit(node)
        node.body.insert(0, ast.copy_location(ast.Expr(_call(ITERATION)), node))
        return node

    visit_For = visit_While = _loop

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        """`a and b` becomes AND(lambda: a, lambda: b)."""
        self.generic_visit(node)
        nothing = ast.arguments([], [], None, [], [], None, [])
        later = [ast.copy_location(ast.Lambda(nothing, each), each) for each in node.values]
        return ast.copy_location(_call(AND if isinstance(node.op, ast.And) else OR, *later), node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.op, ast.Not):
            return ast.copy_location(_call(NOT, node.operand), node)
        return node

    def visit_Assert(self, node: ast.Assert) -> ast.AST:
        """`assert a, why` becomes ASSERT(a, why): of a block, each value is asserted."""
        self.generic_visit(node)
        call = _call(ASSERT, node.test, node.msg or ast.Constant(""))
        return ast.copy_location(ast.Expr(ast.copy_location(call, node)), node)


def _call(name: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), list(arguments), [])


def _logical(method: str, decisive: bool) -> Callable:
    """`and` and `or` as the compiler makes them: all operands that are tensors are computed."""

    def logical(*operands: Callable) -> Any:
        found, value = None, None
        for operand in operands:
            value = operand()
            if isinstance(value, tl.tensor):
                found = value if found is None else getattr(found, method)(value)
            elif bool(value) is decisive:
                return value
        return value if found is None else found

    return logical


def _not(value: Any) -> Any:
    return value.__not__() if isinstance(value, tl.tensor) else not value


def _assert(value: Any, why: Any) -> None:
    if isinstance(value, tl.tensor):
        tl.device_assert(value, why)
    else:
        assert value, why


def _extreme(python: Callable, tritons: str) -> Callable:
    """Python's min and max, which the compiler takes for Triton's."""

    def extreme(*values: Any, **keywords: Any) -> Any:
        if not any(isinstance(each, tl.tensor) for each in values):
            return python(*values, **keywords)
        return functools.reduce(lambda a, b: getattr(tl, tritons)(a, b, **keywords), values)

    return extreme


OWN = {
    AND: _logical("logical_and", False),
    OR: _logical("logical_or", True),
    NOT: _not,
    ASSERT: _assert,
    "min": _extreme(min, "minimum"),
    "max": _extreme(max, "maximum"),
}


def _late(value: Any) -> Any:
    """Of `from triton.language import load`, what the module has when it is called.

    The interpreter puts its own functions into the modules, while kernels run.
    """
    name, home = getattr(value, "__name__", ""), getattr(value, "__module__", "") or ""
    if not isinstance(value, FunctionType) or not home.startswith("triton.language"):
        return value
    module = tl if getattr(tl, name, None) is value else sys.modules[home]
    if getattr(module, name, None) is not value:
        return value
    return lambda *arguments, **keywords: getattr(module, name)(*arguments, **keywords)


def rewritten(
    function: JITFunction,
    semantic: Any,
    count_iteration: Callable[[], None],
    refuse: Callable[[str, int], None],
) -> FunctionType:
    """The Python function of a kernel, for the interpreter with this semantic.

    It is made of the text, and of the names, that the compiler goes by. Line numbers and file stay
    those of the source. What is not Triton in it is refused: why, and in which line.
    """
    fn, tree = function.fn, function.parse()
    lines = enumerate(function.raw_src)
    before = next((number for number, line in lines if re.match(r"\s*def\s", line)), 0)
    first = function.starting_line_number + before
    definition = tree.body[0]
    if not fn.__module__.startswith("triton."):
        for why, line in strangers(function, definition):
            refuse(why, first + line - 1)
    definition.decorator_list = []
    for argument in ast.walk(definition.args):  # annotations may name what only the compiler knows
        if isinstance(argument, ast.arg):
            argument.annotation = None
    definition.returns = None
    tree = ast.fix_missing_locations(_Meters().visit(ASTTransformer().visit(tree)))
    ast.increment_lineno(tree, first - 1)
    names = {name: _late(value) for name, value in function.get_capture_scope().items()}
    names = {**OWN, **names, SEMANTIC: semantic, ITERATION: count_iteration}
    exec(compile(tree, fn.__code__.co_filename, "exec"), names)
    result = names[fn.__name__]
    result.__defaults__ = fn.__defaults__
    if names["__name__"] == fn.__module__ and fn.__name__ in fn.__globals__:
        names[fn.__name__] = fn.__globals__[fn.__name__]
    return result
