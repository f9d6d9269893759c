"""Devices that send each other parts of arrays, simulated: a plan of shardings, run and counted.

Every collective is what a ring of p devices does, step by step, with real numbers. So the formulas
in sharding.py can be checked against what was sent.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tern.workshop.xla.sharding import Mesh, Step


@dataclass
class Block:
    """What a device has of an array: which rows, which columns, and their elements."""

    rows: np.ndarray
    columns: np.ndarray
    data: np.ndarray

    def part(self, how: str, number: int, parts: int) -> Block:
        """One of so many equal parts of the rows ("r") or columns ("c"). ValueError: not equal."""
        if how == "r":
            rows, data = (np.split(each, parts)[number] for each in (self.rows, self.data))
            return Block(rows, self.columns, data)
        columns = np.split(self.columns, parts)[number]
        return Block(self.rows, columns, np.split(self.data, parts, axis=1)[number])


def joined(blocks: Sequence[Block], how: str) -> Block:
    """Blocks put together, along their rows or columns."""
    axis = "rc".index(how)
    data = np.concatenate([each.data for each in blocks], axis)
    if how == "r":
        return Block(np.concatenate([each.rows for each in blocks]), blocks[0].columns, data)
    return Block(blocks[0].rows, np.concatenate([each.columns for each in blocks]), data)


class Devices:
    """A mesh of devices. `sent` is the bytes that each has sent, which all send alike."""

    def __init__(self, mesh: Mesh) -> None:
        self.mesh = mesh
        self.places = list(itertools.product(*map(range, mesh)))
        self.bytes = dict.fromkeys(self.places, 0)
        self.collectives: list[str] = []

    @property
    def sent(self) -> int:
        (total,) = set(self.bytes.values())
        return total

    def rings(self, axis: int) -> list[list[tuple[int, ...]]]:
        """The groups of devices that differ only in their place along one axis of the mesh."""
        groups: dict[tuple[int, ...], list[tuple[int, ...]]] = {}
        for place in self.places:
            groups.setdefault(place[:axis] + place[axis + 1 :], []).append(place)
        return list(groups.values())

    def collective(self, name: str, axis: int, blocks: dict, how: Callable) -> dict:
        """`how(ring, blocks)` for each ring along an axis: what each device has afterwards."""
        self.collectives.append(name)
        found: dict = {}
        for ring in self.rings(axis):
            found.update(zip(ring, how(ring, [blocks[place] for place in ring])))
        return found

    def send(self, place: tuple[int, ...], data: np.ndarray) -> np.ndarray:
        self.bytes[place] += data.nbytes
        return data.copy()

    def split(self, axis: int, blocks: dict, how: str) -> dict:
        """Each device keeps its part, and sends nothing."""
        return {
            place: block.part(how, place[axis], self.mesh[axis]) for place, block in blocks.items()
        }

    def all_gather(self, axis: int, blocks: dict, how: str) -> dict:
        """p - 1 steps: each device hands on to the next what it got last."""

        def on_ring(ring: list, parts: list[Block]) -> list[Block]:
            p = len(ring)
            known = [{at: parts[at]} for at in range(p)]
            for step in range(p - 1):
                for at in range(p):
                    number = (at - step) % p
                    block = known[at][number]
                    copy = Block(block.rows, block.columns, self.send(ring[at], block.data))
                    known[(at + 1) % p][number] = copy
            return [joined([have[n] for n in range(p)], how) for have in known]

        return self.collective("all-gather", axis, blocks, on_ring)

    def reduce_scatter(self, axis: int, blocks: dict, how: str) -> dict:
        """p - 1 steps: a part of the sum goes around, and each device adds its own."""

        def on_ring(ring: list, parts: list[Block]) -> list[Block]:
            p = len(ring)
            pieces = [[block.part(how, n, p) for n in range(p)] for block in parts]
            for step in range(p - 1):
                moving = [
                    self.send(ring[at], pieces[at][(at - step - 1) % p].data) for at in range(p)
                ]
                for at in range(p):
                    piece = pieces[(at + 1) % p][(at - step - 1) % p]
                    piece.data = piece.data + moving[at]
            return [pieces[at][at] for at in range(p)]

        return self.collective("reduce-scatter", axis, blocks, on_ring)

    def all_to_all(self, axis: int, blocks: dict, before: str, after: str) -> dict:
        """Each device sends each other one the part that it's to have."""

        def on_ring(ring: list, parts: list[Block]) -> list[Block]:
            p = len(ring)
            got: list[list[Block]] = [[] for _ in ring]
            for at, other in itertools.product(range(p), repeat=2):
                piece = parts[at].part(after, other, p)
                if at != other:
                    piece.data = self.send(ring[at], piece.data)
                got[other].append(piece)
            return [joined(pieces, before) for pieces in got]

        return self.collective("all-to-all", axis, blocks, on_ring)

    def reshard(self, blocks: dict, before: str, after: str) -> dict:
        """What `sharding.reshard_bytes` counts."""
        changes = [(axis, b, a) for axis, (b, a) in enumerate(zip(before, after)) if a != b]
        for axis, old, new in changes:
            if old == "w":
                blocks = self.split(axis, blocks, new)
        for axis, old, new in changes:
            if "w" not in (old, new):
                blocks = self.all_to_all(axis, blocks, old, new)
        for axis, old, new in changes:
            if new == "w":
                blocks = self.all_gather(axis, blocks, old)
        return blocks

    def matmul(self, blocks: dict, weights: np.ndarray, step: Step) -> dict:
        """What `sharding.matmul_bytes` counts."""
        before, after = step
        stored = {}
        for place in self.places:
            rows = blocks[place].columns
            block = Block(rows, np.arange(weights.shape[1]), weights[rows])
            for axis, how in enumerate(before):
                if how != "c":  # of X's columns it has the rows of W already
                    block = block.part("r" if how == "r" else "c", place[axis], self.mesh[axis])
            stored[place] = block
        # Inside out, so that what is put together lies as it lay.
        for axis in reversed([axis for axis, how in enumerate(before) if how == "r"]):
            stored = self.all_gather(axis, stored, "r")
        found = {
            place: Block(
                blocks[place].rows, stored[place].columns, blocks[place].data @ stored[place].data
            )
            for place in self.places
        }
        missing = [axis for axis, how in enumerate(before) if how == "c"]
        for axis in sorted(missing, key=lambda axis: after[axis] == "w"):
            how = "r" if after[axis] == "w" else after[axis]
            found = self.reduce_scatter(axis, found, how)
            if after[axis] == "w":
                found = self.all_gather(axis, found, how)
        return found


def run_plan(
    mesh: Mesh, x: np.ndarray, weights: Sequence[np.ndarray], ends: tuple[str, str],
    plan: Sequence[Step],
) -> tuple[np.ndarray, Devices]:  # fmt: skip
    """What x @ weights[0] @ weights[1] … is, put together from the parts of all devices, and the
    devices, which know what they sent. ValueError: parts that are not equal."""
    devices = Devices(mesh)
    whole = Block(np.arange(x.shape[0]), np.arange(x.shape[1]), x)
    blocks = dict.fromkeys(devices.places, whole)
    for axis, how in enumerate(ends[0]):
        if how != "w":
            blocks = devices.split(axis, blocks, how)
    now = ends[0]
    for weight, step in zip(weights, plan, strict=True):
        blocks = devices.reshard(blocks, now, step[0])
        blocks = devices.matmul(blocks, weight, step)
        now = step[1]
    blocks = devices.reshard(blocks, now, ends[1])
    result = np.full((x.shape[0], weights[-1].shape[1]), np.nan, x.dtype)
    for block in blocks.values():
        result[np.ix_(block.rows, block.columns)] = block.data
    return result, devices
