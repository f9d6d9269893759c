"""The playground in a browser: what is typed becomes the automata that tern makes of it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from book import browser
from tern.draw import automata
from tern.draw.playground import playground
from tern.text.automata import compile_rules, determinize, parse_regex, thompson

pytest.importorskip(
    "tornado", reason="the browser is driven with tornado, which comes with Jupyter"
)
needs_browser = pytest.mark.skipif(
    browser.find_chromium() is None, reason="no Chromium is installed"
)

PATTERNS = (
    "(a|b)*abb", "(a|aa)+", "a?b*|c", "", "()*", "[a-f]+|[^a-z]", r"\d+\.\d+|\d+e\d+", ".*x",
    "(ab*)*", "[字-学]é?", r"\\|\n|[\]\-x]", "(a|b)*a(a|b)(a|b)",
)  # fmt: skip

TYPE = """
((patterns) => {
  const root = document.querySelector(".tern-playground");
  const field = root.querySelector("input");
  return patterns.map((pattern) => {
    field.value = pattern;
    field.dispatchEvent(new Event("input"));
    const text = (name) => root.querySelector(`.${name} .as-text`).textContent;
    const circles = root.querySelectorAll(".minimal .state").length;
    return { dfa: text("dfa"), minimal: text("minimal"), circles,
             said: root.querySelector(".said").textContent };
  });
})
"""

STEP = """
((pattern, text) => {
  const root = document.querySelector(".tern-playground");
  const [first, second] = root.querySelectorAll("input");
  first.value = pattern;
  first.dispatchEvent(new Event("input"));
  second.value = text;
  second.dispatchEvent(new Event("input"));
  const next = root.querySelectorAll("button")[1];
  const lit = () => [...root.querySelectorAll(".minimal .state.lit")].map((s) => s.dataset.state);
  const seen = [lit()];
  while (!next.disabled) {
    next.click();
    seen.push(lit());
  }
  return { seen, said: root.querySelector(".said").textContent };
})
"""


def ask(folder: Path, script: str, *arguments: object) -> object:
    """What a script says in a page that has a playground and nothing else."""
    page = folder / "page.html"
    html = playground("(a|b)*abb", "abb").html
    page.write_text(f'<!doctype html><meta charset="utf-8">{html}', encoding="utf-8")

    async def visit() -> object:
        async with browser.Browser() as tab:
            await tab.open(page.as_uri(), 800)
            return await tab.evaluate(f"{script}({', '.join(map(json.dumps, arguments))})")

    return asyncio.run(visit())


@needs_browser
def test_what_is_typed_becomes_terns_own_automata(tmp_path) -> None:
    answers = ask(tmp_path, TYPE, PATTERNS)
    for pattern, answer in zip(PATTERNS, answers, strict=True):
        table = determinize(thompson(parse_regex(pattern)))
        least = compile_rules([pattern])
        assert answer["circles"] == len(least) - 1, pattern
        assert states(answer["minimal"]) == states(automata.dfa(least).text), pattern
        assert len(states(answer["dfa"])) == len(table) - 1, pattern


def states(text: str) -> dict[str, tuple[bool, frozenset[str]]]:
    """Of each state that a text lists: whether it accepts, and its steps."""
    found = {}
    for line in text.split("\n"):
        name, _, steps = line.partition(" -> ")
        ends = frozenset(step.partition(" ")[0] for step in steps.split(", ") if step)
        found[name.split()[0]] = name.endswith("accepts"), ends
    return found


@needs_browser
def test_a_wrong_pattern_is_told(tmp_path) -> None:
    answers = ask(tmp_path, TYPE, ["(", "a)", "*", "[a", "a{2}", "[z-a]", "\\"])
    assert all(answer["circles"] == 0 and "character" in answer["said"] for answer in answers)


@needs_browser
def test_the_lit_states_are_those_of_the_automaton(tmp_path) -> None:
    answer = ask(tmp_path, STEP, "(a|b)*abb", "babbx")
    run = compile_rules(["(a|b)*abb"]).run("babbx")
    assert answer["seen"] == [[str(state - 1)] if state else [] for state in run]
    assert "Read 5 of 5" in answer["said"] and "does not match" in answer["said"]


def test_it_is_well_formed_and_reads_without_scripts() -> None:
    figure = playground("(a|b)*abb", "abb")
    root = ElementTree.fromstring(figure.html)
    assert len(list(root.iter("label"))) == 2 and len(list(root.iter("section"))) == 3
    assert figure.html.count("<svg") == 3
    assert "The smallest DFA\n1 -> 2 (a), 1 (b)" in repr(figure)
