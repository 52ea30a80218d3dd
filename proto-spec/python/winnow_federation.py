#!/usr/bin/env python3
"""One silo's file of a federation, from the text of 12-privacy.md alone: X25519, Ed25519, HKDF and ChaCha20 in plain Python.

    python3 winnow_federation.py make DIRECTORY    writes the golden files
    python3 winnow_federation.py check DIRECTORY   compares them
"""

import hashlib
import hmac
import pathlib
import struct
import sys

from winnow_wire import crc32c

P = 2**255 - 19


def x25519(secret, u_bytes):
    """RFC 7748."""
    k = bytearray(secret)
    k[0] &= 248
    k[31] = k[31] & 127 | 64
    k = int.from_bytes(k, "little")
    u = int.from_bytes(u_bytes, "little") & (1 << 255) - 1
    x2, z2, x3, z3, swap = 1, 0, u, 1, 0
    for t in reversed(range(255)):
        bit = k >> t & 1
        if swap ^ bit:
            x2, x3, z2, z3 = x3, x2, z3, z2
        swap = bit
        a, b = x2 + z2, x2 - z2
        aa, bb = a * a % P, b * b % P
        e = aa - bb
        da, cb = (x3 - z3) * a % P, (x3 + z3) * b % P
        x3, z3 = (da + cb) ** 2 % P, u * (da - cb) ** 2 % P
        x2, z2 = aa * bb % P, e * (aa + 121665 * e) % P
    if swap:
        x2, z2 = x3, z3
    return (x2 * pow(z2, P - 2, P) % P).to_bytes(32, "little")


D = -121665 * pow(121666, P - 2, P) % P
ORDER = 2**252 + 27742317777372353535851937790883648493
BASE_Y = 4 * pow(5, P - 2, P) % P


def _recovered(y, sign):
    xx = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(xx, (P + 3) // 8, P)
    if (x * x - xx) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    return P - x if x & 1 != sign else x


def _add(a, b):
    x1, y1, z1, t1 = a
    x2, y2, z2, t2 = b
    e, f = (y1 - x1) * (y2 - x2) % P, (y1 + x1) * (y2 + x2) % P
    c, d = 2 * t1 * t2 * D % P, 2 * z1 * z2 % P
    e, f, g, h = f - e, d - c, d + c, f + e
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(n, point):
    result = (0, 1, 1, 0)
    while n:
        if n & 1:
            result = _add(result, point)
        point = _add(point, point)
        n >>= 1
    return result


def _packed(point):
    x, y, z, _ = point
    inverse = pow(z, P - 2, P)
    x, y = x * inverse % P, y * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


BASE_X = _recovered(BASE_Y, 0)
BASE = (BASE_X, BASE_Y, 1, BASE_X * BASE_Y % P)


def ed25519_sign(secret, message):
    """RFC 8032: the public key and the signature."""
    digest = hashlib.sha512(secret).digest()
    scalar = int.from_bytes(digest[:32], "little") & (1 << 254) - 8 | 1 << 254
    public = _packed(_times(scalar, BASE))
    nonce = int.from_bytes(hashlib.sha512(digest[32:] + message).digest(), "little") % ORDER
    point = _packed(_times(nonce, BASE))
    challenge = int.from_bytes(hashlib.sha512(point + public + message).digest(), "little") % ORDER
    return public, point + ((nonce + challenge * scalar) % ORDER).to_bytes(32, "little")


def hkdf(secret, salt, info):
    """RFC 5869 with SHA-256, 32 bytes."""
    root = hmac.new(salt, secret, hashlib.sha256).digest()
    return hmac.new(root, info + b"\x01", hashlib.sha256).digest()


def chacha20(key, count):
    """RFC 8439 with block 0 and nonce 0: the first `count` bytes of the stream."""
    def rotated(v, n):
        return (v << n | v >> 32 - n) & 0xFFFFFFFF

    def quarter(s, a, b, c, d):
        for x, y, z, n in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            s[x] = (s[x] + s[y]) & 0xFFFFFFFF
            s[z] = rotated(s[z] ^ s[x], n)

    stream = b""
    block = 0
    while len(stream) < count:
        start = list(struct.unpack("<4I", b"expand 32-byte k")) + list(struct.unpack("<8I", key)) + [block, 0, 0, 0]
        state = start[:]
        for _ in range(10):
            for a, b, c, d in ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15)):
                quarter(state, a, b, c, d)
            for a, b, c, d in ((0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)):
                quarter(state, a, b, c, d)
        stream += struct.pack("<16I", *((x + y) & 0xFFFFFFFF for x, y in zip(state, start)))
        block += 1
    return stream[:count]


def masked(sums, silo, secret, peers, offer, round_number, run):
    """The sums of a silo under the masks that it has in common with each other one, mod 2^64."""
    values = [s & 2**64 - 1 for s in sums]
    for peer, public in sorted(peers.items()):
        shared = x25519(secret, public)
        if not any(shared):
            raise ValueError("a round key that is none")
        info = b"winnow federate mask 1" + struct.pack("<4I", round_number, run, min(silo, peer), max(silo, peer))
        stream = chacha20(hkdf(shared, offer, info), 8 * len(values))
        sign = 1 if peer > silo else -1
        values = [v + sign * m & 2**64 - 1 for v, m in zip(values, struct.unpack(f"<{len(values)}Q", stream))]
    return values


def file_bytes(kind, offer, round_number, run, silo, values, signing_secret):
    """A file `WNWFED01` with its signature."""
    head = b"WNWFED01" + struct.pack("<II", 1, kind) + offer
    head += struct.pack("<IIIQ", round_number, run, silo, len(values)) + struct.pack(f"<{len(values)}Q", *values)
    head += struct.pack("<I", crc32c(head))
    return head + ed25519_sign(signing_secret, head)[1]


def golden():
    """The files of three silos of an offer whose bytes are `offer`."""
    offer = hashlib.sha256(b"offer").digest()
    base = (9).to_bytes(32, "little")
    rounds = [bytes([16 * silo + 1] * 32) for silo in range(3)]
    signing = [bytes([16 * silo + 2] * 32) for silo in range(3)]
    public = {silo: x25519(rounds[silo], base) for silo in range(3)}
    files = {}
    for silo in range(3):
        sums = [(-1) ** n * (silo + 1) * (n << 20) for n in range(20)]
        words = struct.unpack("<4Q", public[silo])
        files[f"silo-{silo}.key.wfed"] = file_bytes(1, offer, 1, 1, silo, words, signing[silo])
        peers = {peer: key for peer, key in public.items() if peer != silo}
        values = masked(sums, silo, rounds[silo], peers, offer, 1, 1)
        files[f"silo-{silo}.wfed"] = file_bytes(2, offer, 1, 1, silo, values, signing[silo])
    return files


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in ("make", "check"):
        sys.exit(__doc__)
    directory = pathlib.Path(sys.argv[2])
    for name, content in golden().items():
        if sys.argv[1] == "make":
            directory.mkdir(parents=True, exist_ok=True)
            (directory / name).write_bytes(content)
        elif (directory / name).read_bytes() != content:
            sys.exit(f"{directory / name} differs")


if __name__ == "__main__":
    main()
