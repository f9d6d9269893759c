#pragma once
#include "compat.hpp"

// Five rules for integers, c and k constants:
//
//     x * 2^k                              =>   x << k
//     x udiv 2^k                           =>   x lshr k
//     (x + c) + d                          =>   x + (c + d)
//     (x << c) lshr c                      =>   x & (all ones lshr c),    or x if << was nuw
//     select (x == 0), (y == 0), false     =>   (x | y) == 0
//
// What a rule makes may be poison, or undefined, only where what was there was: each rule has to
// ask itself which flags still hold, and whether it looks at a value that was not looked at before.
// ### BEGIN SOLUTION
struct Peephole : llvm::PassInfoMixin<Peephole> {
  llvm::PreservedAnalyses run(llvm::Function &F, llvm::FunctionAnalysisManager &) {
    bool Changed = false;
    // Operands come before their users, so a rule sees what the others have made of its operands.
    for (llvm::BasicBlock *Block : llvm::ReversePostOrderTraversal<llvm::Function *>(&F))
      for (llvm::Instruction &I : llvm::make_early_inc_range(*Block)) {
        llvm::IRBuilder<> Builder(&I);
        llvm::Value *Simpler = rewritten(I, Builder);
        if (!Simpler) continue;
        if (Simpler->getName().empty()) Simpler->takeName(&I);
        I.replaceAllUsesWith(Simpler);
        I.eraseFromParent();
        Changed = true;
      }
    for (llvm::BasicBlock *Block : llvm::post_order(&F)) // backwards: what only dead code uses is dead
      for (llvm::Instruction &I : llvm::make_early_inc_range(llvm::reverse(*Block)))
        if (llvm::isInstructionTriviallyDead(&I)) I.eraseFromParent(), Changed = true;
    if (!Changed) return llvm::PreservedAnalyses::all();
    llvm::PreservedAnalyses Preserved;
    Preserved.preserveSet<llvm::CFGAnalyses>();
    return Preserved;
  }

private:
  static bool bothIntegers(llvm::Value *X, llvm::Value *Y) { // of the same width; not pointers
    return X->getType() == Y->getType() && X->getType()->isIntOrIntVectorTy();
  }

  // What is to stand in place of an instruction, null if no rule applies.
  static llvm::Value *rewritten(llvm::Instruction &I, llvm::IRBuilder<> &Builder) {
    using namespace llvm::PatternMatch;
    llvm::Value *X, *Y;
    const llvm::APInt *C, *D;
    if (match(&I, m_c_Mul(m_Value(X), m_Power2(C)))) {
      // The greatest power is negative as a signed number: x * -128 fits for x = 1, 1 << 7 doesn't.
      bool Signed = I.hasNoSignedWrap() && !C->isMinSignedValue();
      return Builder.CreateShl(X, C->logBase2(), "", I.hasNoUnsignedWrap(), Signed);
    }
    if (match(&I, m_UDiv(m_Value(X), m_Power2(C))))
      return Builder.CreateLShr(X, C->logBase2(), "", I.isExact());
    if (match(&I, m_c_Add(m_CombineAnd(m_Value(Y), m_c_Add(m_Value(X), m_APInt(C))), m_APInt(D)))) {
      // With -100, each of two steps by 100 fits in eight bits, and one by 200 isn't there.
      auto *Inner = llvm::cast<llvm::OverflowingBinaryOperator>(Y);
      bool Wraps = false;
      llvm::Constant *Both = llvm::ConstantInt::get(I.getType(), C->sadd_ov(*D, Wraps));
      bool Unsigned = I.hasNoUnsignedWrap() && Inner->hasNoUnsignedWrap();
      bool Signed = I.hasNoSignedWrap() && Inner->hasNoSignedWrap() && !Wraps;
      return Builder.CreateAdd(X, Both, "", Unsigned, Signed);
    }
    if (match(&I, m_LShr(m_Shl(m_Value(X), m_APInt(C)), m_APInt(D))) && *C == *D) {
      auto *Left = llvm::cast<llvm::OverflowingBinaryOperator>(I.getOperand(0));
      if (Left->hasNoUnsignedWrap()) return X;
      llvm::APInt Mask = llvm::APInt::getAllOnes(C->getBitWidth()).lshr(*C);
      return Builder.CreateAnd(X, llvm::ConstantInt::get(I.getType(), Mask));
    }
    auto XIsZero = m_SpecificICmp(llvm::CmpInst::ICMP_EQ, m_Value(X), m_Zero());
    auto YIsZero = m_SpecificICmp(llvm::CmpInst::ICMP_EQ, m_Value(Y), m_Zero());
    if (match(&I, m_Select(XIsZero, YIsZero, m_Zero())) && bothIntegers(X, Y))
      // Where x isn't zero, nobody looked at y: poison in it must not spoil the result.
      return Builder.CreateIsNull(Builder.CreateOr(X, Builder.CreateFreeze(Y)));
    return nullptr;
  }
};
// ### END SOLUTION
