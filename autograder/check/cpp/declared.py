"""Finds declarations of a header that give a name of namespace std another meaning.

    template <class T> constexpr bool std::is_const_v<T *> = true;
    template <> bool std::operator==(std::string_view, std::string_view) { return true; }

Neither says `namespace std`. Both can only stand outside of all braces, and there a declaration's
name is what comes before its first `(`, `=`, `{`, or `;`.
"""

from __future__ import annotations

from autograder.check.cpp import lex

WHY = "nothing of yours belongs into namespace std"
IN_PARENTHESES = frozenset("decltype alignas noexcept explicit __attribute__ __attribute".split())
# What a type of std's may follow where a declaration's name could stand.
BEFORE_A_TYPE = frozenset(": , > using operator public private protected virtual typename".split())
# These are no part of a name: void ::std::f().
WORDS = BEFORE_A_TYPE | frozenset(
    """auto bool char const constexpr double explicit extern float friend inline int long mutable
    short signed static thread_local typedef unsigned void volatile""".split()
)
OPENING, CLOSING = frozenset("([{"), frozenset(")]}")


class Declarations:
    """The declarations of a text, token by token."""

    def __init__(self) -> None:
        self.inside = 0  # brackets that are open, of any kind but angles
        self.skips = False  # whether these are part of the type, as decltype's are
        self.angles = 0
        self.told = False  # whether the name has been read
        self.head: list[tuple[str, bool]] = []  # what comes before; is it outside of angles?

    def why_not(self, token: lex.Token) -> str | None:
        """Why this token is refused, or None; it follows on those before."""
        text = token.text if token.kind in ("word", "other") else ""
        if self.inside:
            self.inside += (text in OPENING) - (text in CLOSING)
            if not self.inside and text == "}":
                self._begin()
            return None
        if self.angles and text not in (";", "{"):
            self._between(text)
            return None
        named = not self.told and (text in ("(", "=", "{", ";", "operator"))
        if text == "(" and self.head and self.head[-1][0] in IN_PARENTHESES:
            named = False
        why = WHY if named and self._is_of_std() else None
        self.told = self.told or named
        if text == ";":
            self._begin()
        elif text in OPENING:
            self.inside = 1
        elif text == "<" and not self.told:
            self.angles = 1
            self.head.append((text, False))
        elif not self.told:
            self.head.append((text, True))
        return why

    def _begin(self) -> None:
        self.angles, self.told, self.head = 0, False, []

    def _between(self, text: str) -> None:
        """One token between angle brackets."""
        self.head.append((text, False))
        if text in OPENING:
            self.inside = 1
        self.angles += (text == "<") - (text == ">")
        if not self.angles and self.head[0][0] == "template" and not self.head[1][1]:
            self.head = []  # what is declared comes now

    def _is_of_std(self) -> bool:
        """Whether the name that ends here begins with std::, and is no type before another one."""
        at, first = len(self.head), ""
        while at:
            while at and not self.head[at - 1][1]:
                at -= 1  # the arguments of a template
            if not at or not self.head[at - 1][0].isidentifier() or self.head[at - 1][0] in WORDS:
                break
            first, at = self.head[at - 1][0], at - 1
            if [each[0] for each in self.head[max(at - 2, 0) : at]] != [":", ":"]:
                break
            at -= 2
        if self.head[-2:] == [(":", True)] * 2 and self.head[-3:-2] == [("std", True)]:
            return True  # std::operator
        return first == "std" and at > 0 and self.head[at - 1][0] not in BEFORE_A_TYPE
