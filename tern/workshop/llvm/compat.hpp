#pragma once
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/PostOrderIterator.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/ScalarEvolution.h"
#include "llvm/Analysis/ScalarEvolutionExpressions.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/PassManager.h"
#include "llvm/IR/PatternMatch.h"
#include "llvm/Support/PrettyStackTrace.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"
#include "llvm/Transforms/Utils/Local.h"

// LLVM's C++ API changes with every version. What the book's passes need of it is spelled here as
// LLVM 22 spells it, for LLVM 14 to 22. A pass includes this file, and nothing of LLVM's but it.
#if LLVM_VERSION_MAJOR < 14
#error "the book's passes need LLVM 14 or newer"
#endif

namespace llvm {
#if LLVM_VERSION_MAJOR < 20
// What an icmp compares by. From 20 on it can say besides that both signs are the same.
using CmpPredicate = CmpInst::Predicate;
#endif

#if LLVM_VERSION_MAJOR < 20
namespace PatternMatch {
// An icmp with this predicate.
template <class Left, class Right> struct SpecificICmp {
  CmpInst::Predicate Predicate;
  Left L;
  Right R;
  template <class T> bool match(T *V) {
    auto *I = dyn_cast<ICmpInst>(V);
    return I && I->getPredicate() == Predicate && L.match(I->getOperand(0)) &&
           R.match(I->getOperand(1));
  }
};
template <class Left, class Right>
SpecificICmp<Left, Right> m_SpecificICmp(CmpInst::Predicate P, const Left &L, const Right &R) {
  return {P, L, R};
}
} // namespace PatternMatch
#endif
} // namespace llvm

namespace tern {
// Where a block's instructions begin, behind its phis.
inline llvm::Instruction *firstNonPhi(llvm::BasicBlock &Block) {
#if LLVM_VERSION_MAJOR < 19
  return Block.getFirstNonPHI();
#else
  return &*Block.getFirstNonPHIIt();
#endif
}
} // namespace tern
