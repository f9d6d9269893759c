"""The polynomials of tern.passes.expand_math on all 2^32 floats, beside the C library in doubles.

    python benchmarks/all_floats.py [exp log tanh erf rsqrt sin cos] [--no-fma] [--every N]

Prints, for each function, the largest distance in units of the last place, where it is, and how
many results are not the nearest float. About four minutes of CPU a function; `--every 16` takes
every sixteenth float. Exit code 1 if a distance is above the 2 that the pass promises.
"""

from __future__ import annotations

import argparse
import sys

import numpy as np

from tern.cost import this_machine
from tern.ir import function, parse
from tern.passes.expand_math import EXPANSIONS, expand_math
from tern.passes.vectorize import vectorize_all
from tern.targets.llvm import compile_llvm
from tern.targets.runtime import Compiled
from tern.workshop.ulps import LARGEST, exact, ulps

CHUNK = 1 << 22
PROMISED = 2.0


def kernel(name: str, fma: bool) -> Compiled:
    module = parse(f"""func.func @f(%a: memref<?xf32>, %b: memref<?xf32>) {{
        %c0 = arith.constant 0 : index
        %n = memref.dim %a, %c0 : memref<?xf32>
        affine.for %i = 0 to %n {{
            %v = affine.load %a[%i] : memref<?xf32>
            %w = math.{name} %v : f32
            affine.store %w, %b[%i] : memref<?xf32>
        }}
        return
    }}""")
    expand_math(module, fma, [name])
    vectorize_all(module, lambda loop: 2 * this_machine().lanes())
    return compile_llvm(function(module, "f"))


def worst(name: str, fma: bool, every: int) -> tuple[float, float, int, int]:
    """The largest distance, its argument, how many floats differ from the nearest, of how many."""
    run, largest, where, different, count = kernel(name, fma), 0.0, 0.0, 0, 0
    for start in range(0, 1 << 32, CHUNK * every):
        bits = np.arange(start, min(start + CHUNK * every, 1 << 32), every, dtype=np.uint32)
        x = bits.view(np.float32)
        if name in LARGEST:
            x = x[np.abs(x) <= LARGEST[name]]
        found, want = np.empty_like(x), exact(name, x)
        run(x, found)
        with np.errstate(all="ignore"):
            off = ~((found == want.astype(np.float32)) & (found != 0)) & ~np.isnan(x)
        distances = ulps(found[off], want[off])
        count += len(x)
        different += int(np.count_nonzero(distances > 0.5))
        if len(distances) and distances.max() > largest:
            largest, where = float(distances.max()), float(x[off][distances.argmax()])
    return largest, where, different, count


def main() -> int:
    parser = argparse.ArgumentParser(description="expand_math on all floats")
    parser.add_argument("functions", nargs="*", default=list(EXPANSIONS))
    parser.add_argument("--no-fma", action="store_true")
    parser.add_argument("--every", type=int, default=1)
    options = parser.parse_args()
    failed = False
    for name in options.functions:
        largest, where, different, count = worst(name, not options.no_fma, options.every)
        share = different / max(count, 1)
        print(f"{name:6} {largest:.3f} ulp at {where!r}; {share:.2%} not the nearest of {count:,}")
        sys.stdout.flush()
        failed |= largest > PROMISED
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
