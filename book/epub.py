"""Writes an EPUB 3: one XHTML file a chapter, the contents, one style sheet, fonts, pictures."""

from __future__ import annotations

import mimetypes
import uuid
import zipfile
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import NamedTuple

FONTS = ("jetbrains-mono-latin-wght-normal.woff2", "stix-two-math-subset.woff2")
CONTAINER = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="book/package.opf" media-type="application/oebps-package+xml"/>'
    "</rootfiles></container>\n"
)
FACES = "".join(
    f'@font-face {{ font-family: "{name}"; src: url(fonts/{file}); }}\n'
    for name, file in zip(("JetBrains Mono", "STIX Two Math"), FONTS)
)


class Chapter(NamedTuple):
    slug: str
    phase: str  # "1" to "4", or ""
    xhtml: str
    title: str
    sections: list[tuple[str, str]]  # id and title


def page(title: str, body: str, phase: str = "") -> str:
    at = f' data-phase="{phase}"' if phase else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE html>\n'
        '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"'
        f' lang="en" xml:lang="en"{at}><head><title>{escape(title)}</title>'
        '<link rel="stylesheet" type="text/css" href="book.css"/></head>'
        f"<body>{body}</body></html>\n"
    )


def navigation(title: str, parts: list[tuple[str, list[Chapter]]]) -> str:
    """The contents: parts, chapters, sections."""

    def item(chapter: Chapter) -> str:
        file = f"{chapter.slug}.xhtml"
        below = "".join(
            f'<li><a href="{file}#{name}">{escape(text)}</a></li>'
            for name, text in chapter.sections
        )
        inner = f"<ol>{below}</ol>" if below else ""
        return f'<li><a href="{file}">{escape(chapter.title)}</a>{inner}</li>'

    made = []
    for caption, chapters in parts:
        items = "".join(map(item, chapters))
        made.append(
            f"<li><span>{escape(caption)}</span><ol>{items}</ol></li>" if caption else items
        )
    return page(title, f'<nav epub:type="toc"><h1>Contents</h1><ol>{"".join(made)}</ol></nav>')


def package(title: str, author: str, chapters: list[Chapter], others: list[str]) -> str:
    """The list of all files, and the order in which the chapters are read."""
    name = uuid.uuid5(uuid.NAMESPACE_URL, title)
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    items = []
    for chapter in chapters:
        has = [kind for kind, tag in (("mathml", "<math"), ("svg", "<svg")) if tag in chapter.xhtml]
        properties = f' properties="{" ".join(has)}"' if has else ""
        items.append(
            f'<item id="{chapter.slug}" href="{chapter.slug}.xhtml" '
            f'media-type="application/xhtml+xml"{properties}/>'
        )
    for number, other in enumerate(others):
        kind = "font/woff2" if other.endswith(".woff2") else mimetypes.guess_type(other)[0]
        items.append(f'<item id="file{number}" href="{other}" media-type="{kind}"/>')
    order = "".join(f'<itemref idref="{chapter.slug}"/>' for chapter in chapters)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="name"'
        ' xml:lang="en"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f'<dc:identifier id="name">urn:uuid:{name}</dc:identifier>'
        f"<dc:title>{escape(title)}</dc:title><dc:language>en</dc:language>"
        f"<dc:creator>{escape(author)}</dc:creator>"
        f'<meta property="dcterms:modified">{now}</meta></metadata>'
        '<manifest><item id="nav" href="nav.xhtml" media-type="application/xhtml+xml"'
        f' properties="nav"/>{"".join(items)}</manifest>'
        f'<spine><itemref idref="nav"/>{order}</spine></package>\n'
    )


def write_epub(
    file: Path,
    title: str,
    parts: list[tuple[str, list[Chapter]]],
    pictures: dict[str, bytes],
    static: Path,
    author: str = "The authors of the book",
) -> None:
    """Write the file. `static` is the folder of the built book's style sheets and fonts."""
    chapters = [chapter for _, chapters in parts for chapter in chapters]
    files: dict[str, bytes] = {
        "book.css": FACES.encode() + (static / "epub.css").read_bytes(),
        **{f"fonts/{font}": (static / "fonts" / font).read_bytes() for font in FONTS},
        **pictures,
    }
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/epub+zip", zipfile.ZIP_STORED)
        archive.writestr("META-INF/container.xml", CONTAINER)
        archive.writestr("book/package.opf", package(title, author, chapters, list(files)))
        archive.writestr("book/nav.xhtml", navigation(title, parts))
        for chapter in chapters:
            body = f'<article class="prose">{chapter.xhtml}</article>'
            archive.writestr(f"book/{chapter.slug}.xhtml", page(chapter.title, body, chapter.phase))
        for name, content in files.items():
            archive.writestr(f"book/{name}", content)
