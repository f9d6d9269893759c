"""Finds values of namespace std that a header gives itself, such as std::is_same_v<A, B>.

A value of the library's is never followed by an initializer, but where it is specialized.
"""

from __future__ import annotations

import re

from autograder.check.cpp import lex

WHY = "nothing of yours belongs into namespace std"


class Trait:
    """What has been read of such a name, token by token."""

    NAME = re.compile(r"std::(\w+_v)")

    def __init__(self) -> None:
        self.name = ""  # "std::is_same_v", as far as it has come
        self.angles = self.others = 0

    def why_not(self, token: lex.Token) -> str | None:
        """Why this token is refused, or None; it follows on those before."""
        text = token.text
        if self.name == "closed":
            self.name = ""
            if text in ("{", "("):
                return WHY
            if text == "=":
                self.name = "set"
                return None
        elif self.name == "set":
            self.name = ""
            if text != "=":
                return WHY
        elif self.angles:
            self._between(text)
            return None
        elif self.NAME.fullmatch(self.name) and text == "<":
            self.angles, self.others = 1, 0
            return None
        self.name = text if text == "std" else self.name + text if self.name else ""
        if self.name not in ("std", "std:", "std::") and not self.NAME.fullmatch(self.name):
            self.name = ""
        return None

    def _between(self, text: str) -> None:
        """One token between the angle brackets. Those within other brackets compare."""
        if text in ("(", "[", "{"):
            self.others += 1
        elif text in (")", "]", "}"):
            self.others -= 1
        elif self.others == 0:
            self.angles += (text == "<") - (text == ">")
        if not self.angles:
            self.name = "closed"
