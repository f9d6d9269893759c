#pragma once
#include <cstddef>
#include <iterator>

// Values that know who uses them. A Use is one operand of a User: it points to the value, and the
// value has a list of the Uses that do. (LLVM's is llvm/include/llvm/IR/Use.h, MLIR's
// IR/UseDefLists.h.)
// ### BEGIN SOLUTION
template <class Value, class User> class Uses;

template <class Value, class User> class Use {
  friend class Uses<Value, User>;
  Value *value_ = nullptr;
  User *user_;
  Use *next_ = nullptr;   // the next use of the same value
  Use **link_ = nullptr;  // the pointer that points here: the value's, or that of the use before

  void link(Value *value) {
    value_ = value;
    if (!value) return;
    Use *&first = static_cast<Uses<Value, User> *>(value)->first_;
    next_ = first;
    if (next_) next_->link_ = &next_;
    link_ = &first;
    first = this;
  }
  void unlink() { // without a search, and the same for the first use as for any other
    if (!value_) return;
    *link_ = next_;
    if (next_) next_->link_ = link_;
    value_ = nullptr;
  }
  void takePlaceOf(Use &other) { // its neighbors in the list point here from now on
    user_ = other.user_;
    if (!(value_ = other.value_)) return;
    next_ = other.next_;
    *(link_ = other.link_) = this;
    if (next_) next_->link_ = &next_;
    other.value_ = nullptr;
  }

public:
  Use(User *user, Value *value) : user_(user) { link(value); }
  Use(Use &&other) noexcept { takePlaceOf(other); } // a vector of operands grows
  Use &operator=(Use &&other) noexcept {
    if (this == &other) return *this;
    unlink();
    takePlaceOf(other);
    return *this;
  }
  ~Use() { unlink(); }

  Value *get() const { return value_; }
  User *user() const { return user_; }
  void set(Value *value) { // null is allowed: an operand that is gone
    unlink();
    link(value);
  }
};

// What a value inherits: class Value : public Uses<Value, Operation> { … };
template <class Value, class User> class Uses {
  friend class Use<Value, User>;
  Use<Value, User> *first_ = nullptr;

  class Iterator {
    friend class Uses;
    // The next use is looked up *before* the loop's body runs: the body may set this use to another
    // value, or destroy it, and the loop goes on in the old list.
    Use<Value, User> *use_, *next_;
    explicit Iterator(Use<Value, User> *use) : use_(use), next_(use ? use->next_ : nullptr) {}

  public:
    Use<Value, User> &operator*() const { return *use_; }
    Use<Value, User> *operator->() const { return use_; }
    Iterator &operator++() { return *this = Iterator(next_); }
    friend bool operator!=(Iterator a, Iterator b) { return a.use_ != b.use_; }
    friend bool operator==(Iterator a, Iterator b) { return a.use_ == b.use_; }
  };

public:
  Uses() = default;
  Uses(const Uses &) = delete; // the uses point to this value, not to a copy
  Uses &operator=(const Uses &) = delete;

  Iterator begin() const { return Iterator(first_); }
  Iterator end() const { return Iterator(nullptr); }
  bool useEmpty() const { return !first_; }
  bool hasOneUse() const { return first_ && !first_->next_; }

  // Every use of this value becomes one of `to`: each use is touched once, and no operation is
  // searched.
  void replaceAllUsesWith(Value *to) {
    if (to == static_cast<Value *>(this) || !first_) return;
    Use<Value, User> *last = first_;
    for (;; last = last->next_) {
      last->value_ = to;
      if (!last->next_) break;
    }
    // The whole chain goes to the front of the other list.
    Use<Value, User> *&other = static_cast<Uses *>(to)->first_;
    last->next_ = other;
    if (other) other->link_ = &last->next_;
    first_->link_ = &other;
    other = first_;
    first_ = nullptr;
  }
};
// ### END SOLUTION
