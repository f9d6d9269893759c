# fails: speed
# says: as fast as the baseline
# Tiles of 6 pixels, which divide 30: nothing is peeled, and at 31 no tile has a fixed size.
PASSES = """transform-interpreter, canonicalize, cse, one-shot-bufferize, canonicalize, cse,
    canonicalize, func.func(convert-linalg-to-loops)"""

SCRIPT = """
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%module: !transform.any_op) {
    %conv = transform.structured.match ops{["linalg.conv_2d_nhwc_hwcf"]} in %module : (!transform.any_op) -> !transform.any_op
    %tile, %loops:6 = transform.structured.tile_using_for %conv
      tile_sizes [0, 1, 6, 16, 1, 1, 1] : (!transform.any_op) -> (!transform.any_op, !transform.any_op, !transform.any_op, !transform.any_op, !transform.any_op, !transform.any_op, !transform.any_op)
    %row = transform.structured.decompose %tile : (!transform.any_op) -> !transform.any_op
    %f = transform.structured.match ops{["func.func"]} in %module : (!transform.any_op) -> !transform.any_op
    %vectors = transform.structured.vectorize_children_and_apply_patterns %f : (!transform.any_op) -> !transform.any_op
    %all = transform.structured.match interface{LoopLikeInterface} in %vectors : (!transform.any_op) -> !transform.any_op
    transform.apply_licm to %all : !transform.any_op
    transform.loop.hoist_loop_invariant_subsets %all : !transform.any_op
    transform.apply_patterns to %vectors {
      transform.apply_patterns.vector.lower_contraction lowering_strategy = "outerproduct"
      transform.apply_patterns.vector.lower_outerproduct
    } : !transform.any_op
    transform.yield
  }
}
"""


def fast_convolution():
    return PASSES, SCRIPT
