"""The landing page links the editions of book/editions.py that lie beside the built pages.

In the `.md` page {editions} marks the place; it stays empty, and takes no room, without any.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

FOLDER = "editions"
KINDS = {"pdf": "PDF", "epub": "EPUB", "zip": "Pages to read offline"}
PLACE = re.compile(r'(?<=<p class="editions">).*?(?=</p>)', re.DOTALL)


class Editions(SphinxDirective):
    def run(self) -> list[nodes.Node]:
        return [nodes.raw("", '<p class="editions"></p>', format="html")]


def link_editions(site: Path, landing: Path, keep: Sequence[str] = tuple(KINDS)) -> None:
    """Write links to the editions that are there into the place for them, with their sizes."""
    up = "../" * (len(landing.relative_to(site).parts) - 1)
    links = [
        f'<a href="{up}{FOLDER}/{file.name}" download>{KINDS[kind]}</a> '
        f"({file.stat().st_size / 1e6:.1f} MB)"
        for kind in keep
        for file in sorted((site / FOLDER).glob(f"*.{kind}"))
    ]
    said = f"The whole book as one file: {' · '.join(links)}." if links else ""
    text = landing.read_text(encoding="utf-8")
    landing.write_text(PLACE.sub(lambda _: said, text), encoding="utf-8")


def finished(app: Sphinx, error: Exception | None) -> None:
    if not error and app.builder.format == "html":
        site = Path(app.outdir)
        link_editions(site, site / app.builder.get_target_uri(app.config.root_doc))


def setup(app: Sphinx) -> None:
    app.add_directive("editions", Editions)
    app.connect("build-finished", finished)
