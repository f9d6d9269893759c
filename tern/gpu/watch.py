"""What torch does while a launcher runs: tensors that it makes, and what it computes itself."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from tern.gpu.memory import Memory

MAKES = frozenset(  # torch's operations that only make a tensor, or fill one with a number
    """empty empty_like empty_strided new_empty new_empty_strided zeros zeros_like new_zeros
    ones ones_like new_ones full full_like new_full fill_ zero_ detach lift_fresh scalar_tensor
    set_""".split()
)


class Watch:
    """Watches torch, but for what the meter itself does while the watch is `paused`."""

    def __init__(self, memory: Memory) -> None:
        self.memory = memory
        self.computed: list[str] = []  # the names of torch's operations outside of kernels
        self.is_paused = False

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        self.is_paused, before = True, self.is_paused
        try:
            yield
        finally:
            self.is_paused = before

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """While this lasts, torch is watched."""
        with self._poisoning(), self._noting():
            yield

    def _noting(self) -> contextlib.AbstractContextManager:
        """While this lasts, what torch computes, outside of kernels, is noted."""
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
                watch.note(operation)
                return operation(*arguments, **(keywords or {}))

        return Mode()

    def note(self, operation: Any) -> None:
        """Keep the name of one of torch's operations that computes something."""
        name = operation._schema.name.split("::")[-1]
        # A view's result is an alias of what it is given, and nothing is written.
        kinds = [each.alias_info for each in operation._schema.returns]
        is_view = kinds and all(each is not None and not each.is_write for each in kinds)
        if not (self.is_paused or is_view or name in MAKES):
            self.computed.append(name)

    @contextlib.contextmanager
    def _poisoning(self) -> Iterator[None]:
        """While this lasts, what torch.empty and its like make is known not to be written."""
        import torch

        makers = [(torch, name) for name in ("empty", "empty_like", "empty_strided")]
        makers.append((torch.Tensor, "new_empty"))
        before = [(owner, name, getattr(owner, name)) for owner, name in makers]
        for owner, name, make in before:
            setattr(owner, name, self._poisoned(make))
        try:
            yield
        finally:
            for owner, name, make in before:
                setattr(owner, name, make)

    def _poisoned(self, make: Callable) -> Callable:
        def make_poisoned(*arguments: Any, **keywords: Any) -> Any:
            tensor = make(*arguments, **keywords)
            if tensor.device.type == "cpu":
                with self.paused():
                    self.memory.poison(tensor)
            return tensor

        return make_poisoned
