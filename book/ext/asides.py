"""Blockquotes that open with a bold name become boxes and margin notes.

A notebook is read in places that know no directives, so an aside is written as a blockquote
that opens with its name in bold, `> **Design note.** …`, and still reads well there.
"""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.writers.html5 import HTML5Translator

KINDS = {
    "Aside": "aside",
    "Careful": "careful",
    "Design note": "design-note",
    "Predict": "predict",
    "This week": "this-week",
}


class Box(nodes.General, nodes.Element):
    """An aside: attributes `kind` (a class of the style sheet), `name`, and `heading`."""


def kind_of(quote: nodes.block_quote) -> tuple[str, str, str] | None:
    """The kind, name, and heading that a blockquote's first bold words give, if they do.

    The heading is what follows a colon: `> **Design note: phi or argument.** …`

    >>> from docutils.core import publish_doctree
    >>> kind_of(publish_doctree("x\\n\\n  **Predict.** How many?")[1])
    ('predict', 'Predict', '')
    """
    name_node = opening(quote)
    if name_node is None:
        return None
    name, _, heading = name_node.astext().rstrip(".").partition(":")
    if name.strip() not in KINDS:
        return None
    return KINDS[name.strip()], name.strip(), heading.strip()


def opening(quote: nodes.block_quote) -> nodes.strong | None:
    """The bold words at the very beginning of a blockquote."""
    if not len(quote) or not isinstance(quote[0], nodes.paragraph):
        return None
    first = next((child for child in quote[0].children if child.astext().strip()), None)
    return first if isinstance(first, nodes.strong) else None


class Asides(SphinxPostTransform):
    """Replaces the blockquotes that `kind_of` recognizes, in HTML only."""

    default_priority = 400
    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        for quote in list(self.document.findall(nodes.block_quote)):
            found = kind_of(quote)
            if found is None:
                continue
            kind, name, heading = found
            first, name_node = quote[0], opening(quote)
            assert isinstance(first, nodes.paragraph) and name_node is not None  # found says so
            first.remove(name_node)
            while len(first) and not first[0].astext().strip():
                del first[0]
            if len(first) and isinstance(start := first[0], nodes.Text):
                first[0] = nodes.Text(start.lstrip())
            if not len(first):
                del quote[0]
            quote.replace_self(Box("", *quote.children, kind=kind, name=name, heading=heading))


def visit_box(translator: HTML5Translator, node: Box) -> None:
    name, heading = translator.encode(node["name"]), translator.encode(node["heading"])
    label = f"{name}: {heading}" if heading else name
    translator.body.append(f'<aside role="note" class="box {node["kind"]}" aria-label="{label}">\n')
    translator.body.append(f'<p class="box-name">{name}</p>\n')
    if heading:
        translator.body.append(f'<p class="box-heading">{heading}</p>\n')


def depart_box(translator: HTML5Translator, node: Box) -> None:
    translator.body.append("</aside>\n")


def setup(app: Sphinx) -> None:
    app.add_node(Box, html=(visit_box, depart_box))
    app.add_post_transform(Asides)
