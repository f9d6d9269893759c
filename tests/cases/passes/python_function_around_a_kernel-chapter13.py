# ---- ch13-tiled-conv ----
# BOOK chapter13 tiled-conv
kernel = tiled_conv
def tiled_conv(X, W, Y):
    """Plain Python around a kernel."""
    kernel(X, W, Y)
