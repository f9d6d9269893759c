"""What the checker finds out about a program, for the builder to read."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tern.text import tree
from tern.text.diagnostics import MAX_ERRORS, Diagnostic, Note, Source, Span, TooManyErrors
from tern.types import ScalarType, Type


@dataclass(eq=False, slots=True)
class Variable:
    """One variable. Two of the same name in different scopes are two Variables."""

    name: str
    type: Type | None  # None until its declaration is checked, and after an error there
    span: Span  # of the name, where it is declared
    kind: str  # "parameter", "let" or "loop"
    assigned: bool = False  # by an assignment after its declaration
    again: bool = False  # its scope has one of this name already, so who knows which is meant


@dataclass(slots=True)
class Signature:
    """What a function takes and returns; its sizes are named as the function names them."""

    function: tree.Function
    parameters: tuple[Type | None, ...]
    result: Type | None
    source: Source | None = None  # the text that it stands in
    instance_of: tuple[str, ScalarType, int] | None = None  # of a function of the library


@dataclass(slots=True)
class Checked:
    """A correct program, and the types and variables that its tree does not show.

    The tables are keyed by the identity of nodes (`id`), so they speak of this very tree.
    """

    tree: tree.Module
    signatures: dict[str, Signature] = field(default_factory=dict)
    types: dict[int, Type] = field(default_factory=dict)
    callees: dict[int, str] = field(default_factory=dict)  # of the calls of the library
    variables: dict[int, Variable] = field(default_factory=dict)

    def type_of(self, expression: tree.Expression) -> Type:
        """The type of an expression; of a literal, the type it adapts to."""
        return self.types[id(expression)]

    @property
    def functions(self) -> list[Signature]:
        """The program's functions in order, then what it needs of the library."""
        return [s for s in self.signatures.values() if s.instance_of is None] + self.instances

    @property
    def instances(self) -> list[Signature]:
        return [s for s in self.signatures.values() if s.instance_of is not None]

    def each_instance(self) -> Iterator[Signature]:
        """The instances one by one, those as well that come while this goes on."""
        done = 0
        while done < len(self.instances):
            yield self.instances[done]
            done += 1

    def is_own(self, name: str) -> bool:
        """Whether the program defines a function of this name, in place of any other of it."""
        return name in self.signatures and self.signatures[name].instance_of is None

    def callee_of(self, call: tree.Call) -> Signature:
        """The function that a call names, or the instance that it needs."""
        return self.signatures[self.callees.get(id(call), call.function.text)]

    def variable_of(self, name: tree.Name) -> Variable:
        """The variable that a name declares, reads or assigns to."""
        return self.variables[id(name)]


class Errors:
    """The errors found so far in one source."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.found: list[Diagnostic] = []

    def add(self, message: str, span: Span, *notes: str | Note | None) -> None:
        """Keep an error and go on. Notes that are None are left out.

        Raises:
            TooManyErrors: this one is the last that anyone would read.
        """
        kept = [note for note in notes if note is not None]
        self.found.append(Diagnostic(message, span, self.source, kept))
        if len(self.found) >= MAX_ERRORS:
            raise TooManyErrors


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """A note that suggests the known word nearest to `word`, if one is near."""
    near = nearest(word, known)
    return f"did you mean `{near}`?" if near else None


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word most like `word`, by the letters they share in order; None if none is near.

    Looks at every known word.
    """
    near = difflib.get_close_matches(word, known, n=1)
    return near[0] if near else None
