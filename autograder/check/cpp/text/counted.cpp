// Runs one struct's work, and writes down what it returned, and what that took.
//
//     ./program NUMBER SIZE N FILE REPEATS [SEED]
//
// With a seed it then does the work `Right`, which is not counted, and writes down its value as well.
// Each time it is prepared anew, which does not count, and what it has left is looked at, which does
// not count either. Where there is nothing to look at, it has to return the same each time.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include <fcntl.h>
#include <unistd.h>

struct TernWork {
    void (*make)(std::size_t);
    std::uint64_t (*run)(std::size_t);
    std::uint64_t (*wrong)();
};
extern const TernWork tern_work[];
extern std::uint64_t (*const tern_right)(std::size_t);
std::uint64_t tern_variation = 0;

static unsigned long long calls = 0;  // of malloc and operator new, where they are counted
#if defined(SANITIZED)
extern "C" const char *__asan_default_options() {
    return "exitcode=99:disable_coredump=0:detect_leaks=0:max_allocation_size_mb=512:"
           "hard_rss_limit_mb=1024:color=never:print_legend=0";
}
extern "C" const char *__ubsan_default_options() { return "print_stacktrace=1:color=never"; }
extern "C" void __sanitizer_malloc_hook(const volatile void *, std::size_t) { ++calls; }
extern "C" void __sanitizer_free_hook(const volatile void *) {}
#endif

static double now() {
    timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

int main(int count, char **arguments) {
    if (count < 6) return 96;
    const TernWork &work = tern_work[std::strtoul(arguments[1], nullptr, 10)];
    std::size_t n = std::strtoul(arguments[3], nullptr, 10);
    unsigned long long value = 0, made = 0, wrong = 0;
    double seconds = 0;
    for (long at = 0, repeats = std::strtol(arguments[5], nullptr, 10); at < repeats; ++at) {
        tern_variation = static_cast<std::uint64_t>(at);
        work.make(std::strtoul(arguments[2], nullptr, 10));
        unsigned long long before = calls;
        double begin = now();
        unsigned long long returned = work.run(n);
        seconds += now() - begin;
        made = calls - before;
        if (work.wrong) wrong += work.wrong();
        else if (at > 0 && returned != value) return 95;
        if (at == 0) value = returned;
    }
    unsigned long long right = 0;
    if (count > 6 && tern_right) right = tern_right(std::strtoul(arguments[6], nullptr, 10));
    char line[200];
    int length = std::snprintf(line, sizeof line, "%llu %.9f %llu %llu %llu\n", value, seconds, made,
                               wrong, right);
    int file = open(arguments[4], O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (write(file, line, static_cast<std::size_t>(length)) != length) _exit(97);
    _exit(0);
}
