"""The road, and links to weeks: the front matter names chapters, and links those that exist.

In `.md` pages: {week}`5` is "week 5", {chapter}`5` adds the title, {weeks}`5, 9-12` is a list of
titles with their numbers, and the directive {road} is the poster of all 28.
"""

from __future__ import annotations

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective, SphinxRole

from book.ext.phases import PHASES, Phase
from book.ext.syllabus import (
    MILESTONES,
    TOTAL_HOURS,
    Chapter,
    chapter,
    chapters_of,
    hours,
    weeks,
)


def link(env: BuildEnvironment, to: Chapter, text: str) -> nodes.Node:
    """The text, as a link if the chapter is in the book by now."""
    if to.docname not in env.found_docs:
        return nodes.Text(text)
    xref = addnodes.pending_xref(
        "",
        nodes.inline(text, text),
        refdomain="std",
        reftype="doc",
        refdoc=env.docname,
        reftarget=f"/{to.docname}",
        refexplicit=True,
        refwarn=True,
    )
    return xref


class Week(SphinxRole):
    """{week}`5`: "week 5"; {Week}`5` at the beginning of a sentence."""

    def word(self) -> str:
        # docutils gives the role's name in small letters; its raw text keeps the capital.
        return "Week" if self.rawtext[1:2].isupper() else "week"

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        found = chapter(int(self.text))
        return [link(self.env, found, f"{self.word()} {found.number}")], []


class ChapterRole(Week):
    """{chapter}`5`: "week 5, *Designing an IR*"; {Chapter}`5` at the beginning of a sentence."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        found = chapter(int(self.text))
        title = nodes.emphasis("", "", link(self.env, found, found.title))
        return [nodes.Text(f"{self.word()} {found.number}, "), title], []


class Weeks(SphinxRole):
    """{weeks}`5, 9-12`: every title with its number, each on a line of its own."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        whole = nodes.inline(classes=["weeks"])
        for number in weeks(self.text):
            found = chapter(number)
            item = nodes.inline(classes=["week"])
            item += nodes.inline("", f"{number} ", classes=["week-number"])
            item += link(self.env, found, found.title)
            if len(whole):
                whole += nodes.Text(" ")
            whole += item
        return [whole], []


class Hours(SphinxRole):
    """{hours}`2`: how many hours a phase takes; {hours}`total` for all."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        number = TOTAL_HOURS if self.text == "total" else hours(PHASES[int(self.text) - 1])
        return [nodes.Text(str(number))], []


class Road(SphinxDirective):
    """All 28 weeks in their phases, on one sheet."""

    def run(self) -> list[nodes.Node]:
        sheet = nodes.container(classes=["road"])
        for phase in PHASES:
            sheet += self.card(phase)
        return [sheet]

    def card(self, phase: Phase) -> nodes.Node:
        card = nodes.container(classes=["road-phase", f"phase-{phase.number}"])
        name = f"Phase {phase.numeral} · {phase.name}"
        card += nodes.raw("", f"<h2>{name}</h2>", format="html")
        first, last = phase.chapters[0], phase.chapters[-1]
        when = f"Weeks {first}–{last} · {hours(phase)} hours"
        card += nodes.paragraph(when, when, classes=["road-when"])
        days = nodes.enumerated_list(start=first, enumtype="arabic", prefix="", suffix="")
        for each in chapters_of(phase):
            title = nodes.paragraph()
            title += nodes.strong("", "", link(self.env, each, each.title))
            builds = nodes.paragraph(each.builds, each.builds)
            days += nodes.list_item("", title, builds)
        card += days
        done = nodes.paragraph(classes=["road-done"])
        done += nodes.strong("", f"After week {last}. ")
        done += nodes.Text(MILESTONES[phase.number])
        card += done
        return card


ROLES = {"week": Week, "chapter": ChapterRole, "weeks": Weeks, "hours": Hours}


def front_pages(env: BuildEnvironment) -> set[str]:
    return {name for name in env.found_docs if str(env.doc2path(name)).endswith(".md")}


def outdated(app: Sphinx, env: BuildEnvironment, added: set, changed: set, removed: set) -> set:
    """The pages that name chapters, when a chapter has come or gone."""
    return front_pages(env) if added or removed else set()


def setup(app: Sphinx) -> None:
    for name, role in ROLES.items():
        app.add_role(name, role())
    app.add_directive("road", Road)
    app.connect("env-get-outdated", outdated)
