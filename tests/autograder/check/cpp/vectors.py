"""SmallVec, right once and wrong in many ways, for the tests of check/cpp."""

from __future__ import annotations

from pathlib import Path

from autograder.check.cpp import headers
from autograder.course.cpp_cell import Header

HERE = Path(__file__).parent
BOOK = headers.of_file(HERE / "small_vec.hpp")
TESTS = (HERE / "tests.hpp").read_text(encoding="utf-8")
WORK = """
struct Work {
    explicit Work(std::size_t) {}
    std::uint64_t run(std::size_t n) {
        SmallVec<long, 4> v;
        for (std::size_t i = 0; i < n; ++i) v.push_back(static_cast<long>(i));
        return static_cast<std::uint64_t>(v[n / 2] + v[n - 1]);
    }
};
"""


def mistaken(*edits: tuple[str, str]) -> Header:
    """The book's header with other texts in place of some of its own, each of which it has once."""
    text = BOOK.text
    for old, new in edits:
        assert text.count(old) == 1, f"{text.count(old)} times: {old}"
        text = text.replace(old, new)
    return Header(BOOK.name, text, before=1, cell="ch07-small-vec")


def beside(text: str) -> Header:
    """The book's header with more text before its class, from the cell's line 9 on."""
    return mistaken((CLASS, text + CLASS))


def in_push_back(text: str, before: str = "") -> Header:
    """The book's header, whose push_back does something else first, with more before its class."""
    at = "        if (size_ == capacity_) grow();\n"
    return mistaken((at, text + at), (CLASS, before + CLASS))


CLASS = "template <class T, std::size_t N> class SmallVec {"
FREES = "        if (on_heap()) ::operator delete(data_, std::align_val_t(alignof(T)));\n"
# What is wrong, and what the reader is told of it.
WRONG: dict[str, tuple[Header, str]] = {
    "the buffer is not freed": (
        mistaken(
            (
                f"        std::destroy_n(data_, size_);\n{FREES}        data_ = buffer(), size_",
                "        std::destroy_n(data_, size_);\n        data_ = buffer(), size_",
            )
        ),
        "memory is never freed",
    ),
    "a move keeps the pointer": (
        mistaken(("std::exchange(other.data_, other.buffer())", "other.data_")),
        r"line \d+: (?:the same memory is freed twice|memory that was already freed)",
    ),
    "copies are the compiler's": (
        mistaken(
            (
                "    SmallVec(const SmallVec &other) {\n"
                "        for (const T &each : other) push_back(each);\n    }\n",
                "    SmallVec(const SmallVec &other) = default;\n",
            )
        ),
        r"line \d+: .*(?:freed|bytes)|a copy shares its elements",
    ),
    "a move moves elements": (
        mistaken(
            ("if (other.on_heap()) {", "if (false) {"),
            (
                "data_, other.size_, data_",
                "data_, other.size_, (data_ = allocate(other.capacity_))",
            ),
            ("size_ = other.size_;", "size_ = other.size_, capacity_ = other.capacity_;"),
        ),
        "moving a vector on the heap must take its buffer",
    ),
    "no alignment": (
        mistaken(
            ("alignas(T) unsigned char", "char odd_ = 0; unsigned char"),
        ),
        r"line \d+: a T is built or used at an address that isn't aligned",
    ),
    "v = v": (
        mistaken(
            (
                "operator=(const SmallVec &other) {\n        if (this != &other) {",
                "operator=(const SmallVec &other) {\n        {",
            )
        ),
        "v = v destroyed v",
    ),
    "old elements are not destroyed": (
        mistaken(("larger);\n        std::destroy_n(data_, size_);\n", "larger);\n")),
        "an element was not destroyed, or was destroyed twice",
    ),
    "nothing lies inside": (
        mistaken(
            ("T *data_ = buffer();", "T *data_ = allocate(N);"),
            (
                "        data_ = buffer(), size_ = 0, capacity_ = N;",
                "        data_ = allocate(N), size_ = 0, capacity_ = N;",
            ),
        ),
        "the first 4 elements do not lie inside the object",
    ),
    "growing copies": (
        mistaken(
            (
                "uninitialized_move_n(data_, size_, larger)",
                "uninitialized_copy_n(data_, size_, larger)",
            )
        ),
        "growing copied the elements: move them",
    ),
    "moving may throw": (
        mistaken(("SmallVec(SmallVec &&other) noexcept", "SmallVec(SmallVec &&other)")),
        "^the move constructor is not noexcept$",
    ),
    "a loop without end": (
        mistaken(
            (
                "T *larger = allocate(2 * capacity_);",
                "T *larger = nullptr;\n        for (;;) larger = allocate(1 << 20);",
            )
        ),
        r"line \d+: it asks for memory without end",
    ),
    "a semicolon is missing": (
        mistaken(("std::size_t size_ = 0, capacity_ = N;", "std::size_t size_ = 0, capacity_ = N")),
        r"line 1\d: expected .;.",
    ),
    "a member is missing": (
        mistaken(("    std::size_t size() const { return size_; }\n", "")),
        "the tests can't use it: .*has no member named .size.|no member named 'size'",
    ),
    "an element of its own": (
        mistaken(
            ("void push_back(T value)", "void push_back(const T &value)"),
            ("T(std::move(value))", "T(value)"),
        ),
        r"line \d+: memory that was already freed is used again",
    ),
    "elements change": (
        mistaken(
            (
                "T(std::move(value));\n        ++size_;",
                "T(std::move(value));\n        ++size_;\n"
                "        if (size_ == 150) std::swap(data_[0], data_[1]);",
            )
        ),
        "an element changed while the vector grew",
    ),
}
SLOW = mistaken(
    ("allocate(2 * capacity_)", "allocate(capacity_ + 1)"), ("capacity_ *= 2", "capacity_ += 1")
)
