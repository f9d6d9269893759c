"""What a launch is given: tensors whose numbers are a kernel's, and numbers that are plain."""

from __future__ import annotations

from typing import Any

from tern.gpu.faults import Faults
from tern.gpu.hidden import Hidden, is_blank
from tern.gpu.tensors import address, is_descriptor, named_tensors

CHANGED = "numbers {}were changed between launches, and not by a kernel"
CHANGED_LAST = "numbers were changed after the last launch, and not by a kernel"
FOREIGN = "'{}' was made outside of kernels, with numbers in it"
KEPT = "'{}' was kept from an earlier call: each call makes its tensors anew"
SUBCLASS = "'{}' is a {}, a subclass of tensors"


def numbers(tensors: dict[str, Any], hidden: Hidden | None, faults: Faults) -> dict[str, Any]:
    """The tensors of a launch with their numbers. Those that no kernel put there are faults."""
    for name, tensor in tensors.items():
        if tensor.device.type != "cpu":
            raise ValueError(f"'{name}' is on {tensor.device}: the meter runs on CPU tensors")
    if hidden is None:
        return tensors
    if changed := hidden.changed():
        names = [f"of '{name}' " for name, each in tensors.items() if address(each) in changed]
        faults.add("not by a kernel", CHANGED.format(*names[:1] or [""]), at=("", 0))
    for name, tensor in tensors.items():
        if not hidden.knows(tensor):
            why = KEPT if is_blank(tensor) else FOREIGN
            faults.add("not by a kernel", why.format(name), at=("", 0))
            hidden.adopt(tensor)
    return {name: hidden.real(tensor) for name, tensor in tensors.items()}


def only_plain(kernel: str, named: dict[str, Any], faults: Faults) -> None:
    """Stops where an argument may be one thing now, and another for the compiler."""
    from tern.gpu.allowed import is_known_type, is_plain, is_plain_tensor

    tensors = dict(named_tensors(named))
    for name, tensor in tensors.items():
        if not is_plain_tensor(tensor):
            message = SUBCLASS.format(name, type(tensor).__name__)
            faults.stop("not Triton", message, at=("", 0))
        if not is_known_type(tensor):
            message = f"'{name}' is a tensor of {tensor.dtype}, a type that Triton has not"
            faults.stop("not Triton", message, at=("", 0))
    known = {id(each) for each in tensors.values()}
    for name, value in named.items():
        if not (id(value) in known or is_descriptor(value) or is_plain(value)):
            kind = type(value).__name__
            message = f"'{name}' of {kernel} is a {kind}, no tensor and no number"
            faults.stop("not Triton", message, at=("", 0))
