// What opt looks for in a plugin: the pass "tern", which is whatever the unit beside adds, and
// "tern-preserved", which ends opt if what the pass has left of the analyses is not true.
#include "compat.hpp"
#include "llvm/Passes/PassBuilder.h"
#if LLVM_VERSION_MAJOR < 22
#include "llvm/Passes/PassPlugin.h"
#else
#include "llvm/Plugins/PassPlugin.h"
#endif
#include <string>
#include <vector>
#include <unistd.h>

void tern_add(llvm::FunctionPassManager &Manager);

// LLVM's own verify<domtree> is an assertion, and a release has none.
struct TernPreserved : llvm::PassInfoMixin<TernPreserved> {
    static bool isRequired() { return true; }
    llvm::PreservedAnalyses run(llvm::Function &F, llvm::FunctionAnalysisManager &AM) {
        llvm::DominatorTree Fresh(F);
        if (auto *Kept = AM.getCachedResult<llvm::DominatorTreeAnalysis>(F))
            if (Kept->compare(Fresh)) stale("the dominator tree", F);
        if (auto *Kept = AM.getCachedResult<llvm::LoopAnalysis>(F))
            if (shown(*Kept) != shown(llvm::LoopInfo(Fresh))) stale("the loops", F);
        return llvm::PreservedAnalyses::all();
    }
    static std::string shown(const llvm::LoopInfo &Loops) {
        std::string Text;
        llvm::raw_string_ostream OS(Text);
        for (llvm::Loop *L : Loops.getLoopsInPreorder()) {
            OS << L->getLoopDepth() << ' ' << L->getHeader() << ':';
            std::vector<llvm::BasicBlock *> Blocks(L->block_begin(), L->block_end());
            llvm::sort(Blocks);
            for (llvm::BasicBlock *Block : Blocks) OS << ' ' << Block;
            OS << '\n';
        }
        return OS.str();
    }
    static void stale(const char *What, const llvm::Function &F) {
        llvm::outs().flush();
        llvm::errs() << "\ntern: stale: " << What << "\ntern: on @" << F.getName() << '\n';
        _exit(3);
    }
};

static bool parse(llvm::StringRef Name, llvm::FunctionPassManager &Manager,
                  llvm::ArrayRef<llvm::PassBuilder::PipelineElement>) {
    if (Name == "tern")
        tern_add(Manager);
    else if (Name == "tern-preserved")
        Manager.addPass(TernPreserved());
    else
        return false;
    return true;
}

static void registerIn(llvm::PassBuilder &Builder) {
    Builder.registerPipelineParsingCallback(parse);
}

extern "C" LLVM_ATTRIBUTE_WEAK llvm::PassPluginLibraryInfo llvmGetPassPluginInfo() {
    return {LLVM_PLUGIN_API_VERSION, "tern", "1", registerIn};
}
