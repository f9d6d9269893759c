"""Keys one by one, as they are pressed, from a terminal that is left as it was found."""

from __future__ import annotations

import os
import re
import select
import signal
import sys
import termios
import tty
from typing import Any

ESCAPES = re.compile(r"\x1b(\[[0-9;?]*[ -/]*[@-~]|O.|.)?")  # arrows, function keys
CLEAR = "\x1b[2J\x1b[H"


class Terminal:
    """In a `with`: no echo, no waiting for Enter. Whatever ends the `with`, the settings come back.

    SIGTERM and SIGHUP raise SystemExit here; Ctrl-C raises KeyboardInterrupt as ever. Ctrl-Z gives
    the terminal back until the process goes on.
    """

    def __init__(self) -> None:
        self.input, self.output = sys.stdin.fileno(), sys.stdout.fileno()
        self.redraw = False  # the screen is no longer as it was drawn

    def __enter__(self) -> Terminal:
        self.settings = termios.tcgetattr(self.input)
        self.woken, self.wake = os.pipe()
        for end in (self.woken, self.wake):
            os.set_blocking(end, False)
        handlers = {
            signal.SIGTERM: self._end,
            signal.SIGHUP: self._end,
            signal.SIGWINCH: self._changed,
            signal.SIGTSTP: self._suspend,
        }
        self.handlers = {number: signal.signal(number, call) for number, call in handlers.items()}
        self.wakeup = signal.set_wakeup_fd(self.wake, warn_on_full_buffer=False)
        try:
            tty.setcbreak(self.input, termios.TCSANOW)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._restore()
        signal.set_wakeup_fd(self.wakeup)
        for number, handler in self.handlers.items():
            signal.signal(number, handler)
        os.close(self.woken)
        os.close(self.wake)

    def _restore(self) -> None:
        try:
            termios.tcsetattr(self.input, termios.TCSANOW, self.settings)
        except termios.error:  # the terminal itself is gone
            pass

    # ---- signals ----

    def _end(self, number: int, frame: Any) -> None:
        for again in (signal.SIGTERM, signal.SIGHUP):  # nothing is to interrupt the cleaning up
            signal.signal(again, signal.SIG_IGN)
        raise SystemExit(128 + number)

    def _changed(self, number: int, frame: Any) -> None:
        self.redraw = True

    def _suspend(self, number: int, frame: Any) -> None:
        self._restore()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
        signal.signal(number, self._suspend)
        tty.setcbreak(self.input, termios.TCSANOW)
        self.redraw = True

    # ---- in and out ----

    def wait(self, seconds: float, *others: Any) -> None:
        """Sleep until a key, a signal, or something from `others` comes, or for so long."""
        ready = select.select([self.input, self.woken, *others], [], [], seconds)[0]
        if self.woken in ready:
            os.read(self.woken, 1 << 10)
        self.pressed = self.input in ready

    def keys(self) -> str:
        """The keys pressed. Raises EOFError when there is no terminal any more."""
        if not self.pressed:
            return ""
        try:
            data = os.read(self.input, 1 << 10)
        except OSError:
            data = b""
        if not data:
            raise EOFError
        return ESCAPES.sub("", data.decode("utf-8", "ignore"))

    def size(self) -> os.terminal_size:
        """Columns and lines of the window as it is now."""
        try:
            size = os.get_terminal_size(self.output)
        except OSError:
            size = os.terminal_size((0, 0))
        return size if size.columns and size.lines else os.terminal_size((80, 24))

    def keep_what_is_there(self) -> None:
        """Scroll what stands on the screen up, so that clearing it loses nothing."""
        self.write("\n" * (self.size().lines - 1))

    def draw(self, text: str) -> None:
        self.write(CLEAR + text)

    def write(self, text: str) -> None:
        """Raises EOFError when there is no terminal any more."""
        try:
            sys.stdout.write(text)
            sys.stdout.flush()
        except OSError:
            raise EOFError from None
