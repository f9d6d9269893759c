"""What a kernel may name: Triton's language, functions under @triton.jit, and numbers.

The interpreter runs a kernel as Python, so whatever else stands in one would run, and not be
counted; and a kernel that found out who runs it could be another one for the compiler. So what it
compares is numbers, and what it does with a function of Triton's is to call it. Here the text is
looked at, and not what it does.
"""

from __future__ import annotations

import ast
import builtins
import functools
import inspect
import os
from collections.abc import Iterator
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

import triton
import triton.language as tl
from triton.runtime.jit import ConstexprFunction, JITFunction

BUILTINS = frozenset("len list range float int print min max tuple".split())  # that Triton knows
INSIDE = frozenset(["handle", "_semantic", "_builder"])  # of a value: what carries it
PLAIN = (int, float, bool, str, type(None))
PURE = BUILTINS | {"bit_length", "abs", "sum", "bool", "True", "False", "None"}
HOMES = (os.path.dirname(triton.__file__), os.path.dirname(__file__))


def strangers(function: JITFunction, tree: ast.AST) -> Iterator[tuple[str, int]]:
    """What in a kernel's syntax tree is not Triton: why, and the line in the kernel's text."""
    if not _is_tritons(type(function)):
        yield f"{function.__name__} is no function under @triton.jit", 1
        return
    scope = function.get_capture_scope()
    own = {each.arg for each in ast.walk(tree) if isinstance(each, ast.arg)}
    own |= {
        each.id
        for each in ast.walk(tree)
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
    }
    inner = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            if why := _comparison(node):
                yield f"{ast.unparse(node)} is not Triton: {why}", node.lineno
        if isinstance(node, ast.Attribute) and (node.attr in INSIDE or node.attr.startswith("__")):
            yield f".{node.attr} is not Triton's: the compiler has no such thing", node.lineno
        elif isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Load):
            root, *names = _chain(node)
            if root in own or not root:
                continue
            text = ".".join([root, *names])
            if root not in scope:
                if root not in BUILTINS:
                    yield f"{text} is not Triton's: it would run as Python, uncounted", node.lineno
            elif not _is_known(value := _value(scope[root], names)):
                yield f"{text} is not Triton's: it would run as Python, uncounted", node.lineno
            elif id(node) not in inner | called and _is_replaced(value):
                yield f"{text} is called, and is no value: the interpreter has another", node.lineno


def _comparison(node: ast.Compare) -> str:
    """What is wrong with a comparison: numbers are compared, and with None whatever there is.

    An object that is another one for the interpreter would tell who runs the kernel.
    """
    if len(node.ops) > 1:
        return "write each comparison, and & between them"
    sides = (node.left, node.comparators[0])
    if isinstance(node.ops[0], (ast.Is, ast.IsNot)):
        none = any(isinstance(side, ast.Constant) and side.value is None for side in sides)
        return "" if none else "`is` asks for None, numbers are compared with =="
    return ""


def _is_replaced(value: Any) -> bool:
    """Whether the interpreter may have something else in its place: a module, a function of
    Triton's. What a reduction combines by is the kernel's own function, or a private one of them.
    """
    if isinstance(value, JITFunction):
        name = value.fn.__name__
        return value.fn.__module__.startswith("triton.") and not name.startswith("_")
    return type(value) is ModuleType or isinstance(value, (FunctionType, BuiltinFunctionType))


def is_plain(value: Any) -> bool:
    """Whether a launch may give this to a kernel, besides tensors: numbers, and what names them."""
    if type(value).__module__ == "numpy" and hasattr(value, "item"):
        value = value.item() if value.size == 1 else value
    if type(value) in (tuple, tl.tuple, tl.constexpr):
        return all(map(is_plain, [value.value] if type(value) is tl.constexpr else value))
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return all(map(is_plain, value))
    return type(value) in PLAIN or isinstance(value, tl.dtype) or _is_known(value)


def is_plain_tensor(tensor: Any) -> bool:
    """Whether nothing but torch says what a tensor is and does."""
    import torch
    from triton.runtime.jit import TensorWrapper

    return type(tensor) in (torch.Tensor, torch.nn.Parameter, TensorWrapper)


def is_known_type(tensor: Any) -> bool:
    """Whether Triton has a type for a tensor's elements."""
    from triton.runtime.jit import mangle_type

    try:
        tl.str_to_ty(mangle_type(tensor), None)
    except (KeyError, AttributeError):
        return False
    return True


def _chain(node: ast.AST) -> list[str]:
    """["tl", "math", "exp"] of `tl.math.exp`; [""] of what does not begin with a name."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return [node.id, *reversed(names)] if isinstance(node, ast.Name) else [""]


def _value(value: Any, names: list[str]) -> Any:
    """What a dotted name leads to, as far as modules go."""
    for name in names:
        if type(value) is not ModuleType:
            break
        value = vars(value).get(name)
    return value


def _is_known(value: Any) -> bool:
    if type(value) is tl.constexpr:
        return is_plain(value)
    if isinstance(value, ConstexprFunction):
        return _is_tritons(value.fn) or _is_pure(value.fn)
    if isinstance(value, BuiltinFunctionType):
        return value.__module__ == "math" or _is_builtin(value)
    if isinstance(value, tuple):
        return all(map(is_plain, value))
    known = (ModuleType, *PLAIN)
    return type(value) in known or _is_tritons(value) or _is_builtin(value)


def _is_builtin(value: Any) -> bool:
    return any(value is getattr(builtins, name) for name in BUILTINS)


def _is_tritons(value: Any) -> bool:
    """Whether Triton defines it, or this meter in Triton's stead."""
    if isinstance(value, functools.partial):
        value = value.func
    if isinstance(value, JITFunction):
        return True  # its own text is looked at when it is called
    if isinstance(value, FunctionType):
        code = getattr(inspect.unwrap(value), "__code__", None)  # it may wrap what is no function
        return code is not None and code.co_filename.startswith(HOMES)
    home = getattr(value, "__module__", "") if isinstance(value, type) else type(value).__module__
    return str(home).split(".")[0] == "triton" or str(home).startswith("tern.gpu.")


def _is_pure(function: Any) -> bool:
    """Whether a function of numbers names nothing that could tell one call from another."""
    code = function.__code__
    nested = any(hasattr(each, "co_code") for each in code.co_consts)
    return not nested and not code.co_freevars and set(code.co_names) <= PURE
