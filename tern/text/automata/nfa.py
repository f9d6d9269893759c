"""Nondeterministic finite automata: Thompson's construction, and simulation by sets of states.

Ken Thompson, "Regular Expression Search Algorithm", CACM 11(6), 1968.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tern.parts import part
from tern.text.automata.ranges import LAST, Ranges
from tern.text.automata.regex import (
    Alternate,
    Chars,
    Concat,
    Empty,
    Plus,
    Regex,
    Star,
    postorder,
)

NONE = -1  # the rule of a state that accepts nothing


@dataclass(frozen=True, slots=True)
class NFA:
    """States are numbers. What belongs to state `s` stands at index `s` of each list.

    `epsilon[s]` are the states that `s` reaches without reading. `moves[s]` are pairs (ranges,
    target): reading a character of `ranges` leads from `s` to `target`. `accepting[s]` is the
    number of the rule that is matched in `s`, NONE (-1) in most states; of two rules the smaller
    number wins.
    """

    start: int
    epsilon: list[list[int]]
    moves: list[list[tuple[Ranges, int]]]
    accepting: list[int]

    def __len__(self) -> int:
        """How many states there are."""
        return len(self.epsilon)

    def add(self) -> int:
        """A new state, with nothing to leave it by."""
        self.epsilon.append([])
        self.moves.append([])
        self.accepting.append(NONE)
        return len(self.epsilon) - 1


@part("text.automata.thompson")
def thompson(regex: Regex) -> NFA:
    """An automaton for the texts that a regular expression matches; they have rule 0.

    At most two states for each node of the tree, one of them accepting. O(nodes), without
    recursion: the tree may be deeper than Python's stack. (Thompson 1968.)
    """
    epsilon: list[list[int]] = []
    moves: list[list[tuple[Ranges, int]]] = []
    fragments: list[tuple[int, int]] = []  # each with a state to begin in and one to end in
    for node in postorder(regex):
        if isinstance(node, Concat):
            begin, end = fragments.pop()
            first, middle = fragments.pop()
            epsilon[middle].append(begin)
            fragments.append((first, end))
            continue
        begin, end = len(epsilon), len(epsilon) + 1
        epsilon += [], []
        moves += [], []
        match node:
            case Empty():
                epsilon[begin].append(end)
            case Chars(ranges):
                moves[begin].append((ranges, end))
            case Alternate():
                right, left = fragments.pop(), fragments.pop()
                for inner, last in (left, right):
                    epsilon[begin].append(inner)
                    epsilon[last].append(end)
            case Star() | Plus():
                inner, last = fragments.pop()
                epsilon[begin].append(inner)
                epsilon[last] += inner, end
                if isinstance(node, Star):
                    epsilon[begin].append(end)
        fragments.append((begin, end))
    ((begin, end),) = fragments
    accepting = [NONE] * len(epsilon)
    accepting[end] = 0
    return NFA(begin, epsilon, moves, accepting)


def join(automata: Sequence[NFA]) -> NFA:
    """One automaton that tries all: what the i-th accepts has rule i. O(states)."""
    joined = NFA(0, [], [], [])
    start = joined.add()
    for rule, nfa in enumerate(automata):
        offset = len(joined)
        joined.epsilon[start].append(offset + nfa.start)
        joined.epsilon.extend([offset + s for s in row] for row in nfa.epsilon)
        joined.moves.extend([(r, offset + s) for r, s in row] for row in nfa.moves)
        joined.accepting.extend(NONE if own == NONE else rule for own in nfa.accepting)
    return joined


# ---- simulation ---------------------------------------------------------------------------------


def epsilon_closure(nfa: NFA, states: Iterable[int]) -> set[int]:
    """`states`, and all that they reach without reading. O(states and edges reached)."""
    closure = set(states)
    work = list(closure)
    while work:
        for target in nfa.epsilon[work.pop()]:
            if target not in closure:
                closure.add(target)
                work.append(target)
    return closure


def move(nfa: NFA, states: Iterable[int], character: str) -> set[int]:
    """The states that reading a character leads to, before any closure."""
    code = ord(character)
    return {
        target for state in states for ranges, target in nfa.moves[state] if within(ranges, code)
    }


def simulate(nfa: NFA, text: str) -> Iterator[set[int]]:
    """The set of states the automaton can be in: at first, and after each character."""
    states = epsilon_closure(nfa, [nfa.start])
    yield states
    for character in text:
        states = epsilon_closure(nfa, move(nfa, states, character))
        yield states


def rule_of(nfa: NFA, states: Iterable[int]) -> int:
    """The smallest rule that a set of states matches; NONE if there is none."""
    return min((nfa.accepting[s] for s in states if nfa.accepting[s] != NONE), default=NONE)


def matches(nfa: NFA, text: str) -> bool:
    """Does a rule match the whole text? O(length * states): each character costs the same."""
    states: set[int] = set()
    for states in simulate(nfa, text):
        if not states:
            return False
    return rule_of(nfa, states) != NONE


def within(ranges: Ranges, code: int) -> bool:
    """Is a code point in a set? O(log ranges)."""
    at = bisect_right(ranges, (code, LAST)) - 1
    return at >= 0 and code <= ranges[at][1]
