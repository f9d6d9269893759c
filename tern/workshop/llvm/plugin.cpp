// A plugin for opt, with one pass. PASS is its struct, HEADER where that is, and
// NAME what a pipeline calls it.
#include HEADER
#include "llvm/Passes/PassBuilder.h"
#if LLVM_VERSION_MAJOR < 22
#include "llvm/Passes/PassPlugin.h"
#else
#include "llvm/Plugins/PassPlugin.h"
#endif

static bool parse(llvm::StringRef Name, llvm::FunctionPassManager &Manager,
                  llvm::ArrayRef<llvm::PassBuilder::PipelineElement>) {
  if (Name != NAME) return false;
  Manager.addPass(PASS());
  return true;
}

static void add(llvm::PassBuilder &Builder) { Builder.registerPipelineParsingCallback(parse); }

extern "C" LLVM_ATTRIBUTE_WEAK llvm::PassPluginLibraryInfo llvmGetPassPluginInfo() {
  return {LLVM_PLUGIN_API_VERSION, NAME, "1", add};
}
