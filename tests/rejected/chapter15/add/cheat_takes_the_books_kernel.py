# fails: tests
# says: SyntaxError|ended early|IndexError|calling add|error: 
def add(x, y):
    from tern.workshop.triton.add import add_kernel

    result = torch.empty_like(x)
    add_kernel[(triton.cdiv(x.numel(), 1024),)](x, y, result, x.numel(), BLOCK=1024)
    return result
