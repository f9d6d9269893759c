"""Expressions, automata, and texts to try things on: random ones, and hard ones of any size."""

from __future__ import annotations

import random
from collections.abc import Iterable

import numpy as np

from tern.text.automata.alphabet import Alphabet, alphabet_of
from tern.text.automata.dfa import DFA
from tern.text.automata.nfa import NONE
from tern.text.automata.ranges import characters
from tern.text.automata.regex import Alternate, Chars, Concat, Empty, Plus, Regex, Star
from tern.text.samples import Choose

_SETS = ("a", "b", "ab", "c", "abc", "é", "字a")

# ---- expressions --------------------------------------------------------------------------------


def random_regex(choose: Choose, nodes: int, sets: Iterable[str] = _SETS) -> Regex:
    """A tree of about `nodes` nodes, built from the leaves up. `choose` as in tern.text.samples."""
    leaves = [Chars(characters(each)) for each in sets]
    trees: list[Regex] = []
    for _ in range(nodes):
        kind = choose(9)
        if kind < 4 or not trees:
            trees.append(Empty() if kind == 3 and choose(3) == 2 else leaves[choose(len(leaves))])
        elif kind < 6 and len(trees) > 1:
            second = trees.pop()
            trees.append(Concat(trees.pop(), second))
        elif kind == 6 and len(trees) > 1:
            right = trees.pop()
            trees.append(Alternate(trees.pop(), right))
        else:
            trees.append(Plus(trees.pop()) if kind == 8 else Star(trees.pop()))
    while len(trees) > 1:
        second = trees.pop()
        trees.append((Alternate if choose(2) else Concat)(trees.pop(), second))
    return trees[0]


def deep_regex(rng: random.Random, nodes: int) -> Regex:
    """A tree of `nodes` nodes or one less, almost as deep: each is above all before it."""
    tree: Regex = Chars(characters("a"))
    count = 1
    while count < nodes - 1:
        leaf = Chars(characters(rng.choice("abc")))
        kind = rng.randrange(6)
        if kind < 2:
            tree, count = (Star, Plus)[kind](tree), count + 1
        else:
            make = Concat if kind < 4 else Alternate
            tree, count = (make(tree, leaf) if kind % 2 else make(leaf, tree)), count + 2
    return tree


def late_letter(n: int) -> str:
    """Texts over a and b whose letter n places before the last is an a: 2^(n+1) states and one."""
    return f"(a|b)*a(a|b){{{n}}}"


# ---- automata -----------------------------------------------------------------------------------


def letters(text: str) -> Alphabet:
    """An alphabet with a class for each letter of `text`, after one for all other characters."""
    return alphabet_of(characters(letter) for letter in text)


def cycle(accepts: Iterable[bool]) -> DFA:
    """A ring of states that the letter a leads around; state i accepts if `accepts[i]`."""
    accepting = (NONE, *(0 if yes else NONE for yes in accepts))
    table = np.zeros((len(accepting), 2), np.int32)
    table[1:, 1] = np.roll(np.arange(1, len(accepting)), -1)
    return DFA(letters("a"), table, accepting, 1)


def line(rng: random.Random, n: int) -> DFA:
    """n states in a row, left by a or b, only the last of which accepts.

    No two are equivalent, and it takes n rounds to find that out for the first two if a round
    looks one letter ahead. Numbered at random.
    """
    order = np.array(rng.sample(range(1, n + 1), n))
    table = np.zeros((n + 1, 3), np.int32)
    for number, (here, there) in enumerate(zip(order, order[1:])):
        table[here, 1] = there
        table[here, 2] = there if number % 3 else 0
    accepting = [NONE] * (n + 1)
    accepting[order[-1]] = 0
    return DFA(letters("ab"), table, tuple(accepting), int(order[0]))


def de_bruijn_ring(rng: random.Random, n: int) -> DFA:
    """A ring of at least n states, a power of two, that accepts along a de Bruijn word.

    Every word of k bits stands in it once, so each split halves: Hopcroft's hard case (Jean Berstel
    and Olivier Carton, "On the Complexity of Hopcroft's State Minimization Algorithm", 2004).
    """
    length = 1
    while 2**length < n:
        length += 1
    seen, word, bits = {0}, [0] * length, 0
    mask = 2**length - 1
    while len(seen) <= mask:  # prefer a one: Martin's construction
        bits = bits << 1 & mask
        bits |= (bits | 1) not in seen
        seen.add(bits)
        word.append(bits & 1)
    turn = rng.randrange(len(seen))
    ring = word[: len(seen)]
    return cycle(bit == 1 for bit in ring[turn:] + ring[:turn])


def multiplied(rng: random.Random, dfa: DFA, times: int) -> DFA:
    """An automaton of the same language, each of whose states but the dead one has `times` copies.

    A step leads to a copy that is picked at random; a copy that no text leads to may be among them.
    """
    live = len(dfa) - 1
    copies = 1 + live * times
    numbers = np.array([0, *rng.sample(range(1, copies), copies - 1)])

    def one_of(state: int) -> int:
        return int(numbers[(state - 1) * times + rng.randrange(times) + 1]) if state else 0

    table = np.zeros((copies, dfa.alphabet.size), np.int32)
    accepting = [dfa.accepting[0]] * copies
    for state in range(1, len(dfa)):
        for copy in range(times):
            here = numbers[(state - 1) * times + copy + 1]
            table[here] = [one_of(int(target)) for target in dfa.table[state]]
            accepting[here] = dfa.accepting[state]
    return DFA(dfa.alphabet, table, tuple(accepting), one_of(dfa.start))


def random_dfa(choose: Choose, states: int, rules: int = 2, over: str = "ab") -> DFA:
    """`states` states and the dead one; each step leads anywhere."""
    table = np.zeros((states + 1, len(over) + 1), np.int32)
    for state in range(1, states + 1):
        for letter in range(1, len(over) + 1):
            table[state, letter] = choose(states + 1)
    accepting = (NONE, *(choose(rules + 1) - 1 for _ in range(states)))
    return DFA(letters(over), table, accepting, 1 if states else 0)


# ---- texts --------------------------------------------------------------------------------------

PIECES = (
    *"ab1_ \n+-.=!/<&é·\0", "while", "1.5", "2e10", "3e", "->", "..", "//", "0..n", "// x\n", "==",
)  # fmt: skip
"""What random texts for tern's lexer are made of: the borders between its kinds are here."""


def random_text(choose: Choose, pieces: int) -> str:
    """Pieces of tokens of tern, in any order, with nothing between them."""
    return "".join(PIECES[choose(len(PIECES))] for _ in range(pieces))
