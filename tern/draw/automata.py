"""Finite automata as pictures, from left to right, and a race on one text, step by step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from tern.draw.chart import HUES
from tern.draw.graphs import bent
from tern.draw.layout import Point, Route, place
from tern.draw.picture import Picture, number, picture, text_width
from tern.draw.steps import stepper
from tern.text.automata import (
    DEAD,
    DFA,
    NFA,
    NONE,
    Alphabet,
    Regex,
    determinize,
    parse_regex,
    postorder,
    ranges_of,
    simulate,
    thompson,
)
from tern.text.automata.nfa import within
from tern.text.automata.regex import Chars, Empty, show_ranges

SIZE = 32.0  # px, the diameter of a state
EDGE = 12.0  # px around the drawing
LOOP = 30.0  # px above a state, for a step that leads back into it
ENTRY = 26.0  # px before the start, for its arrow
LONGEST = 16  # characters of a mark

STYLE = """
.tern .state { fill: var(--raised, var(--tern-faint)); stroke: var(--tern-line);
  stroke-width: 1.3; }
.tern .state.hued { fill: color-mix(in srgb, var(--hue) 24%, transparent); stroke: var(--hue); }
.tern .state.lit { fill: color-mix(in srgb, var(--tern-accent) 26%, transparent);
  stroke: var(--tern-accent); stroke-width: 2.4; }
.tern .ring { fill: none; stroke: currentColor; stroke-opacity: 0.75; stroke-width: 1.1; }
.tern .step-line { fill: none; stroke: var(--tern-line); stroke-width: 1.3; }
.tern .step-line.empty { stroke-dasharray: 3 3; }
.tern .arrow { fill: var(--tern-line); stroke: none; }
.tern svg text.mark { font-size: 11.5px; paint-order: stroke; stroke: var(--paper, Canvas);
  stroke-width: 4px; stroke-linejoin: round; }
"""


@dataclass(frozen=True)
class State:
    """A circle: its name, whether it accepts, and the color of its group, if it has one."""

    name: str
    accepting: bool = False
    hue: str = ""
    lit: bool = False


@dataclass(frozen=True)
class Step:
    """An arrow from state to state. Without a mark it reads nothing, and is dashed."""

    source: int
    target: int
    mark: str = ""


# ---- what there is to draw ----------------------------------------------------------------------


def nfa(automaton: NFA, lit: Iterable[int] = ()) -> Picture:
    """An NFA; dashed arrows read nothing. The states in `lit` are marked."""
    return _picture(*parts_of_nfa(automaton, lit), automaton.start, "nondeterministic automaton")


def parts_of_nfa(automaton: NFA, lit: Iterable[int] = ()) -> tuple[list[State], list[Step]]:
    lit = set(lit)
    states = [
        State(str(s), automaton.accepting[s] != NONE, lit=s in lit) for s in range(len(automaton))
    ]
    steps = [
        Step(s, target, cut(show_ranges(ranges)))
        for s, row in enumerate(automaton.moves)
        for ranges, target in row
    ]
    steps += [Step(s, target) for s, row in enumerate(automaton.epsilon) for target in row]
    return states, steps


def dfa(
    automaton: DFA,
    groups: Sequence[int] | None = None,
    names: Mapping[int, str] | None = None,
    lit: Iterable[int] = (),
) -> Picture:
    """A DFA without its dead state.

    States of the same group, where two or more have it, share a color. `names` are what is written
    in states instead of their numbers.
    """
    states, steps = parts_of_dfa(automaton, groups, names, lit)
    return _picture(states, steps, automaton.start - 1, "deterministic automaton")


def parts_of_dfa(
    automaton: DFA,
    groups: Sequence[int] | None = None,
    names: Mapping[int, str] | None = None,
    lit: Iterable[int] = (),
) -> tuple[list[State], list[Step]]:
    lit, names = set(lit), names or {}
    live = range(1, len(automaton))
    shared = [g for g in dict.fromkeys(groups or ()) if list(groups or ())[1:].count(g) > 1]
    hues = {group: HUES[i % len(HUES)] for i, group in enumerate(shared)}
    states = [
        State(
            names.get(s, str(s)),
            automaton.accepting[s] != NONE,
            hues.get(groups[s], "") if groups else "",
            s in lit,
        )
        for s in live
    ]
    steps = []
    for s in live:
        letters: dict[int, set[int]] = {}
        for letter, target in enumerate(automaton.table[s].tolist()):
            if target != DEAD:
                letters.setdefault(target, set()).add(letter)
        steps += [
            Step(s - 1, target - 1, cut(mark_of(automaton.alphabet, which)))
            for target, which in letters.items()
        ]
    return states, steps


def merged(automaton: DFA, smallest: DFA) -> list[int]:
    """For each state of an automaton, the state of the smallest one that takes its place."""
    place = [DEAD] * len(automaton)
    place[automaton.start] = smallest.start
    work = [automaton.start]
    for state in work:  # which grows
        targets = zip(automaton.table[state].tolist(), smallest.table[place[state]].tolist())
        for target, small in targets:
            if target != DEAD and place[target] != small:
                place[target] = small
                work.append(target)
    return place


def mark_of(alphabet: Alphabet, letters: set[int]) -> str:
    """Some of an alphabet's classes as a pattern."""
    within = [(low, high) for low, high, letter in alphabet.intervals() if letter in letters]
    return show_ranges(ranges_of(within))


def cut(mark: str) -> str:
    return mark if len(mark) <= LONGEST else mark[: LONGEST - 1] + "…"


def regex_tree(regex: Regex) -> Picture:
    """The tree of a regular expression."""
    from tern.draw import graphs

    labels: list[str] = []
    parents: list[int | None] = []
    trees: list[int] = []
    for node in postorder(regex):
        mine = len(labels)
        match node:
            case Chars(ranges):
                labels.append(show_ranges(ranges))
            case Empty():
                labels.append("Empty")
            case _:
                labels.append(type(node).__name__)
        parents.append(None)
        count = len(node.children)
        for child in trees[len(trees) - count :]:
            parents[child] = mine
        del trees[len(trees) - count :]
        trees.append(mine)
    return graphs.tree(parents, labels)


# ---- drawing ------------------------------------------------------------------------------------


def _picture(states: list[State], steps: list[Step], start: int, label: str) -> Picture:
    svg, width = drawing(states, steps, start, label)
    return picture(svg, as_text(states, steps), label, STYLE, width)


def drawing(states: list[State], steps: list[Step], start: int, label: str) -> tuple[str, float]:
    """The SVG of an automaton, and its width in px. What `place` lays out downward goes right."""
    loops = {step.source for step in steps if step.source == step.target}
    others = [step for step in steps if step.source != step.target]
    room = max((text_width(step.mark, 11.5) for step in others), default=0.0)
    sizes = [
        (SIZE + (2 * LOOP if s in loops else 0), SIZE + max(0.0, room - 30))
        for s in range(len(states))
    ]
    layout = place(sizes, [(step.source, step.target) for step in others])
    centers = [(box.y + SIZE / 2, box.center) for box in layout.boxes]
    body = [_step(step, route, centers, sizes) for step, route in zip(others, layout.routes)]
    body += [_loop(step, centers[step.source]) for step in steps if step.source == step.target]
    for s, (state, center) in enumerate(zip(states, centers)):
        body.append(_state(state, *center, s == start))
    low = min([y - SIZE / 2 - (LOOP + 14) * (s in loops) for s, (_, y) in enumerate(centers)])
    top, left = min(0.0, low) - EDGE, -EDGE - ENTRY
    wide, high = layout.height + 2 * EDGE + ENTRY, layout.width + EDGE - top
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{number(left)} {number(top)} '
        f'{number(wide)} {number(high)}" width="{number(wide)}" height="{number(high)}" '
        f'style="min-width: {number(min(wide, 620.0) * 0.78)}px" role="img" '
        f'aria-label="{escape(label)}: {escape(as_text(states, steps))}">{"".join(body)}</svg>'
    )
    return svg, wide


def _state(state: State, x: float, y: float, starts: bool) -> str:
    kind = "state" + " hued" * bool(state.hue) + " lit" * state.lit
    hue = f' style="--hue: {state.hue}"' if state.hue else ""
    out = f'<circle class="{kind}"{hue} cx="{number(x)}" cy="{number(y)}" r="{number(SIZE / 2)}"/>'
    if state.accepting:
        out += (
            f'<circle class="ring" cx="{number(x)}" cy="{number(y)}" r="{number(SIZE / 2 - 3.5)}"/>'
        )
    out += (
        f'<text class="strong" x="{number(x)}" y="{number(y + 4.5)}" text-anchor="middle">'
        f"{escape(state.name)}</text>"
    )
    if starts:
        edge = x - SIZE / 2
        out += f'<path class="step-line" d="M{number(edge - ENTRY)} {number(y)}H{number(edge)}"/>'
        out += _tip(edge, y, 1.0, 0.0)
    return out


def _step(step: Step, route: Route, centers: list[Point], sizes: list[tuple[float, float]]) -> str:
    points = [(y, x) for x, y in route.points]
    (x0, y0), (x1, y1) = centers[step.source], centers[step.target]
    kind = "step-line" + " empty" * (not step.mark)
    if route.back:  # along the lane below both
        lane = max(y for _, y in points)
        points = [(x0 - 5, y0), (x0 - 5, lane), (x1 + 5, lane), (x1 + 5, y1)]
        points = [(points[0][0], y0 + SIZE / 2 - 1), *points[1:3], (points[3][0], y1 + SIZE / 2)]
        line = f'<path class="{kind}" d="{bent(points)}"/>' + _tip(*points[-1], 0.0, -1.0)
        return line + _mark(step.mark, (x0 + x1) / 2, lane - 4)
    reach = SIZE / 2
    inner = [p for p in points if x0 + reach < p[0] < x1 - reach]
    first, last = inner[0] if inner else (x1, y1), inner[-1] if inner else (x0, y0)
    if len(inner) > 1:
        first, last = points[1], points[-2]
    begin = (x0 + reach * 0.97, y0 + max(-9.0, min(9.0, (first[1] - y0) / 3)))
    end = (x1 - reach, y1 + max(-9.0, min(9.0, (last[1] - y1) / 3)))
    bends = points[2:-2]
    path, previous = f"M{number(begin[0])} {number(begin[1])}", begin
    for x, y in [*bends, end]:
        bend = (x - previous[0]) * 0.5
        path += (
            f"C{number(previous[0] + bend)} {number(previous[1])} {number(x - bend)} {number(y)} "
            f"{number(x)} {number(y)}"
        )
        previous = x, y
    target = bends[0] if bends else end
    middle = (begin[0] + target[0]) / 2, (begin[1] + target[1]) / 2
    line = f'<path class="{kind}" d="{path}"/>' + _tip(*end, 1.0, 0.0)
    return line + _mark(step.mark, middle[0], middle[1] - 4)


def _loop(step: Step, center: Point) -> str:
    x, y = center[0], center[1] - SIZE / 2
    path = (
        f"M{number(x - 8)} {number(y + 2)}C{number(x - 18)} {number(y - LOOP)} "
        f"{number(x + 18)} {number(y - LOOP)} {number(x + 8)} {number(y + 2)}"
    )
    kind = "step-line" + " empty" * (not step.mark)
    line = f'<path class="{kind}" d="{path}"/>' + _tip(x + 8, y + 2, -0.3, 1.0)
    return line + _mark(step.mark, x, y - LOOP + 4)


def _mark(mark: str, x: float, y: float) -> str:
    if not mark:
        return ""
    shown = escape(mark)
    return f'<text class="mark" x="{number(x)}" y="{number(y)}" text-anchor="middle">{shown}</text>'


def _tip(x: float, y: float, dx: float, dy: float) -> str:
    """A triangle whose point is at (x, y), and which points along (dx, dy)."""
    size = (dx * dx + dy * dy) ** 0.5
    dx, dy = 8 * dx / size, 8 * dy / size
    corners = [(x, y), (x - dx - dy / 2, y - dy + dx / 2), (x - dx + dy / 2, y - dy - dx / 2)]
    path = "L".join(f"{number(a)} {number(b)}" for a, b in corners)
    return f'<path class="arrow" d="M{path}Z"/>'


def as_text(states: list[State], steps: list[Step]) -> str:
    lines = []
    for s, state in enumerate(states):
        ends = [
            f"{states[step.target].name} ({step.mark or 'nothing read'})"
            for step in steps
            if step.source == s
        ]
        name = state.name + " accepts" * state.accepting
        lines.append(name + (f" -> {', '.join(ends)}" if ends else ""))
    return "\n".join(lines)


# ---- the race -----------------------------------------------------------------------------------

RACE = """
.tern-race { display: grid; grid-template-columns: minmax(0, 1fr); gap: 0.5em; }
.tern-race pre.tern-code { padding: 0.6em 0.8em; }
"""


def race(pattern: str, text: str) -> Picture:
    """Three ways to match a pattern against a text, a character a step.

    The NFA's states are lit; below it are the DFA's state, and how often a backtracking matcher
    reads each character until it gives up or succeeds. Diagnostic if it is no pattern.
    """
    tree = parse_regex(pattern)
    automaton = thompson(tree)
    table = determinize(automaton)
    reads = backtracking_reads(tree, text)
    width = max(len(f"{count:,}") for count in [0, *reads]) + 2
    heads = [f"{head:23}" for head in ("", "automata read it", "backtracking reads it")]
    columns = [[f"{c!r}"[1:-1].rjust(width) for c in text], ["1".rjust(width)] * len(text)]
    columns.append([f"{count:{width},}" for count in reads])
    rows, plain = [], []
    both = zip(simulate(automaton, text), table.run(text))
    for at, (states, state) in enumerate(both):
        note = f"Read {text[:at]!r}." if at else "Nothing read yet."
        if not states:
            note += " No state is left: no match."
        elif at == len(text):
            accepts = any(automaton.accepting[s] != NONE for s in states)
            note += " An accepting state is among them: a match." if accepts else " No match."
        svg, _ = drawing(*parts_of_nfa(automaton, states), automaton.start, "the automaton")
        lines = [head + "".join(cells[:at]) for head, cells in zip(heads, columns)]
        lines.append(f"the NFA is in states   {', '.join(map(str, sorted(states))) or 'none'}")
        lines.append(f"the DFA is in state    {state or 'dead'}")
        shown = "".join(f'<span class="line">{escape(line)}</span>' for line in lines)
        rows.append(
            f'<section class="step" data-title="{escape(note)}"><p class="note">{escape(note)}</p>'
            f'<div class="tern-race">{svg}<pre class="tern-code" tabindex="0">{shown}</pre></div>'
            f"</section>"
        )
        plain.append("\n".join([f"-- {note}", *lines]))
    return stepper(rows, "\n\n".join(plain), STYLE + RACE)


def backtracking_reads(regex: Regex, text: str, limit: int = 1_000_000) -> list[int]:
    """How often a backtracking matcher reads each character of a text.

    It follows one way through Thompson's automaton at a time, and goes back to the last choice
    where it fails. ValueError beyond `limit` characters read.
    """
    automaton = thompson(regex)
    reads = [0] * len(text)
    work: list[tuple[int, int, frozenset[int]]] = [(automaton.start, 0, frozenset())]
    while work:
        state, at, passed = work.pop()
        if automaton.accepting[state] != NONE and at == len(text):
            break
        passed |= {state}  # since the last character: who comes back here goes around in a circle
        for target in reversed(automaton.epsilon[state]):
            if target not in passed:
                work.append((target, at, passed))
        for ranges, target in automaton.moves[state]:
            if at < len(text):
                reads[at] += 1
                if within(ranges, ord(text[at])):
                    work.append((target, at + 1, frozenset()))
        if sum(reads) > limit:
            raise ValueError(f"more than {limit:,} characters are read")
    return reads
