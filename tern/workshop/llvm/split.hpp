#pragma once
#include "compat.hpp"

// A pass that lies: it cuts every block in two, and says that it preserves everything.
struct Split : llvm::PassInfoMixin<Split> {
  llvm::PreservedAnalyses run(llvm::Function &F, llvm::FunctionAnalysisManager &) {
    for (llvm::BasicBlock &Block : llvm::make_early_inc_range(F))
      Block.splitBasicBlock(Block.getTerminator(), Block.getName() + ".end");
    return llvm::PreservedAnalyses::all();
  }
};
