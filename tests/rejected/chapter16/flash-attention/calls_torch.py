# fails: tests
# says: at work|not written by a Triton kernel
def flash_attention(queries, keys, values, causal=False, window=0, block_m=64, block_n=64):
    scores = queries @ keys.transpose(1, 2) / queries.shape[2] ** 0.5
    return torch.softmax(scores, 2) @ values, torch.logsumexp(scores, 2)
