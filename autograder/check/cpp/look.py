"""Looks through what a reader's header becomes when it is preprocessed.

What is refused has no business in a data structure, and would let a header speak for the tests:
assembly, code that runs before `main`, options for the compiler, other symbols' names. This is the
text that is compiled, without macros, so no macro hides anything. It keeps honest readers from
accidents and the others from what is cheap; the sandbox and the tests' tokens don't rest on it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from autograder.check.failures import fail
from autograder.course.cpp_cell import Header

MARKER = re.compile(r'^#(?:line)? ?(\d+) "((?:[^"\\\n]|\\.)*)"((?: \d)*)$')
TOKEN = re.compile(
    r'(?:u8|[uUL])?R"(?P<raw>[^()\\ \n]*)\(.*?\)(?P=raw)"'
    r"|(?:u8|[uUL])?\"(?:[^\"\\\n]|\\.)*\"|(?:u8|[uUL])?'(?:[^'\\\n]|\\.)*'"
    r"|(?P<word>[A-Za-z_]\w*)|(?P<number>\.?\d(?:'?[\w.])*)|(?P<other>\[\[|\]\]|\S)",
    re.S,
)
STANDARD = frozenset(
    """algorithm any array atomic bitset cassert cctype cerrno cfenv cfloat charconv chrono
    cinttypes climits cmath complex cstdarg cstddef cstdint cstdio cstdlib cstring deque exception
    forward_list functional initializer_list iterator limits list map memory memory_resource new
    numeric optional queue ratio scoped_allocator set sstream stack stdexcept string string_view
    tuple type_traits typeindex typeinfo unordered_map unordered_set utility valarray variant vector
    assert.h stddef.h stdint.h string.h stdlib.h limits.h stdio.h math.h inttypes.h""".split()
)
WHY_NOT = {
    "iostream": "<iostream> runs code before main in every file that includes it, so LLVM's coding "
    "standards forbid it, and so does this check: use <cstdio>, or nothing",
}
ASSEMBLY = frozenset("asm __asm __asm__".split())
ATTRIBUTES = frozenset("__attribute__ __attribute".split())
# In attributes; also with underscores around them.
FORBIDDEN_ATTRIBUTES = frozenset(
    """alias cleanup constructor destructor ifunc init_priority naked no_instrument_function
    no_address_safety_analysis no_sanitize no_sanitize_address no_sanitize_undefined optimize
    section symver target target_clones weak weakref no_reorder visibility""".split()
)
FORBIDDEN_WORDS = re.compile(
    r"__(?:asan|ubsan|lsan|sanitizer|tsan|msan|interceptor)_\w*|tern_\w+|Tern[A-Z]\w*"
    r"|Probe|MoveOnly|Throwing|OverAligned|random|held_bytes|malloc_calls|lies_inside"
    r"|__builtin_(?:return_address|frame_address|eh_return|setjmp|longjmp|apply\w*|unwind_init"
    r"|extract_return_addr|sysv_\w+)|_Unwind_\w+"
)


# A directive as it stands in a header whose lines are joined: behind comments, spelled in any way.
DIRECTIVE = re.compile(
    r"^(?:[^\n]*\*/)?(?:[ \t\v\f]|/\*.*?\*/)*+(?:#|%:|\?\?=)(?:[ \t\v\f]|/\*.*?\*/)*+(\w*)",
    re.M | re.S,
)
DIRECTIVES = frozenset(
    " include define undef if ifdef ifndef elif else endif pragma error warning".split(" ")
)
# Macros that would tell a header in which build it is; compilers.py takes most of them away.
BUILDS = re.compile(
    r"\b(?:__SANITIZE_\w+|__OPTIMIZE\w*|__NO_INLINE__|__has_feature|__INCLUDE_LEVEL__"
    r"|__builtin_constant_p|__builtin_cpu_\w+)\b"
)


def before_preprocessing(header: Header) -> None:
    """Look through a header as it was written: its directives, which preprocessing takes away.

    A directive that names lines could hide what stands below it from `through`. CheckFailed.
    """
    text = re.sub(r"\\[ \t]*\n", "", header.text)

    def refuse(found: re.Match, why: str) -> None:
        _refuse(header, text.count("\n", 0, found.end()) + 1, why)

    for found in DIRECTIVE.finditer(text):
        if found[1] not in DIRECTIVES:
            refuse(found, f"the directive #{found[1]} is not for a header that is judged")
        if found[1] == "pragma" and not re.match(r"[ \t]+once\b", text[found.end() :]):
            refuse(found, "a #pragma is an option for the compiler, and a header has none but once")
    if found := BUILDS.search(text):
        refuse(found, f"{found[0]}: a header has to be the same in every build")


def through(
    preprocessed: str,
    header: Header,
    beside: frozenset[str],
    also: Callable[[str], bool] = lambda path: False,
) -> None:
    """Look through a translation unit after preprocessing. CheckFailed with the cell's line.

    Besides the C++ library and the files `beside` it a header may include what `also` says.
    """
    text: list[str] = []
    lines: list[int] = []
    for line, written in _written_in(preprocessed, header, beside, also):
        if written.lstrip().startswith("#"):
            _directive(written.strip(), line, header)
        text.append(written)
        lines.append(line)
    _tokens("\n".join(text), lines, header)


def _written_in(
    preprocessed: str, header: Header, beside: frozenset[str], also: Callable[[str], bool]
) -> Iterator:
    """The lines that stand in the reader's header, with their numbers there.

    CheckFailed for a file that it includes and may not.
    """
    own, at, number = header.file, "", 0
    for line in preprocessed.split("\n"):
        if (marker := MARKER.match(line)) is None:
            if at == own:
                yield number, line
            number += 1
            continue
        file = marker[2]
        if "1" in marker[3].split() and at == own and not also(file):
            _included(file, number, header, beside)
        at, number = file.removeprefix("./"), int(marker[1])  # clang writes ./small_vec.hpp


def _included(file: str, line: int, header: Header, beside: frozenset[str]) -> None:
    name = file.rpartition("/")[2]
    if file in beside or file == header.file or (file.startswith("./") and name in beside):
        return
    if name in WHY_NOT:
        _refuse(header, line, WHY_NOT[name])
    known = file.startswith("/") and name in STANDARD
    if not known:
        names = sorted(one for one in beside if "/" not in one)
        allowed = f", and {', '.join(names)}" if names else ""
        shown = f"<{name}>" if file.startswith(("/usr", "/Library")) else f'"{name}"'
        _refuse(
            header, line, f"it includes {shown}: what it may include is the C++ library{allowed}"
        )


def _directive(directive: str, line: int, header: Header) -> None:
    if re.fullmatch(r"#\s*pragma\s+once|#", directive):
        return
    _refuse(header, line, f"{directive[:60]}: a header has no options for the compiler")


def _tokens(text: str, lines: list[int], header: Header) -> None:
    """CheckFailed for a token, or an attribute, that is refused."""
    found = list(TOKEN.finditer(text))
    attribute = 0  # brackets that are open inside of an attribute
    opened = False
    for number, token in enumerate(found):
        word, other = token["word"], token["other"]
        before = found[number - 1] if number else None

        def refuse(why: str, token: re.Match = token) -> None:
            line = lines[text.count("\n", 0, token.start())]
            _refuse(header, line, why)

        if word in ATTRIBUTES or other == "[[":
            attribute, opened = (1, True) if other else (0, True)
        elif opened and other in ("(", ")", "]]"):
            attribute += 1 if other == "(" else -1
            opened = attribute > 0
        elif opened and word and word.strip("_") in FORBIDDEN_ATTRIBUTES:
            refuse(f"the attribute {word.strip('_')} is not for a header that is judged")
        if word in ASSEMBLY:
            refuse("assembly is not C++: what a header does has to stand in it")
        elif word and FORBIDDEN_WORDS.fullmatch(word):
            refuse(f"{word} is a name of the tests' or the compiler's: take another")
        elif word == "std" and before is not None and before["word"] == "namespace":
            refuse("nothing of yours belongs into namespace std")
        elif token[0].startswith('"') and before is not None and before["word"] == "extern":
            refuse('extern "C" would take the name of somebody else\'s function')


def _refuse(header: Header, line: int, why: str) -> None:
    frame = header.frame(line)
    fail(f"line {frame[1]}: {why}", (), [frame])


# ---- macros -------------------------------------------------------------------------------------

WORD = re.compile(r"\b[A-Za-z_]\w*\b")
# What standard headers define as macros themselves.
MACROS = frozenset(
    """assert NULL EOF errno offsetof va_start va_end va_arg va_copy stdin stdout stderr INFINITY
    NAN defined SIZE_MAX""".split()
)
HARNESS = ("TEST", "CHECK", "SEE", "EQUAL")
KEYWORDS = """alignas alignof auto bool break case char class const constexpr const_cast continue
    decltype default delete do double dynamic_cast else enum explicit extern false float for friend
    if inline int long namespace new noexcept nullptr operator private protected public
    reinterpret_cast return short signed sizeof static static_assert static_cast struct switch
    template this throw true try typedef typename union unsigned using virtual void volatile
    while""".split()


def words(text: str) -> list[str]:
    """The words that a header must not have made macros of."""
    plain = re.sub(r'//[^\n]*|"(?:[^"\\\n]|\\.)*"|^[ \t]*#(?!\s*define).*$', " ", text, flags=re.M)
    found = {word for word in WORD.findall(plain) if not re.search(r"_MAX$|_MIN$|^__", word)}
    return sorted((found | {*KEYWORDS, *HARNESS}) - MACROS)


def guards(words: list[str]) -> str:
    """Directives that stop the compiler at a word which is a macro."""
    return "\n".join(f"#ifdef {word}\n#error macro {word}\n#endif" for word in words)
