"""The module of a program whose functions know the names that the program gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tern.ir import Operation, public_functions


def named(program: Any, prepare: Callable[[Operation], object] | None = None) -> Operation:
    """The module of a program, whose functions know the names in it. `prepare` may change it in
    place.

    They are attributes of func.func: `argument_names` as in `lower_source`, and `local_names`, a
    tuple (start, end, name) for the location in the text of each value that a `let` names.
    """
    from tern.build import build
    from tern.text import parse, tree
    from tern.text.diagnostics import whole_language

    parsed = parse(whole_language(program))
    module = build(parsed)
    if prepare is not None:
        prepare(module)
    by_name = {function.name.text: function for function in parsed.functions}
    for func in public_functions(module):
        function = by_name[func.attributes["sym_name"]]
        func.attributes["argument_names"] = tuple(each.name.text for each in function.parameters)
        lets = [node for node in tree.walk(function) if isinstance(node, tree.Let)]
        func.attributes["local_names"] = tuple(
            (each.value.span.start, each.value.span.end, each.name.text) for each in lets
        )
    return module
