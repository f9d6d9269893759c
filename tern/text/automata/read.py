"""Reads a regular expression from its text: `a|b`, `[^a-z]*`, `\\d{2,4}`.

The syntax is Python's, without whatever is not regular: no anchors, no lookahead, no references
to groups, no lazy repetition. An error is a `Diagnostic` that points into the pattern.
"""

from __future__ import annotations

import string
from functools import reduce

from tern.text.automata.ranges import LAST, Ranges, characters, complement, ranges_of
from tern.text.automata.regex import Alternate, Chars, Concat, Empty, Plus, Regex, Star, postorder
from tern.text.diagnostics import Diagnostic, Source

MAX_NODES = 100_000  # that repetitions such as `(a{100}){100}` may copy

DIGITS = ranges_of([(48, 57)])
WORD = ranges_of([(48, 57), (65, 90), (95, 95), (97, 122)])
BLANK = characters(" \t\n\r\f\v")
CLASSES = {
    "d": DIGITS, "D": complement(DIGITS),
    "w": WORD, "W": complement(WORD),
    "s": BLANK, "S": complement(BLANK),
}  # fmt: skip
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "a": "\a", "0": "\0"}
HEX_DIGITS = frozenset(string.hexdigits)
HEXADECIMAL = {"x": 2, "u": 4, "U": 8}  # digits


def parse_regex(pattern: str) -> Regex:
    """The tree of a pattern. O(length + nodes), on a stack of its own: parentheses may be deep.

    Raises:
        Diagnostic: the pattern is not one, or its repetitions make more than MAX_NODES nodes.
    """
    return _Reader(pattern).read()


class _Group:
    """An open parenthesis: what has been read behind it so far."""

    def __init__(self, start: int) -> None:
        self.start = start
        self.alternatives: list[Regex] = []  # complete ones, each followed by a bar
        self.sequence: list[Regex] = []  # the items of the alternative that is being read
        self.repeated = False  # the last item has its repetition already

    def add(self, item: Regex) -> None:
        self.sequence.append(item)
        self.repeated = False

    def close_alternative(self) -> None:
        self.alternatives.append(reduce(Concat, self.sequence) if self.sequence else Empty())
        self.sequence, self.repeated = [], False

    def close(self) -> Regex:
        self.close_alternative()
        return reduce(Alternate, self.alternatives)


class _Reader:
    def __init__(self, pattern: str) -> None:
        self.source = Source(pattern, "pattern")
        self.text, self.at = pattern, 0

    def read(self) -> Regex:
        groups = [_Group(0)]
        while (start := self.at) < len(self.text):
            group, character = groups[-1], self.text[start]
            self.at += 1
            match character:
                case "(":
                    if self.peek() == "?":
                        raise self.error("a group cannot start with `?` here", start, start + 2)
                    groups.append(_Group(start))
                case ")":
                    if len(groups) == 1:
                        raise self.error("this `)` closes nothing", start)
                    groups.pop()
                    groups[-1].add(group.close())
                case "|":
                    group.close_alternative()
                case "*" | "+" | "?" | "{":
                    self.repeat(group, character, start)
                case "[":
                    group.add(Chars(self.character_class(start)))
                case ".":
                    group.add(Chars(complement(characters("\n"))))
                case "\\":
                    group.add(Chars(self.escape(start)))
                case "^" | "$":
                    raise self.error(
                        f"`{character}` is an anchor: a pattern matches a whole text here", start,
                        note=f"the character itself is `\\{character}`",
                    )  # fmt: skip
                case _:
                    group.add(Chars(characters(character)))
        if len(groups) > 1:
            raise self.error("this `(` is never closed", groups[-1].start)
        return groups[0].close()

    # ---- repetition ----

    def repeat(self, group: _Group, operator: str, start: int) -> None:
        low, high = self.bounds(start) if operator == "{" else (0, None)
        if not group.sequence:
            raise self.error("there is nothing to repeat", start, self.at)
        if group.repeated:
            raise self.error(
                "a repetition of a repetition", start, self.at, note="put parentheses between them"
            )
        body = group.sequence[-1]
        match operator:
            case "*":
                repeated = Star(body)
            case "+":
                repeated = Plus(body)
            case "?":
                repeated = Alternate(body, Empty())
            case _:
                copies = max(low, high or 0, 1)
                if copies > 1 and copies * sum(1 for _ in postorder(body)) > MAX_NODES:
                    message = f"the copies would have more than {MAX_NODES:,} nodes"
                    raise self.error(message, start, self.at)
                repeated = _copies(body, low, high)
        group.sequence[-1] = repeated
        group.repeated = True

    def bounds(self, start: int) -> tuple[int, int | None]:
        """The numbers of `{m}`, `{m,}`, `{,n}`, or `{m,n}`; None for no upper bound."""
        end = self.text.find("}", start)
        numbers = self.text[start + 1 : end].split(",") if end >= 0 else []
        self.at = end + 1 if end >= 0 else start + 1
        correct = len(numbers) in (1, 2) and any(numbers)
        if not correct or not all(n.isascii() and n.isdigit() for n in numbers if n):
            raise self.error(
                "expected `{m}`, `{m,}`, or `{m,n}`", start, note="the character itself is `\\{`"
            )
        if max(map(len, numbers)) > 6:
            raise self.error(f"the copies would have more than {MAX_NODES:,} nodes", start, self.at)
        low = int(numbers[0] or 0)
        high = low if len(numbers) == 1 else int(numbers[1]) if numbers[1] else None
        if high is not None and low > high:
            raise self.error("the lower bound is above the upper one", start, self.at)
        return low, high

    # ---- characters ----

    def character_class(self, start: int) -> Ranges:
        """`[...]` or `[^...]`, from behind the bracket on."""
        negated = self.peek() == "^"
        self.at += negated
        pairs: list[tuple[int, int]] = []
        while self.peek() != "]":
            first = self.at
            if first >= len(self.text):
                raise self.error("this `[` is never closed", start)
            low = self.class_item()
            after = self.text[self.at + 1 : self.at + 2]
            if self.peek() != "-" or after in ("]", ""):
                pairs.extend(low)
                continue
            self.at += 1
            high = self.class_item()
            if not (_is_one(low) and _is_one(high)):
                raise self.error("a range goes from one character to another", first, self.at)
            if low[0][0] > high[0][0]:
                raise self.error("this range is empty", first, self.at)
            pairs.append((low[0][0], high[0][0]))
        self.at += 1
        if not pairs:
            raise self.error(
                "a class needs a character", start, self.at, note="a bracket in it is `\\]`"
            )
        ranges = ranges_of(pairs)
        return complement(ranges) if negated else ranges

    def class_item(self) -> Ranges:
        start = self.at
        self.at += 1
        return self.escape(start) if self.text[start] == "\\" else characters(self.text[start])

    def escape(self, start: int) -> Ranges:
        """What a backslash at `start` and the characters behind it stand for."""
        letter = self.peek()
        self.at += 1
        if letter in CLASSES:
            return CLASSES[letter]
        if letter in ESCAPES:
            return characters(ESCAPES[letter])
        if letter in HEXADECIMAL:
            digits = self.text[self.at : self.at + HEXADECIMAL[letter]]
            self.at += len(digits)
            whole = len(digits) == HEXADECIMAL[letter] and HEX_DIGITS.issuperset(digits)
            if not whole or int(digits, 16) > LAST:
                raise self.error("this is no code point", start, self.at)
            return characters(chr(int(digits, 16)))
        if not letter or (letter.isascii() and letter.isalnum()):
            raise self.error("an escape that is not known here", start, self.at)
        return characters(letter)

    def peek(self) -> str:
        """The next character; empty at the end."""
        return self.text[self.at : self.at + 1]

    def error(self, message: str, start: int, end: int | None = None, note: str = "") -> Diagnostic:
        span = start, end or start + 1
        return Diagnostic(message, span, self.source, [note] if note else [])


def _is_one(ranges: Ranges) -> bool:
    return len(ranges) == 1 and ranges[0][0] == ranges[0][1]


def _copies(body: Regex, low: int, high: int | None) -> Regex:
    """`body` from `low` to `high` times; the copies are one object."""
    if high is None:
        return reduce(Concat, [body] * (low - 1) + [Plus(body)]) if low else Star(body)
    optional: Regex | None = None
    for _ in range(high - low):  # from the inside: (b(b)?)?
        optional = Alternate(body if optional is None else Concat(body, optional), Empty())
    items = [body] * low + ([optional] if optional is not None else [])
    return reduce(Concat, items) if items else Empty()
