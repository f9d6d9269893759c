"""Looks through what a reader's header becomes when it is preprocessed.

What is refused has no business in a data structure, and would let a header speak for the tests:
assembly, code that runs before `main`, options for the compiler, other symbols' names. This is the
text that is compiled, without macros, so no macro hides anything. It keeps honest readers from
accidents and the others from what is cheap; the sandbox and the tests' tokens don't rest on it.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator

from autograder.check.cpp import lex
from autograder.check.cpp.declared import Declarations
from autograder.check.failures import fail
from autograder.course.cpp_cell import Header

MARKER = re.compile(r'^#(?:line)? ?(\d{1,9}) "((?:[^"\\\n]|\\.)*)"((?: \d)*)$')
LONGEST = 1 << 20  # characters of a header, as it is written and when its macros are expanded
STANDARD = frozenset(
    """algorithm any array atomic bitset cassert cctype cerrno cfenv cfloat charconv chrono
    cinttypes climits cmath complex cstdarg cstddef cstdint cstdio cstdlib cstring ctime cwchar
    deque exception forward_list functional initializer_list iomanip ios iosfwd istream iterator
    limits list locale map memory memory_resource new numeric optional ostream queue random ratio
    regex scoped_allocator set sstream stack stdexcept streambuf string string_view tuple
    type_traits typeindex typeinfo unordered_map unordered_set utility valarray variant vector
    assert.h ctype.h errno.h float.h inttypes.h limits.h math.h stdbool.h stddef.h stdint.h stdio.h
    stdlib.h string.h time.h""".split()
)
NOT_NEEDED = frozenset(
    """condition_variable csetjmp csignal execution filesystem fstream future mutex setjmp.h
    shared_mutex signal.h thread threads.h""".split()
)
WHY_NOT = {
    "iostream": "<iostream> runs code before main in every file that includes it, so LLVM's coding "
    "standards forbid it, and so does this check: use <cstdio>, or nothing",
} | {
    name: f"<{name}> is for files, threads, or jumps, and a header here needs none of them"
    for name in NOT_NEEDED
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
    r"|Probe|MoveOnly|Throwing|OverAligned|random|held_bytes|malloc_calls|lies_inside|_Unwind_\w+"
)
# The compiler's own functions that a data structure may call. Others tell in which build it is, or
# reach for the stack.
BUILTINS = re.compile(
    r"__builtin_(?:expect\w*|unreachable|assume\w*|prefetch|trap|abort|addressof|launder|offsetof"
    r"|(?:clz|ctz|ffs|popcount|parity|clrsb)(?:ll?)?|bswap\d+|rotate(?:left|right)\d+|va_\w+"
    r"|[su]?(?:add|sub|mul)(?:ll?)?_overflow|mem(?:cpy|move|set|cmp|chr)|str(?:len|cmp|ncmp|chr)"
    r"|huge_val[fl]?|inf[fl]?|nans?[fl]?|isnan|isinf\w*|isfinite|signbit[fl]?|f?abs[fl]?|labs|llabs"
    r"|sqrt[fl]?|floor[fl]?|ceil[fl]?|fm[ai][nx]?[fl]?|operator_(?:new|delete)|LINE|FILE|FUNCTION)"
)
DIRECTIVES = frozenset(
    " include define undef if ifdef ifndef elif else endif pragma error warning".split(" ")
)
# Macros that would tell a header in which build it is; compilers.py takes most of them away.
BUILDS = re.compile(
    r"__SANITIZE_\w+|__OPTIMIZE\w*|__NO_INLINE__|__has_(?:feature|include\w*|extension|builtin)"
    r"|__INCLUDE_LEVEL__|__builtin_constant_p|__builtin_cpu_\w+"
)
RAW = frozenset("R u8R uR UR LR".split())
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def before_preprocessing(header: Header) -> None:
    """Look through a header as it was written: its directives, which preprocessing takes away.

    A directive that names lines could hide what stands below it from `through`, and so could a line
    of a raw string that looks like the compiler's own. CheckFailed.
    """
    written = header.text.replace("\r\n", "\n")
    if len(written) > LONGEST:
        fail(
            f"it is {len(written):,} characters long: a header of at most {LONGEST:,} is looked at"
        )

    def refuse(text: str, at: int, why: str) -> None:
        _refuse(header, lex.line_of(text, at) + 1, why)

    if found := CONTROL.search(written):
        refuse(written, found.start(), f"it holds a character that nobody sees, {found[0]!r}")
    text = lex.joined(written)
    line: list[lex.Token] = []  # what stands before in the same line
    for token in lex.tokens(text):
        if token.kind == "newline":
            line.clear()
        elif token.kind != "comment":
            if why := _why_not(token, line):
                refuse(text, line[0].at if line and line[0].text == "#" else token.at, why)
            line.append(token)
    # in a raw string, or in a comment
    if found := re.search(r'^#(?:line)? ?\d+ "', written, re.M):
        refuse(written, found.start(), "the line looks like one of the compiler's own: indent it")


def _why_not(token: lex.Token, line: list[lex.Token]) -> str | None:
    """Why a token of a header that was not preprocessed is refused."""
    if token.is_strange:
        return f"{token.text} outside of comments and strings is not C++ for every compiler"
    if token.kind == "word" and BUILDS.fullmatch(token.text):
        return f"{token.text}: a header has to be the same in every build"
    before = line[-1] if line else None
    if before and before.text in RAW and token.text.startswith('"'):
        return "a raw string has at most 16 plain characters before its parenthesis"
    if not before or line[0].text != "#":
        return None
    if len(line) == 1 and token.text not in DIRECTIVES:
        return f"the directive #{token.text} is not for a header that is judged"
    if len(line) == 2 and line[1].text == "pragma" and token.text != "once":
        return "a #pragma is an option for the compiler, and a header has none but once"
    return None


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
    length = 0
    for line, written in _written_in(preprocessed, header, beside, also):
        if written.lstrip().startswith("#"):
            _directive(written.strip(), line, header)
        length += len(written) + 1
        if length > LONGEST:
            _refuse(
                header, line, f"with its macros expanded it has more than {LONGEST:,} characters"
            )
        text.append(written)
        lines.append(line)
    _tokens("\n".join(text), lines, header)


def _written_in(
    preprocessed: str, header: Header, beside: frozenset[str], also: Callable[[str], bool]
) -> Iterator[tuple[int, str]]:
    """The lines that stand in the reader's header, with their numbers there.

    CheckFailed for a file that it includes and may not, and for a marker that leaves a file which
    was not entered: that one is not the compiler's.
    """
    own, at, number = header.file, "", 0
    around: list[str] = []  # the files that are not read to their end yet, the outermost first
    entered = False
    for line in io.StringIO(preprocessed, newline="\n"):
        line = line.removesuffix("\n")
        if (marker := MARKER.match(line)) is None:
            if at == own:
                yield number, line
            number += 1
            continue
        # clang writes ./small_vec.hpp
        file, flags = marker[2].removeprefix("./"), marker[3].split()
        leaves = at == own and file != own
        if "1" in flags:
            if at == own and not also(marker[2]):
                _included(marker[2], number, header, beside)
            around.append(at)
            entered = entered or file == own
        elif "2" in flags:
            leaves = entered and (not around or around[-1] != file)
            del around[-1:]
        if leaves and "1" not in flags:
            _refuse(header, number, "a line of it would lead the compiler into another file")
        at, number = file, int(marker[1])


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
    attribute, opened = 0, False  # brackets that are open inside of an attribute
    before = [lex.Token("newline", "", 0)] * 4  # the last tokens, the newest first
    declarations = Declarations()
    for token in lex.tokens(text):
        if token.kind in ("newline", "comment"):
            continue
        word = token.text if token.kind == "word" else ""
        why = declarations.why_not(token) or _why_not_here(
            token, word, [each.text for each in before]
        )
        if word in ATTRIBUTES or token.text == before[0].text == "[":
            attribute, opened = (1, True) if not word else (0, True)
        elif opened and token.text in ("(", ")", "]"):
            attribute += 1 if token.text == "(" else -1
            opened = attribute > 0
        elif opened and word.strip("_") in FORBIDDEN_ATTRIBUTES:
            why = f"the attribute {word.strip('_')} is not for a header that is judged"
        if why:
            _refuse(header, lines[text.count("\n", 0, token.at)], why)
        before = [token, *before[:3]]


def _why_not_here(token: lex.Token, word: str, before: list[str]) -> str | None:
    """Why a token is refused behind others, of which the newest comes first."""
    if word in ASSEMBLY:
        return "assembly is not C++: what a header does has to stand in it"
    if FORBIDDEN_WORDS.fullmatch(word):
        return f"{word} is a name of the tests' or the compiler's: take another"
    if word.startswith("__builtin_") and not BUILTINS.fullmatch(word):
        return f"{word} is the compiler's own: a header here needs nothing of the kind"
    if before[0] == "extern" and token.kind == "string":
        return 'extern "C" would take the name of somebody else\'s function'
    if before[0] == "std" and word == "" and token.text == ";" and before[1] == "=":
        return "another name for namespace std: write std::"
    if word != "std":
        return None
    if before[0] == ":" and before[1] == ":":  # ::std
        before = before[2:]
    if before[:2] == ["namespace", "using"]:
        return "using namespace std gives all its names to whoever includes the header: write std::"
    if before[0] in ("namespace", "struct", "class", "union", "enum"):
        return "nothing of yours belongs into namespace std"
    return None


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
HARNESS = ("TEST", "CHECK", "ASSERTS", "SEE", "EQUAL")
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
