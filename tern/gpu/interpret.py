"""Runs @triton.jit kernels in the interpreter though they were made for the compiler.

TRITON_INTERPRET decides at decoration which of the two a kernel is for, once for all. Here the
environment is left alone: while `launching` lasts, a launch and a call of any JITFunction go where
they are sent, and everything is put back at its end. So one process interprets and compiles the
same kernel.
"""

from __future__ import annotations

import contextlib
import dataclasses
import sys
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import triton.language as tl
from triton.language.semantic import TritonSemantic
from triton.runtime import interpreter
from triton.runtime.autotuner import Autotuner
from triton.runtime.jit import JITFunction

from tern.gpu import library, reductions, refusals
from tern.gpu.builder import MeteredBuilder
from tern.gpu.conversions import shown_as
from tern.gpu.refusals import INSTEAD, OPERATORS, UNKNOWN_TYPES, named, refused, refusing
from tern.gpu.rewrite import ITERATION, rewritten
from tern.gpu.traffic import source_name

with contextlib.suppress(ImportError):
    import triton.experimental.gluon  # noqa: F401  (a first launch would import it, amid the patches)


RUN = JITFunction.run  # a launch, or with warmup=True a compilation


@contextlib.contextmanager
def launching(run: Callable[..., None]) -> Iterator[None]:
    """Every launch, `kernel[grid](…)`, becomes run(kernel, arguments, keywords, grid).

    An autotuned kernel runs with its first configuration: there is nothing to time.
    """

    def launch(
        self: JITFunction, *arguments: Any, grid: Any, warmup: bool, **keywords: Any
    ) -> None:
        if warmup:  # nothing is launched
            return
        for hook in self.pre_run_hooks:
            hook(*arguments, **keywords)
        run(self, arguments, keywords, grid)

    def tune(self: Autotuner, *arguments: Any, **keywords: Any) -> None:
        config = self.configs[0]
        chosen = config.all_kwargs()
        if config.pre_hook is not None:
            config.pre_hook({**dict(zip(self.arg_names, arguments)), **keywords, **chosen})
        self.fn.run(*arguments, **keywords, **chosen)

    with _replaced((JITFunction, "run", launch), (Autotuner, "run", tune)):
        yield


class Interpreter:
    """Triton's language with a metered builder underneath."""

    def __init__(self, builder: MeteredBuilder) -> None:
        self.builder = builder
        self.semantic = TritonSemantic(builder)
        self.known: dict[Any, Callable] = {}

    def python(self, function: JITFunction) -> Callable:
        """The Python function that runs a kernel or device function."""
        fn = function.fn
        if fn not in self.known:
            file, builder = fn.__code__.co_filename, self.builder

            def refuse(why: str, line: int) -> None:
                builder.faults.stop("not Triton", why, at=(source_name(file), line))

            self.known[fn] = rewritten(function, self.semantic, builder.count_iteration, refuse)
            if not (fn.__module__ or "").startswith("triton."):
                builder.faults.files.add(file)
        return self.known[fn]

    def value(self, argument: Any, addresses: dict[int, int]) -> Any:
        """An argument as a kernel sees it; `addresses` by the id of a tensor."""
        if id(argument) in addresses:
            kind = tl.str_to_ty(interpreter.triton.runtime.jit.mangle_type(argument), None)
            pointer = interpreter.np.array([addresses[id(argument)]], interpreter.np.uint64)
            return tl.tensor(interpreter.TensorHandle(pointer, kind), kind)
        if isinstance(argument, interpreter.TensorDescriptor):
            strides = [interpreter._implicit_cvt(each) for each in argument.strides]
            strides[-1] = tl.constexpr(1)
            return self.semantic.make_tensor_descriptor(
                base=self.value(argument.base, addresses),
                shape=[interpreter._implicit_cvt(each) for each in argument.shape],
                strides=strides,
                block_shape=[tl.constexpr(each) for each in argument.block_shape],
                padding_option=argument.padding,
            )
        if type(argument) is tuple:
            return tl.tuple([self.value(each, addresses) for each in argument])
        if isinstance(argument, float):  # a kernel's float has 32 bits
            kind = tl.float32
            number = interpreter.np.array([argument], interpreter.np.float32)
            return tl.tensor(interpreter.TensorHandle(number, kind), kind)
        return interpreter._implicit_cvt(argument)

    @contextlib.contextmanager
    def language(self) -> Iterator[None]:
        """While this lasts, tl.* computes with NumPy."""
        modules = {"interpreter_builder": self.builder, "interpreter_semantic": self.semantic}
        with _replaced(*((interpreter, name, value) for name, value in modules.items())):
            scope = interpreter._patch_lang(
                SimpleNamespace(__globals__={"tl": tl, "core": tl.core})
            )
            try:
                self._amend(scope.set_attr)
                yield
            finally:
                scope.restore()

    def _amend(self, replace: Callable[[Any, str, Any], None]) -> None:
        """Over upstream's patches: calls, reductions, and what tensors are to Python."""

        def call(function: JITFunction, *arguments: Any, **keywords: Any) -> Any:
            return self.python(function)(*arguments, **keywords)

        replace(JITFunction, "__call__", call)
        for name, member in list(vars(tl.tensor).items()):
            if isinstance(member, JITFunction):  # x.sum(0): a plain function becomes a method
                replace(
                    tl.tensor, name, lambda *args, _of=member, **kwargs: call(_of, *args, **kwargs)
                )
        as_bool = tl.tensor.__bool__

        def decide(tensor: Any) -> bool:
            if ITERATION in sys._getframe(1).f_globals:  # asked by a kernel, and not by Triton
                self.builder.decides(tensor)
            return as_bool(tensor)

        def index(tensor: Any) -> int:
            self.builder.decides(tensor)
            return int(tensor.handle.data.item())

        replace(tl.tensor, "__bool__", decide)
        replace(tl.tensor, "__index__", index)
        for each in ("__str__", "__repr__"):
            replace(tl.tensor, each, lambda tensor: str(shown_as(tensor.handle).data))
        replace(tl.tensor, "T", property(lambda tensor: tl.trans(tensor)))
        to_ir = tl.dtype.to_ir

        def convert(kind: tl.dtype, builder: Any) -> Any:
            if kind.name in UNKNOWN_TYPES:
                raise refused(str(kind), "use tl.float8e4nv or tl.float8e5")
            return to_ir(kind, builder)

        replace(tl.dtype, "to_ir", convert)
        for module in (tl, tl.core):
            replace(module, "reduce", self._reduce)
            replace(module, "associative_scan", self._scan)
        self._name(replace)

    def _reduce(
        self, input: Any, axis: Any, combine_fn: Any, keep_dims: Any = False, **keywords: Any
    ) -> Any:
        inputs, axis = several(input), _plain(axis)
        keep = bool(_plain(keep_dims))
        rank = len(inputs[0].shape)
        axis = axis if axis is None else _axis(axis, rank)
        outputs = reductions.reduce(inputs, axis, combine_fn, self._run(combine_fn))
        if keep:
            for each in range(rank) if axis is None else [axis]:
                outputs = [self.semantic.expand_dims(value, each) for value in outputs]
        self.builder.reduced(inputs, axis, keep, outputs)
        return outputs[0] if isinstance(input, tl.tensor) else tuple(outputs)

    def _scan(
        self, input: Any, axis: Any, combine_fn: Any, reverse: Any = False, **keywords: Any
    ) -> Any:
        inputs, backwards = several(input), bool(_plain(reverse))
        axis = _axis(_plain(axis), len(inputs[0].shape))
        outputs = reductions.scan(inputs, axis, backwards, combine_fn, self._run(combine_fn))
        self.builder.scanned(inputs, axis, backwards, outputs)
        return outputs[0] if isinstance(input, tl.tensor) else tuple(outputs)

    def _run(self, combine_fn: Any) -> Callable:
        def again() -> Callable[[], None]:
            before = dataclasses.replace(self.builder.tally)
            return lambda: setattr(self.builder, "tally", before)

        return reductions.by_lanes(self.python(combine_fn), again)

    def _name(self, replace: Callable[[Any, str, Any], None]) -> None:
        """Every function of the language says its name in its errors."""
        for module in (tl, tl.math):
            for name, member in list(vars(module).items()):
                if callable(member) and not (isinstance(member, type) or name.startswith("_")):
                    shown = INSTEAD.get(name) and refusing(f"tl.{name}")
                    replace(module, name, shown or named(f"tl.{name}", member))
        for name, member in list(vars(tl.core.tensor_descriptor_base).items()):
            if callable(member) and not name.startswith("_"):
                replace(tl.core.tensor_descriptor_base, name, named(f"descriptor.{name}", member))
        for name, member in list(vars(tl.tensor).items()):
            if name in OPERATORS or (callable(member) and not name.startswith("_")):
                replace(tl.tensor, name, named(OPERATORS.get(name, f"tensor.{name}"), member))
        replace(tl.tensor, "__getitem__", named("[]", refusals.indexing(tl.tensor.__getitem__)))
        if hasattr(tl, "condition"):  # of a while loop
            replace(tl, "condition", lambda value, disable_licm=False: value)
        library.install(replace)


def several(input: Any) -> list[Any]:
    """The tensors that a reduction is of."""
    found = [input] if isinstance(input, tl.tensor) else list(input)
    if wrong := [each for each in found if not isinstance(each, tl.tensor)]:
        raise TypeError(f"a reduction is of tensors, and this is a {type(wrong[0]).__name__}")
    return found


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, tl.constexpr) else value


def _axis(axis: int, rank: int) -> int:
    if not -rank <= axis < rank:
        raise ValueError(f"axis {axis} of a block of {rank} axes")
    return axis % rank


@contextlib.contextmanager
def _replaced(*changes: tuple[Any, str, Any]) -> Iterator[None]:
    """Set attributes, and put them back at the end."""
    before = [(owner, name, getattr(owner, name)) for owner, name, _ in changes]
    for owner, name, value in changes:
        setattr(owner, name, value)
    try:
        yield
    finally:
        for owner, name, value in before:
            setattr(owner, name, value)


def bound(kernel: JITFunction, arguments: tuple, keywords: dict) -> tuple[dict, dict]:
    """A launch's arguments by name, and its options, such as num_warps."""
    options = {name: value for name, value in keywords.items() if name not in kernel.arg_names}
    named = {name: value for name, value in keywords.items() if name in kernel.arg_names}
    given = kernel.signature.bind(*arguments, **named)
    given.apply_defaults()
    return dict(given.arguments), options
