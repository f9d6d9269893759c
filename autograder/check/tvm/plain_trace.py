"""A schedule's trace as plain data: what crosses from a reader's process, and how it is replayed.

A trace is the list of the primitives that made a schedule. For blocks whose S and R are true, as
here, each of them keeps what the program computes, or refuses. So the judge takes nothing else from
the reader: it replays the trace on its own module. What a trace could smuggle in is code
(`tensorize`, layouts with expressions, pragmas that import C): only the primitives below get
through.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

# The primitives of a Schedule that only move, copy, and mark: none brings in code of its own.
PRIMITIVES = frozenset(
    """get_sblock get_loops get_child_blocks get_producers get_consumers get_output_blocks
    sample_categorical sample_perfect_tile sample_partitioned_tile sample_compute_location
    merge fuse split loop_partition reorder reorder_block_iter_var add_unit_loop
    vectorize parallel unroll bind cache_read cache_write compute_at reverse_compute_at
    compute_inline reverse_compute_inline decompose_reduction rfactor storage_align set_scope
    annotate unannotate blockize""".split()
)
PRAGMAS = frozenset({"pragma_auto_unroll_max_step", "pragma_unroll_explicit"})
MAX_STEPS, MAX_CHARACTERS = 2_000, 200_000
PARALLEL, REDUCES = (
    "is not a data parallel block iter",
    "its iterations add to the same element: a reduction",
)
HALVES = "neither a local complete block nor a local reduction block"
DECOMPOSED = "was the reduction decomposed before? that comes last"
# The numbers belong to a text that nobody sees.
NODE = re.compile(r"(?:the )?(?:[Ll]oop |[Bb]lock )?s?_?tirx?\.(For|SBlock)#\d+")
_WORD = re.compile(r"""[\w. "'-]{0,120}""", re.ASCII)


class TraceError(ValueError):
    """A trace that is not replayed, and why: one line."""


def plain(trace: Any) -> list:
    """A schedule's trace as nested lists of numbers and strings. TraceError: it has none."""
    return _plain(trace.as_json())


def _plain(value: Any) -> Any:
    if value is None or type(value) in (bool, int, float):
        return value
    if isinstance(value, str):
        return str(value)
    kind = type(value).__name__
    if isinstance(value, (list, tuple)) or kind == "Array":
        return [_plain(item) for item in value]
    if kind in ("IntImm", "FloatImm"):
        number = value.value
        return number if isinstance(number, (int, float)) else number.numpy().item()
    raise TraceError(f"the trace holds a {kind}, which is no plain number or name")


def checked(trace: Any, allowed: Iterable[str] = PRIMITIVES) -> list:
    """The trace itself, if it has a trace's form and only allowed primitives; else TraceError."""
    try:
        steps, decisions = trace
        names = [primitive(kind) for kind, inputs, attributes, outputs in steps]
        if type(decisions) is not list:
            raise TypeError
        texts = list(_leaves(trace))
    except (TypeError, ValueError, RecursionError):
        raise TraceError("what came back is no trace of a schedule") from None
    if len(steps) > MAX_STEPS or sum(map(len, texts)) > MAX_CHARACTERS:
        raise TraceError(
            f"the trace has {len(steps):,} steps: more than {MAX_STEPS:,}, or too long ones"
        )
    for name, step in zip(names, steps, strict=True):
        if name not in allowed:
            raise TraceError(f"sch.{name} is not allowed in this exercise: {_why(name)}")
        if name == "annotate" and step[2] and step[2][0] not in PRAGMAS:
            raise TraceError(
                f"sch.annotate with {str(step[2][0])[:60]!r} is not allowed in this exercise, "
                f"only {' and '.join(sorted(PRAGMAS))}"
            )
    if odd := [text for text in texts if not _WORD.fullmatch(text)]:
        raise TraceError(f"the trace holds a text that is no name: {odd[0][:60]!r}")
    return trace


def changes(trace: list) -> bool:
    """Whether a checked trace has a step that does more than look, or sample."""
    names = [primitive(kind) for kind, *_ in trace[0]]
    return any(not name.startswith(("get_", "sample_")) for name in names)


def primitive(kind: Any) -> str:
    """The method of Schedule that an instruction comes from: "GetSBlock" from get_sblock."""
    if type(kind) is not str or not kind.isidentifier():
        raise TypeError
    kind = kind.replace("GetSBlock", "GetSblock").replace("RFactor", "Rfactor")
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind).lower()


def _why(name: str) -> str:
    if name == "tensorize":
        return "it would put somebody else's code in the place of a block"
    return (
        "it may bring in code or values of its own; split, reorder, cache, and mark loops instead"
    )


def _leaves(value: Any) -> Iterable[str]:
    """Every value that holds no others, as text. TypeError for what is no plain data."""
    if type(value) is list:
        for item in value:
            yield from _leaves(item)
    elif value is None or type(value) in (str, int, float, bool):
        yield str(value)
    else:
        raise TypeError


def replay(module: Any, trace: list, allowed: Iterable[str] = PRIMITIVES) -> Any:
    """A Schedule of `module` after the trace's steps. TraceError if they do not fit it."""
    import tvm.s_tir
    from tvm.s_tir.schedule import Trace

    schedule = tvm.s_tir.Schedule(module)
    try:
        Trace.apply_json_to_schedule(checked(trace, allowed), schedule)
    except TraceError:
        raise
    except Exception as error:
        raise TraceError(f"the trace does not fit the program: {reason(error)}") from None
    return schedule


def reason(error: BaseException) -> str:
    """What an exception says, in a line or two. A ScheduleError says it after much IR."""
    text = str(error)
    if type(error).__name__ != "ScheduleError":
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        found = [line.split("Check failed: ", 1)[1] for line in lines if "Check failed: " in line]
        return ": ".join([type(error).__name__, *(found or lines)[:1]])[:400]
    name = re.search(r"schedule primitive '([\w-]+)'", text)
    where = (
        f"sch.{name[1].replace('-', '_')}".replace("get_block", "get_sblock")
        if name
        else "the schedule"
    )
    said = (
        text.rpartition("Error message: ")[2]
        .strip()
        .partition("\n")[0]
        .removeprefix("ScheduleError: ")
    )
    said = NODE.sub(lambda found: "a loop" if found[1] == "For" else "a block", said)
    said = said.replace(PARALLEL, f"{PARALLEL} ({REDUCES})")
    return f"{where}: {said[:500].replace(HALVES, f'{HALVES} ({DECOMPOSED})')}"
