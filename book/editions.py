"""The book as one file, from the pages that Jupyter Book has built.

    python -m book.editions pdf      # clickable contents, page numbers, light colors, code whole
    python -m book.editions epub     # for reading devices: text that flows, MathML, SVG
    python -m book.editions zip      # the pages for reading offline: unpack it, open index.html
    python -m book.editions all

They go to _build/html/editions, and the landing page links those that are there. PDF and EPUB hold
the front matter, the lessons, and the workbooks; the solutions, which repeat these, are in the zip.
The first two need Chromium.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import sys
import zipfile
from datetime import UTC, datetime
from html import escape
from pathlib import Path, PurePosixPath
from typing import NamedTuple
from urllib.parse import unquote

import yaml

from book.browser import Browser
from book.epub import Chapter, write_epub
from book.ext.editions import FOLDER, link_editions
from book.screenshots import served

ROOT = Path(__file__).resolve().parents[1]
NAME = "ai-compiler-engineer"
ASIDE = "solutions/"
PRELOAD = re.compile(rb'\s*<link rel="preload"[^>]*>')
SHEETS = ("fonts", "tokens", "page", "prose", "cells", "boxes", "front", "print")
FOOTER = (
    '<div style="width: 100%; font: 8pt sans-serif; color: #5f584c; text-align: center">'
    '<span class="pageNumber"></span></div>'
)


class Part(NamedTuple):
    """A part of the contents: its caption and its pages' addresses in the built book."""

    caption: str
    pages: list[str]


class Heading(NamedTuple):
    level: int  # 1 is a page's title
    id: str
    text: str


class Page(NamedTuple):
    """A page made ready for a book: XHTML without scripts, with links to places in the book."""

    href: str  # in the built book
    slug: str
    phase: str  # "1" to "4", or ""
    xhtml: str
    headings: list[Heading]
    styles: list[str]  # of its figures
    files: dict[str, str]  # its pictures: name in the book, address in the built book


def contents(root: Path) -> list[Part]:
    """The parts of _toc.yml without the solutions."""
    toc = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    parts = [Part("", [toc["root"]])]
    for part in toc["parts"]:
        files = [
            each["file"] for page in part["chapters"] for each in [page, *page.get("sections", [])]
        ]
        parts.append(Part(part["caption"], files))
    return [
        Part(caption, [f"{file}.html" for file in files if not file.startswith(ASIDE)])
        for caption, files in parts
    ]


def slug(href: str) -> str:
    """A page's name in the book.

    >>> slug("exercises/chapter05/chapter05.html"), slug("chapters/chapter05.html")
    ('workbook05', 'chapter05')
    """
    name = PurePosixPath(href).stem
    return name.replace("chapter", "workbook") if href.startswith("exercises/") else name


def title(site: Path, parts: list[Part]) -> str:
    """The book's title: that of its first page."""
    html = (site / parts[0].pages[0]).read_text(encoding="utf-8")
    found = re.search(r"<title>(.*?)</title>", html, re.S)
    return found[1].strip() if found else "The book"


# Makes the page's text ready, in the page itself: the browser knows HTML, and writes XHTML.
# `target` maps a page's address to its place in the book: "#slug" or "slug.xhtml".
READY = """
((slug, target, single) => {
  // Reading devices know neither variables nor mixed colors: what a figure's style comes to is
  // written to its elements. Ink stays the device's own, so that figures are legible at night.
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const color = (value, ink) => {
    if (value === ink) return "currentColor";
    if (value === "none" || /^(rgb|url)/.test(value)) return value;
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = value;
    canvas.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
    return `rgba(${red}, ${green}, ${blue}, ${(alpha / 255).toFixed(2)})`;
  };
  const family = (value) => /mono/i.test(value) ? '"JetBrains Mono", monospace' : "sans-serif";
  const DRAWN = ["fill", "stroke", "stroke-width", "stroke-dasharray", "font-family", "font-size",
                 "font-weight"];
  const plain = (figure) => {
    const ink = getComputedStyle(figure).color, marks = [];
    const found = [...figure.querySelectorAll("*")].map((element) => {
      const style = getComputedStyle(element);
      const around = getComputedStyle(element.parentElement);
      const drawn = element.namespaceURI.endsWith("svg");
      const said = [];
      const say = (name, value) => said.push(`${name}: ${value}`);
      for (const name of drawn ? DRAWN : ["color", "font-weight"]) {
        const value = style[name];
        if (value === around[name] && element.localName !== "svg") continue;
        if (name === "font-family") say(name, family(value));
        else say(name, /fill|stroke$|color/.test(name) ? color(value, ink) : value);
      }
      if (style.opacity !== "1") say("opacity", style.opacity);
      if (!drawn && style.backgroundColor !== "rgba(0, 0, 0, 0)" && element.localName !== "pre")
        say("background-color", color(style.backgroundColor, ""));
      if (!drawn && around.display === "flex" && element.localName === "span")
        say("margin-right", "1em");
      const mark = getComputedStyle(element, "::before");  // of a legend's entry
      if (!drawn && mark.content === '""' && element.closest(".key")) {
        const made = document.createElement("b");
        made.style = `background-color: ${color(mark.backgroundColor, "")}; ` +
          "display: inline-block; width: 0.8em; height: 0.8em; margin-right: 0.3em";
        marks.push([element, made]);
      }
      if (style.textDecorationLine !== "none") say("text-decoration", style.textDecorationLine);
      if (style.display === "block" && element.localName === "span") say("display", "block");
      return [element, said.join("; ")];
    });
    for (const [element, said] of found) {
      element.removeAttribute("style");
      if (said) element.setAttribute("style", said);
    }
    for (const [element, mark] of marks) element.prepend(mark);
  };
  const prose = document.querySelector(".prose");
  const all = (selector) => [...prose.querySelectorAll(selector)];
  const kicker = document.querySelector(".kicker");
  if (kicker) prose.prepend(kicker);
  const styles = all("style").map((style) => style.textContent);
  if (!single) all(".tern").forEach(plain);
  const left = "style, script, noscript, .headerlink, .copy, .bar, .now-at, .editions, " +
    ".step:not(.telling), details.hide > summary";
  all(left).forEach((element) => element.remove());
  for (const step of all("[data-at]")) {
    const at = document.createElement("small");
    at.textContent = `Step ${step.dataset.at} · `;
    step.prepend(at);
    delete step.dataset.at;
  }
  for (const [from, to] of [["details", "div"], ["summary", "p"]])
    for (const element of all(from)) {
      const made = document.createElement(to);
      made.className = `${element.className} open-${from}`;
      made.append(...element.childNodes);
      element.replaceWith(made);
    }
  all("[tabindex]").forEach((element) => element.removeAttribute("tabindex"));
  // Names: in one file those of two pages may meet.
  const named = (id) => single ? `${slug}--${id}` : id;
  for (const element of all("[id]")) element.id = named(element.id);
  for (const element of all("svg *"))
    for (const { name, value } of [...element.attributes])
      if (value.includes("url(#"))
        element.setAttribute(name, value.replaceAll("url(#", `url(#${named("")}`));
  const site = new URL(document.documentElement.dataset.content_root, location.href).href;
  for (const link of all("a[href]")) {
    const url = new URL(link.getAttribute("href"), location.href);
    if (!url.href.startsWith(site)) continue;
    const page = url.href.slice(site.length).split(/[?#]/)[0];
    const place = decodeURIComponent(url.hash.slice(1));
    if (!(page in target)) link.replaceWith(...link.childNodes);
    else if (!single) link.setAttribute("href", target[page] + (place ? `#${place}` : ""));
    else link.setAttribute("href", target[page] + (place ? `--${place}` : ""));
  }
  const files = {};
  for (const image of all("img[src]")) {
    const url = new URL(image.getAttribute("src"), location.href).href;
    if (!url.startsWith(site)) continue;
    const path = url.slice(site.length);
    const name = `files/${path.split("/").pop()}`;
    files[name] = path;
    image.setAttribute("src", single ? `../${path}` : name);
  }
  const headings = all("h1, h2, h3, h4, h5, h6").map((heading, number) => {
    heading.id ||= `${named("heading")}-${number}`;
    return [Number(heading.localName[1]), heading.id, heading.textContent.trim()];
  });
  const write = new XMLSerializer();
  return {
    phase: document.documentElement.dataset.phase ?? "", headings, styles, files,
    xhtml: [...prose.childNodes].map((node) => write.serializeToString(node)).join(""),
  };
})
"""


async def ready(browser: Browser, root: str, hrefs: list[str], single: bool) -> list[Page]:
    """The pages, opened one after another without their scripts."""
    target = {href: f"#{slug(href)}" if single else f"{slug(href)}.xhtml" for href in hrefs}
    await browser.call("Emulation.setScriptExecutionDisabled", value=True)
    pages = []
    for href in hrefs:
        await browser.open(root + href, 1000)
        given = ", ".join(json.dumps(each) for each in (slug(href), target, single))
        made = await browser.evaluate(f"{READY}({given})")
        headings = [Heading(*each) for each in made.pop("headings")]
        pages.append(Page(href, slug(href), headings=headings, **made))
    return pages


# ---- PDF ----------------------------------------------------------------------------------------


async def make_pdf(site: Path, parts: list[Part]) -> bytes:
    """All pages in one, printed twice: the second time the contents know the pages' numbers."""
    name = title(site, parts)
    file = site / FOLDER / "one-page.html"
    file.parent.mkdir(exist_ok=True)
    with served(site) as root:
        async with Browser(patience=1800) as browser:
            hrefs = [href for part in parts for href in part.pages]
            pages = await ready(browser, root, hrefs, single=True)
            numbers: dict[str, int] = {}
            pdf = b""
            try:
                for time in range(2):
                    file.write_text(one_page(name, parts, pages, numbers), encoding="utf-8")
                    await browser.open(f"{root}{FOLDER}/{file.name}?{time}", 1000)
                    pdf = await browser.pdf(
                        printBackground=True,
                        displayHeaderFooter=True,
                        headerTemplate="<span></span>",
                        footerTemplate=FOOTER,
                        generateTaggedPDF=True,
                        generateDocumentOutline=True,
                    )
                    numbers = page_numbers(pdf, pages)
            finally:
                file.unlink()
    return pdf


def one_page(name: str, parts: list[Part], pages: list[Page], numbers: dict[str, int]) -> str:
    """The whole book as one HTML page; `numbers` are those of the sheets, by the headings' ids."""
    sheets = "".join(f'<link rel="stylesheet" href="../_static/{each}.css"/>' for each in SHEETS)
    styles = "\n".join(dict.fromkeys(style for page in pages for style in page.styles))
    articles = "".join(
        f'<article class="prose edition" id="{page.slug}"'
        + (f' data-phase="{page.phase}"' if page.phase else "")
        + f">{page.xhtml}</article>"
        for page in pages
    )
    when = datetime.now(UTC).strftime("%B %Y")
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"/><title>{escape(name)}</title>'
        f"{sheets}<style>{styles}</style></head><body>"
        f'<header class="title-page"><p class="title">{escape(name)}</p><p>{when}</p></header>'
        f'<nav class="edition-contents" aria-label="Contents"><p class="title">Contents</p>'
        f"{contents_list(parts, pages, numbers)}</nav><main>{articles}</main></body></html>"
    )


def contents_list(parts: list[Part], pages: list[Page], numbers: dict[str, int]) -> str:
    """Parts, their pages, and their pages' sections, each with the number of its sheet."""
    by_href = {page.href: page for page in pages}

    def line(heading: Heading, to: str) -> str:
        number = f"<span>{numbers[heading.id]}</span>" if heading.id in numbers else ""
        return f'<a href="#{to}"><span>{escape(heading.text)}</span>{number}</a>'

    made = []
    for part in parts:
        made.append(f"<p>{escape(part.caption)}</p>" if part.caption else "")
        for href in part.pages:
            page = by_href[href]
            below = "".join(
                f"<li>{line(each, each.id)}</li>" for each in page.headings if each.level == 2
            )
            lesson = page.slug.startswith("chapter")
            made.append(
                f"<ul><li>{line(page.headings[0], page.slug)}"
                + (f"<ul>{below}</ul>" if below and lesson else "")
                + "</li></ul>"
            )
    return "".join(made)


def page_numbers(pdf: bytes, pages: list[Page]) -> dict[str, int]:
    """The sheet of every heading, from the PDF's own outline, which has them in their order.

    RuntimeError if the outline has others than the pages.
    """
    import pypdfium2

    headings = [heading for page in pages for heading in page.headings]
    with pypdfium2.PdfDocument(pdf) as document:
        targets = [mark.get_dest() for mark in document.get_toc(max_depth=10)]
        sheets = [(target.get_index() or 0) + 1 for target in targets if target is not None]
    if len(sheets) != len(headings):
        raise RuntimeError(f"the PDF's outline has {len(sheets)} entries, not {len(headings)}")
    return {heading.id: sheet for heading, sheet in zip(headings, sheets)}


# ---- EPUB and zip -------------------------------------------------------------------------------


async def make_epub(site: Path, parts: list[Part], file: Path) -> None:
    hrefs = [href for part in parts for href in part.pages]
    with served(site) as root:
        async with Browser() as browser:
            pages = {page.href: page for page in await ready(browser, root, hrefs, single=False)}
    files = {
        name: (site / unquote(path)).read_bytes()
        for page in pages.values()
        for name, path in page.files.items()
    }
    chapters = [
        (
            part.caption,
            [
                Chapter(
                    page.slug,
                    page.phase,
                    page.xhtml,
                    page.headings[0].text,
                    [(each.id, each.text) for each in page.headings if each.level == 2],
                )
                for page in (pages[href] for href in part.pages)
            ],
        )
        for part in parts
    ]
    write_epub(file, title(site, parts), chapters, files, site / "_static")


def make_zip(site: Path, file: Path) -> None:
    """Every file of the built book but the editions themselves, in one folder.

    Without the hints to load fonts early: browsers follow none for files on a disk, and say so.
    """
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(site.rglob("*")):
            name = path.relative_to(site)
            if path.is_file() and name.parts[0] not in {FOLDER, ".buildinfo", ".doctrees"}:
                content = path.read_bytes()
                if path.suffix == ".html":
                    content = PRELOAD.sub(b"", content)
                archive.writestr(Path(NAME, name).as_posix(), content)


def make(kind: str, site: Path, parts: list[Part]) -> Path:
    """Make one edition and say where it is."""
    file = site / FOLDER / f"{NAME}.{kind}"
    file.parent.mkdir(exist_ok=True)
    if kind == "pdf":
        file.write_bytes(asyncio.run(make_pdf(site, parts)))
    elif kind == "epub":
        asyncio.run(make_epub(site, parts, file))
    else:
        link_editions(site, site / parts[0].pages[0], keep=())  # a copy offers no copies
        make_zip(site, file)
    return file


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("kind", choices=["pdf", "epub", "zip", "all"])
    parser.add_argument("site", nargs="?", type=Path, default=ROOT / "_build" / "html")
    options = parser.parse_args(arguments)
    parts = contents(ROOT)
    if not (options.site / parts[0].pages[0]).is_file():
        print(f"{options.site}: no built book (jupyter-book build .)", file=sys.stderr)
        return 2
    for kind in ("pdf", "epub", "zip") if options.kind == "all" else (options.kind,):
        file = make(kind, options.site, parts)
        print(f"{file}: {file.stat().st_size / 1e6:.1f} MB")
    link_editions(options.site, options.site / parts[0].pages[0])
    return 0


if __name__ == "__main__":
    sys.exit(main())
