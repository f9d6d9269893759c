"""IR that a reader's function made, run by tern's interpreter in a process that it may end.

It's data, but whoever runs it does what it says: it may loop for ever, or make an array of all the
memory there is. Under a judge a trusted worker runs it, with limits, which lasts for the test cell.
"""

from __future__ import annotations

from typing import Any

from autograder.check.failures import fail
from autograder.check.session import current
from autograder.worker import wire
from autograder.worker.errors import RemoteError, WorkerLost

SECONDS = 10.0  # wall-clock limit of one call
LIMITS = {"cpu": 120, "memory": 2 << 30}
MAX_STEPS = 100_000  # operations


def interpreted(module: Any, name: str, *arguments: Any) -> Any:
    """What `tern.ir.run` gives of a function of a module, after MAX_STEPS operations at most.

    CheckFailed under a judge: it raises, or takes longer than SECONDS, or more memory than LIMITS.
    """
    if (processes := current().processes) is None:
        return ran(module, name, *arguments)
    worker = processes.interpreter(LIMITS)
    call = wire.Encoded.of(((module, name, *arguments), {}))
    try:
        return worker.request("call", call, SECONDS, name=f"{__name__}:ran", inout=False)[0]
    except RemoteError as error:
        fail(f"it cannot be run: {error}", [("module", str(module)[:4000])])
    except WorkerLost as lost:
        fail(f"running what the function made: {lost}", [("module", str(module)[:4000])])


def ran(module: Any, name: str, *arguments: Any) -> Any:
    from tern.ir import run

    return run(module, name, *arguments, max_steps=MAX_STEPS)
