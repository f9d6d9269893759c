"""Regular expressions, the automata they become, and a scanner that an automaton drives.

    pattern --parse_regex--> tree --thompson--> NFA --determinize--> DFA --minimize--> DFA --scan-->

`compile_rules` goes all the way. The loop compiled by Numba is in `tern.text.automata.compiled`,
which is imported when it is asked for.
"""

from tern.text.automata.alphabet import Alphabet, alphabet_of
from tern.text.automata.dfa import DEAD, DFA, MAX_STATES, TooManyStates, determinize, quotient
from tern.text.automata.equivalent import common_letters, equivalent
from tern.text.automata.minimize import minimize
from tern.text.automata.nfa import (
    NFA,
    NONE,
    epsilon_closure,
    join,
    matches,
    move,
    rule_of,
    simulate,
    thompson,
)
from tern.text.automata.ranges import Ranges, characters, complement, ranges_of
from tern.text.automata.read import parse_regex
from tern.text.automata.regex import (
    Alternate,
    Chars,
    Concat,
    Empty,
    Plus,
    Regex,
    Star,
    postorder,
    show_regex,
)
from tern.text.automata.rules import compile_rules
from tern.text.automata.scanner import scan

__all__ = [
    "DEAD", "DFA", "MAX_STATES", "NFA", "NONE", "Alphabet", "Alternate", "Chars", "Concat", "Empty",
    "Plus", "Ranges", "Regex", "Star", "TooManyStates", "alphabet_of", "characters",
    "common_letters", "compile_rules", "complement", "determinize", "epsilon_closure",
    "equivalent", "join", "matches", "minimize", "move", "parse_regex", "postorder", "quotient",
    "ranges_of", "rule_of", "scan", "show_regex", "simulate", "thompson",
]  # fmt: skip
