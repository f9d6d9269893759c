"""Modules of MLIR between judge and worker."""

from __future__ import annotations

import copy

import pytest

pytest.importorskip("torch_mlir.ir")

from torch_mlir import ir

from autograder.report.words import show
from autograder.worker import codecs, wire
from tern.workshop.mlir import module_of

TEXT = (
    'func.func @f(%x: i32) -> i32 {\n  %0 = "some.thing"(%x) : (i32) -> i32\n  return %0 : i32\n}'
)


def test_a_module_crosses_as_what_it_is() -> None:
    codecs.register_tern()
    module = module_of(TEXT)
    crossed = wire.Encoded.of((module, 1)).decode()
    assert crossed[1] == 1 and str(crossed[0]) == str(module)
    assert wire.Encoded.of(module) == wire.Encoded.of(crossed[0])


def test_a_module_that_was_changed_is_another() -> None:
    codecs.register_tern()
    module = module_of(TEXT)
    before = wire.Encoded.of(module)
    body = module.body.operations[0].regions[0].blocks[0]
    body.operations[0].operation.attributes["new"] = ir.UnitAttr.get(module.context)
    assert wire.Encoded.of(module) != before


def test_a_module_is_copied_and_shown_as_its_text() -> None:
    module = module_of(TEXT)
    twin = copy.deepcopy(module)
    assert str(twin) == str(module) and twin is not module
    assert '"some.thing"' in show(module)
