// SmallVec<T, N>: a sequence whose first N elements lie inside the object.
#pragma once
#include <cstddef>
#include <memory>
#include <new>
#include <utility>

// ### BEGIN SOLUTION
template <class T, std::size_t N> class SmallVec {
    alignas(T) unsigned char inline_[N * sizeof(T)];
    T *data_ = buffer();
    std::size_t size_ = 0, capacity_ = N;

    T *buffer() { return reinterpret_cast<T *>(inline_); }
    bool on_heap() const { return data_ != reinterpret_cast<const T *>(inline_); }
    static T *allocate(std::size_t count) {
        return static_cast<T *>(::operator new(count * sizeof(T), std::align_val_t(alignof(T))));
    }
    void release() {
        std::destroy_n(data_, size_);
        if (on_heap()) ::operator delete(data_, std::align_val_t(alignof(T)));
        data_ = buffer(), size_ = 0, capacity_ = N;
    }
    void take(SmallVec &other) {  // this one is empty
        if (other.on_heap()) {
            data_ = std::exchange(other.data_, other.buffer());
            size_ = std::exchange(other.size_, 0);
            capacity_ = std::exchange(other.capacity_, N);
        } else {
            std::uninitialized_move_n(other.data_, other.size_, data_);
            size_ = other.size_;
            other.release();
        }
    }
    void grow() {
        T *larger = allocate(2 * capacity_);
        std::uninitialized_move_n(data_, size_, larger);
        std::destroy_n(data_, size_);
        if (on_heap()) ::operator delete(data_, std::align_val_t(alignof(T)));
        data_ = larger, capacity_ *= 2;
    }

  public:
    SmallVec() = default;
    SmallVec(const SmallVec &other) {
        for (const T &each : other) push_back(each);
    }
    SmallVec(SmallVec &&other) noexcept { take(other); }
    SmallVec &operator=(const SmallVec &other) {
        if (this != &other) {
            release();
            for (const T &each : other) push_back(each);
        }
        return *this;
    }
    SmallVec &operator=(SmallVec &&other) noexcept {
        if (this != &other) {
            release();
            take(other);
        }
        return *this;
    }
    ~SmallVec() { release(); }

    void push_back(T value) {  // a copy: it may be one of our own elements
        if (size_ == capacity_) grow();
        ::new (data_ + size_) T(std::move(value));
        ++size_;
    }
    std::size_t size() const { return size_; }
    T &operator[](std::size_t at) { return data_[at]; }
    const T &operator[](std::size_t at) const { return data_[at]; }
    T *begin() { return data_; }
    T *end() { return data_ + size_; }
    const T *begin() const { return data_; }
    const T *end() const { return data_ + size_; }
};
// ### END SOLUTION
