#pragma once
#include "compat.hpp"
#include "llvm/IR/Module.h"

// Instrumentation: counts how often each block of a function runs. The counts of @f are in an array
// of i64, @f.counts, an element for each block in the function's order.
// ### BEGIN SOLUTION
struct CountBlocks : llvm::PassInfoMixin<CountBlocks> {
  llvm::PreservedAnalyses run(llvm::Function &F, llvm::FunctionAnalysisManager &) {
    auto *Count = llvm::Type::getInt64Ty(F.getContext());
    auto *Counts = llvm::ArrayType::get(Count, F.size());
    auto *Table = new llvm::GlobalVariable(*F.getParent(), Counts, /*isConstant=*/false,
                                           llvm::GlobalValue::ExternalLinkage,
                                           llvm::Constant::getNullValue(Counts),
                                           F.getName() + ".counts");
    unsigned Number = 0;
    for (llvm::BasicBlock &Block : F) {
      // Behind the phis, which have to be first.
      llvm::IRBuilder<> Builder(&Block, Block.getFirstInsertionPt());
      llvm::Value *Place = Builder.CreateConstInBoundsGEP2_64(Counts, Table, 0, Number++);
      llvm::Value *Old = Builder.CreateLoad(Count, Place);
      Builder.CreateStore(Builder.CreateAdd(Old, Builder.getInt64(1)), Place);
    }
    llvm::PreservedAnalyses Preserved; // no block is new, and none has another successor
    Preserved.preserveSet<llvm::CFGAnalyses>();
    return Preserved;
  }
};
// ### END SOLUTION
