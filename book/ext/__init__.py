"""The book's Sphinx extension. Each module does one thing and connects itself to the build."""

from sphinx.application import Sphinx

from book.ext import asides, descent, lexers, notebooks, outputs, page, road

MODULES = (asides, descent, lexers, notebooks, outputs, page, road)


def setup(app: Sphinx) -> dict[str, bool]:
    for module in MODULES:
        module.setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
