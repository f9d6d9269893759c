# fails: tests
# says: switched off
def rows():
    import tern.frontends.torch

    return tern.frontends.torch.rows()
