"""Keys of clients and their proof (13-security)."""

import base64
import hashlib
import hmac
import re
import struct

from winnow_wire import crc32c

TEXT = re.compile(r"(wk1_([a-z0-9-]{1,32})_([A-Za-z0-9_-]{43}))_([0-9a-f]{6})")
PLAIN_LINK = bytes(32)


class Key:
    """A key by its id and its 32 secret bytes."""

    def __init__(self, key_id, secret):
        self.key_id, self.secret = key_id, secret

    @classmethod
    def of_text(cls, text):
        """Raises ValueError with what is wrong, and never with the key itself."""
        found = TEXT.fullmatch(text.strip())
        if not found:
            raise ValueError("this is no key: it has the form wk1_ID_SECRET_SUM")
        start, key_id, secret, total = found.groups()
        if f"{crc32c(start.encode()) >> 8:06x}" != total:
            raise ValueError("the key has been mistyped: its sum does not fit")
        # 43 characters have two bits more than 32 bytes: they are zero.
        raw = base64.urlsafe_b64decode(secret + "=")
        if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != secret:
            raise ValueError("this is no key: it has the form wk1_ID_SECRET_SUM")
        return cls(key_id, raw)

    @property
    def text(self):
        start = f"wk1_{self.key_id}_{base64.urlsafe_b64encode(self.secret).rstrip(b'=').decode()}"
        return f"{start}_{crc32c(start.encode()) >> 8:06x}"

    def _mac(self, what):
        return _hmac(self.secret, what + self.key_id.encode())

    @property
    def stored(self):
        """What a server knows a right proof by."""
        return hashlib.sha256(self._mac(b"winnow client 1")).digest()

    @property
    def server(self):
        """What a server answers with."""
        return self._mac(b"winnow server 1")

    def proof(self, transcript):
        return _xor(self._mac(b"winnow client 1"), _hmac(self.stored, transcript))


def transcript(hello, welcome, end_point=PLAIN_LINK):
    """What both sides have seen of a connection; `end_point` is the SHA-256 of the server's certificate."""
    parts = b"".join(struct.pack("<I", len(part)) + part for part in (hello, welcome))
    return hashlib.sha256(b"winnow auth 1\0" + parts + end_point).digest()


def is_right(proof, stored, text):
    """Whether a proof is one of the key that a server has stored."""
    return hmac.compare_digest(hashlib.sha256(_xor(proof, _hmac(stored, text))).digest(), stored)


def answer(server, text):
    return _hmac(server, text)


def _hmac(key, text):
    return hmac.new(key, text, hashlib.sha256).digest()


def _xor(one, other):
    return bytes(a ^ b for a, b in zip(one, other))


def vector(name, key_id, secret, hello, welcome, end_point):
    """A line of `vectors/keys/proofs.jsonl`."""
    key, text = Key(key_id, secret), transcript(hello, welcome, end_point)
    return {"name": name, "key": key.text, "id": key_id, "hello": hello.hex(), "welcome": welcome.hex(), "end_point": end_point.hex(),
            "stored": key.stored.hex(), "server": key.server.hex(), "transcript": text.hex(), "proof": key.proof(text).hex(),
            "answer": answer(key.server, text).hex()}
