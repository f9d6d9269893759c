#pragma once
#include "compat.hpp"

// Says of each function what LLVM knows of its loops, on outs():
//
//     @smooth: 2 operations outside of loops
//       loop %rows at depth 1: 10 iterations, 3 operations
//         loop %columns at depth 2: iterations known on entry, 5 operations
//
// A loop is named by its header. It has "10 iterations" if ScalarEvolution knows the number now,
// "iterations known on entry" if the number follows from values that the loop doesn't change, and
// "iterations unknown" otherwise. An operation counts for the innermost loop that it is in; phis
// and terminators are not counted. Loops are listed in program order, each before those inside of
// it, and indented by its depth. Takes time linear in the function's size.
// ### BEGIN SOLUTION
struct LoopReport : llvm::PassInfoMixin<LoopReport> {
  llvm::PreservedAnalyses run(llvm::Function &F, llvm::FunctionAnalysisManager &AM) {
    auto &Loops = AM.getResult<llvm::LoopAnalysis>(F);
    auto &Evolution = AM.getResult<llvm::ScalarEvolutionAnalysis>(F);

    // By innermost loop, so that each block is looked at once. Null stands for "in no loop".
    llvm::DenseMap<const llvm::Loop *, unsigned> Operations;
    for (llvm::BasicBlock &Block : F)
      for (llvm::Instruction &I : Block)
        if (!llvm::isa<llvm::PHINode>(I) && !I.isTerminator())
          ++Operations[Loops.getLoopFor(&Block)];

    llvm::raw_ostream &OS = llvm::outs();
    OS << "@" << F.getName() << ": " << Operations[nullptr] << " operations outside of loops\n";
    for (const llvm::Loop *L : Loops.getLoopsInPreorder()) {
      OS.indent(2 * L->getLoopDepth()) << "loop ";
      L->getHeader()->printAsOperand(OS, /*PrintType=*/false);
      OS << " at depth " << L->getLoopDepth() << ": ";
      printIterations(OS, *L, Evolution);
      OS << ", " << Operations[L] << " operations\n";
    }
    return llvm::PreservedAnalyses::all();
  }

private:
  static void printIterations(llvm::raw_ostream &OS, const llvm::Loop &L,
                              llvm::ScalarEvolution &Evolution) {
    if (unsigned Count = Evolution.getSmallConstantTripCount(&L)) // 0 stands for "unknown"
      OS << Count << " iterations";
    else if (Evolution.hasLoopInvariantBackedgeTakenCount(&L))
      OS << "iterations known on entry";
    else
      OS << "iterations unknown";
  }
};
// ### END SOLUTION
