#pragma once
#include "compat.hpp"

// Strength reduction: where a loop multiplies an induction variable by something that the loop
// doesn't change, it adds instead.
//
//     %i = phi i32 [ 0, %entry ], [ %next, %loop ]        %i.k = phi i32 [ 0, %entry ], [ %next.k, %loop ]
//     %x = mul i32 %i, %k                           =>    ; %x's users use %i.k
//     %next = add i32 %i, 1                               %next.k = add i32 %i.k, %k
//
// An induction variable is a phi in the header of a loop with a preheader and one latch: it enters
// with any value, and each iteration adds the same to it. Of `%next` a product is reduced like one
// of `%i`. What takes part in a product that was reduced may be reduced again: `%i * %k * %m`. At
// the end nothing is left to reduce.
// (Allen, Cocke, and Kennedy, "Reduction of Operator Strength", in Program Flow Analysis, 1981.)
// ### BEGIN SOLUTION
struct Strength : llvm::PassInfoMixin<Strength> {
  llvm::PreservedAnalyses run(llvm::Function &F, llvm::FunctionAnalysisManager &AM) {
    auto Loops = AM.getResult<llvm::LoopAnalysis>(F).getLoopsInPreorder();
    bool Changed = false, Again = true;
    while (Again) { // a new phi has products too
      Again = false;
      for (llvm::Loop *L : Loops)
        if (L->getLoopPreheader() && L->getLoopLatch())
          for (llvm::PHINode &Phi : L->getHeader()->phis()) Again |= reduceProducts(*L, &Phi);
      Changed |= Again;
    }
    if (!Changed) return llvm::PreservedAnalyses::all();
    llvm::PreservedAnalyses Preserved; // the blocks are the same, and so are their loops
    Preserved.preserveSet<llvm::CFGAnalyses>();
    return Preserved;
  }

private:
  // The step of an induction variable, which `Next` adds to it; null if the phi isn't one.
  static llvm::Value *stepOf(const llvm::Loop &L, llvm::PHINode *Phi, llvm::Instruction *&Next) {
    using namespace llvm::PatternMatch;
    llvm::Value *Step = nullptr;
    Next = llvm::dyn_cast<llvm::Instruction>(Phi->getIncomingValueForBlock(L.getLoopLatch()));
    bool Adds = Next && match(Next, m_c_Add(m_Specific(Phi), m_Value(Step)));
    return Adds && L.contains(Next) && L.isLoopInvariant(Step) ? Step : nullptr;
  }

  // Reduces the products of `Phi` and of what it will be next. A new phi comes before it, and is an
  // induction variable too.
  static bool reduceProducts(const llvm::Loop &L, llvm::PHINode *Phi) {
    using namespace llvm::PatternMatch;
    llvm::Instruction *Next = nullptr;
    llvm::Value *Step = stepOf(L, Phi, Next);
    if (!Step) return false;

    llvm::SmallDenseMap<llvm::Value *, llvm::PHINode *> Products; // one for each factor
    bool Changed = false;
    for (llvm::Instruction *Variable : {llvm::cast<llvm::Instruction>(Phi), Next})
      for (llvm::User *User : llvm::make_early_inc_range(Variable->users())) {
        auto *Product = llvm::dyn_cast<llvm::Instruction>(User);
        llvm::Value *Factor = nullptr;
        if (!Product || !match(Product, m_c_Mul(m_Specific(Variable), m_Value(Factor)))) continue;
        if (!L.contains(Product) || !L.isLoopInvariant(Factor)) continue;
        llvm::PHINode *&Sum = Products[Factor];
        if (!Sum) Sum = makeSum(L, Phi, Next, Step, Factor);
        Product->replaceAllUsesWith(
            Variable == Phi ? Sum : Sum->getIncomingValueForBlock(L.getLoopLatch()));
        Product->eraseFromParent();
        Changed = true;
      }
    return Changed;
  }

  // A phi that is `Phi * Factor` in each iteration, by addition alone. Whatever the product
  // promised about overflow, the sums promise nothing: the last one is computed although the loop
  // ends, and the partial sums of a product that fits need not fit.
  static llvm::PHINode *makeSum(const llvm::Loop &L, llvm::PHINode *Phi, llvm::Instruction *Next,
                                llvm::Value *Step, llvm::Value *Factor) {
    llvm::BasicBlock *Preheader = L.getLoopPreheader(), *Latch = L.getLoopLatch();
    llvm::IRBuilder<> Before(Preheader->getTerminator());
    // An undef factor could be another number in each sum: let it be one number.
    if (!llvm::isGuaranteedNotToBeUndefOrPoison(Factor)) Factor = Before.CreateFreeze(Factor);
    llvm::Value *Start = times(Before, Phi->getIncomingValueForBlock(Preheader), Factor);
    llvm::Value *SumsStep = times(Before, Step, Factor);

    llvm::IRBuilder<> InHeader(Phi);
    llvm::PHINode *Sum = InHeader.CreatePHI(Phi->getType(), 2, Phi->getName() + ".sum");
    llvm::IRBuilder<> BehindNext(Next->getNextNode());
    Sum->addIncoming(Start, Preheader);
    Sum->addIncoming(BehindNext.CreateAdd(Sum, SumsStep, Next->getName() + ".sum"), Latch);
    return Sum;
  }

  // A product before the loop. Most variables begin at 0, and step by 1.
  static llvm::Value *times(llvm::IRBuilder<> &Builder, llvm::Value *Left, llvm::Value *Factor) {
    using namespace llvm::PatternMatch;
    if (match(Left, m_Zero())) return Left;
    if (match(Left, m_One())) return Factor;
    return Builder.CreateMul(Left, Factor);
  }
};
// ### END SOLUTION
