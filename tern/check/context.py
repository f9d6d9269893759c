"""What the rules of expressions stand on: who knows the names, and who hears of errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from tern.check.builtins import BUILTINS, check_builtin
from tern.check.calls import check_call
from tern.check.facts import Checked, Errors
from tern.check.literals import is_literal, is_whole
from tern.check.networks import NETWORK, check_network
from tern.check.subscripts import check_subscript
from tern.check.surface import element_of, misfits, shape_of, spell
from tern.shapes import Shape, broadcast, names_in
from tern.text import tree
from tern.text.diagnostics import Note, Source, Span
from tern.types import Type, i1

Infer: TypeAlias = "Callable[[tree.Expression, Context, Type | None], Type | None]"
"""Finds the type of an expression, the part `check.infer`."""


class Context:
    """The place of an expression in a function: its names have variables, if they mean any.

    A type of None means that an error has been reported already, so that whoever gets it is silent.
    A size of None means the same for one axis.
    """

    def __init__(self, function: tree.Function, checked: Checked, errors: Errors) -> None:
        self.function = function
        self.checked = checked
        self.errors = errors
        self._infer: Infer | None = None

    # --- for the rules of expressions ----------------------------------------------------------

    def lookup(self, name: tree.Name) -> Type | None:
        """The type of the variable that a name reads; None if there is none, or it has none."""
        variable = self.checked.variables.get(id(name))
        return None if variable is None else variable.type

    def error(self, message: str, node: tree.Node, *notes: str | Note | None) -> None:
        """Report an error at a node."""
        self.errors.add(message, node.span, *notes)

    def record(self, node: tree.Expression, type_: Type) -> None:
        """Keep the type that was found for a node."""
        self.checked.types[id(node)] = type_

    def call(self, node: tree.Call, infer: Infer) -> Type | None:
        """The type of a call, whose arguments `infer` finds the types of."""
        self._infer = infer
        name = node.function.text
        if name in BUILTINS:
            return check_builtin(self, node)
        if name in NETWORK and not self.checked.is_own(name):
            return check_network(self, node)
        return check_call(self, node)

    def subscript(self, node: tree.Subscript, infer: Infer) -> Type | None:
        """The type of a subscript, whose tensor and indices `infer` finds the types of."""
        self._infer = infer
        return check_subscript(self, node)

    def operands(
        self, left: tree.Expression, right: tree.Expression, infer: Infer
    ) -> tuple[Type | None, Type | None]:
        """The types of two operands, a literal having adapted to the other one.

        Of two literals an integer adapts to a float.
        """
        if is_literal(left) and (not is_literal(right) or is_whole(left)):
            right_type = infer(right, self, None)
            return infer(left, self, right_type), right_type
        left_type = infer(left, self, None)
        return left_type, infer(right, self, left_type)

    def common_shape(self, what: str, node: tree.Expression, left: Type, right: Type) -> Shape:
        """The shape that two operands of `what` broadcast to; where they don't fit, which is
        reported, the size is unknown."""
        shape, doubts = broadcast(shape_of(left), shape_of(right))
        if misfits(doubts):
            axis = max(axis for axis, doubt in doubts.items() if doubt != "test")
            sizes = [shape_of(type_)[axis] for type_ in (left, right)]
            self.error(
                f"the shapes of {spell(left)} and {spell(right)} do not match in {what}",
                node,
                *map(self.origin, sizes),
                f"{_why_not(sizes, doubts[axis])}; sizes match, from the last to the first, "
                "when they are the same or one is 1",
            )
        return shape

    def different_elements(self, what: str, node: tree.Expression, left: Type, right: Type) -> None:
        """Report that the operands of `what` have different element types."""
        hint = None
        if i1 not in (element_of(left), element_of(right)):
            hint = f"convert one of them, for example with `{spell(element_of(left))}(...)`"
        found = f"found {spell(left)} and {spell(right)}"
        self.error(f"{what} needs operands of one element type, {found}", node, hint)

    def origin(self, size: int | str | None) -> Note | None:
        """A note that shows the parameter that a size comes from, if one has it."""
        for parameter in self.function.parameters:
            for each in parameter.type.shape:
                if each.value == size:
                    return Note(f"`{size}` is a size of `{parameter.name.text}`", each.span)
        return None

    # --- for the rules of calls ------------------------------------------------------------------

    def check(self, expression: tree.Expression, expected: Type | None = None) -> Type | None:
        """The type of an argument. A literal adapts to the element type of `expected`."""
        assert self._infer is not None
        return self._infer(expression, self, expected)

    def both(
        self, left: tree.Expression, right: tree.Expression
    ) -> tuple[Type | None, Type | None]:
        """The types of two arguments, a literal having adapted to the other one."""
        assert self._infer is not None
        return self.operands(left, right, self._infer)

    def is_vague(self, node: tree.Expression) -> bool:
        """Whether an error has cost a size of an argument, or of an item of a list."""
        items = node.items if isinstance(node, tree.List) else (node,)
        found = [self.checked.types.get(id(item)) for item in items]
        return any(None in shape_of(type_) for type_ in found if type_ is not None)

    def known_sizes(self) -> set[str]:
        """The names of sizes that the function's parameters have."""
        return names_in(s.value for p in self.function.parameters for s in p.type.shape)


class Alone(Context):
    """The context of an expression on its own: its names have the types given.

    What is found is kept by spans, so that it can be looked at without the tree.
    """

    def __init__(self, source: Source, types: Mapping[str, Type | None]) -> None:
        nowhere = tree.Function(tree.Name("f"), (), tree.TypeName("f32"), tree.Block(()))
        super().__init__(nowhere, Checked(tree.Module(())), Errors(source))
        self.types = dict(types)
        self.recorded: dict[Span, Type] = {}

    def lookup(self, name: tree.Name) -> Type | None:
        return self.types.get(name.text)

    def record(self, node: tree.Expression, type_: Type) -> None:
        super().record(node, type_)
        self.recorded[node.span] = type_

    def known_sizes(self) -> set[str]:
        return names_in(size for t in self.types.values() if t is not None for size in shape_of(t))


def _why_not(sizes: list[int | str | None], doubt: str) -> str:
    """Of two sizes that do not fit, why."""
    both = " and ".join(f"`{size}`" for size in sizes)
    return f"{both} differ" if doubt == "never" else f"{both} are not known to be equal"
