"""What functions take and return: the types that a program's text spells."""

from __future__ import annotations

from tern.check.builtins import BUILTINS
from tern.check.facts import Checked, Errors, Signature, did_you_mean
from tern.check.surface import ELEMENTS, shape_of, shaped
from tern.shapes import names_in
from tern.text import tree
from tern.text.diagnostics import Note, Span
from tern.types import Type

LARGEST_SIZE = 2**63 - 1


def declare(function: tree.Function, checked: Checked, errors: Errors) -> Signature:
    """The signature of a function, which joins the program's unless its name is taken.

    Reports what is wrong with its name and its types; those have no type then.
    """
    name = function.name.text
    if name in BUILTINS:
        errors.add(f"`{name}` is built in", function.name.span, "choose another name")
    first = checked.signatures.get(name)
    if first is not None:
        note = Note("the first time is here", first.function.name.span)
        errors.add(f"function `{name}` is declared twice", function.name.span, note)
    parameters = tuple(spelled(p.type, errors) for p in function.parameters)
    result = spelled(function.result, errors)
    sizes = [size for type_ in parameters if type_ for size in shape_of(type_)]
    if None not in parameters:
        for parameter in function.parameters:
            for size in parameter.type.shape:
                if lost := names_in([size.value]) - set(sizes):
                    why = f"the size `{min(lost)}` is known by sums alone"
                    hint = f"give a parameter an axis of size `{min(lost)}`"
                    errors.add(why, size.span, hint)
        for size in function.result.shape:
            if lost := names_in([size.value]) - names_in(sizes):
                message = f"the size `{min(lost)}` of the result is in no parameter"
                errors.add(message, size.span, did_you_mean(min(lost), names_in(sizes)))
                result = None
    signature = Signature(function, parameters, result, errors.source)
    if first is None:
        checked.signatures[name] = signature
    return signature


def spelled(name: tree.TypeName, errors: Errors) -> Type | None:
    """The type that a program's spelling means; None after reporting that it means none."""
    element = ELEMENTS.get(name.element)
    if element is None:
        span = Span(name.span.start, name.span.start + len(name.element))
        note = did_you_mean(name.element, ELEMENTS) or f"the types are {', '.join(ELEMENTS)}"
        errors.add(f"unknown type `{name.element}`", span, note)
        return None
    for size in name.shape:
        if isinstance(size.value, int) and size.value > LARGEST_SIZE:
            errors.add(f"the size `{size.value}` is too large", size.span)
            return None
    return shaped(tuple(size.value for size in name.shape), element)
