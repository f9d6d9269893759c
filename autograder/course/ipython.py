"""A cell in IPython's syntax as plain Python: magics, shell commands, help, prompts.

IPython's own transformer would do it, at the price of importing IPython before every verdict, and
of looking through the whole cell again for every magic. This one reads a cell once. What it makes
is the same, line for line, but for two things: lines keep their numbers, so that a traceback points
at what the reader sees; and what a magic would run in the reader's own namespace (`%time f()`, the
body under `%%capture`) stands there itself, so that it can be looked at like everything else.

What it cannot make sense of stays as it is: the worker then reports a syntax error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

# What cannot be Python alone: a line that begins with an escape, an assignment from one, a question
# mark at a line's end; or a whole cell that is indented or shows prompts.
SPECIAL = re.compile(
    r"^[ \t]*[%!?,;/]|=[ \t]*[%!]|\?[ \t]*(?:#.*)?$|\A\s*(?:[ \t]|>>>|In \[)|^[ \t]*\.\.\.", re.M
)
ESCAPED = re.compile(r"[ \t]*(!!|\?\?|[%!?,;/])")
HELP = re.compile(
    r"""(%{0,2}(?!\d)[\w*]+        # a name, perhaps a magic's, perhaps with wildcards
        (?:\.(?!\d)[\w*]+          # its attributes
        |\[[0-9]+\]|\[-[0-9]+\]|\[(?:'[^']*'|"[^"]*")\])*)  # and items
        (\?\??)$""",
    re.X,
)
# Cell magics whose body is no Python, or is not to be run.
FOREIGN = frozenset(
    """bash cpp cython html javascript js latex markdown perl pypy python2 ruby script sh svg system
    sx file writefile cmd R julia sql %system""".split()
)
# Magics that run the statement that stands behind their options.
RUNNING = frozenset("time timeit prun memit mprun lprun debug".split())
OPTIONS = re.compile(r"(?:-(?:[nrtsTlDopfm])\s*\d\S*\s+|-[a-zA-Z]+\s+)*")
DEEPEST = 20  # cell magics above one another


def to_python(cell: str) -> str:
    """The cell as Python source with as many lines. Raises nothing."""
    if not SPECIAL.search(cell):
        return cell
    return "".join(_transformed(_cleaned(cell.splitlines(keepends=True)), DEEPEST))


# ---- the cell as a whole ------------------------------------------------------------------------


def _cleaned(lines: list[str]) -> list[str]:
    """Without an indentation of the whole cell, and without prompts that were pasted along."""
    first = next((number for number, line in enumerate(lines) if line.strip()), None)
    if first is None:
        return lines
    lines = ["\n"] * first + lines[first:]
    margin = lines[first][: len(lines[first]) - len(lines[first].lstrip(" \t"))]
    if margin:
        lines = [line.removeprefix(margin) for line in lines]
    if re.match(r">>>(?: |$)", lines[first]):
        return [re.sub(r"^(?:>>>|\.\.\.)(?: |$)", "", line, count=1) for line in lines]
    if re.match(r"In \[\d+\]: ", lines[first]):
        return [re.sub(r"^(?:In \[\d+\]: | *\.\.\.+: )", "", line, count=1) for line in lines]
    return lines


def _transformed(lines: list[str], deepest: int) -> Iterator[str]:
    first = next((number for number, line in enumerate(lines) if line.strip()), len(lines))
    head = lines[first] if first < len(lines) else ""
    if head.startswith("%%") and not re.match(r"%%\w+\?", head):
        name = (head[2:].split() or [""])[0]
        if deepest == 0 or name in FOREIGN:
            yield from _silenced(lines, name)
        else:
            yield from lines[:first]
            yield "\n"  # where the magic stood
            yield from _transformed(lines[first + 1 :], deepest - 1)
        return
    number = 0
    while number < len(lines):
        end, made = _statement(lines, number)
        yield from made
        number = end


def _silenced(lines: list[str], name: str) -> Iterator[str]:
    """As many lines that do nothing; a file that the cell writes is written."""
    if name in ("writefile", "file"):
        words = lines[0].split()[1:]
        body = "".join(lines[1:])
        yield f"get_ipython().run_cell_magic({name!r}, {' '.join(words)!r}, {body!r})\n"
        yield from ["\n"] * (len(lines) - 1)
    else:
        yield from ["\n"] * len(lines)


# ---- one statement ------------------------------------------------------------------------------


def _statement(lines: list[str], start: int) -> tuple[int, list[str]]:
    """The line after the statement that begins at `start`, and what becomes of its lines."""
    line = lines[start]
    if escape := ESCAPED.match(line):
        end = _end_of_continued(lines, start)
        indent = line[: len(line) - len(line.lstrip(" \t"))]
        content = _joined(lines[start:end])[len(indent) :]
        if (asked := _help(content)) is not None:
            return end, _padded(indent + asked, end - start)
        return end, _padded(indent + _escaped(escape[1], content[len(escape[1]) :]), end - start)
    end, assignment, has_comment = _scan(lines, start)
    if assignment is not None:
        left, right = line[:assignment], line[assignment:].lstrip()
        end = _end_of_continued(lines, start)
        whole = _joined([right, *lines[start + 1 : end]])
        space = line[assignment : len(line) - len(right)]
        if right.startswith("%") and re.match(r"%\w", right):
            return end, _padded(left + space + _magic(whole[1:], value=True), end - start)
        if right.startswith("!"):
            call = f"get_ipython().getoutput({whole[1:]!r})"
            return end, _padded(left + space + call, end - start)
    content = "".join(lines[start:end])
    if (
        not has_comment
        and content.rstrip().endswith("?")
        and (asked := _help(content.strip(" \t\n"))) is not None
    ):
        indent = line[: len(line) - len(line.lstrip(" \t"))]
        return end, _padded(indent + asked, end - start)
    return end, lines[start:end]


def _padded(code: str, height: int) -> list[str]:
    return [code + "\n", *["\n"] * (height - 1)]


def _end_of_continued(lines: list[str], start: int) -> int:
    """The line after one that backslashes at the ends of lines continue."""
    end = start
    while end < len(lines) - 1 and lines[end].rstrip("\r\n").endswith("\\"):
        end += 1
    return end + 1


def _joined(lines: list[str]) -> str:
    """Lines that backslashes continue, as one."""
    *first, last = [line.rstrip() for line in lines]
    return " ".join([*(line.removesuffix("\\") for line in first), last])


def _help(content: str) -> str | None:
    """The call that shows help, where `content` asks for it."""
    content = content.rstrip()
    if not content.endswith("?") or (found := HELP.search(content)) is None:
        return None
    if content.startswith(("!", ",", ";", "/")) and not content.startswith("!!"):
        return None
    return _asks(found[1], found[2])


def _asks(target: str, marks: str) -> str:
    what = "pinfo2" if marks == "??" else "psearch" if "*" in target else "pinfo"
    return f"get_ipython().run_line_magic({what!r}, {target!r})"


def _escaped(escape: str, content: str) -> str:
    """The code for a line that begins with an escape."""
    content = content.rstrip("\r\n")
    name, _, rest = content.partition(" ")
    if escape == "%":
        return _magic(content)
    if escape == "!":
        return f"get_ipython().system({content!r})"
    if escape == "!!":
        return f"get_ipython().getoutput({content!r})"
    if escape in ("?", "??"):
        return _asks(content, escape) if content else "get_ipython().show_usage()"
    if escape == ",":
        words = '", "'.join(rest.split())
        return f'{name}("{words}")'
    if escape == ";":
        return f'{name}("{rest}")'
    return f"{name}({', '.join(rest.split())})"


def _magic(content: str, value: bool = False) -> str:
    """The code for a line magic; a statement that it runs stands there itself."""
    name, _, rest = content.rstrip("\r\n").partition(" ")
    if name in RUNNING and not value:
        return OPTIONS.sub("", rest.lstrip(), count=1).strip() or "pass"
    return f"get_ipython().run_line_magic({name!r}, {rest!r})"


# ---- where a statement ends ---------------------------------------------------------------------

PIECES = re.compile(
    r"""(?P<quote>\"\"\"|'''|"|')
    |(?P<comment>\#[^\n]*)
    |(?P<open>[(\[{])|(?P<close>[)\]}])
    |(?P<assign>(?<![=!<>:+\-*/%&|^@])=(?!=))
    |(?P<newline>\\?\r?\n)""",
    re.X,
)


def _scan(lines: list[str], start: int) -> tuple[int, int | None, bool]:
    """The line after the statement, where its first line assigns what an escape begins, and
    whether it ends with a comment.

    Strings, brackets, and backslashes carry a statement on over several lines.
    """
    depth, number, at = 0, start, 0
    assigned = has_comment = False
    while number < len(lines):
        line = lines[number]
        piece = PIECES.search(line, at)
        if piece is None:  # the last line of a cell ends without a newline
            number, at = number + 1, 0
            continue
        at = piece.end()
        has_comment = bool(piece["comment"]) or (has_comment and bool(piece["newline"]))
        if piece["quote"]:
            number, at = _end_of_string(lines, number, at, piece["quote"])
        elif piece["open"]:
            depth += 1
        elif piece["close"]:
            depth = max(0, depth - 1)
        elif piece["assign"]:
            if depth == 0 and not assigned:
                assigned = True
                if number == start and line[at:].lstrip(" \t")[:1] in ("%", "!"):
                    return number + 1, at, False
        elif piece["newline"]:
            if depth == 0 and not piece["newline"].startswith("\\"):
                return number + 1, None, has_comment
            number, at = number + 1, 0
    return len(lines), None, has_comment


def _end_of_string(lines: list[str], number: int, at: int, quote: str) -> tuple[int, int]:
    """The line and column behind a string that has just begun. A short one ends with its line."""
    end = re.compile(rf"(?:\\.|(?!{quote})[^\\\n])*+({quote}|\\?\n|\\?$)", re.S)
    while number < len(lines):
        found = end.match(lines[number], at)
        if found is None or found[1] == quote:
            return number, found.end() if found else len(lines[number])
        if len(quote) == 1 and not found[1].startswith("\\"):
            return number, found.start(1)
        number, at = number + 1, 0
    return len(lines), 0
