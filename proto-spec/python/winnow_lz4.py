"""LZ4 block format (not the frame format): a decoder that checks everything, and a small greedy encoder."""


class LZ4Error(ValueError):
    """The block is not an LZ4 block, or decompresses to more than was declared."""


def decompress(block, raw_length):
    """Returns the decompressed bytes, at most `raw_length` of them; fewer mean that the declared length was wrong.

    The rules on the end of a block are counted by `raw_length`.
    """
    out = bytearray()
    at, end = 0, len(block)
    if end == 0:
        raise LZ4Error("empty block")
    while True:
        token = block[at]
        at += 1
        literals, at = _length(block, at, token >> 4)
        if at + literals > end:
            raise LZ4Error("literals run past the input")
        if len(out) + literals > raw_length:
            raise LZ4Error("more than the declared length")
        out += block[at:at + literals]
        at += literals
        if at == end:
            # The last sequence has no match; the lower half of its token says nothing.
            return bytes(out)
        if at + 2 > end:
            raise LZ4Error("a match offset is cut off")
        if len(out) > raw_length - 12:
            raise LZ4Error("a match begins within the last 12 bytes")
        offset = block[at] | block[at + 1] << 8
        at += 2
        if offset == 0 or offset > len(out):
            raise LZ4Error("a match offset points outside the output")
        matched, at = _length(block, at, token & 15)
        matched += 4
        if len(out) + matched > raw_length - 5:
            raise LZ4Error("the last 5 bytes are not literals, or more than the declared length")
        start = len(out) - offset
        if offset >= matched:
            out += out[start:start + matched]
        else:
            pattern = bytes(out[start:])
            out += (pattern * (matched // offset + 1))[:matched]
        if at == end:
            raise LZ4Error("a block ends with literals")


def _length(block, at, nibble):
    if nibble < 15:
        return nibble, at
    total = 15
    while True:
        if at >= len(block):
            raise LZ4Error("a length runs past the input")
        byte = block[at]
        at += 1
        total += byte
        if byte != 255:
            return total, at


def compress(raw):
    """Returns one block. Greedy: the last place where the same four bytes stood, as far as it matches."""
    out = bytearray()
    seen = {}
    at, anchor, end = 0, 0, len(raw)
    # The format wants the last 5 bytes to be literals and no match to begin in the last 12.
    while at < end - 12:
        four = raw[at:at + 4]
        found = seen.get(four)
        seen[four] = at
        if found is None or at - found > 65_535:
            at += 1
            continue
        length = _common(raw, found, at, end - 5)
        _sequence(out, raw[anchor:at], at - found, length)
        at += length
        anchor = at
    _sequence(out, raw[anchor:], 0, 0)
    return bytes(out)


def _common(raw, a, b, limit):
    """How many bytes from `a` and from `b` are the same, `b` staying below `limit`; in growing steps, then halves."""
    start, step = b, 16
    while b + step <= limit and raw[a:a + step] == raw[b:b + step]:
        a, b, step = a + step, b + step, step * 2
    while step:
        if b + step <= limit and raw[a:a + step] == raw[b:b + step]:
            a, b = a + step, b + step
        step //= 2
    return b - start


def _sequence(out, literals, offset, matched):
    low = 0 if matched == 0 else min(matched - 4, 15)
    out.append(min(len(literals), 15) << 4 | low)
    _extend(out, len(literals) - 15)
    out += literals
    if matched:
        out += bytes((offset & 255, offset >> 8))
        _extend(out, matched - 4 - 15)


def _extend(out, rest):
    if rest >= 0:
        out += b"\xff" * (rest // 255)
        out.append(rest % 255)
