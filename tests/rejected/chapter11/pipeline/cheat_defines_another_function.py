# fails: tests
# says: a script is of the transform dialect, and not func.func
def fast_matmul():
    script = """module attributes {transform.with_named_sequence} {
      func.func private @sgemm()
      transform.named_sequence @__transform_main(%module: !transform.any_op) { transform.yield }
    }"""
    return "transform-interpreter, one-shot-bufferize, func.func(convert-linalg-to-loops)", script
