"""Makes a plugin of a reader's header: a pass that opt can load.

One unit holds the header and a few lines that add its pass (text/pass.hpp). It is preprocessed and
looked through, compiled against LLVM's precompiled headers, looked at again as an object file, and
only then linked with the entry that opt calls, which the header cannot rewrite.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from autograder.check.cpp import headers, kept, look, objects, reports
from autograder.check.cpp.plugin import kept_llvm
from autograder.check.cpp.plugin.kept_llvm import BUILD_SECONDS, COMPAT, Ground
from autograder.check.cpp.program import hidden, text_of
from autograder.check.failures import fail
from autograder.check.session import current
from autograder.course.cpp_cell import Header
from autograder.worker.system_programs import Expired, read, run_sandboxed

PLUGIN = "plugin.so"
MAX_PREPROCESSED = 1 << 25  # bytes; LLVM's headers take an eighth of it
# Folders of LLVM's headers for what a pass is made of. Other passes and the system are not in them.
ALLOWED = re.compile(
    r"llvm/(?:ADT|IR|Analysis|Transforms/Utils)/\w+\.h"
    r"|llvm/Support/(?:Alignment|Casting|CommandLine|Debug|Format\w*|KnownBits|MathExtras"
    r"|raw_ostream|ErrorHandling|TypeSize|Compiler)\.h"
)
# What an object file must not use of LLVM, by its mangled name.
OTHERS_WORK = {
    "runs a pass of LLVM's": re.compile(
        r"_ZN4llvm\d+\w*Pass3run|_ZN4llvm\d+create\w*Pass|_ZN4llvm\d+PassBuilder"
        r"|_ZN4llvm\d+\w*[sS]implif(?:y|ied)\w*|_ZNK?4llvm\d+InstCombin\w*|_ZN4llvm\d+\w*PassManager"
    ),
    "reads files or asks the system": re.compile(
        r"_ZNK?4llvm3sys|_ZN4llvm12MemoryBuffer|_ZN4llvm\d+parse(?:IR|Assembly|Bitcode)"
        r"|_ZN4llvm14raw_fd_ostreamC|_ZN4llvm3opt|_ZN4llvm2cl"
    ),
}


@dataclass
class Plugin:
    """A plugin that was built, in a folder of its own that goes with it."""

    header: Header
    ground: Ground
    folder: str
    _kept: tempfile.TemporaryDirectory | None = field(default=None, repr=False)
    left: str = ""  # the module that it left last


_made_here: dict[str, Plugin] = {}
"""In a kernel: the plugin that was built last."""


def pass_name(header: Header) -> str:
    """The struct that a header defines: loop_report.hpp has LoopReport."""
    return "".join(word.capitalize() for word in header.name.split("_"))


def of_reader(header: Header) -> Plugin:
    """The plugin of a reader's header, built unless it was before for this answer.

    CheckFailed with one line that says why there is none; CouldNotMeasure without an LLVM.
    """
    processes = current().processes
    made = processes.made if processes else _made_here
    key = repr(("plugin", header.name, header.text))
    if key not in made:
        if made is _made_here:
            made.clear()  # the header has been changed: nobody asks for what it was
        made[key] = build(header, kept_llvm.ground(kept_llvm.the_tools()))
    return made[key]


def of_the_book(book: Header, ground: Ground) -> Plugin:
    """The plugin of the book's own header, which is kept from one process to the next."""
    unit = _unit(book)
    name = kept.name_of(book.text, unit, str(ground.folder), ground.options)
    folder = tempfile.TemporaryDirectory(prefix="cpp-", ignore_cleanup_errors=True)
    plugin = Plugin(book, ground, folder.name, folder)
    if not kept.fetch(name, Path(folder.name, PLUGIN)):
        _compile(plugin, unit, trusted=True)
        kept.keep(name, Path(folder.name, PLUGIN))
    return plugin


def build(header: Header, ground: Ground) -> Plugin:
    """A new plugin. Takes one CPU second, or ten with g++. CheckFailed."""
    look.before_preprocessing(header)
    folder = tempfile.TemporaryDirectory(prefix="cpp-", ignore_cleanup_errors=True)
    plugin = Plugin(header, ground, folder.name, folder)
    _compile(plugin, _unit(header), trusted=False)
    return plugin


def _unit(header: Header) -> str:
    """The translation unit: the header, and the pass that opt runs."""
    ending = text_of("pass.hpp").replace("TERN_PASS", pass_name(header))
    parts = [f'#include "{header.file}"', look.guards(look.words(ending)), '#line 1 "pass"', ending]
    return "\n".join(parts)


def _compile(plugin: Plugin, unit: str, trusted: bool) -> None:
    """Make plugin.so in the plugin's folder. CheckFailed, or ValueError if it is the book's."""
    header, ground = plugin.header, plugin.ground
    for name, text in {header.file: header.text, "unit.cpp": unit}.items():
        Path(plugin.folder, name).write_text(text, encoding="utf-8")
    if not trusted:
        _look_through(plugin)
    told = _run(plugin, [*ground.options, "-c", "unit.cpp", "-o", "unit.o"])
    if told and trusted:
        raise ValueError(f"the book's own {header.file} does not compile:\n{told}")
    if told:
        _fail_to_compile(told, header)
    if not trusted:
        _look_at(plugin)
    Path(plugin.folder, "entry.o").write_bytes(ground.entry.read_bytes())
    if told := _run(plugin, ["-shared", "entry.o", "unit.o", "-o", PLUGIN]):
        fail(*reports.of_linker(told, header))


def _look_through(plugin: Plugin) -> None:
    """CheckFailed for a header that holds, or includes, what it must not."""
    ground, header = plugin.ground, plugin.header
    beside = frozenset({COMPAT, str(ground.folder / COMPAT)})
    _run(plugin, [*ground.options, "-E", "unit.cpp", "-o", "unit.ii"])
    if not Path(plugin.folder, "unit.ii").exists():
        return  # the compiler will say why
    try:
        preprocessed = read(plugin.folder, "unit.ii", MAX_PREPROCESSED).decode("utf-8", "replace")
    except OSError:
        fail(f"with its macros expanded it has more than {MAX_PREPROCESSED:,} bytes")

    def of_llvm(path: str) -> bool:
        name = path.removeprefix(f"{ground.tools.includes}/")
        return name != path and ALLOWED.fullmatch(name) is not None

    look.through(preprocessed, header, beside, of_llvm)


def _look_at(plugin: Plugin) -> None:
    """CheckFailed for an object that does more than a pass should."""
    data, header = read(plugin.folder, "unit.o"), plugin.header
    objects.look_at(data, header)
    if (found := objects.parse(data)) is None:
        return
    for symbol in found.symbols:
        for what, pattern in OTHERS_WORK.items():
            if not symbol.section and pattern.match(symbol.name):
                called = readable_name(symbol.name)
                fail(f"it uses {called}, which {what}: {header.file} is to do the work itself")


def readable_name(mangled: str) -> str:
    """The names in a mangled one: _ZN4llvm15InstCombinePass3runE… is llvm::InstCombinePass::run."""
    names, rest = [], re.sub(r"^_Z(?:NK?)?", "", mangled)
    while found := re.match(r"\d+", rest):
        length = int(found[0])
        names.append(rest[found.end() : found.end() + length])
        rest = rest[found.end() + length :]
    return "::".join(names) or mangled


def _run(plugin: Plugin, options: Sequence[str]) -> str:
    """What the compiler says if it fails, else nothing. CheckFailed after too long a time."""
    ground = plugin.ground
    command, readable = [ground.tools.compiler, *options], (str(ground.folder),)
    how = {"processes": True, "hidden": hidden(), "readable": readable}
    try:
        done = run_sandboxed(command, plugin.folder, BUILD_SECONDS, **how)
    except Expired:
        fail(f"{ground.tools.compiler} was still compiling after {BUILD_SECONDS:g} s")
    told = done.stdout.replace(f"{plugin.folder}/", "")
    return (told or f"exit code {done.returncode}") if done.returncode else ""


def _fail_to_compile(told: str, header: Header) -> None:
    """CheckFailed with the compiler's message, or with what the judge's lines miss."""
    name = pass_name(header)
    if re.search(rf"error: (?:unknown type name|use of undeclared identifier) '{name}'", told):
        fail(f"{header.file} defines no struct {name}", reports.whole(told))
    if re.search(rf"^pass:.*error: no member named 'run' in '{name}'", told, re.M):
        fail(
            f"{name} has no member run(Function &, FunctionAnalysisManager &)", reports.whole(told)
        )
    message, details, where = reports.of_compiler(told, header)
    fail(message, details, where)


def compiles(header: Header) -> str:
    """The LLVM against which the header compiles as a plugin. CheckFailed, CouldNotMeasure."""
    return str(of_reader(header).ground.tools)


def the_books_header(header: Header, book: Header | None, where: Path | None) -> Header:
    """The book's own header of that name. ValueError if it has none."""
    found = book or headers.of_the_book(header.name, where or kept_llvm.folder())
    if found is None:
        raise ValueError(f"the book has no {header.file}")
    return found
