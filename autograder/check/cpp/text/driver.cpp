// Runs the tests of one program, one after another, and writes down what became of each.
//
//     ./program SEED FILE [FIRST]
//
// A test that is over leaves a word in FILE that only its token, what it has seen, and how many
// checks it has passed, give. So a program that ends early says nothing, and a test that was left
// early is found out.
#include <cassert>
#include <csetjmp>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include <fcntl.h>
#include <unistd.h>

struct TernCase {
    const char *name;
    void (*run)();
};
extern const TernCase tern_cases[];
extern const std::size_t tern_count;

#if defined(SANITIZED)
extern "C" std::size_t __sanitizer_get_current_allocated_bytes();
extern "C" const char *__asan_default_options() {
    return "abort_on_error=0:exitcode=99:disable_coredump=0:detect_leaks=0:symbolize=1:"
           "detect_stack_use_after_return=1:max_allocation_size_mb=512:hard_rss_limit_mb=1024:"
           "allocator_may_return_null=0:handle_abort=1:color=never:print_legend=0:"
           "allow_user_segv_handler=0";
}
extern "C" const char *__ubsan_default_options() { return "print_stacktrace=1:color=never"; }
extern "C" void __sanitizer_print_stack_trace();
static constexpr std::size_t MOST = std::size_t(1) << 30;  // bytes that tests may hold
static std::size_t calls = 0;
extern "C" void __sanitizer_malloc_hook(const volatile void *, std::size_t) {
    if (++calls % 64 == 0 && __sanitizer_get_current_allocated_bytes() > MOST) {
        std::fputs("out-of-memory: the tests need far less\n", stderr);
        __sanitizer_print_stack_trace();
        _exit(98);
    }
}
extern "C" void __sanitizer_free_hook(const volatile void *) {}
std::size_t tern_held_bytes() { return __sanitizer_get_current_allocated_bytes(); }
std::size_t tern_allocations() { return calls; }
#else
std::size_t tern_held_bytes() { return 0; }
std::size_t tern_allocations() { return 0; }
#endif

static int replies = -1;
static std::size_t current = 0;
static std::uint64_t state = 0, seen = 0, passed = 0;
static int logged = 0, counters[3];

int &tern_counter(int which) { return counters[which]; }
void tern_passed() { ++passed; }

static std::uint64_t mixed(std::uint64_t bits) {  // SplitMix64's finalizer
    bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9u;
    bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebu;
    return bits ^ (bits >> 31);
}

static void say(const char *text, int length) {
    while (length > 0) {
        ssize_t written = write(replies, text, static_cast<std::size_t>(length));
        if (written <= 0) _exit(97);
        text += written, length -= static_cast<int>(written);
    }
}

template <class... Rest> static void tell(const char *format, Rest... rest) {
    char line[1024];
    int length = std::snprintf(line, sizeof line - 1, format, rest...);
    if (length > static_cast<int>(sizeof line) - 2) length = sizeof line - 2;
    line[length] = '\n';
    say(line, length + 1);
}

std::uint64_t tern_random(std::uint64_t n) {
    return n == 0 ? 0 : mixed(state += 0x9e3779b97f4a7c15u) % n;
}

void tern_seen(int line, std::uint64_t value, const char *text) {
    seen = mixed(seen * 31 + value + 1);
    if (logged++ < 4000) tell("seen\t%zu\t%d\t%.100s", current, line, text);
}

[[noreturn]] void tern_failed(int line, const char *message, const char *actual,
                              const char *expected) {
    tell("failed\t%zu\t%d\t%.300s\t%.100s\t%.100s", current, line, message, actual, expected);
    std::fflush(nullptr);
    _exit(1);
}

// Whether a call runs into an assert. It is left there by a jump: `assert` cannot return.
static std::jmp_buf asserted;
static bool asserting = false;

bool tern_asserts(void (*call)(void *), void *what) {
    asserting = true;
    bool stopped = setjmp(asserted) != 0;
    if (!stopped) call(what);
    asserting = false;
    return stopped;
}

[[noreturn]] static void stopped(const char *what, const char *file, unsigned line) {
    if (asserting) std::longjmp(asserted, 1);
    std::fprintf(stderr, "%s:%u: Assertion `%s' failed.\n", file, line, what);
    std::abort();
}
#if defined(__GLIBC__)
extern "C" void __assert_fail(const char *what, const char *file, unsigned line,
                              const char *) noexcept {
    stopped(what, file, line);
}
#elif defined(__APPLE__)
extern "C" void __assert_rtn(const char *, const char *file, int line, const char *what) {
    stopped(what, file, static_cast<unsigned>(line));
}
#endif

struct TernShown {
    char text[100];
};

template <class... Rest> static TernShown shown(const char *format, Rest... rest) {
    TernShown result;
    std::snprintf(result.text, sizeof result.text, format, rest...);
    return result;
}

TernShown tern_number(long long value) { return shown("%lld", value); }
TernShown tern_number(unsigned long long value) { return shown("%llu", value); }
TernShown tern_number(double value) { return shown("%.9g", value); }
TernShown tern_text(const char *text, std::size_t size) {
    return shown("%.*s", size < 90 ? static_cast<int>(size) : 90, text);
}

void tern_finished(std::uint64_t token, bool compared) {
    if (compared) seen = mixed(seen * 31 + passed);
    tell("done\t%zu\t%016llx", current, static_cast<unsigned long long>(mixed(token ^ seen)));
}

static void run(std::size_t number, std::uint64_t seed) {
    current = number, state = mixed(seed + number), seen = 0, passed = 0, logged = 0;
    counters[0] = counters[1] = counters[2] = 0;
    tell("begin\t%zu", number);
    std::size_t before = tern_held_bytes();
    try {
        tern_cases[number].run();
    } catch (const std::exception &error) {
        tern_failed(0, "an exception left the test", error.what(), "none");
    } catch (...) {
        tern_failed(0, "an exception left the test", "", "");
    }
    std::size_t after = tern_held_bytes();
    if (after > before) tell("kept\t%zu\t%zu", number, after - before);
}

int main(int count, char **arguments) {
    if (count < 3) return 96;
    std::uint64_t seed = std::strtoull(arguments[1], nullptr, 10);
    replies = open(arguments[2], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    std::printf(" \b");  // its buffer is allocated now, and not in a test
    std::fflush(nullptr);
    for (std::size_t number = 0; number < tern_count; ++number) run(number, seed);
    std::fflush(nullptr);
    _exit(0);
}
