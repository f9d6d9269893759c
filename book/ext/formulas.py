"""Formulas become MathML while the book is built: a page needs no script to show them.

The TeX that an author wrote goes along as MathML's own annotation: screen readers and the clipboard
(static/book.js) have it, and the page does not show it. What the converter does not know is a
warning with the formula's place, so that a build with -W fails instead of showing raw TeX.
"""

from __future__ import annotations

from html import escape
from xml.etree import ElementTree

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

NAMESPACE = "http://www.w3.org/1998/Math/MathML"
CHILDREN = {"mfrac": 2, "mroot": 2, "msub": 2, "msup": 2, "munder": 2, "mover": 2}
CHILDREN |= {"msubsup": 3, "munderover": 3}
RELATIONS = set(":|")  # the converter takes them for names, which have no space around them
NAMES = set("∞∅")  # and these for operators, which have

ElementTree.register_namespace("", NAMESPACE)


class FormulaError(ValueError):
    """A formula that the converter does not know; one line that says why."""


def mathml(tex: str, display: bool = False) -> str:
    """A formula as a `<math>` element, with its TeX as annotation. Raises FormulaError.

    >>> mathml("x^2").startswith('<math xmlns="http://www.w3.org/1998/Math/MathML" ')
    True
    >>> mathml("\\\\undefined x")
    Traceback (most recent call last):
    book.ext.formulas.FormulaError: \\undefined is no command that the converter knows
    """
    tex = tex.strip()
    try:
        made = ElementTree.fromstring(convert(tex, display="block" if display else "inline"))
    except Exception as error:  # it raises whatever comes up
        raise FormulaError(f"{type(error).__name__}: {error}") from error
    for element in made.iter():
        name = element.tag.partition("}")[2]
        if (text := element.text or "").startswith("\\") and len(text) > 1:
            raise FormulaError(f"{text} is no command that the converter knows")
        if len(element) != CHILDREN.get(name, len(element)):
            raise FormulaError(f"an argument is missing: <{name}> has {len(element)}")
        if name == "mi" and text in RELATIONS:
            element.tag = f"{{{NAMESPACE}}}mo"
            element.attrib.update(dict.fromkeys(("lspace", "rspace"), "0.28em"))
        elif name == "mo" and text in NAMES:
            element.tag = f"{{{NAMESPACE}}}mi"
    body = list(made)
    row = body[0] if len(body) == 1 else None
    if row is None:
        row = ElementTree.Element(f"{{{NAMESPACE}}}mrow")
        row.extend(body)
    for child in body:
        made.remove(child)
    both = ElementTree.SubElement(made, f"{{{NAMESPACE}}}semantics")
    both.append(row)
    note = ElementTree.SubElement(both, f"{{{NAMESPACE}}}annotation")
    note.set("encoding", "application/x-tex")
    note.text = tex
    return ElementTree.tostring(made, encoding="unicode")


def shown(node: nodes.Element, display: bool) -> str:
    """The formula, or its TeX as code after a warning."""
    try:
        return mathml(node.astext(), display)
    except FormulaError as error:
        logging.getLogger(__name__).warning("formula: %s", error, location=node)
        return f"<code>{escape(node.astext())}</code>"


def visit_inline(translator: HTML5Translator, node: nodes.math) -> None:
    translator.body.append(shown(node, display=False))
    raise nodes.SkipNode


def visit_block(translator: HTML5Translator, node: nodes.math_block) -> None:
    translator.body.append(f'<div class="math">{shown(node, display=True)}</div>\n')
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
