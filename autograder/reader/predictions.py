"""A guess before a measurement, and the two side by side after it.

    from autograder import predict
    guess = predict("How many times faster is the tiled loop?", unit="times")
    ...
    guess.reveal(seconds_plain / seconds_tiled)

The guess is kept in the progress file, so that it is asked for once and outlives the kernel. Where
nobody can answer (the book's pages are made by executing the notebooks), the question is shown
without being asked, `reveal` folds the answer away, and nothing is read from the file or written.
Neither ever stops a cell with an exception.
"""

from __future__ import annotations

import math
import re
from datetime import date
from html import escape
from pathlib import Path
from typing import Any

from autograder.report.rendered import Rendered, show, somebody_is_there

TRIES = 3
NUMBER = re.compile(r"[-+]?(?:\d[\d,_]*\.?\d*|\.\d+)(?:e[-+]?\d+)?", re.I)
SUFFIXES = {"k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9}
CLOSE = 1.1  # a factor up to which a guess is called close


class Prediction:
    """A question and the reader's guess, None where there is none."""

    def __init__(self, question: str, unit: str) -> None:
        self.question, self.unit = question.strip(), unit.strip()
        self.guess: float | None = None

    def reveal(self, measured: float) -> None:
        """Show the guess beside what was measured; keep both."""
        try:
            value = float(measured)
        except (TypeError, ValueError):
            self._show_answer(str(measured))
            return
        if self.guess is None:
            self._show_answer(self._with_unit(value))
            return
        if math.isfinite(value):
            self._keep({"measured": value})
        rows = [("your guess", self._with_unit(self.guess)), ("measured", self._with_unit(value))]
        verdict = compare(self.guess, value)
        cells = "".join(f"<tr><th>{name}</th><td>{escape(text)}</td></tr>" for name, text in rows)
        show(
            Rendered(
                '<div class="prediction">'
                f'<p class="prediction-question">{escape(self.question)}</p>'
                f'<table>{cells}</table><p class="prediction-verdict">{escape(verdict)}</p></div>',
                "\n".join([self.question, *(f"  {name}: {text}" for name, text in rows), verdict]),
            )
        )

    def _show_answer(self, answer: str) -> None:
        """To somebody who has made no guess: the answer, folded away."""
        show(
            Rendered(
                f'<details class="prediction"><summary>{escape(self.question)}</summary>'
                f"<p>Measured: <strong>{escape(answer)}</strong></p></details>",
                f"{self.question}\n  measured: {answer}",
            )
        )

    def _ipython_display_(self) -> None:
        """Nothing: as a cell's last value it has been shown already."""

    def __repr__(self) -> str:
        kept = "no guess" if self.guess is None else self._with_unit(self.guess)
        return f"<prediction: {self.question} {kept}>"

    def _with_unit(self, value: float) -> str:
        return f"{in_words(value)} {self.unit}".rstrip()

    # ---- asking ----

    def _ask(self) -> None:
        """Take the first number that is typed; none at all is an answer, too."""
        where = f", in {self.unit}" if self.unit else ""
        for _ in range(TRIES):
            try:
                typed = input(f"Your guess{where}: ")
            except (EOFError, KeyboardInterrupt, NotImplementedError, OSError):
                return
            if not typed.strip():
                return
            self.guess = number_in(typed)
            if self.guess is not None:
                _say(f"Kept: {self._with_unit(self.guess)}. {self._keep_guess()}".strip())
                return
            _say(f"No number in {typed.strip()[:40]!r}. Enter alone goes on without a guess.")

    # ---- the file ----

    def _keep_guess(self) -> str:
        today = str(date.today())
        return self._keep({"guess": self.guess, "unit": self.unit, "on": today, "measured": None})

    def _keep(self, what: dict[str, Any]) -> str:
        """Write it into the progress file; why that could not be done, or nothing."""
        from autograder.reader import progress

        try:
            with progress.changing(_home()) as data:
                data["predictions"].setdefault(self.question, {"guess": self.guess}).update(what)
        except Exception as error:  # a guess is not worth a cell
            return f"In this kernel only: {error}"
        return ""

    def _kept(self) -> dict[str, Any] | None:
        from autograder.reader import progress

        try:
            return progress.load(_home())["predictions"].get(self.question)
        except Exception:
            return None


def predict(question: str, unit: str = "", again: bool = False) -> Prediction:
    """Ask for a number, in `unit`s, before it is measured; `again` asks although one is kept.

    Where nobody can answer, the question is shown, and the prediction has no guess.
    """
    made = Prediction(question, unit)
    question = escape(made.question)
    where = f" (in {made.unit})" if made.unit else ""
    if not somebody_is_there():
        advice = "Write your number down before you go on."
        html = f'<p class="prediction-advice">{advice}{escape(where)}</p>'
        _show_question(question, html, f"{made.question}{where}\n  {advice}")
        return made
    kept = None if again else made._kept()
    if kept is None:
        _show_question(question, "", made.question)
        made._ask()
        return made
    made.guess = float(kept["guess"])
    said = f"Your guess: {made._with_unit(made.guess)}"
    if kept.get("on"):
        said += f" (of {kept['on']}; predict(…, again=True) asks anew)"
    html = f'<p class="prediction-advice">{escape(said)}</p>'
    _show_question(question, html, f"{made.question}\n  {said}")
    return made


def _show_question(question: str, more: str, text: str) -> None:
    html = f'<div class="prediction"><p class="prediction-question">{question}</p>{more}</div>'
    show(Rendered(html, text))


def _say(text: str) -> None:
    show(Rendered(f'<p class="prediction-advice">{escape(text)}</p>', text))


def _home() -> Path:
    from autograder.course import layout
    from autograder.reader import progress

    return progress.home(layout.find_course())


# ---- numbers ------------------------------------------------------------------------------------


def number_in(text: str) -> float | None:
    """The number that somebody typed, or None if there is none or more than one.

    >>> (
    ...     number_in("about 28,000"),
    ...     number_in("3x"),
    ...     number_in("1,5 ms"),
    ...     number_in("12k"),
    ...     number_in("3 or 4"),
    ... )
    (28000.0, 3.0, 1.5, 12000.0, None)
    """
    found = list(NUMBER.finditer(text))
    if len(found) != 1:
        return None
    digits, after = found[0][0].replace("_", ""), text[found[0].end() :]
    if re.fullmatch(r"[-+]?\d+,\d{1,2}|[-+]?\d+,\d{4,}", digits):
        digits = digits.replace(",", ".")  # a decimal comma
    value = float(digits.replace(",", ""))
    if re.match(r"[kKMG]\b", after):
        value *= SUFFIXES[after[0]]
    return value if math.isfinite(value) else None


def in_words(value: float) -> str:
    """Whole numbers whole, others to three digits.

    >>> in_words(28000.0), in_words(0.12345)
    ('28,000', '0.123')
    """
    return f"{int(value):,}" if value == round(value, 0) and abs(value) < 1e15 else f"{value:.3g}"


def compare(guess: float, measured: float) -> str:
    """What a guess was worth, in a sentence.

    >>> compare(4, 8), compare(10, 10)
    ('Too low, by a factor of 2.', 'Exactly right.')
    """
    if guess == measured:
        return "Exactly right."
    if not math.isfinite(measured):
        return "Not comparable."
    if guess * measured <= 0:
        return f"Off by {in_words(abs(guess - measured))}."
    factor = max(guess / measured, measured / guess)
    if factor <= CLOSE:
        return "Close: within 10 %."
    return f"Too {'high' if guess > measured else 'low'}, by a factor of {factor:.3g}."
