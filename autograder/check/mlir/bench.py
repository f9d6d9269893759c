"""Where a pipeline of passes is run, and what it makes of a program.

The passes run in a process that is locked down: some write files or run programs. What they make is
compiled and called in a trusted worker of its own, with limits. In a plain notebook that's done
right here, after another process has survived it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import Any

from autograder.check.mlir import apart, replay
from autograder.check.mlir.replay import PipelineError
from autograder.check.session import current
from autograder.check.texts import Ended
from autograder.check.trusted import Trusted
from autograder.speed.timers import LocalTimer, Timer
from autograder.worker.errors import RemoteError, WorkerLost

SECONDS = 30.0  # wall-clock limit of one step
LIMITS = {"cpu": 300, "memory": 6 << 30}
REPLAY = "autograder.check.mlir.replay"


class Bench(Trusted):
    """What passes make of a function of a program: PipelineError, if MLIR refuses them, or if MLIR
    or the code does not survive them, or never ends."""

    def __init__(self, program: str, name: str) -> None:
        super().__init__(LIMITS)
        self.program, self.name = program, name

    def result(self, passes: str, script: str, arrays: list[Any]) -> Any:
        """What the function gives of arrays."""
        text = self._lowered(passes, script)
        if self.worker is None:
            return replay.loaded(text, self.name)(*arrays)
        return self._ask("result", text, self.name, arrays)

    def timer(self, passes: str, script: str) -> Timer:
        """A timer of the function."""
        text = self._lowered(passes, script)
        if self.worker is None:
            return LocalTimer(replay.loaded(text, self.name))
        self._ask("load", text, self.name)
        return current().timer(self.worker.function(f"{REPLAY}:timed"))

    def _lowered(self, passes: str, script: str) -> str:
        """The program in the dialect llvm. In a plain notebook, another process has survived it."""
        item = {"text": self.program, "name": self.name, "pipeline": passes, "script": script}
        try:
            (reply,) = apart.run("the pipeline", [item])
        except Ended as ended:
            raise PipelineError(str(ended)) from None
        if type(text := reply.get("lowered")) is not str:
            raise PipelineError(str(reply.get("refused", "the passes left nothing"))[:1000])
        if self.worker is None:
            _survives(text, self.name, self.program)
        return text

    def _ask(self, name: str, *arguments: Any) -> Any:
        try:
            return self.ask(f"{REPLAY}:{name}", *arguments, seconds=SECONDS)
        except RemoteError as error:
            raise PipelineError(error.message) from None
        except WorkerLost as lost:
            raise PipelineError(_how("was still at work" if lost.expired else "", lost)) from None


def _survives(*arguments: str) -> None:
    """Try the code in another process first: a crash would take the notebook's kernel with it."""
    code = (
        "import ast, sys; from autograder.check.mlir import replay\n"
        "try:\n    replay.tried(*ast.literal_eval(sys.stdin.read()))\n"
        "except replay.PipelineError:\n    pass\n"  # which is told when it is done here
    )
    path = os.pathsep.join(filter(None, sys.path))
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-c", code],
            input=repr(arguments).encode(),
            timeout=SECONDS,
            capture_output=True,
            env={**os.environ, "PYTHONPATH": path},
        )
    except subprocess.TimeoutExpired:
        raise PipelineError(_how("was still at work", f"after {SECONDS:g} s")) from None
    if done.returncode < 0:
        raise PipelineError(_how("", signal.Signals(-done.returncode).name))


def _how(late: str, told: object) -> str:
    return f"the code that the passes make {late or 'crashes'}: {told}"
