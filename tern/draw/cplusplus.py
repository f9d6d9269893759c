"""Listings of C++, with its words in color."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tern.draw import listing
from tern.draw.picture import Picture, picture

TOKEN = re.compile(
    r"(?P<c>//.*)"
    r"|(?P<s>\"(?:[^\"\\]|\\.)*\")"
    r"|(?P<t>(?<=#)\s*\w+|\b(?:bool|char|int|long|unsigned|double|void|auto|std|u?int\d+_t|size_t)\b)"
    r"|(?P<o>\b(?:alignas|break|case|class|const|constexpr|continue|decltype|default|delete|do|else"
    r"|enum|explicit|false|for|friend|if|inline|mutable|namespace|new|noexcept|nullptr|operator"
    r"|override|private|protected|public|return|sizeof|static|static_assert|static_cast|struct"
    r"|reinterpret_cast|switch|template|this|throw|true|try|catch|typename|using|virtual|while)\b)"
    r"|(?P<n>\b\d[\w.']*)"
)


def panel(text: str, highlight: Iterable[int] = ()) -> str:
    """A listing as HTML; `highlight` holds line numbers, from 1."""
    lit = set(highlight)
    lines = "".join(
        f'<span class="line{" lit" * (n in lit)}">{listing.colored(line, TOKEN) or " "}</span>'
        for n, line in enumerate(text.strip("\n").split("\n"), 1)
    )
    return f'<pre class="tern-code" tabindex="0">{lines}</pre>'


def cpp(text: str, title: str = "", highlight: Iterable[int] = ()) -> Picture:
    """A listing of C++, under its title; lines in `highlight`, from 1, are marked."""
    body = listing.titled(panel(text, highlight), title)
    return picture(body, text, title or "listing", listing.STYLE, listing=True)
