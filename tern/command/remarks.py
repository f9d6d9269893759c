"""What `--remarks` prints: what LLVM's passes say of a program's functions, line by line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

from tern.command.emit import Texts, loop_functions, scalar_functions
from tern.command.loops import Arrange
from tern.command.middle import MiddleEnd
from tern.errors import UsageError
from tern.text import Source


def remarks(
    source: Source, passes: str, schedule: Sequence[Any], optimize: MiddleEnd, arrange: Arrange
) -> Texts:
    """What LLVM's -O3 remarks of the functions, after tern's passes; only of LLVM's passes whose
    names match `passes`, a regular expression.

    Raises:
        UsageError: LLVM is not there, or `passes` is no regular expression.
    """
    if find_spec("llvmlite") is None:
        raise UsageError("--remarks needs the package llvmlite, which is not there")
    try:
        re.compile(passes)
    except re.error as error:
        raise UsageError(f"--remarks-filter is no regular expression: {error}") from None
    from tern.targets.interface import target
    from tern.targets.llvm.remarks import program_remarks

    scalars = scalar_functions(source, optimize)
    loops, refused = loop_functions(source, scalars, schedule, optimize, arrange)
    reasons = {func: target("llvm").why_not(func) for func in [*scalars, *loops]}
    refused = [*refused, *(reason for reason in reasons.values() if reason is not None)]
    able = [func for func, reason in reasons.items() if reason is None]
    found = program_remarks(able, source, passes=passes) if able else []
    return "\n".join(map(str, found)), refused
