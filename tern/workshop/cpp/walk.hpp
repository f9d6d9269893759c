#pragma once
#include "ir.hpp"
#include "small_vec.hpp"
#include <cstddef>
#include <utility>

// Going through operations, and erasing those that nobody needs. `enter` and `leave` of the class
// that derives are called directly, and inlined: the compiler knows which they are, because the
// base knows the class that derives from it. (CRTP; LLVM's is llvm/include/llvm/IR/InstVisitor.h.)
// ### BEGIN SOLUTION
template <class Derived> class Walker {
public:
  bool enter(Operation &) { return true; } // before what is inside; false to leave that out
  void leave(Operation &) {}               // after it; this one may erase the operation

  // The root, and all inside it, in the order of the text. Without recursion, however deep they
  // nest.
  void walk(Operation &root) {
    Derived &self = static_cast<Derived &>(*this);
    for (Operation *op = &root; op;) {
      Operation *next = self.enter(*op) ? firstInside(*op) : nullptr;
      while (op && !next) { // nothing inside, or nothing any more: leave it
        Operation *around = nullptr;
        if (op != &root) { // the ways on, before `leave`: afterwards it may be in no block
          next = nextInside(*op);
          around = op->block->region->parent;
        }
        self.leave(*op);
        op = around; // which ends as well, unless something follows inside
      }
      op = next;
    }
  }
};

// Erases operations whose results nobody uses, if they may go; and then those that only these used.
template <class MayGo> class DeadCode : public Walker<DeadCode<MayGo>> {
  MayGo mayGo_;
  SmallVec<Operation *, 64> dead_; // found, and not yet erased: the work that is left
  std::size_t erased_ = 0;

  bool isDead(Operation &op) const { return op.useEmpty() && mayGo_(op); }

  // Takes one operation apart, after all inside it. What its operands were, may be dead now.
  struct Eraser : Walker<Eraser> {
    DeadCode &code;
    explicit Eraser(DeadCode &code) : code(code) {}
    void leave(Operation &op) {
      std::exchange(op.block, nullptr)->operations.erase(op);
      ++code.erased_;
      op.forEachOperand([this](Operand &operand) {
        Operation *definition = definingOp(operand.get());
        operand.set(nullptr);
        if (definition && definition->block && code.isDead(*definition))
          code.dead_.push_back(definition); // once: only the last use makes it so
      });
    }
  };

public:
  explicit DeadCode(MayGo mayGo) : mayGo_(std::move(mayGo)) {}
  bool enter(Operation &op) {
    if (!op.block || !isDead(op)) return true;
    dead_.push_back(&op);
    return false;
  }
  std::size_t eraseFrom(Operation &root) {
    this->walk(root);
    while (!dead_.empty()) {
      Operation *op = dead_.back();
      dead_.pop_back();
      if (op->block) Eraser(*this).walk(*op); // else it went with one around it
    }
    return erased_;
  }
};

// Erases the operations inside `root` that `mayGo` lets go, and whose results nobody uses, until
// none is left. Gives how many that were, with all inside them. O(operations + uses).
template <class MayGo> std::size_t eraseDead(Operation &root, MayGo mayGo) {
  return DeadCode<MayGo>(std::move(mayGo)).eraseFrom(root);
}
// ### END SOLUTION
