"""The real XLA, behind one door: what jaxlib lets Python do with HLO text, and what it calls it.

JAX promises none of these names to anybody; `NAMES` lists them. When a release moves one, every
function here raises XlaMissing with what has moved, and this file is the one to mend.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from tern.targets.errors import XlaError, XlaMissing

TRIED_WITH = "jaxlib 0.10.2"
NAMES = {
    "hlo_module_from_text": "jaxlib._hlo",
    "HloModule": "jaxlib._hlo",
    "HloPrintOptions": "jaxlib._hlo",
    "XlaComputation": "jaxlib._hlo",
    "hlo_module_cost_analysis": "jaxlib._jax",
    "mlir": "jaxlib._jax",
    "DeviceList": "jaxlib._jax",
    "CompileOptions": "jaxlib._jax",
}
# Compile options under which XLA:CPU leaves every instruction by itself.
WITHOUT_FUSION = {
    "xla_disable_hlo_passes": "fusion,fusion-wrapper",
    "xla_cpu_experimental_ynn_fusion_type": "",
}
# …under which it fuses by its own pass alone, and not for the library YNNPACK.
WITHOUT_LIBRARIES = {"xla_cpu_experimental_ynn_fusion_type": ""}


@functools.cache
def _found() -> dict[str, Any]:
    """What NAMES lists. XlaMissing."""
    try:
        jax = importlib.import_module("jax")
    except ImportError:
        raise XlaMissing("jax is not installed: pip install jax") from None
    found: dict[str, Any] = {"jax": jax, "client": jax.devices("cpu")[0].client}
    for name, module in NAMES.items():
        try:
            found[name] = getattr(importlib.import_module(module), name)
        except (ImportError, AttributeError):
            raise XlaMissing(
                f"{module}.{name} is not in jax {jax.__version__}; the book was written with "
                f"{TRIED_WITH}: install that, or mend tern/workshop/xla/real.py"
            ) from None
    return found


def missing() -> str:
    """Why the real XLA cannot be asked; "" if it can."""
    try:
        _found()
    except XlaMissing as error:
        return str(error)
    return ""


def unavailable() -> str:
    """Whether jax is not here, or not the one that the book knows, without importing it."""
    import importlib.metadata

    try:
        importlib.metadata.version("jaxlib")
    except importlib.metadata.PackageNotFoundError:
        return "jax is not installed: pip install jax"
    return ""


@contextmanager
def jax_cell() -> Iterator[None]:
    """For a notebook's cell that needs jax. Where that's missing, one line says so instead.

    Names that such a cell defines are missing in the next one, too: it ends in the same line.
    """
    try:
        yield
    except (ImportError, NameError) as error:
        why = str(error) if isinstance(error, XlaMissing) else unavailable()
        if not why:
            raise
        print(f"not run here: {why}")


def release() -> str:
    """Which jaxlib this is, as TRIED_WITH says it. XlaMissing."""
    _found()
    return f"jaxlib {importlib.import_module('jaxlib').__version__}"


def _parsed(text: str) -> Any:
    try:
        return _found()["hlo_module_from_text"](text)
    except RuntimeError as error:
        raise _refused(error) from None


def _refused(error: Exception) -> XlaError:
    return XlaError(" ".join(str(error).split())[:500])


def printed(module: Any) -> str:
    """Text of one of jaxlib's HLO modules, with no more than `read_module` keeps."""
    options = _found()["HloPrintOptions"]()
    for hidden in ("metadata", "percent", "operand_shape", "backend_config", "program_shape"):
        setattr(options, f"print_{hidden}", False)
    options.print_large_constants = True
    return module.to_string(options)


def to_text(proto: bytes) -> str:
    """A serialized HloModuleProto as text."""
    return printed(_found()["HloModule"].from_serialized_hlo_module_proto(proto))


def to_proto(text: str) -> bytes:
    """HLO text as a serialized HloModuleProto, verified. XlaError."""
    return _parsed(text).as_serialized_hlo_module_proto()


def cost_analysis(text: str) -> dict[str, float]:
    """What XLA's HloCostAnalysis says of a module as it stands. XlaError."""
    found = _found()
    costs = found["hlo_module_cost_analysis"](found["client"], _parsed(text))
    return {key: costs.get(key, 0.0) for key in ("flops", "transcendentals", "bytes accessed")}


class Executable:
    """A module of HLO text, compiled for this CPU. XlaError.

    `options` are XLA's flags, by name, for this one compilation.
    """

    def __init__(self, text: str, options: dict[str, str] | None = None) -> None:
        found = _found()
        self.client = found["client"]
        compile_options = found["CompileOptions"]()
        compile_options.env_option_overrides = list((options or {}).items())
        devices = found["DeviceList"](tuple(self.client.local_devices())[:1])
        try:
            computation = found["XlaComputation"](_parsed(text).as_serialized_hlo_module_proto())
            stablehlo = found["mlir"].xla_computation_to_mlir_module(computation)
            self.loaded = self.client.compile_and_load(stablehlo, devices, compile_options)
        except RuntimeError as error:
            raise _refused(error) from None

    def optimized(self) -> str:
        """The HLO that XLA's passes left."""
        return printed(self.loaded.hlo_modules()[0])

    def run(self, arguments: Sequence[np.ndarray]) -> list[np.ndarray]:
        """The results, flat."""
        put = _found()["jax"].device_put
        return [np.asarray(each) for each in self.loaded.execute([put(x) for x in arguments])]
