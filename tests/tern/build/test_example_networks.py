"""Whole networks, written in tern, agree with PyTorch through the interpreter."""

from collections.abc import Callable

import pytest

from tern.build import build
from tern.ir import run, verify
from tests.tern.example_networks import Network, encoder, resnet


@pytest.mark.parametrize("make", [encoder, resnet])
def test_a_network_agrees_with_pytorch(make: Callable[[], Network]) -> None:
    network = make()
    module = build(network.source)
    verify(module)
    assert network.agrees(run(module, network.name, *network.arguments))
