"""What comes out of a worker in place of a value."""

from __future__ import annotations

import signal
import traceback
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autograder.worker import wire

MAX_MESSAGE, MAX_NAME, MAX_LINE = 4_000, 200, 400  # characters
MAX_KINDS, MAX_FRAMES = 50, 6
NO_REPLY = "something other than a reply came back from your code's process"
Where = list[list]  # [file, line, text of the line, function] of each frame in the reader's cells


class RemoteError(Exception):
    """An exception that the reader's code raised; `kinds` are its class and base class names, and
    `location` is where it says that the mistake is, in words."""

    def __init__(self, kinds: list[str], message: str, where: Where) -> None:
        super().__init__(f"{kinds[0]}: {message}" if message else kinds[0])
        self.kinds, self.message, self.where = kinds, message, where
        self.location = ""
        self.changed: wire.Encoded | None = None  # what the call did to its arguments before
        self.damaged = ""  # or why they cannot be sent any more


class Unusable(RemoteError):
    """What came back is a value that no caller can use, and no exception: it has no kinds."""

    def __init__(self, message: str) -> None:
        super().__init__(["Unusable"], message, [])
        self.args = (f"what came back is of no use to a caller: {message}",)
        self.kinds = []


class ArgumentsChanged(RemoteError):
    """The call did to its arguments what no caller expects, and raised nothing: it has no kinds."""

    def __init__(self, message: str) -> None:
        super().__init__(["ArgumentsChanged"], message, [])
        self.args = (message,)
        self.kinds = []


class WorkerLost(BaseException):
    """The worker ran too long, died, or wrote something that is no reply.

    Not an Exception, so that a test which expects an exception cannot mistake this for one.
    `expired` says that it was too long; `cpu` is the CPU time in seconds it had used by then.
    """

    def __init__(self, message: str, expired: bool = False, cpu: float = 0.0) -> None:
        super().__init__(message)
        self.expired, self.cpu = expired, cpu


def describe(error: BaseException, kind: str | None = None) -> dict:
    """An exception as plain data: its class names, message, and where in a cell it was raised."""
    try:
        message = str(error)[:MAX_MESSAGE]
    except BaseException:
        message = "(the exception's own message raised an exception)"
    if isinstance(error, SyntaxError) and (error.filename or "").startswith("<"):
        where = [[error.filename, error.lineno or 0, (error.text or "").strip(), ""]]
        message = error.msg or message
    else:
        where = [
            [frame.filename, frame.lineno or 0, (frame.line or "").strip(), frame.name]
            for frame in traceback.extract_tb(error.__traceback__)[-30:]
            if frame.filename.startswith("<") and not frame.filename.startswith("<frozen")
        ]
    return {
        "location": _location(error),
        "kinds": [kind] if kind else [cls.__name__ for cls in type(error).__mro__[:-1]],
        "message": message,
        "where": where[-MAX_FRAMES:],
    }


def _location(error: BaseException) -> str:
    """What the exception's attribute `location` says, one of tern's; empty if it says nothing."""
    try:
        location = getattr(error, "location", None)
        return "" if location is None else str(location)[:MAX_NAME]
    except BaseException:  # the reader's own
        return ""


def frames(data: list) -> Where:
    """Frames as they should be, made of plain data. Raises ValueError."""
    try:
        found = [[str(a), int(b), str(c), str(d)] for a, b, c, d in data[-MAX_FRAMES:]]
    except Exception as error:  # it may be anything: numbers too large, lists too deep
        raise ValueError("damaged frames") from error
    return [[a[:MAX_NAME], b, c[:MAX_LINE], d[:MAX_NAME]] for a, b, c, d in found]


def decoded(error: dict) -> RemoteError | WorkerLost:
    """The exception that a worker's plain data stand for; WorkerLost if they stand for none."""
    try:
        kinds = [str(kind)[:MAX_NAME] for kind in error["kinds"][:MAX_KINDS]] or ["Exception"]
        where = frames(error["where"])
        message = str(error["message"])[:MAX_MESSAGE]
        location = str(error.get("location", ""))[:MAX_NAME]
    except Exception:  # it may be anything
        return WorkerLost(NO_REPLY)
    if kinds == ["Unsendable"]:
        return Unusable(message)
    if kinds[0] == "ArgumentsChanged" and not where:
        return ArgumentsChanged(message)
    found = RemoteError(kinds, message, where)
    found.location = location
    return found


def signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # most of the real-time signals have no name
        return f"signal {number}"
