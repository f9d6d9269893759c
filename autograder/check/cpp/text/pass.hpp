// The reader's pass, as opt runs it: always, and with its name in the report if it crashes.
struct TernPass : llvm::PassInfoMixin<TernPass> {
    TERN_PASS pass;
    static bool isRequired() { return true; }
    llvm::PreservedAnalyses run(llvm::Function &F, llvm::FunctionAnalysisManager &AM) {
        llvm::PrettyStackTraceFormat At("tern: on @%s", F.getName().str().c_str());
        return pass.run(F, AM);
    }
};
void tern_add(llvm::FunctionPassManager &Manager) { Manager.addPass(TernPass()); }
