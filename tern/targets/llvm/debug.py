"""Where in a program each instruction comes from, as LLVM's debug metadata.

LLVM's passes keep `!dbg` on what they move, and their remarks quote it. Only lines and columns are
told here, no variables and no types: emission kind LineTablesOnly.
Source: "Source Level Debugging with LLVM", llvm.org/docs/SourceLevelDebugging.html.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from tern.ir import Operation
from tern.text import Source, Span


class LineTable:
    """Metadata nodes for the functions of one module, numbered as they are asked for.

    Attributes:
        source: the program whose spans the operations' locations are.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self._nodes: list[str] = []
        self._numbers: dict[tuple[Any, ...], int] = {}
        self._node('!{i32 2, !"Debug Info Version", i32 3}')
        self._node(
            'distinct !DICompileUnit(language: DW_LANG_C, file: !2, producer: "tern", '
            "isOptimized: true, emissionKind: LineTablesOnly)"
        )
        self._node(f'!DIFile(filename: {quoted(source.name)}, directory: "")')
        self._node("!DISubroutineType(types: !4)")
        self._node("!{null}")

    def subprogram(self, func: Operation) -> int | None:
        """The node of a function, to stand in its header; None if it has no location."""
        span = location_of(func)
        if span is None:
            return None
        key = (func,)
        if key not in self._numbers:
            line, _ = self.source.position(span.start)
            called = quoted(func.attributes["sym_name"])
            self._numbers[key] = self._node(
                f"distinct !DISubprogram(name: {called}, scope: !2, file: !2, line: {line}, "
                f"scopeLine: {line}, type: !3, unit: !1, "
                "spFlags: DISPFlagDefinition | DISPFlagOptimized)"
            )
        return self._numbers[key]

    def location(self, span: Span, scope: int) -> int:
        """The node of a line and a column in a function."""
        line, column = self.source.position(span.start)
        key = (line, column, scope)
        if key not in self._numbers:
            text = f"!DILocation(line: {line}, column: {column}, scope: !{scope})"
            self._numbers[key] = self._node(text)
        return self._numbers[key]

    def text(self) -> str:
        """All nodes, to stand at a module's end."""
        named = ["!llvm.module.flags = !{!0}", "!llvm.dbg.cu = !{!1}"]
        nodes = [f"!{number} = {node}" for number, node in enumerate(self._nodes)]
        return "\n".join([*named, *nodes]) + "\n"

    def _node(self, text: str) -> int:
        self._nodes.append(text)
        return len(self._nodes) - 1


def quoted(text: str) -> str:
    """A string of LLVM IR: what is not plain in it is two hexadecimal digits a byte."""
    plain = (c if c.isascii() and c.isprintable() and c not in '"\\' else None for c in text)
    parts = (p or "".join(f"\\{b:02X}" for b in c.encode()) for p, c in zip(plain, text))
    return f'"{"".join(parts)}"'


_TABLE: ContextVar[LineTable | None] = ContextVar("lines", default=None)


def line_table() -> LineTable | None:
    """The table that what is written now goes to; None if nobody asked for locations."""
    return _TABLE.get()


@contextmanager
def located(source: Source) -> Iterator[LineTable]:
    """What is written inside has locations in a program; the table's text belongs behind it."""
    table = LineTable(source)
    token = _TABLE.set(table)
    try:
        yield table
    finally:
        _TABLE.reset(token)


def location_of(op: Operation) -> Span | None:
    """The location of an operation; else of the first inside it that has one, else of what it is
    in: for what a pass has made and told nobody where from."""
    for each in op.walk():  # itself first
        if isinstance(each.location, Span):
            return each.location
    around = op.parent_op
    while around is not None and not isinstance(around.location, Span):
        around = around.parent_op
    return around.location if around is not None else None
