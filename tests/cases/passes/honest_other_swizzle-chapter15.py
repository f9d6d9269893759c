# ---- ch15-swizzle ----
def swizzle(row, column, width):
    """Rotation instead of xor: another right answer."""
    together = max(1, 32 // width)
    turned = (column + row // together) % min(width, 32) if width <= 32 else (
        column // 32 * 32 + (column + row) % 32)
    return row * width + turned
