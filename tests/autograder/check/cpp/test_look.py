"""What is looked through is what the compiler sees, however the text is written."""

from __future__ import annotations

import re
import subprocess
import time
from pathlib import Path

import pytest

from autograder import check
from autograder.check.cpp import compilers, lex, look, program
from autograder.check.failures import CheckFailed
from autograder.course.cpp_cell import Header
from tests.autograder.check.cpp import vectors

ASSEMBLY = 'asm("nop");\n'


def header(text: str) -> Header:
    return Header("small_vec", text, before=1, cell="cell")


def refused(text: str) -> str:
    with pytest.raises(CheckFailed) as raised:
        look.before_preprocessing(header(text))
    return raised.value.message


# A marker that is not refused would hide the line below it. What stands before it would make a
# careless reader believe that it is in a comment, or in a string.
HIDDEN = {
    "in a raw string": 'auto text = R"(\n# 1 "unit.cpp"\n)";\n' + ASSEMBLY,
    "in a raw string, after a joined line": 'auto text = R"(\\\n# 1 "unit.cpp"\n)";\n' + ASSEMBLY,
    "in a comment": '/*\n# 1 "unit.cpp" 2\n*/\n',
    "a comment begins in a raw string": 'auto a = R"(/*)";\n#line 1 "x"\n/* */\n',
    "a raw string ends at a joined line": 'auto a = R"x( )\\\nx" R"y( )x" /*\n#line 1 "x"\n',
    "a raw string behind a name": 'fooR"(";\n#line 1 "x"\n)"',
    "a raw string behind a number": '#define A 1e+R"("\n#line 1 "x"\n//)"',
    "a quote that is not closed": '#if 0\n\' /*\n#endif\n#line 1 "x"\n/* */',
    "a joined quote": '#define A "\\\\\\\n" /*"\n#line 1 "x"\n/* */',
    "digraphs": '%: line 1 "x"\n',
    "behind a comment": '/* a\n*/ # /* b\n*/ line 1 "x"\n',
    "over joined lines": '#\\\n\\\n li\\\nne 1 "x"\n',
    "over lines joined by more": '# \\ \t\nline 1 "x"\n',
}


@pytest.mark.parametrize("name", HIDDEN)
def test_no_line_leads_the_compiler_elsewhere(name: str) -> None:
    assert re.search("directive #line|compiler's own", refused(HIDDEN[name]))


def test_what_compilers_read_in_different_ways_is_refused() -> None:
    for text in ("int \u00e9;", "int a$;", "int a = 1 \\ 2;", "`"):
        assert "not C++ for every compiler" in refused(text)
    for text in ("a\rb", "a\fb", "\x01"):
        assert "nobody sees" in refused(text)
    assert "at most 16 plain" in refused('auto a = R"12345678901234567(x)12345678901234567";')
    assert "__has_include: a header" in refused("#if __has_include(</*>)\n#endif\n/* */")


def test_a_comment_may_say_anything() -> None:
    look.before_preprocessing(
        header(
            "#pragma once\r\n/*\n  # How it works\n  # 1. a ring: it\u2019s one\n*/\n"
            "// Measured with __OPTIMIZE__, and #pragma GCC optimize without\n"
            '#define A(x) #x /* so */ "\u00e9"\n#if 0\ndon\'t\n#endif\n#\n'
        )
    )


def test_a_line_says_where_it_is_behind_joined_lines_and_comments() -> None:
    assert refused("/*\n\n*/ int \\\n a; // \\\n b\n#line 7\n").startswith("line 7: ")


# Each of these once had a pattern look at all that follows, over and over.
LONG = {
    "comments": "/*\n" * 100_000,
    "raw strings": 'R"(' * 100_000,
    "raw strings without a parenthesis": 'R"' * 100_000,
    "quotes": '"\\\\\\\n' * 100_000,
    "apostrophes": "'" * 300_000,
    "directives": "#define /*\n*/" * 50_000,
    "joined lines": "x" + "\\\n" * 300_000,
    "prefixes": "u\\\n" * 100_000,
}


@pytest.mark.parametrize("name", LONG)
def test_any_text_takes_time_in_proportion_to_its_length(name: str) -> None:
    text, seconds = LONG[name], []
    for part in (text[: len(text) // 8], text):
        begun = time.process_time()
        assert list(lex.tokens(lex.joined(part)))
        seconds.append(time.process_time() - begun)
    assert seconds[1] < 24 * seconds[0] + 0.2  # 64 times as long if it were a square


def test_a_header_that_is_too_long_is_told_at_once() -> None:
    assert "2,000,000 characters long" in refused(";" * 2_000_000)
    text = header("x")
    unit = f'# 1 "unit.cpp"\n# 1 "small_vec.hpp" 1\n{";" * 2_000_000}\n# 2 "unit.cpp" 2\n'
    with pytest.raises(CheckFailed, match="line 2: with its macros expanded it has more than"):
        look.through(unit, text, frozenset())


@pytest.mark.parametrize(
    "markers",
    [
        '# 1 "unit.cpp"\n',  # no flags: from nowhere
        '# 1 "unit.cpp" 2\n',  # and the compiler's own comes once more
        '# 1 "/usr/include/c++/12/vector" 1 3\n',  # never left
        '# 1 "/usr/include/c++/12/vector" 1 3\n# 1 "unit.cpp" 2\n',
    ],
)
def test_a_marker_that_is_not_the_compilers_is_found(markers: str) -> None:
    unit = f'# 1 "unit.cpp"\n# 1 "small_vec.hpp" 1\n{markers}{ASSEMBLY}# 2 "unit.cpp" 2\nint i;\n'
    with pytest.raises(CheckFailed, match="lead the compiler into another file"):
        look.through(unit, header("x\ny\n"), frozenset())


# ---- what a header may hold ---------------------------------------------------------------------

HELD = {
    "struct std::hash<int *> {};": "namespace std",
    "template <> class ::std::hash<int> {};": "namespace std",
    "template <class T> constexpr bool std::is_same_v<T, T *> = true;": "namespace std",
    "template <class T> constexpr bool std::is_same_v<T, A<(1 > 2)>>{true};": "namespace std",
    "template <class T> constexpr decltype(true) std::is_const_v<T *>(true);": "namespace std",
    "template <> bool std::operator==(std::string_view, A) { return true; }": "namespace std",
    "int f() { return 1; } template <> void std::swap<A>(A &, A &) {}": "namespace std",
    "void ::std::terminate() noexcept {}": "namespace std",
    "struct A {}; template <> const bool std::some<int, 1>::value = 2;": "namespace std",
    "namespace s = std;": "another name for namespace std",
    "using namespace std;": "write std::",
    "void *f() { return __builtin_dwarf_cfa(); }": "__builtin_dwarf_cfa is the compiler's own",
    "bool b = __builtin_constant_p(1);": "__builtin_constant_p",
    "[ [gnu::constructor]] void f();": "attribute constructor",
    "<:<:gnu::constructor:>:> void f();": "attribute constructor",
}
FINE = """
template <class T, bool = std::is_same_v<T, int>> struct A {};
template <class T, std::enable_if_t<std::is_same_v<T, int>, int> = 0> void f() noexcept(
    std::is_nothrow_move_constructible_v<T>) {
  if constexpr (std::is_const_v<T> && std::is_same_v<T, A<T>>) { f<T>(); }
  bool same = std::is_same_v<T, int> == std::is_const_v<T>;
}
template <class... Ts> constexpr bool isVariant<std::variant<Ts...>> = true;
template <class T> struct B : A<T>, std::vector<T> {
  operator std::string() { return std::max(a); }
};
enum class K : std::uint8_t { One };
struct C final : public std::array<int, 3> { std::size_t size = std::size_t(1); };
using std::swap;
constexpr std::size_t kFirst = std::size_t(1) << 20, kOther{std::max<int>(1, 2)};
template <class T> std::enable_if_t<(sizeof(T) > 2), std::vector<T>> A<T>::h(std::size_t n) {}
template <class T> alignas(8) std::size_t B<T>::member = std::size_t(2);
inline auto i(int n) -> std::vector<int> {
  std::vector<int> all(n);
  std::swap(all, all);
}
std::ostream &operator<<(std::ostream &out, const C &) { return out << std::hex; }
template <class T> B(T) -> B<std::decay_t<T>>;
inline bool operator<(A<int> a, A<int> b) { return std::less<int>()(a.n, b.n); }
static_assert(std::is_same_v<int, int>);
decltype(std::max(1, 2)) j(std::string);
int g(int n) { return __builtin_clz(n) + a[b[0]] + __builtin_expect(n, 1); }
"""


@pytest.mark.parametrize("text", HELD)
def test_what_a_header_must_not_hold(text: str) -> None:
    unit = f'# 1 "unit.cpp"\n# 1 "small_vec.hpp" 1\n{text}\n# 2 "unit.cpp" 2\n'
    with pytest.raises(CheckFailed, match=re.escape(HELD[text])):
        look.through(unit, header(text), frozenset())


def test_what_a_header_may_hold() -> None:
    unit = f'# 1 "unit.cpp"\n# 1 "small_vec.hpp" 1\n{FINE}\n# 2 "unit.cpp" 2\n'
    look.through(unit, header(FINE), frozenset())


@pytest.mark.skipif(not compilers.compilers(), reason="no C++ compiler is here")
def test_of_the_librarys_headers_some_are_not_needed(tmp_path: Path) -> None:
    including("<ostream>", tmp_path)
    including("<iosfwd>", tmp_path)
    with pytest.raises(CheckFailed, match="line 2: <fstream> is for files, threads, or jumps"):
        including("<fstream>", tmp_path)


def including(name: str, folder: Path) -> None:
    text = header(f"#include {name}\n")
    (folder / "small_vec.hpp").write_text(text.text)
    (folder / "unit.cpp").write_text('#include "small_vec.hpp"\n')
    command = [compilers.compilers()[0].command, *compilers.STANDARD, "-E", "unit.cpp"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    look.through(done.stdout, text, frozenset())


@pytest.mark.skipif(not compilers.compilers(), reason="no C++ compiler is here")
def test_what_is_too_long_to_be_looked_at_is_not_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "LONGEST_UNIT", 10_000)
    with pytest.raises(CheckFailed, match="^with its macros expanded it has more than 10,000 byt"):
        check.cpp_tests(vectors.BOOK, "TEST(nothing) {}", book=vectors.BOOK)
