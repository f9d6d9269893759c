"""What templates/layout.html needs to know about a page."""

from __future__ import annotations

import re

from docutils import nodes
from sphinx.application import Sphinx

from book.ext.syllabus import CHAPTERS, chapter_number, phase_of

KINDS = {"chapters": "Week", "exercises": "Workbook, week", "solutions": "Solutions, week"}


def links(app: Sphinx, docname: str) -> dict[str, str]:
    """Where a page's source is on the web; Colab for notebooks of lessons and workbooks."""
    options = app.config.html_theme_options
    path = app.env.doc2path(docname, base=False)
    place = f"blob/{options['repository_branch']}/{path}"
    repository = options["repository_url"].rstrip("/")
    found = {"repository": repository, "source": f"{repository}/{place}"}
    colab = options.get("launch_buttons", {}).get("colab_url")
    if colab and str(path).endswith(".ipynb") and not docname.startswith("solutions/"):
        name = repository.removeprefix("https://github.com/")
        found["colab"] = f"{colab.rstrip('/')}/github/{name}/{place}"
    return found


def describe(
    app: Sphinx, pagename: str, template: str, context: dict, doctree: nodes.document
) -> None:
    """On html-page-context: phase, kind of page, links, and whether it has formulas."""
    phase = phase_of(pagename)
    context["phase"] = phase
    context["chapter"] = chapter_number(pagename)
    context["weeks"] = len(CHAPTERS)
    context["kind"] = KINDS.get(pagename.partition("/")[0], "")
    body = context.get("body", "")
    context["has_math"] = "<math " in body
    known = doctree is not None and pagename in app.env.found_docs
    context["links"] = links(app, pagename) if known else {}
    # MyST-NB's label says less than the line itself ("Show the tests").
    body = body.replace('<summary aria-label="Toggle hidden content">', "<summary>")
    # "5 · Designing an IR": the number gets the color of the phase.
    context["body"] = re.sub(
        r"<h1>(\d{1,2}) · ", r'<h1><span class="chapter-number">\1</span> ', body, count=1
    )


def setup(app: Sphinx) -> None:
    app.connect("html-page-context", describe, priority=900)
