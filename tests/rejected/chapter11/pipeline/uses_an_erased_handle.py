# fails: tests
# says: MLIR
def fast_matmul():
    script = """module attributes {transform.with_named_sequence} {
      transform.named_sequence @__transform_main(%module: !transform.any_op) {
        %matmul = transform.structured.match ops{["linalg.matmul"]} in %module
          : (!transform.any_op) -> !transform.any_op
        %one, %l:3 = transform.structured.tile_using_for %matmul tile_sizes [8, 8, 8]
          : (!transform.any_op) -> (!transform.any_op, !transform.any_op, !transform.any_op,
                                    !transform.any_op)
        %two, %k:3 = transform.structured.tile_using_for %matmul tile_sizes [4, 4, 4]
          : (!transform.any_op) -> (!transform.any_op, !transform.any_op, !transform.any_op,
                                    !transform.any_op)
        transform.yield
      }
    }"""
    return "transform-interpreter, one-shot-bufferize, func.func(convert-linalg-to-loops)", script
