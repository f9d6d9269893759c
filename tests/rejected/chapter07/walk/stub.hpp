// fails: tests
// says: not solved yet
#pragma once
#include "ir.hpp"
#include "small_vec.hpp"
#include <cstddef>
#include <utility>

// Going through operations, and erasing those that nobody needs. `enter` and `leave` of the class
// that derives are called directly, and inlined: the compiler knows which they are, because the
// base knows the class that derives from it. (CRTP; LLVM's is llvm/include/llvm/IR/InstVisitor.h.)
// YOUR CODE HERE
#error "not solved yet"
