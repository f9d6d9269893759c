"""Something to show in a notebook: as HTML where the frontend shows that, else as plain text."""

from __future__ import annotations

import sys
from typing import Any


class Rendered:
    """HTML and the plain text that says the same."""

    def __init__(self, html: str, text: str) -> None:
        self.html, self.text = html, text

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/html": self.html, "text/plain": self.text}

    def __repr__(self) -> str:
        return self.text


def shell() -> Any:
    """The IPython shell that this runs in, or None. Imports nothing."""
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython is not None else None


def show(rendered: Rendered) -> None:
    if shell() is None:
        print(rendered.text)
        return
    from IPython.display import display

    display(rendered)


def somebody_is_there() -> bool:
    """Whether a person can answer: not while the book is built, in nbconvert, or in a pipe."""
    here = shell()
    kernel = getattr(here, "kernel", None)
    if kernel is None:
        return sys.stdin is not None and sys.stdin.isatty()
    # the frontend says with each cell whether it has a way to ask
    return "google.colab" in sys.modules or bool(getattr(kernel, "_allow_stdin", False))
