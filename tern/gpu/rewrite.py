"""A kernel's source as Python that the interpreter runs: the same lines, with a meter in each loop.

Triton's own interpreter rewrites kernels as well, but puts its names into the kernel's module and
leaves them there. Here a kernel runs in a namespace of its own: its module's names, its closure's,
and what the interpreter needs.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from types import FunctionType
from typing import Any

import triton.language as tl
from triton.runtime.interpreter import ASTTransformer
from triton.runtime.jit import JITFunction

from tern.gpu.allowed import strangers

ITERATION = "__tern_iteration__"
UNUSED = "__tern_unused__"
SEMANTIC = "interpreter_semantic"  # the name that upstream's ASTTransformer uses


class _Meters(ast.NodeTransformer):
    """Calls ITERATION() at the start of every iteration of every loop, and UNUSED() for idle
    results of atomics.
    """

    def _loop(self, node: ast.For | ast.While) -> ast.AST:
        self.generic_visit(node)
        call = ast.Expr(ast.Call(ast.Name(ITERATION, ast.Load()), [], []))
        node.body.insert(0, ast.copy_location(call, node))
        return node

    visit_For = visit_While = _loop

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        """`tl.atomic_add(…)` as a statement becomes UNUSED(lambda: tl.atomic_add(…))."""
        self.generic_visit(node)
        function = getattr(node.value, "func", None)
        name = getattr(function, "attr", getattr(function, "id", ""))
        if name.startswith("atomic_") and name != "atomic_cas":
            later = ast.Lambda(ast.arguments([], [], None, [], [], None, []), node.value)
            node.value = ast.copy_location(
                ast.Call(ast.Name(UNUSED, ast.Load()), [later], []), node.value
            )
        return node


def _late(value: Any) -> Any:
    """Of `from triton.language import load`, what the module has when it is called.

    The interpreter puts its own functions into the module, while kernels run.
    """
    name = getattr(value, "__name__", "")
    if not isinstance(value, FunctionType) or getattr(tl, name, None) is not value:
        return value
    return lambda *arguments, **keywords: getattr(tl, name)(*arguments, **keywords)


def rewritten(
    function: JITFunction,
    semantic: Any,
    count_iteration: Callable[[], None],
    unused: Callable[[Callable], None],
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
    names[SEMANTIC], names[ITERATION], names[UNUSED] = semantic, count_iteration, unused
    exec(compile(tree, fn.__code__.co_filename, "exec"), names)
    result = names[fn.__name__]
    result.__defaults__ = fn.__defaults__
    if names["__name__"] == fn.__module__ and fn.__name__ in fn.__globals__:
        names[fn.__name__] = fn.__globals__[fn.__name__]
    return result
