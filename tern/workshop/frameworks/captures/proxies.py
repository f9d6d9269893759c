"""Capture by running on proxies: a graph, and guards on what Python saw meanwhile.

Sources: torch/fx/_symbolic_trace.py and torch/fx/proxy.py for the graph; E. Z. Yang, "Dynamic
shapes in PyTorch", and torch/fx/experimental/symbolic_shapes.py for numbers that write guards.
"""

from collections.abc import Callable, Sequence
from typing import Any

from tern.parts import part
from tern.workshop.frameworks.captures.guards import Captured, Guard
from tern.workshop.frameworks.captures.shapes import result_shape
from tern.workshop.frameworks.expressions import COMPUTE, Expression, Symbolic, kind_of
from tern.workshop.frameworks.graph import Graph, GraphNode
from tern.workshop.frameworks.kernels import result_spec, spec_of
from tern.workshop.frameworks.operators import Operators
from tern.workshop.frameworks.tensor import DataDependentError
from tern.workshop.frameworks.tracing import line_of_program


class Symbol(Symbolic):
    """Stands for a number of the arguments: it has a value now, and an expression for later."""

    __slots__ = ("expression", "guards", "value")

    def __init__(self, guards: dict[Expression, Any], expression: Expression, value: Any) -> None:
        self.guards, self.expression, self.value = guards, expression, value

    def combine(self, operator: str, *operands: Any) -> Any:
        value = COMPUTE[operator](*map(_value, operands))
        later = tuple(getattr(each, "expression", each) for each in operands)
        return Symbol(self.guards, Expression(operator, later), value)

    def _known(self, *_: Any) -> Any:
        """The value, which Python asks for itself: another one would need another graph."""
        self.guards[self.expression] = self.value
        return self.value

    def __bool__(self) -> bool:
        if isinstance(self.value, bool):
            return self._known()
        return bool(self.combine("bool", self))

    def __float__(self) -> float:
        return float(self._known())

    def __hash__(self) -> int:
        return hash(self._known())

    def __str__(self) -> str:
        return str(self._known())

    def __format__(self, how: str) -> str:
        return format(self._known(), how)

    def __int__(self) -> int:
        return int(self._known())

    __index__ = __round__ = _known
    __repr__ = __str__


class Proxy(Operators):
    """Stands for an array: it knows its node, and what it looks like, and has no numbers."""

    __slots__ = ("capture", "node", "sizes")
    priority = 1

    def __init__(self, capture: "Capture", node: GraphNode, sizes: Callable) -> None:
        self.capture, self.node = capture, node
        self.sizes: Any = sizes

    @property
    def shape(self) -> tuple[Any, ...]:
        if callable(self.sizes):  # computed when first asked for: until then it needs no guards
            self.sizes = self.sizes()
        return self.sizes

    @property
    def ndim(self) -> int:
        return self.node.spec.ndim

    @property
    def dtype(self) -> Any:
        return self.capture.dtype(self.node)

    def call(self, name: str, *operands: Any, **params: Any) -> Any:
        return self.capture.call(name, operands, params)

    def __len__(self) -> int:
        return int(self.shape[0])

    def _refuse(self, *_: Any, **__: Any) -> Any:
        raise DataDependentError(
            f"{self.node.name}, {self.node.spec}, has no numbers while a graph is captured: an "
            "if, a while, float(), int(), or NumPy asked for one"
        )

    __bool__ = __int__ = __float__ = __index__ = __array__ = item = _refuse


def _value(operand: Any) -> Any:
    """What an operand is in this run: a number, or a Spec."""
    if isinstance(operand, list | tuple):
        return type(operand)(map(_value, operand))
    if isinstance(operand, Symbol):
        return operand.value
    return operand.node.spec if isinstance(operand, Proxy) else operand


class Capture:
    """One run: the graph, the guards by expression, and the arguments."""

    def __init__(self, arguments: Sequence[Any]) -> None:
        self.graph, self.arguments = Graph(), arguments
        self.guards: dict[Expression, Any] = {}

    def stand_in(self, number: int, value: Any) -> Any:
        """What the function is given for an argument."""
        self.guards[Expression("kind", (number,))] = kind_of(value)
        node = self.graph.placeholder(f"x{number}")
        if hasattr(value, "shape"):
            node.spec = spec_of(value)
            expressions = [Expression("size", (number, axis)) for axis in range(len(value.shape))]
            sizes = map(Symbol, [self.guards] * len(value.shape), expressions, value.shape)
            return Proxy(self, node, tuple(sizes))
        expression = Expression("argument", (number,))
        if type(value) in (int, float):
            return Symbol(self.guards, expression, value)
        self.guards[expression] = value
        return value

    def later(self, operand: Any) -> Any:
        """What an operand is in the graph: a node, an expression, or itself."""
        if isinstance(operand, list | tuple):
            return type(operand)(map(self.later, operand))
        if isinstance(operand, Symbol):
            return operand.expression
        if isinstance(operand, Proxy):
            return operand.node
        return self.graph.constant(operand) if hasattr(operand, "shape") else operand

    def call(self, name: str, operands: tuple, params: dict[str, Any]) -> Proxy:
        nodes = [self.later(each) for each in operands]
        known = {key: _value(each) for key, each in params.items()}
        spec = result_spec(name, [_value(each) for each in operands], known)
        later = {key: self.later(each) for key, each in params.items()}
        node = self.graph.call(name, nodes, later, spec, line_of_program())
        if name.endswith("_"):
            return operands[0]
        flat = operands[0] if isinstance(operands[0], list) else operands
        return Proxy(
            self, node, lambda: result_shape(name, [getattr(x, "shape", ()) for x in flat], params)
        )

    def dtype(self, node: GraphNode) -> Any:
        """The dtype of a node, which follows from those of the arguments."""
        for number, each in enumerate(self.arguments):
            if hasattr(each, "dtype"):
                self.guards[Expression("dtype", (number,))] = str(each.dtype)
        return node.spec.dtype


@part("workshop.frameworks.capture", helpers=(Symbol, Proxy, _value, Capture))
def capture(function: Callable, *arguments: Any) -> Captured:
    """The graph of what a function calls, for arguments like these, and what it takes for granted.

    `function` runs once. For an array it is given a proxy, which has the operators and methods of
    `Operators`: each call becomes a node, with the operation's name, its operands, and its params,
    in order. Calls in place are nodes too, and return what they write to. Arrays that the function
    has of its own are constants. For an int or a float it is given a symbol, which computes
    (`Symbolic`) and is an Expression in the graph, as are a proxy's sizes. All other arguments are
    given as they are. Every argument has a placeholder, x0, x1, and so on. `function` returns
    proxies, symbols, and numbers, or tuples and lists of them.

    A guard is written for what the graph could not do without: the kind of each argument
    (`kind_of`); the value of each that is neither an array nor a number; and what Python saw of
    symbols. A comparison in an `if` is a guard on the comparison alone. Where Python takes the
    number itself, for range(), as an index or a key, in a text, the guard is on its value. No two
    are on the same expression. The sizes of a result follow from those of its operands
    (`result_shape`), and a dtype is guarded when it is asked for, for all arrays.

    For all other arguments for which the guards hold, the graph gives what the function would.
    DataDependentError where the function asks a proxy for a number. What the function reads from
    elsewhere, a global or the clock, no proxy can see. Time is linear in the calls.

        >>> print(capture(lambda x, n: (x * n).exp() if n > 2 else x, np.ones(3), 5))
        guard kind(x0) == '1-d array'
        guard kind(x1) == 'int'
        guard (x1 > 2)
        x0: float64[3] = placeholder
        x1 = placeholder
        mul: float64[3] = mul(x0, x1)
        exp: float64[3] = exp(mul)
        return exp
    """
    here = Capture(arguments)
    result = function(*[here.stand_in(i, each) for i, each in enumerate(arguments)])
    here.graph.result = here.later(result)
    return Captured(here.graph, tuple(Guard(*each) for each in here.guards.items()))
