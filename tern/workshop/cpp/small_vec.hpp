#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

// A vector whose first N elements live inside the object itself. Only the element after these costs
// a call of the allocator: most lists in a compiler have one, two, or three elements.
// (LLVM's is llvm/include/llvm/ADT/SmallVector.h.)
// ### BEGIN SOLUTION
template <class T, std::size_t N> class SmallVec {
  static_assert(N > 0, "without a place inside, it's a std::vector");

  T *data_ = inlined(); // the elements: inside this object, or on the heap
  std::uint32_t size_ = 0, capacity_ = N;
  alignas(T) std::byte inside_[N * sizeof(T)]; // room, not objects: no T exists here yet

  T *inlined() { return reinterpret_cast<T *>(inside_); }
  bool onHeap() const { return static_cast<const void *>(data_) != inside_; }
  void freeBuffer() {
    if (onHeap()) std::allocator<T>().deallocate(data_, capacity_);
  }
  void release() { // ends the elements and their buffer: data_ is then for somebody else to set
    std::destroy_n(data_, size_);
    freeBuffer();
  }
  void take(SmallVec &other) noexcept { // what this object had is gone already
    if (other.onHeap()) {               // a buffer changes hands: no element moves
      data_ = std::exchange(other.data_, other.inlined());
      capacity_ = std::exchange(other.capacity_, N);
    } else { // what's inside the other object has to move, one by one
      data_ = inlined();
      capacity_ = N;
      std::uninitialized_move_n(other.data_, other.size_, data_);
      std::destroy_n(other.data_, other.size_);
    }
    size_ = std::exchange(other.size_, 0);
  }
  void moveTo(T *buffer, std::uint32_t room) { // a T moves without throwing: see the contract
    std::uninitialized_move_n(data_, size_, buffer);
    release();
    data_ = buffer;
    capacity_ = room;
  }
  template <class... Args> T &growAndEmplace(Args &&...args) {
    const std::uint32_t doubled = 2 * capacity_; // so that each element moves once, on average
    struct Free { // the new buffer goes back if T's constructor throws
      std::uint32_t room;
      void operator()(T *buffer) const { std::allocator<T>().deallocate(buffer, room); }
    };
    std::unique_ptr<T, Free> bigger(std::allocator<T>().allocate(doubled), Free{doubled});
    // The new element first: `args` may refer to an old one, as in v.push_back(v[0]).
    T *added = ::new (static_cast<void *>(bigger.get() + size_)) T(std::forward<Args>(args)...);
    moveTo(bigger.release(), doubled);
    ++size_;
    return *added;
  }

public:
  SmallVec() = default;
  SmallVec(const SmallVec &other) : SmallVec() { // if an element throws now, ~SmallVec still runs
    if (other.size_ > N) moveTo(std::allocator<T>().allocate(other.size_), other.size_);
    for (const T &element : other) push_back(element);
  }
  SmallVec(SmallVec &&other) noexcept { take(other); }
  SmallVec &operator=(const SmallVec &other) {
    return this == &other ? *this : *this = SmallVec(other); // a copy that fails changes nothing
  }
  SmallVec &operator=(SmallVec &&other) noexcept {
    if (this == &other) return *this;
    release();
    take(other);
    return *this;
  }
  ~SmallVec() { release(); }

  template <class... Args> T &emplace_back(Args &&...args) {
    if (size_ == capacity_) return growAndEmplace(std::forward<Args>(args)...);
    T *added = ::new (static_cast<void *>(data_ + size_)) T(std::forward<Args>(args)...);
    ++size_;
    return *added;
  }
  void push_back(const T &element) { emplace_back(element); }
  void push_back(T &&element) { emplace_back(std::move(element)); }
  void pop_back() { std::destroy_at(data_ + --size_); }
  void clear() { std::destroy_n(data_, std::exchange(size_, 0)); }

  std::size_t size() const { return size_; }
  std::size_t capacity() const { return capacity_; }
  bool empty() const { return size_ == 0; }
  T &operator[](std::size_t i) { return data_[i]; }
  const T &operator[](std::size_t i) const { return data_[i]; }
  T &back() { return data_[size_ - 1]; }
  T *begin() { return data_; }
  T *end() { return data_ + size_; }
  const T *begin() const { return data_; }
  const T *end() const { return data_ + size_; }
};
// ### END SOLUTION
