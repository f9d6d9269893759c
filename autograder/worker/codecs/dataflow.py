"""Dataflow problems cross as their tables, and a solution as its three lists."""

from __future__ import annotations

from typing import Any

from autograder.worker.wire import Codec, Unsendable
from tern.analysis import GenKill, Solution, Tables


class GenKillCodec(Codec):
    tag = "genkill"

    def encode(self, value: GenKill) -> list:
        sets = [list(value.gen), list(value.kill)]
        return [*sets, value.universe, value.backward, value.must, value.boundary]

    def decode(self, data: list) -> GenKill:
        return GenKill(*data)


class TablesCodec(Codec):
    tag = "tables"

    def encode(self, value: Tables) -> list:
        tables = [[list(row) for row in table] for table in (value.meets, value.transfers)]
        return [*tables, value.start, value.boundary, value.backward]

    def decode(self, data: list) -> Tables:
        return Tables(*data)


class SolutionCodec(Codec):
    tag = "solution"

    def encode(self, value: Solution) -> list:
        if any(type(each) is not list for each in value):
            raise Unsendable("a Solution has three lists: at_start, at_end, visits")
        if any(type(block) is not int for block in value.visits):
            raise Unsendable("the visits of a Solution are numbers of blocks")
        return list(value)

    def decode(self, data: Any) -> Solution:
        at_start, at_end, visits = data
        return Solution(at_start, at_end, visits)
