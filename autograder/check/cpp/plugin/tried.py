"""What a check tries a pass on: functions that were drawn, and what the pass makes of them."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass

from autograder.check.cpp.plugin import build, opt
from autograder.check.cpp.plugin.build import Plugin
from autograder.check.failures import fail
from autograder.check.session import seed_of_inputs
from autograder.course.cpp_cell import Header
from autograder.report.results import Detail
from autograder.report.words import because_of
from tern.workshop.llvm.ir_text import Function, IRTextError, parse_functions

On = str | Callable[[random.Random], str]
SHOWN = 3000  # characters of a function


@dataclass
class Tried:
    """Functions, drawn for one check, and the plugins that they are given to."""

    mine: Plugin
    texts: list[str]
    rng: random.Random
    seed: int

    @property
    def module(self) -> str:
        return "\n".join(self.texts)

    def told(self, name: str, because: str) -> list[Detail]:
        """What helps with a function: its text, and how to draw it again."""
        number = int(name.removeprefix("f")) if name[1:].isdecimal() else -1
        text = self.texts[number] if 0 <= number < len(self.texts) else ""
        return [("function", text[:SHOWN]), *because_of(because), ("seed", str(self.seed))]


def tried(header: Header, on: On, examples: int) -> Tried:
    seed = seed_of_inputs()
    rng = random.Random(seed)
    mine = build.of_reader(header)
    drawn = [on] if isinstance(on, str) else sorted((on(rng) for _ in range(examples)), key=len)
    # the shortest first: of several that are wrong, that one is shown
    texts = [re.sub(r"(define [^\n]*)@\w+\(", rf"\1@f{at}(", text) for at, text in enumerate(drawn)]
    return Tried(mine, texts, rng, seed)


def transformed(drawn: Tried, plugin: Plugin) -> dict[str, Function]:
    """What a pass makes of the functions. CheckFailed if some are gone, or cannot be read."""
    plugin.left = opt.run(plugin, drawn.module).module
    try:
        after = parse_functions(plugin.left)
    except IRTextError as error:
        row = (plugin.left.splitlines() or [""])[error.line - 1].strip()
        fail(f"it leaves what this exercise has no use for: {error.why}", [("line", row)])
    for at in range(len(drawn.texts)):
        if f"f{at}" not in after:
            fail("the function is gone", drawn.told(f"f{at}", ""))
    return after


def text_of(module: str, name: str) -> str:
    found = re.search(rf"^define [^\n]*@{name}\(.*?^\}}", module, re.M | re.S)
    return found[0] if found else ""
