"""Runs the command in a pseudo-terminal: what a reader types, sees, and does with the window."""

from __future__ import annotations

import fcntl
import os
import re
import select
import signal
import struct
import sys
import termios
import time
from pathlib import Path

from autograder.reader.terminal import CLEAR
from tests.autograder.workbooks import ROOT

STYLES = re.compile(r"\x1b\[[0-9;]*m|\x1b\]8;[^\x1b]*\x1b\\")


class Screen:
    """`autograder ARGUMENTS`, or another command, from `cwd`, with a terminal of its own."""

    def __init__(
        self, *arguments: str, cwd: Path, columns: int = 100, command: tuple[str, ...] = ()
    ):
        self.columns, self.text, self.status = columns, "", None
        self.master, slave = os.openpty()
        self.slave = slave  # kept open, so that the settings can be read after the end
        self.resize(columns, tell=False)
        self.before = termios.tcgetattr(slave)
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self.master)
            os.login_tty(slave)
            os.chdir(cwd)
            path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
            os.environ.update(PYTHONPATH=path, TERM="xterm-256color", AUTOGRADER_SEED="1")
            line = command or (sys.executable, "-m", "autograder", *arguments)
            os.execvp(line[0], line)

    def __enter__(self) -> Screen:
        return self

    def __exit__(self, *_: object) -> None:
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.master)
        os.close(self.slave)

    def press(self, key: str) -> None:
        os.write(self.master, key.encode())

    def resize(self, columns: int, tell: bool = True) -> None:
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        if tell:
            os.kill(self.pid, signal.SIGWINCH)

    def settings(self) -> list:
        return termios.tcgetattr(self.slave)

    def shown(self) -> str:
        """What stands on the screen: what was written since it was last cleared, without styles."""
        return STYLES.sub("", self.text.rpartition(CLEAR)[2]).replace("\r\n", "\n")

    def forget(self) -> None:
        self.text = ""

    def sees(self, *wanted: str, seconds: float = 60) -> str:
        """Wait until all of it is on the screen together; the limit is only for a failing test."""
        deadline = time.monotonic() + seconds
        while not all(part in self.shown() for part in wanted):
            if time.monotonic() > deadline or not self._read(0.2) and self._has_ended():
                raise AssertionError(f"not seen: {wanted}\n{self.shown()}\nall:\n{self.text!r}")
        return self.shown()

    def ends(self, seconds: float = 60) -> int:
        """Wait for the end; the exit code, or minus the signal."""
        deadline = time.monotonic() + seconds
        while not self._has_ended():
            assert time.monotonic() < deadline, f"still running\n{self.shown()}"
            self._read(0.1)
        while self._read(0.0):
            pass
        return os.waitstatus_to_exitcode(self.status)

    def _read(self, seconds: float) -> bool:
        if not select.select([self.master], [], [], seconds)[0]:
            return False
        self.text += os.read(self.master, 1 << 16).decode("utf-8", "replace")
        return True

    def _has_ended(self) -> bool:
        if self.status is None:
            ended, status = os.waitpid(self.pid, os.WNOHANG)
            self.status = status if ended else None
        return self.status is not None
