"""A cursor crosses as its text, where it stands, and the errors it has collected."""

from __future__ import annotations

import functools

from autograder.worker.codecs.errors import decoded, encoded
from autograder.worker.codecs.tree import are_ints
from autograder.worker.wire import Codec, Unsendable
from tern.text import Cursor, Source
from tern.text.lexer import Token


class CursorCodec(Codec):
    tag, mutable = "cursor", True

    def encode(self, value: Cursor) -> list:
        at, tokens = value.position, value.tokens
        if not 0 <= at < len(tokens) or value.token is not tokens[at]:
            raise Unsendable("cursor.token is not cursor.tokens[cursor.position]: use advance()")
        if type(value.depth) is not int:
            raise Unsendable("cursor.depth is no whole number")
        errors = encoded(value.errors)
        source = value.source
        return [source.text, source.name, source.brackets, at, value.depth, errors]

    def decode(self, data: list) -> Cursor:
        text, name, brackets, position, depth, errors = data
        kinds = type(text), type(name), type(brackets)
        if kinds != (str, str, bool) or not are_ints([position, depth]):
            raise ValueError("a damaged cursor")
        source = Source(text, name, brackets=brackets)
        made = Cursor(source, _tokens(text, name))  # one text crosses many times
        if not 0 <= position < len(made.tokens):
            raise ValueError(f"there is no token {position} in {len(made.tokens)}")
        made.position, made.token, made.depth = position, made.tokens[position], depth
        made.errors += [decoded(each, made.source) for each in errors]
        return made

    def assign(self, target: Cursor, changed: Cursor) -> None:
        if target.source.text != changed.source.text:
            raise ValueError("a cursor in another text")
        target.position, target.depth = changed.position, changed.depth
        target.token = target.tokens[target.position]
        target.errors = changed.errors


@functools.lru_cache(maxsize=8)
def _tokens(text: str, name: str) -> tuple[Token, ...]:
    return tuple(Cursor(Source(text, name)).tokens)
