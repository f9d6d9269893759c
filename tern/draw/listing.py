"""Panels of code and IR, alone or side by side with matching parts marked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape

from tern.draw.picture import Picture, picture

STYLE = """
.tern-code { margin: 0; padding: 0.85em 1em; overflow-x: auto; border: 1px solid var(--rule,
  var(--tern-rule)); border-radius: 8px;
  background: var(--sunken, var(--tern-faint)); font: var(--size-code, 0.83rem)/1.6
    var(--tern-code); white-space: pre; tab-size: 4; font-variant-ligatures: none; color:
    inherit; }
.tern-code .line { display: block; min-width: max-content; margin: 0 -1em; padding: 0 1em; }
.tern-code .line.lit { background: color-mix(in srgb, var(--tern-accent) 15%, transparent);
  box-shadow: inset 3px 0 var(--tern-accent); }
.tern-code .v { color: var(--code-name, #4c7bea); }
.tern-code .o { color: var(--code-keyword, #c2488f); }
.tern-code .t { color: var(--code-builtin, #8a74cf); }
.tern-code .n { color: var(--code-number, #c07426); }
.tern-code .s { color: var(--code-string, #3f9a5c); }
.tern-code .d { color: var(--code-name, #4c7bea); font-weight: 600; }
.tern-code .c { color: var(--code-comment, #8a8478); }
.tern-code mark { padding: 0.1em 0.15em; border-radius: 4px; background: color-mix(in srgb,
  var(--hue) 15%, transparent);
  box-shadow: 0 0 0 1px color-mix(in srgb, var(--hue) 60%, transparent); color: inherit; }
.tern-title { margin: 0 0 0.4em; font: 650 0.85rem/1.4 var(--tern-ui); color: inherit; }
.tern-panels { display: flex; gap: 1em; }
.tern-panels > section { flex: var(--share) 1 0; min-width: 0; }
@media (max-width: 40rem) {
  .tern-panels { flex-direction: column; }
  .tern-panels > section { flex: none; }
}
"""

# Hues of matching parts that tell apart with any color vision, on light and dark.
HUES = ("#3f7fe0", "#d98a00", "#1d9a7c", "#c2488f", "#7a6cf0", "#8a8f00")

TOKEN = re.compile(
    r"(?P<c>//[^\n]*|^;[^\n]*)"
    r"|(?P<v>%[\w.$-]+(?:[:#]\d+)?|\^\w+|@[\w.$-]+)"
    r"|(?P<t>\b(?:tensor|memref|vector)<[^>\n]*>?>|\b(?:[if]\d+|bf16|index|bool|ptr|label)\b)"
    r"|(?P<o>\b(?:affine|arith|math|cf|scf|func|memref|tensor|linalg|builtin|llvm|vector)\.[\w.]+"
    r"|\b(?:fn|let|return|if|else|while|for|in|and|or|not|phi|br|ret|define|module|def|import)\b)"
    r"|(?P<n>(?<![\w%.])-?\d[\d.]*(?:[eE][+-]?\d+)?\b)",
    re.MULTILINE,
)


def colored(text: str, token: re.Pattern[str] = TOKEN) -> str:
    """A line as HTML, with each `token` marked by the name of its group: of IR or tern, as a rule,
    with values, operations, types, and numbers."""
    out, at = [], 0
    for match in token.finditer(text):
        out.append(escape(text[at : match.start()]))
        out.append(f'<span class="{match.lastgroup}">{escape(match.group())}</span>')
        at = match.end()
    return "".join(out) + escape(text[at:])


def marked(line: str, parts: Sequence[tuple[str, str]]) -> str:
    """A line as HTML with each (part, hue) that occurs in it boxed in its hue.

    Where parts overlap, the longer one wins.
    """
    found: list[tuple[int, int, str]] = []
    for part, hue in sorted(parts, key=lambda p: -len(p[0])):
        start = line.find(part)
        while part and start >= 0:
            end = start + len(part)
            if not any(a < end and start < b for a, b, _ in found):
                found.append((start, end, hue))
            start = line.find(part, end)
    out, at = [], 0
    for start, end, hue in sorted(found):
        inner = colored(line[start:end])
        out.append(colored(line[at:start]) + f'<mark style="--hue: {hue}">{inner}</mark>')
        at = end
    return "".join(out) + colored(line[at:])


def panel(text: str, highlight: Iterable[int] = (), parts: Sequence[tuple[str, str]] = ()) -> str:
    """A listing as HTML; `highlight` holds line numbers, from 1."""
    lit = set(highlight)
    lines = [
        f'<span class="line{" lit" * (i in lit)}">{marked(line, parts) or " "}</span>'
        for i, line in enumerate(text.strip("\n").split("\n"), 1)
    ]
    return f'<pre class="tern-code" tabindex="0">{"".join(lines)}</pre>'


def titled(body: str, title: str, share: float = 1) -> str:
    """A part of a figure under its title; `share` is its weight beside others."""
    head = f'<p class="tern-title">{escape(title)}</p>' if title else ""
    return f'<section style="--share: {share:g}">{head}{body}</section>'


def code(text: object, title: str = "", highlight: Iterable[int] = ()) -> Picture:
    """A listing of IR or tern's source (or anything whose `str` is), with lines marked.

    `highlight` holds line numbers, from 1.
    """
    body = titled(panel(str(text), highlight), title)
    return picture(body, str(text), title or "listing", STYLE, listing=True)


def side_by_side(
    left: object,
    right: object,
    titles: tuple[str, str] = ("", ""),
    matches: Iterable[tuple[str, str]] = (),
    ratio: tuple[float, float] | None = None,
) -> Picture:
    """Two listings, or two pictures, beside each other; one below the other on a phone.

    Each pair of `matches` is a piece of the left text and the piece of the right text that
    corresponds to it: both get the same color, wherever they occur. ValueError if one does
    not occur. `ratio` is how the width is shared; by
    default as the two would like it, but neither gets more than three times the other.
    """
    pairs = list(matches)
    if ratio is None:
        a, b = natural_width(left), natural_width(right)
        ratio = (1, min(3.0, max(1 / 3, b / a)))
    sides = []
    for number, (side, title, share) in enumerate(zip((left, right), titles, ratio)):
        if isinstance(side, Picture):
            sides.append(titled(side.html, title, share))
            continue
        parts = []
        for i, pair in enumerate(pairs):
            if pair[number] not in str(side):
                raise ValueError(f"{pair[number]!r} does not occur in the text titled {title!r}")
            parts.append((pair[number], HUES[i % len(HUES)]))
        sides.append(titled(panel(str(side), parts=parts), title, share))
    text = "\n\n".join(f"{t}\n{s}".strip() for t, s in zip(titles, (repr_of(left), repr_of(right))))
    label = " beside ".join(t for t in titles if t) or "two listings"
    return picture(f'<div class="tern-panels">{"".join(sides)}</div>', text, label, STYLE)


def natural_width(side: object) -> float:
    """How wide a picture or a listing would like to be, in px."""
    if isinstance(side, Picture):
        return side.width
    return 34 + 7.7 * max(len(line) for line in str(side).split("\n"))


def repr_of(side: object) -> str:
    return side.text if isinstance(side, Picture) else str(side)
