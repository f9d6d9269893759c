"""The book as one file, made of two small pages: what a PDF, an EPUB, and a zip hold of them.

The whole book's are made by `python -m book.editions all`. Needs Chromium; EPUBs are also checked
by epubcheck where it is installed.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest

from book import browser

pypdfium2 = pytest.importorskip("pypdfium2")
pytest.importorskip("tornado")
pytest.importorskip("latex2mathml")

from book import editions
from book.ext import formulas
from book.ext.editions import link_editions

ROOT = Path(__file__).resolve().parents[2]
LONG = "result = " + " + ".join(f"argument_{n}" for n in range(30))  # no sheet is as wide
XHTML = "{http://www.w3.org/1999/xhtml}"

pytestmark = pytest.mark.skipif(browser.find_chromium() is None, reason="no Chromium is installed")

PAGE = """<!DOCTYPE html>
<html lang="en" data-content_root="../" data-phase="1" data-theme="light">
<head><meta charset="utf-8"><title>{title}</title>
<link rel="preload" as="font" crossorigin href="../_static/fonts/inter-latin-opsz-normal.woff2">
<link rel="stylesheet" href="../_static/fonts.css">
<link rel="stylesheet" href="../_static/tokens.css">
<link rel="stylesheet" href="../_static/prose.css"></head><body>
<nav><a href="elsewhere.html">Contents</a></nav><main>
<p class="kicker"><span>Phase I</span></p>
<article class="prose"><section id="{name}"><h1>{title}<a class="headerlink" href="#x">#</a></h1>
{body}</section></article></main></body></html>"""
STEPS = "".join(
    f'<section class="step{" telling" * (n != 2)}"><p data-at="{n} of 3">Pass {n}</p>'
    f'<pre class="tern-code"><span class="line">step_{n}</span></pre></section>'
    for n in (1, 2, 3)
)
FIRST = f"""<p>See <a href="chapter02.html#part">part</a>, <a href="chapter02.html">two</a>, and
<a href="../solutions/chapter01.html">what is left out</a>.</p><p class="editions"></p>
<section id="part"><h2>A part &amp; more</h2>
<div class="cell"><div class="highlight"><pre>{LONG}\nprint(result &lt; 3)</pre></div></div>
<div class="tern"><style>.tern {{ color: inherit }}</style><div class="tern-scrubber">
<div class="bar"><button>B</button></div>{STEPS}</div><script>let x = 1</script></div></section>"""
FORMULA = formulas.mathml(r"\frac{x^2}{3}")
SECOND = f"""<p>The root is {FORMULA}.</p>
<section id="part"><h2>Part two</h2><details><summary>Why?</summary><p>Because.</p></details>
<svg viewBox="0 0 9 9" role="img" aria-label="arrow">
<defs><marker id="tip"><path d="M0 0h9"/></marker></defs>
<path d="M0 0h9" marker-end="url(#tip)"/></svg><p><a href="#part">here</a></p></section>"""


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    site = tmp_path_factory.mktemp("html")
    (site / "chapters").mkdir()
    static = site / "_static"
    shutil.copytree(ROOT / "book" / "static", static)
    shutil.copytree(ROOT / "book" / "vendor" / "fonts", static / "fonts")
    for name, title, body in (("chapter01", "One", FIRST), ("chapter02", "Two", SECOND)):
        text = PAGE.format(name=name, title=title, body=body)
        (site / "chapters" / f"{name}.html").write_text(text, encoding="utf-8")
    return site


PARTS = [
    editions.Part("", ["chapters/chapter01.html"]),
    editions.Part("Phase I", ["chapters/chapter02.html"]),
]


def test_a_pdf_has_every_line_a_contents_with_numbers_and_links(site) -> None:
    pdf = asyncio.run(editions.make_pdf(site, PARTS))
    with pypdfium2.PdfDocument(pdf) as document:
        texts = [page.get_textpage().get_text_range() for page in document]
        marks = [(mark.level, mark.get_title().strip()) for mark in document.get_toc()]
        links = len(list_of_links(document))
    text = re.sub(r"\s+", "", "".join(texts))
    assert re.sub(r"\s+", "", LONG) in text and "print(result<3)" in text
    assert "Step1of3·Pass1" in text and "step_3" in text and "step_2" not in text
    assert "Because." in text
    assert [title for _, title in marks] == ["One", "A part & more", "Two", "Part two"]
    first, second = (
        n for n, page in enumerate(texts, 1) if "One" in page or "Two" in page if n > 2
    )
    contents = re.sub(r"\s+", " ", texts[1])
    assert f"One {first}" in contents and f"Two {second}" in contents, contents
    assert links >= 6  # two pages, a section each, and the links in the text
    assert texts[first - 1].split()[-1] == str(first)  # the foot of the sheet
    assert not list((site / editions.FOLDER).glob("*.html"))


def list_of_links(document) -> list:
    """The places in a PDF that lead somewhere."""
    from ctypes import byref, c_int

    raw = pypdfium2.raw
    found = []
    for page in document:
        at, link = c_int(0), raw.FPDF_LINK()
        while raw.FPDFLink_Enumerate(page.raw, byref(at), byref(link)):
            found.append(link)
            link = raw.FPDF_LINK()
    return found


@pytest.fixture(scope="module")
def epub(site) -> Path:
    return editions.make("epub", site, PARTS)


def test_an_epub_has_well_formed_pages_whose_links_lead_somewhere(epub) -> None:
    with zipfile.ZipFile(epub) as archive:
        names = archive.namelist()
        assert names[0] == "mimetype" and archive.read("mimetype") == b"application/epub+zip"
        files = {n: ElementTree.fromstring(archive.read(n)) for n in names if n.endswith(".xhtml")}
        package = archive.read("book/package.opf").decode()
    assert set(re.findall(r'href="([^"]+)"', package)) == {
        name.removeprefix("book/") for name in names if name.startswith("book/")
    } - {"package.opf"}
    ids = {name: {e.get("id") for e in tree.iter() if e.get("id")} for name, tree in files.items()}
    links = [(name, a.get("href")) for name, tree in files.items() for a in tree.iter(f"{XHTML}a")]
    assert len(links) >= 7
    for name, href in links:
        page, _, place = href.partition("#")
        target = f"book/{page}" if page else name
        assert target in files and (not place or place in ids[target]), (name, href)
    tags = {e.tag.rpartition("}")[2] for tree in files.values() for e in tree.iter()}
    assert tags >= {"math", "svg"} and not tags & {"script", "button", "details", "style"}


def test_epubcheck_finds_nothing(epub) -> None:
    if not shutil.which("epubcheck"):
        pytest.skip("epubcheck is not installed")
    # Debian's is a program of Java that the kernel cannot start by itself everywhere.
    command = [*(["java", "-jar"] if shutil.which("java") else []), str(shutil.which("epubcheck"))]
    run = subprocess.run([*command, str(epub)], capture_output=True, text=True)
    assert run.returncode == 0 and "WARNING" not in run.stderr, run.stdout + run.stderr


def test_a_zip_has_all_but_the_editions_and_offers_none(site, epub) -> None:
    landing = site / PARTS[0].pages[0]
    link_editions(site, landing)
    assert f'href="../editions/{epub.name}"' in landing.read_text()
    file = editions.make("zip", site, PARTS)
    with zipfile.ZipFile(file) as archive:
        names = {name.partition("/")[2] for name in archive.namelist()}
        inside = archive.read(f"{editions.NAME}/chapters/chapter01.html").decode()
    assert "editions/" not in inside and '<p class="editions"></p>' in inside
    assert {"chapters/chapter02.html", "_static/book.js"} <= names
    assert not any(name.startswith("editions") for name in names)


def test_the_pages_of_a_zip_open_from_a_disk_without_an_error(site, tmp_path) -> None:
    with zipfile.ZipFile(editions.make("zip", site, PARTS)) as archive:
        archive.extractall(tmp_path)
    wrong: list = []

    def listen(name: str, params: dict) -> None:
        if name == "Network.loadingFailed" or params.get("entry", {}).get("level") == "error":
            wrong.append(params)

    async def fonts() -> list[str]:
        async with browser.Browser(listen) as page:
            await page.open((tmp_path / editions.NAME / PARTS[0].pages[0]).as_uri(), 1000)
            loaded = '[...document.fonts].filter((font) => font.status === "loaded")'
            return await page.evaluate(f"{loaded}.map((font) => font.family)")

    assert "Inter" in asyncio.run(fonts()) and wrong == []


def test_the_editions_hold_the_whole_book_but_the_solutions() -> None:
    pages = [page for part in editions.contents(ROOT) for page in part.pages]
    assert pages[0] == "chapters/intro.html" and len(pages) == len(set(pages))
    assert "exercises/chapter05/chapter05.html" in pages
    assert not [page for page in pages if page.startswith("solutions")]
    assert len({editions.slug(page) for page in pages}) == len(pages)
