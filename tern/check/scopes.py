"""Which variable a name means, at each point of a function."""

from __future__ import annotations

from tern.check.facts import Checked, Errors, Variable, did_you_mean
from tern.text import tree
from tern.text.diagnostics import Note
from tern.types import TensorType, Type


class Scopes:
    """The scopes that are open here, the innermost last."""

    def __init__(self, checked: Checked, errors: Errors) -> None:
        self.checked = checked
        self.errors = errors
        self.open: list[dict[str, Variable]] = [{}]
        self.closed: dict[str, Variable] = {}  # what went out of scope, to explain errors

    def enter(self) -> None:
        self.open.append({})

    def leave(self) -> None:
        self.closed.update(self.open.pop())

    def declare(self, name: tree.Name, type_: Type | None, kind: str) -> None:
        """A new variable in the innermost scope, which has none of this name yet."""
        scope = self.open[-1]
        first = scope.get(name.text)
        if first is not None:
            hint = f"assign without `let`: `{name.text} = ...;`" if kind == "let" else None
            self.errors.add(
                f"`{name.text}` is declared twice in one scope",
                name.span,
                Note("the first time is here", first.span),
                hint,
            )
        variable = Variable(name.text, type_, name.span, kind)
        scope[name.text] = self.checked.variables[id(name)] = variable

    def find(self, name: tree.Name) -> Variable | None:
        """The variable that `name` means here; None after reporting that there is none."""
        for scope in reversed(self.open):
            variable = scope.get(name.text)
            if variable is not None:
                self.checked.variables[id(name)] = variable
                return variable
        self.errors.add(f"unknown name `{name.text}`", name.span, self._why_unknown(name.text))
        return None

    def _why_unknown(self, name: str) -> str | Note | None:
        if name in self.closed:
            return Note("this one is gone after its block", self.closed[name].span)
        if name in self.checked.signatures:
            return f"`{name}` is a function: call it, `{name}(...)`"
        if any(name in _sizes(variable) for variable in self.open[0].values()):
            return f"`{name}` is the name of a size, which is not a value"
        return did_you_mean(name, [known for scope in self.open for known in scope])


def _sizes(variable: Variable) -> tuple[int | str | None, ...]:
    return variable.type.shape if isinstance(variable.type, TensorType) else ()
