"""Calls of a program's own functions, and of the library's: the sizes of the arguments say what the
sizes of the parameters are."""

from __future__ import annotations

from tern.check.builtins import BUILTINS, Checker
from tern.check.facts import Signature, did_you_mean
from tern.check.library import instance, library
from tern.check.networks import NETWORK
from tern.check.surface import element_of, shape_of, shaped, spell
from tern.shapes import names_in, replaced, unify
from tern.text import tree
from tern.text.diagnostics import Note
from tern.types import Dimension, Type


def check_call(checker: Checker, node: tree.Call) -> Type | None:
    """The type of a call of one of the program's own functions, or of one of the library's."""
    name, checked = node.function.text, checker.checked
    signature = checked.signatures.get(name) if checked.is_own(name) else None
    if signature is None and name in library():
        signature = instance(checker, node, checked.signatures)
        if signature is None:
            takes = count(len(library()[name][0].parameters), "argument")
            checker.errors.add(f"`{name}` takes {takes}, found {len(node.arguments)}", node.span)
            return None
        checked.callees[id(node)] = signature.function.name.text
    if signature is None:
        for argument in node.arguments:
            checker.check(argument)
        known = [*checked.signatures, *BUILTINS, *NETWORK, *library()]
        note = did_you_mean(name, known)
        checker.errors.add(f"unknown function `{name}`", node.function.span, note)
        return None
    for keyword in node.keywords:
        message = f"`{name}` has no argument `{keyword.name.text}=`"
        hint = "only built-in functions have arguments with names"
        checker.errors.add(message, keyword.name.span, hint)
    parameters = signature.function.parameters
    if len(node.arguments) != len(parameters):
        takes = count(len(parameters), "argument")
        note = Note("it is declared here", signature.function.name.span)
        checker.errors.add(
            f"`{name}` takes {takes}, found {len(node.arguments)}",
            node.span,
            note if signature.instance_of is None else None,
        )
    sizes = _sizes(checker, node, signature)
    for argument in node.arguments[len(parameters) :]:
        checker.check(argument)
    if signature.result is None:
        return None
    shape = tuple(replaced(size, sizes) for size in shape_of(signature.result))
    return shaped(shape, element_of(signature.result))


def _sizes(checker: Checker, node: tree.Call, signature: Signature) -> dict[str, Dimension]:
    """What the sizes that the callee names are in this call, after reporting what does not fit.

    Each axis of an argument is an equation: the callee's size is the caller's. The caller's are
    fixed, and so that the two don't mix, the callee's names get a mark. The sums among the callee's
    sizes are compared once their names are known.
    """
    equations: list[tuple[Dimension, Dimension]] = []
    places: list[int] = []  # of each equation: the number of the argument
    sums: list[tuple[int, Dimension, Dimension]] = []
    found = [
        None if expected is None else _argument(checker, argument, expected, number, signature)
        for number, (argument, expected) in enumerate(zip(node.arguments, signature.parameters))
    ]
    for number, (type_, expected) in enumerate(zip(found, signature.parameters)):
        if type_ is None or expected is None:
            continue
        for size, actual in zip(shape_of(expected), shape_of(type_)):
            if isinstance(size, str) and names_in([size]) != {size}:
                sums.append((number, size, actual))
            else:
                equations.append((_marked(size), actual))
                places.append(number)
    fixed = {actual for _, actual in equations if isinstance(actual, str)}
    known, conflicts = unify(equations, fixed)
    shapes = [shape_of(type_) for type_ in signature.parameters if type_ is not None]
    sizes: dict[str, Dimension] = dict.fromkeys(names_in(s for shape in shapes for s in shape))
    for name, size in known.items():
        if isinstance(size, int) or size in fixed:
            sizes[name[1:]] = size
    wrong: dict[int, Note | str | None] = {}  # what to say of an argument that does not fit
    for conflict in conflicts:
        at = max(conflict)
        number, name = places[at], str(equations[at][0])[1:]
        note = None
        if len(conflict) > 1:
            first = places[min(conflict)]
            parameter = signature.function.parameters[first].name.text
            said = f"`{name}` is {sizes[name]} by the argument `{parameter}`"
            note = Note(said, node.arguments[first].span)
        wrong.setdefault(number, note)
    for number, size, actual in sums:
        here = replaced(size, sizes)
        if here is not None and actual is not None and here != actual:
            wrong.setdefault(number, f"`{size}` is {here} here")
    for number, note in sorted(wrong.items(), key=lambda item: item[0]):
        type_ = found[number]
        assert type_ is not None
        message = _is_not(signature, number, type_)
        checker.errors.add(message, node.arguments[number].span, note)
    return sizes


def _marked(size: Dimension) -> Dimension:
    """A size of the callee: `'n` stands for its `n`, which is not the caller's."""
    return f"'{size}" if isinstance(size, str) else size


def _argument(
    checker: Checker, argument: tree.Expression, expected: Type, number: int, signature: Signature
) -> Type | None:
    """The type of an argument, if it has the element type and as many axes as it should."""
    found = checker.check(argument, expected)
    if found is None:
        return None
    same_rank = len(shape_of(found)) == len(shape_of(expected))
    if not same_rank or element_of(found) != element_of(expected):
        checker.errors.add(_is_not(signature, number, found), argument.span)
        return None
    return found


def _is_not(signature: Signature, number: int, found: Type) -> str:
    parameter, expected = signature.function.parameters[number], signature.parameters[number]
    assert expected is not None
    name = signature.instance_of[0] if signature.instance_of else signature.function.name.text
    argument = f"argument `{parameter.name.text}` of `{name}`"
    return f"{argument} is {spell(expected)}, found {spell(found)}"


def count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
