"""The command line: `python -m tern FILE [--emit WHAT | --run FUNCTION ARGUMENT ...]`."""

from __future__ import annotations

import argparse
import json
import math
import os
import signal
import sys
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

from tern.errors import TernError
from tern.text import Source, Span, parse, tokenize
from tern.text.tree import outline

_DESCRIPTION = "Compile a tern program and print a stage of it, or run one of its functions."

_EPILOG = """\
arguments of --run: numbers, true, false, and nested lists for tensors, as in JSON:
  python -m tern softmax.tern --run softmax '[[1, 2, 3]]'
FILE may be - for the standard input. --run takes all that follows, so it comes last.
"""


# What --emit prints: of the program, of its functions as loops, of its functions of tensors.
_FORMS = ["tokens", "tree", "slots", "scf", "ir"]
_OF_LOOPS = ["loops", "llvm", "opt", "numba", "tvm"]
_OF_TENSORS = ["triton", "ptx"]
_OF_SCALARS = ["asm"]


class UsageError(TernError):
    """The command, rather than the program, is wrong."""

    exit_code = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit status: 0, 1 for a program in error, 2 for a wrong command."""
    options = _parser().parse_args(arguments)
    source, status = None, 0
    try:
        if options.conformance is not None:
            return _conformance(options.conformance)
        if options.file is None:
            raise UsageError("a program is required: its file, or - for the standard input")
        source = _read(options.file)
        if options.run is not None:
            runs = _RUNS.get(options.target) or _by_interpreter(options.max_steps)
            print(_run(source, options.run[:1], options.run[1:], runs))
        else:
            schedule = (options.order, options.tile, options.unroll)
            kinds = {"device": options.device, "machine": options.machine}
            text, refused = _emit(source, options.emit or "ir", schedule, kinds)
            print(text, end="\n" if text or not refused else "")
            for error in refused:
                print(_report(error, source), file=sys.stderr)
            status = int(bool(refused))
        sys.stdout.flush()
    except TernError as error:
        print(_report(error, source), file=sys.stderr)
        return error.exit_code
    except MemoryError:
        print("tern: this needs more memory than there is", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("tern: interrupted", file=sys.stderr)
        return 130  # as a shell says it of a program that Ctrl-C ended
    except BrokenPipeError:
        # The reader of our output, `head` say, has had enough.
        _drop_output()
        return 0
    except OSError as error:  # a full disk, say
        _drop_output()
        print(f"tern: cannot write: {error.strerror or error}", file=sys.stderr)
        return 1
    return status


def _report(error: TernError, source: Source | None) -> str:
    """What is printed of an error: where in the source, if it knows its operation's location."""
    if source is None or not isinstance(error.location, Span):
        return error.report()
    line, column = source.position(error.location.start)
    return f"{source.name}:{line}:{column}: error: {error}"


def _drop_output() -> None:
    """Let the unwritten rest of the output go nowhere: Python would try again at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tern",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", metavar="FILE", nargs="?", help="the program")
    group = parser.add_mutually_exclusive_group()
    group.add_argument(
        "--emit",
        choices=[*_FORMS, *_OF_LOOPS, *_OF_TENSORS, *_OF_SCALARS],
        help="what to print: tokens, syntax tree, IR with variables in memory, structured IR, "
        "IR in SSA form (the default), loops over buffers, or these as LLVM IR, as what LLVM's "
        "optimizer makes of it, as Python for Numba, or as TVMScript; or kernels and launchers in "
        "Triton, or the kernels compiled for an NVIDIA GPU; or functions of numbers in assembly",
    )
    group.add_argument(
        "--run", nargs=argparse.REMAINDER, metavar="FUNCTION ARGUMENT", help="what to run"
    )
    group.add_argument(
        "--conformance",
        nargs="*",
        metavar="TARGET",
        help="without a program: whether each target, or those named, computes what the "
        "definitions say: array, loops, llvm, numba, tvm, triton, mlir",
    )
    parser.add_argument(
        "--order",
        type=lambda text: text.split(","),
        metavar="i,k,j",
        help="of loops and numba: run nests of so many loops in this order",
    )
    parser.add_argument(
        "--tile",
        type=_sizes,
        metavar="64,64,64",
        help="of loops and numba: cut nests of so many loops, in that order, into tiles; "
        "0 leaves a loop whole",
    )
    parser.add_argument(
        "--unroll",
        type=_sizes,
        metavar="2,4,1",
        help="of loops and numba: so many iterations of each loop, in that order, run side by side",
    )
    parser.add_argument(
        "--max-steps",
        type=int,
        default=100_000_000,
        metavar="N",
        help="of --run, before it: stop after so many operations (100 million); 0 for never",
    )
    parser.add_argument(
        "--target",
        choices=["interpreter", "llvm", "machine"],
        default="interpreter",
        help="of --run, before it: who runs the function. Machine code, LLVM's or that of tern's "
        "own back end, counts no steps",
    )
    parser.add_argument(
        "--device",
        choices=["sm_75", "sm_80", "sm_90"],
        help="of ptx: what to compile for, a T4, an A100 (which is the default), or an H100",
    )
    parser.add_argument(
        "--machine",
        choices=["x86_64", "aarch64"],
        help="of asm: what to compile for; this machine, if none is named",
    )
    return parser


def _sizes(text: str) -> list[int]:
    if not all(size.isascii() and size.isdigit() for size in text.split(",")):
        raise argparse.ArgumentTypeError(f"expected sizes, such as 64,64,64, not {text!r}")
    return [int(size) for size in text.split(",")]


def _read(file: str) -> Source:
    try:
        if file == "-":
            return Source(sys.stdin.read().removeprefix("\ufeff"), "<stdin>", brackets=True)
        with open(file, encoding="utf-8-sig") as stream:  # of Windows' editors, with a mark
            return Source(stream.read(), file, brackets=True)
    except (OSError, ValueError) as error:  # ValueError: not UTF-8, or a NUL in the name
        reason = getattr(error, "strerror", None) or "not a text in UTF-8"
        raise UsageError(f"cannot read {file!r}: {reason}") from None


Texts = tuple[str, Sequence[TernError]]
"""What is printed, and the errors of functions that it is without."""


def _emit(
    source: Source, what: str, schedule: Sequence[Any], kinds: dict[str, str | None]
) -> Texts:
    for option, form in (("device", "ptx"), ("machine", "asm")):
        if kinds.get(option) is not None and what != form:
            raise UsageError(f"--{option} goes with --emit {form}")
    options = {option: kind for option, kind in kinds.items() if kind is not None}
    if what in _OF_LOOPS:
        return _emit_loops(source, what, schedule)
    if any(each is not None for each in schedule):
        raise UsageError(f"--order, --tile, and --unroll go with --emit {', '.join(_OF_LOOPS)}")
    if what in _OF_TENSORS:
        return _emit_tensors(source, what, options)
    if what in _OF_SCALARS:
        return _emit_scalars(source, what, options)
    if what == "tokens":
        return "\n".join(_show_token(source, token) for token in tokenize(source)), ()
    if what == "tree":
        return outline(parse(source)), ()
    from tern.build import build

    return str(build(source, slots=what == "slots", structured=what == "scf")), ()


def _emit_loops(source: Source, what: str, chosen: Sequence[Any]) -> Texts:
    """The functions that have a form as loops, and as such in the target's language."""
    from tern.ir import functions, new_module
    from tern.lower import LoweringError, lower_source
    from tern.passes.schedule import schedule

    scalars = _scalar_functions(source) if what in ("llvm", "opt") else []
    done = {func.attributes["sym_name"] for func in scalars}
    module, refused = new_module(), []
    for function in parse(source).functions:
        if function.name.text in done:
            continue
        try:
            (func,) = functions(lower_source(source, [function.name.text]))
            module.body.only_block.append(func)
        except LoweringError as error:
            refused.append(error)
    if functions(module):
        schedule(module, *chosen)
    if what == "loops":
        return str(module) if functions(module) else "", refused
    from tern.targets.interface import target

    emitted = target(what).emit([*scalars, *functions(module)])
    return emitted.text, [*refused, *emitted.refused]


def _scalar_functions(source: Source) -> list[Any]:
    """The functions that take and give numbers, which know the names of their parameters."""
    from tern.build import build
    from tern.ir import function
    from tern.targets.llvm.scalars import is_scalar

    module, found = build(source), []
    for tree in parse(source).functions:
        func = function(module, tree.name.text)
        func.attributes["argument_names"] = tuple(p.name.text for p in tree.parameters)
        if is_scalar(func):
            found.append(func)
    return found


def _emit_tensors(source: Source, what: str, options: dict[str, str]) -> Texts:
    """The functions that have a form in Triton."""
    from tern.ir import public_functions
    from tern.targets.interface import target
    from tern.targets.triton import named

    emitted = target(what, **options).emit(public_functions(named(source)))
    return emitted.text, emitted.refused


def _emit_scalars(source: Source, what: str, options: dict[str, str]) -> Texts:
    """The functions that take and give numbers, in assembly."""
    from tern.build import build
    from tern.ir import functions
    from tern.targets.interface import target

    emitted = target(what, **options).emit(functions(build(source)))
    return emitted.text, emitted.refused


def _conformance(targets: Sequence[str]) -> int:
    """Print the table; 1 if a target computes something wrong."""
    from tern.conformance import NEEDS, RUNNERS, compare, table

    if unknown := set(targets) - RUNNERS.keys():
        raise UsageError(f"--conformance knows {', '.join(RUNNERS)}, and not {unknown.pop()}")
    missing = [t for t in targets or RUNNERS if t in NEEDS and find_spec(NEEDS[t]) is None]
    if targets and missing:
        raise UsageError(f"{missing[0]} needs the package {NEEDS[missing[0]]}, which is not there")
    outcomes = [compare(target) for target in targets or RUNNERS if target not in missing]
    print(table(outcomes))
    for target in missing:
        print(f"\nnot judged here: {target}, which needs the package {NEEDS[target]}")
    return int(any(outcome.wrong for outcome in outcomes))


def _show_token(source: Source, token: Any) -> str:
    line, column = source.position(token.span.start)
    text = f" {token.text}" if token.text != token.kind else ""
    return f"{line}:{column}: {token.kind}{text}".rstrip()


# --- running ----------------------------------------------------------------------------------


Runs = Callable[[Source, str, list[Any]], Any]
"""Calls a function of a program with arguments: what it gives."""


def _by_interpreter(max_steps: int) -> Runs:
    def runs(source: Source, name: str, values: list[Any]) -> Any:
        from tern.build import build
        from tern.ir import run

        return run(build(source), name, *values, max_steps=max_steps or None)

    return runs


def _by_llvm(source: Source, name: str, values: list[Any]) -> Any:
    """Machine code, which Ctrl-C ends together with the process."""
    from tern.targets.llvm.program import run_native

    if find_spec("llvmlite") is None:
        raise UsageError("--target llvm needs the package llvmlite, which is not there")
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return run_native(source, name, values)


def _by_machine(source: Source, name: str, values: list[Any]) -> Any:
    """Machine code of tern's own back end, which Ctrl-C ends together with the process."""
    from tern.build import build
    from tern.ir import function
    from tern.targets.interface import target

    if find_spec("llvmlite") is None:
        raise UsageError("--target machine needs the package llvmlite, whose assembler it uses")
    compiled = target("asm").load(function(build(source), name))
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    return compiled(*values)


_RUNS: dict[str, Runs] = {"llvm": _by_llvm, "machine": _by_machine}


def _run(source: Source, function: Sequence[str], texts: Sequence[str], runs: Runs) -> str:
    from tern.check import check

    tree = parse(source)
    signatures = check(tree).signatures
    if not function or function[0] not in signatures:
        known = ", ".join(signatures) or "none"
        raise UsageError(f"--run needs the name of a function; the program has: {known}")
    signature = signatures[function[0]]
    parameters = signature.function.parameters
    if len(texts) != len(parameters):
        expected = ", ".join(p.name.text for p in parameters) or "none"
        raise UsageError(f"`{function[0]}` takes {len(parameters)} arguments ({expected})")
    sizes: dict[str, int] = {}
    values = [
        _argument(text, type_, f"argument `{parameter.name.text}`", sizes)
        for text, type_, parameter in zip(texts, signature.parameters, parameters)
    ]
    result = runs(source, function[0], values)
    if isinstance(result, (list, tuple)) and len(result) == 1:
        result = result[0]
    return json.dumps(result.tolist() if hasattr(result, "tolist") else result)


def _argument(text: str, type_: Any, what: str, sizes: dict[str, int]) -> Any:
    """The value that a text spells, which must be of the type. `sizes` keeps named sizes."""
    import numpy

    from tern.check.surface import element_of, shape_of, spell
    from tern.ir.arrays import dtype_of
    from tern.shapes import replaced

    shape = shape_of(type_)
    try:
        value = json.loads(text, parse_float=_finite)
    except (ValueError, RecursionError):
        raise UsageError(f"{what} is not a number, true, false or a list: {text}") from None
    numbers = [_number(number, type_, what) for number in _numbers(value)]
    if not shape and not isinstance(value, list):
        return numbers[0]
    try:
        found = numpy.array(value, dtype=object)
        if any(isinstance(item, list) for item in found.flat):
            raise ValueError
        array = numpy.array(numbers, dtype_of(element_of(type_))).reshape(found.shape)
    except ValueError:
        raise UsageError(f"{what} has rows of different lengths") from None
    if array.ndim != len(shape) or array.ndim == 0:
        raise UsageError(f"{what} is {spell(type_)}, found {array.ndim} axes")
    for size, actual in zip(shape, array.shape):
        expected = replaced(size, sizes)
        if isinstance(expected, str) and expected == size:
            sizes[size] = actual  # of a sum too early to be known, `run` will say what is wrong
        elif expected != actual:
            name = f"`{size}` is {expected}" if isinstance(size, str) else f"it is {size}"
            raise UsageError(f"{what} is {spell(type_)}: {name}, found {actual}")
    return array


class _TooLarge(float):
    """A number beyond the greatest double, which knows how it was written."""

    text: str


def _finite(text: str) -> float:
    value = _TooLarge(text)
    value.text = text
    return value if math.isinf(value) else float(text)


def _numbers(value: Any) -> list[Any]:
    """What nested lists hold, in order. No recursion."""
    found, stack = [], [value]
    while stack:
        item = stack.pop()
        if isinstance(item, list):
            stack += reversed(item)
        else:
            found.append(item)
    return found


def _number(given: Any, type_: Any, what: str) -> Any:
    """A JSON value as a number of the element type of a parameter."""
    from tern.check.surface import element_of, spell
    from tern.ir import check_scalar

    shown = given.text if isinstance(given, _TooLarge) else json.dumps(given)
    try:
        number = check_scalar(given, element_of(type_))
    except (TypeError, OverflowError):
        raise UsageError(f"{what} is {spell(type_)}, found {shown}") from None
    infinite = isinstance(number, float) and math.isinf(number)
    if isinstance(given, _TooLarge) or (infinite and given not in (math.inf, -math.inf)):
        raise UsageError(f"{what} is {spell(type_)}, found {shown}, which is too large")
    return number


if __name__ == "__main__":
    sys.exit(main())
