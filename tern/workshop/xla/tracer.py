"""Tracing: run a function once on values that only know their types, and note what it does."""

import itertools
from collections.abc import Callable, Sequence
from typing import Any

from tern.parts import part
from tern.workshop.xla import ops
from tern.workshop.xla.jaxpr import Atom, Equation, Jaxpr, Literal, ShapedArray, Var, type_of


class _Tracer(ops.Operators):
    """Stands for an array while a function is traced: it has a type, and no number."""

    def __init__(self, trace: "_Trace", variable: Var) -> None:
        self.trace, self.variable, self.type = trace, variable, variable.type

    def _refuse(self, *_: Any, **__: Any) -> Any:
        raise ops.ConcretizationError(
            f"a traced value of type {self.type} has no number yet: an if, a while, float(), "
            "int(), or a function of NumPy asked for one. Use select, or decide by shapes."
        )

    __bool__ = __int__ = __float__ = __index__ = __array__ = __len__ = __iter__ = _refuse


class _Trace:
    """What is noted while one function runs: the outermost one, or one that is called by jit."""

    def __init__(self, outer: "_Trace | None", types: Sequence[ShapedArray]) -> None:
        self.outer, self.open = outer, True
        self.numbers = outer.numbers if outer else itertools.count()
        # What was traced already, by the function and the types of its operands.
        self.traced: dict[Any, _Trace] = outer.traced if outer else {}
        self.arguments = [Var(next(self.numbers), type) for type in types]
        self.equations: list[Equation] = []
        # What comes from outside, by its id: the value, which so stays alive, and its variable.
        self.captured: dict[int, tuple[Any, Var]] = {}

    def run(self, function: Callable) -> "_Trace":
        with ops.set_trace(self):
            found = function(*[_Tracer(self, variable) for variable in self.arguments])
            self.several = isinstance(found, tuple)
            found = found if self.several else (found,)
            results = [self.atom(ops.typed([each])[0]) for each in found]
        self.open = False
        arguments, constants = self.arguments, [(v, value) for value, v in self.captured.values()]
        if self.outer:  # which hands over what is used of it
            arguments, constants = [variable for variable, _ in constants] + arguments, []
        self.jaxpr = Jaxpr(*map(tuple, (arguments, self.equations, results, constants)))
        return self

    def atom(self, value: Any) -> Atom:
        """What a traced value, a Literal, or an array is called here."""
        if isinstance(value, Literal):
            return value
        if isinstance(value, _Tracer):
            if value.trace is self:
                return value.variable
            if self.outer is None or not value.trace.open:
                raise ops.LeakedTracerError(f"a traced {value.type} was kept from another trace")
        if id(value) not in self.captured:
            type = value.type if isinstance(value, _Tracer) else type_of(value)
            self.captured[id(value)] = value, Var(next(self.numbers), type)
        return self.captured[id(value)][1]

    def bind(self, primitive: str, operands: Sequence[Any], params: dict[str, Any]) -> _Tracer:
        atoms = [self.atom(each) for each in operands]
        type = ops.result_type(primitive, [each.type for each in atoms], params)
        return self.note(primitive, atoms, [type], params)[0]

    def call(self, function: Callable, operands: Sequence[Any]) -> Any:
        atoms = [self.atom(each) for each in operands]
        key = function, tuple(each.type for each in atoms)
        if key not in self.traced:
            self.traced[key] = _Trace(self, key[1]).run(function)
        inner = self.traced[key]
        lifted = [self.atom(value) for value, _ in inner.captured.values()]
        params = {"name": function.__name__, "jaxpr": inner.jaxpr}
        types = [each.type for each in inner.jaxpr.results]
        found = self.note("jit", lifted + atoms, types, params)
        return tuple(found) if inner.several else found[0]

    def note(self, primitive: str, operands: list, types: list, params: dict) -> list[_Tracer]:
        results = tuple(Var(next(self.numbers), type) for type in types)
        self.equations.append(Equation(primitive, tuple(operands), results, params))
        return [_Tracer(self, variable) for variable in results]


@part("workshop.xla.trace", helpers=(_Tracer, _Trace))
def trace(function: Callable, *types: ShapedArray) -> Jaxpr:
    """The jaxpr of a function for arguments of these types.

    `function` runs once, on tracers. It computes by `tern.workshop.xla.ops`, whose functions, and
    the operators of `ops.Operators`, ask the trace in force (`ops.set_trace`):

    - `bind(primitive, operands, params)` notes one equation and gives a tracer for its result,
      whose type is `ops.result_type(primitive, types, params)`;
    - `call(function, operands)` is asked for a function under `ops.jit`. It is traced on its own,
      once for each tuple of types of its operands, and the call is an equation of the primitive
      "jit" with the params "name", the function's, and "jaxpr". What it uses of functions around
      it, constants too, goes before its other operands, in the order of the first use. It gives a
      tuple if the function does.

    An operand is a tracer; a Literal, which `ops` makes of a number; or an array. An array is a
    constant of the outermost jaxpr: one variable for one array object, in the order of the first
    use; a call's own operands are used before what its function uses. What no result needs is noted
    all the same, as in JAX. `function` gives one of them or a number, NumPy's too, or a tuple;
    `ops.typed([number])` is [Literal].

    ops.ConcretizationError where a program needs a traced value's number: bool(), int(), float(),
    an index, len(), iteration, and NumPy's functions. ops.LeakedTracerError where it uses a tracer
    that another call of `trace` has made, or a function under `ops.jit` that has returned. Time is
    linear in the number of equations.

    Source: "Autodidax: JAX core from scratch", docs.jax.dev; jax/_src/interpreters/partial_eval.py.

        >>> print(trace(lambda x: ops.sin(x) * 2.0, ShapedArray("f32", (3,))))
        { lambda ; a:f32[3]. let
            b:f32[3] = sin a
            c:f32[3] = mul b 2.0:f32[]
          in (c,) }
    """
    return _Trace(None, types).run(function).jaxpr
