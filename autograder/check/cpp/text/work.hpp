// What work whose cost is counted is written in: a struct whose constructor prepares for a size,
// and whose run(n) does n operations and returns a value that follows from all of them.
#include <cstddef>
#include <cstdint>
#include <memory>

struct TernWork {
    void (*make)(std::size_t);
    std::uint64_t (*run)(std::size_t);
};
extern const TernWork tern_work[];

namespace tern_tests { // closed behind the work: no name of theirs is one of the header's

// Keeps the compiler from leaving out what nobody looks at.
template <class T> inline void tern_use(T &&value) {
    __asm__ volatile("" : : "g"(std::addressof(value)) : "memory");
}
// A header could have a function `use` that fits better; this name it cannot have.
#define use(value) tern_use(value)
