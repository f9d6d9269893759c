import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tern.text.automata import (
    DEAD,
    NFA,
    NONE,
    TooManyStates,
    alphabet_of,
    characters,
    compile_rules,
    determinize,
    equivalent,
    join,
    matches,
    minimize,
    parse_regex,
    postorder,
    rule_of,
    scan,
    simulate,
    thompson,
)
from tern.text.automata.compiled import compiled_rule, compiled_scan
from tern.text.automata.ranges import LAST
from tern.text.automata.samples import (
    cycle,
    de_bruijn_ring,
    deep_regex,
    late_letter,
    line,
    multiplied,
)
from tern.text.automata.strategies import automata, regexes, words


def short_words(letters: str, longest: int) -> list[str]:
    return ["".join(w) for n in range(longest + 1) for w in itertools.product(letters, repeat=n)]


# --- alphabets --------------------------------------------------------------------------------


@given(st.lists(st.text(st.sampled_from("abcdyz字\0\U0010ffff"), min_size=1).map(characters)))
def test_a_class_lies_inside_or_outside_of_each_set(sets) -> None:
    alphabet = alphabet_of(sets)
    signature: dict[int, set] = {}
    for low, high, letter in alphabet.intervals():
        for code in (low, high):
            inside = tuple(any(a <= code <= b for a, b in ranges) for ranges in sets)
            signature.setdefault(letter, set()).add(inside)
            assert alphabet.class_of(chr(code)) == letter
    assert all(len(each) == 1 for each in signature.values())
    assert len(set.union(*signature.values())) == alphabet.size  # and none is cut in two
    assert alphabet.starts[0] == 0 and list(alphabet.intervals())[-1][1] == LAST


@given(st.text())
def test_the_classes_of_a_text_are_those_of_its_characters(text) -> None:
    alphabet = alphabet_of([characters("abc"), characters("é字"), ((0x10000, LAST),)])
    assert alphabet.classes_of(text).tolist() == [alphabet.class_of(c) for c in text]


def test_a_lone_surrogate_has_a_class() -> None:
    assert alphabet_of([((0xD800, 0xDFFF),)]).classes_of("\ud800a").tolist() == [1, 0]


# --- constructions ----------------------------------------------------------------------------


@given(regexes(20))
def test_thompson_has_at_most_two_states_a_node(regex) -> None:
    nfa = thompson(regex)
    assert len(nfa) <= 2 * sum(1 for _ in postorder(regex))
    assert [rule for rule in nfa.accepting if rule != NONE] == [0]


@given(st.lists(regexes(), min_size=1, max_size=3), words())
def test_all_stages_match_by_the_same_rule(regexes, text) -> None:
    nfa = join([thompson(regex) for regex in regexes])
    dfa = determinize(nfa)
    *_, last = simulate(nfa, text)
    first = next((i for i, one in enumerate(regexes) if matches(thompson(one), text)), NONE)
    assert first == rule_of(nfa, last) == dfa.rule(text) == minimize(dfa).rule(text)


def test_all_stages_take_depth(rng) -> None:
    nfa = thompson(deep_regex(rng, 20_000))
    assert matches(nfa, "abc") in (True, False)
    assert len(determinize(thompson(parse_regex("(" * 2_000 + "a" + ")*" * 2_000)))) == 2


def test_an_automaton_that_accepts_by_two_rules_in_one_state() -> None:
    nfa = NFA(0, [[1, 2], [], []], [[], [], []], [NONE, 7, 3])
    assert determinize(nfa).rule("") == 3


@pytest.mark.parametrize("n", [1, 4, 9])
def test_the_late_letter_needs_all_subsets(n) -> None:
    nfa = thompson(parse_regex(late_letter(n)))
    dfa = determinize(nfa, max_states=2 ** (n + 1) + 1)
    assert len(dfa) == len(minimize(dfa)) == 2 ** (n + 1) + 1
    with pytest.raises(TooManyStates, match="more than"):
        determinize(nfa, max_states=2 ** (n + 1))


def brute_force_classes(dfa) -> int:
    """How many states of the smallest automaton there are, the dead one included: Moore's way."""
    reachable = {dfa.start}
    while (more := reachable | {int(t) for s in reachable for t in dfa.table[s]}) != reachable:
        reachable = more
    block = {s: dfa.accepting[s] for s in reachable | {DEAD}}
    while True:
        keys = {s: (block[s], *(block[int(t)] for t in dfa.table[s])) for s in block}
        numbers = {key: i for i, key in enumerate(dict.fromkeys(keys.values()))}
        finer = {s: numbers[keys[s]] for s in block}
        if len(set(finer.values())) == len(set(block.values())):
            return len(numbers)
        block = finer


@given(automata(12))
def test_the_minimum_is_the_minimum(dfa) -> None:
    small = minimize(dfa)
    assert equivalent(small, dfa) is None
    assert len(small) == brute_force_classes(dfa)
    again = minimize(small)
    assert np.array_equal(again.table, small.table) and again.accepting == small.accepting


def test_what_was_multiplied_becomes_one_again(rng) -> None:
    small = compile_rules(["if", "[a-z]+", r"\d+"])
    large = multiplied(rng, small, 5)
    again = minimize(large)
    assert np.array_equal(again.table, small.table) and again.accepting == small.accepting


def test_minimizing_the_hard_families(rng) -> None:
    assert len(minimize(line(rng, 3_000))) == 3_001
    ring = de_bruijn_ring(rng, 1_000)
    assert len(ring) == 1_025 == len(minimize(ring))
    assert len(minimize(cycle([True, False] * 500))) == 3


def test_nothing_and_everything() -> None:
    nothing, everything = compile_rules([]), compile_rules([r"(.|\n)*"])
    assert len(nothing) == 1 and nothing.start == DEAD
    assert len(everything) == 2
    assert equivalent(nothing, everything) == ""
    assert equivalent(nothing, compile_rules([])) is None


# --- equivalence ------------------------------------------------------------------------------


@given(automata(5), automata(5))
def test_a_witness_is_a_shortest_one(one, other) -> None:
    found = equivalent(one, other)
    # Two automata that differ do so on a text shorter than they have states together.
    differ = [w for w in short_words("ab", 6) if one.rule(w) != other.rule(w)]
    if found is not None:
        assert one.rule(found) != other.rule(found)
        assert not differ or len(found) == len(differ[0])
    else:
        assert not differ


@given(regexes(), regexes())
def test_a_witness_of_two_expressions(one, other) -> None:
    first, second = (determinize(thompson(regex)) for regex in (one, other))
    found = equivalent(first, second)
    if found is not None:
        assert first.rule(found) != second.rule(found)
    else:
        assert all(first.rule(w) == second.rule(w) for w in short_words("abc", 4))


def test_a_witness_among_characters_that_only_one_pattern_tells_apart() -> None:
    assert equivalent(compile_rules(["[a-z]*"]), compile_rules(["[a-y]*"])) == "z"
    assert equivalent(compile_rules([".*"]), compile_rules(["[^字\n]*"])) == "字"
    assert equivalent(compile_rules(["if", "[a-z]+"]), compile_rules(["[a-z]+"])) == "a"


def test_rings_of_lengths_without_a_common_factor() -> None:
    one, other = (cycle([True] * n) for n in (1_009, 997))
    assert equivalent(one, other) is None
    assert equivalent(one, cycle([True] * 1_008 + [False])) == "a" * 1_008


# --- scanning ---------------------------------------------------------------------------------


def naive(dfa, text) -> list[tuple[int, int, int]]:
    tokens, start = [], 0
    while start < len(text):
        fits = [(dfa.rule(text[start:end]), end) for end in range(start + 1, len(text) + 1)]
        rule, end = next((f for f in reversed(fits) if f[0] != NONE), (NONE, start + 1))
        tokens.append((rule, start, end))
        start = end
    return tokens


@given(st.lists(regexes(), min_size=1, max_size=3), words())
def test_a_scan_is_the_longest_match_each_time(regexes, text) -> None:
    dfa = minimize(determinize(join([thompson(regex) for regex in regexes])))
    assert scan(dfa, text) == naive(dfa, text)


@pytest.mark.parametrize(
    ("patterns", "text"),
    [
        (["a", "a*b"], "a" * 50_000),
        (["ab", "(ab)*c"], "ab" * 25_000),
        (["a*b"], "a" * 50_000),
        (["(a|b)", "(a|b)*c(a|b)*c"], "abbab" * 10_000),
    ],
)
def test_a_scan_never_goes_back_far(patterns, text, monkeypatch) -> None:
    dfa = compile_rules(patterns)
    reads = 0

    class Counted(list):
        def __getitem__(self, index):
            nonlocal reads
            reads += 1
            return super().__getitem__(index)

    class Letters:
        def classes_of(self, text):
            return self

        def tolist(self):
            return Counted(dfa.alphabet.classes_of(text).tolist())

    scan(type(dfa)(Letters(), dfa.table, dfa.accepting, dfa.start), text)
    assert reads <= 2 * len(dfa) * len(text)


def test_machine_code_scans_alike() -> None:
    dfa = compile_rules(["a", "a*b", "[b-z]+c", "é"])
    run, rule = compiled_scan(dfa), compiled_rule(dfa)
    for text in ["", "aaab", "a" * 100, "éxbcéa·", "bbbbbbc"]:
        assert list(map(tuple, run(text).tolist())) == scan(dfa, text)
        assert rule(text) == dfa.rule(text)
