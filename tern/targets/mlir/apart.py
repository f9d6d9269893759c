"""Lowering in a process beside this one, with a time limit: MLIR may crash, or never end.

Where no process can be started, as in one that has given up its rights, it is done here.
"""

from __future__ import annotations

from tern.targets.beside import Beside, Died
from tern.targets.mlir.lowering import Passes, run_stages
from tern.targets.mlir.package import MlirError, MlirMissing, missing

SECONDS = 30.0
"""How long one request may take, on the clock."""

PROCESS = Beside("tern.targets.mlir.child")


def lowered(
    text: str,
    passes: Passes,
    keep: bool = False,
    guarded: bool = False,
    seconds: float = SECONDS,
) -> list[str]:
    """`run_stages`, in the other process.

    MlirError also if it crashed there, or was still at work after so many seconds, and in which
    stage. MlirMissing.
    """
    if why := missing():
        raise MlirMissing(why)
    request = {"text": text, "passes": list(passes), "keep": keep, "guarded": guarded}
    try:
        reply, _ = PROCESS.ask(request, seconds=seconds)
    except OSError:
        return run_stages(text, passes, keep, guarded)
    except Died as died:
        where = "reading the text" if died.at == "text" else f"on the way to {died.at or 'start'}"
        what = (
            f"was still at work after {seconds:g} s" if died.late else f"did not survive it: {died}"
        )
        raise MlirError(f"MLIR {what} ({where})") from None
    if "texts" in reply:
        return reply["texts"]
    error = MlirError(reply["error"])
    error.place, error.notes = reply["place"], tuple(reply["notes"])
    raise error
