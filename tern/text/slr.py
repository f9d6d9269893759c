"""The tables of an SLR(1) parser, and a parser that follows them, to look at: tern uses neither.

A grammar is a list of rules (left, right), the first rule's left being what a text has to be;
whatever is the left side of no rule is a kind of token.

Source: DeRemer, "Simple LR(k) Grammars", CACM 1971; Aho, Lam, Sethi, and Ullman, "Compilers", 2nd
ed., section 4.6.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

Rule = tuple[str, list[str]]
Item = tuple[int, int]  # a rule's number, and how many of its symbols are read
Action = tuple[str, int]  # ("shift", state), ("goto", state), or ("reduce", rule)


class Tables(NamedTuple):
    """`actions[state][symbol]`; the conflicts are (symbol, one action, the other)."""

    rules: list[Rule]
    actions: list[dict[str, Action]]
    conflicts: list[tuple[str, Action, Action]]


def closure(items: set[Item], rules: list[Rule]) -> frozenset[Item]:
    """The items, and with each symbol that may come next the beginnings of its rules."""
    items = set(items)
    while True:
        expected = {rules[r][1][at] for r, at in items if at < len(rules[r][1])}
        new = {(r, 0) for r, (left, _) in enumerate(rules) if left in expected} - items
        if not new:
            return frozenset(items)
        items |= new


def tables(rules: list[Rule]) -> Tables:
    """The tables of a grammar, to which rule 0 is added: "start" is the first rule's left side.

    Where two actions fit, the shift, or the earlier rule, is taken. No right side may be empty.
    """
    rules = [("start", [rules[0][0]]), *rules]
    follow = followers(rules)
    states, actions, conflicts = [closure({(0, 0)}, rules)], [], []
    for state in states:  # grows while we walk it
        row: dict[str, Action] = {}
        waits = [(rules[r][1][at], (r, at + 1)) for r, at in state if at < len(rules[r][1])]
        for symbol in sorted({symbol for symbol, _ in waits}):
            target = closure({item for next_one, item in waits if next_one == symbol}, rules)
            if target not in states:
                states.append(target)
            row[symbol] = ("goto" if symbol in follow else "shift", states.index(target))
        for r, at in sorted(state):
            if at == len(rules[r][1]):
                for token in sorted(follow[rules[r][0]]):
                    if token in row:
                        conflicts.append((token, row[token], ("reduce", r)))
                    else:
                        row[token] = ("reduce", r)
        actions.append(row)
    return Tables(rules, actions, conflicts)


def followers(rules: list[Rule]) -> dict[str, set[str]]:
    """For each left side, the tokens that may stand behind it."""
    lefts = {left for left, _ in rules}
    first: dict[str, set[str]] = {left: set() for left in lefts}
    follow: dict[str, set[str]] = {left: set() for left in lefts}
    follow[rules[0][0]] = {"end"}
    while True:
        before = [len(tokens) for tokens in (*first.values(), *follow.values())]
        for left, right in rules:
            first[left] |= first.get(right[0], {right[0]})
            for here, after in zip(right, [*right[1:], None]):
                if here in lefts:
                    more = follow[left] if after is None else first.get(after, {after})
                    follow[here] |= more
        if before == [len(tokens) for tokens in (*first.values(), *follow.values())]:
            return follow


def steps(words: list[str], tables: Tables) -> Iterator[tuple[str, tuple[str, str]]]:
    """An LR parser at work: (what it does, (its stack and the rest, why)), for draw.scrubber.

    A word that is no symbol of the grammar is a "name". KeyError where the text is wrong.
    """
    rules, actions, _ = tables
    tokens = {symbol for _, right in rules for symbol in right}
    states, stack, rest = [0], [], [*words, "end"]
    while True:
        kind = rest[0] if rest[0] in tokens or rest[0] == "end" else "name"
        do, number = actions[states[-1]][kind]
        picture = f"stack  {' '.join(stack)}\nrest   {' '.join(rest)}"
        if do == "reduce" and number == 0:
            yield "Accept", (picture, f"The stack is one {stack[0]}, and the text is at its end.")
            return
        if do == "shift":
            note = f"State {states[-1]}: at {rest[0]}, shift and go to state {number}."
            yield f"Shift {rest[0]}", (picture, note)
            stack.append(rest.pop(0))
            states.append(number)
            continue
        left, right = rules[number]
        del stack[-len(right) :], states[-len(right) :]
        target = actions[states[-1]][left][1]
        note = f"reduce by {left} = {' '.join(right)}; state {states[-1]} is back: go to {target}."
        yield f"Reduce to {left}", (picture, f"At {rest[0]}, {note}")
        stack.append(left)
        states.append(target)
