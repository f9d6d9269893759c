"""StableHLO: what JAX exports, as tern's IR.

Its text is read into operations `stablehlo.add` and so on, in tern's data structure; `to_tern`
makes of these operations of tensor, linalg, arith, and math.
"""

from tern.frontends.stablehlo.convert import to_tern
from tern.frontends.stablehlo.load import from_objects, import_stablehlo
from tern.frontends.stablehlo.names import StableHloError
from tern.frontends.stablehlo.reader import read_stablehlo

__all__ = [
    "StableHloError",
    "from_objects",
    "import_stablehlo",
    "read_stablehlo",
    "to_tern",
]
