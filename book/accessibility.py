"""What axe-core finds on every built page, at two widths and in two themes.

    python -m book.accessibility _build/html [--axe PATH/axe.min.js]

axe-core tests the rules of WCAG 2 that a program can test: names for what is clicked, contrast,
headings, labels, focus. https://github.com/dequelabs/axe-core; needs Chromium.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import json
import sys
from pathlib import Path

from book.browser import Browser
from book.screenshots import THEMES, WIDTHS, pages_of, served

RUN = """
axe.run(document, {resultTypes: ["violations"]}).then((result) => result.violations.flatMap(
  (found) => found.nodes.map((node) => ({
    rule: found.id, impact: found.impact, help: found.help, where: node.target.join(" "),
    html: node.html.slice(0, 160),
  }))))
"""


def find_axe() -> Path | None:
    """The axe-core that comes with the package axe-core-python, or None."""
    spec = importlib.util.find_spec("axe_core_python")
    return Path(spec.origin).with_name("axe.min.js") if spec and spec.origin else None


async def violations(folder: Path, pages: list[str], axe: Path) -> list[dict]:
    """What breaks a rule, one row an element, with `page`, `width`, and `theme`."""
    source, found = axe.read_text(encoding="utf-8"), []
    with served(folder) as root:
        async with Browser() as browser:
            for page in pages:
                for width in WIDTHS:
                    for theme in THEMES:
                        await browser.open(root + page, width, theme=theme)
                        await browser.evaluate(source + "\n;true")
                        for row in await browser.evaluate(RUN):
                            found.append({"page": page, "width": width, "theme": theme, **row})
    return found


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--axe", type=Path, default=find_axe(), help="another axe.min.js")
    parser.add_argument("--page", action="append", help="a page to open; all, if not given")
    options = parser.parse_args(arguments)
    if options.axe is None:
        parser.error("axe-core is not installed: pip install axe-core-python, or --axe")
    pages = options.page or pages_of(options.folder)
    found = asyncio.run(violations(options.folder, pages, options.axe))
    for row in found:
        print(json.dumps(row))
    print(f"{len(found)} violations on {len(pages)} pages")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
