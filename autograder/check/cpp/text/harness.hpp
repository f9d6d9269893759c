// What tests in C++ are written in. It comes after the reader's header, so that a header which
// includes too little does not compile, and before the tests.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iosfwd>
#include <memory>
#include <new>
#include <string_view>
#include <type_traits>
#include <utility>

// ---- what the driver has ------------------------------------------------------------------------

struct TernCase {
    const char *name;
    void (*run)();
};
extern const TernCase tern_cases[];
extern const std::size_t tern_count;

[[noreturn]] void tern_failed(int line, const char *message, const char *actual = "",
                              const char *expected = "");
void tern_finished(std::uint64_t token, bool compared);
void tern_passed();
bool tern_asserts(void (*call)(void *), void *what);
void tern_seen(int line, std::uint64_t value, const char *text);
std::uint64_t tern_random(std::uint64_t n);
std::size_t tern_held_bytes();
std::size_t tern_allocations();
int &tern_counter(int which);

struct TernShown {
    char text[100];
};
TernShown tern_number(long long value);
TernShown tern_number(unsigned long long value);
TernShown tern_number(double value);
TernShown tern_text(const char *text, std::size_t size);

namespace tern_tests { // closed behind the tests: no name of theirs is one of the header's

// A function of the tests that takes what the header defines is a lambda: `constexpr auto count =
// [](const Val &value) { … };`. Then no function of the header's by that name is found beside it.

// An operator of the header's would be found as well, and could fit better than what is meant. It
// isn't where the namespace has one by that name, but by the types that are the header's own.
struct TernNothing {};
void operator==(TernNothing, TernNothing);
void operator!=(TernNothing, TernNothing);
void operator<(TernNothing, TernNothing);
void operator>(TernNothing, TernNothing);
void operator<=(TernNothing, TernNothing);
void operator>=(TernNothing, TernNothing);
void operator+(TernNothing, TernNothing);
void operator-(TernNothing, TernNothing);
void operator*(TernNothing, TernNothing);
void operator%(TernNothing, TernNothing);
void operator&(TernNothing, TernNothing);
void operator&&(TernNothing, TernNothing);
void operator||(TernNothing, TernNothing);
void operator,(TernNothing, TernNothing);
void operator!(TernNothing);
void operator~(TernNothing);
void operator++(TernNothing);
void operator--(TernNothing);
void operator+=(TernNothing, TernNothing);
void operator-=(TernNothing, TernNothing);

// A number from 0 to n - 1. The book's header is given the same ones.
inline std::uint64_t random(std::uint64_t n) { return tern_random(n); }
// Bytes that are allocated now, and calls of malloc and operator new so far (both only where
// AddressSanitizer counts them; otherwise 0).
inline std::size_t held_bytes() { return tern_held_bytes(); }
inline std::size_t malloc_calls() { return tern_allocations(); }

// ---- values -------------------------------------------------------------------------------------

template <class T> std::uint64_t tern_bits(const T &value) {
    if constexpr (std::is_convertible_v<const T &, std::string_view>) {
        std::uint64_t bits = 1469598103934665603u;  // FNV-1a
        for (unsigned char each : std::string_view(value)) bits = (bits ^ each) * 1099511628211u;
        return bits;
    } else if constexpr (std::is_floating_point_v<T>) {
        double wide = static_cast<double>(value);
        std::uint64_t bits;
        std::memcpy(&bits, &wide, sizeof bits);
        return bits;
    } else if constexpr (std::is_integral_v<T> || std::is_enum_v<T>) {
        return static_cast<std::uint64_t>(value);
    } else if constexpr (std::is_convertible_v<const T &, long long>) {
        return static_cast<std::uint64_t>(static_cast<long long>(value));
    } else {
        return static_cast<std::uint64_t>(value.value);  // a Probe and its like
    }
}

// A value as a failure shows it. The driver has the functions, which would cost every program time.
template <class T> TernShown tern_shown(const T &value) {
    if constexpr (std::is_same_v<T, bool>) {
        return value ? tern_text("true", 4) : tern_text("false", 5);
    } else if constexpr (std::is_floating_point_v<T>) {
        return tern_number(static_cast<double>(value));
    } else if constexpr (std::is_unsigned_v<T>) {
        return tern_number(static_cast<unsigned long long>(value));
    } else if constexpr (std::is_integral_v<T> || std::is_enum_v<T>) {
        return tern_number(static_cast<long long>(value));
    } else if constexpr (std::is_pointer_v<T> || std::is_null_pointer_v<T>) {
        return value == nullptr ? tern_text("nullptr", 7) : tern_text("a pointer", 9);
    } else if constexpr (std::is_convertible_v<const T &, std::string_view>) {
        std::string_view view = value;
        return tern_text(view.data(), view.size());
    } else if constexpr (std::is_convertible_v<const T &, long long>) {
        return tern_number(static_cast<long long>(value));
    } else {
        return tern_number(static_cast<long long>(value.value));  // a Probe, or its like
    }
}

// What a check looks at is of a type that the compiler or the tests know, not of the header's own:
// that one could be equal to everything.
struct Probe;
template <int which> struct TernCounter;
template <class T> constexpr bool tern_is_counter = false;
template <int which> constexpr bool tern_is_counter<TernCounter<which>> = true;
template <class T, class Text = std::remove_cv_t<std::decay_t<T>>>
constexpr bool tern_is_text = std::is_same_v<Text, const char *> || std::is_same_v<Text, char *> ||
                              std::is_same_v<Text, std::string_view> ||
                              std::is_same_v<Text, std::string>;
template <class T>
constexpr bool tern_is_known = std::is_arithmetic_v<T> || std::is_enum_v<T> ||
                               std::is_pointer_v<T> || std::is_null_pointer_v<T> ||
                               tern_is_counter<T> || tern_is_text<T> || std::is_base_of_v<Probe, T>;

// An enum may have operators of its own, too: it's compared as the number that it is.
template <class T> decltype(auto) tern_value(const T &value) {
    if constexpr (std::is_enum_v<T>) return std::underlying_type_t<T>(value);
    else return (value);
}

template <class A, class E>
void tern_equal(int line, const A &actual, const E &expected, const char *message) {
    static_assert(tern_is_known<A> && tern_is_known<E>,
                  "the tests compare a number, a text, or a pointer, and get something else");
    if (!(tern_value(actual) == tern_value(expected)))
        tern_failed(line, message, tern_shown(actual).text, tern_shown(expected).text);
    tern_passed();
}

// Texts of all lengths are compared by one function.
template <class A, std::size_t size>
void tern_equal(int line, const A &actual, const char (&expected)[size], const char *message) {
    static_assert(tern_is_text<A>, "the tests compare a text, and get something else");
    tern_equal(line, std::string_view(actual), std::string_view(expected), message);
}

template <class T> void tern_check(int line, const T &held, const char *message) {
    static_assert(std::is_arithmetic_v<T> || std::is_pointer_v<T>,
                  "the tests ask for a bool, and get something else");
    if (!held) tern_failed(line, message);
    tern_passed();
}

template <class Do> bool tern_stopped(Do action) {
    return tern_asserts([](void *what) { (*static_cast<Do *>(what))(); }, &action);
}

template <class T> void tern_see(int line, const T &value) {
    static_assert(tern_is_known<T>, "the tests look at a number or a text, and get something else");
    tern_seen(line, tern_bits(value), tern_shown(value).text);
}

// Whether a pointer points into an object.
template <class T> bool lies_inside(const volatile void *pointer, const T &object) {
    auto at = reinterpret_cast<std::uintptr_t>(pointer);
    auto begin = reinterpret_cast<std::uintptr_t>(std::addressof(object));
    return at >= begin && at < begin + sizeof object;
}

// ---- element types that count -------------------------------------------------------------------

// A number that only the types below change: the driver has it.
template <int which> struct TernCounter {
    operator int() const { return tern_counter(which); }
};

// Lives, copies, and moves are counted. It owns memory, so that whoever forgets it, or destroys it
// twice, is found out. A Probe that was moved from has the value -1.
struct Probe {
    static constexpr TernCounter<0> live{};
    static constexpr TernCounter<1> copies{};
    static constexpr TernCounter<2> moves{};
    int value;
    int *owned;

    Probe(int value = 0) : value(value), owned(new int(value)) { ++tern_counter(0); }
    Probe(const Probe &other) : value(other.value), owned(new int(other.value)) {
        ++tern_counter(0), ++tern_counter(1);
    }
    Probe(Probe &&other) noexcept
        : value(std::exchange(other.value, -1)), owned(std::exchange(other.owned, nullptr)) {
        ++tern_counter(0), ++tern_counter(2);
    }
    Probe &operator=(const Probe &other) {
        int *fresh = new int(other.value);
        delete std::exchange(owned, fresh);
        value = other.value, ++tern_counter(1);
        return *this;
    }
    Probe &operator=(Probe &&other) noexcept {
        if (this != &other) {
            delete std::exchange(owned, std::exchange(other.owned, nullptr));
            value = std::exchange(other.value, -1);
        }
        ++tern_counter(2);
        return *this;
    }
    ~Probe() {
        delete owned;
        --tern_counter(0);
    }
    friend bool operator==(const Probe &a, const Probe &b) { return a.value == b.value; }
};

// A Probe that cannot be copied; it counts among the Probes.
struct MoveOnly : Probe {
    MoveOnly(int value = 0) : Probe(value) {}
    MoveOnly(MoveOnly &&) noexcept = default;
    MoveOnly &operator=(MoveOnly &&) noexcept = default;
    MoveOnly(const MoveOnly &) = delete;
    MoveOnly &operator=(const MoveOnly &) = delete;
};

#if defined(__cpp_exceptions)
// A Probe whose copying throws a Throwing::Error when `countdown` reaches 0. Moving doesn't throw.
struct Throwing : Probe {
    struct Error {};
    static inline int countdown = 0;
    static void tick() {
        if (countdown > 0 && --countdown == 0) throw Error();
    }
    Throwing(int value = 0) : Probe(value) {}
    Throwing(const Throwing &other) : Probe((tick(), other)) {}
    Throwing(Throwing &&other) noexcept = default;
    Throwing &operator=(Throwing &&other) noexcept = default;
    Throwing &operator=(const Throwing &) = default;
};
#endif

// A type that has to lie at a multiple of 64 bytes.
struct alignas(64) OverAligned {
    int value;
    OverAligned(int value = 0) : value(value) {}
    bool lies_well() const { return reinterpret_cast<std::uintptr_t>(this) % 64 == 0; }
};

// ---- tests --------------------------------------------------------------------------------------

#define TEST(name) static void tern_test_##name()
#define CHECK(condition, message) tern_check(__LINE__, condition, message)
#define EQUAL(actual, expected, message) tern_equal(__LINE__, actual, expected, message)
// An assert of the header's stops the expression. No object may have been made in it until then.
#define ASSERTS(expression, message) CHECK(tern_stopped([&] { (void)(expression); }), message)
#define SEE(value) tern_see(__LINE__, value)
