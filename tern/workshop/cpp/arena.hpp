#pragma once
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <type_traits>
#include <utility>

// Memory for many objects that all end together. An allocation moves a pointer; freeing is one step
// for everything: no object is freed alone. (LLVM's is llvm/include/llvm/Support/Allocator.h.)
// ### BEGIN SOLUTION
class Arena {
  struct Slab { // what malloc gave: this header, then the memory that is handed out
    Slab *previous;
  };
  struct Cleanup { // an object whose destructor has to run
    void (*destroy)(void *object);
    void *object;
    Cleanup *previous;
  };
  static constexpr std::size_t kFirstSlab = 4096, kLargestSlab = std::size_t(1) << 20;

  std::uintptr_t next_ = 0, end_ = 0; // what is free in the current slab
  std::size_t slabBytes_ = kFirstSlab;
  Slab *slabs_ = nullptr;
  Cleanup *cleanups_ = nullptr;

  static std::uintptr_t aligned(std::uintptr_t address, std::size_t align) {
    return (address + align - 1) & ~(std::uintptr_t(align) - 1); // align is a power of two
  }
  std::uintptr_t newSlab(std::size_t bytes) { // the address after its header
    void *memory = std::malloc(bytes);
    if (!memory) throw std::bad_alloc();
    slabs_ = ::new (memory) Slab{slabs_};
    return reinterpret_cast<std::uintptr_t>(slabs_ + 1);
  }
  void *allocateSlowly(std::size_t bytes, std::size_t align) {
    if (bytes > PTRDIFF_MAX - align - sizeof(Slab)) throw std::bad_alloc(); // the sum would wrap
    const std::size_t needed = bytes + align + sizeof(Slab);
    if (needed > slabBytes_ / 4) // a slab of its own: what is left in the current one stays in use
      return reinterpret_cast<void *>(aligned(newSlab(needed), align));
    next_ = newSlab(slabBytes_);
    end_ = next_ + slabBytes_ - sizeof(Slab);
    if (slabBytes_ < kLargestSlab) slabBytes_ *= 2; // few calls of malloc, however much is needed
    return allocate(bytes, align);
  }

public:
  Arena() = default;
  Arena(const Arena &) = delete; // two arenas would free the same slabs
  Arena &operator=(const Arena &) = delete;
  ~Arena() {
    for (; cleanups_; cleanups_ = cleanups_->previous) // the newest first, as a scope does it
      cleanups_->destroy(cleanups_->object);
    while (slabs_) std::free(std::exchange(slabs_, slabs_->previous));
  }

  void *allocate(std::size_t bytes, std::size_t align = alignof(std::max_align_t)) {
    const std::uintptr_t start = aligned(next_, align);
    // Sizes are compared, not addresses: start + bytes could wrap around.
    if (start >= end_ || bytes > end_ - start) return allocateSlowly(bytes, align);
    next_ = start + bytes;
    return reinterpret_cast<void *>(start);
  }

  template <class T, class... Args> T *create(Args &&...args) {
    void *room = allocate(sizeof(T), alignof(T));
    if constexpr (std::is_trivially_destructible_v<T>) {
      return ::new (room) T(std::forward<Args>(args)...);
    } else { // the note is allocated first: once the object exists, nothing may fail
      void *note = allocate(sizeof(Cleanup), alignof(Cleanup));
      T *object = ::new (room) T(std::forward<Args>(args)...);
      auto destroy = [](void *ended) { static_cast<T *>(ended)->~T(); };
      cleanups_ = ::new (note) Cleanup{destroy, object, cleanups_};
      return object;
    }
  }
};
// ### END SOLUTION
