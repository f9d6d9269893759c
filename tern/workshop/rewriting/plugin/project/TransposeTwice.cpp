// Transposing there and back is nothing: a pattern of MLIR's in C++, and a pass that applies it.
// Built as a plugin, out of MLIR's tree; mlir-opt loads it.

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Tools/Plugins/PassPlugin.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;

namespace {

struct TransposeTwice : OpRewritePattern<linalg::TransposeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(linalg::TransposeOp outer,
                                PatternRewriter &rewriter) const override {
    auto inner = outer.getInput().getDefiningOp<linalg::TransposeOp>();
    if (!inner) return failure();
    auto first = inner.getPermutation();
    for (auto [at, axis] : llvm::enumerate(outer.getPermutation()))
      if (first[axis] != static_cast<int64_t>(at)) return failure();
    rewriter.replaceOp(outer, inner.getInput());
    return success();
  }
};

struct TransposeTwicePass : PassWrapper<TransposeTwicePass, OperationPass<>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(TransposeTwicePass)

  StringRef getArgument() const override { return "transpose-twice"; }

  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<TransposeTwice>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns)))) signalPassFailure();
  }
};

}  // namespace

extern "C" LLVM_ATTRIBUTE_WEAK PassPluginLibraryInfo mlirGetPassPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "TransposeTwice", "1",
          [] { PassRegistration<TransposeTwicePass>(); }};
}
