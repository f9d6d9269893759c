# fails: tests
# says: NotImplementedError
def flash_attention(queries, keys, values, causal=False, window=0, block_m=64, block_n=64):
    raise NotImplementedError("later")
