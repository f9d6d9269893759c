// fails: tests
// says: not solved yet
#pragma once
#include <cstddef>
#include <iterator>

// A doubly linked list whose links are inside its elements: an element that is at hand can be moved
// or taken out without a search, and nothing is allocated. The list doesn't own its elements.
// (LLVM's is llvm/include/llvm/ADT/simple_ilist.h.)
// YOUR CODE HERE
#error "not solved yet"
