"""What stands in for IPython's shell while a workbook's cells run: `get_ipython()` and `display`.

Magics that show something, or change how a notebook looks, do nothing here, and no command is run.
What a cell may go on with has the shape that it has in Jupyter: `!ls` gives a list of lines, which
is empty, `%timeit -o` gives figures.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

OPTIONS_WITH_VALUE = frozenset("-n -r -p -t".split())


class Lines(list):
    """The output of a command that was not run; `l`, `n`, and `s` are its other forms."""

    @property
    def l(self) -> list[str]:  # noqa: E743  (IPython's name)
        return list(self)

    @property
    def n(self) -> str:
        return "\n".join(self)

    @property
    def s(self) -> str:
        return " ".join(self)


class Timing:
    """The result of `%timeit -o`: seconds of a single run."""

    def __init__(self, seconds: float) -> None:
        self.best = self.worst = self.average = seconds
        self.stdev, self.loops, self.repeat = 0.0, 1, 1
        self.all_runs = self.timings = [seconds]

    def __repr__(self) -> str:
        return f"<TimeitResult : {self.average * 1e6:.3g} us, one run>"


class Shell:
    """As much of IPython's InteractiveShell as cells ask for."""

    def __init__(self, namespace: dict[str, Any]) -> None:
        self.user_ns = namespace

    def run_line_magic(self, name: str, line: str, _stack_depth: int = 1) -> Any:
        if name == "timeit":
            return self._timeit(line)
        if name in ("time", "prun", "memit"):
            return self._value(line)
        if name == "pwd":
            return os.getcwd()
        return None

    def run_cell_magic(self, name: str, line: str, cell: str) -> Any:
        if name in ("writefile", "file"):
            words = [word for word in line.split() if not word.startswith("-")]
            if words:
                with open(Path(words[-1]).name, "a" if "-a" in line.split() else "w") as file:
                    file.write(cell)
        return None

    magic = run_line_magic

    def system(self, command: str) -> None:
        """No command is run."""

    def getoutput(self, command: str) -> Lines:
        """No command is run, so it has printed nothing."""
        return Lines()

    def show_usage(self) -> None:
        """Nobody reads it here."""

    def register_magic_function(self, *_: Any, **__: Any) -> None:
        """Magics of the reader's own are not called."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return Nothing()

    # ---- statements ----

    def _timeit(self, line: str) -> Timing:
        start = time.perf_counter()
        self._value(line)
        return Timing(time.perf_counter() - start)

    def _value(self, line: str) -> Any:
        """Run the statement behind the options, once; of an expression its value."""
        words = line.split(" ")
        while words and (not words[0] or words[0].startswith("-")):
            option = words.pop(0)
            if option in OPTIONS_WITH_VALUE and words:
                words.pop(0)
        statement = " ".join(words).strip()
        try:
            code = compile(statement, "<magic>", "eval", dont_inherit=True)
        except SyntaxError:
            exec(compile(statement, "<magic>", "exec", dont_inherit=True), self.user_ns)
            return None
        return eval(code, self.user_ns)


class Nothing:
    """Can be called, asked for attributes, entered: whatever a cell does with IPython's parts."""

    def __call__(self, *_: Any, **__: Any) -> Nothing:
        return self

    def __getattr__(self, name: str) -> Nothing:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __enter__(self) -> Nothing:
        return self

    def __exit__(self, *_: object) -> None:
        pass


def display(*values: Any, **_: Any) -> None:
    """What `display` prints where there are no pictures."""
    for value in values:
        print(repr(value))
