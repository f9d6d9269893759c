"""Configurations of a matrix product cross as they are, and nothing else crosses as one."""

from __future__ import annotations

import pytest

from autograder.worker.codecs.configurations import ConfigurationCodec
from autograder.worker.wire import Unsendable
from tern.gpu.configurations import Configuration


def test_a_configuration_crosses() -> None:
    codec, how = ConfigurationCodec(), Configuration(64, 32, 16, 4, 2, 1, 7)
    assert codec.encode(how) == [64, 32, 16, 4, 2, 1, 7] and codec.decode(codec.encode(how)) == how


def test_numbers_are_ints() -> None:
    codec = ConfigurationCodec()
    with pytest.raises(Unsendable, match="holds ints, not float: 64.0"):
        codec.encode(Configuration(64.0))  # type: ignore[arg-type]
    for data in ([1, 2, 3], [1, 2, 3, 4, 5, 6, "7"], [True] * 7):
        with pytest.raises(ValueError, match="no configuration"):
            codec.decode(data)
