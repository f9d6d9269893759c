"""What torch does while a launcher runs: tensors that it makes, and what it computes itself."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from tern.gpu.hidden import Hidden
from tern.gpu.memory import Memory
from tern.gpu.tensors import is_tensor, items

EMPTY = frozenset("empty empty_like empty_strided new_empty new_empty_strided".split())
# torch's operations that only make a tensor, or fill one with a number
MAKES = EMPTY | frozenset(
    """zeros zeros_like new_zeros ones ones_like new_ones full full_like new_full
    scalar_tensor""".split()
)
FILLS = frozenset(["fill_", "zero_"])
ALIASES = frozenset(["detach", "lift_fresh", "set_"])


class Watch:
    """Watches torch, but for what the meter itself does while the watch is `paused`."""

    def __init__(self, memory: Memory, hidden: Hidden | None) -> None:
        self.memory, self.hidden = memory, hidden
        self.computed: list[str] = []  # the names of torch's operations outside of kernels
        self.is_paused = False

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        self.is_paused, before = True, self.is_paused
        try:
            yield
        finally:
            self.is_paused = before

    def running(self) -> contextlib.AbstractContextManager:
        """While this lasts, torch is watched."""
        from torch.utils._python_dispatch import TorchDispatchMode

        watch = self

        class Mode(TorchDispatchMode):
            def __torch_dispatch__(
                self,
                operation: Any,
                types: Any,
                arguments: tuple = (),
                keywords: dict | None = None,
            ) -> Any:
                if watch.is_paused:
                    return operation(*arguments, **(keywords or {}))
                return watch.do(operation, arguments, keywords or {})

        return Mode()

    def do(self, operation: Any, arguments: tuple, keywords: dict) -> Any:
        """One of torch's operations; its name is kept if it computes something."""
        name = operation._schema.name.split("::")[-1]
        # A view's result is an alias of what it is given, and nothing is written.
        kinds = [each.alias_info for each in operation._schema.returns]
        is_view = kinds and all(each is not None and not each.is_write for each in kinds)
        if name in MAKES:
            result = operation(*arguments, **keywords)
            self._made(result, is_empty=name in EMPTY)
            return result
        if is_view or name in ALIASES:
            result = operation(*arguments, **keywords)
            if name == "lift_fresh" and result.numel() == 1:  # torch.tensor(a number)
                self._made(result, is_empty=False)
            return result
        if name not in FILLS:
            self.computed.append(name)
        if self.hidden is None:
            return operation(*arguments, **keywords)
        with self.hidden.shown([*arguments, *keywords.values()]):
            result = operation(*arguments, **keywords)
        for each in items(result):
            if is_tensor(each):
                self._made(each, is_empty=False)
        return result

    def _made(self, tensor: Any, is_empty: bool) -> None:
        """Hide a new tensor's numbers; what is empty is known not to be written."""
        if tensor.device.type != "cpu":
            return
        with self.paused():
            real = tensor if self.hidden is None else self.hidden.adopt(tensor)
            if is_empty:
                self.memory.poison(real)
