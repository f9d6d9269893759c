"""Syntax trees as pictures, and precedence climbing, one step at a time: tern's own parser,
watched while it runs."""

from __future__ import annotations

import inspect
import sys
from html import escape
from types import CodeType, FrameType
from typing import Any, NamedTuple

from tern.draw import graphs
from tern.draw.picture import Picture
from tern.draw.steps import stepper
from tern.parts import original
from tern.text import Cursor, Source, tree
from tern.text.expressions import BINDING_POWER, parse_expression

STYLE = """
.tern-climb { display: grid; grid-template-columns: minmax(0, 1fr); gap: 0.7em; }
.tern-climb .tape { margin: 0; padding: 0.55em 0.8em; overflow-x: auto; white-space: nowrap;
  font: var(--size-code, 0.83rem)/1.6 var(--tern-code); }
.tern-climb .tape b { display: inline-block; padding: 0.1em 0.45em; margin-right: 0.15em;
  border: 1px solid var(--tern-rule); border-radius: 5px; font-weight: 400; }
.tern-climb .tape .done { opacity: 0.7; border-style: dashed; }
.tern-climb .tape .here { border-color: var(--tern-accent); background: color-mix(in srgb,
  var(--tern-accent) 20%, transparent); font-weight: 700; }
.tern-climb pre.tern-code { padding: 0.6em 0.8em; }
"""


class State(NamedTuple):
    """What one moment of the climb looks like. Calls are from the outermost to the innermost."""

    note: str
    position: int  # of the current token
    calls: list[tuple[int, str, str]]  # each: its minimum, left operand, what follows that


def syntax_tree(node: tree.Node) -> Picture:
    """The tree below a node as a picture: operators, and the text of everything else."""
    show = original("text.show")  # with lists and subscripts, which a reader's needn't write
    labels: list[str] = []
    parents: list[int | None] = []
    work: list[tuple[tree.Node, int | None]] = [(node, None)]
    while work:
        node, parent = work.pop()
        number = len(labels)
        labels.append(getattr(node, "operator", None) or show(node))
        parents.append(parent)
        match node:
            case tree.Binary(_, left, right):
                work += [(right, number), (left, number)]
            case tree.Unary(_, operand):
                work.append((operand, number))
    return graphs.tree(parents, labels)


def climbing(text: str) -> Picture:
    """A slider over the steps in which tern reads the expression `text`.

    Each step shows the tokens, the current one marked, and the calls that have not returned
    yet, with the minimum that each was given and its left operand so far. Where scripts do not
    run, all steps are shown. Diagnostic if it is no expression.
    """
    states, tokens = watch(text)
    rows, plain = [], []
    for number, state in enumerate(states, 1):
        words = [token.text or "end" for token in tokens]
        kinds = ["done"] * state.position + ["here"] + [""] * len(words)
        tape = "".join(f'<b class="{kind}">{escape(word)}</b>' for kind, word in zip(kinds, words))
        lines = [row(depth, *call) for depth, call in enumerate(state.calls)] or ["done"]
        shown = "".join(
            f'<span class="line{" lit" * (i == len(lines) - 1)}">{escape(line)}</span>'
            for i, line in enumerate(lines)
        )
        high = max(len(other.calls) for other in states) - len(lines)
        shown += '<span class="line"> </span>' * high  # one height for all steps
        rows.append(
            f'<section class="step" data-title="{escape(state.note)}">'
            f'<p class="note">{escape(state.note)}</p>'
            f'<div class="tern-climb"><div class="tape">{tape}</div>'
            f'<pre class="tern-code" tabindex="0">{shown}</pre></div></section>'
        )
        at = " ".join(f"[{w}]" if i == state.position else w for i, w in enumerate(words))
        plain.append("\n".join([f"-- {number}: {state.note}", at, *lines]))
    return stepper(rows, "\n\n".join(plain), STYLE)


def row(depth: int, minimum: int, left: str, after: str) -> str:
    """One call as a line: indented by its depth."""
    line = f"{'  ' * depth}minimum {minimum}:  {left or '?'}"
    return f"{line}  {after}" if after else line


def watch(text: str) -> tuple[list[State], list[Any]]:
    """The states of tern's own loop on `text`, and the tokens. Other tracing is off then."""
    function = inspect.unwrap(parse_expression).__globals__["_expression"]
    code: CodeType = function.__code__
    lines = dict(enumerate(inspect.getsource(function).splitlines(), code.co_firstlineno))
    cursor = Cursor(Source(text))
    states: list[State] = []
    frames: list[FrameType] = []

    def look(note: str, both: bool = False) -> None:
        calls = []
        for frame in frames:
            seen = frame.f_locals
            left, operator = seen.get("left"), seen.get("operator")
            last = frame is frames[-1]
            waiting = ""
            if operator is not None and (both or not last):
                waiting = f"{operator.kind}  {grouped(seen['right']) if last else '...'}"
            calls.append((seen["minimum"], grouped(left) if left is not None else "", waiting))
        states.append(State(note, cursor.position, calls))

    def trace(frame: FrameType, event: str, arg: Any) -> Any:
        if frame.f_code is not code:
            return None
        if event == "call":
            frames.append(frame)
            return trace
        minimum, line = frame.f_locals["minimum"], lines[frame.f_lineno]
        if event == "return":
            frames.pop()
        elif "left = _operand(" in line:
            look(f"Read an operand, then all operators of at least {minimum}.")
        elif "while (power :=" in line:
            kind = cursor.token.kind
            power = BINDING_POWER.get(kind, 0)
            what = f"`{kind}` binds with {power}" if power else f"{shown(kind)} is no operator"
            if power >= minimum:
                look(f"{what}: that is at least {minimum}, so take it.")
            else:
                look(f"{what}{f', less than {minimum}' if power else ''}: return.")
        elif "left = Binary(" in line:
            look("The right operand is back: the two become the new left operand.", both=True)
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        whole = function(cursor, 1)
    finally:
        sys.settrace(before)
    states.append(State(f"Done: {grouped(whole)}.", cursor.position, [(1, grouped(whole), "")]))
    return states, cursor.tokens


def shown(kind: str) -> str:
    return "The end" if kind == "end" else f"`{kind}`"


def grouped(node: tree.Expression) -> str:
    """The text of an expression with every grouping shown."""
    match node:
        case tree.Binary(operator, left, right):
            return f"({grouped(left)} {operator} {grouped(right)})"
        case tree.Unary(operator, operand):
            return f"({operator} {grouped(operand)})"
    return original("text.show")(node)
