"""What is here, counted while the page is built: chapters, exercises, and what is still to come.

In `.md` pages: {count}`chapters` is the syllabus's number of chapters, {count}`here` how many are
in the book, {count}`exercises` how many exercises these have, {count}`to come` the rest; {Count}
begins a sentence. The directive {here} lists the chapters that are here, {phases} the four phases.
"""

from __future__ import annotations

from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective, SphinxRole

from book.ext.course import Here, capital, files, in_words, of_all, present
from book.ext.road import link
from book.ext.syllabus import CHAPTERS, PHASES, Phase


def here(env: BuildEnvironment) -> list[Here]:
    """The chapters that are here; the page is built again when one of their files changes."""
    found = present(Path(env.srcdir))
    for each in found:
        env.note_dependency(str(files(Path(env.srcdir), each.chapter.name)[1]))
    return found


class Count(SphinxRole):
    """{count}`exercises`; {Count}`here` at the beginning of a sentence."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        found = here(self.env)
        numbers = {
            "chapters": len(CHAPTERS),
            "here": len(found),
            "to come": len(CHAPTERS) - len(found),
            "exercises": sum(each.exercises for each in found),
        }
        text = in_words(numbers[self.text])
        return [nodes.Text(capital(text) if self.rawtext[1:2].isupper() else text)], []


class WhatIsHere(SphinxDirective):
    """How many chapters are here, each with its exercises, and how many are still to come."""

    def run(self) -> list[nodes.Node]:
        found = here(self.env)
        exercises = in_words(sum(each.exercises for each in found), "exercise")
        count = nodes.paragraph()
        count += nodes.strong("", capital(of_all(len(found))))
        left = len(CHAPTERS) - len(found)
        others = "The last one is" if left == 1 else f"The other {in_words(left)} are"
        coming = f" {others} on the way." if left else ""
        count += nodes.Text(f", each with its workbook and solutions: {exercises} in all.{coming}")
        made: list[nodes.Node] = [count]
        if found:
            made.append(nodes.bullet_list("", *map(self.item, found), classes=["here"]))
        return made

    def item(self, each: Here) -> nodes.Node:
        number = str(each.chapter.number)
        line = nodes.paragraph()
        line += nodes.inline(number, number, classes=["week-number"])
        line += nodes.Text(" ")
        line += link(self.env, each.chapter, each.chapter.title)
        line += nodes.Text(" ")
        has = f"{each.exercises} exercise{'' if each.exercises == 1 else 's'}, {each.hours}"
        line += nodes.inline(has, has, classes=["here-has"])
        phase = next(phase for phase in PHASES if each.chapter in phase.chapters)
        return nodes.list_item("", line, classes=[f"phase-{phase.number}"])


class Phases(SphinxDirective):
    """The four phases, a card each."""

    def run(self) -> list[nodes.Node]:
        return [nodes.container("", *map(self.card, PHASES), classes=["phases"])]

    def card(self, phase: Phase) -> nodes.Node:
        when = f"Weeks {phase.first}–{phase.last}"
        head = nodes.paragraph()
        head += nodes.emphasis(when, when)
        head += nodes.Text(" ")
        head += nodes.strong(phase.heading, phase.heading)
        says = nodes.paragraph("", "", *self.parse_inline(phase.covers, lineno=self.lineno)[0])
        return nodes.container("", head, says, classes=["phase", f"phase-{phase.number}"])


def setup(app: Sphinx) -> None:
    app.add_role("count", Count())
    app.add_directive("here", WhatIsHere)
    app.add_directive("phases", Phases)
