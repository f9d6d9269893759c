"""What the checker works on and finds: a context crosses as its text and what was found so far, a
checked program as its tree, with the types and variables in the order of the tree's nodes."""

from __future__ import annotations

from typing import Any

from autograder.worker.codecs.errors import decoded, encoded
from autograder.worker.codecs.tree import are_ints
from autograder.worker.wire import Codec
from tern.check import Alone, Checked, Variable
from tern.check.facts import Errors
from tern.check.signatures import declare
from tern.text import Source, Span, tree


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
        nodes = list(tree.walk(value.tree))
        types = [value.types.get(id(node)) for node in nodes]
        number = {id(node): at for at, node in enumerate(nodes)}
        variables: dict[int, list[Any]] = {}
        for key, variable in value.variables.items():
            if key in number:  # what else there is belongs to the library
                own = [variable.name, variable.type, *variable.span, variable.kind]
                about = variables.setdefault(id(variable), [[*own, variable.assigned], []])
                about[1].append(number[key])
        return [value.tree, types, list(variables.values())]

    def decode(self, data: list) -> Checked:
        module, types, variables = data
        made = Checked(module)
        for function in module.functions:
            declare(function, made, Errors(module.source))
        nodes = list(tree.walk(module))
        for node, type_ in zip(nodes, types, strict=True):
            if type_ is not None:
                made.types[id(node)] = type_
        for (name, type_, start, end, kind, assigned), places in variables:
            variable = Variable(str(name), type_, Span(start, end), str(kind), bool(assigned))
            for place in places:
                made.variables[id(nodes[place])] = variable
        return made
