"""A configuration of a matrix product crosses as its seven ints."""

from __future__ import annotations

from dataclasses import astuple

from autograder.worker.wire import Codec, Unsendable
from tern.gpu.configurations import Configuration


class ConfigurationCodec(Codec):
    tag = "configuration"

    def encode(self, value: Configuration) -> list:
        numbers = list(astuple(value))
        for each in numbers:
            if type(each) is not int:
                raise Unsendable(f"a configuration holds ints, not {type(each).__name__}: {each!r}")
        return numbers

    def decode(self, data: list) -> Configuration:
        if len(data) != 7 or any(type(each) is not int for each in data):
            raise ValueError(f"no configuration: {str(data)[:100]}")
        return Configuration(*data)
