"""Regular expressions as trees.

Six kinds of nodes are enough: everything else that a pattern can say is one of them in disguise
(`a?` is `a|` with nothing behind the bar, `a{3}` is `aaa`). A tree may be as deep as it likes:
nothing here recurses.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tern.text.automata.ranges import LAST, Ranges


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Regex:
    """A node. Two trees are equal if they have the same nodes in the same order."""

    @property
    def children(self) -> tuple[Regex, ...]:
        """The nodes right below this one, from left to right."""
        return ()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Regex):
            return NotImplemented
        return self is other or _outline(self) == _outline(other)

    def __hash__(self) -> int:
        return hash(tuple(_outline(self)))

    def __repr__(self) -> str:
        return f"parse_regex({show_regex(self)!r})"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Empty(Regex):
    """The empty text, and no other."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Chars(Regex):
    """One character of a set. An empty set matches nothing at all, not even the empty text."""

    ranges: Ranges


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Concat(Regex):
    """The one, then the other."""

    first: Regex
    second: Regex

    @property
    def children(self) -> tuple[Regex, ...]:
        return self.first, self.second


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Alternate(Regex):
    """Either of the two."""

    left: Regex
    right: Regex

    @property
    def children(self) -> tuple[Regex, ...]:
        return self.left, self.right


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Star(Regex):
    """Any number of times, none included."""

    body: Regex

    @property
    def children(self) -> tuple[Regex, ...]:
        return (self.body,)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Plus(Regex):
    """At least once."""

    body: Regex

    @property
    def children(self) -> tuple[Regex, ...]:
        return (self.body,)


def postorder(regex: Regex) -> Iterator[Regex]:
    """Every node of a tree, each after those below it, from left to right. O(nodes).

    >>> list(postorder(Concat(Chars(((97, 97),)), Empty())))
    [parse_regex('a'), parse_regex(''), parse_regex('a()')]
    """
    # From the root down, and from right to left, is that order backwards.
    backwards, work = [], [regex]
    while work:
        node = work.pop()
        backwards.append(node)
        work.extend(node.children)
    return reversed(backwards)


def _outline(regex: Regex) -> list[object]:
    """What tells one tree from another, as a flat list."""
    return [
        node.ranges if isinstance(node, Chars) else type(node).__name__ for node in postorder(regex)
    ]


# ---- trees to text ------------------------------------------------------------------------------

_ALTERNATE, _CONCAT, _REPEAT = 0, 1, 2  # how tightly a context binds
_SPECIAL = frozenset("|*+?()[]{}.^$\\-")
_NAMED = {"\n": r"\n", "\t": r"\t", "\r": r"\r", "\f": r"\f", "\v": r"\v"}
_ALL_BUT_A_LINE_BREAK = ((0, 9), (11, LAST))


def show_regex(regex: Regex) -> str:
    """A pattern that `parse_regex` reads as this tree, parentheses only where it needs them.

    (An empty set of characters has no pattern; it is shown as `[]`.) O(nodes).
    """
    out: list[str] = []
    work: list[str | tuple[Regex, int]] = [(regex, _ALTERNATE)]
    while work:
        item = work.pop()
        if isinstance(item, str):
            out.append(item)
            continue
        node, context = item
        binds, pieces = _pieces(node)
        if binds < context:
            pieces = ["(", *pieces, ")"]
        work.extend(reversed(pieces))
    return "".join(out)


def _pieces(node: Regex) -> tuple[int, list[str | tuple[Regex, int]]]:
    """How tightly a node binds, and its text: strings, and nodes in their contexts."""
    match node:
        case Chars(ranges):
            return _REPEAT + 1, [show_ranges(ranges)]
        case Concat(first, second):
            return _CONCAT, [(first, _CONCAT), (second, _REPEAT)]
        case Alternate(left, Empty()):
            return _REPEAT, [(left, _REPEAT + 1), "?"]
        case Alternate(left, right):
            return _ALTERNATE, [(left, _ALTERNATE), "|", (right, _CONCAT)]
        case Star(body):
            return _REPEAT, [(body, _REPEAT + 1), "*"]
        case Plus(body):
            return _REPEAT, [(body, _REPEAT + 1), "+"]
    return _ALTERNATE, []  # Empty: nothing, which needs parentheses wherever something is expected


def show_ranges(ranges: Ranges) -> str:
    """A set of characters as a pattern: `a`, `[a-z_]`, `.`."""
    if ranges == _ALL_BUT_A_LINE_BREAK:
        return "."
    if len(ranges) == 1 and ranges[0][0] == ranges[0][1]:
        return show_character(ranges[0][0])
    inside = []
    for low, high in ranges:
        inside.append(show_character(low))
        if high > low:
            inside.append(("-" if high > low + 1 else "") + show_character(high))
    return f"[{''.join(inside)}]"


def show_character(code: int) -> str:
    """A code point as a pattern: itself, or an escape."""
    character = chr(code)
    if character in _SPECIAL:
        return "\\" + character
    if character in _NAMED:
        return _NAMED[character]
    if character.isprintable():
        return character
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
