"""The contents beside every page, in groups that fold, and where a page's turns lead.

A group is a part of _toc.yml: a phase, or pages before and after them. The group of the open page
is open, and so is the first one where a page is in none (the landing page, the search). Under the
open chapter stand its workbook, its solutions, and the sections of the open page; under other
chapters nothing, so that 28 of them fit on one screen. templates/contents.html draws it.
"""

from __future__ import annotations

import re
from html import escape
from typing import Any, NamedTuple, cast

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder

from book.ext.syllabus import Phase, phase_of

ASIDE = "solutions/"  # no page turns lead there: solutions are looked at on purpose


class Link(NamedTuple):
    title: str  # as HTML
    href: str
    current: bool = False


class Page(NamedTuple):
    """A page of a group, with what stands under it while it, or a page under it, is open."""

    number: str  # of a chapter, else empty
    link: Link
    open: bool
    below: list[Link]  # its workbook and solutions
    sections: list[Link]  # of the open page


class Group(NamedTuple):
    caption: str
    phase: Phase | None
    open: bool
    pages: list[Page]


def groups(app: Sphinx, pagename: str) -> list[Group]:
    """The contents as the page `pagename` shows them."""
    found = []
    for caption, docs in parts(app):
        pages = [page(app, pagename, doc) for doc in docs]
        here = any(each.open for each in pages)
        found.append(Group(caption, phase_of(docs[0]), here, pages))
    if found and not any(group.open for group in found):
        found[0] = found[0]._replace(open=True)
    return found


def parts(app: Sphinx) -> list[tuple[str, list[str]]]:
    """The captions of the root's lists, and the documents of each."""
    trees = app.env.get_doctree(app.config.root_doc).findall(addnodes.toctree)
    found = [(tree["caption"] or "", [doc for _, doc in tree["entries"]]) for tree in trees]
    return [(caption, docs) for caption, docs in found if docs]


def page(app: Sphinx, pagename: str, doc: str) -> Page:
    below = app.env.toctree_includes.get(doc, [])
    number, title = split(html(app, app.env.titles[doc]))
    is_open = pagename == doc or pagename in below
    return Page(
        number,
        Link(title, address(app, pagename, doc), pagename == doc),
        is_open,
        [link(app, pagename, each) for each in below] if is_open else [],
        sections(app, pagename) if is_open else [],
    )


def split(title: str) -> tuple[str, str]:
    """A chapter's number and its title.

    >>> split("5 · Designing an IR"), split("Set-up")
    (('5', 'Designing an IR'), ('', 'Set-up'))
    """
    match = re.fullmatch(r"(\d{1,2}) · (.*)", title)
    return (match[1], match[2]) if match else ("", title)


def link(app: Sphinx, pagename: str, doc: str) -> Link:
    """A page under a chapter, called by its folder."""
    name = {"exercises": "Workbook", "solutions": "Solutions"}.get(doc.partition("/")[0])
    title = name or html(app, app.env.titles[doc])
    return Link(title, address(app, pagename, doc), pagename == doc)


def address(app: Sphinx, pagename: str, doc: str) -> str:
    return app.builder.get_relative_uri(pagename, doc) or "#"


def sections(app: Sphinx, doc: str) -> list[Link]:
    """The sections of a page, without those within them."""
    top = next(app.env.tocs[doc].findall(nodes.bullet_list), None)
    lists = [] if top is None else [each for item in top for each in item.children[1:]]
    return [
        Link(html(app, reference), reference["anchorname"])
        for inner in lists
        for item in inner.children
        for reference in list(item.findall(nodes.reference))[:1]
    ]


def html(app: Sphinx, node: nodes.Element) -> str:
    """A title's words as HTML, its code as code."""
    if all(isinstance(child, nodes.Text) for child in node.children):
        return escape(node.astext())
    words = nodes.inline("", "", *(child.deepcopy() for child in node.children))
    return cast(StandaloneHTMLBuilder, app.builder).render_partial(words)["fragment"]


def turns(app: Sphinx, pagename: str, context: dict[str, Any]) -> None:
    """The page before and after, past the solutions: lesson, workbook, next lesson."""
    order = list(app.env.collect_relations())
    if pagename not in order:
        return
    at = order.index(pagename)
    before = [doc for doc in order[:at] if not doc.startswith(ASIDE)]
    after = [doc for doc in order[at + 1 :] if not doc.startswith(ASIDE)]
    for key, docs in (("prev", before[-1:]), ("next", after[:1])):
        context[key] = next((turn(app, pagename, doc) for doc in docs), None)


def turn(app: Sphinx, pagename: str, doc: str) -> dict[str, str]:
    return {
        "link": app.builder.get_relative_uri(pagename, doc),
        "title": html(app, app.env.titles[doc]),
    }


def describe(
    app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    """On html-page-context: `contents` for the sidebar, `prev` and `next` for the turns."""
    context["contents"] = groups(app, pagename)
    turns(app, pagename, context)


def setup(app: Sphinx) -> None:
    app.connect("html-page-context", describe, priority=900)
