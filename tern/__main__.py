"""The command line: `python -m tern FILE [--emit WHAT | --run FUNCTION ARGUMENT ...]`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from tern.command.emit import FORMS, OF_LOOPS, OF_MLIR, OF_SCALARS, OF_TENSORS, OF_XLA, emit
from tern.command.loops import FASTMATH, VECTORS, arrangement
from tern.command.middle import middle_end
from tern.command.options import flags, named_sizes, number, sizes
from tern.command.remarks import remarks
from tern.command.run import run, runs_of
from tern.errors import TernError, UsageError
from tern.text import Source, Span

_DESCRIPTION = "Compile a tern program and print a stage of it, or run one of its functions."

_EPILOG = """\
arguments of --run: numbers, true, false, and nested lists for tensors, as in JSON:
  python -m tern softmax.tern --run softmax '[[1, 2, 3]]'
FILE may be - for the standard input. --run takes all that follows, so it comes last.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit status: 0, 1 for a program in error, 2 for a wrong command."""
    options = _parser().parse_args(arguments)
    source, status = None, 0
    try:
        if options.conformance is not None:
            return _conformance(options.conformance)
        if options.print_patterns:
            print(_patterns())
            return 0
        if options.file is None:
            raise UsageError("a program is required: its file, or - for the standard input")
        source = _read(options.file)
        status = _compile(source, options)
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


def _compile(source: Source, options: argparse.Namespace) -> int:
    """Print a stage of the program, run it, or tell of it; 1 if it is without some functions."""
    of_llvm = options.remarks and options.emit is None and options.run is None
    if options.remarks_filter and not of_llvm:
        raise UsageError("--remarks-filter goes with --remarks, without --emit and --run")
    optimize = middle_end(
        options.level,
        options.print_changed,
        options.statistics,
        options.core,
        options.passes,
    )
    own = options.remarks and not (of_llvm and options.level < 3)
    several = options.threads is not None
    arrange = arrangement(options.level, options.vectors, options.fast_math, own, several)
    if options.run is not None:
        runs = runs_of(options.target, options.max_steps, optimize, arrange, options.threads)
        print(run(source, options.run[:1], options.run[1:], runs))
        return 0
    schedule = (options.order, options.tile, options.unroll)
    if options.level == 3 and any(each is not None for each in schedule):
        raise UsageError("--order, --tile, and --unroll say what -O3 finds: use -O1")
    kinds = {
        "device": options.device,
        "machine": options.machine,
        "locations": options.locations or None,
        "sizes": options.sizes,
    }
    if of_llvm and all(each is None for each in kinds.values()):
        text, refused = remarks(source, options.remarks_filter, schedule, optimize, arrange)
    else:
        text, refused = emit(source, options.emit or "ir", schedule, kinds, optimize, arrange)
    print(text, end="\n" if text or not refused else "")
    for error in refused:
        print(_report(error, source), file=sys.stderr)
    return int(bool(refused))


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
        choices=[*FORMS, *OF_LOOPS, *OF_TENSORS, *OF_MLIR, *OF_XLA, *OF_SCALARS],
        help="what to print: tokens, syntax tree, IR with variables in memory, structured IR, "
        "IR in SSA form (the default), loops over buffers, or these as LLVM IR, as what LLVM's "
        "optimizer makes of it, as C++, as Python for Numba, or as TVMScript; or kernels and "
        "launchers in Triton, or the kernels compiled for an NVIDIA GPU; or functions as MLIR, "
        "tensors as linalg, or as what MLIR makes of that in its dialect llvm; or functions of "
        "tensors in StableHLO, which XLA takes; or functions of numbers in assembly",
    )
    group.add_argument(
        "--run", nargs=argparse.REMAINDER, metavar="FUNCTION ARGUMENT", help="what to run"
    )
    group.add_argument(
        "--conformance",
        nargs="*",
        metavar="TARGET",
        help="without a program: whether each target, or those named, computes what the "
        "definitions say: array, loops, llvm, cpp, numba, tvm, triton, mlir, xla",
    )
    parser.add_argument(
        "-O",
        dest="level",
        type=int,
        choices=[0, 1, 2, 3],
        default=1,
        help="-O0: without tern's own optimizations; -O1, the default: with them. (tokens, tree, "
        "slots, and scf are what comes before.) -O2: and canonical forms between them. -O3: and "
        "loops arranged for this machine: products in blocks, rows fused, vectors",
    )
    parser.add_argument(
        "--passes",
        type=lambda text: text.split(","),
        metavar="canonicalize,dce",
        help="run these passes, in this order, in place of those of -O1",
    )
    parser.add_argument(
        "--print-patterns",
        action="store_true",
        help="without a program: the rules and patterns that canonicalize rewrites by",
    )
    parser.add_argument(
        "--core",
        default="python",
        metavar="cpp",
        help="of -O1: run GVN and DCE in tern's IR core in C++, or with cpp:FOLDER in that core "
        "made of the headers in a folder, such as small_vec.hpp",
    )
    parser.add_argument("--print-changed", action="store_true", help="tell what each pass changes")
    parser.add_argument(
        "--statistics", action="store_true", help="tell how much each pass does, and each pattern"
    )
    parser.add_argument(
        "--vectors",
        choices=VECTORS,
        help="of -O3: whose vectors; this machine's, if none is named",
    )
    parser.add_argument(
        "--fast-math",
        type=flags,
        nargs="?",
        const=FASTMATH,
        metavar="reassoc,arcp,contract",
        help="of -O3: what is permitted of floats: to sum up in any order (a vector of partial "
        "sums), to multiply by a reciprocal, to round a product and a sum once; all, if none is "
        "named",
    )
    parser.add_argument(
        "--threads",
        type=number,
        metavar="N",
        help="of -O3: loops in parallel where they may be, and of --run, on how many threads",
    )
    parser.add_argument(
        "--remarks",
        action="store_true",
        help="print what LLVM's passes did, and did not, to which line, and why; and at -O3 why "
        "tern itself gave a loop no vectors, which --emit and --run tell, too",
    )
    parser.add_argument(
        "--remarks-filter",
        default="",
        metavar="loop-vectorize|inline",
        help="of --remarks: only what LLVM passes say whose names this regular expression matches",
    )
    parser.add_argument(
        "--order",
        type=lambda text: text.split(","),
        metavar="i,k,j",
        help="of loops and numba: run nests of so many loops in this order",
    )
    parser.add_argument(
        "--tile",
        type=sizes,
        metavar="64,64,64",
        help="of loops and numba: cut nests of so many loops, in that order, into tiles; "
        "0 leaves a loop whole",
    )
    parser.add_argument(
        "--unroll",
        type=sizes,
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
        choices=["interpreter", "llvm", "cpp", "machine", "mlir", "xla"],
        default="interpreter",
        help="of --run, before it: who runs the function. Machine code, of LLVM, of a C++ "
        "compiler, of tern's own back end, of MLIR, or of XLA, counts no steps",
    )
    parser.add_argument(
        "--device",
        choices=["sm_75", "sm_80", "sm_90"],
        help="of ptx: what to compile for, a T4, an A100 (which is the default), or an H100",
    )
    parser.add_argument(
        "--locations",
        action="store_true",
        help="of mlir: where in the program each operation comes from",
    )
    parser.add_argument(
        "--sizes",
        type=named_sizes,
        metavar="n=64,m=48",
        help="of stablehlo: the sizes that the program only names; XLA compiles for numbers",
    )
    parser.add_argument(
        "--machine",
        choices=["x86_64", "aarch64"],
        help="of asm: what to compile for; this machine, if none is named",
    )
    return parser


def _read(file: str) -> Source:
    try:
        if file == "-":
            return Source(sys.stdin.read().removeprefix("\ufeff"), "<stdin>", brackets=True)
        with open(file, encoding="utf-8-sig") as stream:  # of Windows' editors, with a mark
            return Source(stream.read(), file, brackets=True)
    except (OSError, ValueError) as error:  # ValueError: not UTF-8, or a NUL in the name
        reason = getattr(error, "strerror", None) or "not a text in UTF-8"
        raise UsageError(f"cannot read {file!r}: {reason}") from None


def _patterns() -> str:
    from tern.rewrite.canonical import described

    return described()


def _conformance(targets: Sequence[str]) -> int:
    """Print the table; 1 if a target computes something wrong."""
    from tern.conformance import RUNNERS, compare, missing, table

    if unknown := set(targets) - RUNNERS.keys():
        raise UsageError(f"--conformance knows {', '.join(RUNNERS)}, and not {unknown.pop()}")
    reasons = {target: missing(target) for target in targets or RUNNERS}
    absent = [why for why in reasons.values() if why]
    if targets and absent:
        raise UsageError(absent[0])
    outcomes = [compare(target) for target, why in reasons.items() if not why]
    print(table(outcomes))
    for why in absent:
        print(f"\nnot judged here: {why}")
    return int(any(outcome.wrong for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main())
