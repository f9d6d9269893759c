"""What the checker works on and finds: a context crosses as its text and what was found so far, a
checked program as its tree, with the types and variables in the order of the tree's nodes."""

from __future__ import annotations

from typing import Any

from autograder.worker.codecs.errors import decoded, encoded
from autograder.worker.codecs.tree import are_ints
from autograder.worker.wire import Codec
from tern.check import Alone, Checked, Variable
from tern.check.facts import Errors
from tern.check.library import instantiated, library
from tern.check.signatures import declare
from tern.text import Source, Span, tree

MAX_AXES = 64  # of an instance, in place of `rows`


class AloneCodec(Codec):
    tag, mutable = "context", True

    def encode(self, value: Alone) -> list:
        found = [[*span, type_] for span, type_ in value.recorded.items()]
        source = value.errors.source
        return [source.text, source.name, value.types, encoded(value.errors.found), found]

    def decode(self, data: list) -> Alone:
        text, name, types, errors, found = data
        if type(text) is not str or type(name) is not str or type(types) is not dict:
            raise ValueError("a damaged context")
        made = Alone(Source(text, name, brackets=True), types)
        made.errors.found += [decoded(each, made.errors.source) for each in errors]
        for start, end, type_ in found:
            if not are_ints([start, end]):
                raise ValueError("a damaged context")
            made.recorded[Span(start, end)] = type_
        return made

    def assign(self, target: Alone, changed: Alone) -> None:
        if target.errors.source.text != changed.errors.source.text:
            raise ValueError("a context of another text")
        target.errors.found, target.recorded = changed.errors.found, changed.recorded


class CheckedCodec(Codec):
    tag = "checked"

    def encode(self, value: Checked) -> list:
        nodes = _nodes(value)
        number = {id(node): at for at, node in enumerate(nodes)}
        variables: dict[int, list[Any]] = {}
        for key, variable in value.variables.items():
            if key not in number:  # of no node of this program
                continue
            own = [variable.name, variable.type, *variable.span, variable.kind]
            about = variables.setdefault(id(variable), [[*own, variable.assigned], []])
            about[1].append(number[key])
        return [
            value.tree,
            [[name, *one.instance_of] for name, one in value.signatures.items() if one.instance_of],
            [value.types.get(id(node)) for node in nodes],
            list(variables.values()),
            [[number[key], name] for key, name in value.callees.items() if key in number],
        ]

    def decode(self, data: list) -> Checked:
        module, instances, types, variables, callees = data
        made = Checked(module)
        for function in module.functions:
            declare(function, made, Errors(module.source))
        for name, of, element, outer in instances:
            if type(name) is not str or of not in library() or outer not in range(MAX_AXES + 1):
                raise ValueError("a damaged instance of the library")
            made.signatures[name] = instantiated(name, of, element, outer)
        nodes = _nodes(made)
        for node, type_ in zip(nodes, types, strict=True):
            if type_ is not None:
                made.types[id(node)] = type_
        for (name, type_, start, end, kind, assigned), places in variables:
            variable = Variable(str(name), type_, Span(start, end), str(kind), bool(assigned))
            for place in places:
                made.variables[id(nodes[place])] = variable
        for place, name in callees:
            made.callees[id(nodes[place])] = str(name)
        return made


def _nodes(checked: Checked) -> list[Any]:
    """The nodes of the program, then those of its instances of the library's functions."""
    roots = [checked.tree, *(signature.function for signature in checked.instances)]
    return [node for root in roots for node in tree.walk(root)]
