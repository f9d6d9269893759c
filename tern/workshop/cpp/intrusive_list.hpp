#pragma once
#include <cstddef>
#include <iterator>

// A doubly linked list whose links are inside its elements: an element that is at hand can be moved
// or taken out without a search, and nothing is allocated. The list doesn't own its elements.
// (LLVM's is llvm/include/llvm/ADT/simple_ilist.h.)
// ### BEGIN SOLUTION
template <class T> class IntrusiveList;

// What an element inherits: class Operation : public ListNode<Operation> { … };
template <class T> class ListNode {
  friend class IntrusiveList<T>;
  ListNode *previous_ = nullptr, *next_ = nullptr;

public:
  ListNode() = default;
  ListNode(const ListNode &) {} // the copy of an element is in no list yet,
  ListNode &operator=(const ListNode &) { return *this; } // and an element stays where it is
  bool isLinked() const { return next_ != nullptr; }
};

template <class T> class IntrusiveList {
  // A ring: the end is a node too, so that no operation has a special case for an empty list, for
  // the first element, or for the last one.
  ListNode<T> end_;

  static void link(ListNode<T> *left, ListNode<T> *right) {
    left->next_ = right;
    right->previous_ = left;
  }

public:
  class iterator {
    friend class IntrusiveList;
    ListNode<T> *node_ = nullptr;
    explicit iterator(ListNode<T> *node) : node_(node) {}

  public:
    using iterator_category = std::bidirectional_iterator_tag; // what std::next and others ask for
    using value_type = T;
    using difference_type = std::ptrdiff_t;
    using pointer = T *;
    using reference = T &;
    iterator() = default;
    T &operator*() const { return static_cast<T &>(*node_); } // the node is the base of a T
    T *operator->() const { return &**this; }
    iterator &operator++() { node_ = node_->next_; return *this; }
    iterator &operator--() { node_ = node_->previous_; return *this; }
    iterator operator++(int) { iterator old = *this; node_ = node_->next_; return old; }
    iterator operator--(int) { iterator old = *this; node_ = node_->previous_; return old; }
    friend bool operator==(iterator a, iterator b) { return a.node_ == b.node_; }
    friend bool operator!=(iterator a, iterator b) { return a.node_ != b.node_; }
  };

  IntrusiveList() { link(&end_, &end_); }
  IntrusiveList(const IntrusiveList &) = delete; // an element can't be in two lists
  IntrusiveList &operator=(const IntrusiveList &) = delete;

  iterator begin() { return iterator(end_.next_); }
  iterator end() { return iterator(&end_); }
  bool empty() const { return end_.next_ == &end_; }
  T &front() { return *begin(); }
  T &back() { return *--end(); }
  static iterator at(T &element) { return iterator(&element); }

  static iterator insert(iterator before, T &element) {
    ListNode<T> *node = &element, *right = before.node_;
    link(right->previous_, node);
    link(node, right);
    return iterator(node);
  }
  void push_front(T &element) { insert(begin(), element); }
  void push_back(T &element) { insert(end(), element); }

  static iterator erase(T &element) { // gives the next one, for a loop that goes on
    ListNode<T> *node = &element, *right = node->next_;
    link(node->previous_, right);
    node->previous_ = node->next_ = nullptr;
    return iterator(right);
  }

  // Moves the elements from `first` up to `last`, without it, to before `before`. Six pointers
  // change, however many elements these are. They may come from any list, also from this one.
  static void splice(iterator before, iterator first, iterator last) {
    if (first == last || before == first || before == last) return; // they are there already
    ListNode<T> *right = before.node_, *head = first.node_, *tail = last.node_->previous_;
    link(head->previous_, last.node_);
    link(right->previous_, head);
    link(tail, right);
  }
};
// ### END SOLUTION
