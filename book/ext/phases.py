"""The four phases of the book and the chapters they hold."""

from __future__ import annotations

import re
from typing import NamedTuple


class Phase(NamedTuple):
    number: int
    numeral: str
    name: str
    chapters: range


PHASES = (
    Phase(1, "I", "Foundations", range(1, 9)),
    Phase(2, "II", "Compiler specialization", range(9, 19)),
    Phase(3, "III", "AI integration", range(19, 25)),
    Phase(4, "IV", "Portfolio and job search", range(25, 29)),
)


def chapter_number(docname: str) -> int | None:
    """The chapter that a page belongs to: a lesson, its workbook, or its solutions."""
    match = re.search(r"(?:^|/)chapter(\d\d)$", docname)
    return int(match.group(1)) if match else None


def phase_of(docname: str) -> Phase | None:
    """The phase of a page's chapter; None for front and back matter."""
    number = chapter_number(docname)
    return next((phase for phase in PHASES if number in phase.chapters), None)
