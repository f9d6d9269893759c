# fails: tests
# says: was not written by a Triton kernel
def emit_chain(func):
    return """
import torch

def gate(x, y):
    return torch.relu(x) * y * torch.sigmoid(y)
"""
