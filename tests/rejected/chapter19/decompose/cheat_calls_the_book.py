# fails: tests
# says: switched off
def decompositions():
    import tern.frontends.torch

    return tern.frontends.torch.decompositions()
