// fails: speed
// says: what takes the place of mul costs more
// Every multiplication becomes the shifts and sums that it's made of; no loop is looked at.
#pragma once
#include "compat.hpp"
struct Strength : llvm::PassInfoMixin<Strength> {
  llvm::PreservedAnalyses run(llvm::Function &F, llvm::FunctionAnalysisManager &) {
    using namespace llvm;
    SmallVector<Instruction *, 16> Muls;
    for (Instruction &I : instructions(F))
      if (I.getOpcode() == Instruction::Mul) Muls.push_back(&I);
    for (Instruction *I : Muls) {
      IRBuilder<> B(I);
      unsigned Width = I->getType()->getIntegerBitWidth();
      Value *X = I->getOperand(0), *Y = I->getOperand(1);
      if (F.arg_size() > 1 && F.getArg(1)->hasAttribute(Attribute::NoUndef) && Width <= 32) {
      } else if (!isa<ConstantInt>(Y)) continue;
      Type *T = I->getType();
      Value *Sum = ConstantInt::get(T, 0);
      for (unsigned K = 0; K < Width; ++K) {
        Value *Bit = B.CreateTrunc(B.CreateLShr(Y, ConstantInt::get(T, K)), B.getInt1Ty());
        Sum = B.CreateAdd(Sum, B.CreateSelect(Bit, B.CreateShl(X, ConstantInt::get(T, K)), ConstantInt::get(T, 0)));
      }
      I->replaceAllUsesWith(Sum);
      I->eraseFromParent();
    }
    return PreservedAnalyses::none();
  }
};
