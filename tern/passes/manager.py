"""Running passes one after the other, checked and recorded."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable

from tern.ir import Operation, VerifyError, verify

Pass = Callable[[Operation], object]


class PassManager:
    """Runs passes on a module, verifies it after each, and keeps what each left.

    A pass is a function of the module, which it changes in place, or a pair of a name and such
    a function. `history` has the name of each pass that ran and the module's text then, as `text`
    gives it: with `StableNames().text`, values keep their names from one pass to the next.
    """

    def __init__(
        self, passes: Iterable[Pass | tuple[str, Pass]], text: Callable[[Operation], str] = str
    ) -> None:
        self.passes = [p if isinstance(p, tuple) else (_name(p), p) for p in passes]
        self.text = text
        self.history: list[tuple[str, str]] = []

    def run(self, module: Operation) -> Operation:
        """Run all passes in order; gives the module.

        Raises:
            VerifyError: a pass left IR that breaks a rule; the message names the pass.
        """
        self.history = []
        for name, run_pass in self.passes:
            run_pass(module)
            try:
                verify(module)
            except VerifyError as error:
                raise VerifyError(f"after the pass {name}: {error}") from None
            self.history.append((name, self.text(module)))
        return module


def _name(run_pass: Pass) -> str:
    while isinstance(run_pass, functools.partial):
        run_pass = run_pass.func
    return getattr(run_pass, "__name__", type(run_pass).__name__)
