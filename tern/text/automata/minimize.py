"""The smallest DFA of a language.

John Hopcroft, "An n log n Algorithm for Minimizing States in a Finite Automaton", 1971. The sets
are kept in one array as in Antti Valmari and Petri Lehtinen, "Efficient Minimization of DFAs with
Partial Transition Functions", STACS 2008.
"""

from __future__ import annotations

import numpy as np

from tern.parts import part
from tern.text.automata.dfa import DFA, quotient


def _predecessors(dfa: DFA) -> list[tuple[list[int], list[int]]]:
    """For each class of characters, where its steps come from.

    A pair (sources, first): what leads to state `t` is `sources[first[t] : first[t + 1]]`.
    """
    found = []
    for column in dfa.table.T:
        sources = np.argsort(column, kind="stable")
        first = np.searchsorted(column[sources], np.arange(len(dfa) + 1))
        found.append((sources.tolist(), first.tolist()))
    return found


@part("text.automata.minimize", helpers=(_predecessors,))
def minimize(dfa: DFA) -> DFA:
    """The smallest automaton that matches every text by the same rule.

    States begin in one block for each rule, and blocks are split until no class of characters
    leads from one block into two. What is split by is always the smaller half, so a state is
    looked at O(log states) times. O(classes * states * log states). (Hopcroft 1971.)
    """
    states = sorted(range(len(dfa)), key=lambda state: dfa.accepting[state])
    place = [0] * len(dfa)  # where in `states` a state stands
    block_of = [0] * len(dfa)
    first, end = [0], [0]  # block b is states[first[b]:end[b]]
    for at, state in enumerate(states):
        if at and dfa.accepting[state] != dfa.accepting[states[at - 1]]:
            first.append(at)
            end.append(at)
        place[state], block_of[state] = at, len(first) - 1
        end[-1] = at + 1
    splitters = list(range(len(first)))
    predecessors = _predecessors(dfa)
    while splitters:
        splitter = splitters.pop()
        members = states[first[splitter] : end[splitter]]
        for sources, start in predecessors:
            # Move the states that lead into the splitter to the front of their blocks.
            moved: dict[int, int] = {}  # of a block: how many
            for member in members:
                for state in sources[start[member] : start[member + 1]]:
                    block = block_of[state]
                    front = first[block] + moved.get(block, 0)
                    here, other = place[state], states[front]
                    states[front], states[here] = state, other
                    place[state], place[other] = front, here
                    moved[block] = moved.get(block, 0) + 1
            for block, count in moved.items():
                middle = first[block] + count
                if middle == end[block]:  # all of them: no split
                    continue
                new = len(first)
                if count <= end[block] - middle:  # the smaller half becomes the new block
                    first.append(first[block])
                    end.append(middle)
                    first[block] = middle
                else:
                    first.append(middle)
                    end.append(end[block])
                    end[block] = middle
                for state in states[first[new] : end[new]]:
                    block_of[state] = new
                splitters.append(new)  # if the old one waits, both do now; else the smaller will do
    return quotient(dfa, block_of)
