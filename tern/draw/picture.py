"""What every figure is: HTML for a notebook, and plain text for a terminal."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

FONT = 12.5  # px, of the text in boxes
ADVANCE = 0.602  # em, the width of a character of a monospaced face
LINE = 18  # px, from one line of text to the next

# In the book the variables are the page's own; elsewhere the fallbacks work on light and dark.
STYLE = """
.tern { --tern-accent: var(--accent, #4c7bea); --tern-line: color-mix(in srgb, currentColor
  55%, transparent);
  --tern-faint: color-mix(in srgb, currentColor 5%, transparent); --tern-rule: color-mix(in
    srgb, currentColor 20%, transparent);
  --tern-code: var(--font-code, ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono",
    monospace);
  --tern-ui: var(--font-ui, system-ui, sans-serif); margin: 0.6em 0; color: inherit;
    overflow-x: auto; }
.tern svg { display: block; max-width: 100%; height: auto; margin: 0 auto; }
.tern svg text { font-family: var(--tern-code); font-size: 12.5px; fill: currentColor;
  white-space: pre; font-variant-ligatures: none; }
.tern .ui { font-family: var(--tern-ui); }
.tern .strong { font-weight: 650; }
.tern .soft { opacity: 0.72; }
.tern .accent { fill: var(--tern-accent); }
"""


@dataclass(frozen=True)
class Picture:
    """A figure: `html` is well-formed XML with one root; `text` is what `print` shows.

    `width` is how wide it would like to be, in px.
    """

    html: str
    text: str
    width: float = 680.0

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return self.text


def picture(
    body: str, text: str, label: str, style: str = "", width: float = 680.0, listing: bool = False
) -> Picture:
    """A picture with the common style. `label` names it for readers who cannot see it.

    The book numbers the figures of a page, all but those that are only a `listing`.
    """
    kind = "tern listing" if listing else "tern"
    html = (
        f'<div class="{kind}" role="group" aria-label="{escape(label)}">'
        f"<style>{STYLE}{style}</style>{body}</div>"
    )
    return Picture(html, text, width)


def text_width(text: str, size: float = FONT) -> float:
    """The width of monospaced text, in px."""
    return len(text) * size * ADVANCE


def number(value: float) -> str:
    """A coordinate with at most one decimal: short and the same everywhere."""
    return f"{value:.1f}".removesuffix(".0")
