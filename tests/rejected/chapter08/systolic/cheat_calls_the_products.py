# fails: tests
# says: switched off
def systolic_frames(A, W, rows, columns):
    run = cost.systolic_matmul(A, W, rows, columns)
    return run.result, run.cycles
