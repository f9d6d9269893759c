"""The road, and links to weeks: the front matter names chapters, and links those that exist.

In `.md` pages: {week}`5` is "week 5" and {week}`9-12` "weeks 9–12", {chapter}`5` adds the title,
{weeks}`5, 9-12` is a list of titles with their numbers, {ends}`2` is the last week of a phase, and
the directive {road} is the poster of all.
"""

from __future__ import annotations

import re

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective, SphinxRole

from book.ext.course import in_words
from book.ext.syllabus import (
    HOURS_A_WEEK,
    PHASES,
    TOTAL_HOURS,
    Chapter,
    Phase,
    chapter,
    phase,
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
    """{week}`5`: "week 5"; {week}`9-12`: "weeks 9–12"; {Week}`5` at the beginning of a sentence."""

    def word(self) -> str:
        # docutils gives the role's name in small letters; its raw text keeps the capital.
        return "Week" if self.rawtext[1:2].isupper() else "week"

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        numbers = re.split(r"([-,])\s*", self.text)
        if len(numbers) == 1:
            found = chapter(int(self.text))
            return [link(self.env, found, f"{self.word()} {found.number}")], []
        said: list[nodes.Node] = [nodes.Text(f"{self.word()}s ")]
        for part in numbers:
            if part.strip().isdigit():
                said.append(link(self.env, chapter(int(part)), part.strip()))
            else:
                said.append(nodes.Text("–" if part == "-" else " and "))
        return said, []


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


class Ends(Week):
    """{ends}`2`: "week 18", the last of a phase."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        found = chapter(phase(int(self.text)).last)
        return [link(self.env, found, f"{self.word()} {found.number}")], []


class Hours(SphinxRole):
    """{hours}`2`: how many hours a phase takes; {hours}`total` for all, {hours}`week` for one."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        whole = {"total": TOTAL_HOURS, "week": HOURS_A_WEEK}
        number = whole[self.text] if self.text in whole else phase(int(self.text)).hours
        return [nodes.Text(in_words(number))], []


class Road(SphinxDirective):
    """All weeks in their phases, on one sheet."""

    def run(self) -> list[nodes.Node]:
        sheet = nodes.container(classes=["road"])
        for each in PHASES:
            sheet += self.card(each)
        return [sheet]

    def card(self, phase: Phase) -> nodes.Node:
        card = nodes.container(classes=["road-phase", f"phase-{phase.number}"])
        card += nodes.raw("", f"<h2>{phase.heading}</h2>", format="html")
        when = f"Weeks {phase.first}–{phase.last} · {phase.hours} hours"
        card += nodes.paragraph(when, when, classes=["road-when"])
        days = nodes.enumerated_list(start=phase.first, enumtype="arabic", prefix="", suffix="")
        for each in phase.chapters:
            title = nodes.paragraph()
            title += nodes.strong("", "", link(self.env, each, each.title))
            builds = nodes.paragraph(each.builds, each.builds)
            days += nodes.list_item("", title, builds)
        card += days
        done = nodes.paragraph(classes=["road-done"])
        done += nodes.strong("", f"After week {phase.last}. ")
        done += nodes.Text(phase.milestone)
        card += done
        return card


ROLES = {"week": Week, "chapter": ChapterRole, "weeks": Weeks, "ends": Ends, "hours": Hours}


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
