"""Lanes that a load left undefined: followed until they matter, and told as faults of the load."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from triton.runtime.interpreter import TensorHandle

from tern.gpu.faults import Faults
from tern.gpu.ordering import hand_on
from tern.gpu.positions import Positions
from tern.gpu.races import Races
from tern.gpu.refusals import Undecided
from tern.gpu.undefined import mark, merged, origins


class Lanes(Positions):
    """What becomes of undefined lanes, and of what atomic operations returned."""

    def __init__(self, faults: Faults, tf32: bool) -> None:
        super().__init__(tf32)
        self.faults, self.races = faults, Races(faults)
        self.loads: list[tuple[str, int]] = []  # where lanes were left undefined: origin i + 1
        self.reductions: dict[int, int] = {}  # the line of the first that lanes of an origin enter

    def _origin(self) -> int:
        where = self.faults.where()
        if where not in self.loads:
            self.loads.append(where)
        return self.loads.index(where) + 1

    def _origin_line(self, found: np.ndarray) -> str:
        return f"line {self.loads[int(found.max()) - 1][1]}"

    def went_by(self) -> None:
        self.races.is_ordered = True

    def _is_defined(self, ptrs: TensorHandle, mask: TensorHandle | None) -> None:
        self.goes_by(ptrs, mask)
        for each, what in ((ptrs, "address"), (mask, "mask")):
            if (found := origins(each)) is not None:
                active = True if each is mask else self._active(ptrs, mask)
                if np.where(active, found, 0).any():
                    left_by = self._origin_line(found)
                    message = f"an {what}" if what == "address" else f"a {what}"
                    message += f" comes from lanes that the load in {left_by} left undefined"
                    self.faults.add("undefined address", message)

    def _reaches_memory(self, value: TensorHandle, active: np.ndarray) -> None:
        if (found := origins(value)) is not None:
            lost = np.where(active, found, 0)
            if lost.any():
                self.missing_other(lost, "are stored")

    def missing_other(self, found: np.ndarray, what: str) -> None:
        """Lanes that a load left undefined got where they matter: a fault of the load."""
        origin = int(found.max())
        reduction = self.reductions.get(origin)
        by_way_of = f"enter a reduction in line {reduction}, and " if reduction else ""
        message = (
            f"without other= this load leaves lanes undefined, which {by_way_of}"
            f"{what} in line {self.faults.where()[1]}"
        )
        if what == "are stored" and not reduction:
            message += ", whose mask is on where the load's is off"
        self.faults.add("missing other", message, int((found > 0).sum()), at=self.loads[origin - 1])

    def reduced(
        self, inputs: Sequence[Any], axis: int | None, keep: bool, outputs: Sequence[Any]
    ) -> None:
        """A reduction took place: count it and hand its undefined lanes on."""
        sizes = [each.handle.data.size for each in inputs]
        results = [each.handle.data.size for each in outputs]
        self._operations(inputs[0].handle, max(0, sizes[0] - results[0]))
        found = [origins(each.handle) for each in inputs]
        if any(each is not None for each in found):
            whole = np.max(merged(*found), axis=axis, keepdims=keep)
            self.reductions.setdefault(int(whole.max()), self.faults.where()[1])
            for each in outputs:
                mark(each.handle, np.reshape(whole, each.handle.data.shape))
        for each in outputs:
            hand_on(each.handle, [value.handle for value in inputs])

    def scanned(
        self, inputs: Sequence[Any], axis: int, reverse: bool, outputs: Sequence[Any]
    ) -> None:
        """The same for a scan: what comes after an undefined lane is undefined."""
        self._operations(inputs[0].handle, inputs[0].handle.data.size)
        found = [origins(each.handle) for each in inputs]
        if any(each is not None for each in found):
            flip = (lambda each: np.flip(each, axis)) if reverse else (lambda each: each)
            whole = flip(np.maximum.accumulate(flip(merged(*found)), axis=axis))
            for each in outputs:
                mark(each.handle, whole)
        for each in outputs:
            hand_on(each.handle, [value.handle for value in inputs])

    def decides(self, tensor: Any) -> None:
        """A branch or a loop's bound depends on this value."""
        self.goes_by(tensor.handle)
        if tensor.handle.data.size != 1:
            raise Undecided(
                f"a block of {tensor.handle.data.size} values decides a branch, and each may say "
                "otherwise: choose with tl.where, or reduce it to one value"
            )
        if (found := origins(tensor.handle)) is not None and tensor.handle.data.size == 1:
            self.missing_other(found, "decide a branch")
