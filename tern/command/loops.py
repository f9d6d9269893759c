"""What `-O3` does to loops, and what it tells: --remarks."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from tern.errors import UsageError
from tern.ir import Operation

Arrange = Callable[[Operation], object]
"""Changes a module of loops, in place."""

VECTORS = ("sse2", "avx2", "avx512", "neon")
"""The machines whose vectors --vectors names."""


FASTMATH = ("reassoc", "arcp", "contract")
"""What --fast-math may permit."""


def arrangement(
    level: int, vectors: str | None, permitted: Sequence[str] | None, remarks: bool, parallel: bool
) -> Arrange:
    """The passes on loops of a level: below 3 none of them. What they tell goes to the standard
    error.

    `vectors` is one of VECTORS, or None for this machine's; `permitted` are flags of sums and
    products, as tern.passes.fast_math has them; `parallel` is for several threads.

    Raises:
        UsageError: an option of level 3 at another level.
    """
    if level < 3:
        options: dict[str, object] = {"--vectors": vectors, "--fast-math": permitted}
        options |= {"--remarks": remarks or None, "--threads": parallel or None}
        if given := [name for name, value in options.items() if value is not None]:
            raise UsageError(f"{given[0]} goes with -O3")
        return lambda module: None

    def arrange(module: Operation) -> None:
        from tern.cost import AVX2, AVX512, NEON, SSE2, this_machine
        from tern.passes.fast_math import permit
        from tern.passes.for_machine import for_machine

        named = dict(zip(VECTORS, (SSE2, AVX2, AVX512, NEON)))
        if permitted:
            permit(module, *permitted)
        machine = named[vectors] if vectors else this_machine()
        for loop, why in for_machine(module, machine, parallel):
            if remarks:
                print(f"tern: remark: {_place(loop)}loop not vectorized: {why}", file=sys.stderr)

    return arrange


def _place(loop: Operation) -> str:
    func = loop
    while func.parent_op is not None and func.name != "func.func":
        func = func.parent_op
    return f"@{func.attributes['sym_name']}: " if func.name == "func.func" else ""
