"""LLVM IR to machine code in this process, with llvmlite. Imported only when it is asked for."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Callable
from typing import Any

import llvmlite.binding as llvm

from tern.targets.llvm.helpers import soft

OLD = 17
"""Before this version of LLVM, processors had no `llvm.maximum`: Colab's is 15."""


def target_machine(cpu: str = "") -> Any:
    """What code is made for: this processor, or another of its kind, such as x86-64-v3.

    A new one each time: an engine owns its own.
    """
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    features = "" if cpu else llvm.get_host_cpu_features().flatten()
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=cpu or llvm.get_host_cpu_name(), features=features, opt=3, jit=True
    )


def parsed(text: str, cpu: str = "") -> Any:
    """A module of LLVM's own, verified. ValueError, with LLVM's message, if the text is none."""
    machine = target_machine(cpu)
    try:
        module = llvm.parse_assembly(_for_this_version(text))
        module.verify()
    except RuntimeError as error:
        raise ValueError(str(error).strip()) from None
    module.triple = llvm.get_default_triple()
    module.data_layout = str(machine.target_data)
    return module


def optimize(module: Any, level: int = 3, cpu: str = "", unroll: bool = True) -> Any:
    """Run LLVM's passes of -O3, or of another level, on a module, in place.

    Without `unroll` loops stay loops, even those of a few iterations.
    """
    options = llvm.create_pipeline_tuning_options(speed_level=level)
    options.loop_vectorization = options.slp_vectorization = level > 1
    options.loop_unrolling = unroll and level > 1
    builder = llvm.create_pass_builder(target_machine(cpu), options)
    builder.getModulePassManager().run(module, builder)
    return module


def unrolls(text: str) -> bool:
    """Whether LLVM may unroll the loops of a text. Where vectors are written as such, as many stand
    side by side as there are registers for: sixteen times that many would go to the stack."""
    return re.search(r"= load <\d+ x ", text) is None


def optimized_text(text: str, level: int = 3, cpu: str = "") -> str:
    """What LLVM's optimizer makes of a text. ValueError if it is no LLVM IR."""
    return str(optimize(parsed(text, cpu), level, cpu, unrolls(text)))


class Native:
    """A module as machine code. `pointer(name)` is a function of it, without any check."""

    def __init__(self, text: str, level: int = 3, cpu: str = "") -> None:
        module = optimize(parsed(text + soft(text), cpu), level, cpu, unrolls(text))
        self.engine = llvm.create_mcjit_compiler(module, target_machine(cpu))
        self.engine.finalize_object()

    def pointer(self, name: str) -> Callable[[int], None]:
        """A function that takes one pointer and returns nothing."""
        function = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(self.engine.get_function_address(name))
        function.engine = self.engine  # the code is there as long as the engine
        return function


def machine_code(text: str, name: str, level: int = 3) -> Callable[..., None]:
    """A function of a text of LLVM IR as one of Python, which takes addresses and sizes.

    The function must take pointers and i64 only, and return nothing. Nothing is checked: a wrong
    address is a wrong address. ValueError if the text is no LLVM IR, or has no such function.
    """
    module = parsed(text)
    try:
        count = len(list(module.get_function(name).arguments))
    except NameError:
        raise ValueError(f"the text does not define @{name}") from None
    native = Native(text, level)
    address = native.engine.get_function_address(name)
    function = ctypes.CFUNCTYPE(None, *[ctypes.c_int64] * count)(address)
    function.engine = native.engine  # the code is there as long as the engine
    return function


def assembly_text(text: str, level: int = 3, cpu: str = "") -> str:
    """The assembly of what LLVM makes of a text."""
    module = optimize(parsed(text, cpu), level, cpu, unrolls(text))
    return target_machine(cpu).emit_assembly(module)


def _for_this_version(text: str) -> str:
    """The text, with definitions in place of the intrinsics that an old LLVM cannot compile."""
    version = llvm.llvm_version_info[0]
    text = with_attributes_of(text, version)
    return text if version >= OLD else older(text)


def with_attributes_of(text: str, version: int) -> str:
    """The text without attributes that a version of LLVM does not know, or with its words."""
    if version < 21:
        text = text.replace("captures(none)", "nocapture")
    if version < 19:
        text = re.sub(r"range\(i64 [-\d]+, [-\d]+\) ", "", text)
    if version < 16:
        text = text.replace("memory(argmem: readwrite)", "argmemonly")
    return text


def older(text: str) -> str:
    """A text for an LLVM before version 17: without `maximum`, `minimum`, and `splat`."""
    text = "\n".join(_without_splats(line) for line in text.split("\n"))
    found = sorted(set(re.findall(r"@llvm\.((?:max|min)imum)\.((?:v\d+)?f\d+)\(", text)))
    text = re.sub(r"declare .* @llvm\.(?:max|min)imum\..*\n", "", text)
    text = re.sub(r"@llvm\.((?:max|min)imum\.(?:v\d+)?f\d+)\(", r"@tern.\1(", text)
    return text + "\n".join(_extremum(word, type) for word, type in found)


def _without_splats(line: str) -> str:
    """With vector constants in full: all vectors of an instruction are equally long."""
    if " splat (" not in line:
        return line
    lanes = int(line[line.index("<") + 1 :].split()[0])

    def full(match: re.Match[str]) -> str:
        return f"<{', '.join([match[1]] * lanes)}>"

    return re.sub(r"splat \(([^()]*)\)", full, line)


def _extremum(word: str, suffix: str) -> str:
    """NaN of any NaN; -0.0 is less than 0.0."""
    lanes, _, width = suffix.rpartition("f")
    type, bits = {"16": "half", "32": "float", "64": "double"}[width], f"i{width}"
    bit = "i1"
    if lanes:
        type, bits, bit = [f"<{lanes[1:]} x {each}>" for each in (type, bits, bit)]
    better, join = ("ogt", "and") if word == "maximum" else ("olt", "or")
    return f"""
define private {type} @tern.{word}.{suffix}({type} %a, {type} %b) alwaysinline {{
  %better = fcmp {better} {type} %a, %b
  %one = select {bit} %better, {type} %a, {type} %b
  %a.bits = bitcast {type} %a to {bits}
  %b.bits = bitcast {type} %b to {bits}
  %both = {join} {bits} %a.bits, %b.bits
  %zero = bitcast {bits} %both to {type}
  %equal = fcmp oeq {type} %a, %b
  %known = select {bit} %equal, {type} %zero, {type} %one
  %sum = fadd {type} %a, %b
  %nan = fcmp uno {type} %a, %b
  %r = select {bit} %nan, {type} %sum, {type} %known
  ret {type} %r
}}
"""
