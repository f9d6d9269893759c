"""The book's own functions in a process of their own: what they do may crash, or never end."""

from __future__ import annotations

from typing import Any, Self

from autograder.check.session import current
from autograder.worker import wire


class Trusted:
    """A new trusted worker under a judge, while a `with` lasts; `worker` is None elsewhere."""

    def __init__(self, limits: dict[str, int]) -> None:
        processes = current().processes
        self.worker = processes.trusted_worker(limits) if processes else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.worker is not None:
            self.worker.close()

    def ask(self, function: str, *arguments: Any, seconds: float) -> Any:
        """What the book's "module:function" returns there. RemoteError, WorkerLost."""
        assert self.worker is not None
        call = wire.Encoded.of((arguments, {}))
        return self.worker.request("call", call, seconds, name=function, inout=False)[0]
