"""Deterministic finite automata: a table, and how it is made from an NFA.

Michael Rabin and Dana Scott, "Finite Automata and Their Decision Problems", IBM Journal of
Research and Development 3(2), 1959.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from tern.errors import TernError
from tern.parts import part
from tern.text.automata.alphabet import Alphabet, alphabet_of
from tern.text.automata.nfa import NFA, NONE

DEAD = 0  # the state that nothing leaves, and that accepts nothing
MAX_STATES = 10_000


class TooManyStates(TernError, ValueError):
    """The subsets of an NFA's states are more than a table should have."""


@dataclass(frozen=True, slots=True, eq=False)
class DFA:
    """A table: in state `s`, a character of class `c` leads to state `table[s, c]`.

    `table` is an int32 array, states x classes. State 0 is the dead one, so a scanner's loop ends
    where the state is 0. `accepting[s]` is the rule that is matched in state `s`, or NONE (-1).
    """

    alphabet: Alphabet
    table: np.ndarray
    accepting: tuple[int, ...]
    start: int

    def __len__(self) -> int:
        """How many states there are, the dead one included."""
        return len(self.table)

    def run(self, text: str) -> Iterator[int]:
        """The states that a text leads through: the start, and one after each character."""
        state = self.start
        yield state
        rows = self.table.tolist()
        for letter in self.alphabet.classes_of(text).tolist():
            state = rows[state][letter]
            yield state

    def rule(self, text: str) -> int:
        """The rule that matches the whole text, or NONE. O(length)."""
        *_, last = self.run(text)
        return self.accepting[last]


@part("text.automata.determinize")
def determinize(nfa: NFA, max_states: int = MAX_STATES) -> DFA:
    """The deterministic automaton whose states are the sets that simulation can reach.

    Where a set accepts by several rules, the smallest number wins. A set is an int here, one bit
    a state, so that a union is one operation on machine words. O(sets * (classes + edges)).

    Raises:
        TooManyStates: there are more than `max_states` sets, the empty one included.
    """
    alphabet = alphabet_of(ranges for row in nfa.moves for ranges, _ in row)
    closures: dict[int, int] = {}  # of a state: what it reaches without reading, and does matter

    def closure(state: int) -> int:
        if state not in closures:
            found, seen, work = 0, {state}, [state]
            while work:
                one = work.pop()
                if nfa.moves[one] or nfa.accepting[one] != NONE:
                    found |= 1 << one
                new = [target for target in nfa.epsilon[one] if target not in seen]
                seen.update(new)
                work += new
            closures[state] = found
        return closures[state]

    steps: dict[int, list[tuple[int, int]]] = {}  # of a state: a class, and the set it leads to
    subsets = [0]  # the empty set is the dead state
    numbers = {0: DEAD}

    def number(subset: int) -> int:
        if subset not in numbers:
            numbers[subset] = len(subsets)
            subsets.append(subset)
        return numbers[subset]

    start = number(closure(nfa.start))
    table: list[list[int]] = []
    accepting: list[int] = []
    for subset in subsets:  # which grows meanwhile
        reached = [0] * alphabet.size
        rules = []
        while subset:
            lowest = subset & -subset
            subset ^= lowest
            state = lowest.bit_length() - 1
            rules.append(nfa.accepting[state])
            if state not in steps:
                steps[state] = [
                    (letter, closure(target))
                    for ranges, target in nfa.moves[state]
                    for letter in alphabet.classes_within(ranges)
                ]
            for letter, states in steps[state]:
                reached[letter] |= states
        table.append([number(states) for states in reached])
        accepting.append(min((rule for rule in rules if rule != NONE), default=NONE))
        if len(subsets) > max_states:
            raise TooManyStates(f"the deterministic automaton has more than {max_states:,} states")
    return DFA(alphabet, np.array(table, np.int32), tuple(accepting), start)


def quotient(dfa: DFA, block_of: Sequence[int]) -> DFA:
    """The automaton whose states are blocks of the states of another, numbered in one fixed way.

    State `s` is in block `block_of[s]`. The states of a block must accept by the same rule, and
    lead to the same blocks. Blocks that no text leads to are left out. The dead block is state 0,
    the others are numbered in the order that a breadth-first walk from the start meets them, so
    minimal automata of one language over one alphabet are equal, number by number. O(size).
    """
    rows = dfa.table.tolist()
    numbers = {block_of[DEAD]: DEAD}
    states = [DEAD]  # one for each block, in the order of their numbers
    if block_of[dfa.start] not in numbers:
        numbers[block_of[dfa.start]] = len(states)
        states.append(dfa.start)
    for state in states:  # which grows
        for target in rows[state]:
            if block_of[target] not in numbers:
                numbers[block_of[target]] = len(states)
                states.append(target)
    table = np.array([[numbers[block_of[t]] for t in rows[s]] for s in states], np.int32)
    accepting = tuple(dfa.accepting[s] for s in states)
    return DFA(dfa.alphabet, table, accepting, numbers[block_of[dfa.start]])
