"""Symbolic sizes: PyTorch's are expressions of sympy's, tern's are names and sums of names.

torch.export gives the sizes that may vary symbols, `s77`, and remembers that the model's author
called one "batch". A size that is computed, such as `8*batch`, becomes a name here, too, so that
equal sizes stay equal; its value is computed at the top of the function.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from tern.build.shapes import Factors, factors_of
from tern.frontends.torch.names import TorchError
from tern.ir import Builder, Value
from tern.shapes import total
from tern.types import Dimension, index


class Sizes:
    """The names of a graph's sizes. `names` has the name for a symbol, by how it is written."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names
        self.expressions: dict[str, Any] = {}  # the names that stand for more than a symbol

    def dimension(self, size: Any) -> Dimension:
        """An int or a torch.SymInt as a size of tern's, or a SymFloat that is such a size.
        TorchError for another SymFloat."""
        if isinstance(size, int):
            return size
        expression = size.node.expr
        if type(expression).__name__ == "ToFloat":
            expression = expression.args[0]
        elif type(size).__name__ == "SymFloat":
            raise TorchError(
                f"the number {expression}, which is computed of sizes, has no form in tern"
            )
        return int(expression) if expression.is_number else self.of(expression)

    def of(self, expression: Any) -> Dimension:
        """The name, or the sum of names, for an expression that is not a number."""
        if expression.is_Symbol:
            return self.names.get(str(expression), str(expression))
        if expression.is_Add:
            if (found := self._sum(expression)) is not None:
                return found
            expression = expression.factor()  # of a reshape: batch * (past + time)
        written = re.sub(r"\w+", lambda word: self.names.get(word[0], word[0]), str(expression))
        for sign, word in (("//", "_over_"), ("*", "_by_"), ("+", "_and_"), ("-", "_less_")):
            written = written.replace(sign, word)
        name = "_" + re.sub(r"_*\W+_*", "_", written.replace(" ", "")).strip("_")
        self.expressions[name] = expression
        return name

    def _sum(self, expression: Any) -> Dimension:
        """A sum in tern's spelling; None if it has a difference in it, or a product."""
        parts: list[Dimension] = []
        for term in expression.args:
            count, rest = term.as_coeff_Mul()
            if count < 0 or not (count.is_Integer and (rest == 1 or rest.is_Symbol)):
                return None
            parts += [int(count)] if rest == 1 else [self.of(rest)] * int(count)
        return total(parts)

    def factors(self, size: Dimension) -> Factors:
        """Of which numbers and names a size is the product: so a reshape finds its groups."""
        expression = self.expressions.get(size) if isinstance(size, str) else None
        if expression is None or not expression.is_Mul:
            return factors_of(size)
        number, names = 1, Counter[Dimension]()
        for factor in expression.args:
            base, power = factor.as_base_exp()
            if base.is_Integer:
                number *= int(factor)
            elif not (power.is_Integer and power > 0):
                return factors_of(size)
            else:
                names[self.of(base)] += int(power)
        return number, names

    def value(self, b: Builder, name: str, symbols: Any) -> Value:
        """What computes the size of a name that is no symbol's, of type index. `symbols` gives the
        value of a named size. TorchError if it is no sum, product, or quotient."""
        return self._computed(b, self.expressions[name], symbols)

    def _computed(self, b: Builder, expression: Any, symbols: Any) -> Value:
        if expression.is_Integer:
            return b.constant(int(expression), index)
        if expression.is_Symbol:
            return symbols(self.of(expression))
        name, parts = type(expression).__name__, expression.args
        if expression.is_Pow and parts[1].is_Integer and parts[1] > 0:
            name, parts = "Mul", [parts[0]] * int(parts[1])
        if name not in _OPERATIONS:
            raise TorchError(f"the size {expression} has no form in tern")
        values = [self._computed(b, part, symbols) for part in parts]
        return functools.reduce(lambda x, y: b.binary(_OPERATIONS[name], x, y), values)


_OPERATIONS = {
    "Add": "arith.addi",
    "Mul": "arith.muli",
    "FloorDiv": "arith.divsi",  # PyTorch's sizes are never negative
    "CleanDiv": "arith.divsi",
    "Mod": "arith.remsi",
    "PythonMod": "arith.remsi",
    "Max": "arith.maxsi",
    "Min": "arith.minsi",
}
"""Functions of sympy's, and PyTorch's own, that a size may be computed by."""


def names_of(shape_env: Any) -> dict[str, str]:
    """What the author of a model called its sizes: by symbol, the name of the Dim.

    Sizes that PyTorch found to be equal have one symbol, that of the last. A name that two symbols
    would still have, which a check at run time keeps apart, only the first has.
    """
    called = getattr(shape_env, "source_name_to_debug_name", {})
    equal = getattr(shape_env, "replacements", {})
    found: dict[str, str] = {}
    for source, symbol in getattr(shape_env, "source_to_var", {}).items():
        name = called.get(source, "")
        while symbol in equal:
            symbol = equal[symbol]
        if name.isidentifier() and name not in found.values():
            found.setdefault(str(symbol), name)
    return found
