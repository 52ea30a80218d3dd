"""The float32 arithmetic of 09-arithmetic and the slot function, slow and exact: what every implementation must equal bit by bit."""

import math
import struct


def f32(value):
    """The float32 nearest to a float64, ties to even; beyond the range an infinity."""
    try:
        return struct.unpack("<f", struct.pack("<f", value))[0]
    except OverflowError:
        return math.copysign(math.inf, value)


def fma(a, b, c):
    """The float32 nearest to a·b + c for float32 a, b and c, rounded once."""
    product = a * b  # exact: 24 + 24 bits fit in the 53 of a float64, and so do the exponents
    total = product + c
    if not math.isfinite(total):
        return f32(total)
    # Two-sum: what the float64 addition lost, exactly.
    back = total - product
    lost = (product - (total - back)) + (c - back)
    if lost != 0.0:
        # Round to odd: an even last bit says that float64 has rounded, so step to the neighbour that is odd and lies on
        # the side of the exact value. 53 bits are more than 24 + 2, so rounding to float32 then is as if rounded once.
        bits = struct.unpack("<q", struct.pack("<d", total))[0]
        if bits & 1 == 0:
            bits += 1 if (lost > 0) == (total > 0) else -1
            total = struct.unpack("<d", struct.pack("<q", bits))[0]
    return f32(total)


def dot(a, b):
    """The retrieval score of two float32 vectors: sixteen lanes by FMA, then the tree 8, 4, 2, 1; −0 becomes +0."""
    lanes = [0.0] * 16
    padding = [0.0] * (-len(a) % 16)
    a, b = list(a) + padding, list(b) + padding
    for start in range(0, len(a), 16):
        for lane in range(16):
            lanes[lane] = fma(a[start + lane], b[start + lane], lanes[lane])
    for width in (8, 4, 2, 1):
        for lane in range(width):
            lanes[lane] = f32(lanes[lane] + lanes[lane + width])
    return lanes[0] + 0.0


def slot(item_id):
    """The slot 0…4,095 of an item: fmix64(id) >> 52."""
    mask = (1 << 64) - 1
    x = item_id
    x ^= x >> 33
    x = x * 0xFF51AFD7ED558CCD & mask
    x ^= x >> 33
    x = x * 0xC4CEB9FE1A85EC53 & mask
    x ^= x >> 33
    return x >> 52
