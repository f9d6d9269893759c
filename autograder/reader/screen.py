"""What `autograder watch` shows: the output, what it comes to, how far one is, and the keys."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

from autograder.course.layout import Exercise

KEYS = {"n": "next", "h": "hint", "l": "list", "c": "check again", "r": "reset", "q": "quit"}


@dataclass(frozen=True)
class Screen:
    """All that the screen depends on; two that are equal look alike."""

    doing: str
    result: str  # what the last judgement says
    verdict: tuple[tuple[str, str], ...]  # lines with their styles, below the result
    note: str
    asking: bool
    current: Exercise
    path: Path
    done: tuple[int, int]  # exercises, and how many there are

    def drawn(self, columns: int) -> str:
        """The output first, then what it comes to; last, always, how far one is and the keys."""
        from rich.console import Console
        from rich.style import Style
        from rich.text import Text

        written = io.StringIO()
        console = Console(file=written, force_terminal=True, highlight=False, soft_wrap=True)
        if self.doing:
            console.print(Text(f"{self.doing} …"))
        if self.result:
            written.write(self.result + "\n\n")
        for text, style in self.verdict:
            console.print(Text(text, style))
        if self.note:
            console.print(Text(f"\n{self.note}", "yellow" if self.asking else ""))
        console.print(Text(f"\n{self._bar(columns)}", "bold"))
        link = Style(link=self.path.resolve().as_uri())
        where = [f"{self.current.name} · {self.current.title} · ", (short(self.path), link)]
        console.print(Text.assemble("Current: ", *where))
        console.print(Text(" · ".join(f"{key} {what}" for key, what in KEYS.items()), "dim"))
        return written.getvalue()

    def _bar(self, columns: int) -> str:
        """ "[██████░░░░]  2 of 4": the exercises done."""
        done, number = self.done
        count = f"  {done} of {number}"
        width = max(4, min(40, columns - len(count) - 2))
        full = width * done // number
        return f"[{'█' * full}{'░' * (width - full)}]{count}"


def short(path: Path) -> str:
    """The path as one would type it."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)
