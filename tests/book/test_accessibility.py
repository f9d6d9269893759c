"""axe-core on the built pages, and that it would find what is wrong. Needs Chromium."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

pytest.importorskip(
    "tornado", reason="the browser is driven with tornado, which comes with Jupyter"
)
pytest.importorskip("axe_core_python")

from book import accessibility, browser, screenshots
from tests.turns import todays

SITE = Path(__file__).resolve().parents[2] / "_build" / "html"
pytestmark = pytest.mark.skipif(browser.find_chromium() is None, reason="no Chromium is installed")


def test_a_bad_page_is_found_out(tmp_path) -> None:
    (tmp_path / "bad.html").write_text(
        "<html><head><title>x</title></head><body><main><h1>x</h1><button></button>"
        '<p style="color: #bbb; background: #fff">pale</p></main></body></html>'
    )
    found = asyncio.run(accessibility.violations(tmp_path, ["bad.html"], accessibility.find_axe()))
    assert {"button-name", "color-contrast", "html-has-lang"} <= {row["rule"] for row in found}
    assert {row["width"] for row in found} == set(screenshots.WIDTHS)


@pytest.mark.skipif(not (SITE / "index.html").exists(), reason="the book is not built")
def test_no_page_breaks_a_rule() -> None:
    pages = todays(screenshots.pages_of(SITE))
    assert pages
    assert asyncio.run(accessibility.violations(SITE, pages, accessibility.find_axe())) == []
