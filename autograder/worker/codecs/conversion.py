"""A conversion crosses by its name: its patterns are functions of the book's, on both sides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograder.worker.wire import Codec
from tern.rewrite import Conversion


class ConversionCodec(Codec):
    tag = "conversion"

    def __init__(self, named: Callable[[str], Conversion]) -> None:
        self.named = named

    def encode(self, value: Conversion) -> str:
        return value.name

    def decode(self, data: Any) -> Conversion:
        return self.named(data)
