"""Which definition a name means, at each point of a function."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from tern.check.builtins import BUILTINS
from tern.check.facts import Checked, Errors, Variable, nearest
from tern.check.networks import NETWORK, VALUES
from tern.parts import part
from tern.shapes import names_in
from tern.text import tree
from tern.text.diagnostics import MAX_ERRORS, Note

Event: TypeAlias = tuple[str, str]
"""What happens to names, in the order of the text: ("enter", ""), ("define", name), ("use", name),
("leave", "")."""


@part("check.resolve")
def resolve(events: Sequence[Event]) -> tuple[list[int | None], dict[int, str]]:
    """The definition that each use of a name means, and suggestions for names that mean nothing.

    `events` are ("enter", "") and ("leave", ""), the ends of a scope; ("define", name); and
    ("use", name). Scopes nest. What comes before the first "enter" is in a scope, too.

    The first result has an item for each event, by numbers of events: for a use, the definition
    that it means, the last one in the innermost open scope that has one; for a definition, the
    last one of the same name in the same scope; else None. The second one has, for each of the
    first MAX_ERRORS uses that mean nothing, the `nearest` of the names that mean something there,
    if one is near.

    O(events), however deep the scopes; besides, a suggestion looks at all names.
    """
    visible: dict[str, list[tuple[int, int]]] = {}  # definitions, the last innermost: event, depth
    defined: list[list[str]] = [[]]  # in each open scope
    found: list[int | None] = []
    suggestions: dict[int, str] = {}
    unknown = 0
    for number, (kind, name) in enumerate(events):
        meant = None
        if kind == "enter":
            defined.append([])
        elif kind == "leave":
            for gone in defined.pop():
                visible[gone].pop()
                if not visible[gone]:
                    del visible[gone]
        elif kind == "define":
            definitions = visible.setdefault(name, [])
            if definitions and definitions[-1][1] == len(defined):
                meant = definitions[-1][0]
            definitions.append((number, len(defined)))
            defined[-1].append(name)
        elif name in visible:
            meant = visible[name][-1][0]
        else:
            unknown += 1
            near = nearest(name, visible) if unknown <= MAX_ERRORS else None
            if near is not None:
                suggestions[number] = near
        found.append(meant)
    return found, suggestions


def resolve_names(function: tree.Function, checked: Checked, errors: Errors) -> None:
    """Find the variable of each name in a function, and report the names that have none.

    The variables have no types yet.
    """
    found = list(events_of(function, checked))
    meanings, suggestions = resolve([event for event, _, _ in found])
    gone: dict[str, tree.Name] = {}  # the last definition so far
    for number, (((kind, text), name, what), meant) in enumerate(zip(found, meanings)):
        if name is None:
            continue
        before = None if meant is None else found[meant][1]
        if kind == "define":
            gone[text] = name
            variable = Variable(text, None, name.span, what, again=before is not None)
            checked.variables[id(name)] = variable
            if before is not None:
                hint = f"assign without `let`: `{text} = ...;`" if what == "let" else None
                note = Note("the first time is here", before.span)
                errors.add(f"`{text}` is declared twice in one scope", name.span, note, hint)
        elif before is not None:
            checked.variables[id(name)] = checked.variables[id(before)]
        else:
            note: str | Note | None = None
            if text in gone:
                note = Note("this one is gone after its block", gone[text].span)
            elif text in checked.signatures:
                note = f"`{text}` is a function: call it, `{text}(...)`"
            elif text in _sizes_of(function):
                note = f"`{text}` is the name of a size, which is not a value"
            elif number in suggestions:
                note = f"did you mean `{suggestions[number]}`?"
            errors.add(f"unknown name `{text}`", name.span, note)


def _sizes_of(function: tree.Function) -> set[str]:
    return names_in(s.value for parameter in function.parameters for s in parameter.type.shape)


Happening: TypeAlias = tuple[Event, tree.Name | None, str]
"""An event, the name in the tree, and of a definition its kind."""

_ENTER: Happening = ("enter", ""), None, ""
_LEAVE: Happening = ("leave", ""), None, ""


def _define(name: tree.Name, kind: str) -> Happening:
    return ("define", name.text), name, kind


def events_of(function: tree.Function, checked: Checked) -> Iterator[Happening]:
    """What happens to names in a function, in order.

    The parameters and the body are one scope: a `let` cannot hide a parameter.
    """
    yield _ENTER
    for parameter in function.parameters:
        yield _define(parameter.name, "parameter")
    for statement in function.body.statements:
        yield from _of_statement(statement, checked)
    yield _LEAVE


def _of_block(block: tree.Block, checked: Checked) -> Iterator[Happening]:
    yield _ENTER
    for statement in block.statements:
        yield from _of_statement(statement, checked)
    yield _LEAVE


def _of_statement(statement: tree.Statement, checked: Checked) -> Iterator[Happening]:
    match statement:
        case tree.Let(name, value):
            # The value comes first: in `let x = x + 1;` it reads an outer `x`.
            yield from _uses(value, checked)
            yield _define(name, "let")
        case tree.Assign(name, value):
            yield from _uses(name, checked)
            yield from _uses(value, checked)
        case tree.Return(value):
            yield from _uses(value, checked)
        case tree.If(condition, then, otherwise):
            yield from _uses(condition, checked)
            yield from _of_block(then, checked)
            if isinstance(otherwise, tree.If):
                yield from _of_statement(otherwise, checked)
            elif otherwise is not None:
                yield from _of_block(otherwise, checked)
        case tree.While(condition, body):
            yield from _uses(condition, checked)
            yield from _of_block(body, checked)
        case tree.For(name, start, stop, body):
            yield from _uses(start, checked)
            yield from _uses(stop, checked)
            yield _ENTER
            yield _define(name, "loop")
            yield from _of_block(body, checked)
            yield _LEAVE


def _uses(expression: tree.Expression, checked: Checked) -> Iterator[Happening]:
    """The names that an expression reads, from left to right. No recursion."""
    work: list[tree.Expression | tree.Slice] = [expression]
    while work:
        node = work.pop()
        match node:
            case tree.Name(text):
                yield ("use", text), node, ""
            case tree.Unary(_, operand):
                work.append(operand)
            case tree.Binary(_, left, right):
                work += (right, left)
            case tree.Call():
                work += reversed(_values(node, checked))
            case tree.List(items):
                work += reversed(items)
            case tree.Subscript(tensor, indices):
                work += (*reversed(indices), tensor)


def _values(call: tree.Call, checked: Checked) -> list[tree.Expression]:
    """The arguments of a call that are values. Others are sizes, axes, or names of types."""
    name = call.function.text
    if name in BUILTINS or name not in NETWORK or checked.is_own(name):
        return list(call.arguments)
    names = NETWORK[name][0].names
    given = [*zip(names, call.arguments), *((k.name.text, k.value) for k in call.keywords)]
    return [argument for word, argument in given if word in VALUES]
