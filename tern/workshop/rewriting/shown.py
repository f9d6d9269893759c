"""What the lesson on rewriting measures: verdicts on rules, questions asked, nodes of sums."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tern.build import build
from tern.ir import Operation
from tern.rewrite import Rule, matcher, rule, saturate
from tern.rewrite.ematching import Terms
from tern.rewrite.proofs import prove
from tern.rewrite.saturation import Equation
from tern.workshop.rewriting.counting import Asked


def verdicts(texts: Iterable[str]) -> Iterator[tuple[bool, str]]:
    """For the text of each rule: whether no counterexample was found, and a line that says so."""
    for text in texts:
        proof = prove(rule("it", text))
        found = proof.counterexample
        if found is None:
            yield True, f"{text:36} holds for {proof.tuples:,} inputs"
            continue
        given = ", ".join(f"{n:g}: {type}" for n, type in zip(found.numbers, found.types))
        yield False, f"{text:36} ({given}) gives {found.before:g}, then {found.after:g}"


def questions_asked(rules: list[Rule], module: Operation) -> dict[str, float]:
    """How many questions an operation of a module costs: each rule on its own, the rules for its
    name, and one tree for all. All three find the same rules, or it is an AssertionError."""
    operations = [op for op in module.walk() if op.results]
    each, by_root, by_tree = Asked(), Asked(), Asked()
    match = matcher(rules, by_tree)

    def alone(op: Operation, candidates: list[Rule], ask: Asked) -> set[Rule]:
        return {
            candidate
            for candidate in candidates
            if all(ask(op, path, question) == answer for path, question, answer in candidate.tests)
        }

    for op in operations:
        found = alone(op, rules, each)
        assert found == alone(op, [r for r in rules if r.root == op.name], by_root)
        assert found == set(match(op))
    kinds = {"each rule": each, "rules for the root": by_root, "one tree": by_tree}
    return {name: asked.times / len(operations) for name, asked in kinds.items()}


def nodes_of_sum(numbers: int, rules: Iterable[Equation]) -> int:
    """How many different nodes rules make of a sum of so many numbers."""
    names = [f"x{i}" for i in range(numbers)]
    arguments = ", ".join(f"{name}: i32" for name in names)
    total = build(f"fn f({arguments}) -> i32 {{ return {' + '.join(names)}; }}")
    terms = Terms()
    for op in total.walk():
        if op.name == "arith.addi":
            terms.add(op)
    saturate(terms, rules, max_iterations=20, max_nodes=20_000)
    return len({terms.graph.canonical(node) for node in terms.graph.nodes})
