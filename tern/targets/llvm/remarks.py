"""What LLVM's passes say of a program: what they did, what they could not do, and why."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tern.ir import Operation
from tern.targets.beside import Beside
from tern.targets.llvm.compile import llvm_text
from tern.targets.llvm.debug import located
from tern.targets.llvm.remark_words import known
from tern.text import Source

KINDS = ("passed", "missed", "analysis")
_BESIDE = Beside("tern.targets.llvm.remarks_job")
_RUNNING = re.compile(r"BISECT: running pass \((\d+)\) (\S+) on (.*)")
_REMARK = re.compile(r"remark: (.*?):(\d+):(\d+): (.*)")


@dataclass(frozen=True)
class Remark:
    """A remark of LLVM.

    Attributes:
        file, line, column: where in the program; line 0 if LLVM does not know.
        kind: one of KINDS.
        of: the pass, by its name in a pipeline: `loop-vectorize`.
        function: which function it was run on; empty if on a whole module.
        message: LLVM's own words.
    """

    file: str
    line: int
    column: int
    kind: str
    of: str
    function: str
    message: str

    @property
    def name(self) -> str:
        """LLVM's name of the remark, such as `CantReorderFPOps`; empty if it is not in the table
        of those that are known."""
        return known(self.of, self.message)[0]

    @property
    def words(self) -> str:
        """What it says, in plain words."""
        return known(self.of, self.message)[1]

    def __str__(self) -> str:
        """`softmax.tern:3:16: not vectorized: … [loop-vectorize, analysis: CantReorderFPOps]`"""
        where = f"{self.file}:{self.line}:{self.column}: " if self.line else f"@{self.function}: "
        name = f": {self.name}" if self.name else ""
        return f"{where}{self.words} [{self.of}, {self.kind}{name}]"


def program_remarks(
    funcs: Sequence[Operation], source: Source, level: int = 3, passes: str = "", cpu: str = ""
) -> list[Remark]:
    """What LLVM says of functions whose operations know their locations in a program.

    Args:
        funcs: of scalars or of loops, as `llvm_text` takes them.
        level: that of LLVM's optimizer.
        passes: a regular expression; only of passes whose name it matches.
        cpu: what LLVM compiles for; this processor if it is empty.

    Raises:
        EmitError: a function has no form in LLVM IR.
    """
    with located(source) as table:
        text = llvm_text(*funcs)
    return text_remarks(f"{text}\n{table.text()}", level, passes, cpu)


def text_remarks(text: str, level: int = 3, passes: str = "", cpu: str = "") -> list[Remark]:
    """What LLVM says of a text, each remark once, in the order of the pipeline, and then of the
    program's lines. ValueError if the text is no LLVM IR; Died if it ends LLVM."""
    request = {"level": level, "cpu": cpu, "kinds": KINDS}
    reply, _ = _BESIDE.ask(request, [text.encode()])
    found: dict[Remark, tuple[int, int, int]] = {}
    for kind, (status, printed) in reply["found"].items():
        if status:
            raise ValueError(printed.strip() or f"LLVM ended with exit code {status}")
        for number, remark in parse_remarks(printed, kind):
            found.setdefault(remark, (remark.line, remark.column, number))
    chosen = [each for each in found if re.search(passes, each.of)]
    return sorted(chosen, key=lambda each: found[each])


def parse_remarks(printed: str, kind: str) -> Iterable[tuple[int, Remark]]:
    """The remarks among what LLVM prints with `-opt-bisect-limit`, each with the number of the pass
    that it was printed in. A message goes on until a line of another form."""
    number, of, function, lines = 0, "", "", printed.splitlines()
    for at, line in enumerate(lines):
        if running := _RUNNING.match(line):
            number, of, function = int(running[1]), _pass_name(running[2]), _function(running[3])
        elif found := _REMARK.match(line):
            file, row, column, message = found.groups()
            more = []
            for following in lines[at + 1 :]:
                if _RUNNING.match(following) or _REMARK.match(following):
                    break
                more.append(following)
            told = "\n".join([message, *more]).strip()
            known_line = 0 if file == "<unknown>" else int(row)
            yield number, Remark(file, known_line, int(column), kind, of, function, told)


def _pass_name(text: str) -> str:
    """The name in a pipeline; older versions of LLVM print that of the class."""
    if not text.endswith("Pass"):
        return text
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", text.removesuffix("Pass")).lower()


def _function(text: str) -> str:
    """`f` of `f`, `(f)`, `function (f)`, or `loop %b in function f`; nothing of `[module]`."""
    match = re.search(r"(?:^|in function |\()([\w.$-]+)\)?$", text)
    return match[1] if match else ""
