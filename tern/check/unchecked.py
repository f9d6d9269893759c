"""Running a program with NumPy and no types: where shapes don't fit, NumPy or a promise breaks.

What the checker says of shapes is tested against this. It knows what `tern.check.samples` writes.
"""

from __future__ import annotations

import operator
from collections import ChainMap
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from tern.errors import TernError
from tern.shapes import guards, refusal, refuted, replaced
from tern.text import tree

Value = Any  # an array of float32, or a number
Scope = ChainMap[str, Value]

OPERATORS: dict[str, Callable[[Value, Value], Value]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "@": np.matmul, ">": operator.gt,
}  # fmt: skip


class Misfit(TernError):
    """Shapes do not fit, in one call of a function."""


def call(module: tree.Module, name: str, *arguments: Value) -> Value:
    """What a function of a program returns. A loop runs once, and so does whatever an `if` guards.

    Raises:
        Misfit: NumPy cannot do it; or an argument, an assigned value, or the result has another
            shape than the program says.
    """
    function = next(each for each in module.functions if each.name.text == name)
    declared = [tuple(s.value for s in p.type.shape) for p in function.parameters]
    shapes = [np.shape(argument) for argument in arguments]
    if list(map(len, shapes)) != list(map(len, declared)):
        raise Misfit(f"`{name}` of shapes {shapes}")
    wrong = refuted(guards(declared), shapes)
    if wrong is not None:
        raise Misfit(f"`{name}`: {refusal(wrong, declared, shapes)}")
    scope: Scope = ChainMap(dict(zip([p.name.text for p in function.parameters], arguments)))
    result = _block(module, function.body, scope)
    sizes = {
        size: actual
        for parameter, shape in zip(declared, shapes)
        for size, actual in zip(parameter, shape)
        if isinstance(size, str)
    }
    expected = tuple(replaced(size.value, sizes) for size in function.result.shape)
    if np.shape(result) != expected:
        raise Misfit(f"the result of `{name}` is {np.shape(result)}, not {expected}")
    return result


def _block(module: tree.Module, block: tree.Block, scope: Scope) -> Value:
    result = None
    for statement in block.statements:
        match statement:
            case tree.Let(name, value):
                scope[name.text] = _value(module, value, scope)
            case tree.Assign(name, value):
                found = _value(module, value, scope)
                home = next(each for each in scope.maps if name.text in each)
                if np.shape(found) != np.shape(home[name.text]):
                    raise Misfit(f"`{name.text}` changes its shape to {np.shape(found)}")
                home[name.text] = found
            case tree.Return(value):
                result = _value(module, value, scope)
            case tree.If(condition, then):
                _value(module, condition, scope)
                _block(module, then, scope.new_child())
            case tree.For(name, _, _, body):
                _block(module, body, scope.new_child({name.text: 0}))
    return result


def _value(module: tree.Module, node: tree.Expression, scope: Mapping[str, Value]) -> Value:
    def of(inner: tree.Expression) -> Value:
        return _value(module, inner, scope)

    try:
        match node:
            case tree.Name(text):
                return scope[text]
            case tree.Float(value) | tree.Integer(value):
                return np.float32(value)
            case tree.Unary("-", operand):
                return -of(operand)
            case tree.Binary(sign, left, right):
                return OPERATORS[sign](of(left), of(right))
            case tree.Call(tree.Name("concat"), (tree.List(items),)):
                return np.concatenate([of(item) for item in items])
            case tree.Call(tree.Name("pad"), (tensor, tree.List(widths))):
                return np.pad(of(tensor), [[w.value for w in pair.items] for pair in widths])  # type: ignore[union-attr]
            case tree.Call(tree.Name("sum"), (tensor,), keywords):
                axis: Any = keywords[0].value.value if keywords else None  # type: ignore[union-attr]
                return np.sum(of(tensor), axis=axis, keepdims=axis is not None)
            case tree.Call(tree.Name(name), arguments):
                values = [of(argument) for argument in arguments]
                if any(function.name.text == name for function in module.functions):
                    return call(module, name, *values)
                return getattr(np, name)(*values)  # tanh, abs, sin, transpose
    except ValueError as error:
        raise Misfit(str(error)) from None
    raise TypeError(f"{type(node).__name__} is not for this")
