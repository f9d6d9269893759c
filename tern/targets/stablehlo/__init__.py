"""StableHLO: functions of tensors as text, which XLA compiles and runs."""

from tern.targets.errors import XlaError, XlaMissing
from tern.targets.stablehlo.compile import XlaFunction, compile_xla
from tern.targets.stablehlo.emit import stablehlo_text
from tern.targets.stablehlo.package import missing, version
from tern.targets.stablehlo.xla import (
    from_portable,
    interpreted,
    optimized_hlo,
    portable,
    verified,
    versions,
)

__all__ = [
    "XlaError",
    "XlaFunction",
    "XlaMissing",
    "compile_xla",
    "from_portable",
    "interpreted",
    "missing",
    "optimized_hlo",
    "portable",
    "stablehlo_text",
    "verified",
    "version",
    "versions",
]
