"""The page on the language: its examples run when the book is built, and give what it says.

    ```{tern} half(5) = 2
    fn half(x: i32) -> i32 { return x / 2; }
    ```

shows the program, the call, and its result. Several calls stand in one line, with `;` between
them. A call that fails `fails: ` with words of its message, and a program that is not correct has
`wrong: ` in place of a call. What comes out different is a warning, with which no book is built.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

if TYPE_CHECKING:
    from sphinx.application import Sphinx

_BLOCK = re.compile(r"^```\{tern\} (?P<claims>.*)\n(?P<program>(?:.*\n)*?)```$", re.MULTILINE)
_CALL = re.compile(r"(?P<name>\w+)\((?P<arguments>.*)\) (?P<how>=|fails:) (?P<what>.+)")


@dataclass(frozen=True)
class Claim:
    """What the page says of a program: that a call gives something, or fails; or that the program
    itself is wrong, and then `name` is empty."""

    name: str
    arguments: tuple[Any, ...]
    fails: bool
    what: str
    text: str

    def found(self, program: str) -> tuple[bool, str]:
        """What happens: whether it fails, and the message or the result as text."""
        from tern.build import build
        from tern.errors import TernError
        from tern.ir import run
        from tern.text import Diagnostic

        try:
            module = build(program)
            result: Any = run(module, self.name, *self.arguments) if self.name else "correct"
        except Diagnostic as error:
            return not self.name, error.errors[0].message  # a wrong program has no failing call
        except (TernError, ValueError) as error:
            return bool(self.name), str(error)
        return False, json.dumps(result.tolist() if hasattr(result, "tolist") else result)

    def holds(self, program: str) -> bool:
        fails, found = self.found(program)
        return fails == self.fails and (self.what in found if fails else self.what == found)


def claims(text: str) -> list[Claim]:
    """The claims of one line. ValueError if it is no such line."""
    made = []
    for part in text.split("; "):
        if part.startswith("wrong: "):
            made.append(Claim("", (), True, part.removeprefix("wrong: "), part))
            continue
        call = _CALL.fullmatch(part)
        if call is None:
            raise ValueError(
                f"`{part}` is not `call(…) = result`, `call(…) fails: …`, or `wrong: …`"
            )
        arguments = tuple(json.loads(f"[{call['arguments']}]"))
        made.append(Claim(call["name"], arguments, call["how"] != "=", call["what"], part))
    return made


def examples(page: str) -> Iterator[tuple[str, list[Claim]]]:
    """The programs of a page's text, each with its claims."""
    for block in _BLOCK.finditer(page):
        yield block["program"], claims(block["claims"])


class Example(SphinxDirective):
    required_arguments = 1
    final_argument_whitespace = True
    has_content = True

    def run(self) -> list[nodes.Node]:
        program = "\n".join(self.content)
        lines = []
        for claim in claims(self.arguments[0]):
            if not claim.holds(program):
                logging.getLogger(__name__).warning(
                    "`%s` is not so: %s",
                    claim.text,
                    claim.found(program)[1],
                    location=self.get_location(),
                )
            lines.append(_line(claim))
        source = nodes.literal_block(program, program, language="tern")
        shown = "\n".join(lines)
        result = nodes.literal_block(shown, shown, language="text", classes=["tern-result"])
        return [nodes.container("", source, result, classes=["tern-example"])]


def _line(claim: Claim) -> str:
    if not claim.name:
        return f"error: {claim.what}"
    call = claim.text.partition(" fails: " if claim.fails else " = ")[0]
    return f"{call}  fails: {claim.what}" if claim.fails else f"{call}  →  {claim.what}"


WHAT = {
    "refused": "has no form there",
    "zero": "a zero of either sign",
    "tiny": "0 for a number below the normal ones",
}


def differences() -> list[tuple[str, ...]]:
    """The rows of tern's table of permitted differences, for readers."""
    from tern.conformance.permitted import PERMITTED

    rows = []
    for entry in PERMITTED:
        units = entry.what.removeprefix("near ")
        near = f"within {units} unit{'s' * (units != '1')} of the last place"
        what = WHAT.get(entry.what, near)
        rows.append((entry.target, entry.operation, entry.types, what, entry.why))
    return rows


def failures() -> list[tuple[str, ...]]:
    """What each target does where the definition fails."""
    from tern.conformance.permitted import FAILING

    return [(entry.target, entry.fails, entry.does, entry.why) for entry in FAILING]


class Permitted(SphinxDirective):
    """Both tables, as tern's own conformance test reads them."""

    def run(self) -> list[nodes.Node]:
        head = ("target", "operation", "types", "may be", "why")
        fails = ("target", "what fails", "it", "how")
        return [_table(head, differences(), 3), _table(fails, failures(), 1)]


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]], code: int) -> nodes.Node:
    """A table whose columns from number 1 to `code` are patterns, set as code."""
    group = nodes.tgroup(cols=len(head))
    group += [nodes.colspec(colwidth=1) for _ in head]
    group += nodes.thead("", _row([nodes.Text(word) for word in head]))
    body = nodes.tbody()
    for row in rows:
        body += _row(
            [
                nodes.literal(text, text) if 1 <= at < code else nodes.Text(text)
                for at, text in enumerate(row)
            ]
        )
    group += body
    return nodes.table("", group)


def _row(cells: list[nodes.Node]) -> nodes.row:
    return nodes.row("", *[nodes.entry("", nodes.paragraph("", "", cell)) for cell in cells])


def setup(app: Sphinx) -> None:
    app.add_directive("tern", Example)
    app.add_directive("permitted-differences", Permitted)
