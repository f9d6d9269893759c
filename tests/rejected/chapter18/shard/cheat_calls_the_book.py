# fails: tests
# says: switched off
def shard(mesh, rows, widths, ends):
    return xla.shard(mesh, rows, widths, ends)
