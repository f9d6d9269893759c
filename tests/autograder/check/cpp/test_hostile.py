"""Headers that would pass without the work, or do harm: none does, and each is told why.

What a header must not hold is refused before anything of it runs. A header that got past that would
find that nothing of what it reaches is worth anything: those tests switch the first layer off.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from autograder import check
from autograder.check.cpp import compilers, look, objects
from autograder.check.failures import CheckFailed
from autograder.course.cpp_cell import Header
from tests.autograder.check.cpp import vectors
from tests.autograder.check.cpp.vectors import beside, in_push_back
from tests.turns import tries

pytestmark = pytest.mark.skipif(not compilers.compilers(), reason="no C++ compiler is here")
NOTHING = "TEST(nothing) {}"
ONE = 'TEST(one) { SmallVec<int, 4> v; v.push_back(1); EQUAL(v.size(), 2u, "no"); }'

# Refused as text: what the header is after preprocessing, without macros.
AS_TEXT = {
    "assembly": (beside('inline void f() { asm("nop"); }\n'), "line 10: assembly"),
    "assembly from a macro": (
        beside(
            "#define AS as\n#define PASTE(a, b) a##b\n#define P(a, b) PASTE(a, b)\n"
            'inline void f() { P(__, P(AS, m__))("nop"); }\n'
        ),
        "line 13: assembly",
    ),
    "a constructor function": (
        beside("__attribute__((constructor)) inline void f() {}\n"),
        "line 10: the attribute constructor",
    ),
    "a constructor function, spelled otherwise": (
        beside("[[gnu::__constructor__]] inline void f() {}\n"),
        "line 10: the attribute constructor",
    ),
    "unsanitized": (
        beside('__attribute__((no_sanitize("address"))) inline void f() {}\n'),
        "line 10: the attribute no_sanitize",
    ),
    "options": (beside('#pragma GCC optimize("O3")\n'), "line 10: a #pragma is"),
    "options by an operator": (
        beside('_Pragma("GCC push_options")\n'),
        "line 10: #pragma GCC push_options",
    ),
    "somebody else's function": (
        beside('extern "C" long write(int, const void *, unsigned long);\n'),
        'line 10: extern "C"',
    ),
    "lines of another file": (beside('#line 1 "unit.cpp"\nasm("nop");\n'), "line 10: .*#line"),
    "a line marker": (
        beside('/* so */ # /* and so */ 2 "unit.cpp" 2\nasm("nop");\n'),
        "line 10: the directive #2",
    ),
    "a line marker over two lines": (
        beside('%:\\\n 2 "unit.cpp" 2\nasm("nop");\n'),
        "line 10: the directive #2",
    ),
    "the next header": (beside("#include_next <new>\n"), "line 10: the directive #include_next"),
    "a file as numbers": (
        beside('inline char all[] = {\n#embed "unit.cpp"\n};\n'),
        "line 11: the directive #embed",
    ),
    "another text for each build": (
        beside("#ifdef __SANITIZE_ADDRESS__\n#endif\n"),
        "line 10: __SANITIZE_ADDRESS__: a header has to be the same",
    ),
    "a header of the system's": (
        beside("#pragma GCC system_header\n"),
        "line 10: a #pragma is",
    ),
    "a system header": (beside("#include <unistd.h>\n"), "line 10: it includes <unistd.h>"),
    "a path": (beside('#include "/usr/include/unistd.h"\n'), "line 10: it includes <unistd.h>"),
    "the tests' text": (
        beside('#include "driver.cpp"\n'),
        'line 10: it includes "driver.cpp"',
    ),
    "iostream": (beside("#include <iostream>\n"), "line 10: <iostream> runs code before main"),
    "the judge's functions": (
        beside("void tern_finished(unsigned long);\n"),
        "line 10: tern_finished",
    ),
    "the probe": (beside("struct Probe;\n"), "line 10: Probe is a name of the tests'"),
    "std": (beside("namespace std { struct mine {}; }\n"), "line 10: nothing of yours"),
    "a sanitizer's option": (
        beside("const char *__asan_default_options();\n"),
        "line 10: __asan_default_options",
    ),
}
# Refused by the compiler, or as an object file.
AS_OBJECT = {
    "a macro of the tests": (beside("#define EQUAL(a, b, c)\n"), "line 12: the macro EQUAL would"),
    "a macro over two lines": (beside("#define \\\n  if(x) if (false)\n"), "the macro if would"),
    "a file that it may not read": (beside('#include "/etc/shadow"\n'), r"line 12: /etc/shadow"),
    "a static object": (
        beside("struct S { S() { value = 1; } int value; };\ninline S early;\n"),
        "runs code before main",
    ),
    "main": (beside("int main() { return 0; }\n"), "it defines main"),
    "malloc": (
        beside("#include <cstdlib>\nvoid *malloc(std::size_t) throw() { return nullptr; }\n"),
        "it defines malloc",
    ),
    "operator new": (
        beside("void *operator new(std::size_t) { throw 1; }\n"),
        "it replaces operator new",
    ),
    "a variable of everyone's": (beside("int value;\n"), "variable value: make it inline"),
    "the library's variable": (
        in_push_back(
            "        size_ += environ != nullptr;\n", "inline char **environ = nullptr;\n"
        ),
        "it defines environ for the whole program",
    ),
    "exit": (in_push_back("        std::exit(0);\n"), "it calls exit, which ends the program"),
    "quick_exit": (in_push_back("        std::_Exit(0);\n"), "it calls _Exit"),
    "a file": (
        in_push_back(
            '        if (std::FILE *f = std::fopen("/etc/passwd", "r")) std::fclose(f);\n'
        ),
        "it calls fopen",
    ),
    "the environment": (in_push_back('        std::getenv("HOME");\n'), "it calls getenv"),
    "a program": (in_push_back('        (void)!std::system("true");\n'), "it calls system"),
}
LIBRARY = ("#include <cstddef>", "#include <cstddef>\n#include <cstdio>\n#include <cstdlib>")


def failure(header, tests: str = NOTHING, **how) -> CheckFailed:
    with pytest.raises(CheckFailed) as raised:
        check.cpp_tests(header, tests, book=vectors.BOOK, **how)
    return raised.value


def with_library(header: Header) -> Header:
    text = header.text.replace(*LIBRARY)
    return type(header)(header.name, text, header.before, header.cell)


@pytest.mark.parametrize("name", AS_TEXT)
def test_what_a_header_must_not_hold_is_refused_at_its_line(name: str, tmp_path: Path) -> None:
    header, says = AS_TEXT[name]
    with pytest.raises(CheckFailed, match=says):
        looked_through(header, tmp_path)


def looked_through(header: Header, folder: Path) -> None:
    """Only preprocess it, and look."""
    look.before_preprocessing(header)
    (folder / header.file).write_text(header.text)
    (folder / "unit.cpp").write_text(f'#include "{header.file}"\n')
    (folder / "driver.cpp").write_text("int value;\n")
    command = [compilers.compilers()[0].command, *compilers.STANDARD, "-E", "unit.cpp"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    look.through(done.stdout, header, frozenset())


@pytest.mark.parametrize("name", ["assembly from a macro", "a path"])
def test_and_so_it_is_by_the_check(name: str) -> None:
    header, says = AS_TEXT[name]
    assert re.search(says, failure(header).message)


FEW = ["main", "a static object", "exit", "a variable of everyone's", "the library's variable"]


@pytest.mark.parametrize("name", [n for n in AS_OBJECT if n in FEW or tries(0, long=1)])
def test_what_a_header_must_not_do_is_refused(name: str) -> None:
    header, says = AS_OBJECT[name]
    tests = "TEST(one) { SmallVec<int, 4> v; v.push_back(1); }"
    error = failure(with_library(header), tests)
    assert re.search(says, error.message), error.message


# ---- what runs ----------------------------------------------------------------------------------

RUNS = {
    "it ends early": ("_Exit(0);", "ended early"),
    "it says that all is well": (
        'for (int to = 1; to < 9; ++to) dprintf(to, "done\\t0\\t0123456789abcdef\\n"); _Exit(0);',
        "did not run to its end|ended early",
    ),
    "it forks": ("if (fork() == 0) for (;;) {} else _Exit(0);", "ended early"),
    "it reads a file": (
        'if (fopen("/etc/passwd", "r") || fopen("/proc/1/environ", "r")) abort();',
        "no$",
    ),
    "it finds no token": (
        # in its arguments, its environment, or what is open
        'FILE *f = fopen("/proc/self/cmdline", "r"); char all[400] = {}; '
        "if (f) (void)!fread(all, 1, 399, f); "
        'dprintf(3, "done\\t0\\t%016llx\\n", strtoull(all + 10, nullptr, 10)); _Exit(0);',
        "did not run to its end|ended early",
    ),
    "it recurses": (
        "struct R { static int f(int n) { volatile int m = n; return f(m + 1) + m; } }; R::f(0);",
        "endless recursion",
    ),
    "it starts another program": ('execl("/bin/true", "true", nullptr); ', "ended early"),
}
MORE = "#include <cstddef>\n#include <cstdio>\n#include <cstdlib>\n#include <unistd.h>"


@pytest.mark.parametrize("name", [n for n in RUNS if n == "it finds no token" or tries(0, long=1)])
def test_what_got_past_all_that_gains_nothing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(look, "through", lambda *_: None)
    monkeypatch.setattr(objects, "look_at", lambda *_: None)
    code, says = RUNS[name]
    header = in_push_back(f"        {code}\n")
    header = type(header)(header.name, header.text.replace("#include <cstddef>", MORE), 1, "cell")
    # what says that all is well is compared with what the book's header does
    error = failure(header, ONE if says == "no$" else ONE.replace("2u", "1u"))
    assert re.search(says, error.message), error.message


# What is compared is what the test means, whatever operators and functions a header has.
EQUAL_TO_ALL = """#include <string_view>
inline bool operator==(std::string_view, std::string_view) { return true; }
template <template <int> class Counter, int which>
constexpr bool operator==(const Counter<which> &, int) { return true; }
template <class A> bool operator==(A &, A &&) { return true; }
template <class A> bool operator!(const A &) { return false; }
enum class Any : unsigned {};
inline bool operator==(Any, Any) { return true; }
inline bool operator==(Any, unsigned) { return true; }
struct Everything {
    template <class T> operator T() const { return T(); }
    template <class T> bool operator==(const T &) const { return true; }
};
"""
SIZE = "    std::size_t size() const { return size_; }"
COMPARED = {
    "numbers": ('Probe one(1); EQUAL(one, Probe(2), "no");', "^no$"),
    "lives": ('EQUAL(Probe::live, 1, "no");', "^no$"),
    "texts": ('EQUAL(std::string_view("a"), "b", "no");', "^no$"),
    "conditions": ('Probe one(1); CHECK(one == Probe(2), "no");', "^no$"),
    "numbers with names": ('EQUAL(Any(1), Any(2), "no");', "^no$"),
    "sizes": ('SmallVec<int, 4> v; EQUAL(v.size(), 1u, "no");', "compare a number, a text"),
    "bools": ('SmallVec<int, 4> v; CHECK(v.size(), "no");', "ask for a bool"),
    "what is seen": ("SmallVec<int, 4> v; SEE(v.size());", "look at a number"),
}


@pytest.mark.parametrize(
    "name", [n for n in COMPARED if n in ("lives", "sizes") or tries(0, long=1)]
)
def test_nothing_is_equal_to_everything(name: str) -> None:
    text = vectors.CLASS, EQUAL_TO_ALL + vectors.CLASS
    size = SIZE, "    Everything size() const { return {}; }"
    code, says = COMPARED[name]
    error = failure(vectors.mistaken(text, size), f"TEST(one) {{ {code} }}")
    assert re.search(says, error.message), error.message


def test_a_test_that_was_left_early_is_found() -> None:
    tests = """TEST(one) {
    SmallVec<int, 4> v;
    v.push_back(1);
    for (std::size_t i = 0; i < v.size(); ++i) CHECK(true, "an element");
    }"""
    header = vectors.mistaken((SIZE, "    std::size_t size() const { return 0; }"))
    assert failure(header, tests).message.startswith("the test did not run to its end")


def test_names_of_the_tests_are_not_the_headers() -> None:
    header = beside("struct Note {};\ninline int helper(int) { return 1; }\nstruct TEST_ {};\n")
    tests = """#include <vector>
    struct Note { int value = 2; };
    static int helper(int) { return 3; }
    TEST(one) { EQUAL(Note().value + helper(0), 5, "the tests' own"); std::vector<Note> all; }"""
    check.cpp_tests(header, tests, book=vectors.BOOK)


def test_what_a_program_says_of_itself_may_be_anything() -> None:
    says = "        stdout->_fileno = 3;\n"
    says += '        std::fputs("failed\\t", stdout);\n'
    says += "        for (int i = 0; i < 5000; ++i) std::fputc('9', stdout);\n"
    says += '        std::fputs("\\t0\\tnothing\\n", stdout);\n        __builtin_trap();\n'
    header = in_push_back(says.replace("__", "std::fflush(stdout), __"))
    error = failure(with_library(header), ONE)
    assert re.search("nothing|ended by SIG|null or wild", error.message), error.message


def test_a_comment_or_a_string_is_no_code() -> None:
    header = beside(
        '// asm, #pragma, extern "C", Probe\n/* __attribute__((constructor)) */\n'
        'inline const char *text() { return "asm Probe"; }\n'
        'inline const char *raw() { return R"x(extern "C" asm)x"; }\n'
        "[[nodiscard]] __attribute__((always_inline)) inline int f() { return 1'000; }\n"
    )
    check.cpp_tests(header, NOTHING, book=vectors.BOOK)


def test_a_variable_outside_of_all_classes_may_be_inline() -> None:
    more = "inline constexpr std::size_t kMost = 8;\ninline std::size_t pushed = 0;\n"
    header = in_push_back("        pushed = *(&kMost + 0 * pushed);\n", more)
    tests = 'TEST(one) { SmallVec<int, 4> v; v.push_back(1); EQUAL(pushed, 8u, "it counts"); }'
    check.cpp_tests(header, tests, book=header)


def test_a_header_is_not_told_in_which_build_it_is() -> None:
    header = beside(
        "#define PASTE(a, b) a##b\n"
        "#if PASTE(__SANI, TIZE_ADDRESS__) || PASTE(__OPTI, MIZE__)\n#error told\n#endif\n"
    )
    check.cpp_tests(header, NOTHING, book=vectors.BOOK, each_compiler=bool(tries(0, long=1)))
