"""A cache that tern.cost simulates crosses as its three sizes and its policy."""

from __future__ import annotations

from autograder.worker.wire import Codec
from tern.cost import Cache


class CacheCodec(Codec):
    tag = "cache"

    def encode(self, value: Cache) -> list:
        return [value.size, value.ways, value.line, value.policy]

    def decode(self, data: list) -> Cache:
        return Cache(*data)
