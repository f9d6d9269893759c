"""Python source as it stands in the package: what a chapter shows cannot drift from it."""

from __future__ import annotations

import inspect
import io
import keyword
import tokenize
from html import escape
from pathlib import Path
from textwrap import dedent

from tern.draw import listing
from tern.draw.picture import Picture, picture

CONSTANTS = {"None", "True", "False", "self", "cls"}


def source(*objects: object) -> Picture:
    """The source of classes, functions, methods, or modules, with the file's path above it.

    Wrappers made with `functools.wraps` show what they wrap. OSError if there is no source.
    """
    bare = [inspect.unwrap(o) if callable(o) else o for o in objects]
    texts = [dedent(inspect.getsource(o)).strip("\n") for o in bare]
    files = dict.fromkeys(path_of(o) for o in bare)
    text = "\n\n\n".join(texts)
    lines = "".join(f'<span class="line">{line or " "}</span>' for line in colored(text))
    body = listing.titled(f'<pre class="tern-code" tabindex="0">{lines}</pre>', ", ".join(files))
    return picture(body, text, "Python source", listing.STYLE, listing=True)


def path_of(thing: object) -> str:
    """The path of the thing's file from its top package on; "" for a notebook's own."""
    module = inspect.getmodule(thing)
    if module is None or module.__name__ == "__main__":
        return ""
    path = Path(inspect.getsourcefile(thing) or "")
    depth = module.__name__.count(".") + (path.name == "__init__.py")
    return "/".join(path.parts[-depth - 1 :])


def colored(text: str) -> list[str]:
    """The lines of Python code as HTML, its tokens marked by kind. O(characters)."""
    lines = text.split("\n")
    marks: list[list[tuple[int, int, str]]] = [[] for _ in lines]
    before = ""
    for token in tokenize.generate_tokens(io.StringIO(text + "\n").readline):
        kind = kind_of(token, before)
        before = token.string
        if not kind:
            continue
        (row, start), (last, end) = token.start, token.end
        for r in range(row, last + 1):
            first, stop = start if r == row else 0, end if r == last else len(lines[r - 1])
            if first < stop:
                marks[r - 1].append((first, stop, kind))
    out = []
    for line, found in zip(lines, marks):
        html, at = "", 0
        for start, end, kind in found:
            html += (
                escape(line[at:start]) + f'<span class="{kind}">{escape(line[start:end])}</span>'
            )
            at = end
        out.append(html + escape(line[at:]))
    return out


def kind_of(token: tokenize.TokenInfo, before: str) -> str:
    """The class of a token in the style sheet; "" for plain text."""
    if token.type == tokenize.COMMENT:
        return "c"
    if token.type == tokenize.NUMBER:
        return "n"
    # Python 3.12 and later cut f-strings into several kinds of tokens.
    if token.type == tokenize.STRING or tokenize.tok_name[token.type].startswith("FSTRING"):
        return "s"
    if token.type != tokenize.NAME:
        return ""
    if before in ("def", "class"):
        return "d"
    if token.string in CONSTANTS:
        return "t"
    if before == "@":
        return "t"
    return "o" if keyword.iskeyword(token.string) else ""
