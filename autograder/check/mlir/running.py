"""Modules of MLIR that a cell counts or times: MLIR verifies all of them, and some have to run.

    check.costs(…, through=check.counted_modules(calls, some=24), cost=lambda func, found: …)
    check.keeps_up(…, same=check.modules_run(calls, some=8))

`calls(*arguments)` gives calls of the module's function for the arguments of the reader's: pairs of
arguments, and what is expected, as `on` of check.lowers does. All modules are looked at in one
process, after the last one has been made, and only then it's drawn which ones run.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from autograder.check.counted_costs import Made
from autograder.check.mlir import apart, modules
from autograder.check.texts import Ended

Calls = Sequence[tuple[Sequence[Any], Any]]


class Found(NamedTuple):
    """What a module holds: how many operations of each name, and how many of them give tensors."""

    operations: Counter[str]
    on_tensors: Counter[str]


class _Looking:
    """What both have: how modules are looked at."""

    def __init__(
        self,
        calls: Callable[..., Calls],
        *,
        some: int,
        name: str = "f",
        only: str = modules.DIALECTS,
        same: Callable[[Any, Any], Any] | None = None,
    ) -> None:
        self.calls, self.some = calls, some
        self.name, self.only, self.same = name, only, same

    def look(self, texts: Sequence[str], arguments: Sequence[tuple | None]) -> list[Found]:
        """What is in each module. CheckFailed for one that MLIR refuses, that holds what it may
        not, or, of `some` drawn here, that computes something else. Those without arguments are the
        book's."""
        apart.require()
        readers = [number for number, each in enumerate(arguments) if each is not None]
        run = set(random.sample(readers, min(self.some, len(readers))))
        calls = [
            self.calls(*each) if each is not None and number in run else None
            for number, each in enumerate(arguments)
        ]
        items = [modules.item(*each, self.name) for each in zip(texts, calls, strict=True)]
        try:
            replies = apart.run("the function", items)
        except Ended as ended:
            modules.fail_ended(ended, texts, [])
        for text, each, reply in zip(texts, calls, replies):
            modules.verified(reply, text, [])
            modules.structure(reply, text, (), self.only, None, "")
            if each is not None:
                modules.computed(reply, text, each, self.same, [])
        return [
            Found(*(modules.counts_of(reply.get(of)) for of in Found._fields)) for reply in replies
        ]


class counted_modules(_Looking):
    """`through=counted_modules(calls, some=24)`: what `cost` sees of a module is Found."""

    def __call__(self, made: list[Made]) -> list[Made]:
        drawn, books, results = zip(*made)
        texts = [modules.text_of(each) for each in (*books, *results)]
        found = self.look(texts, [*[None] * len(books), *drawn])
        return list(zip(drawn, found[: len(books)], found[len(books) :]))


class modules_run(_Looking):
    """`same=modules_run(calls, some=8)`: the modules that timed calls give, and that are not the
    book's to the letter, are looked at when nothing is timed any more."""

    def __init__(self, calls: Callable[..., Calls], **options: Any) -> None:
        super().__init__(calls, **options)
        self.arguments: tuple = ()
        self.made: list[tuple[str, tuple]] = []

    def asked(self, arguments: tuple) -> None:
        """What the next results are of."""
        self.arguments = arguments

    def __call__(self, actual: Any, expected: Any) -> None:
        self.made.append((modules.text_of(actual), self.arguments))

    def finish(self) -> None:
        made, self.made = self.made, []
        if made:
            texts, arguments = zip(*made)
            self.look(texts, arguments)
