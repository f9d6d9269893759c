"""jaxlib and JAX, whose names are in this module and nowhere else in tern.

Much of what a compiler needs of them is private: a release may move it. What each thing is called
was tried with the release in TRIED; with another, run tests/tern/targets/test_stablehlo.py, and
where a name is gone look for it in jax/_src/compiler.py (compiling), jax/_src/interpreters/mlir.py
(contexts), and jaxlib/mlir/dialects/stablehlo.py (the dialect, its artifacts, its interpreter).
Whatever is not found is told as XlaMissing, in one line.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import contextmanager
from importlib import metadata
from importlib.util import find_spec
from typing import Any

from tern.targets.errors import XlaError, XlaMissing

TRIED = "0.10.2"


def missing() -> str:
    """Why XLA cannot be used here, in one line; empty if it can."""
    if find_spec("jax") is None or find_spec("jaxlib") is None:
        return "XLA needs the package jax, which is not there (pip install jax)"
    return ""


def version() -> str:
    """The release of JAX; empty without it."""
    try:
        return metadata.version("jax")
    except metadata.PackageNotFoundError:
        return ""


@contextmanager
def named(what: str) -> Any:
    """What follows uses names that a release may move."""
    try:
        yield
    except (ImportError, AttributeError, TypeError) as error:
        raise XlaMissing(
            f"jax {version()} has {what} elsewhere than {TRIED}: {str(error).splitlines()[0]} "
            "(tern/targets/stablehlo/package.py says what to do)"
        ) from None


# the dialect --------------------------------------------------------------------------------------


@contextmanager
def context() -> Any:
    """A context of MLIR's that knows StableHLO, as the current one, without threads of its own."""
    with named("MLIR's contexts"):
        from jaxlib.mlir import ir
        from jaxlib.mlir._mlir_libs import _jax_mlir_ext
        from jaxlib.mlir.dialects import chlo, stablehlo

        registry = ir.DialectRegistry()
        _jax_mlir_ext.register_dialects(registry)
        made = ir.Context()
        made.append_dialect_registry(registry)
        made.load_all_available_dialects()
        made.enable_multithreading(False)
        stablehlo.register_dialect(made)
        chlo.register_dialect(made)
    with made, ir.Location.unknown():
        yield made


def parsed(text: str) -> Any:
    """A module, parsed and verified, in the context that is open. XlaError."""
    from jaxlib.mlir import ir

    try:
        module = ir.Module.parse(text)
        module.operation.verify()
    except ir.MLIRError as error:
        found = getattr(error, "error_diagnostics", None) or []
        message = found[0].message if found else str(error).strip().splitlines()[-1]
        place = f"{found[0].location}: ".replace('"-":', "") if found else ""
        raise XlaError(f"{place}{' '.join(message.split())}") from None
    return module


def in_stablehlo_alone(text: str) -> Any:
    """A module of a text, without operations of chlo: what these are in StableHLO. XlaError."""
    module = parsed(text)
    if "chlo." in text:
        with named("the pass chlo-legalize-to-stablehlo"):
            from jaxlib.mlir.passmanager import PassManager

            _stablehlo().register_stablehlo_passes()
            try:
                passes = PassManager.parse("builtin.module(func.func(chlo-legalize-to-stablehlo))")
            except ValueError as error:
                raise AttributeError(_line(error)) from None
        passes.run(module.operation)
    return module


def _stablehlo() -> Any:
    with named("StableHLO's functions"):
        from jaxlib.mlir.dialects import stablehlo

        return stablehlo


def versions() -> tuple[str, str]:
    """The oldest version of StableHLO that artifacts can be written for, and the current one."""
    dialect = _stablehlo()
    return dialect.get_minimum_version(), dialect.get_current_version()


def serialized(text: str, target: str) -> bytes:
    """A portable artifact of a version of StableHLO. XlaError."""
    dialect = _stablehlo()
    with context():
        module = in_stablehlo_alone(text)
        try:
            return dialect.serialize_portable_artifact(module, target)
        except (ValueError, RuntimeError) as error:
            raise XlaError(f"no artifact of version {target}: {_line(error)}") from None


def deserialized(artifact: bytes) -> str:
    """The text of a portable artifact. XlaError."""
    dialect = _stablehlo()
    with context() as open_one:
        try:
            return str(dialect.deserialize_portable_artifact(open_one, artifact))
        except (ValueError, RuntimeError) as error:
            raise XlaError(f"this is no portable artifact: {_line(error)}") from None


def interpreted(text: str, arrays: Sequence[Any]) -> list[Any]:
    """The results of `@main`, by the reference interpreter of StableHLO's specification."""
    import numpy as np

    dialect = _stablehlo()
    with context():
        module = in_stablehlo_alone(text)
        given = [_constant(np.asarray(each, order="C")) for each in arrays]
        try:
            return [_array(dialect, each) for each in dialect.eval_module(module, given)]
        except (ValueError, RuntimeError) as error:
            raise XlaError(f"the interpreter of StableHLO fails: {_line(error)}") from None


def _constant(array: Any) -> Any:
    """An array as MLIR's attribute, whose integers have a sign if they are unsigned."""
    from jaxlib.mlir import ir

    if array.dtype.name == "bfloat16":  # which Python's buffers don't know
        shape, bits = array.shape, array.view("uint16")
        return ir.DenseElementsAttr.get(bits, type=ir.BF16Type.get(), shape=shape)
    return ir.DenseElementsAttr.get(array, signless=array.dtype.kind != "u")


_WIDER = """func.func @main(%a: TYPE) -> WIDE {
  %0 = stablehlo.convert %a : (TYPE) -> WIDE
  return %0 : WIDE
}"""


def _array(dialect: Any, found: Any) -> Any:
    """The reverse; bf16 comes by way of f32."""
    import ml_dtypes
    import numpy as np
    from jaxlib.mlir import ir

    type = str(found.type)
    if "bf16" not in type:
        return np.array(found)
    wider = _WIDER.replace("TYPE", type).replace("WIDE", type.replace("bf16", "f32"))
    (wide,) = dialect.eval_module(ir.Module.parse(wider), [found])
    return np.array(wide).astype(ml_dtypes.bfloat16)


def _line(error: Exception) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()]
    return " ".join((lines or [type(error).__name__])[0].split())


# XLA ----------------------------------------------------------------------------------------------


def compiled(text: str) -> Any:
    """What XLA makes of a module for this machine's CPU: an executable. XlaError.

    JAX is told to keep 64 bits: this is for a process of its own.
    """
    import jax

    with named("XLA's compiler"):
        from jaxlib import xla_client

        jax.config.update("jax_enable_x64", True)
        client: Any = jax.devices("cpu")[0].client
        devices = xla_client.DeviceList(tuple(client.local_devices()))
        options = xla_client.CompileOptions()
        compile = client.compile_and_load
    try:
        return compile(text.encode(), devices, options)
    except jax.errors.JaxRuntimeError as error:
        raise XlaError(f"XLA: {_line(error)}") from None


def executed(executable: Any, arrays: Sequence[Any]) -> list[Any]:
    """The results of an executable, as NumPy's arrays. XlaError."""
    import jax
    import numpy as np

    try:
        given = [jax.device_put(each) for each in arrays]
        return [np.asarray(each) for each in executable.execute(given)]
    except jax.errors.JaxRuntimeError as error:
        raise XlaError(f"XLA: {_line(error)}") from None


def optimized(executable: Any) -> str:
    """HLO after all of XLA's passes: with fusions and layouts."""
    with named("an executable's HLO"):
        return executable.hlo_modules()[0].to_string()
