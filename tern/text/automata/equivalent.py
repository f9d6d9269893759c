"""Do two automata match the same texts?

John Hopcroft and Richard Karp, "A Linear Algorithm for Testing Equivalence of Finite Automata",
1971. Walked breadth first, it finds a shortest text on which they differ.
"""

from __future__ import annotations

from bisect import bisect_right

from tern.parts import part
from tern.text.automata.alphabet import Alphabet
from tern.text.automata.dfa import DFA


def common_letters(one: Alphabet, other: Alphabet) -> list[tuple[str, int, int]]:
    """A character for each pair of classes that have one in common, with the two classes.

    Of all such characters it is the one that reads best: a letter, a digit, a sign, whatever
    comes first. O(intervals).
    """
    found: dict[tuple[int, int], int] = {}
    for start in sorted({*one.starts, *other.starts, *_READABLE}):
        pair = tuple(a.classes[bisect_right(a.starts, start) - 1] for a in (one, other))
        if pair not in found or _rank(start) < _rank(found[pair]):
            found[pair] = start
    return [(chr(code), *pair) for pair, code in found.items()]


_READABLE = range(32, 127)


def _rank(code: int) -> tuple[int, int]:
    character = chr(code)
    for rank, kind in enumerate((str.islower, str.isupper, str.isdigit)):
        if code < 128 and kind(character):
            return rank, code
    return 3 + (code not in _READABLE), code


def _word(reached: list[tuple[int, int, int, str]], number: int) -> str:
    """What was read from the first pair to this one."""
    characters = []
    while number >= 0:
        _, _, number, character = reached[number]
        characters.append(character)
    return "".join(reversed(characters))


@part("text.automata.equivalent", helpers=(_word,))
def equivalent(one: DFA, other: DFA) -> str | None:
    """A shortest text that the two match by different rules (one perhaps by none); None if none.

    Follows both at once, from pair of states to pair of states. Pairs that must be equal because
    others are need no second look, which leaves fewer pairs than the two have states together:
    O((states + states) * classes), with the union-find of Hopcroft and Karp (1971).
    """
    letters = common_letters(one.alphabet, other.alphabet)
    rows, columns = one.table.tolist(), other.table.tolist()
    leader = list(range(len(rows) + len(columns)))  # of the states of both, those of `other` behind

    def find(state: int) -> int:
        while leader[state] != state:
            leader[state] = state = leader[leader[state]]
        return state

    # Each pair with the pair that it was reached from, and the character.
    reached = [(one.start, other.start, -1, "")]
    leader[one.start] = len(rows) + other.start
    for number, (p, q, _, _) in enumerate(reached):  # which grows meanwhile
        if one.accepting[p] != other.accepting[q]:
            return _word(reached, number)
        row, column = rows[p], columns[q]
        for character, a, b in letters:
            p, q = row[a], column[b]
            first, second = find(p), find(len(rows) + q)
            if first != second:
                leader[first] = second
                reached.append((p, q, number, character))
    return None
