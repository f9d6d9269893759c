"""A type of tern crosses as its own spelling, a guard as the tuple that it is."""

from __future__ import annotations

import functools

from autograder.worker.wire import Codec, Unsendable
from tern.shapes import Guard
from tern.types import Type, own_spelling, parse_type


class TypeCodec(Codec):
    tag = "type"

    def encode(self, value: Type) -> str:
        text = own_spelling(value)
        try:
            same = read(text) == value
        except ValueError:
            same = False
        if not same:
            raise Unsendable(f"{value!r} is no type of tern's")
        return text

    def decode(self, data: str) -> Type:
        return read(data)


@functools.lru_cache(maxsize=1024)
def read(text: str) -> Type:
    return parse_type(text)


class GuardCodec(Codec):
    tag = "guard"

    def encode(self, value: Guard) -> tuple:
        return tuple(value)

    def decode(self, data: tuple) -> Guard:
        return Guard(*data)
