// What work whose cost is counted is written in: a struct whose constructor prepares for a size,
// and whose run(n) does n operations and returns a value that follows from all of them. It may have
// a wrong(), which looks at what run(n) has left and is not counted: 0 if that is as it should be.
//
// The struct `Right` is no work, and has no constructor: the program that is counted calls its run(n)
// once, for a seed. In that build, too, and with the work's types, the header has to be right.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

struct TernWork {
    void (*make)(std::size_t);
    std::uint64_t (*run)(std::size_t);
    std::uint64_t (*wrong)(); // null if there is none
};
extern const TernWork tern_work[];
extern std::uint64_t (*const tern_right)(std::size_t);
extern std::uint64_t tern_variation;

namespace tern_tests { // closed behind the work: no name of theirs is one of the header's

// Another number each time that the same work is done in one run, first 0. Work that is prepared
// with it can't be remembered.
inline std::uint64_t variation() { return tern_variation; }

struct Random { // numbers from 0 to below - 1
    std::uint64_t state;
    std::uint64_t operator()(std::uint64_t below) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        return (state >> 33) % below;
    }
};

template <class T> auto tern_wrong(const T &work, int) -> decltype(std::uint64_t(work.wrong())) {
    return work.wrong();
}
template <class T> std::uint64_t tern_wrong(const T &, long) { return 0; }
template <class T, class = void> constexpr bool tern_checks = false;
template <class T>
constexpr bool tern_checks<T, std::void_t<decltype(std::declval<const T &>().wrong())>> = true;

// Keeps the compiler from leaving out what nobody looks at.
template <class T> inline void tern_use(T &&value) {
    __asm__ volatile("" : : "g"(std::addressof(value)) : "memory");
}
// A header could have a function `use` that fits better; this name it cannot have.
#define use(value) tern_use(value)
