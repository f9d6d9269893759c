"""What ends a command from outside ends it as Ctrl-C does: everything is cleaned up on the way."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(KeyboardInterrupt):
    """A signal has come; `code` is the exit code that tells which."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.code = 128 + number


@contextlib.contextmanager
def cleaning_up() -> Iterator[None]:
    """The first signal in the `with` raises Stopped; those after it do not disturb the cleaning up.

    A signal that is ignored already stays so: `nohup` wants it.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    caught = [each for each in SIGNALS if signal.getsignal(each) != signal.SIG_IGN]

    def stop(number: int, frame: Any) -> None:
        for each in caught:
            signal.signal(each, signal.SIG_IGN)
        raise Stopped(number)

    before = {each: signal.signal(each, stop) for each in caught}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
