"""Regular expressions and the automata that they become, beside Python's `re`."""

from __future__ import annotations

import random
import re

from benchmarks.fuzz.family import EQUAL, REFUSED, UNDEFINED, Disagreement, drawn
from tern.text import Diagnostic
from tern.text.automata import (
    DFA,
    NONE,
    TooManyStates,
    compile_rules,
    determinize,
    equivalent,
    join,
    matches,
    minimize,
    parse_regex,
    scan,
    show_regex,
    thompson,
)

LETTERS = "ab1_ .-é字\n]^\\"
ESCAPES = r"\d \w \s \D \W \S \. \\ \n \t \- \] \[ \^ \x61 \u5b57 \( \| \* \{".split()
COUNTS = ("{0}", "{1}", "{2}", "{0,1}", "{1,}", "{,2}", "{2,3}", "{0,}")


def pattern(rng: random.Random, depth: int = 3) -> str:
    """A pattern that both languages have, most of the time."""
    kind = rng.randrange(9) if depth else rng.randrange(4)
    if kind < 2:
        letter = rng.choice(LETTERS)
        return re.escape(letter) if letter in ".-]^\\" else letter
    if kind == 2:
        return rng.choice(ESCAPES)
    if kind == 3:
        return rng.choice((_set(rng), ".", "()"))
    if kind < 6:
        return "".join(pattern(rng, depth - 1) for _ in range(rng.randint(1, 3)))
    if kind == 6:
        return "(" + "|".join(pattern(rng, depth - 1) for _ in range(rng.randint(1, 3))) + ")"
    repeated = rng.choice(("*", "+", "?", rng.choice(COUNTS)))
    return f"({pattern(rng, depth - 1)}){repeated}"


def _set(rng: random.Random) -> str:
    parts = []
    for _ in range(rng.randint(1, 3)):
        kind = rng.randrange(4)
        if kind == 0:
            parts.append(rng.choice(("a-b", "0-9", "A-z", "a-é", "é-字")))
        elif kind == 1:
            parts.append(rng.choice((r"\d", r"\w", r"\s", r"\]", r"\\", r"\-", r"\n")))
        else:
            parts.append(rng.choice("ab1_.*(é字 ^")) if parts else parts.append(rng.choice("ab1é"))
    return f"[{rng.choice(('', '', '^'))}{''.join(parts)}{rng.choice(('', '', '-'))}]"


def word(rng: random.Random, size: int = 8) -> str:
    return "".join(rng.choice(LETTERS + "aab") for _ in range(rng.randint(0, size)))


def trial(rng: random.Random) -> str:
    """Some patterns, through every stage, on some words."""
    patterns = [pattern(rng) for _ in range(rng.randint(1, 3))]
    shown = drawn(rng, "\n".join(map(repr, patterns)))
    try:
        theirs = [re.compile(each, re.ASCII) for each in patterns]
    except re.error:
        return UNDEFINED
    try:
        trees = [parse_regex(each) for each in patterns]
    except Diagnostic:
        return REFUSED
    for tree in trees:
        if parse_regex(show_regex(tree)) != tree:
            raise Disagreement("show and parse", shown, show_regex(tree))
    machines = [thompson(tree) for tree in trees]
    try:
        dfa = determinize(join(machines))
    except TooManyStates:
        return REFUSED
    small = minimize(dfa)
    if (witness := equivalent(dfa, small)) is not None:
        raise Disagreement("minimize", shown, repr(witness))
    if len(minimize(compile_rules(patterns))) != len(small):
        raise Disagreement("compile_rules", shown, f"{len(small)} states")
    for text in [word(rng) for _ in range(6)]:
        wanted = [bool(each.fullmatch(text)) for each in theirs]
        if [matches(each, text) for each in machines] != wanted:
            raise Disagreement("matches", shown, f"{text!r}: {wanted}")
        rule = wanted.index(True) if True in wanted else NONE
        for name, each in (("determinize", dfa), ("minimize", small)):
            if each.rule(text) != rule:
                raise Disagreement(name, shown, f"{text!r}: {each.rule(text)}, to re {rule}")
        _scan(small, theirs, text + word(rng), shown)
    return EQUAL


def _scan(dfa: DFA, theirs: list[re.Pattern], text: str, shown: str) -> None:
    """The longest match of any rule at each place, the first rule's of several."""
    expected, start = [], 0
    while start < len(text):
        ends = [
            (end, -at)
            for end in range(start + 1, len(text) + 1)
            for at, each in enumerate(theirs)
            if each.fullmatch(text[start:end])
        ]
        end, rule = max(ends) if ends else (start + 1, -NONE)
        expected.append((-rule, start, end))
        start = end
    if list(map(tuple, scan(dfa, text))) != expected:
        raise Disagreement("scan", shown, f"{text!r}\n{scan(dfa, text)}\nre: {expected}")
