// What opt looks for in a plugin: the pass "tern". It is whatever the unit beside adds.
#include "compat.hpp"
#include "llvm/Passes/PassBuilder.h"
#if LLVM_VERSION_MAJOR < 22
#include "llvm/Passes/PassPlugin.h"
#else
#include "llvm/Plugins/PassPlugin.h"
#endif

void tern_add(llvm::FunctionPassManager &Manager);

static bool parse(llvm::StringRef Name, llvm::FunctionPassManager &Manager,
                  llvm::ArrayRef<llvm::PassBuilder::PipelineElement>) {
    if (Name != "tern") return false;
    tern_add(Manager);
    return true;
}

static void registerIn(llvm::PassBuilder &Builder) {
    Builder.registerPipelineParsingCallback(parse);
}

extern "C" LLVM_ATTRIBUTE_WEAK llvm::PassPluginLibraryInfo llvmGetPassPluginInfo() {
    return {LLVM_PLUGIN_API_VERSION, "tern", "1", registerIn};
}
