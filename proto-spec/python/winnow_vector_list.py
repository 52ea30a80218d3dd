"""What the vectors are: one call a vector, page by page. `winnow_vectors.py make` turns them into files."""

import random
import struct

import winnow_keys
import winnow_lz4
import winnow_messages as m
from winnow_wire import CONT, ERROR, ERRORS, FIN, LZ4, OPCODES, REPLY, RETRY, Header, crc32c, fragments, frame, shuffle

CLUSTER = bytes.fromhex("00112233445566778899aabbccddeeff")
INCARNATION = bytes(range(0xA0, 0xB0))
NONCE = bytes(range(32))
ONE_SECOND = 1_000_000
U32, U64 = (1 << 32) - 1, (1 << 64) - 1


class File:
    """The vectors of one file, in order."""

    def __init__(self, **defaults):
        self.vectors, self.defaults = [], defaults

    def add(self, name, data, expect, why, **more):
        vector = {"name": name, "hex": bytes(data).hex(), "expect": expect, "why": why}
        for key, value in {**self.defaults, **more}.items():
            if value is not None:
                vector[key] = value
        self.vectors.append(vector)

    def accept(self, name, data, why, **more):
        self.add(name, data, "accept", why, **more)

    def refuse(self, name, data, error, why, fatal=None, **more):
        if fatal is None:
            fatal = error == "CLOSE" or bool(ERRORS[error][1] & 1)
        self.add(name, data, "refuse", why, error=error, fatal=fatal, **more)

    # Requests and replies with one body

    def request(self, name, opcode, fields, why, receiver=None, version=1, **more):
        self.accept(name, ask(opcode, fields, version=version), why, receiver=receiver, **more)

    def reply(self, name, opcode, fields, why, version=1, **more):
        self.accept(name, answer(opcode, fields, version=version), why, receiver="client", **more)

    def bad_request(self, name, opcode, body, error, why, receiver=None, version=1, **more):
        self.refuse(name, ask(opcode, body, version=version), error, why, receiver=receiver, **more)

    def bad_reply(self, name, opcode, body, error, why, version=1, **more):
        self.refuse(name, answer(opcode, body, version=version), error, why, receiver="client", **more)


def body(opcode, fields, reply=False, version=1):
    if isinstance(fields, (bytes, bytearray)):
        return bytes(fields)
    return m.encode((m.REPLIES if reply else m.REQUESTS)[opcode], fields, version)


def cut(raw):
    """Sections for the compressor: big bodies end with columns, which shrink only when shuffled."""
    return [(raw, "P")] if len(raw) <= 4_096 else [(raw[:len(raw) % 8], "P"), (raw[len(raw) % 8:], "C")]


def ask(opcode, fields=None, request_id=1, time_us=ONE_SECOND, flags=0, epoch=0, version=1):
    raw = body(opcode, {} if fields is None else fields, version=version)
    return fragments(OPCODES[opcode], cut(raw), flags=flags, request_id=request_id, time_us=time_us, epoch=epoch, body_version=version,
                     lz4=len(raw) > 4_096, largest=1_048_576)


def answer(opcode, fields=None, request_id=1, flags=0, epoch=7, version=1):
    raw = body(opcode, {} if fields is None else fields, True, version)
    return fragments(OPCODES[opcode], cut(raw), flags=flags | REPLY, request_id=request_id, time_us=1_500, epoch=epoch, body_version=version,
                     lz4=len(raw) > 4_096, largest=1_048_576)


def connection(opcode, fields=None, **more):
    raw = fields if isinstance(fields, (bytes, bytearray)) else m.encode(m.CONNECTION[opcode], fields or {})
    return frame(OPCODES[opcode], bytes(raw), **more)


def changed(raw, offset, piece):
    """A body with some bytes replaced."""
    out = bytearray(raw)
    out[offset:offset + len(piece)] = piece
    return bytes(out)


def u16(value):
    return struct.pack("<H", value)


def u32(value):
    return struct.pack("<I", value)


def u64(value):
    return struct.pack("<Q", value)


def f32(value):
    return struct.pack("<f", value)


def without(fields, **changes):
    return {**fields, **changes}


STATUS = OPCODES["STATUS"]
PING = OPCODES["PING"]
ECHO = {"lz4": True, "echo": True}
STATUS_1 = frame(STATUS, request_id=1, time_us=ONE_SECOND)


def status(request_id, **more):
    return frame(STATUS, request_id=request_id, time_us=ONE_SECOND, **more)


def ping(**more):
    return frame(PING, bytes(range(1, 9)), **more)


def framing():
    f = File()
    ok, bad = f.accept, f.refuse
    ok("status-request", STATUS_1, "the smallest request: a header and no payload")
    ok("ping", ping(), "a connection frame has request id 0 and FIN")
    ok("ping-time-and-epoch-ignored", ping(time_us=5, epoch=9), "time_us and epoch of a connection frame are ignored")
    for bit in range(12, 16):
        ok(f"ignorable-flag-{bit}", status(1, flags=FIN | 1 << bit), "bits 12-15 may be set and are ignored")
    ok("ignorable-flags-all", status(1, flags=FIN | 0xF000), "all of bits 12-15")
    ok("retry-flag", status(1, flags=FIN | RETRY), "RETRY says that the operation may have been sent before")
    ok("request-id-largest", status(U64), "the largest request id is odd and allowed")
    ok("request-ids-with-gaps", status(1) + status(9) + status(1001), "ids grow, by any step")
    ok("time-1", frame(STATUS, request_id=1, time_us=1), "one microsecond is a deadline")
    ok("time-60-seconds", frame(STATUS, request_id=1, time_us=60_000_000), "the ceiling")
    ok("time-beyond-ceiling", frame(STATUS, request_id=1, time_us=0xFFFFFFFF), "values above the ceiling are clamped, not refused")
    ok("epoch-from-client", status(1, epoch=3), "the epoch is not looked at where no epoch is asked for")
    halves = m.encode(m.REQUESTS["GET"], GET)
    get = OPCODES["GET"]

    def part(piece, flags, request_id=1, time_us=ONE_SECOND, opcode=get, **more):
        return frame(opcode, piece, flags=flags, request_id=request_id, time_us=time_us, **more)

    ok("fragments-two", part(halves[:10], 0) + part(halves[10:], FIN | CONT, time_us=0),
       "a message is its fragments joined; time_us counts on the first only")
    ok("fragments-one-byte-each", b"".join(
        part(halves[i:i + 1], (CONT if i else 0) | (FIN if i == len(halves) - 1 else 0)) for i in range(len(halves))),
       "a fragment without FIN carries at least one byte")
    ok("fragments-empty-last", part(halves, 0) + part(b"", FIN | CONT), "the last fragment may be empty")
    ok("fragments-interleaved", part(halves[:10], 0) + part(halves[:20], 0, 3) + part(halves[10:], FIN | CONT)
       + part(halves[20:], FIN | CONT, 3), "fragments of different messages interleave")
    ok("fragments-around-ping", part(halves[:10], 0) + ping() + part(halves[10:], FIN | CONT),
       "connection frames stand between fragments")
    ok("fragments-time-of-others-ignored", part(halves[:10], 0) + part(halves[10:], FIN | CONT, time_us=77, epoch=5),
       "time_us and epoch of later fragments do not count")
    ok("credits-all-used", b"".join(status(2 * i + 1) for i in range(256)), "256 requests in flight are what a client gets")
    ok("credits-all-used-between-nodes", b"".join(status(2 * i + 1) for i in range(1_024)), "1,024 between nodes",
       receiver="shard")
    ok("draining-ping", ping(), "a draining server still answers PING", state="draining")
    ok("replies-in-any-order", answer("FEED", {"feed": 5}, 7) + answer("FEED", {"feed": 6}, 3),
       "replies come in any order", receiver="client")
    ok("reply-fragments", frame(OPCODES["FEED"], u64(9)[:3], flags=REPLY, request_id=1)
       + frame(OPCODES["FEED"], u64(9)[3:] + u16(1) + u16(3), flags=REPLY | CONT | FIN, request_id=1),
       "replies have fragments too", receiver="client")
    error = m.encode(m.error, {"code": 0x6001, "class": 10})
    ok("error-voids-fragments", frame(OPCODES["FEED"], u64(9)[:3], flags=REPLY, request_id=1)
       + frame(OPCODES["FEED"], error, flags=REPLY | ERROR | FIN, request_id=1),
       "an ERROR may come after fragments of a reply, which are then void", receiver="client")

    # Step 1
    for name, first in {"http-get": b"GET / HTTP/1.1\r\n", "http-post": b"POST / HTTP/1.1\r\n", "http-put": b"PUT /x HTTP/1.1\r\n",
                        "http-head": b"HEAD / HTTP/1.1\r\n", "tls": bytes.fromhex("16030100c8010000c40303"),
                        "redis-inline": b"PING\r\n", "redis": b"*1\r\n$4\r\nPING\r\n",
                        "ssh": b"SSH-2.0-OpenSSH_9.2\r\n"}.items():
        bad(f"magic-{name}", first, "CLOSE", "another protocol on this port: closed without a reply", state="hello")
    bad("magic-random-bytes", random.Random(1).randbytes(256), "CLOSE", "bytes 4-5 decide", state="hello")
    bad("magic-swapped", changed(STATUS_1, 4, b"\xa7\xf5"), "CLOSE", "the magic is F5 A7 in this order")
    bad("magic-six-bytes", bytes(6), "CLOSE", "six bytes are enough to close")
    bad("magic-in-second-frame", STATUS_1 + changed(status(3), 4, b"\0\0"), "CLOSE", "every frame begins with the magic")
    # Step 2
    bad("header-crc", STATUS_1[:36] + u32(0), "BAD_HEADER_CRC", "the header CRC covers bytes 0-35")
    bad("header-bits-before-magic", STATUS_1, "BAD_HEADER_CRC", "each bit of the length, flipped", flip=[0, 4])
    bad("header-bits-magic", STATUS_1, "CLOSE", "each bit of the magic, flipped", flip=[4, 6])
    bad("header-bits-after-magic", STATUS_1, "BAD_HEADER_CRC", "each bit behind the magic, flipped", flip=[6, 40])
    # Step 3
    for version in (0, 2, 255):
        bad(f"wire-version-{version}", status(1, version=version), "UNSUPPORTED_VERSION", "the wire version is 1")
    bad("wire-version-before-flags", status(1, version=2, flags=FIN | 0x40), "UNSUPPORTED_VERSION", "step 3 comes before step 4")
    # Step 4
    for bit in (6, 7):
        bad(f"reserved-flag-{bit}", status(1, flags=FIN | 1 << bit), "RESERVED_BITS", "bits 6 and 7 are reserved and critical")
    bad("reserved-before-length", status(1, flags=FIN | 0x40, length=0), "RESERVED_BITS", "step 4 comes before step 5")
    # Step 5
    for length in (0, 35, 36 + 1_048_577, 0xFFFFFFFF):
        bad(f"length-{length}", status(1, length=length, raw_length=(length - 36) & 0xFFFFFFFF), "BAD_LENGTH",
            "36 and what the payload may have: 0 to 1,048,576 bytes from a client; decided by the header alone")
    bad("length-between-nodes", status(1, length=36 + 4_194_305, raw_length=4_194_305), "BAD_LENGTH",
        "4,194,304 payload bytes between nodes", receiver="shard")
    bad("length-reply", frame(STATUS, flags=REPLY | FIN, request_id=1, length=36 + 4_194_305, raw_length=4_194_305), "BAD_LENGTH",
        "a client holds the server to what its HELLO said", receiver="client")
    bad("length-before-hello", frame(OPCODES["HELLO"], length=36 + 8_193, raw_length=8_193), "BAD_LENGTH",
        "8,192 payload bytes before READY", state="hello")
    # Step 6
    for name in ("WELCOME", "GOAWAY", "CREDIT"):
        bad(f"direction-{name.lower()}-to-server", connection(name, {"credits": 1, "version": 1, "role": 1}), "UNEXPECTED_STATE",
            "only servers send this")
    for name in ("HELLO", "CANCEL"):
        bad(f"direction-{name.lower()}-to-client", connection(name, {"request_id": 1}), "UNEXPECTED_STATE", "only clients send this",
            receiver="client")
    bad("direction-request-to-client", STATUS_1, "UNEXPECTED_STATE", "servers send no requests in version 1", receiver="client")
    bad("reply-from-client", status(1, flags=FIN | REPLY), "UNEXPECTED_STATE", "a client's frame has no REPLY")
    bad("error-from-client", status(1, flags=FIN | ERROR), "UNEXPECTED_STATE", "a client's frame has no ERROR")
    bad("error-without-reply", status(1, flags=FIN | ERROR), "UNEXPECTED_STATE", "ERROR only with REPLY", receiver="client")
    bad("ping-with-reply", ping(flags=FIN | REPLY), "UNEXPECTED_STATE", "a connection frame has no REPLY")
    bad("ping-with-reply-to-client", ping(flags=FIN | REPLY), "UNEXPECTED_STATE", "a connection frame has no REPLY", receiver="client")
    for name, data in {"ping": ping(), "rank": ask("RANK", RANK), "auth": frame(3), "opcode-0x0b": frame(0x0B),
                       "unknown": frame(0x7E, request_id=1, time_us=9), "error": connection("ERROR")}.items():
        bad(f"before-hello-{name}", data, "UNEXPECTED_STATE", "HELLO comes first", state="hello")
    bad("before-welcome-ping", ping(), "UNEXPECTED_STATE", "WELCOME comes first", state="hello", receiver="client")
    bad("before-welcome-reply", answer("STATUS", STATUS_SHARD), "UNEXPECTED_STATE", "WELCOME comes first", state="hello",
        receiver="client")
    bad("hello-when-ready", connection("HELLO", HELLO), "UNEXPECTED_STATE", "one HELLO a connection")
    bad("welcome-when-ready", connection("WELCOME", WELCOME), "UNEXPECTED_STATE", "one WELCOME a connection", receiver="client")
    # Step 8
    bad("raw-differs-without-lz4", frame(get, halves, request_id=1, time_us=ONE_SECOND, raw_length=len(halves) + 1), "BAD_LENGTH",
        "without LZ4 raw length is the payload's")
    bad("raw-without-payload", status(1, raw_length=1), "BAD_LENGTH", "raw length is 0 without a payload")
    # Step 9
    bad("id-zero", status(0), "ID_ORDER", "0 is for connection frames")
    bad("id-even", status(2), "ID_ORDER", "request ids are odd")
    bad("id-repeated", STATUS_1 + STATUS_1, "ID_ORDER", "no id is used twice")
    bad("id-smaller", status(5) + status(3), "ID_ORDER", "ids grow")
    bad("id-after-largest", status(U64) + status(1), "ID_ORDER", "after the largest id a client reconnects")
    bad("id-on-ping", ping(request_id=1), "ID_ORDER", "connection frames have id 0")
    bad("id-on-opcode-0", frame(0, request_id=1), "ID_ORDER", "opcode 0x00 is a connection frame too")
    bad("id-even-reply", answer("FEED", {}, 2), "ID_ORDER", "replies have the odd ids of requests", receiver="client")
    # Step 10
    bad("cont-without-first", part(halves, FIN | CONT), "FRAGMENT_ORDER", "CONT needs a message that has begun")
    bad("cont-after-fin", part(halves, FIN) + part(b"x", FIN | CONT), "FRAGMENT_ORDER", "the message was finished")
    bad("cont-other-opcode", part(halves[:9], 0) + part(halves[9:], FIN | CONT, opcode=STATUS), "FRAGMENT_ORDER",
        "all fragments have one opcode")
    bad("cont-other-body-version", part(halves[:9], 0) + part(halves[9:], FIN | CONT, body_version=2), "FRAGMENT_ORDER",
        "all fragments have one body version")
    bad("first-twice", part(halves[:9], 0) + part(halves, FIN), "ID_ORDER", "a first fragment on an unfinished id")
    bad("empty-first-without-fin", part(b"", 0), "FRAGMENT_ORDER", "a fragment without FIN carries a byte")
    bad("empty-middle", part(halves[:9], 0) + part(b"", CONT), "FRAGMENT_ORDER", "a fragment without FIN carries a byte")
    bad("ping-without-fin", ping(flags=0), "FRAGMENT_ORDER", "connection frames are never fragmented")
    bad("ping-with-cont", ping(flags=FIN | CONT), "FRAGMENT_ORDER", "connection frames are never fragmented")
    bad("error-without-fin", frame(STATUS, error, flags=REPLY | ERROR, request_id=1), "FRAGMENT_ORDER", "an ERROR is one frame",
        receiver="client")
    bad("reply-twice-begun", frame(OPCODES["FEED"], b"abc", flags=REPLY, request_id=1) * 2, "ID_ORDER",
        "a reply begins once", receiver="client")
    bad("reply-cont-other-opcode", frame(OPCODES["FEED"], b"abc", flags=REPLY, request_id=1)
        + frame(STATUS, b"abc", flags=REPLY | CONT | FIN, request_id=1), "FRAGMENT_ORDER", "all fragments have one opcode",
        receiver="client")
    # Step 11
    bad("credit-257th", b"".join(status(2 * i + 1) for i in range(257)), "NO_CREDIT", "256 requests in flight, none answered yet")
    bad("credit-257th-unfinished", b"".join(part(b"\0", 0, 2 * i + 1) for i in range(257)), "NO_CREDIT",
        "an unfinished message holds a credit")
    bad("credit-1025th-between-nodes", b"".join(status(2 * i + 1) for i in range(1_025)), "NO_CREDIT", "1,024 between nodes",
        receiver="shard")
    # Step 12
    damaged = part(halves, FIN, payload_crc=crc32c(halves) ^ 1)
    bad("payload-crc", damaged, "BAD_PAYLOAD_CRC", "the payload is damaged; the connection stays")
    bad("payload-bits", part(halves, FIN), "BAD_PAYLOAD_CRC", "each bit of the payload, flipped", flip=[40, 40 + len(halves)])
    bad("payload-crc-of-nothing", status(1, payload_crc=1), "BAD_PAYLOAD_CRC", "the CRC of an empty payload is 0")
    bad("payload-crc-third", b"".join(part(halves, FIN, i, payload_crc=1) for i in (1, 3, 5)), "BAD_PAYLOAD_CRC",
        "the third damaged payload within a minute is fatal", fatal=True, earlier=["BAD_PAYLOAD_CRC"] * 2)
    bad("payload-crc-ping", ping(payload_crc=1), "BAD_PAYLOAD_CRC", "on a connection frame every failure is fatal", fatal=True)
    bad("rest-of-a-failed-message-is-dropped", part(halves[:9], 0, payload_crc=1) + part(halves[9:], FIN | CONT), "BAD_PAYLOAD_CRC",
        "one error for a message: what comes further of it is dropped")
    # Steps 13 and 14
    for opcode in (0x10, 0x7E, 0xEF, 0xF3, 0xFF):
        bad(f"opcode-0x{opcode:02x}", frame(opcode, request_id=1, time_us=ONE_SECOND), "UNKNOWN_OPCODE", "no such opcode; the connection stays")
    bad("opcode-echo-not-negotiated", frame(0xF0, b"x", request_id=1, time_us=ONE_SECOND), "UNKNOWN_OPCODE",
        "experimental opcodes are negotiated as features")
    bad("opcode-search-at-coordinator", ask("SEARCH", SEARCH), "UNKNOWN_OPCODE", "shards serve SEARCH")
    for name, fields in (("RANK", RANK), ("MODEL_LOAD", MODEL_CHUNK), ("MODEL_DESCRIBE", {"collection": "shop"}),
                         ("FEED", {"kind": 1, "collection": "shop"})):
        bad(f"opcode-{name.lower().replace('_', '-')}-at-shard", ask(name, fields), "UNKNOWN_OPCODE", "the coordinator serves this",
            receiver="shard")
    for opcode in (0x00, 0x03, 0x04, 0x0B, 0x0F):
        bad(f"opcode-0x{opcode:02x}", frame(opcode), "UNKNOWN_OPCODE", "on connection frames every failure is fatal", fatal=True)
    bad("opcode-0x0b-to-client", frame(0x0B), "UNKNOWN_OPCODE", "on connection frames every failure is fatal", fatal=True,
        receiver="client")
    bad("opcode-unknown-in-fragments", part(b"a", 0, opcode=0x7E) + part(b"b", FIN | CONT, opcode=0x7E), "UNKNOWN_OPCODE",
        "one error for a message")
    for version in (0, 2, 65_535):
        bad(f"body-version-{version}", status(1, body_version=version), "UNKNOWN_BODY_VERSION", "body version 1 is the only one")
    bad("body-version-ping", ping(body_version=2), "UNKNOWN_BODY_VERSION", "on connection frames every failure is fatal", fatal=True)
    bad("draining-request", STATUS_1, "SHUTTING_DOWN", "a request that crossed GOAWAY", state="draining")
    # Step 19
    bad("time-0", frame(STATUS, request_id=1), "BAD_DEADLINE", "a request has at least a microsecond left")
    bad("time-0-first-fragment", part(halves[:9], 0, time_us=0) + part(halves[9:], FIN | CONT), "BAD_DEADLINE",
        "the first fragment's time counts")
    bad("ping-101st", ping() * 101, "ENHANCE_YOUR_CALM", "100 PING a second, and these come at once")
    return f.vectors


def compression():
    f = File(negotiated=ECHO)
    echo = OPCODES["ECHO"]

    def packed(block, raw_length, width=0, flags=FIN, request_id=1, **more):
        flags |= LZ4 | {0: 0, 4: 1, 8: 2}.get(width, width) << 8
        header = Header(length=36 + len(block), opcode=echo, flags=flags, raw_length=raw_length, request_id=request_id,
                        time_us=ONE_SECOND, payload_crc=crc32c(block) if block else 0)
        return header.pack(**more) + block

    def ok(name, block, raw_length, why, width=0, **more):
        f.accept(name, packed(block, raw_length, width), why, **more)

    def bad(name, data, error, why, **more):
        f.refuse(name, data, error, why, **more)

    text = b"the quick brown fox " * 40
    block = winnow_lz4.compress(text)
    ok("lz4-text", block, len(text), "one LZ4 block")
    ok("lz4-one-literal", b"\x10A", 1, "a block of one literal")
    ok("lz4-literals-15", b"\xf0\x00" + bytes(range(15)), 15, "fifteen literals need one more length byte")
    ok("lz4-literals-270", b"\xf0\xff\x00" + bytes(i % 251 for i in range(270)), 270, "a length byte of 255 is followed by another")
    ok("lz4-overlap", bytes.fromhex("1f41010000") + b"\x50ABCDE", 25, "offset 1 repeats one byte")
    far = b"\xff\x02ABCDEFGHIJKLMNOP\0\x01\0" + b"\xff" * 256 + b"\xdb" + b"\x08\xff\xff" + b"\x50=end="
    f.accept("lz4-farthest-match", frame(OPCODES["MODEL_LOAD"], m.encode(m.model_load_request, without(MODEL_CHUNK, data=b""))[:-4]
             + u32(65_552), flags=0, request_id=1, time_us=ONE_SECOND)
             + frame(OPCODES["MODEL_LOAD"], bytes(65_552), flags=FIN | CONT, request_id=1, block=far),
             "the farthest offset is 65,535", negotiated=None)
    ok("lz4-larger-than-raw", b"\xf0\x05" + bytes(range(20)), 20, "a block may be larger than its raw bytes")
    ids = b"".join(u64(1_000 + 3 * i) for i in range(256))
    ok("lz4-shuffle-8", winnow_lz4.compress(shuffle(ids, 8)), len(ids), "byte shuffle of width 8, then LZ4", 8)
    ok("lz4-shuffle-4", winnow_lz4.compress(shuffle(ids, 4)), len(ids), "byte shuffle of width 4, then LZ4", 4)
    ok("lz4-shuffle-one-element", b"\x80" + bytes(range(8)), 8, "one element is its own shuffle", 8)
    ok("lz4-raw-at-255-times", b"\x1f\0\x01\x00" + b"\xff" * 255 + b"\x00" + b"\x50" + bytes(5), 65_050,
       "zeros at a ratio near the greatest, within 255")
    f.accept("lz4-4-mib-of-zeros", frame(OPCODES["MODEL_LOAD"], m.encode(m.model_load_request, without(MODEL_CHUNK, data=b""))[:-4]
             + u32(4_194_304), flags=0, request_id=1, time_us=ONE_SECOND)
             + frame(OPCODES["MODEL_LOAD"], bytes(4_194_304), flags=FIN | CONT, request_id=1, lz4=True),
             "the largest raw fragment at a ratio of 254", negotiated=None)
    f.accept("lz4-fragments-mixed", frame(echo, text[:100], flags=0, request_id=1, time_us=ONE_SECOND)
             + frame(echo, text[100:], flags=CONT, request_id=1, lz4=True)
             + frame(echo, ids, flags=CONT | FIN, request_id=1, lz4=True, width=8),
             "each fragment is compressed alone or not at all")
    f.accept("lz4-reply", frame(echo, text, flags=REPLY | FIN, request_id=1, lz4=True), "replies are compressed too", receiver="client")
    f.accept("uncompressed-though-negotiated", frame(echo, text, request_id=1, time_us=ONE_SECOND), "LZ4 is allowed, never asked for")

    bad("lz4-on-ping", ping(flags=FIN | LZ4), "UNEXPECTED_STATE", "connection frames are never compressed")
    bad("lz4-hello", frame(OPCODES["HELLO"], m.encode(m.hello, HELLO), lz4=True), "UNEXPECTED_STATE", "HELLO is never compressed",
        state="hello")
    bad("lz4-on-error", frame(echo, m.encode(m.error, {"code": 0x8001}) + bytes(500), flags=REPLY | ERROR | FIN, request_id=1, lz4=True),
        "UNEXPECTED_STATE", "ERROR bodies are never compressed", receiver="client")
    bad("lz4-not-negotiated", packed(block, len(text)), "COMPRESSION_NOT_NEGOTIATED", "LZ4 needs agreement", negotiated={"lz4": False})
    bad("lz4-not-negotiated-reply", frame(echo, text, flags=REPLY | FIN, request_id=1, lz4=True), "COMPRESSION_NOT_NEGOTIATED",
        "LZ4 needs agreement", negotiated={"lz4": False}, receiver="client")
    bad("lz4-empty-payload", packed(b"", 0), "RAW_SIZE_MISMATCH", "LZ4 has at least a byte", fatal=True)
    bad("lz4-empty-payload-raw-5", packed(b"", 5), "RAW_SIZE_MISMATCH", "LZ4 has at least a byte", fatal=True)
    bad("lz4-raw-0", packed(b"\0", 0), "BAD_LENGTH", "raw length is at least 1 with LZ4")
    bad("lz4-raw-past-maximum", packed(bytes(16_500), 4_194_305), "BAD_LENGTH", "raw length is at most 4,194,304")
    bad("lz4-raw-past-maximum-by-header", packed(bytes(16_500), 4_194_305)[:40], "BAD_LENGTH", "decided before the payload is read")
    bad("lz4-raw-256-times", packed(b"\x10A", 511), "BAD_LENGTH", "raw length is at most 255 times the payload")
    bad("lz4-raw-ffffffff", packed(b"\x10A", 0xFFFFFFFF), "BAD_LENGTH", "raw length is at most 4,194,304")
    bad("lz4-raw-too-small", packed(block, len(text) - 1), "DECOMPRESS_FAILED", "the block gives more than was declared")
    bad("lz4-raw-too-large", packed(block, len(text) + 1), "RAW_SIZE_MISMATCH", "the block gives less than was declared")
    bad("lz4-cut", packed(block[:-1], len(text)), "DECOMPRESS_FAILED", "the block lacks its last byte")
    bad("lz4-one-byte-more", packed(block + b"\0", len(text)), "DECOMPRESS_FAILED", "a byte behind the block")
    bad("lz4-four-zeros-more", packed(block + bytes(4), len(text)), "DECOMPRESS_FAILED", "zeros behind the block")
    bad("lz4-offset-before-start", packed(b"\x1fA\x02\x00\x00\x50ABCDE", 25), "DECOMPRESS_FAILED", "a match before the first byte")
    bad("lz4-offset-65535", packed(b"\x4fABCD\xff\xff\x00\x50ABCDE", 28), "DECOMPRESS_FAILED", "a match before the first byte")
    bad("lz4-offset-0", packed(b"\x1fA\x00\x00\x00\x50ABCDE", 25), "DECOMPRESS_FAILED", "match offset 0 is illegal, whatever a library makes of it")
    bad("lz4-offset-0-second-match", packed(b"\x10A\x01\x00\x10B\x00\x00\xc0ABCDEFGHIJKL", 22), "DECOMPRESS_FAILED", "match offset 0 is illegal")
    bad("lz4-match-in-last-12", packed(b"\x80ABCDEFGH\x01\x00\x70ABCDEFG", 19), "DECOMPRESS_FAILED", "no match begins in the last 12 bytes")
    bad("lz4-four-literals-at-the-end", packed(b"\x8fABCDEFGH\x01\x00\x05\x40ABCD", 36), "DECOMPRESS_FAILED", "the last 5 bytes are literals")
    bad("lz4-short-and-badly-ended", packed(b"\x8fABCDEFGH\x01\x00\x05\x40ABCD", 60), "RAW_SIZE_MISMATCH",
        "the end of a block is counted by raw length, so a short block is short")
    bad("lz4-literals-past-the-end", packed(bytes.fromhex("f0ffffff"), 100), "DECOMPRESS_FAILED", "literals run off the input")
    bad("lz4-match-length-cut", packed(b"\x1fA\x01\x00\xff", 200), "DECOMPRESS_FAILED", "a match length runs off the input")
    bad("lz4-frame-format", packed(bytes.fromhex("04224d186040828000000000"), 64), "DECOMPRESS_FAILED",
        "the LZ4 frame format is another format")
    bad("lz4-garbage", packed(b"\xff" * 64, 64), "DECOMPRESS_FAILED", "the CRC is right and the block is not")
    bad("lz4-garbage-third", b"".join(packed(b"\xff" * 64, 64, request_id=i) for i in (1, 3, 5)), "DECOMPRESS_FAILED",
        "the third damaged payload within a minute is fatal", fatal=True, earlier=["DECOMPRESS_FAILED"] * 2)
    bad("lz4-three-kinds-of-damage", packed(b"\xff" * 64, 64) + packed(block, len(text) + 1, request_id=3)
        + packed(block, len(text), request_id=5, payload_crc=1), "BAD_PAYLOAD_CRC", "the three kinds count together", fatal=True,
        earlier=["DECOMPRESS_FAILED", "RAW_SIZE_MISMATCH"])
    bad("lz4-payload-crc-of-raw", packed(block, len(text), payload_crc=crc32c(text)), "BAD_PAYLOAD_CRC", "the CRC is of the wire bytes")
    bad("lz4-block-bits", packed(block, len(text)), "BAD_PAYLOAD_CRC", "each bit of a compressed payload, flipped", flip=[40, 40 + len(block)])
    bad("lz4-empty-block", packed(b"\0", 1), "RAW_SIZE_MISMATCH", "a block of no bytes")
    bad("filter-without-lz4", frame(echo, ids, flags=FIN | 1 << 8, request_id=1, time_us=ONE_SECOND), "MALFORMED_BODY",
        "a filter needs LZ4")
    bad("filter-8-without-lz4", frame(echo, ids, flags=FIN | 2 << 8, request_id=1, time_us=ONE_SECOND), "MALFORMED_BODY",
        "a filter needs LZ4")
    for number in (3, 9, 15):
        bad(f"filter-{number}", packed(block, len(text), width=number), "MALFORMED_BODY", "filters are 0, 1 and 2")
    bad("filter-4-raw-not-divided", packed(b"\x60ABCDEF", 6, 4), "MALFORMED_BODY", "4 divides raw length")
    bad("filter-8-raw-not-divided", packed(b"\xc0ABCDEFGHIJKL", 12, 8), "MALFORMED_BODY", "8 divides raw length")
    upsert = OPCODES["UPSERT"]
    zeros = winnow_lz4.compress(bytes(4_194_304))
    whole = [frame(upsert, bytes(4_194_304), flags=CONT if i else 0, request_id=1, time_us=ONE_SECOND, block=zeros) for i in range(4)]
    bad("message-past-16-mib", b"".join(whole) + frame(upsert, b"\0", flags=FIN | CONT, request_id=1), "LIMIT_EXCEEDED",
        "a client's message has at most 16,777,216 bytes", fatal=True, negotiated=None)
    return f.vectors


HELLO = {
    "min_version": 1, "max_version": 1, "role": 0, "nonce": NONCE, "max_payload_wire": 4_194_304, "max_payload_raw": 4_194_304,
    "compressions": [1, 0], "filters": [1, 2], "program": "example/1.0", "features": [(0x7A3C, b"\x2a")],
}
WELCOME = {
    "version": 1, "role": 1, "compression": 1, "cluster_id": CLUSTER, "incarnation": INCARNATION, "nonce": NONCE[::-1],
    "max_payload_wire": 1_048_576, "max_payload_raw": 4_194_304, "max_message": 16_777_216, "credits": 256, "epoch": 7,
    "idle_ms": 10_000, "filters": [1, 2], "program": "winnowd/1.0", "features": [],
}


def handshake():
    f = File(state="hello")
    raw = m.encode(m.hello, HELLO)

    def ok(name, why, **changes):
        f.accept(name, connection("HELLO", without(HELLO, **changes)), why)

    def bad(name, error, why, raw=None, **changes):
        f.refuse(name, connection("HELLO", without(HELLO, **changes) if raw is None else raw), error, why, fatal=True)

    ok("hello-request", "a client's first frame")
    ok("hello-of-the-cluster", "the cluster's own id", cluster_id=CLUSTER)
    ok("hello-version-range", "1 is within the range", min_version=0, max_version=255)
    ok("hello-coordinator", "a coordinator to a shard", role=1, incarnation=INCARNATION, cluster_id=CLUSTER)
    ok("hello-shard", "a shard to its coordinator", role=2, incarnation=INCARNATION)
    ok("hello-smallest-payload", "8,192 is the least that a sender accepts", max_payload_wire=8_192, max_payload_raw=8_192)
    f.accept("hello-largest-payload", connection("HELLO", without(HELLO, max_payload_wire=0xFFFFFFFF, max_payload_raw=0xFFFFFFFF)),
             "taken as 4,194,304", canonical=False)
    ok("hello-nothing-offered", "no compression, no filters, no features", compressions=[], filters=[], features=[])
    ok("hello-unknown-offers", "unknown compressions and filters are skipped", compressions=[9, 200, 1], filters=[7, 1])
    ok("hello-program-empty", "an empty name of the program", program="")
    ok("hello-program-64", "64 bytes of printable ASCII", program="~" * 63 + " ")
    ok("hello-feature-echo", "feature 1 is ECHO", features=[(1, b"")])
    ok("hello-feature-echo-critical", "feature 1 marked critical is known", features=[(0x8001, b"")])
    ok("hello-feature-claim", "a coordinator with its claim", role=1, incarnation=INCARNATION, features=[(0x200, u64(0x65000000DEADBEEF))])
    ok("hello-feature-claim-critical", "feature 512 marked critical is known", role=1, features=[(0x8200, u64(1))])
    ok("hello-feature-ignorable", "an unknown feature without the top bit is skipped", features=[(0x7FFF, bytes(100))])
    ok("hello-features-64", "64 features", features=[(0x100 + i, b"") for i in range(64)])
    ok("hello-8192-bytes", "the largest payload before READY",
       features=[(0x7A00, bytes(8_192 - len(m.encode(m.hello, without(HELLO, features=[(0, b"")])))))])
    f.accept("hello-then-request", connection("HELLO", HELLO) + STATUS_1, "a server that has read HELLO takes requests")
    f.accept("hello-chooses-lz4", connection("HELLO", HELLO) + ask("METRICS")
             + frame(OPCODES["GET"], m.encode(m.get_request, without(GET, ids=list(range(64)))), request_id=3, time_us=9, lz4=True),
             "LZ4 was offered")
    f.accept("welcome-reply", connection("WELCOME", WELCOME), "what a coordinator answers", receiver="client")
    f.accept("welcome-shard", connection("WELCOME", without(WELCOME, role=2, cluster_id=bytes(16), epoch=0, compression=0)),
             "a shard that belongs to no cluster yet", receiver="client")
    f.accept("welcome-feature-echo", connection("WELCOME", without(WELCOME, features=[(1, b"")])), "ECHO is accepted", receiver="client")
    f.accept("welcome-feature-claim", connection("WELCOME", without(WELCOME, role=2, features=[(0x200, u64(7) + u64(1_000))])),
             "a shard with the claim that it has taken, and the position of its log", receiver="client")
    f.accept("welcome-feature-claim-in-memory", connection("WELCOME", without(WELCOME, role=2, features=[(0x200, u64(7))])),
             "a shard without a log", receiver="client")
    f.accept("welcome-then-goaway", connection("WELCOME", WELCOME) + connection("GOAWAY", {"code": 0x5003, "drain_ms": 10_000}),
             "a server may drain at once", receiver="client")
    f.accept("hello-refused", connection("ERROR", {"code": 0x1102, "class": 5, "message": "another cluster"}),
             "ERROR in the place of WELCOME", receiver="client")

    bad("hello-min-past-max", "MALFORMED_BODY", "lowest above highest", min_version=2)
    bad("hello-version-0", "UNSUPPORTED_VERSION", "no common version", min_version=0, max_version=0)
    bad("hello-version-2", "UNSUPPORTED_VERSION", "no common version", min_version=2, max_version=3)
    bad("hello-role-3", "MALFORMED_BODY", "roles are 0, 1 and 2", role=3)
    bad("hello-byte-3", "MALFORMED_BODY", "byte 3 is 0", changed(raw, 3, b"\1"))
    bad("hello-wrong-cluster", "WRONG_CLUSTER", "another cluster's id", cluster_id=CLUSTER[::-1])
    bad("hello-payload-wire-8191", "MALFORMED_BODY", "at least 8,192", max_payload_wire=8_191)
    bad("hello-payload-raw-8191", "MALFORMED_BODY", "at least 8,192", max_payload_raw=8_191)
    bad("hello-compressions-past-the-end", "MALFORMED_BODY", "a count past the end", raw[:76] + b"\xff" + raw[77:])
    bad("hello-program-65", "LIMIT_EXCEEDED", "64 bytes at most", program="x" * 65)
    for name, byte in {"nul": b"\0", "escape": b"\x1b", "newline": b"\n", "delete": b"\x7f", "0xff": b"\xff", "umlaut": "ü".encode()}.items():
        bad(f"hello-program-{name}", "BAD_UTF8", "printable ASCII only", program=b"a" + byte)
    bad("hello-feature-critical", "CRITICAL_FEATURE_UNKNOWN", "an unknown critical feature", features=[(0x8002, b"")])
    bad("hello-feature-critical-behind-others", "CRITICAL_FEATURE_UNKNOWN", "an unknown critical feature",
        features=[(1, b""), (0x7A01, b"x"), (0xFFFF, b"yz")])
    bad("hello-feature-twice", "DUPLICATE_FIELD", "a feature stands once", features=[(0x7A01, b""), (0x7A01, b"")])
    bad("hello-feature-twice-once-critical", "DUPLICATE_FIELD", "0x8001 is feature 1 too", features=[(1, b""), (0x8001, b"")])
    bad("hello-features-65", "LIMIT_EXCEEDED", "64 features at most", features=[(0x100 + i, b"") for i in range(65)])
    bad("hello-features-1900", "LIMIT_EXCEEDED", "64 features at most", features=[(0x100 + i, b"") for i in range(1_900)])
    bad("hello-feature-past-the-end", "MALFORMED_BODY", "a length past the end of the body",
        m.encode(m.hello, without(HELLO, features=[])) [:-2] + u16(1) + u16(0x7A00) + u16(5) + b"abcd")
    bad("hello-features-count-past-the-end", "MALFORMED_BODY", "a count past the end", m.encode(m.hello, without(HELLO, features=[]))[:-2] + u16(2))
    bad("hello-feature-echo-with-value", "MALFORMED_BODY", "ECHO has no value", features=[(1, b"x")])
    bad("hello-empty", "MALFORMED_BODY", "no body", b"")
    bad("hello-cut", "MALFORMED_BODY", "one byte is missing", raw[:-1])
    bad("hello-trailing", "TRAILING_BYTES", "a byte behind the body", raw + b"\0")
    f.refuse("hello-twice", connection("HELLO", HELLO) * 2, "UNEXPECTED_STATE", "one HELLO a connection")
    f.refuse("hello-chooses-no-lz4", connection("HELLO", without(HELLO, compressions=[0, 1]))
             + frame(OPCODES["GET"], m.encode(m.get_request, without(GET, ids=list(range(64)))), request_id=1, time_us=9, lz4=True),
             "COMPRESSION_NOT_NEGOTIATED", "the first offer that the server knows is none")
    f.refuse("hello-lz4-not-offered", connection("HELLO", without(HELLO, compressions=[]))
             + frame(OPCODES["GET"], m.encode(m.get_request, without(GET, ids=list(range(64)))), request_id=1, time_us=9, lz4=True),
             "COMPRESSION_NOT_NEGOTIATED", "nothing was offered")
    for length in (0, 7, 9, 15, 17):
        bad(f"hello-feature-claim-{length}", "MALFORMED_BODY", "8 bytes or 16", features=[(0x200, bytes(length))])
    welcome = m.encode(m.welcome, WELCOME)
    for name, raw, error, why in (
            ("welcome-version-2", changed(welcome, 0, b"\2"), "UNSUPPORTED_VERSION", "a version that HELLO did not offer"),
            ("welcome-role-0", changed(welcome, 1, b"\0"), "MALFORMED_BODY", "servers are 1 and 2"),
            ("welcome-compression-2", changed(welcome, 2, b"\2"), "MALFORMED_BODY", "a compression that HELLO did not offer"),
            ("welcome-authentication-1", changed(welcome, 3, b"\1"), "MALFORMED_BODY", "authentication is 0"),
            ("welcome-feature-critical", m.encode(m.welcome, without(WELCOME, features=[(0x8009, b"")])), "CRITICAL_FEATURE_UNKNOWN",
             "an unknown critical feature"),
            ("welcome-payload-wire-8191", changed(welcome, 68, u32(8_191)), "MALFORMED_BODY", "at least 8,192"),
            ("welcome-payload-raw-8191", changed(welcome, 72, u32(8_191)), "MALFORMED_BODY", "at least 8,192"),
            ("welcome-cut", welcome[:-1], "MALFORMED_BODY", "one byte is missing"),
            ("welcome-trailing", welcome + b"\0", "TRAILING_BYTES", "a byte behind the body")):
        f.refuse(name, connection("WELCOME", raw), error, why, fatal=True, receiver="client")
    return f.vectors


def connection_frames():
    f = File()
    eight = bytes(range(8))
    f.accept("ping-to-client", connection("PING", eight), "both sides may ping", receiver="client")
    f.accept("pong", connection("PONG", eight), "PONG repeats the eight bytes")
    f.accept("pong-to-client", connection("PONG", eight), "PONG repeats the eight bytes", receiver="client")
    f.accept("ping-100", connection("PING", eight) * 100, "100 PING a second")
    f.accept("cancel", STATUS_1 + connection("CANCEL", {"request_id": 1}), "cancels a request in flight")
    f.accept("cancel-unknown", connection("CANCEL", {"request_id": 99}), "an id that is not in flight is ignored")
    f.accept("cancel-even", connection("CANCEL", {"request_id": 4}), "an id that is not in flight is ignored")
    f.accept("credit", connection("CREDIT", {"credits": 1}), "one request more", receiver="client")
    f.accept("goaway", connection("GOAWAY", {"last_id": 3, "code": 0x5003, "drain_ms": 10_000}), "the server drains", receiver="client")
    f.accept("goaway-unknown-code", connection("GOAWAY", {"last_id": U64, "code": 0x9999, "drain_ms": 0xFFFFFFFF}),
             "unknown codes are kept", receiver="client")
    f.accept("error-connection", connection("ERROR", {"code": 0x1004, "class": 5, "message": "ids grow"}), "the server closes",
             receiver="client")
    f.accept("error-connection-to-server", connection("ERROR", {"code": 0x1001, "class": 5}), "a client may complain too")
    f.accept("error-version", connection("ERROR", {"code": 0x1101, "class": 5, "message": "[1,1] no common version"}),
             "UNSUPPORTED_VERSION starts with the range", receiver="client", state="hello")
    for name, opcode, receiver in (("ping", "PING", None), ("pong", "PONG", None), ("cancel", "CANCEL", None),
                                   ("credit", "CREDIT", "client"), ("goaway", "GOAWAY", "client"), ("error", "ERROR", "client")):
        raw = m.encode(m.CONNECTION[opcode], {"credits": 3, "payload": eight})
        f.refuse(f"{name}-cut", connection(opcode, raw[:-1]), "MALFORMED_BODY", "one byte is missing", fatal=True, receiver=receiver)
        f.refuse(f"{name}-trailing", connection(opcode, raw + b"\0"), "TRAILING_BYTES", "a byte behind the body", fatal=True,
                 receiver=receiver)
    f.refuse("ping-empty", connection("PING", b""), "MALFORMED_BODY", "PING has eight bytes", fatal=True)
    f.refuse("credit-0", connection("CREDIT", u32(0)), "MALFORMED_BODY", "at least one", fatal=True, receiver="client")
    f.refuse("error-message-513", connection("ERROR", {"message": "x" * 513}), "MALFORMED_BODY", "512 bytes at most", fatal=True,
             receiver="client")
    f.refuse("error-message-not-utf8", connection("ERROR", {"message": b"\xc3\x28"}), "BAD_UTF8", "text is UTF-8", fatal=True,
             receiver="client")
    return f.vectors


def error_replies():
    f = File(receiver="client")
    for name, (number, classes) in ERRORS.items():
        fields = {"code": number, "class": classes}
        if classes & 32:
            fields["retry_after_ms"] = 250
        f.accept(f"error-{name.lower().replace('_', '-')}", frame(STATUS, m.encode(m.error, fields), flags=REPLY | ERROR | FIN, request_id=1,
                 epoch=7), "every code of the registry")
    rank = OPCODES["RANK"]
    f.accept("error-reply-all-fields", frame(rank, m.encode(m.error, {
        "code": 0x300E, "class": 4, "field_offset": 8, "shard": 3, "epoch": 7, "message": "unexpected “=” ✗"}),
        flags=REPLY | ERROR | FIN, request_id=1, time_us=40), "where in the filter, and which shard")
    f.accept("error-unknown-code", frame(rank, m.encode(m.error, {"code": 0x9ABC, "class": 0xFFFF}), flags=REPLY | ERROR | FIN, request_id=1),
             "codes and class bits that are not known are kept")
    f.accept("error-message-512", frame(rank, m.encode(m.error, {"code": 0x8001, "class": 8, "message": "x" * 512}),
             flags=REPLY | ERROR | FIN, request_id=1), "512 bytes of message")
    f.refuse("error-reply-cut", frame(rank, m.encode(m.error, {})[:-1], flags=REPLY | ERROR | FIN, request_id=1), "MALFORMED_BODY",
             "one byte is missing")
    f.refuse("error-reply-trailing", frame(rank, m.encode(m.error, {}) + b"\0", flags=REPLY | ERROR | FIN, request_id=1), "TRAILING_BYTES",
             "a byte behind the body")
    return f.vectors


RANK = {
    "k": 2, "depth": 200, "user": 7, "who": 1, "attributes_wanted": 2, "most_per_group": 1, "group_attribute": "brand",
    "collection": "shop", "filter": "price in 10..50 and not brand = acme",
    "context": [{"name": "hour", "kind": 1, "number": 20.5}, {"name": "device", "kind": 2, "text": "phone"}],
    "attributes": ["price", "brand"], "exclude": [42, 7],
}
RANK_PLAIN = {"k": 10, "depth": 10, "user": 7, "who": 1, "collection": "shop"}
TWO_RESULTS = {
    "exact": 1, "ranked": 1, "reranked_results": 2,
    "table": {"columns": [(1, "price"), (3, "brand")], "values": {"price": [1999, None], "brand": ["acme", "umbra"]}},
    "ids": [42, 12_345], "retrieval_scores": [0.75, 0.5], "ranking_logits": [1.25, -0.5],
    "generation": 1, "model": 0x0123456789ABCDEF, "epoch": 7, "query_source": 2, "user_vector_source": 2, "coverage": 666_748,
    "shards_in_map": 3, "shards_in_full": 2, "items_covered": 2_000, "scanned": 2_000, "passed": 150,
    "missing": [{"shard": 2, "slots": 1_365, "cause": 1}], "candidates": 150, "reranked": 150, "displaced": 3, "reasks": 1,
    "waterfall": [{"phase": 1, "shard": 0xFFFF, "start_us": 0, "duration_us": 12},
                  {"phase": 3, "shard": 0, "start_us": 30, "duration_us": 700},
                  {"phase": 8, "shard": 0xFFFF, "start_us": 800, "duration_us": 90}],
}


GOOD_VECTORS = (("d-1", [1.0], "one component"), ("negative-zero", [-0.0, 0.0], "-0 is finite"),
                ("subnormal", [1e-45, -1e-45], "subnormal numbers are finite"),
                ("norm-1e18", [1e18, 0.0], "a sum of squares of at most 1e36"))
BAD_VECTORS = (("nan", [float("nan"), 1.0], "NaN"), ("infinity", [float("inf"), 1.0], "infinity"),
               ("minus-infinity", [1.0, float("-inf")], "minus infinity"), ("norm", [1.1e18, 0.0], "a norm above 1e18"),
               ("3e38", [3e38, -3e38], "a norm above 1e18"))


def rank():
    f = File()
    plain = m.encode(m.rank_request, RANK_PLAIN)
    f.request("rank-request-user", "RANK", RANK, "a shopper, a filter, a cap per group, context, two attributes and an exclude list")
    f.request("rank-request-plain", "RANK", RANK_PLAIN, "only what must be there")
    f.request("rank-request-session", "RANK", without(RANK_PLAIN, user=0, who=0, session=[5, 9, 5]), "session items, the most recent last")
    f.request("rank-request-vectors", "RANK", without(RANK_PLAIN, query_vector=[0.5, -1.0, 0.25], user_vector=[1.0, 2.0]),
              "vectors of the request")
    f.request("rank-request-user-0", "RANK", without(RANK_PLAIN, user=0), "0 is a user id like others")
    f.request("rank-request-user-largest", "RANK", without(RANK_PLAIN, user=U64), "the largest user id")
    f.request("rank-request-k-1", "RANK", without(RANK_PLAIN, k=1, depth=1), "the least k and depth")
    f.request("rank-request-k-1000", "RANK", without(RANK_PLAIN, k=1_000, depth=1_000), "the largest k, depth equal to it")
    f.request("rank-request-depth-10000", "RANK", without(RANK_PLAIN, depth=10_000), "the largest depth")
    f.request("rank-request-coverage-all", "RANK", without(RANK_PLAIN, minimum_coverage=1_000_000), "everything has to be searched")
    f.request("rank-request-generation", "RANK", without(RANK_PLAIN, generation=0xFFFFFFFF), "a generation by number")
    f.request("rank-request-attributes-all", "RANK", without(RANK_PLAIN, attributes_wanted=1), "all attributes")
    f.request("rank-request-attributes-64", "RANK", without(RANK_PLAIN, attributes_wanted=2, attributes=[f"a{i}" for i in range(64)]),
              "64 named attributes")
    f.request("rank-request-attributes-none-named", "RANK", without(RANK_PLAIN, attributes_wanted=2), "named ones, and none is named")
    f.request("rank-request-cap-largest", "RANK", without(RANK_PLAIN, most_per_group=65_535, group_attribute="g"), "the largest cap")
    f.request("rank-request-name-64", "RANK", without(RANK_PLAIN, collection="abcdefghij_-0123" * 4), "a name of 64 bytes")
    f.request("rank-request-filter-16384", "RANK", without(RANK_PLAIN, filter="has a" + " " * 16_379), "the longest filter")
    f.request("rank-request-filter-predicates-32", "RANK", without(RANK_PLAIN, filter=" or ".join(["has a"] * 32)), "32 predicates")
    f.request("rank-request-filter-in-1024", "RANK", without(RANK_PLAIN, filter=f"a in ({','.join(['1'] * 1_024)})"), "1,024 values")
    f.request("rank-request-filter-depth-8", "RANK", without(RANK_PLAIN, filter="not " * 7 + "has a"), "depth 8")
    f.request("rank-request-filter-utf8", "RANK", without(RANK_PLAIN, filter='brand = "Müller ✓"'), "a filter is UTF-8")
    f.request("rank-request-context-64", "RANK", without(RANK_PLAIN, context=[{"name": f"c{i}", "kind": 1, "number": i} for i in range(64)]),
              "64 context features")
    f.request("rank-request-context-text-255", "RANK", without(RANK_PLAIN, context=[{"name": "c", "kind": 2, "text": "x" * 255}]),
              "255 bytes of context text")
    f.request("rank-request-context-text-empty", "RANK", without(RANK_PLAIN, context=[{"name": "c", "kind": 2, "text": ""}]), "an empty text")
    f.request("rank-request-session-1000", "RANK", without(RANK_PLAIN, session=list(range(1_000))), "1,000 session items")
    f.request("rank-request-exclude-131072", "RANK", without(RANK_PLAIN, exclude=list(range(131_072))), "131,072 excluded ids, compressed")
    f.request("rank-request-exclude-repeated", "RANK", without(RANK_PLAIN, exclude=[3, 3, 1]), "any order, repeats are harmless")
    for label, values, why in GOOD_VECTORS:
        f.request(f"rank-request-vector-{label}", "RANK", without(RANK_PLAIN, query_vector=values), why)

    def bad(name, error, why, raw=None, **changes):
        f.bad_request(f"rank-{name}", "RANK", without(RANK_PLAIN, **changes) if raw is None else raw, error, why)

    for k in (0, 1_001, 0xFFFFFFFF):
        bad(f"k-{k}", "LIMIT_EXCEEDED", "k is 1 to 1,000", k=k, depth=10_000)
    bad("depth-below-k", "LIMIT_EXCEEDED", "depth is at least k", depth=9)
    bad("depth-0", "LIMIT_EXCEEDED", "depth is at least k", depth=0)
    bad("depth-10001", "LIMIT_EXCEEDED", "depth is at most 10,000", depth=10_001)
    bad("coverage-1000001", "MALFORMED_BODY", "millionths", minimum_coverage=1_000_001)
    bad("who-2", "MALFORMED_BODY", "other bits of who are 0", who=2)
    bad("who-0x81", "MALFORMED_BODY", "other bits of who are 0", who=0x81)
    bad("user-without-who", "MALFORMED_BODY", "the user id is 0 if it is not given", who=0)
    bad("wanted-3", "MALFORMED_BODY", "attributes wanted are 0, 1 or 2", attributes_wanted=3)
    bad("cap-without-attribute", "MALFORMED_BODY", "a cap needs its attribute", most_per_group=1)
    bad("attribute-without-cap", "MALFORMED_BODY", "an attribute needs its cap", group_attribute="brand")
    for label, name in {"empty": "", "dot": ".", "path": "../../etc/passwd", "slash": "/shop", "upper": "Shop", "space": "a b",
                        "65": "a" * 65, "255": "a" * 255, "nul": "a\0", "utf8": "läden"}.items():
        bad(f"collection-{label}", "MALFORMED_BODY", "a name is 1 to 64 of a-z, 0-9, _ and -", collection=name)
    for label, values, why in BAD_VECTORS:
        bad(f"query-vector-{label}", "NON_FINITE_VALUE", why, query_vector=values)
        bad(f"user-vector-{label}", "NON_FINITE_VALUE", why, user_vector=values)
    at = plain.index(b"\4shop") + 5
    bad("vector-past-the-end", "MALFORMED_BODY", "a count past the end", changed(plain, at, u16(4_096)))
    for dimension in (4_097, 65_535):
        bad(f"vector-dimension-{dimension}", "DIMENSION_MISMATCH", "no collection has it", changed(plain, at, u16(dimension)))
    for label, text in {"unexpected": "price =", "bad-string": 'brand = "acme', "bad-number": "price = 1.", "bad-name": "Price = 3",
                        "empty-range": "price in 50..10", "integer": "price = 9223372036854775808", "or-or": "has a or or has b"}.items():
        bad(f"filter-text-{label}", "BAD_FILTER", "the text does not parse", filter=text)
    bad("filter-text-parentheses-8", "LIMIT_EXCEEDED", "seven open at one place", filter="((((((((has a))))))))")
    bad("filter-text-parentheses-8000", "LIMIT_EXCEEDED", "seven open at one place", filter="(" * 8_000 + "has a" + ")" * 8_000)
    bad("filter-text-predicates-33", "LIMIT_EXCEEDED", "32 predicates", filter=" or ".join(["has a"] * 33))
    bad("filter-text-in-1025", "LIMIT_EXCEEDED", "1,024 values", filter=f"a in ({','.join(['1'] * 1_025)})")
    bad("filter-text-depth-9", "LIMIT_EXCEEDED", "depth 8",
        filter="not (has a or (has a and (has a or not (has a or (has a and not has a)))))".replace("not has a", "not (has a or has b)"))
    twice = [{"name": "c", "kind": 1}] * 2
    bad("filter-text-before-context-twice", "BAD_FILTER", "the filter is parsed in its place, before what stands behind it", filter="price = ", context=twice)
    bad("filter-text-limit-before-context-twice", "LIMIT_EXCEEDED", "a limit of the text is told at its place in the body", filter="((((((((has a))))))))", context=twice)
    bad("filter-text-behind-coverage", "MALFORMED_BODY", "the first fault in the order of the body", filter="price = ", minimum_coverage=1_000_001)
    bad("filter-blank", "BAD_FILTER", "only the empty text is no filter", filter=" ")
    bad("filter-16385", "LIMIT_EXCEEDED", "16,384 bytes of filter", filter="has a" + " " * 16_380)
    bad("filter-not-utf8", "BAD_UTF8", "text is UTF-8", filter=b'a = "\xff"')
    bad("filter-overlong-utf8", "BAD_UTF8", "an overlong form is not UTF-8", filter=b'a = "\xc0\xaf"')
    bad("filter-surrogate", "BAD_UTF8", "a surrogate is not UTF-8", filter=b'a = "\xed\xa0\x80"')
    bad("context-65", "LIMIT_EXCEEDED", "64 context features", context=[{"name": f"c{i}", "kind": 1} for i in range(65)])
    bad("context-twice", "DUPLICATE_FIELD", "a name stands once", context=[{"name": "c", "kind": 1}] * 2)
    bad("context-kind-0", "MALFORMED_BODY", "1 number, 2 text", context=[{"name": "c", "kind": 0, "text": ""}])
    bad("context-kind-3", "MALFORMED_BODY", "1 number, 2 text", context=[{"name": "c", "kind": 3, "text": ""}])
    bad("context-nan", "NON_FINITE_VALUE", "a context number is finite", context=[{"name": "c", "kind": 1, "number": float("nan")}])
    bad("context-infinity", "NON_FINITE_VALUE", "a context number is finite", context=[{"name": "c", "kind": 1, "number": float("inf")}])
    bad("context-text-256", "LIMIT_EXCEEDED", "255 bytes of context text", context=[{"name": "c", "kind": 2, "text": "x" * 256}])
    bad("context-text-not-utf8", "BAD_UTF8", "text is UTF-8", context=[{"name": "c", "kind": 2, "text": b"\x80"}])
    bad("context-name-empty", "MALFORMED_BODY", "a name has a byte", context=[{"name": "", "kind": 1}])
    bad("attributes-65", "LIMIT_EXCEEDED", "64 named attributes", attributes_wanted=2, attributes=[f"a{i}" for i in range(65)])
    bad("attributes-not-wanted", "MALFORMED_BODY", "names only with 2", attributes_wanted=1, attributes=["price"])
    bad("attributes-twice", "DUPLICATE_FIELD", "a name stands once", attributes_wanted=2, attributes=["price", "price"])
    bad("session-1001", "LIMIT_EXCEEDED", "1,000 session items", session=list(range(1_001)))
    bad("exclude-131073", "LIMIT_EXCEEDED", "131,072 excluded ids", exclude=list(range(131_073)))
    bad("exclude-count-ffffffff", "LIMIT_EXCEEDED", "the limit is checked first, nothing is reserved", changed(plain, len(plain) - 4, u32(0xFFFFFFFF)))
    bad("exclude-count-past-the-end", "MALFORMED_BODY", "a count past the end", changed(plain, len(plain) - 4, u32(1)))
    bad("session-count-past-the-end", "MALFORMED_BODY", "a count past the end", changed(plain, len(plain) - 8, u32(1_000)))
    bad("empty", "MALFORMED_BODY", "no body", b"")
    bad("cut", "MALFORMED_BODY", "one byte is missing", plain[:-1])
    bad("trailing", "TRAILING_BYTES", "a byte behind the body", plain + b"\0")

    f.reply("rank-reply-two-results", "RANK", TWO_RESULTS, "two results with attributes; one shard of three is missing")
    f.reply("rank-reply-empty", "RANK", {"exact": 1}, "no result")
    f.reply("rank-reply-not-finite-logit-absent", "RANK", without(TWO_RESULTS, reranked_results=1, ranking_logits=[1.0, 0.0], not_finite=1),
            "a logit that is not finite is not sent")
    f.reply("rank-reply-1000", "RANK", {"ids": list(range(1_000)), "retrieval_scores": [1.0] * 1_000, "ranking_logits": [0.0] * 1_000},
            "1,000 results")
    f.reply("rank-reply-segment", "RANK", without(TWO_RESULTS, query_source=5, user_vector_source=6), "ranked for the shopper's segment")
    f.reply("rank-reply-popularity", "RANK", without(TWO_RESULTS, query_source=6, user_vector_source=7), "ranked by what sells")
    f.reply("rank-reply-unknown-numbers", "RANK", without(TWO_RESULTS, query_source=9, user_vector_source=200,
            missing=[{"shard": 1, "slots": 1, "cause": 99}], waterfall=[{"phase": 77, "shard": 1}]),
            "unknown sources, causes and phases are kept")
    good = m.encode(m.rank_reply, TWO_RESULTS)

    def broken(name, error, why, raw=None, **changes):
        f.bad_reply(f"rank-reply-{name}", "RANK", without(TWO_RESULTS, **changes) if raw is None else raw, error, why)

    results = struct.unpack("<I", good[:4])[0]
    report = len(good) - 8 - results
    broken("n-1001", "LIMIT_EXCEEDED", "1,000 results at most", changed(good, 8, u32(1_001)))
    broken("n-past-the-end", "MALFORMED_BODY", "more results than bytes", changed(good, 8, u32(900)))
    broken("results-too-short", "MALFORMED_BODY", "the results end before their bytes", changed(good, 0, u32(results - 8) + u32(report + 8)))
    broken("results-too-long", "MALFORMED_BODY", "the results go on behind their end", changed(good, 0, u32(results + 8) + u32(report - 8)))
    broken("results-past-the-end", "MALFORMED_BODY", "more bytes than there are", changed(good, 0, u32(0xFFFFFFFF)))
    broken("report-past-the-end", "MALFORMED_BODY", "more bytes than there are", changed(good, 4, u32(report + 1)))
    broken("report-too-short", "MALFORMED_BODY", "the report ends before its fields", changed(good, 4, u32(report - 1))[:-1])
    broken("exact-2", "MALFORMED_BODY", "0 or 1", exact=2)
    broken("ranked-2", "MALFORMED_BODY", "0 or 1", ranked=2)
    broken("reranked-past-n", "MALFORMED_BODY", "at most n have a logit", reranked_results=3)
    broken("coverage-1000001", "MALFORMED_BODY", "millionths", coverage=1_000_001)
    broken("missing-257", "LIMIT_EXCEEDED", "256 shards", missing=[{"shard": 1}] * 257)
    broken("score-nan", "NON_FINITE_VALUE", "retrieval scores are finite", retrieval_scores=[float("nan"), 0.0])
    broken("trailing", "TRAILING_BYTES", "a byte behind the report", good + b"\0")
    broken("cut", "MALFORMED_BODY", "one byte is missing", good[:-1])
    rank_2(f)
    return f.vectors


RANK_2 = {**RANK, "least_depth": 50, "request_id": 0xFEDCBA9876543210, "explained": 2}
EXPLAINED = {
    **TWO_RESULTS, "depth": 120, "request_id": 0xFEDCBA9876543210, "explanation": 1, "base_logit": 0.25,
    "inputs": [{"kind": 1, "shared": 1, "value_kind": 3, "number": 1.5}, {"kind": 3, "shared": 0}, {"kind": 5, "shared": 0},
               {"kind": 6, "shared": 0, "name": "brand"}, {"kind": 11, "shared": 1, "name": "device", "value_kind": 2, "words": "phone"}],
    "explained": [
        {"place": 3, "shard": 0, "phase": 3, "has_parts": 1, "value_kinds": [3, 1, 2], "numbers": [0.5, 0.75, 0.0],
         "words": ["", "", "acme"], "parts": [0.5, 0.25, 0.25]},
        {"place": 1, "shard": 1, "phase": 9, "has_parts": 1, "value_kinds": [3, 1, 0], "numbers": [2.0, -1e300, 0.0],
         "words": ["", "", ""], "parts": [-0.5, -0.25, 0.0]},
    ],
}


def rank_2(f):
    """Version 2 of the body."""
    plain = m.encode(m.rank_request, RANK_PLAIN, 2)

    def ok(name, why, **changes):
        f.request(f"rank-2-request-{name}", "RANK", without(RANK_PLAIN, **changes), why, version=2)

    def bad(name, error, why, raw=None, **changes):
        f.bad_request(f"rank-2-{name}", "RANK", without(RANK_PLAIN, **changes) if raw is None else raw, error, why, version=2)

    f.request("rank-2-request-user", "RANK", RANK_2, "a least depth, a request id, and two results to explain", version=2)
    ok("plain", "only what must be there")
    ok("least-depth-k", "the least depth is k", depth=200, least_depth=10)
    ok("least-depth-depth", "the least depth is the depth", depth=200, least_depth=200)
    ok("request-id-largest", "the largest request id", request_id=U64)
    ok("explained-100", "the most results that are explained", explained=100)
    bad("least-depth-below-k", "LIMIT_EXCEEDED", "k at least, or 0", least_depth=9)
    bad("least-depth-above-depth", "LIMIT_EXCEEDED", "the depth at most", least_depth=11)
    bad("explained-101", "LIMIT_EXCEEDED", "100 at most", explained=101)
    bad("of-version-1", "MALFORMED_BODY", "a body of version 1 that says it is of version 2", m.encode(m.rank_request, RANK_PLAIN))
    bad("trailing", "TRAILING_BYTES", "a byte behind the body", plain + b"\0")
    f.bad_request("rank-1-of-version-2", "RANK", plain, "TRAILING_BYTES", "a body of version 2 that says it is of version 1")
    for version in (0, 3, 65_535):
        f.bad_request(f"rank-body-version-{version}", "RANK", plain, "UNKNOWN_BODY_VERSION", "RANK has body versions 1 and 2", version=version)

    f.reply("rank-2-reply-explained", "RANK", EXPLAINED, "two results, explained, of a depth that was reduced", version=2)
    f.reply("rank-2-reply-plain", "RANK", without(TWO_RESULTS, depth=200, request_id=1), "nobody asked for reasons", version=2)
    f.reply("rank-2-reply-without-model", "RANK", {
        "exact": 1, "ids": [42], "retrieval_scores": [0.75], "ranking_logits": [0.0], "depth": 10, "request_id": 1, "explanation": 3,
        "explained": [{"place": 1, "shard": 2, "phase": 3}]}, "where a result came from, and no model that ranked it", version=2)
    f.reply("rank-2-reply-out-of-time", "RANK", without(EXPLAINED, explanation=2, explained=[EXPLAINED["explained"][0],
            {"place": 1, "shard": 1, "phase": 9}]), "time ended before the second result", version=2)
    f.reply("rank-2-reply-unknown-numbers", "RANK", without(EXPLAINED, explanation=200, inputs=[{"kind": 99, "shared": 0, "name": "x"}],
            explained=[{"place": 1, "shard": 1, "phase": 77, "has_parts": 1, "value_kinds": [0], "numbers": [0.0], "words": [""],
                        "parts": [1.0]}]), "unknown states, kinds and phases are kept", version=2)
    good = m.encode(m.rank_reply, EXPLAINED, 2)

    def broken(name, error, why, raw=None, **changes):
        f.bad_reply(f"rank-2-reply-{name}", "RANK", without(EXPLAINED, **changes) if raw is None else raw, error, why, version=2)

    def of_one(name, error, why, kind=1, **changes):
        value = {"place": 1, "shard": 1, "phase": 3, "has_parts": 1, "value_kinds": [kind], "numbers": [0.5], "words": [""], "parts": [1.0]}
        broken(name, error, why, inputs=[{"kind": 5, "shared": 0}], explained=[without(value, **changes)])

    broken("base-nan", "NON_FINITE_VALUE", "a logit is finite", base_logit=float("nan"))
    broken("shared-2", "MALFORMED_BODY", "0 or 1", inputs=[{"kind": 5, "shared": 2, "value_kind": 0}], explained=[])
    broken("inputs-1025", "LIMIT_EXCEEDED", "1,024 inputs", inputs=[{"kind": 5, "shared": 0}] * 1_025, explained=[])
    broken("input-name-256", "LIMIT_EXCEEDED", "255 bytes", inputs=[{"kind": 6, "shared": 0, "name": "x" * 256}], explained=[])
    broken("explained-101", "LIMIT_EXCEEDED", "100 results", explained=[{"place": 1, "shard": 0, "phase": 3}] * 101)
    of_one("has-parts-2", "MALFORMED_BODY", "0 or 1", has_parts=2)
    of_one("value-kind-4", "MALFORMED_BODY", "0 to 3", kind=4)
    of_one("number-infinite", "NON_FINITE_VALUE", "a value is finite", numbers=[float("inf")])
    of_one("part-nan", "NON_FINITE_VALUE", "a part is finite", parts=[float("nan")])
    of_one("words-256", "LIMIT_EXCEEDED", "255 bytes", kind=2, words=["x" * 256])
    broken("parts-of-no-input", "MALFORMED_BODY", "there is none that the results differ in", inputs=[],
           explained=[{"place": 1, "shard": 1, "phase": 3, "has_parts": 1}])
    broken("trailing", "TRAILING_BYTES", "a byte behind the report", good + b"\0")
    broken("of-version-1", "MALFORMED_BODY", "a body of version 1 that says it is of version 2", m.encode(m.rank_reply, TWO_RESULTS))
    f.bad_reply("rank-reply-body-version-3", "RANK", good, "UNKNOWN_BODY_VERSION", "RANK has body versions 1 and 2", version=3)
    rank_4(f)
    rank_5(f)
    rank_6(f)
    rank_7(f)
    rank_8(f)
    rank_9(f)


FOLDED = {**EXPLAINED, "query_source": 7, "events_counted": 12, "events_skipped": 1}


SEEN = without(RANK_2, seen=[{"kinds": 0x10, "within_s": 2_592_000, "times": 1}, {"kinds": 0x01, "within_s": 86_400, "times": 3}])
FROM_HISTORY = without(FOLDED, query_source=8, history=1, history_counted=7, history_newest_us=1_500_000, history_excluded=4, history_item_us=2_000_000)


def rank_5(f):
    f.request("rank-5-request-seen", "RANK", SEEN, "without what was bought within 30 days, or shown three times within a day", version=5)
    f.request("rank-5-request-no-rule", "RANK", RANK_2, "no rule", version=5)
    most = {"kinds": 0xFF, "within_s": 315_360_000, "times": 0xFFFF}
    f.request("rank-5-request-8-rules", "RANK", without(RANK_2, seen=[most] * 8), "the most rules, each at its bounds", version=5)
    f.request("rank-5-request-any-time", "RANK", without(RANK_2, seen=[{"kinds": 2, "within_s": 0, "times": 1}]), "as long as events are kept", version=5)
    good = m.encode(m.rank_request, SEEN, 5)

    def bad(name, error, why, raw=None, **changes):
        rule = {"kinds": 1, "within_s": 60, "times": 1} | changes
        f.bad_request(f"rank-5-{name}", "RANK", m.encode(m.rank_request, without(RANK_2, seen=[rule]), 5) if raw is None else raw, error, why, version=5)

    bad("rules-9", "LIMIT_EXCEEDED", "at most 8 rules", m.encode(m.rank_request, without(RANK_2, seen=[most] * 9), 5))
    bad("kinds-0", "MALFORMED_BODY", "a rule is of one kind at least", kinds=0)
    bad("within-315360001", "LIMIT_EXCEEDED", "at most 3,650 days", within_s=315_360_001)
    bad("times-0", "MALFORMED_BODY", "once or more", times=0)
    bad("request-cut", "MALFORMED_BODY", "one byte is missing", good[:-1])
    bad("request-trailing", "TRAILING_BYTES", "a byte behind the rules", good + b"\0")
    bad("request-of-version-4", "MALFORMED_BODY", "a body of version 4 that says it is of version 5", m.encode(m.rank_request, RANK_2, 4))
    f.reply("rank-5-reply-history", "RANK", FROM_HISTORY, "folded from a stored history, which leaves four items out", version=5)
    f.reply("rank-5-reply-not-asked", "RANK", FOLDED, "no history was asked for", version=5)
    f.reply("rank-5-reply-unknown-state", "RANK", without(FOLDED, history=200), "states are open", version=5)
    f.reply("rank-5-reply-largest", "RANK", without(FOLDED, history=255, history_counted=0xFFFFFFFF, history_newest_us=2**64 - 1,
            history_excluded=0xFFFFFFFF, history_item_us=0xFFFFFFFF), "the most of each", version=5)
    good = m.encode(m.rank_reply, FROM_HISTORY, 5)
    f.bad_reply("rank-5-reply-cut", "RANK", good[:-1], "MALFORMED_BODY", "one byte is missing", version=5)
    f.bad_reply("rank-5-reply-trailing", "RANK", good + b"\0", "TRAILING_BYTES", "a byte behind the report", version=5)
    f.bad_reply("rank-5-reply-of-version-4", "RANK", m.encode(m.rank_reply, FOLDED, 4), "MALFORMED_BODY",
                "a body of version 4 that says it is of version 5", version=5)


WORDED = without(SEEN, words="red shoos ½", word_flags=1)
FROM_WORDS = without(
    FROM_HISTORY, words=1, by_words=3, by_vector=150,
    terms=[{"term": "red", "weight": 1.0, "idf": 2.5, "known": 1}, {"term": "shoo", "weight": 1.0, "idf": 7.0, "known": 0},
           {"term": "1/2", "weight": 1.0, "idf": 3.0, "known": 1}, {"term": "shoe", "weight": 0.5, "idf": 1.5, "known": 1}],
    changes=[{"rule": 1, "from": "shoos", "to": ["shoes"]}], lexical_scores=[0.75, 0.0], matched=[{"terms": [0, 3]}, {"terms": []}])


def rank_6(f):
    """Version 6 of the body: words."""
    f.request("rank-6-request-words", "RANK", WORDED, "what a shopper has typed, whose last word may be unfinished", version=6)
    f.request("rank-6-request-no-words", "RANK", SEEN, "without words", version=6)
    f.request("rank-6-request-as-typed", "RANK", without(SEEN, words="red shoes", word_flags=3), "without corrections", version=6)
    f.request("rank-6-request-words-1024", "RANK", without(SEEN, words="é" * 512), "the longest words", version=6)
    f.request("rank-6-request-nobody", "RANK", without(RANK_PLAIN, user=0, who=0, words="🍮"), "words alone", version=6)
    good = m.encode(m.rank_request, WORDED, 6)

    def bad(name, error, why, raw=None, **changes):
        f.bad_request(f"rank-6-{name}", "RANK", m.encode(m.rank_request, without(SEEN, **changes), 6) if raw is None else raw, error, why, version=6)

    bad("words-1025", "LIMIT_EXCEEDED", "1,024 bytes at most", words="x" * 1_025)
    bad("words-not-utf8", "BAD_UTF8", "half of a character", words=b"red \xc3")
    bad("words-surrogate", "BAD_UTF8", "half of a surrogate pair", words=b"\xed\xa0\xbd")
    bad("word-flags-4", "MALFORMED_BODY", "two flags", words="red", word_flags=4)
    bad("word-flags-without-words", "MALFORMED_BODY", "flags of no words", word_flags=1)
    bad("request-cut", "MALFORMED_BODY", "one byte is missing", good[:-1])
    bad("request-trailing", "TRAILING_BYTES", "a byte behind the flags", good + b"\0")
    bad("request-of-version-5", "MALFORMED_BODY", "a body of version 5 that says it is of version 6", m.encode(m.rank_request, SEEN, 5))
    f.reply("rank-6-reply-words", "RANK", FROM_WORDS, "found by words, one of which was corrected", version=6)
    f.reply("rank-6-reply-no-words", "RANK", FROM_HISTORY, "no words were given", version=6)
    f.reply("rank-6-reply-unknown-numbers", "RANK", without(FROM_WORDS, query_source=9, words=200, changes=[{"rule": 200, "from": "", "to": []}]),
            "states and rules are open", version=6)
    f.reply("rank-6-reply-largest", "RANK", without(
        FROM_WORDS, words_cut=1, lexicon_missing=1, by_words=0xFFFFFFFF, by_vector=0xFFFFFFFF, terms=[{"term": "x" * 255}] * 64,
        changes=[{"rule": 6, "from": "x" * 1_024, "to": ["y"] * 64}] * 256, matched=[{"terms": list(range(64))}] * 100), "the most of each", version=6)
    good = m.encode(m.rank_reply, FROM_WORDS, 6)

    def broken(name, error, why, raw=None, **changes):
        f.bad_reply(f"rank-6-reply-{name}", "RANK", m.encode(m.rank_reply, without(FROM_WORDS, **changes), 6) if raw is None else raw, error, why, version=6)

    broken("terms-65", "LIMIT_EXCEEDED", "64 terms", terms=[{"term": "x"}] * 65)
    broken("term-256", "LIMIT_EXCEEDED", "255 bytes", terms=[{"term": "x" * 256}])
    broken("weight-nan", "NON_FINITE_VALUE", "a weight is finite", terms=[{"term": "x", "weight": float("nan")}])
    broken("known-2", "MALFORMED_BODY", "0 or 1", terms=[{"term": "x", "known": 2}])
    broken("changes-257", "LIMIT_EXCEEDED", "256 changes", changes=[{"rule": 1}] * 257)
    broken("to-65", "LIMIT_EXCEEDED", "64 words", changes=[{"rule": 1, "to": ["x"] * 65}])
    broken("cut-flag-2", "MALFORMED_BODY", "0 or 1", words_cut=2)
    broken("score-infinite", "NON_FINITE_VALUE", "a score is finite", lexical_scores=[float("inf")])
    broken("scores-1001", "LIMIT_EXCEEDED", "1,000 results", lexical_scores=[0.0] * 1_001)
    broken("matched-101", "LIMIT_EXCEEDED", "100 explained results", matched=[{"terms": []}] * 101)
    broken("cut", "MALFORMED_BODY", "one byte is missing", good[:-1])
    broken("trailing", "TRAILING_BYTES", "a byte behind the report", good + b"\0")
    broken("of-version-5", "MALFORMED_BODY", "a body of version 5 that says it is of version 6", m.encode(m.rank_reply, FROM_HISTORY, 5))


PAGED = without(
    WORDED, page_flags=3, facets=[
        {"attribute": "brand", "kind": 1, "ignores_own": 1, "most": 10}, {"attribute": "price", "kind": 2, "edges": [0.0, 50.0, 100.0]},
        {"attribute": "price", "kind": 3, "most": 5}],
    window=50, **{"lambda": 0.25}, alike_by="brand", mode=1, strength=0.125, exposure_by="seller",
    targets=[{"group": "small", "share": 0.25}, {"group": "", "share": 0.5}])
PAGE_ANSWERED = without(
    FROM_WORDS, total=1_234, facets=[
        {"attribute": "brand", "kind": 1, "facet_exact": 1, "present": 1_200, "other": 100, "values": ["umbra", "acme"], "counts": [800, 300]},
        {"attribute": "price", "kind": 2, "facet_exact": 1, "present": 1_234, "other": 34, "lows": [0.0, 50.0], "highs": [50.0, 100.0],
         "counts": [1_000, 200]}],
    steps=[{"step": 1, "moved": 2, "cost": 0.0}, {"step": 3, "moved": 7, "cost": 0.5, "clicks_cost": 0.125}],
    moves=[{"result": 0, "step": 3, "places": 3}, {"result": 1, "step": 3, "places": -1}], similarity_before=0.75, similarity_after=0.5,
    rules=[{"rule": "shoes-week", "outcome": 1, "message": "https://shop.example/shoes"}, {"rule": "pin-42", "outcome": 2}],
    page_source=1, page_offset=2, listed=150, next=[1, 2, 3])


def rank_7(f):
    """Version 7 of the body: the wishes of a search page."""
    f.request("rank-7-request-page", "RANK", PAGED, "facets, diversity, exposure and a token for the next page are wanted", version=7)
    f.request("rank-7-request-nothing", "RANK", WORDED, "no wish", version=7)
    f.request("rank-7-request-sorted", "RANK", without(
        RANK_PLAIN, user=0, who=0, page_flags=7, token=list(range(128)), sort=[{"attribute": a, "direction": d} for a, d in (("price", 1), ("age", 2), ("x", 1))]),
        "sorted by three attributes, with the longest token", version=7)
    f.request("rank-7-request-most", "RANK", without(
        RANK_PLAIN, facets=[{"attribute": "a", "kind": 1, "most": 1_000}, {"attribute": "b", "kind": 3, "most": 100},
                            {"attribute": "b", "kind": 2, "edges": [float(i) for i in range(101)]}] + [{"attribute": "c", "kind": 1, "most": 1}] * 29,
        window=200, **{"lambda": 1.0}, mode=2, strength=8.0, exposure_by="g", targets=[{"group": f"{i:03}" + "x" * 252, "share": 0.0} for i in range(64)]),
        "the most of each", version=7)
    good = m.encode(m.rank_request, PAGED, 7)

    def bad(name, error, why, raw=None, **changes):
        f.bad_request(f"rank-7-{name}", "RANK", m.encode(m.rank_request, without(PAGED, **changes), 7) if raw is None else raw, error, why, version=7)

    def facet(name, error, why, **changes):
        bad(name, error, why, facets=[{"attribute": "a", "kind": 1, "most": 1, **changes}])

    bad("flags-8", "MALFORMED_BODY", "three flags", page_flags=8)
    bad("token-129", "LIMIT_EXCEEDED", "128 bytes at most", token=[0] * 129)
    bad("sort-4", "LIMIT_EXCEEDED", "three attributes at most", sort=[{"attribute": f"a{i}", "direction": 1} for i in range(4)])
    bad("sort-twice", "DUPLICATE_FIELD", "an attribute once", sort=[{"attribute": "a", "direction": 1}] * 2)
    bad("sort-direction-0", "MALFORMED_BODY", "1 or 2", sort=[{"attribute": "a"}])
    bad("sort-arranged", "MALFORMED_BODY", "a sorted list is not arranged", sort=[{"attribute": "a", "direction": 1}])
    bad("facets-33", "LIMIT_EXCEEDED", "32 at most", facets=[{"attribute": "a", "kind": 1, "most": 1}] * 33)
    facet("facet-kind-4", "MALFORMED_BODY", "1 to 3", kind=4)
    facet("facet-own-2", "MALFORMED_BODY", "0 or 1", ignores_own=2)
    facet("facet-most-0", "LIMIT_EXCEEDED", "1 at least", most=0)
    facet("facet-most-1001", "LIMIT_EXCEEDED", "1,000 at most", most=1_001)
    facet("facet-ranges-101", "LIMIT_EXCEEDED", "100 at most", kind=3, most=101)
    facet("facet-edges-most", "LIMIT_EXCEEDED", "edges say how many", kind=2, edges=[1.0, 2.0])
    facet("facet-edge-1", "MALFORMED_BODY", "two edges at least", kind=2, most=0, edges=[1.0])
    facet("facet-edges-102", "LIMIT_EXCEEDED", "101 at most", kind=2, most=0, edges=[float(i) for i in range(102)])
    facet("facet-edges-descend", "MALFORMED_BODY", "they ascend", kind=2, most=0, edges=[2.0, 1.0])
    facet("facet-edges-equal", "MALFORMED_BODY", "they ascend", kind=2, most=0, edges=[2.0, 2.0])
    facet("facet-edge-nan", "NON_FINITE_VALUE", "edges are finite", kind=2, most=0, edges=[2.0, float("nan")])
    facet("facet-values-edges", "MALFORMED_BODY", "only a facet of edges has some", edges=[1.0, 2.0])
    bad("window-201", "LIMIT_EXCEEDED", "200 at most", window=201)
    bad("lambda-above", "MALFORMED_BODY", "0 to 1", **{"lambda": 1.5})
    bad("lambda-nan", "NON_FINITE_VALUE", "a number", **{"lambda": float("nan")})
    bad("lambda-without-window", "MALFORMED_BODY", "no window", window=0, alike_by="")
    bad("mode-3", "MALFORMED_BODY", "0 to 2", mode=3)
    bad("significance-above", "MALFORMED_BODY", "at most a half", strength=0.75)
    bad("significance-0", "MALFORMED_BODY", "2^-20 at least", strength=0.0)
    bad("strength-negative", "MALFORMED_BODY", "0 or more", mode=2, strength=-1.0)
    bad("exposure-no-attribute", "MALFORMED_BODY", "an attribute", exposure_by="")
    bad("exposure-no-targets", "MALFORMED_BODY", "targets", targets=[])
    bad("exposure-none-strength", "MALFORMED_BODY", "no exposure", mode=0, exposure_by="", targets=[])
    bad("targets-65", "LIMIT_EXCEEDED", "64 at most", targets=[{"group": f"{i}", "share": 0.0} for i in range(65)])
    bad("target-twice", "DUPLICATE_FIELD", "a group once", targets=[{"group": "a", "share": 0.25}] * 2)
    bad("target-256", "LIMIT_EXCEEDED", "255 bytes at most", targets=[{"group": "x" * 256, "share": 0.25}])
    bad("target-above", "MALFORMED_BODY", "0 to 1", targets=[{"group": "a", "share": 1.5}])
    bad("targets-above-1", "IMPOSSIBLE_TARGET", "they sum to at most 1", targets=[{"group": "a", "share": 0.75}, {"group": "b", "share": 0.5}])
    bad("request-cut", "MALFORMED_BODY", "one byte is missing", good[:-1])
    bad("request-trailing", "TRAILING_BYTES", "a byte behind the targets", good + b"\0")
    bad("request-of-version-6", "MALFORMED_BODY", "a body of version 6 that says it is of version 7", m.encode(m.rank_request, WORDED, 6))
    f.reply("rank-7-reply-page", "RANK", PAGE_ANSWERED, "the second page of a list that was kept", version=7)
    f.reply("rank-7-reply-nothing", "RANK", FROM_WORDS, "nothing was wished", version=7)
    f.reply("rank-7-reply-unknown-numbers", "RANK", without(
        PAGE_ANSWERED, steps=[{"step": 200}], moves=[{"step": 200}], rules=[{"rule": "a", "outcome": 200}], page_source=200), "all these are open", version=7)
    good = m.encode(m.rank_reply, PAGE_ANSWERED, 7)

    def broken(name, error, why, raw=None, **changes):
        f.bad_reply(f"rank-7-reply-{name}", "RANK", m.encode(m.rank_reply, without(PAGE_ANSWERED, **changes), 7) if raw is None else raw, error, why, version=7)

    one = PAGE_ANSWERED["facets"][1]
    broken("facets-33", "LIMIT_EXCEEDED", "32 facets", facets=[{"attribute": "a", "kind": 1}] * 33)
    broken("facet-kind-0", "MALFORMED_BODY", "1 to 3", facets=[{"attribute": "a"}])
    broken("facet-exact-2", "MALFORMED_BODY", "0 or 1", facets=[{**one, "facet_exact": 2}])
    broken("facet-one-end", "MALFORMED_BODY", "a range has two ends", facets=[{**one, "highs": [50.0]}])
    broken("facet-counts", "MALFORMED_BODY", "a count for each", facets=[{**one, "counts": [1]}])
    broken("facet-low-nan", "NON_FINITE_VALUE", "ends are finite", facets=[{**one, "lows": [float("nan"), 1.0]}])
    broken("cost-nan", "NON_FINITE_VALUE", "a cost is finite", steps=[{"step": 1, "cost": float("nan")}])
    broken("moves-5001", "LIMIT_EXCEEDED", "5,000 moves", moves=[{"step": 1}] * 5_001)
    broken("rules-65", "LIMIT_EXCEEDED", "64 rules", rules=[{"rule": "a"}] * 65)
    broken("message-1025", "LIMIT_EXCEEDED", "1,024 bytes", rules=[{"rule": "a", "message": "x" * 1_025}])
    broken("cut", "MALFORMED_BODY", "one byte is missing", good[:-1])
    broken("trailing", "TRAILING_BYTES", "a byte behind the token", good + b"\0")
    broken("of-version-6", "MALFORMED_BODY", "a body of version 6 that says it is of version 7", m.encode(m.rank_reply, FROM_WORDS, 6))


PROMISED = without(PAGE_ANSWERED, promised_epsilon=4.0, promised_delta=1e-6)


def rank_8(f):
    """Version 8 of the body: what the model promises."""
    f.request("rank-8-request-page", "RANK", PAGED, "the request of version 7, whose reply has to name the promise", version=8)
    f.request("rank-8-request-nothing", "RANK", WORDED, "no wish of a page", version=8)
    f.reply("rank-8-reply-private", "RANK", PROMISED, "the answer of a private model", version=8)
    f.reply("rank-8-reply-none", "RANK", PAGE_ANSWERED, "the model promises nothing", version=8)
    f.reply("rank-8-reply-largest", "RANK", without(PROMISED, promised_epsilon=1.7976931348623157e308, promised_delta=1.0), "the most of both", version=8)
    f.reply("rank-8-reply-no-delta", "RANK", without(PROMISED, promised_delta=0.0), "a promise that always holds", version=8)
    good = m.encode(m.rank_reply, PROMISED, 8)

    def broken(name, error, why, raw=None, **changes):
        f.bad_reply(f"rank-8-reply-{name}", "RANK", m.encode(m.rank_reply, without(PROMISED, **changes), 8) if raw is None else raw, error, why, version=8)

    broken("epsilon-nan", "NON_FINITE_VALUE", "an epsilon is finite", promised_epsilon=float("nan"))
    broken("epsilon-negative", "MALFORMED_BODY", "an epsilon is 0 or more", promised_epsilon=-4.0)
    broken("epsilon-minus-0", "MALFORMED_BODY", "0 has one form", promised_epsilon=-0.0, promised_delta=0.0)
    broken("delta-above-1", "MALFORMED_BODY", "a delta is a probability", promised_delta=1.5)
    broken("delta-negative", "MALFORMED_BODY", "a delta is a probability", promised_delta=-1e-6)
    broken("delta-alone", "MALFORMED_BODY", "a delta without an epsilon", promised_epsilon=0.0)
    broken("delta-infinite", "NON_FINITE_VALUE", "a delta is finite", promised_delta=float("inf"))
    broken("cut", "MALFORMED_BODY", "one byte is missing", good[:-1])
    broken("trailing", "TRAILING_BYTES", "a byte behind the promise", good + b"\0")
    broken("of-version-7", "MALFORMED_BODY", "a body of version 7 that says it is of version 8", m.encode(m.rank_reply, PAGE_ANSWERED, 7))
    f.bad_request("rank-8-request-cut", "RANK", m.encode(m.rank_request, PAGED, 8)[:-1], "MALFORMED_BODY", "one byte is missing", version=8)


ARMED = without(PROMISED, experiment=0x8877665544332211, arm="new")


def rank_9(f):
    """Version 9 of the body: the arm that answered."""
    f.request("rank-9-request-page", "RANK", PAGED, "the request of version 7, whose reply has to name the arm too", version=9)
    f.request("rank-9-request-nothing", "RANK", WORDED, "no wish of a page", version=9)
    f.reply("rank-9-reply-arm", "RANK", ARMED, "the answer of an arm", version=9)
    f.reply("rank-9-reply-none", "RANK", PAGE_ANSWERED, "no experiment", version=9)
    f.reply("rank-9-reply-largest", "RANK", without(ARMED, experiment=0xFFFFFFFFFFFFFFFF, arm="a" * 64), "the most of both", version=9)
    good = m.encode(m.rank_reply, ARMED, 9)

    def broken(name, error, why, raw=None, **changes):
        f.bad_reply(f"rank-9-reply-{name}", "RANK", m.encode(m.rank_reply, without(ARMED, **changes), 9) if raw is None else raw, error, why, version=9)

    broken("arm-alone", "MALFORMED_BODY", "an arm without an experiment", experiment=0)
    broken("experiment-alone", "MALFORMED_BODY", "an experiment without an arm", arm="")
    broken("arm-long", "MALFORMED_BODY", "a name of 65 bytes", arm="a" * 65)
    broken("arm-space", "MALFORMED_BODY", "no name", arm="new arm")
    broken("cut", "MALFORMED_BODY", "one byte is missing", good[:-1])
    broken("trailing", "TRAILING_BYTES", "a byte behind the arm", good + b"\0")
    broken("of-version-8", "MALFORMED_BODY", "a body of version 8 that says it is of version 9", m.encode(m.rank_reply, PROMISED, 8))
    f.bad_request("rank-9-request-cut", "RANK", m.encode(m.rank_request, PAGED, 9)[:-1], "MALFORMED_BODY", "one byte is missing", version=9)


def rank_4(f):
    """Version 4 of the body; there is no version 3."""
    f.request("rank-4-request-user", "RANK", without(RANK_2, session=[5, 9, 5]), "a known shopper and a session", version=4)
    f.reply("rank-4-reply-folded", "RANK", FOLDED, "the query vector is folded from what the model knows of the user and the session's items", version=4)
    f.reply("rank-4-reply-not-folded", "RANK", without(EXPLAINED, events_skipped=3), "no item of the session can be read", version=4)
    f.reply("rank-4-reply-largest", "RANK", without(FOLDED, events_counted=0xFFFFFFFF, events_skipped=0xFFFFFFFF), "the most events", version=4)
    good = m.encode(m.rank_reply, FOLDED, 4)
    f.bad_reply("rank-4-reply-cut", "RANK", good[:-1], "MALFORMED_BODY", "one byte is missing", version=4)
    f.bad_reply("rank-4-reply-trailing", "RANK", good + b"\0", "TRAILING_BYTES", "a byte behind the report", version=4)
    f.bad_reply("rank-4-reply-of-version-2", "RANK", m.encode(m.rank_reply, EXPLAINED, 2), "MALFORMED_BODY",
                "a body of version 2 that says it is of version 4", version=4)
    f.bad_reply("rank-2-reply-of-version-4", "RANK", good, "MALFORMED_BODY", "a body of version 4 that says it is of version 2", version=2)


SEARCH = {
    "limit": 100, "generation": 1, "rerank_encoding": 1, "collection": "shop", "query": [0.5, -1.0, 0.25, 2.0],
    "attributes": ["price", "brand"],
    "filter": ("and", [("range", "price", (1, 10), (1, 50)), ("not", ("compare", "brand", 1, (3, "acme")))]),
    "exclude": [7, 42],
}
SEARCH_PLAIN = {"limit": 1, "generation": 1, "collection": "shop", "query": [1.0]}
SEARCH_REPLY = {
    "generation": 1, "snapshot": 99, "owned": 1_000, "scanned": 1_000, "passed": 2, "queue_us": 11, "scan_us": 205, "complete": 1,
    "rerank_encoding": 1, "rerank_dimension": 2, "ids": [42, 12_345], "scores": [0.75, 0.5],
    "table": {"columns": [(1, "price"), (3, "brand")], "values": {"price": [1999, None], "brand": ["acme", "umbra"]}},
    "rerank_vectors": [1.0, 2.0, 3.0, 4.0],
}


def node(tree):
    codec = m.Codec(fields={})
    m.write_node(codec, tree)
    return bytes(codec.out)


def search():
    f = File(receiver="shard")

    def ok(name, why, **changes):
        f.accept(f"search-{name}", ask("SEARCH", without(SEARCH_PLAIN, **changes), epoch=7), why)

    def bad(name, error, why, raw=None, **changes):
        f.refuse(f"search-{name}", ask("SEARCH", without(SEARCH_PLAIN, **changes) if raw is None else raw, epoch=7), error, why)

    f.accept("search-request", ask("SEARCH", SEARCH, epoch=7), "a filter, two attributes, rerank vectors and two excluded ids")
    ok("plain", "only what must be there")
    ok("limit-10000", "the largest limit", limit=10_000)
    ok("snapshot", "a second search on the snapshot of the first", snapshot=U64)
    ok("after", "only items behind the last one", after=1, after_score=-1.5, after_id=12)
    ok("after-zero", "the score 0 and the id 0 are a place too", after=1)
    ok("bf16", "rerank vectors as bf16", rerank_encoding=2)
    ok("attributes-64", "64 attributes", attributes=[f"a{i}" for i in range(64)])
    ok("dimension-4096", "the largest dimension", query=[0.5] * 4_096)
    ok("exclude-131072", "131,072 excluded ids, compressed", exclude=list(range(131_072)))
    for label, values, why in GOOD_VECTORS:
        ok(f"query-{label}", why, query=values)
    has = ("has", "a")
    deepest = has
    for _ in range(7):
        deepest = ("not", deepest)
    for operator in range(1, 7):
        ok(f"filter-compare-{operator}", "the six operators", filter=("compare", "a", operator, (1, -5)))
    for label, tree, why in (
            ("int-least", ("compare", "a", 1, (1, -(1 << 63))), "the least i64"),
            ("int-largest", ("compare", "a", 1, (1, (1 << 63) - 1)), "the largest i64"),
            ("float", ("compare", "a", 3, (2, 0.1)), "a float64"),
            ("float-negative-zero", ("compare", "a", 1, (2, -0.0)), "-0 is finite"),
            ("float-1e16", ("compare", "a", 1, (2, 1e16)), "the least float that is written with an exponent"),
            ("float-below-1e16", ("compare", "a", 1, (2, 9_999_999_999_999_998.0)), "the greatest that is written without one"),
            ("float-1e-4", ("compare", "a", 1, (2, 1e-4)), "the least fraction that is written without an exponent"),
            ("float-1e-5", ("compare", "a", 1, (2, 1e-5)), "an exponent has two digits at least"),
            ("float-1e-7", ("compare", "a", 1, (2, 1e-7)), "an exponent has two digits at least"),
            ("text", ("compare", "a", 1, (3, "")), "an empty keyword"),
            ("text-16384", ("compare", "a", 1, (3, "x" * 16_384)), "the longest keyword"),
            ("bool", ("compare", "a", 2, (5, True)), "a bool"),
            ("range", ("range", "a", (1, 3), (2, 3.0)), "both ends included; an int and a float"),
            ("in", ("in", "a", [(3, "b"), (3, "c")]), "a list"),
            ("in-1024", ("in", "a", [(1, i) for i in range(1_024)]), "1,024 values"),
            ("has", has, "presence"),
            ("or", ("or", [has, ("has", "b")]), "or"),
            ("predicates-32", ("or", [has] * 32), "32 predicates, 32 children"),
            ("depth-8", deepest, "depth 8")):
        ok(f"filter-{label}", why, filter=tree)
    for value in (0, 10_001, 0xFFFFFFFF):
        bad(f"limit-{value}", "LIMIT_EXCEEDED", "limit is 1 to 10,000", limit=value)
    bad("generation-0", "UNKNOWN_GENERATION", "a coordinator names the generation", generation=0)
    bad("rerank-encoding-3", "MALFORMED_BODY", "0, 1 or 2", rerank_encoding=3)
    bad("after-2", "MALFORMED_BODY", "0 or 1", after=2)
    plain = m.encode(m.search_request, SEARCH_PLAIN)
    bad("bytes-18", "MALFORMED_BODY", "bytes 18-19 are 0", changed(plain, 18, b"\1"))
    bad("after-score-without-after", "MALFORMED_BODY", "0 unless after", after_score=1.0)
    bad("after-negative-zero-without-after", "MALFORMED_BODY", "all bits 0 unless after", after_score=-0.0)
    bad("after-id-without-after", "MALFORMED_BODY", "0 unless after", after_id=1)
    bad("after-score-nan", "NON_FINITE_VALUE", "a score is finite", after=1, after_score=float("nan"))
    bad("after-score-infinity", "NON_FINITE_VALUE", "a score is finite", after=1, after_score=float("inf"))
    for label, values, why in BAD_VECTORS:
        bad(f"query-{label}", "NON_FINITE_VALUE", why, query=values)
    bad("query-past-the-end", "MALFORMED_BODY", "a count past the end", changed(plain, 37, u16(4_096)))
    bad("query-dimension-0", "DIMENSION_MISMATCH", "no collection has it", query=[])
    for dimension in (4_097, 65_535):
        bad(f"query-dimension-{dimension}", "DIMENSION_MISMATCH", "no collection has it", changed(plain, 37, u16(dimension)))
    bad("collection-empty", "MALFORMED_BODY", "a name has a byte", collection="")
    bad("attributes-65", "LIMIT_EXCEEDED", "64 attributes", attributes=[f"a{i}" for i in range(65)])
    bad("attributes-twice", "DUPLICATE_FIELD", "a name stands once", attributes=["a", "b", "a"])
    bad("exclude-131073", "LIMIT_EXCEEDED", "131,072 excluded ids", exclude=list(range(131_073)))
    bad("exclude-repeated", "MALFORMED_BODY", "strictly ascending", exclude=[1, 1])
    bad("exclude-descending", "MALFORMED_BODY", "strictly ascending", exclude=[2, 1])
    bad("exclude-past-the-end", "MALFORMED_BODY", "a count past the end", changed(plain, len(plain) - 4, u32(1)))
    name = b"\1a"
    for label, raw, error, why in (
            ("kind-8", b"\x08", "MALFORMED_BODY", "kinds are 0 to 7"),
            ("kind-255", b"\xff", "MALFORMED_BODY", "kinds are 0 to 7"),
            ("kind-0-inside", b"\x03\x00", "MALFORMED_BODY", "no filter only at the root"),
            ("and-of-none", b"\x01" + u16(0), "MALFORMED_BODY", "at least two children"),
            ("and-of-one", node(("and", [has])), "MALFORMED_BODY", "at least two children"),
            ("or-of-none", b"\x02" + u16(0), "MALFORMED_BODY", "at least two children"),
            ("children-33", b"\x02" + u16(33) + node(has) * 33, "LIMIT_EXCEEDED", "32 children"),
            ("children-65535", b"\x02" + u16(65_535) + node(has) * 65_535, "LIMIT_EXCEEDED", "32 children"),
            ("children-past-the-end", b"\x01" + u16(32), "MALFORMED_BODY", "a count past the end"),
            ("predicates-33", node(("and", [("or", [has] * 32), has])), "LIMIT_EXCEEDED", "32 predicates"),
            ("depth-9", b"\x03" + node(deepest), "LIMIT_EXCEEDED", "depth 8"),
            ("depth-10000", b"\x03" * 10_000 + node(has), "LIMIT_EXCEEDED", "depth 8, checked before going deeper"),
            ("operator-0", b"\x04" + name + b"\0\1" + u64(1), "MALFORMED_BODY", "operators are 1 to 6"),
            ("operator-7", b"\x04" + name + b"\7\1" + u64(1), "MALFORMED_BODY", "operators are 1 to 6"),
            ("value-0", b"\x04" + name + b"\1\0" + u64(1), "MALFORMED_BODY", "values are 1, 2, 3 and 5"),
            ("value-4", b"\x04" + name + b"\1\4" + u64(1), "MALFORMED_BODY", "values are 1, 2, 3 and 5"),
            ("value-6", b"\x04" + name + b"\1\6" + u64(1), "MALFORMED_BODY", "values are 1, 2, 3 and 5"),
            ("bool-2", b"\x04" + name + b"\1\5\2", "MALFORMED_BODY", "0 or 1"),
            ("float-nan", node(("compare", "a", 1, (2, float("nan")))), "NON_FINITE_VALUE", "a float is finite"),
            ("float-infinity", node(("compare", "a", 1, (2, float("inf")))), "NON_FINITE_VALUE", "a float is finite"),
            ("text-16385", node(("compare", "a", 1, (3, "x" * 16_385))), "LIMIT_EXCEEDED", "16,384 bytes"),
            ("text-not-utf8", b"\x04" + name + b"\1\3" + u16(1) + b"\xff", "BAD_UTF8", "text is UTF-8"),
            ("in-of-none", b"\x06" + name + u16(0), "MALFORMED_BODY", "at least one value"),
            ("in-1025", node(("in", "a", [(1, 0)] * 1_025)), "LIMIT_EXCEEDED", "1,024 values"),
            ("in-past-the-end", b"\x06" + name + u16(1_024), "MALFORMED_BODY", "a count past the end"),
            ("name-empty", b"\x07\0", "MALFORMED_BODY", "a name has a byte"),
            ("name-upper", b"\x07\1A", "MALFORMED_BODY", "a name is of a-z, 0-9, _ and -"),
            ("range-reversed", node(("range", "a", (1, 50), (1, 10))), "BAD_FILTER", "an empty range"),
            ("range-reversed-mixed", node(("range", "a", (2, 1.5), (1, 1))), "BAD_FILTER", "an empty range"),
            ("range-of-keywords", node(("range", "a", (3, "a"), (3, "b"))), "BAD_FILTER", "the ends of a range are numbers"),
            ("range-of-bools", node(("range", "a", (5, 0), (5, 1))), "BAD_FILTER", "the ends of a range are numbers")):
        bad(f"filter-{label}", error, why, filter=raw)
    bad("cut", "MALFORMED_BODY", "one byte is missing", plain[:-1])
    bad("trailing", "TRAILING_BYTES", "a byte behind the body", plain + b"\0")

    f.defaults = {}
    f.reply("search-reply", "SEARCH", SEARCH_REPLY, "two candidates with attributes and rerank vectors")
    f.reply("search-reply-empty", "SEARCH", {"generation": 1, "complete": 1}, "nothing passed")
    f.reply("search-reply-part", "SEARCH", without(SEARCH_REPLY, complete=0), "time ran out")
    f.reply("search-reply-bf16", "SEARCH", without(SEARCH_REPLY, rerank_encoding=2, rerank_vectors=[0x3F80, 0x4000, 0x4040, 0x4080]),
            "rerank vectors as bf16")
    f.reply("search-reply-10000", "SEARCH", {"generation": 1, "ids": list(range(10_000)), "scores": [1.0] * 10_000}, "10,000 candidates")
    good = m.encode(m.search_reply, SEARCH_REPLY)

    def broken(name, error, why, raw=None, **changes):
        f.bad_reply(f"search-reply-{name}", "SEARCH", without(SEARCH_REPLY, **changes) if raw is None else raw, error, why)

    broken("n-10001", "LIMIT_EXCEEDED", "10,000 candidates", changed(good, 0, u32(10_001)))
    broken("n-past-the-end", "MALFORMED_BODY", "more candidates than bytes", changed(good, 0, u32(10_000)))
    broken("complete-2", "MALFORMED_BODY", "0 or 1", complete=2)
    broken("encoding-3", "MALFORMED_BODY", "0, 1 or 2", rerank_encoding=3)
    broken("dimension-without-encoding", "MALFORMED_BODY", "dimension 0 with encoding 0", rerank_encoding=0)
    broken("dimension-4097", "LIMIT_EXCEEDED", "4,096 at most", changed(good, 50, u16(4_097)))
    broken("score-nan", "NON_FINITE_VALUE", "scores are finite", scores=[float("nan"), 0.0])
    broken("score-infinity", "NON_FINITE_VALUE", "scores are finite", scores=[float("inf"), 0.0])
    broken("cut", "MALFORMED_BODY", "one byte is missing", good[:-1])
    broken("trailing", "TRAILING_BYTES", "a byte behind the body", good + b"\0")
    two = m.encode(m.search_request, without(SEARCH, request_id=0xFEDCBA9876543210), 2)
    f.accept("search-2-request", ask("SEARCH", two, epoch=7, version=2), "a search that is part of a query", receiver="shard")
    f.accept("search-2-request-plain", ask("SEARCH", SEARCH_PLAIN, epoch=7, version=2), "a search of its own", receiver="shard")
    f.refuse("search-2-of-version-1", ask("SEARCH", plain, epoch=7, version=2), "MALFORMED_BODY",
             "a body of version 1 that says it is of version 2", receiver="shard")
    f.refuse("search-1-of-version-2", ask("SEARCH", two, epoch=7), "TRAILING_BYTES", "a body of version 2 that says it is of version 1",
             receiver="shard")
    f.refuse("search-body-version-3", ask("SEARCH", two, epoch=7, version=3), "UNKNOWN_BODY_VERSION", "SEARCH has body versions 1 and 2",
             receiver="shard")
    f.reply("search-2-reply", "SEARCH", SEARCH_REPLY, "the reply has the version of its request, and the same fields", version=2)
    search_4(f)
    search_5(f)
    return f.vectors


SEARCH_WORDS = {**SEARCH, "request_id": 7, "terms": [{"term": "red", "weight": 2.5}, {"term": "shoe", "weight": 0.75}]}
SEARCH_WORDS_REPLY = {**SEARCH_REPLY, "lexical_scores": [0.0, 1.125], "last_score": 0.75, "last_lexical_score": 1.125}


SEARCH_COUNTS = {
    **SEARCH_WORDS, "counts_total": 1, "other_filters": [{"other_filter": None}, {"other_filter": ("has", "price")}],
    "facets": [{"attribute": "brand", "kind": 1, "filter_number": 2}, {"attribute": "price", "kind": 2, "edges": [0.0, 50.0, 100.0]},
               {"attribute": "price", "kind": 3, "filter_number": 1}]}
SEARCH_COUNTS_REPLY = {
    **SEARCH_WORDS_REPLY, "total": 17, "facets": [
        {"whole": 1, "present": 16, "values": ["acme", "umbra"], "counts": [5, 11]},
        {"whole": 1, "present": 12, "least": 1.5, "greatest": 99.0, "counts": [7, 5]},
        {"whole": 0, "present": 12, "least": 1.5, "greatest": 99.0, "buckets": [0xBFF80, 0xC058C], "counts": [7, 5]}]}


def search_5(f):
    """Version 5 of the body: sorting and counting."""
    def ok(name, why, **changes):
        f.accept(f"search-5-{name}", ask("SEARCH", without(SEARCH_COUNTS, **changes), epoch=7, version=5), why, receiver="shard")

    def bad(name, error, why, raw=None, **changes):
        fields = without(SEARCH_COUNTS, **changes) if raw is None else raw
        f.refuse(f"search-5-{name}", ask("SEARCH", fields, epoch=7, version=5), error, why, receiver="shard")

    keys = [{"attribute": a, "direction": 1 + i % 2} for i, a in enumerate("abcd")]
    ok("request", "three facets, two of them by other filters, and the total")
    ok("sorted", "the best by three attributes", terms=[], sort=keys[:3])
    ok("nothing", "nothing is sorted or counted", counts_total=0, other_filters=[], facets=[])
    ok("counted", "an id that is left out and counts", counted=SEARCH["exclude"][:1])
    good = m.encode(m.search_request, SEARCH_COUNTS, 5)
    bad("total-2", "MALFORMED_BODY", "0 or 1", counts_total=2)
    bad("sort-4", "LIMIT_EXCEEDED", "three attributes at most", sort=keys)
    bad("sort-twice", "DUPLICATE_FIELD", "an attribute once", sort=[keys[0], keys[0]])
    bad("sort-after", "MALFORMED_BODY", "a sorted search is from the top", terms=[], sort=keys[:1], after=1, after_score=0.5)
    bad("filters-33", "LIMIT_EXCEEDED", "32 at most", other_filters=[{"other_filter": None}] * 33)
    bad("filter-3", "MALFORMED_BODY", "there are two", facets=[{"attribute": "a", "kind": 1, "filter_number": 3}])
    bad("facet-kind-4", "MALFORMED_BODY", "1 to 3", facets=[{"attribute": "a", "kind": 4}])
    bad("facet-edges-descend", "MALFORMED_BODY", "edges ascend", facets=[{"attribute": "a", "kind": 2, "edges": [2.0, 1.0]}])
    bad("cut", "MALFORMED_BODY", "one byte is missing", good[:-1])
    bad("trailing", "TRAILING_BYTES", "a byte behind the ids", good + b"\0")
    bad("of-version-4", "MALFORMED_BODY", "a body of version 4 that says it is of version 5", m.encode(m.search_request, SEARCH_WORDS, 4))
    bad("counted-descends", "MALFORMED_BODY", "ids ascend", counted=[8, 7])
    f.reply("search-5-reply", "SEARCH", SEARCH_COUNTS_REPLY, "two candidates and three facets", version=5)
    f.reply("search-5-reply-nothing", "SEARCH", SEARCH_WORDS_REPLY, "nothing was counted", version=5)

    def broken(name, error, why, raw=None, **changes):
        f.bad_reply(f"search-5-reply-{name}", "SEARCH", without(SEARCH_COUNTS_REPLY, **changes) if raw is None else raw, error, why, version=5)

    good = m.encode(m.search_reply, SEARCH_COUNTS_REPLY, 5)
    broken("facets-33", "LIMIT_EXCEEDED", "32 facets", facets=[{}] * 33)
    broken("whole-2", "MALFORMED_BODY", "0 or 1", facets=[{"whole": 2}])
    broken("least-nan", "NON_FINITE_VALUE", "numbers are finite", facets=[{"least": float("nan")}])
    broken("counts-50001", "LIMIT_EXCEEDED", "50,000 counts", facets=[{"counts": [0] * 50_001}])
    broken("cut", "MALFORMED_BODY", "one byte is missing", good[:-1])
    broken("trailing", "TRAILING_BYTES", "a byte behind the facets", good + b"\0")
    broken("of-version-4", "MALFORMED_BODY", "a body of version 4 that says it is of version 5", m.encode(m.search_reply, SEARCH_WORDS_REPLY, 4))


def search_4(f):
    """Version 4 of the body; there is no version 3."""
    def ok(name, why, **changes):
        f.accept(f"search-4-{name}", ask("SEARCH", without(SEARCH_WORDS, **changes), epoch=7, version=4), why, receiver="shard")

    def bad(name, error, why, raw=None, **changes):
        fields = without(SEARCH_WORDS, **changes) if raw is None else raw
        f.refuse(f"search-4-{name}", ask("SEARCH", fields, epoch=7, version=4), error, why, receiver="shard")

    ok("request", "two terms, a filter and two excluded ids")
    ok("no-terms", "a search by vector alone", terms=[])
    ok("no-terms-10000", "without terms the limit is as before", terms=[], limit=10_000)
    ok("no-terms-after", "without terms a search may go on behind an item", terms=[], after=1, after_score=0.5, after_id=3)
    ok("limit-5000", "the largest limit of a search by words", limit=5_000)
    ok("terms-64", "the most terms", terms=[{"term": f"t{i}", "weight": 1.0 + i} for i in range(64)])
    ok("term-255", "the longest term", terms=[{"term": "x" * 255, "weight": 1.0}])
    ok("term-utf8", "terms are UTF-8: two that look alike, of other bytes",
       terms=[{"term": "\u00e9", "weight": 1.0}, {"term": "e\u0301", "weight": 1.0}, {"term": "\u978b", "weight": 1.0}])
    ok("weight-least", "the least weight", terms=[{"term": "a", "weight": 2.0**-149}])
    ok("weight-largest", "the greatest weight", terms=[{"term": "a", "weight": 1e6}])
    good = m.encode(m.search_request, SEARCH_WORDS, 4)
    bad("terms-65", "LIMIT_EXCEEDED", "64 terms", terms=[{"term": f"t{i}", "weight": 1.0} for i in range(65)])
    bad("terms-past-the-end", "MALFORMED_BODY", "a count past the end", m.encode(m.search_request, without(SEARCH_WORDS, terms=[]), 4)[:-2] + u16(64))
    bad("term-empty", "MALFORMED_BODY", "a term has a byte", terms=[{"term": "", "weight": 1.0}, {"term": "a", "weight": 1.0}])
    bad("term-256", "LIMIT_EXCEEDED", "255 bytes", terms=[{"term": "x" * 256, "weight": 1.0}])
    bad("term-not-utf8", "BAD_UTF8", "terms are UTF-8", terms=[{"term": b"\xed\xa0\x80", "weight": 1.0}])
    bad("term-twice", "DUPLICATE_FIELD", "a term stands once", terms=[{"term": t, "weight": 1.0} for t in ("a", "b", "a")])
    for label, weight, error in (("0", 0.0, "MALFORMED_BODY"), ("negative-zero", -0.0, "MALFORMED_BODY"), ("negative", -1.0, "MALFORMED_BODY"),
                                 ("above", 1_000_000.0625, "MALFORMED_BODY"), ("nan", float("nan"), "NON_FINITE_VALUE"),
                                 ("infinity", float("inf"), "NON_FINITE_VALUE")):
        bad(f"weight-{label}", error, "a weight is above 0 and at most 1,000,000", terms=[{"term": "a", "weight": weight}])
    bad("limit-5001", "LIMIT_EXCEEDED", "5,000 with terms", limit=5_001)
    bad("after", "MALFORMED_BODY", "a search by words is from the top", after=1, after_score=0.5)
    bad("cut", "MALFORMED_BODY", "one byte is missing", good[:-1])
    bad("trailing", "TRAILING_BYTES", "a byte behind the terms", good + b"\0")
    bad("of-version-2", "MALFORMED_BODY", "a body of version 2 that says it is of version 4", m.encode(m.search_request, SEARCH, 2))
    f.refuse("search-2-of-version-4", ask("SEARCH", good, epoch=7, version=2), "TRAILING_BYTES", "a body of version 4 that says it is of version 2",
             receiver="shard")

    f.reply("search-4-reply", "SEARCH", SEARCH_WORDS_REPLY, "two candidates, one of which has a term", version=4)
    f.reply("search-4-reply-all", "SEARCH", without(SEARCH_REPLY, lexical_scores=[0.5, 0.0], all_items=1, all_with_terms=1),
            "all items that pass", version=4)
    f.reply("search-4-reply-all-with-terms", "SEARCH", without(SEARCH_REPLY, lexical_scores=[0.5, 0.0], all_with_terms=1, last_score=-0.5),
            "all items that have a term", version=4)
    f.reply("search-4-reply-no-terms", "SEARCH", SEARCH_REPLY, "the search had no terms", version=4)
    f.reply("search-4-reply-empty", "SEARCH", {"generation": 1, "complete": 1, "all_items": 1, "all_with_terms": 1}, "nothing passed", version=4)
    f.reply("search-4-reply-bf16", "SEARCH", without(SEARCH_WORDS_REPLY, rerank_encoding=2, rerank_vectors=[0x3F80, 0x4000, 0x4040, 0x4080]),
            "rerank vectors as bf16", version=4)

    def broken(name, error, why, raw=None, **changes):
        f.bad_reply(f"search-4-reply-{name}", "SEARCH", without(SEARCH_WORDS_REPLY, **changes) if raw is None else raw, error, why, version=4)

    good = m.encode(m.search_reply, SEARCH_WORDS_REPLY, 4)
    broken("lexical-1-of-2", "MALFORMED_BODY", "a lexical score for each candidate", lexical_scores=[1.0])
    broken("lexical-3-of-2", "MALFORMED_BODY", "a lexical score for each candidate", lexical_scores=[1.0] * 3)
    broken("lexical-nan", "NON_FINITE_VALUE", "scores are finite", lexical_scores=[0.0, float("nan")])
    broken("lexical-negative", "MALFORMED_BODY", "0 or more", lexical_scores=[0.0, -1.0])
    broken("lexical-negative-zero", "MALFORMED_BODY", "0 or more", lexical_scores=[0.0, -0.0])
    broken("all-items-2", "MALFORMED_BODY", "0 or 1", all_items=2)
    broken("all-with-terms-2", "MALFORMED_BODY", "0 or 1", all_with_terms=2)
    broken("zeros", "MALFORMED_BODY", "two bytes of zero", changed(good, len(good) - 10, b"\1"))
    broken("last-score-of-all", "MALFORMED_BODY", "0 if no item is beyond it", all_items=1)
    broken("last-score-nan", "NON_FINITE_VALUE", "scores are finite", last_score=float("nan"))
    broken("last-lexical-of-all", "MALFORMED_BODY", "0 if no item is beyond it", all_with_terms=1)
    broken("last-lexical-negative", "MALFORMED_BODY", "0 or more", last_lexical_score=-1.0)
    broken("last-lexical-infinity", "NON_FINITE_VALUE", "scores are finite", last_lexical_score=float("inf"))
    broken("cut", "MALFORMED_BODY", "one byte is missing", good[:-1])
    broken("trailing", "TRAILING_BYTES", "a byte behind the last score", good + b"\0")
    broken("of-version-2", "MALFORMED_BODY", "a body of version 2 that says it is of version 4", m.encode(m.search_reply, SEARCH_REPLY, 2))
    f.bad_reply("search-2-reply-of-version-4", "SEARCH", good, "TRAILING_BYTES", "a body of version 4 that says it is of version 2", version=2)


GET = {"parts": 3, "attributes_wanted": 1, "collection": "shop", "ids": [12_345, 42]}
GET_REPLY = {
    "generation": 1, "dimension": 2, "rerank_dimension": 1, "unavailable": 1,
    "table": {"columns": [(1, "price")], "values": {"price": [1999, None]}},
    "ids": [42, 12_345], "versions": [3, 1], "embeddings": [1.0, 0.0, 0.0, 1.0], "rerank_vectors": [0.5, -0.5],
}


def get():
    f = File()

    def ok(name, why, receiver=None, **changes):
        f.request(f"get-request{name}", "GET", without(GET, **changes), why, receiver)

    def bad(name, error, why, raw=None, **changes):
        f.bad_request(f"get-{name}", "GET", without(GET, **changes) if raw is None else raw, error, why)

    ok("", "two items with everything")
    f.accept("get-request-shard", ask("GET", without(GET, generation=1), epoch=7), "a coordinator asks a shard", receiver="shard")
    ok("-plain", "ids and versions only", parts=0, attributes_wanted=0)
    ok("-named", "named attributes", attributes_wanted=2, attributes=["price"])
    ok("-attributes-64", "64 named attributes", attributes_wanted=2, attributes=[f"a{i}" for i in range(64)])
    ok("-ids-10000", "10,000 ids", ids=list(range(10_000)))
    ok("-ids-repeated", "repeats are answered once", ids=[1, 1])
    bad("ids-none", "LIMIT_EXCEEDED", "at least one id", ids=[])
    bad("ids-10001", "LIMIT_EXCEEDED", "10,000 ids", ids=list(range(10_001)))
    bad("parts-4", "MALFORMED_BODY", "bits 0 and 1", parts=4)
    bad("parts-128", "MALFORMED_BODY", "bits 0 and 1", parts=128)
    bad("wanted-3", "MALFORMED_BODY", "0, 1 or 2", attributes_wanted=3)
    bad("attributes-not-wanted", "MALFORMED_BODY", "names only with 2", attributes=["price"])
    bad("attributes-twice", "DUPLICATE_FIELD", "a name stands once", attributes_wanted=2, attributes=["price", "price"])
    bad("attributes-65", "LIMIT_EXCEEDED", "64 names", attributes_wanted=2, attributes=[f"a{i}" for i in range(65)])
    bad("collection-empty", "MALFORMED_BODY", "a name has a byte", collection="")
    good = m.encode(m.get_request, GET)
    bad("ids-count-ffffffff", "LIMIT_EXCEEDED", "the limit is checked first", changed(good, len(good) - 20, u32(0xFFFFFFFF)))
    bad("ids-past-the-end", "MALFORMED_BODY", "a count past the end", changed(good, len(good) - 20, u32(3)))
    bad("cut", "MALFORMED_BODY", "one byte is missing", good[:-1])
    bad("trailing", "TRAILING_BYTES", "a byte behind the body", good + b"\0")
    f.reply("get-reply", "GET", GET_REPLY, "two items; one more could not be asked for")
    f.reply("get-reply-empty", "GET", {"generation": 1}, "no such item")
    f.reply("get-reply-10000", "GET", {"ids": list(range(10_000)), "versions": [1] * 10_000}, "10,000 items")
    good = m.encode(m.get_reply, GET_REPLY)
    for name, raw, error, why in (
            ("n-past-the-end", changed(good, 0, u32(10_000)), "MALFORMED_BODY", "more items than bytes"),
            ("n-10001", changed(good, 0, u32(10_001)), "LIMIT_EXCEEDED", "at most the ids of a request"),
            ("dimension-past-the-end", changed(good, 8, u16(4_096)), "MALFORMED_BODY", "more components than bytes"),
            ("dimension-4097", changed(good, 8, u16(4_097)), "LIMIT_EXCEEDED", "4,096 at most"),
            ("embedding-nan", m.encode(m.get_reply, without(GET_REPLY, embeddings=[float("nan")] * 4)), "NON_FINITE_VALUE", "NaN"),
            ("cut", good[:-1], "MALFORMED_BODY", "one byte is missing"),
            ("trailing", good + b"\0", "TRAILING_BYTES", "a byte behind the body")):
        f.bad_reply(f"get-reply-{name}", "GET", raw, error, why)
    return f.vectors


SCHEMA = {"dimension": 64, "rerank_dimension": 16,
          "attributes": [(1, "price"), (2, "weight"), (3, "brand"), (4, "colours"), (5, "in_stock"), (6, "title")]}


def collections():
    f = File()
    create = without(SCHEMA, collection="shop")

    def ok(name, why, **changes):
        f.request(f"collection-create-request{name}", "COLLECTION_CREATE", without(create, **changes), why)

    def bad(name, error, why, raw=None, **changes):
        f.bad_request(f"collection-create-{name}", "COLLECTION_CREATE", without(create, **changes) if raw is None else raw, error, why)

    ok("", "one attribute of each type")
    ok("-least", "the least schema", dimension=1, rerank_dimension=0, attributes=[])
    ok("-largest", "the largest dimensions and 64 attributes", dimension=4_096, rerank_dimension=4_096,
       attributes=[(1 + i % 6, f"a{i}") for i in range(64)])
    f.accept("collection-create-request-shard", ask("COLLECTION_CREATE", without(create, generation=1), epoch=7),
             "a coordinator tells a shard", receiver="shard")
    bad("dimension-0", "LIMIT_EXCEEDED", "1 to 4,096", dimension=0)
    bad("dimension-4097", "LIMIT_EXCEEDED", "1 to 4,096", dimension=4_097)
    bad("rerank-4097", "LIMIT_EXCEEDED", "0 to 4,096", rerank_dimension=4_097)
    bad("attributes-65", "LIMIT_EXCEEDED", "64 attributes", attributes=[(1, f"a{i}") for i in range(65)])
    bad("attribute-twice", "DUPLICATE_FIELD", "a name stands once", attributes=[(1, "a"), (3, "a")])
    for kind in (0, 7, 255):
        bad(f"type-{kind}", "MALFORMED_BODY", "types are 1 to 6", attributes=[(kind, "a")])
    for name in ("id", "embedding", "rerank"):
        bad(f"attribute-{name}", "MALFORMED_BODY", "a name that is taken", attributes=[(1, name)])
    bad("attribute-name", "MALFORMED_BODY", "a name is of a-z, 0-9, _ and -", attributes=[(1, "Price")])
    bad("collection-path", "MALFORMED_BODY", "a name is of a-z, 0-9, _ and -", collection="../shop")
    good = m.encode(m.create_request, create)
    bad("cut", "MALFORMED_BODY", "one byte is missing", good[:-1])
    bad("trailing", "TRAILING_BYTES", "a byte behind the body", good + b"\0")
    f.request("collection-describe-request", "COLLECTION_DESCRIBE", {"collection": "shop"}, "one collection")
    f.request("collection-describe-all-request", "COLLECTION_DESCRIBE", {}, "all collections")
    f.request("collection-drop-request", "COLLECTION_DROP", {"collection": "shop"}, "all generations")
    f.reply("collection-create-reply", "COLLECTION_CREATE", {"generation": 1, "created": 1}, "made")
    f.reply("collection-create-again-reply", "COLLECTION_CREATE", {"generation": 1}, "it stood already")
    described = without(SCHEMA, name="shop", generation=1, items=3_000, memory_bytes=1_048_576, model=0x0123456789ABCDEF,
                        shards_answered=3, shards_in_map=3)
    f.reply("collection-describe-reply", "COLLECTION_DESCRIBE", {"collections": [described]}, "one collection")
    f.reply("collection-describe-reply-none", "COLLECTION_DESCRIBE", {}, "no collection")
    f.reply("collection-describe-reply-two", "COLLECTION_DESCRIBE", {"collections": [without(described, name="a", attributes=[]), described]},
            "two collections, ascending by name")
    f.reply("collection-drop-reply", "COLLECTION_DROP", {"items_removed": 3_000}, "removed")
    f.bad_request("collection-describe-name", "COLLECTION_DESCRIBE", {"collection": "A"}, "MALFORMED_BODY", "a name is of a-z, 0-9, _ and -")
    f.bad_request("collection-describe-name-65", "COLLECTION_DESCRIBE", {"collection": "a" * 65}, "MALFORMED_BODY", "64 bytes")
    f.bad_request("collection-describe-empty", "COLLECTION_DESCRIBE", b"", "MALFORMED_BODY", "no body")
    f.bad_request("collection-describe-trailing", "COLLECTION_DESCRIBE", b"\0\0", "TRAILING_BYTES", "a byte behind the body")
    f.bad_request("collection-drop-empty-name", "COLLECTION_DROP", {}, "MALFORMED_BODY", "DROP names a collection")
    f.bad_request("collection-drop-trailing", "COLLECTION_DROP", m.encode(m.drop_request, {"collection": "shop"}) + b"\0", "TRAILING_BYTES",
                  "a byte behind the body")
    f.bad_reply("collection-create-reply-created-2", "COLLECTION_CREATE", u32(1) + b"\2", "MALFORMED_BODY", "0 or 1")
    f.bad_reply("collection-create-reply-cut", "COLLECTION_CREATE", u32(1), "MALFORMED_BODY", "one byte is missing")
    f.bad_reply("collection-describe-reply-past-the-end", "COLLECTION_DESCRIBE", u16(64), "MALFORMED_BODY", "a count past the end")
    f.bad_reply("collection-describe-reply-65", "COLLECTION_DESCRIBE", u16(65), "LIMIT_EXCEEDED", "64 collections")
    f.bad_reply("collection-describe-reply-dimension-0", "COLLECTION_DESCRIBE", {"collections": [without(described, dimension=0)]},
                "LIMIT_EXCEEDED", "1 to 4,096")
    f.bad_reply("collection-drop-reply-cut", "COLLECTION_DROP", bytes(7), "MALFORMED_BODY", "one byte is missing")
    f.bad_reply("collection-drop-reply-trailing", "COLLECTION_DROP", bytes(9), "TRAILING_BYTES", "a byte behind the body")
    collections_2(f, create, described)
    return f.vectors


TEXT = {"text_language": "english", "text_version": 1, "text_k1": 0.4, "text_attributes": ["title", "brand"], "text_weights": [1.0, 0.5],
        "text_b": [0.6, 0.0], "text_averages": [9.5, 1.0]}


def collections_2(f, create, described):
    """Version 2 of the bodies: text settings."""
    worded = {**create, **TEXT}

    def ok(name, why, **changes):
        f.request(f"collection-2-create-request{name}", "COLLECTION_CREATE", without(worded, **changes), why, version=2)

    def bad(name, error, why, raw=None, **changes):
        f.bad_request(f"collection-2-create-{name}", "COLLECTION_CREATE", without(worded, **changes) if raw is None else raw, error, why, version=2)

    def one(**changes):
        return {"text_attributes": ["title"], "text_weights": [1.0], "text_b": [0.5], "text_averages": [5.0]} | changes

    ok("", "title and brand are searched by words")
    f.request("collection-2-create-request-none", "COLLECTION_CREATE", create, "no words", version=2)
    ok("-least", "the least numbers", text_language="none", text_k1=0.0, **one(text_weights=[0.0010000000474974513], text_b=[0.0],
                                                                           text_averages=[0.009999999776482582]))
    ok("-largest", "the greatest numbers, and a version that is not known here", text_version=0xFFFFFFFF, text_k1=1e3,
       **one(text_weights=[1e3], text_b=[1.0], text_averages=[1e6]))
    ok("-set", "a set of keywords holds text, too", **one(text_attributes=["colours"]))
    ok("-unknown-language", "whether a language is known is asked later", text_language="klingon")
    bad("language-alone", "MALFORMED_BODY", "a language and attributes are given together", **one(text_attributes=[], text_weights=[], text_b=[],
                                                                                              text_averages=[]))
    bad("attributes-alone", "MALFORMED_BODY", "a language and attributes are given together", text_language="", text_version=0, text_k1=0.0)
    bad("language-upper", "MALFORMED_BODY", "a name is of a-z, 0-9, _ and -", text_language="English")
    bad("version-0", "MALFORMED_BODY", "at least 1", text_version=0)
    bad("version-alone", "MALFORMED_BODY", "0 without words", m.encode(m.create_request, {**create, "text_version": 1}, 2))
    bad("k1-alone", "LIMIT_EXCEEDED", "0 without words", m.encode(m.create_request, {**create, "text_k1": 1.0}, 2))
    for name, values in (("k1", (-1.0, -0.0, 1000.0625)), ("weights", (0.0, 0.00099, 1000.0625)), ("b", (-0.0, -1.0, 1.0000001)),
                         ("averages", (0.0, 0.0099, 1_000_000.0625))):
        for place, value in enumerate(values):
            bad(f"{name}-{place}", "LIMIT_EXCEEDED", "out of its range",
                **({"text_k1": value} if name == "k1" else one(**{f"text_{name}": [value]})))
        bad(f"{name}-nan", "NON_FINITE_VALUE", "a number is finite",
            **({"text_k1": float("nan")} if name == "k1" else one(**{f"text_{name}": [float("nan")]})))
    bad("attribute-unknown", "UNKNOWN_ATTRIBUTE", "an attribute of the schema", text_attributes=["title", "colour"])
    bad("attribute-no-text", "UNKNOWN_ATTRIBUTE", "a float holds no text", text_attributes=["title", "price"])
    bad("text-attribute-twice", "DUPLICATE_FIELD", "a name stands once", text_attributes=["title", "title"])
    good = m.encode(m.create_request, worded, 2)
    bad("request-cut", "MALFORMED_BODY", "one byte is missing", good[:-1])
    bad("request-trailing", "TRAILING_BYTES", "a byte behind the settings", good + b"\0")
    bad("of-version-1", "MALFORMED_BODY", "a body of version 1 that says it is of version 2", m.encode(m.create_request, create))
    f.bad_request("collection-1-create-of-version-2", "COLLECTION_CREATE", good, "TRAILING_BYTES", "a body of version 2 that says it is of version 1")
    f.reply("collection-2-create-reply", "COLLECTION_CREATE", {"generation": 1, "created": 1}, "as in version 1", version=2)
    f.request("collection-2-describe-request", "COLLECTION_DESCRIBE", {"collection": "shop"}, "as in version 1", version=2)
    f.reply("collection-2-describe-reply", "COLLECTION_DESCRIBE", {"collections": [without(described, name="a"), {**described, **TEXT}]},
            "one collection without words, one with them", version=2)
    f.bad_reply("collection-2-describe-reply-attribute-unknown", "COLLECTION_DESCRIBE",
                {"collections": [{**described, **TEXT, "text_attributes": ["x", "title"]}]}, "UNKNOWN_ATTRIBUTE", "an attribute of the schema", version=2)
    f.bad_reply("collection-2-describe-reply-of-version-1", "COLLECTION_DESCRIBE", m.encode(m.describe_reply, {"collections": [described]}),
                "MALFORMED_BODY", "a body of version 1 that says it is of version 2", version=2)


MODEL_CHUNK = {"upload": 77, "kind": 1, "file": 2, "total": 4_194_304, "offset": 0, "collection": "shop", "data": b"abcdefgh"}
MODEL_COMMIT = {"upload": 77, "kind": 2, "collection": "shop", "sha256": bytes(range(100, 132))}


def model():
    f = File()

    def ok(name, why, base=MODEL_CHUNK, **changes):
        f.request(f"model-load-{name}", "MODEL_LOAD", without(base, **changes), why)

    def bad(name, error, why, base=MODEL_CHUNK, raw=None, **changes):
        f.bad_request(f"model-load-{name}", "MODEL_LOAD", without(base, **changes) if raw is None else raw, error, why)

    ok("chunk-request", "bytes of weights.safetensors")
    ok("commit-request", "the hash of all three files", MODEL_COMMIT)
    ok("abort-request", "forget the upload", {"upload": U64, "kind": 3, "collection": "shop"})
    ok("chunk-manifest-largest", "1 MiB of manifest", file=1, total=1 << 20)
    ok("chunk-weights-largest", "1 GiB of weights", total=1 << 30)
    ok("chunk-users-largest", "4 GiB of users; the last bytes", file=3, total=4 << 30, offset=(4 << 30) - 8)
    ok("chunk-empty-file", "a file of no bytes", total=0, data=b"")
    bad("upload-0", "MALFORMED_BODY", "at least 1", upload=0)
    bad("kind-0", "MALFORMED_BODY", "1, 2 or 3", kind=0)
    bad("kind-4", "MALFORMED_BODY", "1, 2 or 3", kind=4)
    bad("file-0", "MALFORMED_BODY", "a chunk is of file 1, 2 or 3", file=0)
    bad("file-4", "MALFORMED_BODY", "a chunk is of file 1, 2 or 3", file=4)
    chunk = m.encode(m.model_load_request, MODEL_CHUNK)
    bad("bytes-10", "MALFORMED_BODY", "bytes 10-11 are 0", raw=changed(chunk, 10, b"\1"))
    bad("manifest-past-1-mib", "LIMIT_EXCEEDED", "1 MiB of manifest", file=1, total=(1 << 20) + 1)
    bad("weights-past-1-gib", "LIMIT_EXCEEDED", "1 GiB of weights", total=(1 << 30) + 1)
    bad("users-past-4-gib", "LIMIT_EXCEEDED", "4 GiB of users", file=3, total=(4 << 30) + 1)
    bad("total-2-to-the-63", "LIMIT_EXCEEDED", "a number that fits no signed 64 bits", total=1 << 63)
    bad("past-total", "MALFORMED_BODY", "no more bytes than the file has", total=7)
    bad("offset-past-total", "MALFORMED_BODY", "no more bytes than the file has", offset=4_194_305, data=b"")
    bad("offset-largest", "MALFORMED_BODY", "an offset that fits no signed 64 bits", offset=U64)
    bad("data-4194305", "LIMIT_EXCEEDED", "4,194,304 bytes a chunk", total=1 << 30, raw=m.encode(
        m.model_load_request, without(MODEL_CHUNK, total=1 << 30, data=b""))[:-4] + u32(4_194_305))
    bad("data-past-the-end", "MALFORMED_BODY", "a count past the end", raw=chunk[:-1])
    bad("chunk-with-sha256", "MALFORMED_BODY", "zeros in a chunk", sha256=bytes(31) + b"\1")
    bad("commit-with-file", "MALFORMED_BODY", "0 in a commit", MODEL_COMMIT, file=1)
    bad("commit-with-total", "MALFORMED_BODY", "0 in a commit", MODEL_COMMIT, total=1)
    bad("commit-with-offset", "MALFORMED_BODY", "0 in a commit", MODEL_COMMIT, offset=1)
    bad("commit-with-data", "MALFORMED_BODY", "no bytes in a commit", MODEL_COMMIT, data=b"x")
    bad("abort-with-sha256", "MALFORMED_BODY", "zeros in an abort", MODEL_COMMIT, kind=3)
    bad("collection-empty", "MALFORMED_BODY", "a name has a byte", collection="")
    bad("trailing", "TRAILING_BYTES", "a byte behind the body", raw=chunk + b"\0")
    def ok_2(name, why, **changes):
        f.request(f"model-load-2-{name}", "MODEL_LOAD", without(MODEL_CHUNK, **changes), why, version=2)

    def bad_2(name, error, why, **changes):
        f.bad_request(f"model-load-2-{name}", "MODEL_LOAD", without(MODEL_CHUNK, **changes), error, why, version=2)

    ok_2("chunk-tower", "bytes of tower.safetensors", file=4)
    ok_2("chunk-tower-largest", "1 GiB of tower; the last bytes", file=4, total=1 << 30, offset=(1 << 30) - 8)
    ok_2("chunk-users", "version 2 has the files of version 1 as well", file=3)
    bad_2("file-0", "MALFORMED_BODY", "a chunk is of file 1 to 4", file=0)
    bad_2("file-5", "MALFORMED_BODY", "a chunk is of file 1 to 4", file=5)
    bad_2("tower-past-1-gib", "LIMIT_EXCEEDED", "1 GiB of tower", file=4, total=(1 << 30) + 1)
    for number, name in ((5, "lexicon"), (6, "text"), (7, "suggestions"), (8, "synonyms"), (9, "protected")):
        f.request(f"model-load-3-chunk-{name}", "MODEL_LOAD", without(MODEL_CHUNK, file=number), "version 3 has the files about words", version=3)
    f.request("model-load-3-lexicon-largest", "MODEL_LOAD", without(MODEL_CHUNK, file=5, total=1 << 30, offset=(1 << 30) - 8),
              "1 GiB of lexicon; the last bytes", version=3)
    for number, name, error, why, total in (
            (0, "file-0", "MALFORMED_BODY", "a chunk is of file 1 to 9", 64), (10, "file-10", "MALFORMED_BODY", "a chunk is of file 1 to 9", 64),
            (5, "lexicon-past-1-gib", "LIMIT_EXCEEDED", "1 GiB of lexicon", (1 << 30) + 1),
            (8, "synonyms-past-16-mib", "LIMIT_EXCEEDED", "16 MiB of synonyms", (16 << 20) + 1)):
        f.bad_request(f"model-load-3-{name}", "MODEL_LOAD", without(MODEL_CHUNK, file=number, total=total), error, why, version=3)
    f.request("model-describe-request", "MODEL_DESCRIBE", {"collection": "shop"}, "the active generation")
    f.bad_request("model-describe-cut", "MODEL_DESCRIBE", u32(0) + b"\4sho", "MALFORMED_BODY", "one byte is missing")
    f.bad_request("model-describe-trailing", "MODEL_DESCRIBE", u32(0) + b"\4shop\0", "TRAILING_BYTES", "a byte behind the body")
    f.reply("model-load-reply", "MODEL_LOAD", {"received": 8}, "how many bytes of the file are there")
    f.reply("model-load-commit-reply", "MODEL_LOAD", {"received": 8, "model": 0x0123456789ABCDEF, "users": 5, "parameters": 4_097},
            "the model serves")
    f.bad_reply("model-load-reply-cut", "MODEL_LOAD", bytes(31), "MALFORMED_BODY", "one byte is missing")
    f.bad_reply("model-load-reply-trailing", "MODEL_LOAD", bytes(33), "TRAILING_BYTES", "a byte behind the body")
    describe = {"loaded": 1, "generation": 1, "model": 0x0123456789ABCDEF, "users": 5, "parameters": 4_097, "manifest": b'{"format": 1}'}
    f.reply("model-describe-reply", "MODEL_DESCRIBE", describe, "what serves")
    f.reply("model-describe-reply-none", "MODEL_DESCRIBE", {"generation": 1}, "no model")
    good = m.encode(m.model_describe_reply, describe)
    f.bad_reply("model-describe-reply-loaded-2", "MODEL_DESCRIBE", changed(good, 0, b"\2"), "MALFORMED_BODY", "0 or 1")
    f.bad_reply("model-describe-reply-bytes-1", "MODEL_DESCRIBE", changed(good, 2, b"\1"), "MALFORMED_BODY", "bytes 1-3 are 0")
    f.bad_reply("model-describe-reply-past-the-end", "MODEL_DESCRIBE", changed(good, 32, u32(1 << 20)), "MALFORMED_BODY", "a count past the end")
    f.bad_reply("model-describe-reply-manifest-limit", "MODEL_DESCRIBE", changed(good, 32, u32((1 << 20) + 1)), "LIMIT_EXCEEDED", "1 MiB")
    return f.vectors


ALL_TYPES = {
    "columns": SCHEMA["attributes"],
    "values": {"price": [1_999, None, -1], "weight": [0.5, -0.0, None], "brand": ["acme", "Müller & Co", None],
               "colours": [["blue", "red"], [], None], "in_stock": [True, False, None], "title": ["Teapot", None, ""]},
}
UPSERT = {
    "writer": 0x1122334455667788, "op": 1, "dimension": 2, "rerank_dimension": 1, "collection": "shop", "table": ALL_TYPES,
    "ids": [42, 12_345, 7], "expected_versions": [0, U64, 3], "embeddings": [1.0, 0.0, 0.6, 0.8, 0.0, -1.0], "rerank_vectors": [0.5, 0.25, 2.0],
}
UPSERT_PLAIN = {"writer": 1, "op": 1, "dimension": 1, "collection": "shop", "ids": [1], "expected_versions": [0], "embeddings": [1.0]}


def writes():
    f = File()

    def ok(name, why, **changes):
        f.request(f"upsert-request{name}", "UPSERT", without(UPSERT_PLAIN, **changes), why)

    def bad(name, error, why, raw=None, **changes):
        f.bad_request(f"upsert-{name}", "UPSERT", without(UPSERT_PLAIN, **changes) if raw is None else raw, error, why)

    f.request("upsert-request", "UPSERT", UPSERT, "three items with every type of attribute; missing values")
    ok("-plain", "one item without attributes")
    f.accept("upsert-request-again", ask("UPSERT", UPSERT_PLAIN, flags=RETRY), "the same op again, with RETRY")
    f.accept("upsert-request-shard", ask("UPSERT", without(UPSERT_PLAIN, generation=1), epoch=7), "a coordinator writes to a shard",
             receiver="shard")
    ok("-ids-4096", "4,096 items", ids=list(range(4_096)), expected_versions=[0] * 4_096, embeddings=[1.0] * 4_096)
    ok("-id-twice", "an id may stand twice", ids=[5, 5], expected_versions=[0, 0], embeddings=[1.0, 2.0])
    ok("-id-largest", "the largest id", ids=[U64])
    ok("-dimension-4096", "the largest dimensions", dimension=4_096, rerank_dimension=4_096, embeddings=[0.5] * 4_096,
       rerank_vectors=[0.25] * 4_096)
    for label, values, why in GOOD_VECTORS:
        ok(f"-embedding-{label}", why, dimension=len(values), embeddings=values)
    bad("writer-0", "MALFORMED_BODY", "at least 1", writer=0)
    bad("op-0", "MALFORMED_BODY", "at least 1", op=0)
    bad("n-0", "LIMIT_EXCEEDED", "at least one item", ids=[], expected_versions=[], embeddings=[])
    bad("n-4097", "LIMIT_EXCEEDED", "4,096 items", ids=list(range(4_097)), expected_versions=[0] * 4_097, embeddings=[1.0] * 4_097)
    plain = m.encode(m.upsert_request, UPSERT_PLAIN)
    bad("n-past-the-end", "MALFORMED_BODY", "more items than bytes", changed(plain, 20, u32(4_096)))
    bad("n-ffffffff", "LIMIT_EXCEEDED", "the limit is checked first", changed(plain, 20, u32(0xFFFFFFFF)))
    bad("dimension-past-the-end", "MALFORMED_BODY", "more components than bytes", changed(plain, 24, u16(4_096)))
    for dimension in (0, 4_097, 65_535):
        bad(f"dimension-{dimension}", "DIMENSION_MISMATCH", "no collection has it", changed(plain, 24, u16(dimension)))
    bad("rerank-dimension-4097", "DIMENSION_MISMATCH", "no collection has it", changed(plain, 26, u16(4_097)))
    bad("collection-upper", "MALFORMED_BODY", "a name is of a-z, 0-9, _ and -", collection="SHOP")
    bad("cut", "MALFORMED_BODY", "one byte is missing", plain[:-1])
    bad("trailing", "TRAILING_BYTES", "a byte behind the body", plain + b"\0")
    for label, values, why in BAD_VECTORS:
        bad(f"embedding-{label}", "NON_FINITE_VALUE", why, dimension=2, embeddings=values)
        bad(f"rerank-{label}", "NON_FINITE_VALUE", why, rerank_dimension=2, rerank_vectors=values)
    reply = {"status": [1, 2, 3], "versions": [9, 4, 3]}
    f.reply("upsert-reply", "UPSERT", reply, "inserted, replaced, conflict")
    f.reply("upsert-reply-replayed", "UPSERT", without(reply, replayed=1, durability=1), "the op had been applied before; on disk")
    f.reply("upsert-reply-not-executed", "UPSERT", {"status": [6, 7], "versions": [0, 0]}, "not executed, unknown")
    f.reply("upsert-reply-4096", "UPSERT", {"status": [1] * 4_096, "versions": [5] * 4_096}, "4,096 items")
    f.request("upsert-2-request", "UPSERT", UPSERT, "asks how many members have the items", version=2)
    f.reply("upsert-2-reply", "UPSERT", without(reply, copies=2, durability=1), "two members of a shard have them", version=2)
    f.reply("upsert-2-reply-not-known", "UPSERT", {"status": [7], "versions": [0], "copies": 0}, "no shard has answered", version=2)
    f.reply("upsert-2-reply-8", "UPSERT", without(reply, copies=8), "the most members that a shard has", version=2)
    good = m.encode(m.writes_reply, reply)
    for name, raw, error, why in (
            ("n-0", changed(good, 0, u32(0)), "LIMIT_EXCEEDED", "as in the request"),
            ("n-4097", changed(good, 0, u32(4_097)), "LIMIT_EXCEEDED", "as in the request"),
            ("n-past-the-end", changed(good, 0, u32(4_096)), "MALFORMED_BODY", "more items than bytes"),
            ("durability-2", changed(good, 4, b"\2"), "MALFORMED_BODY", "0 or 1"),
            ("replayed-2", changed(good, 5, b"\2"), "MALFORMED_BODY", "0 or 1"),
            ("bytes-6", changed(good, 6, b"\1"), "MALFORMED_BODY", "bytes 6-7 are 0"),
            ("status-0", changed(good, 8, b"\0"), "MALFORMED_BODY", "1 to 7"),
            ("status-8", changed(good, 9, b"\x08"), "MALFORMED_BODY", "1 to 7"),
            ("pad", changed(good, 12, b"\1"), "MALFORMED_BODY", "pad8 is zeros"),
            ("cut", good[:-1], "MALFORMED_BODY", "one byte is missing"),
            ("trailing", good + b"\0", "TRAILING_BYTES", "a byte behind the body")):
        f.bad_reply(f"upsert-reply-{name}", "UPSERT", raw, error, why)
    for name, raw, error, why in (
            ("copies-9", changed(good, 6, b"\x09"), "MALFORMED_BODY", "a shard has at most eight members"),
            ("byte-7", changed(good, 7, b"\1"), "MALFORMED_BODY", "byte 7 is 0")):
        f.bad_reply(f"upsert-2-reply-{name}", "UPSERT", raw, error, why, version=2)
    delete = {"writer": 9, "op": 2, "collection": "shop", "ids": [42, 7], "expected_versions": [0, 3]}
    f.request("delete-request", "DELETE", delete, "two items, one only at version 3")
    f.request("delete-request-4096", "DELETE", without(delete, ids=list(range(4_096)), expected_versions=[0] * 4_096), "4,096 items")
    f.reply("delete-reply", "DELETE", {"status": [4, 5], "versions": [10, 0]}, "deleted; no such item")
    f.request("delete-2-request", "DELETE", delete, "asks how many members have removed them", version=2)
    f.reply("delete-2-reply", "DELETE", {"status": [4, 5], "versions": [10, 0], "copies": 3}, "three members have", version=2)
    good = m.encode(m.delete_request, delete)
    for name, raw, error, why in (
            ("writer-0", changed(good, 0, u64(0)), "MALFORMED_BODY", "at least 1"),
            ("op-0", changed(good, 8, u64(0)), "MALFORMED_BODY", "at least 1"),
            ("n-0", changed(good, 20, u32(0)), "LIMIT_EXCEEDED", "at least one item"),
            ("n-4097", changed(good, 20, u32(4_097)), "LIMIT_EXCEEDED", "4,096 items"),
            ("n-past-the-end", changed(good, 20, u32(3)), "MALFORMED_BODY", "more items than bytes"),
            ("pad", changed(good, 29, b"\1"), "MALFORMED_BODY", "pad8 is zeros"),
            ("cut", good[:-1], "MALFORMED_BODY", "one byte is missing"),
            ("trailing", good + b"\0", "TRAILING_BYTES", "a byte behind the body")):
        f.bad_request(f"delete-{name}", "DELETE", raw, error, why)
    updates(f)
    f.request("feed-begin-request", "FEED", {"kind": 1, "collection": "shop"}, "a feed begins")
    f.request("feed-complete-request", "FEED", {"kind": 2, "feed": 5, "collection": "shop"}, "it held the whole collection")
    f.reply("feed-reply", "FEED", {"feed": 5, "shards_incomplete": 1, "shards_in_map": 3}, "one shard is not complete")
    for name, raw, error, why in (
            ("kind-0", {"kind": 0, "collection": "shop"}, "MALFORMED_BODY", "1 or 2"),
            ("kind-3", {"kind": 3, "collection": "shop"}, "MALFORMED_BODY", "1 or 2"),
            ("bytes-1", b"\1" + b"\0\0\0\1\0\0\0" + u64(0) + b"\4shop", "MALFORMED_BODY", "bytes 1-7 are 0"),
            ("begin-with-feed", {"kind": 1, "feed": 5, "collection": "shop"}, "MALFORMED_BODY", "0 at begin"),
            ("collection-empty", {"kind": 1}, "MALFORMED_BODY", "a name has a byte"),
            ("trailing", b"\1" + bytes(15) + b"\4shop\0", "TRAILING_BYTES", "a byte behind the body")):
        f.bad_request(f"feed-{name}", "FEED", raw, error, why)
    f.bad_reply("feed-reply-cut", "FEED", bytes(11), "MALFORMED_BODY", "one byte is missing")
    f.bad_reply("feed-reply-trailing", "FEED", bytes(13), "TRAILING_BYTES", "a byte behind the body")
    return f.vectors


def updates(f):
    """UPDATE: what is set, what is removed, and what may be neither."""
    columns = [(1, "price"), (3, "brand"), (5, "in_stock"), (4, "colours")]
    update = {
        "writer": 9, "op": 3, "collection": "shop", "ids": [42, 7, 12_345], "expected_versions": [0, 3, 0],
        "table": {"columns": columns, "values": {"price": [1_799, None, 5], "brand": [None, "acme", None], "in_stock": [False, True, None],
                                                 "colours": [None, None, ["blue", "red"]]}},
        "removed": {"brand": [True, False, False], "colours": [True, False, False]},
    }
    plain = {"writer": 1, "op": 1, "collection": "shop", "ids": [1, 2], "expected_versions": [0, 0],
             "table": {"columns": [(1, "a")], "values": {"a": [5, None]}}, "removed": {"a": [False, True]}}
    f.request("update-request", "UPDATE", update, "attributes of three items set and removed, one only at version 3")
    f.request("update-request-plain", "UPDATE", plain, "one value set, one removed")
    f.request("update-request-nothing", "UPDATE", without(plain, table={"columns": [], "values": {}}), "neither set nor removed")
    f.request("update-request-none-set", "UPDATE", without(plain, table={"columns": [(6, "t")], "values": {}}, removed={"t": [True, True]}),
              "a text removed twice, no value set")
    f.accept("update-request-shard", ask("UPDATE", without(plain, generation=1), epoch=7), "a coordinator writes to a shard", receiver="shard")
    f.request("update-request-4096", "UPDATE",
              without(plain, ids=list(range(4_096)), expected_versions=[0] * 4_096, removed={},
                      table={"columns": [(1, "a")], "values": {"a": list(range(4_096))}}), "4,096 items")
    f.reply("update-reply", "UPDATE", {"status": [2, 3, 5], "versions": [11, 4, 0]}, "changed; another version; no such item")
    f.request("update-2-request", "UPDATE", plain, "asks how many members have changed them", version=2)
    f.reply("update-2-reply", "UPDATE", {"status": [2, 2], "versions": [11, 4], "copies": 1}, "one member has", version=2)
    good = m.encode(m.update_request, plain)
    # The ids begin at 40, the expected versions at 56, the presence at 72, the values at 80, the removals at 96.
    for name, raw, error, why in (
            ("writer-0", changed(good, 0, u64(0)), "MALFORMED_BODY", "at least 1"),
            ("op-0", changed(good, 8, u64(0)), "MALFORMED_BODY", "at least 1"),
            ("n-0", changed(good, 20, u32(0)), "LIMIT_EXCEEDED", "at least one item"),
            ("n-4097", changed(good, 20, u32(4_097)), "LIMIT_EXCEEDED", "4,096 items"),
            ("n-past-the-end", changed(good, 20, u32(4_096)), "MALFORMED_BODY", "more items than bytes"),
            ("id-twice", changed(good, 48, u64(1)), "DUPLICATE_FIELD", "an id stands once"),
            ("set-and-removed", changed(good, 96, b"\3"), "MALFORMED_BODY", "row 0 has a value to set"),
            ("removed-unused-bit", changed(good, 96, b"\6"), "MALFORMED_BODY", "unused bits are 0"),
            ("removed-pad", changed(good, 97, b"\1"), "MALFORMED_BODY", "pad8 is zeros"),
            ("value-missing", changed(good, 88, u64(1)), "MALFORMED_BODY", "what stands at missing rows is 0"),
            ("cut", good[:-1], "MALFORMED_BODY", "one byte is missing"),
            ("trailing", good + b"\0", "TRAILING_BYTES", "a byte behind the body")):
        f.bad_request(f"update-{name}", "UPDATE", raw, error, why)


def head(columns, strings):
    return (u16(len(columns)) + b"".join(bytes((kind, len(name))) + name for kind, name in columns) + u32(len(strings))
            + b"".join(u16(len(text)) + text for text in strings))


def tables():
    """Tables in UPSERT, byte by byte: one collection name of four bytes puts the head at offset 33."""
    f = File()

    def padded(raw):
        return raw + bytes(-len(raw) % 8)

    def upsert(columns, strings, pieces, n=1, pad=None, counted_head=None):
        start = u64(1) + u64(1) + u32(0) + u32(n) + u16(1) + u16(0) + b"\4shop" + (counted_head or head(columns, strings))
        filler = bytes(-len(start) % 8) if pad is None else pad(-len(start) % 8)
        return start + filler + b"".join(u64(i) for i in range(n)) + bytes(8 * n) + b"".join(map(padded, pieces)) + bytes(4 * n)

    def ok(name, why, *args, canonical=None, **more):
        f.accept(f"table-{name}", ask("UPSERT", upsert(*args, **more)), why, **({} if canonical is None else {"canonical": canonical}))

    def bad(name, error, why, *args, **more):
        f.refuse(f"table-{name}", ask("UPSERT", upsert(*args, **more)), error, why)

    A = [(1, b"a")]
    yes, no = b"\1", b"\0"
    longest = b"x" * 16_384
    ok("int", "an int", A, [], [yes, u64(5)])
    ok("int-negative", "the least i64", A, [], [yes, u64(1 << 63)])
    ok("int-missing", "a missing value is 0", A, [], [no, u64(0)])
    ok("float", "a float64", [(2, b"a")], [], [yes, struct.pack("<d", 0.1)])
    ok("keyword", "an index into the strings", [(3, b"a")], [b"x"], [yes, u32(0)])
    ok("keyword-16384", "the longest keyword", [(3, b"a")], [longest], [yes, u32(0)])
    ok("keyword-with-nul", "any UTF-8 is a string, U+0000 and U+202E too", [(3, b"a")], ["\0\u202e".encode()], [yes, u32(0)])
    ok("text-16384", "the longest text", [(6, b"a")], [longest], [yes, u32(0)])
    ok("set-256", "256 strings", [(4, b"a")], [b"%03d" % i for i in range(256)], [yes, u32(256), b"".join(u32(i) for i in range(256))])
    ok("set-empty", "an empty set is a value", [(4, b"a")], [], [yes, u32(0), b""])
    rows_of_sets = [b"\5", u32(1) + u32(1) + u32(3), u32(1) + u32(0) + u32(1)]
    ok("set-rows-strings-in-other-order", "running ends; strings in another order than the columns name them", [(4, b"a")], [b"x", b"y"],
       rows_of_sets, n=3, canonical=False)
    ok("strings-unused-and-twice", "strings that no column names, or that stand twice, are allowed", [(3, b"a")], [b"x", b"y", b"y"],
       [yes, u32(2)], canonical=False)
    ok("bool-rows", "nine rows take two bytes", [(5, b"a")], [], [b"\xff\1", b"\1\1"], n=9)
    ok("columns-64", "64 columns", [(1, b"a%d" % i) for i in range(64)], [], [yes, u64(1)] * 64)
    bad("columns-65", "LIMIT_EXCEEDED", "64 columns", [(1, b"a%d" % i) for i in range(65)], [], [yes, u64(1)] * 65)
    for kind in (0, 7):
        bad(f"type-{kind}", "MALFORMED_BODY", "types are 1 to 6", [(kind, b"a")], [], [yes, u64(1)])
    bad("name-empty", "MALFORMED_BODY", "a name has a byte", [(1, b"")], [], [yes, u64(1)])
    bad("name-twice", "DUPLICATE_FIELD", "names differ", A * 2, [], [yes, u64(1)] * 2)
    bad("name-twice-other-type", "DUPLICATE_FIELD", "names differ", [(1, b"a"), (5, b"a")], [], [yes, u64(1), yes, no])
    bad("columns-past-the-end", "MALFORMED_BODY", "a count past the end", [], [], [], counted_head=u16(64) + b"\1\1a")
    bad("strings-past-the-end", "MALFORMED_BODY", "a count past the end", [], [], [], counted_head=u16(0) + u32(0xFFFFFFFF))
    bad("string-past-the-end", "MALFORMED_BODY", "a length past the end", [], [], [], counted_head=u16(0) + u32(1) + u16(9_999))
    bad("string-not-utf8", "BAD_UTF8", "strings are UTF-8", [(3, b"a")], [b"\xc3\x28"], [yes, u32(0)])
    bad("string-16385", "LIMIT_EXCEEDED", "16,384 bytes", [(3, b"a")], [longest + b"x"], [yes, u32(0)])
    bad("pad-after-head", "MALFORMED_BODY", "pad8 is zeros", [(1, b"ab")], [], [yes, u64(1)], pad=lambda n: b"\1" * n)
    bad("presence-unused-bit", "MALFORMED_BODY", "unused bits are 0", A, [], [b"\3", u64(5)])
    bad("presence-pad", "MALFORMED_BODY", "pad8 is zeros", A, [], [b"\1\0\0\0\0\0\0\1", u64(5)])
    bad("int-missing-not-0", "MALFORMED_BODY", "a missing value is 0", A, [], [no, u64(5)])
    bad("float-missing-not-0", "MALFORMED_BODY", "a missing value is 0", [(2, b"a")], [], [no, struct.pack("<d", 1.0)])
    bad("float-missing-negative-zero", "MALFORMED_BODY", "a missing value has all bits 0", [(2, b"a")], [], [no, struct.pack("<d", -0.0)])
    for label, value in (("nan", float("nan")), ("infinity", float("inf")), ("minus-infinity", float("-inf"))):
        bad(f"float-{label}", "NON_FINITE_VALUE", "floats are finite", [(2, b"a")], [], [yes, struct.pack("<d", value)])
    bad("keyword-index", "MALFORMED_BODY", "an index below the number of strings", [(3, b"a")], [b"x"], [yes, u32(1)])
    bad("keyword-without-strings", "MALFORMED_BODY", "an index below the number of strings", [(3, b"a")], [], [yes, u32(0)])
    bad("keyword-missing-not-0", "MALFORMED_BODY", "a missing value is 0", [(3, b"a")], [b"x", b"y"], [no, u32(1)])
    bad("keyword-pad", "MALFORMED_BODY", "pad8 is zeros", [(3, b"a")], [b"x"], [yes, u32(0) + u32(1)])
    bad("text-index", "MALFORMED_BODY", "an index below the number of strings", [(6, b"a")], [b"x"], [yes, u32(1)])
    bad("bool-unused-bit", "MALFORMED_BODY", "unused bits are 0", [(5, b"a")], [], [yes, b"\2"])
    bad("bool-missing-not-0", "MALFORMED_BODY", "a missing value is 0", [(5, b"a")], [], [no, b"\1"])
    S = [(4, b"a")]
    bad("set-descending-ends", "MALFORMED_BODY", "running ends never decrease", S, [b"x"], [b"\3", u32(1) + u32(0), u32(0)], n=2)
    bad("set-missing-adds", "MALFORMED_BODY", "a missing row adds none", S, [b"x"], [no, u32(1), u32(0)])
    bad("set-index", "MALFORMED_BODY", "an index below the number of strings", S, [b"x"], [yes, u32(1), u32(1)])
    bad("set-descending", "MALFORMED_BODY", "ascending by bytes", S, [b"x", b"y"], [yes, u32(2), u32(1) + u32(0)])
    bad("set-repeated", "MALFORMED_BODY", "no repeats", S, [b"x"], [yes, u32(2), u32(0) + u32(0)])
    bad("columns-65-past-the-end", "LIMIT_EXCEEDED", "the limit first, then what is left", [], [], [], counted_head=u16(65) + b"\1\1a")
    bad("string-16385-past-the-end", "LIMIT_EXCEEDED", "the limit first, then what is left", [], [], [], counted_head=u16(0) + u32(1) + u16(16_385))
    bad("float-missing-nan", "MALFORMED_BODY", "of a missing value only that it is 0 is asked", [(2, b"a")], [],
        [no, struct.pack("<d", float("nan"))])
    bad("float-second-row", "NON_FINITE_VALUE", "the element that breaks the rule", [(2, b"a")], [],
        [b"\3", struct.pack("<dd", 1.0, float("inf"))], n=2)
    bad("presence-unused-bit-of-second-byte", "MALFORMED_BODY", "the byte with the bit", [(5, b"a")], [], [b"\xff\3", b"\1\1"], n=9)
    bad("set-repeated-by-value", "MALFORMED_BODY", "two indexes of the same bytes are a repeat", S, [b"x", b"x"], [yes, u32(2), u32(0) + u32(1)])
    bad("set-257", "LIMIT_EXCEEDED", "256 strings", S, [b"%03d" % i for i in range(257)], [yes, u32(257), b"".join(u32(i) for i in range(257))])
    bad("set-end-past-the-end", "LIMIT_EXCEEDED", "256 strings; nothing is reserved for the number", S, [b"x"], [yes, u32(0xFFFFFFFF)])
    bad("set-indexes-past-the-end", "MALFORMED_BODY", "a count past the end", S, [b"x"], [yes, u32(256)])
    return f.vectors


SHARDS = [{"id": i, "weight": 100, "address": f"127.0.0.1:{7_700 + i}"} for i in range(3)]
MAP = {"epoch": 7, "cluster_id": CLUSTER, "shards": SHARDS, "owners": [s * 3 // 4_096 for s in range(4_096)]}
STATUS_SHARD = {
    "role": 2, "state": 1, "shard": 1, "epoch": 7, "uptime_us": 5_000_000, "cluster_id": CLUSTER, "incarnation": INCARNATION,
    "program": "winnowd/1.0", "collections": [{"name": "shop", "generation": 1, "items": 1_000, "memory_bytes": 500_000}],
    "links": [{"peer": "clients", "frames_out": 9, "raw_bytes_out": 900, "wire_bytes_out": 700, "frames_in": 8, "raw_bytes_in": 80,
               "wire_bytes_in": 80}],
}
STATUS_COORDINATOR = without(STATUS_SHARD, role=1, shard=0xFFFF, collections=[{
    "name": "shop", "generation": 1, "items": 3_000, "memory_bytes": 1_500_000, "model": 0x0123456789ABCDEF}], shards=[
        {"id": i, "slots": s, "state": 1 + (i == 2), "cause": int(i == 2), "items": 1_000, "incarnation": INCARNATION if i != 2 else bytes(16),
         "address": f"127.0.0.1:{7_700 + i}"} for i, s in ((0, 1_366), (1, 1_365), (2, 1_365))])


def nodes():
    f = File()
    f.reply("status-reply-coordinator", "STATUS", STATUS_COORDINATOR, "three shards, one of them unreachable")
    f.reply("status-reply-shard", "STATUS", STATUS_SHARD, "a shard")
    f.request("status-3-request", "STATUS", {}, "the members of shards are asked for", version=3)
    three = {**STATUS_COORDINATOR, "members": [
        {"shard_of_member": 1, "is_primary": 1, "in_sync": 1, "connected": 1, "term": 4, "address": "10.0.0.1:7701"},
        {"shard_of_member": 1, "lag": 17, "term": 4, "address": "10.0.0.2:7701"}]}
    f.reply("status-3-reply", "STATUS", three, "a shard of two members, one of which is away", version=3)
    f.bad_reply("status-3-reply-flag", "STATUS", {**three, "members": [{"in_sync": 2}]}, "MALFORMED_BODY", "a flag is 0 or 1", version=3)
    f.reply("status-reply-empty-shard", "STATUS", {"role": 2, "state": 1, "shard": 0xFFFF}, "a shard without a cluster")
    f.reply("status-reply-unknown-states", "STATUS", without(STATUS_COORDINATOR, shards=[{"state": 77, "cause": 88, "address": "h:1"}]),
            "unknown states and causes are kept")
    f.accept("status-request-shard", STATUS_1, "anyone asks a shard", receiver="shard")
    f.bad_request("status-body", "STATUS", b"\0", "TRAILING_BYTES", "the body is empty")
    good = m.encode(m.status_reply, STATUS_COORDINATOR)
    for name, raw, error, why in (
            ("role-0", changed(good, 0, b"\0"), "MALFORMED_BODY", "1 or 2"),
            ("collections-past-the-end", good[:61] + u16(64), "MALFORMED_BODY", "a count past the end"),
            ("collections-65", good[:61] + u16(65), "LIMIT_EXCEEDED", "64 collections"),
            ("program-not-utf8", changed(good, 50, b"\xff"), "BAD_UTF8", "text is UTF-8"),
            ("cut", good[:-1], "MALFORMED_BODY", "one byte is missing"),
            ("trailing", good + b"\0", "TRAILING_BYTES", "a byte behind the body")):
        f.bad_reply(f"status-reply-{name}", "STATUS", raw, error, why)
    f.request("shard-map-read-request", "SHARD_MAP", {"kind": 1}, "read the map")
    f.accept("shard-map-install-request", ask("SHARD_MAP", without(MAP, kind=2, shard=1), epoch=7), "give a shard the map and its id",
             receiver="shard")
    f.reply("shard-map-reply", "SHARD_MAP", without(MAP, has_map=1), "the first map of three shards")
    f.reply("shard-map-reply-none", "SHARD_MAP", {}, "no map yet")
    f.reply("shard-map-reply-one", "SHARD_MAP", without(MAP, has_map=1, shards=SHARDS[:1], owners=[0] * 4_096), "one shard")
    f.reply("shard-map-reply-256", "SHARD_MAP", without(MAP, has_map=1, epoch=0xFFFFFFFF, shards=[
        {"id": 65_280 + i, "address": f"shard-{i}.example:7700"} for i in range(256)], owners=[s // 16 for s in range(4_096)]), "256 shards")
    f.reply("shard-map-reply-address-255", "SHARD_MAP", without(MAP, has_map=1, shards=[{"address": "h" * 250 + ":7700"}], owners=[0] * 4_096),
            "an address of 255 bytes")
    f.reply("shard-map-reply-ipv6", "SHARD_MAP", without(MAP, has_map=1, shards=[{"address": "[::1]:65535"}], owners=[0] * 4_096),
            "an IPv6 host stands in brackets")
    f.reply("shard-map-reply-replica", "SHARD_MAP", without(MAP, has_map=1, shards=[{"address": "h:1", "replicas": ["h:2", "h:3"]}], owners=[0] * 4_096),
            "receivers read past replicas")
    install = m.encode(m.shard_map_request, without(MAP, kind=2, shard=1))

    def bad(name, raw, error, why, **changes):
        if raw is None:
            owners = {"owners": [0] * 4_096} if "shards" in changes else {}
            raw = m.encode(m.shard_map_request, {**MAP, "kind": 2, "shard": 1, **owners, **changes})
        f.bad_request(f"shard-map-{name}", "SHARD_MAP", raw, error, why, receiver="shard")

    bad("kind-0", b"\0\0\0\0", "MALFORMED_BODY", "1 or 2")
    bad("kind-3", b"\3\0\0\0", "MALFORMED_BODY", "1 or 2")
    bad("byte-1", b"\1\1\0\0", "MALFORMED_BODY", "byte 1 is 0")
    bad("read-with-shard", b"\1\0\1\0", "MALFORMED_BODY", "0 in a read")
    bad("read-with-map", b"\1\0\0\0" + install[4:], "TRAILING_BYTES", "a read has no map")
    bad("install-without-map", b"\2\0\1\0", "MALFORMED_BODY", "an install has a map")
    bad("epoch-0", None, "MALFORMED_BODY", "an epoch is at least 1", epoch=0)
    bad("cluster-zero", None, "MALFORMED_BODY", "a map belongs to a cluster", cluster_id=bytes(16))
    bad("shards-none", None, "MALFORMED_BODY", "at least one shard", shards=[])
    bad("shards-257", None, "MALFORMED_BODY", "256 shards", shards=[{"id": i, "address": f"h:{i + 1}"} for i in range(257)])
    bad("shard-twice", None, "MALFORMED_BODY", "ids ascend", shards=[SHARDS[0], SHARDS[0]])
    bad("shards-descending", None, "MALFORMED_BODY", "ids ascend", shards=[SHARDS[1], SHARDS[0]])
    bad("address-twice", None, "MALFORMED_BODY", "addresses differ", shards=[SHARDS[0], without(SHARDS[1], address=SHARDS[0]["address"])])
    bad("address-256", None, "MALFORMED_BODY", "255 bytes", shards=[{"address": "h" * 251 + ":7700"}])
    for label, address in {"empty": "", "not-ascii": "hö:1", "blank": "h h:1", "no-port": "h", "no-host": ":1", "port-0": "h:0",
                           "port-65536": "h:65536", "port-01": "h:01", "port-name": "h:http", "bare-ipv6": "::1:7700"}.items():
        bad(f"address-{label}", None, "MALFORMED_BODY", "HOST:PORT of printable ASCII", shards=[{"address": address}])
    bad("address-not-utf8", None, "BAD_UTF8", "text is UTF-8", shards=[{"address": b"h\xff:1"}])
    bad("owner", None, "MALFORMED_BODY", "an index into the shards", owners=[0] * 4_095 + [3])
    bad("cut", install[:-1], "MALFORMED_BODY", "one byte is missing")
    bad("trailing", install + b"\0", "TRAILING_BYTES", "a byte behind the body")
    f.bad_reply("shard-map-reply-has-2", "SHARD_MAP", b"\2\0\0\0", "MALFORMED_BODY", "0 or 1")
    f.bad_reply("shard-map-reply-bytes-1", "SHARD_MAP", b"\0\0\0\1", "MALFORMED_BODY", "bytes 1-3 are 0")
    f.bad_reply("shard-map-reply-none-with-map", "SHARD_MAP", b"\0\0\0\0\1", "TRAILING_BYTES", "no map follows")
    f.request("metrics-request", "METRICS", {}, "an empty body")
    f.request("metrics-request-shard", "METRICS", {}, "an empty body", receiver="shard")
    f.reply("metrics-reply", "METRICS", {"text": "# TYPE winnow_frames_total counter\nwinnow_frames_total 12\n"}, "Prometheus text")
    f.bad_request("metrics-body", "METRICS", b"\0", "TRAILING_BYTES", "the body is empty")
    f.bad_reply("metrics-reply-past-the-end", "METRICS", u32(5) + b"abcd", "MALFORMED_BODY", "a count past the end")
    f.bad_reply("metrics-reply-not-utf8", "METRICS", u32(2) + b"\xc3\x28", "BAD_UTF8", "text is UTF-8")
    f.bad_reply("metrics-reply-trailing", "METRICS", u32(0) + b"\0", "TRAILING_BYTES", "a byte behind the body")
    f.request("position-request", "POSITION", {}, "an empty body", receiver="shard")
    f.bad_request("position-at-coordinator", "POSITION", {}, "UNKNOWN_OPCODE", "shards serve this")
    f.bad_request("position-body", "POSITION", b"\0", "TRAILING_BYTES", "the body is empty", receiver="shard")
    f.reply("position-reply", "POSITION", {"claim": 0x65000000DEADBEEF, "position": 1_000}, "a claim and the last durable record")
    f.reply("position-reply-largest", "POSITION", {"claim": U64, "position": U64}, "the largest numbers")
    f.bad_reply("position-reply-cut", "POSITION", u64(1) + bytes(7), "MALFORMED_BODY", "one byte is missing")
    f.bad_reply("position-reply-trailing", "POSITION", u64(1) + u64(1) + b"\0", "TRAILING_BYTES", "a byte behind the body")
    told = {"catalogue_revision": 41, "plan_revision": 6}
    f.request("position-2-request", "POSITION", told, "the revisions of the coordinator's directory", receiver="shard", version=2)
    f.request("position-2-request-none", "POSITION", {"catalogue_revision": 0, "plan_revision": 0}, "the shard is told nothing",
              receiver="shard", version=2)
    f.bad_request("position-2-request-cut", "POSITION", u64(1) + bytes(7), "MALFORMED_BODY", "one byte is missing", receiver="shard",
                  version=2)
    f.bad_request("position-1-of-version-2", "POSITION", u64(1) + u64(1), "TRAILING_BYTES", "a body of version 2 that says it is of version 1",
                  receiver="shard")
    f.bad_request("position-version-3", "POSITION", u64(1) + u64(1), "UNKNOWN_BODY_VERSION", "versions 1 and 2 are known",
                  receiver="shard", version=3)
    f.reply("position-2-reply", "POSITION", {"claim": 0x65000000DEADBEEF, "position": 1_000, "catalogue_revision": 42, "plan_revision": U64},
            "a shard that was told later revisions", version=2)
    f.bad_reply("position-2-reply-cut", "POSITION", u64(1) + u64(1), "MALFORMED_BODY", "the revisions are missing", version=2)
    group = {"term": 3, "primary": 1, "data": bytes(range(16)), "nodes": [0xAA, 0xBB], "in_sync": [0, 1]}
    members = [{"address": "10.0.0.1:7701"}, {"address": "10.0.0.2:7701"}]
    head = {"shard": 2, "place": 0, "heir": 255}
    f.request("group-request-none", "GROUP", {**head, "members": members}, "a shard that has no group yet", receiver="shard")
    f.request("group-request", "GROUP", {**head, "has_group": 1, "revision": 17, "echo": 4, "members": members, **group},
              "a group of two, one of them in sync", receiver="shard")
    f.request("group-request-heir", "GROUP", {**head, "place": 1, "heir": 0, "has_group": 1, "revision": U64, "echo": U64, "members": members,
                                              **group, "in_sync": [1, 1]}, "the primary is to hand over to the first member", receiver="shard")
    f.request("group-request-client", "GROUP", {"shard": 2, "heir": 1}, "a client lets another member take the writes")
    f.bad_request("group-place", "GROUP", {**head, "place": 8, "members": members}, "MALFORMED_BODY", "a place is 0 to 7", receiver="shard")
    f.bad_request("group-term", "GROUP", {**head, "has_group": 1, "members": members, **group, "term": 0}, "MALFORMED_BODY", "a term is 1 or more",
                  receiver="shard")
    f.bad_request("group-primary", "GROUP", {**head, "has_group": 1, "members": members, **group, "primary": 0}, "MALFORMED_BODY",
                  "the primary is in sync", receiver="shard")
    f.bad_request("group-state", "GROUP", {**head, "has_group": 1, "members": members, **group, "in_sync": [2, 1]}, "MALFORMED_BODY",
                  "a member is in sync or not", receiver="shard")
    f.bad_request("group-trailing", "GROUP", m.encode(m.group_request, {**head, "members": members}) + b"\0", "TRAILING_BYTES",
                  "a byte behind the body", receiver="shard")
    told = {"node": 0xAA, "number": 5, "position": 1_000, "term_of_history": 2, "epoch": 9}
    f.reply("group-reply", "GROUP", {**told, "assured": 1}, "a member that wants nothing")
    f.reply("group-reply-wants", "GROUP", {**told, "wants": 1, "expected": 17, **group, "term": 4, "primary": 0, "in_sync": [1, 0]},
            "a member that takes over")
    f.reply("group-reply-leaving", "GROUP", {"node": U64, "number": U64, "position": U64, "term_of_history": U32, "epoch": U32, "leaving": 1},
            "the largest numbers")
    f.bad_reply("group-reply-cut", "GROUP", u64(1) + bytes(7), "MALFORMED_BODY", "one byte is missing")
    f.bad_reply("group-reply-flag", "GROUP", {**told, "assured": 2}, "MALFORMED_BODY", "a flag is 0 or 1")
    sends = {"sender": 1, "shard": 2, "term": 3}
    f.request("replicate-greet", "REPLICATE", {**sends, "kind": 1}, "a greeting", receiver="shard")
    f.request("replicate-append", "REPLICATE", {**sends, "kind": 2, "position": 41, "echo": 9, "grant_us": 900_000, "records": [{"record": b"\x5f\1\2"}, {"record": b"\x5b"}]},
              "two records", receiver="shard")
    f.request("replicate-append-none", "REPLICATE", {**sends, "kind": 2, "position": 41}, "a sign of life", receiver="shard")
    f.request("replicate-copy", "REPLICATE", {**sends, "kind": 3, "position": 1, "records": [{"record": b"\x5e" + u64(7)}]}, "the first piece of a copy",
              receiver="shard")
    f.request("replicate-copied", "REPLICATE", {**sends, "kind": 4, "position": U64, "terms": [{"first_term": 1, "first_position": 1},
                                                                                          {"first_term": U32, "first_position": U64}]},
              "a copy is whole", receiver="shard")
    f.request("replicate-check", "REPLICATE", {**sends, "kind": 5, "position": 43}, "what the member holds is to be pinned", receiver="shard")
    f.request("replicate-sum", "REPLICATE", {**sends, "kind": 6, "position": 43}, "the digest of it", receiver="shard")
    f.bad_request("replicate-at-coordinator", "REPLICATE", {**sends, "kind": 1}, "UNKNOWN_OPCODE", "shards serve this")
    f.bad_request("replicate-kind", "REPLICATE", {**sends, "kind": 7}, "MALFORMED_BODY", "a kind is 1 to 6", receiver="shard")
    f.bad_request("replicate-term", "REPLICATE", {**sends, "kind": 1, "term": 0}, "MALFORMED_BODY", "a term is 1 or more", receiver="shard")
    f.bad_request("replicate-sender", "REPLICATE", {**sends, "kind": 1, "sender": 8}, "MALFORMED_BODY", "a place is 0 to 7", receiver="shard")
    f.bad_request("replicate-count", "REPLICATE", b"\2\1" + u16(2) + u32(3) + u64(0) + u64(0) + u32(0) + u16(2) + u32(1) + b"\0", "MALFORMED_BODY",
                  "a count past the end", receiver="shard")
    f.reply("replicate-reply", "REPLICATE", {"node": 0xAA, "position": 43, "term_of_history": 3, "number": 9}, "how far a member is")
    f.reply("replicate-reply-leaving", "REPLICATE", {"node": U64, "position": U64, "term_of_history": U32, "leaving": 1, "number": U64}, "a member that goes away")
    f.reply("replicate-reply-digest", "REPLICATE", {"node": 0xAA, "position": 43, "term_of_history": 3, "has_digest": 1, "items": 7, "digest": bytes(range(32))},
            "what a member holds")
    f.bad_reply("replicate-reply-cut", "REPLICATE", u64(1) + bytes(7), "MALFORMED_BODY", "bytes are missing")
    f.bad_reply("replicate-reply-flag", "REPLICATE", {"node": 1, "leaving": 2}, "MALFORMED_BODY", "a flag is 0 or 1")
    f.defaults = {"negotiated": ECHO}
    f.request("echo-request", "ECHO", {"data": bytes(range(16))}, "any bytes")
    f.request("echo-request-empty", "ECHO", {}, "no bytes")
    f.request("echo-request-65536", "ECHO", {"data": bytes(65_536)}, "65,536 bytes")
    f.request("echo-request-shard", "ECHO", {"data": b"x"}, "shards echo too", receiver="shard")
    f.reply("echo-reply", "ECHO", {"data": bytes(range(16))}, "the same bytes")
    f.bad_request("echo-65537", "ECHO", bytes(65_537), "LIMIT_EXCEEDED", "65,536 bytes")
    f.bad_reply("echo-reply-65537", "ECHO", bytes(65_537), "LIMIT_EXCEEDED", "65,536 bytes")
    return f.vectors


GENERATION = {"generation": 5, "state": 1, "items": 3_000, "memory_bytes": 1_048_576, "digest": bytes(range(32)),
              "model": 0x0123456789ABCDEF, "shards": 3, "shards_in_map": 3}
ACTIVATE = {"kind": 4, "generation": 5, "items": 3_000, "digest": bytes(range(32)), "collection": "shop"}


def generations():
    f = File()

    def bad(name, error, why, fields, raw=None):
        f.bad_request(f"generation-{name}", "GENERATION", fields if raw is None else raw, error, why)

    stage = without(SCHEMA, kind=2, collection="shop")
    f.request("generation-list-request", "GENERATION", {"kind": 1, "collection": "shop"}, "what there is")
    f.request("generation-stage-request", "GENERATION", stage, "an empty generation beside the active one")
    f.request("generation-measure-request", "GENERATION", {"kind": 3, "generation": 5, "collection": "shop"}, "count and digest")
    f.accept("generation-measure-request-shard", ask("GENERATION", {"kind": 3, "generation": 5, "collection": "shop"}, epoch=7),
             "of one shard", receiver="shard")
    f.request("generation-activate-request", "GENERATION", ACTIVATE, "switch, if every shard has what was sent")
    f.request("generation-activate-empty-request", "GENERATION", without(ACTIVATE, items=0, digest=bytes(32)), "of nothing, or the way back")
    f.request("generation-discard-request", "GENERATION", {"kind": 5, "generation": 0xFFFFFFFF, "collection": "shop"}, "the largest number")
    good, staged = m.encode(m.generation_request, ACTIVATE), m.encode(m.generation_request, stage)
    bad("kind-0", "MALFORMED_BODY", "1 to 5", {"kind": 0, "collection": "shop"})
    bad("kind-6", "MALFORMED_BODY", "1 to 5", {"kind": 6, "collection": "shop"})
    bad("bytes-1", "MALFORMED_BODY", "bytes 1-3 are 0", None, changed(good, 3, b"\1"))
    bad("list-with-generation", "MALFORMED_BODY", "0 in a list", {"kind": 1, "generation": 5, "collection": "shop"})
    bad("stage-with-generation", "MALFORMED_BODY", "the coordinator gives the number", without(stage, generation=5))
    for kind, name in ((3, "measure"), (4, "activate"), (5, "discard")):
        bad(f"{name}-generation-0", "MALFORMED_BODY", "at least 1", {"kind": kind, "collection": "shop"})
    bad("measure-with-items", "MALFORMED_BODY", "0 in a measure", {"kind": 3, "generation": 5, "items": 1, "collection": "shop"})
    bad("discard-with-digest", "MALFORMED_BODY", "zeros in a discard", {"kind": 5, "generation": 5, "digest": bytes(31) + b"\1", "collection": "shop"})
    bad("stage-without-schema", "MALFORMED_BODY", "a stage has a schema", None, staged[:53])
    bad("stage-dimension-0", "LIMIT_EXCEEDED", "1 to 4,096", without(stage, dimension=0))
    bad("activate-with-schema", "TRAILING_BYTES", "only a stage has a schema", None, good + staged[53:])
    bad("collection-empty", "MALFORMED_BODY", "a name has a byte", {"kind": 1})
    bad("cut", "MALFORMED_BODY", "one byte is missing", None, good[:-1])
    f.reply("generation-reply", "GENERATION", {"generations": [
        without(GENERATION, generation=4, state=3, digest=bytes(32)), GENERATION]}, "the active one and the previous")
    f.reply("generation-reply-none", "GENERATION", {}, "a list of nothing")
    f.reply("generation-reply-state-200", "GENERATION", {"generations": [without(GENERATION, state=200)]}, "unknown states are kept")
    one = m.encode(m.generation_reply, {"generations": [GENERATION]})
    f.bad_reply("generation-reply-bytes-5", "GENERATION", changed(one, 7, b"\1"), "MALFORMED_BODY", "bytes 5-7 of a generation are 0")
    f.bad_reply("generation-reply-past-the-end", "GENERATION", changed(one, 0, u16(2)), "MALFORMED_BODY", "a count past the end")
    f.bad_reply("generation-reply-65", "GENERATION", changed(one, 0, u16(65)), "LIMIT_EXCEEDED", "64 generations")
    f.bad_reply("generation-reply-cut", "GENERATION", one[:-1], "MALFORMED_BODY", "one byte is missing")
    f.bad_reply("generation-reply-trailing", "GENERATION", one + b"\0", "TRAILING_BYTES", "a byte behind the body")
    worded = {**stage, **TEXT}
    f.request("generation-2-stage-request", "GENERATION", worded, "a generation that is searched by words", version=2)
    f.request("generation-2-stage-request-none", "GENERATION", stage, "one that is not", version=2)
    f.request("generation-2-list-request", "GENERATION", {"kind": 1, "collection": "shop"}, "as in version 1", version=2)
    f.bad_request("generation-2-stage-no-text", "GENERATION", without(worded, text_attributes=["title", "in_stock"]), "UNKNOWN_ATTRIBUTE",
                  "a bool holds no text", version=2)
    f.bad_request("generation-2-of-version-1", "GENERATION", staged, "MALFORMED_BODY", "a body of version 1 that says it is of version 2", version=2)
    f.reply("generation-2-reply", "GENERATION", {"generations": [GENERATION]}, "as in version 1", version=2)
    return f.vectors


SLOTS = [1 << 3 | 1 << 63] + [0] * 62 + [1 << 63]
PART = {**{key: UPSERT[key] for key in ("dimension", "rerank_dimension", "collection", "table", "ids", "embeddings", "rerank_vectors")},
        "generation": 1, "versions": [4, 9, 2], "gone_ids": [77, 78], "gone_versions": [5, 6], "part_slots": [3, 63, 4_095],
        "slot_versions": [9, 6, 0], "writers": [1, U64], "ops": [8, 1], "answer_ends": [2, 3], "answer_ids": [42, 77, 12_345],
        "answer_versions": [4, 0, 2], "answer_statuses": [1, 5, 2]}
PART_PLAIN = {"generation": 1, "collection": "shop"}


EVENTS = [
    {"user": 7, "item": 42, "time": 1_764_000_000_000_000, "request": 99, "value": 1.5, "place": 3, "event": 5},
    {"user": 7, "time": 1_764_000_000_000_001, "event": 7, "text": "blaue Kopfhörer"},
    {"user": U64, "item": U64, "time": 0, "request": U64, "value": -0.0, "place": 65_535, "event": 8},
]
EVENT = {"writer": 0x1122334455667788, "op": 3, "collection": "shop", "events": EVENTS}
KEPT = {"history_length": 100, "keep_days": 90, "events_per_minute": 600}


def packed_events(*events):
    return b"".join(m.encode(m.event, {"time": 0, **event}) for event in events)


HISTORY = {"user": 7, "version": 12, "begun": 1_763_000_000_000_000, "first": 5, "last": 1_764_000_000_000_001, "minute": 29_400_000,
           "minute_events": 2, "counts": [0, 9, 0, 1, 1, 0, 1, 0], "events": packed_events(*EVENTS[:2])}
HISTORIES = {"has_histories": 1, **KEPT, "latest": 1_764_000_000_000_009, "histories": [HISTORY, {"user": U64, "begun": 9, "marked": 1, "counts": [2**32 - 1] * 8}],
             "forgotten": [{"slot": 4_095, "fingerprint": U64, "time": 9}],
             "answers": [{"writer": 1, "op": 2, "user": 7, "counts": 1, "about_user": 1}, {"writer": U64, "op": 1}]}


def events():
    f = File()

    def ok(name, why, **changes):
        f.request(f"event-request{name}", "EVENT", without(EVENT, **changes), why)

    def bad(name, error, why, raw=None, **changes):
        f.bad_request(f"event-{name}", "EVENT", without(EVENT, **changes) if raw is None else raw, error, why)

    def bad_event(name, error, why, **fields):
        bad(name, error, why, events=[{"user": 1, "event": 2, **fields}])

    ok("", "a purchase, a search, an item that is hidden")
    for kind in range(1, 9):
        ok(f"-kind-{kind}", "each kind", events=[{"user": 1, "item": int(kind != 7), "time": 1, "event": kind}])
    ok("-1000", "1,000 events", events=[{"user": user, "item": 5, "time": 1, "event": 2} for user in range(1_000)])
    ok("-text-1024", "the longest text", events=[{"user": 1, "time": 1, "event": 7, "text": "x" * 1_024}])
    f.accept("event-request-shard", ask("EVENT", without(EVENT, received=1_764_000_000_000_009, **KEPT), epoch=7), "with clock and settings", receiver="shard")
    bad("writer-0", "MALFORMED_BODY", "at least 1", writer=0)
    bad("op-0", "MALFORMED_BODY", "at least 1", op=0)
    bad("n-0", "LIMIT_EXCEEDED", "at least one event", events=[])
    bad("n-1001", "LIMIT_EXCEEDED", "1,000 events", events=[{"user": 1, "event": 2}] * 1_001)
    bad("received-negative", "MALFORMED_BODY", "no time is before 1970", received=-1)
    bad("history-length-501", "LIMIT_EXCEEDED", "500 at most", history_length=501)
    bad("keep-days-3651", "LIMIT_EXCEEDED", "3,650 at most", keep_days=3_651)
    bad("events-per-minute-1000001", "LIMIT_EXCEEDED", "1,000,000 at most", events_per_minute=1_000_001)
    for kind in (0, 9, 255):
        bad_event(f"kind-{kind}", "MALFORMED_BODY", "1 to 8", event=kind)
    bad_event("time-negative", "MALFORMED_BODY", "no time is before 1970", time=-1)
    bad_event("value-nan", "NON_FINITE_VALUE", "a value is finite", value=float("nan"))
    bad_event("fast-2", "MALFORMED_BODY", "0 or 1", fast=2)
    bad_event("search-with-item", "MALFORMED_BODY", "a search has no item", event=7, item=1)
    bad_event("view-with-text", "MALFORMED_BODY", "only a search has a text", text="x")
    bad_event("text-1025", "LIMIT_EXCEEDED", "1,024 bytes", event=7, text="x" * 1_025)
    bad_event("text-not-utf8", "BAD_UTF8", "a text is UTF-8", event=7, text=b"\xff")
    plain = m.encode(m.event_request, EVENT)
    bad("cut", "MALFORMED_BODY", "one byte is missing", plain[:-1])
    bad("trailing", "TRAILING_BYTES", "a byte behind the body", plain + b"\0")
    f.reply("event-reply", "EVENT", {"durability": 1, "accepted": 3, "fast": 1, "too_old": 4, "in_future": 5, "forgotten": 6}, "what became of them")
    f.reply("event-reply-not-executed", "EVENT", {"replayed": 1, "unknown_items": 1, "not_executed": 2, "unknown": 3}, "shards that did not answer")
    f.bad_reply("event-reply-durability-2", "EVENT", {"durability": 2}, "MALFORMED_BODY", "0 or 1")

    for kind, name in ((1, "get"), (2, "forget"), (3, "settings"), (4, "list")):
        f.request(f"history-{name}-request", "HISTORY", {"kind": kind, "user": 7, "collection": "shop", **KEPT}, "each kind")
    f.accept("history-list-request-shard", ask("HISTORY", {"kind": 4, "continued": 1, "slot": 4_095, "user": U64, "now": 5, "collection": "shop"}, epoch=7), "the last slot goes on", receiver="shard")

    def bad_history(name, error, why, **fields):
        f.bad_request(f"history-{name}", "HISTORY", {"kind": 1, "user": 7, "collection": "shop", **fields}, error, why)

    bad_history("kind-0", "MALFORMED_BODY", "1 to 4", kind=0)
    bad_history("kind-5", "MALFORMED_BODY", "1 to 4", kind=5)
    bad_history("continued-2", "MALFORMED_BODY", "0 or 1", continued=2)
    bad_history("slot-4096", "MALFORMED_BODY", "0 to 4,095", slot=4_096)
    bad_history("now-negative", "MALFORMED_BODY", "no time is before 1970", now=-1)
    bad_history("history-length-501", "LIMIT_EXCEEDED", "500 at most", history_length=501)
    bad_history("without-collection", "MALFORMED_BODY", "a name has a byte", collection="")
    f.reply("history-get-reply", "HISTORY", {**KEPT, "in_model": 1, "histories": [HISTORY]}, "a history of two events")
    f.reply("history-get-reply-none", "HISTORY", KEPT, "nothing is kept")
    f.reply("history-list-reply", "HISTORY", {**KEPT, "more": 1, "histories": HISTORIES["histories"]}, "a slot with more")
    f.reply("history-forget-reply", "HISTORY", {**KEPT, "receipts": [
        {"shard": 0, "state": 1, "histories": 1, "events": 2, "at": 1_764_000_000_000_009, "position": 88}, {"shard": 1, "state": 3}, {"shard": 2, "state": 200}]},
        "done, not reached; unknown states are kept")
    f.bad_reply("history-reply-events-descend", "HISTORY", {"histories": [{"events": packed_events(EVENTS[1], EVENTS[0])}]}, "MALFORMED_BODY", "events ascend by time")
    f.bad_reply("history-reply-events-cut", "HISTORY", {"histories": [{"events": packed_events(EVENTS[0])[:-1]}]}, "MALFORMED_BODY", "whole events")

    def part(name, why, **fields):
        f.accept(f"transfer-2-{name}", ask("TRANSFER", {"kind": 4, "transfer": 5, "part": 1, **PART_PLAIN, **fields}, epoch=7, version=2), why, receiver="shard")

    part("write-request", "histories, who was forgotten, answers", **HISTORIES)
    part("write-request-without", "no histories")
    f.accept("transfer-2-digest-request", ask("TRANSFER", {"kind": 7, "slots": SLOTS, "collection": "shop"}, epoch=7, version=2), "of the histories", receiver="shard")
    f.reply("transfer-2-read-reply", "TRANSFER", {"state": 3, "has_part": 1, "part": 2, **PART_PLAIN, **HISTORIES}, "a part of histories", version=2)
    f.refuse("transfer-2-slot-4096", ask("TRANSFER", {"kind": 4, "transfer": 5, "part": 1, **PART_PLAIN, "has_histories": 1, "forgotten": [{"slot": 4_096}]}, epoch=7, version=2),
             "MALFORMED_BODY", "0 to 4,095", receiver="shard")
    stored = without(HISTORIES, answers=[])
    f.request("snapshot-2-write-request", "SNAPSHOT", {"kind": 4, **PART_PLAIN, **stored}, "histories go back", version=2)
    f.bad_request("snapshot-2-with-answers", "SNAPSHOT", {"kind": 4, **PART_PLAIN, **HISTORIES}, "MALFORMED_BODY", "a snapshot knows nothing of writers", version=2)
    return f.vectors


SUGGESTED = {"model": 0x0123456789ABCDEF, "known": 12_000, "history": 1, "prefix": "red ru", "attribute": "category", "queries": [
    {"source": 2, "text": "Red rug", "preference": 0.25, "categories": []},
    {"source": 1, "users": 120, "preference": 0.5, "text": "red running shoes", "categories": ["sneakers", "boots"]}],
    "categories": [{"share": 0.75, "preference": 0.5, "name": "sneakers"}, {"share": 0.25, "preference": 0.0, "name": "boots"}],
    "waterfall": [{"phase": 1, "shard": 0xFFFF, "start_us": 0, "duration_us": 12}, {"phase": 13, "shard": 0xFFFF, "start_us": 20, "duration_us": 400}]}


def suggestions():
    f = File()
    good = {"user": 7, "who": 1, "k": 8, "collection": "shop", "prefix": "red ru"}
    f.request("suggest-request", "SUGGEST", good, "a shopper has begun to type")
    f.request("suggest-request-stranger", "SUGGEST", without(good, user=0, who=0), "without a shopper")
    f.request("suggest-request-user-0", "SUGGEST", without(good, user=0), "shopper 0 is one like any other")
    f.request("suggest-request-empty", "SUGGEST", without(good, k=20, prefix=""), "before the first letter; the most of each")
    f.request("suggest-request-256", "SUGGEST", without(good, k=1, prefix="ß" * 128), "256 bytes, and the fewest of each")
    f.request("suggest-request-controls", "SUGGEST", without(good, prefix="a\tb\n👍 "), "text is taken as it is typed")

    def bad(name, error, why, **changes):
        f.bad_request(f"suggest-{name}", "SUGGEST", without(good, **changes), error, why)

    bad("user-without-who", "MALFORMED_BODY", "a user id that is not given is 0", who=0)
    bad("who-2", "MALFORMED_BODY", "0 or 1", who=2)
    bad("k-0", "LIMIT_EXCEEDED", "1 to 20", k=0)
    bad("k-21", "LIMIT_EXCEEDED", "1 to 20", k=21)
    bad("prefix-257", "LIMIT_EXCEEDED", "256 bytes", prefix="a" * 257)
    bad("without-collection", "MALFORMED_BODY", "a name has a byte", collection="")
    bad("collection-not-a-name", "MALFORMED_BODY", "names have small letters", collection="Shop")
    raw = m.encode(m.suggest_request, good)
    f.bad_request("suggest-byte-10", "SUGGEST", changed(raw, 10, b"\1"), "MALFORMED_BODY", "bytes 10-15 are 0")
    f.bad_request("suggest-not-utf8", "SUGGEST", raw[:-1] + b"\xff", "BAD_UTF8", "text is UTF-8")
    f.bad_request("suggest-cut", "SUGGEST", raw[:-1], "MALFORMED_BODY", "one byte is missing")
    f.bad_request("suggest-trailing", "SUGGEST", raw + b"\0", "TRAILING_BYTES", "a byte behind the body")
    f.bad_request("suggest-at-shard", "SUGGEST", good, "UNKNOWN_OPCODE", "coordinators serve this", receiver="shard")
    f.reply("suggest-reply", "SUGGEST", SUGGESTED, "one of the shopper's own, and one of many")
    f.reply("suggest-reply-corrected", "SUGGEST", without(SUGGESTED, corrected=1, prefix="headph", queries=[], categories=[]), "another prefix, and nothing found")
    f.reply("suggest-reply-none", "SUGGEST", {}, "the model knows no queries")
    f.reply("suggest-reply-unknown", "SUGGEST", {"history": 200, "queries": [{"source": 200, "text": ""}]}, "states and sources are open")
    f.reply("suggest-reply-most", "SUGGEST", {"prefix": "a" * 1_024, "attribute": "a" * 64, "queries": [
        {"users": 0xFFFFFFFF, "preference": 1.0, "text": "q" * 1_024, "categories": ["c" * 255] * 3}] * 20,
        "categories": [{"share": 1.0, "preference": 1.0, "name": "c" * 1_024}] * 20}, "the most of each")

    def bad_reply(name, error, why, **changes):
        f.bad_reply(f"suggest-reply-{name}", "SUGGEST", without(SUGGESTED, **changes), error, why)

    bad_reply("corrected-2", "MALFORMED_BODY", "0 or 1", corrected=2)
    bad_reply("prefix-1025", "LIMIT_EXCEEDED", "1,024 bytes", prefix="a" * 1_025)
    bad_reply("queries-21", "LIMIT_EXCEEDED", "20 at most", queries=[{"text": "a"}] * 21)
    bad_reply("categories-21", "LIMIT_EXCEEDED", "20 at most", categories=[{"name": "a"}] * 21)
    bad_reply("categories-of-query-4", "LIMIT_EXCEEDED", "3 at most", queries=[{"text": "a", "categories": ["a"] * 4}])
    bad_reply("text-1025", "LIMIT_EXCEEDED", "1,024 bytes", queries=[{"text": "a" * 1_025}])
    bad_reply("preference-nan", "NON_FINITE_VALUE", "numbers are finite", queries=[{"text": "a", "preference": float("nan")}])
    answered = m.encode(m.suggest_reply, SUGGESTED)
    f.bad_reply("suggest-reply-byte-14", "SUGGEST", changed(answered, 14, b"\1"), "MALFORMED_BODY", "bytes 14-15 are 0")
    f.bad_reply("suggest-reply-past-the-end", "SUGGEST", answered[:24] + b"\x14\0", "MALFORMED_BODY", "a count past the end")
    return f.vectors


def transfers():
    f = File(receiver="shard")

    def ok(name, why, **fields):
        f.accept(f"transfer-{name}", ask("TRANSFER", {"transfer": 0x1122334455667788, **fields}, epoch=7), why)

    def bad(name, error, why, raw=None, **fields):
        fields = {"transfer": 5, **fields}
        f.refuse(f"transfer-{name}", ask("TRANSFER", fields if raw is None else raw, epoch=7), error, why)

    ok("begin-target-request", "three slots", kind=1, slots=SLOTS)
    ok("begin-source-request", "all slots", kind=2, slots=[U64] * 64)
    ok("read-request", "the next part", kind=3, part=U64)
    ok("write-request", "items, items gone, slot versions, ops", kind=4, part=2, **PART)
    ok("write-request-empty", "a part without anything", kind=4, part=1, **PART_PLAIN)
    ok("write-request-gone-65536", "65,536 items that are gone", kind=4, part=1, **PART_PLAIN, gone_ids=list(range(65_536)), gone_versions=[1] * 65_536)
    ok("freeze-request", "no more writes", kind=5)
    ok("end-request", "this one", kind=6)
    ok("end-request-all", "whatever is open", kind=6, transfer=0)
    ok("digest-request", "of one generation", kind=7, transfer=0, slots=SLOTS, generation=3, collection="shop")
    begin = m.encode(m.transfer_request, {"kind": 1, "transfer": 5, "slots": SLOTS})
    write = m.encode(m.transfer_request, {"kind": 4, "transfer": 5, "part": 1, **PART_PLAIN})
    bad("kind-0", "MALFORMED_BODY", "1 to 7", kind=0)
    bad("kind-8", "MALFORMED_BODY", "1 to 7", kind=8)
    bad("bytes-1", "MALFORMED_BODY", "bytes 1-7 are 0", changed(begin, 7, b"\1"))
    for kind, name in ((1, "begin-target"), (2, "begin-source"), (3, "read"), (4, "write"), (5, "freeze")):
        bad(f"{name}-transfer-0", "MALFORMED_BODY", "at least 1", kind=kind, transfer=0, part=int(kind in (3, 4)), slots=SLOTS, **PART_PLAIN)
    bad("digest-transfer-1", "MALFORMED_BODY", "a digest is of no transfer", kind=7, transfer=1, slots=SLOTS, **PART_PLAIN)
    bad("read-part-0", "MALFORMED_BODY", "parts count from 1", kind=3)
    bad("write-part-0", "MALFORMED_BODY", "parts count from 1", kind=4, **PART_PLAIN)
    bad("freeze-part-1", "MALFORMED_BODY", "0 in a freeze", kind=5, part=1)
    bad("begin-without-slots", "MALFORMED_BODY", "at least one slot", kind=1, slots=[0] * 64)
    bad("digest-generation-0", "MALFORMED_BODY", "at least 1", kind=7, transfer=0, slots=SLOTS, collection="shop")
    bad("digest-without-collection", "MALFORMED_BODY", "a name has a byte", kind=7, transfer=0, slots=SLOTS, generation=1)
    bad("begin-cut", "MALFORMED_BODY", "one byte is missing", begin[:-1])
    bad("begin-with-part", "TRAILING_BYTES", "only a write has a part", begin + write[24:])
    bad("write-generation-0", "MALFORMED_BODY", "at least 1", kind=4, part=1, collection="shop")
    for at, name, most in ((28, "items", 65_536), (32, "gone", 65_536), (36, "slots", 4_096), (40, "writers", 65_536)):
        bad(f"write-{name}-too-many", "LIMIT_EXCEEDED", f"{most} at most", changed(write, at, u32(most + 1)))
        bad(f"write-{name}-past-the-end", "MALFORMED_BODY", "more than the bytes that are left", changed(write, at, u32(most)))
    bad("write-dimension-4097", "DIMENSION_MISMATCH", "no collection has it", changed(write, 44, u16(4_097)))
    bad("write-rerank-dimension-4097", "DIMENSION_MISMATCH", "no collection has it", changed(write, 46, u16(4_097)))

    def bad_part(name, error, why, **fields):
        bad(f"write-{name}", error, why, kind=4, part=1, **{**PART_PLAIN, **fields})

    bad_part("slots-descend", "MALFORMED_BODY", "slots ascend", part_slots=[4, 3], slot_versions=[1, 1])
    bad_part("slots-twice", "MALFORMED_BODY", "slots ascend", part_slots=[3, 3], slot_versions=[1, 1])
    bad_part("slot-4096", "MALFORMED_BODY", "0 to 4,095", part_slots=[4_096], slot_versions=[1])
    bad_part("ends-descend", "MALFORMED_BODY", "running ends", writers=[1, 2], ops=[1, 1], answer_ends=[1, 0], answer_ids=[1],
             answer_versions=[1], answer_statuses=[1])
    answer = m.encode(m.transfer_request, {"kind": 4, "transfer": 5, "part": 1, **PART_PLAIN, "writers": [1], "ops": [1], "answer_ends": [1],
                                           "answer_ids": [1], "answer_versions": [1], "answer_statuses": [1]})
    bad("write-answers-past-the-end", "MALFORMED_BODY", "more answers than bytes", changed(answer, 80, u32(0xFFFFFFFF)))
    for status in (0, 6):
        bad_part(f"status-{status}", "MALFORMED_BODY", "what a shard answers", writers=[1], ops=[1], answer_ends=[1], answer_ids=[1],
                 answer_versions=[1], answer_statuses=[status])
    bad_part("embedding-nan", "NON_FINITE_VALUE", "a component is no number", ids=[1], versions=[1], dimension=2, embeddings=[1.0, float("nan")])
    bad_part("rerank-infinite", "NON_FINITE_VALUE", "a component is infinite", ids=[1], versions=[1], dimension=1, embeddings=[1.0],
             rerank_dimension=1, rerank_vectors=[float("inf")])
    f.refuse("transfer-at-a-coordinator", ask("TRANSFER", {"kind": 6}), "UNKNOWN_OPCODE", "shards alone take part", receiver="coordinator")
    f.reply("transfer-begin-reply", "TRANSFER", {"state": 2, "items": 3_000, "bytes": 1_048_576}, "what is to be read")
    f.reply("transfer-read-reply", "TRANSFER", {"state": 3, "has_part": 1, "part": 2, "changed": 40, **PART_PLAIN, "gone_ids": [77],
                                                "gone_versions": [5]}, "an item was removed during the copy")
    f.reply("transfer-read-reply-items", "TRANSFER", {"state": 4, "has_part": 1, "part": 2, "items": 9, "bytes": 900, **PART}, "items")
    f.reply("transfer-read-reply-end", "TRANSFER", {"state": 5, "part": 7}, "nothing is left")
    f.reply("transfer-write-reply", "TRANSFER", {"state": 1, "part": U64}, "it is written")
    f.reply("transfer-end-reply", "TRANSFER", {}, "nothing is open")
    f.reply("transfer-digest-reply", "TRANSFER", {"items": 3_000, "digest": bytes(range(32))}, "count and digest")
    f.reply("transfer-reply-state-200", "TRANSFER", {"state": 200}, "unknown states are kept")
    good = m.encode(m.transfer_reply, {})
    f.bad_reply("transfer-reply-has-part-2", "TRANSFER", changed(good, 1, b"\2"), "MALFORMED_BODY", "0 or 1")
    f.bad_reply("transfer-reply-bytes-2", "TRANSFER", changed(good, 7, b"\1"), "MALFORMED_BODY", "bytes 2-7 are 0")
    f.bad_reply("transfer-reply-without-part", "TRANSFER", changed(good, 1, b"\1"), "MALFORMED_BODY", "a part is announced")
    f.bad_reply("transfer-reply-cut", "TRANSFER", good[:-1], "MALFORMED_BODY", "one byte is missing")
    f.bad_reply("transfer-reply-trailing", "TRANSFER", good + b"\0", "TRAILING_BYTES", "a byte behind the body")
    return f.vectors


REBALANCE = {"state": 2, "kind": 3, "phase": 2, "verify": 1, "epoch": 9, "plan": 0x1122334455667788, "slots": 1_024, "slots_left": 960,
             "shard": 1, "target": 3, "items": 50_000, "items_copied": 4_000, "bytes": 15_000_000, "bytes_copied": 1_200_000,
             "us": 75_000, "us_left": 900_000, "bytes_per_second": 16_777_216, "longest_freeze_us": 12_345, "failures": 1,
             "reason": "shard 3 cannot be asked", "moves": [{"shard": 1, "target": 3, "slots": 500}, {"shard": 2, "target": 3, "slots": 460}]}


def rebalance():
    f = File()

    def bad(name, error, why, fields, raw=None):
        f.bad_request(f"rebalance-{name}", "REBALANCE", fields if raw is None else raw, error, why)

    add = {"kind": 3, "flags": 2, "weight": 100, "bytes_per_second": 1 << 24, "address": "127.0.0.1:7704"}
    move = {"kind": 6, "shard": 1, "target": 65_534, "slots": 4_096}
    f.request("rebalance-status-request", "REBALANCE", {"kind": 1}, "how far it is")
    f.request("rebalance-balance-request", "REBALANCE", {"kind": 2, "flags": 1}, "only plan")
    f.request("rebalance-add-request", "REBALANCE", add, "a shard more")
    f.request("rebalance-drain-request", "REBALANCE", {"kind": 4, "flags": 3, "shard": 2}, "only plan, verify")
    f.request("rebalance-remove-request", "REBALANCE", {"kind": 5, "flags": 1, "shard": 65_534}, "would it be removed")
    f.request("rebalance-move-request", "REBALANCE", move, "all slots, if it has them")
    f.request("rebalance-pause-request", "REBALANCE", {"kind": 7}, "let go")
    f.request("rebalance-resume-request", "REBALANCE", {"kind": 8, "bytes_per_second": 1}, "go on, slowly")
    f.request("rebalance-cancel-request", "REBALANCE", {"kind": 9}, "end it")
    good = m.encode(m.rebalance_request, add)
    for kind in (0, 10):
        bad(f"kind-{kind}", "MALFORMED_BODY", "1 to 9", {"kind": kind})
    bad("flag-2", "MALFORMED_BODY", "two flags are known", without(add, flags=4))
    bad("status-with-flags", "MALFORMED_BODY", "a status has no flags", {"kind": 1, "flags": 1})
    bad("remove-verify", "MALFORMED_BODY", "nothing to verify", {"kind": 5, "flags": 2})
    bad("add-with-shard", "MALFORMED_BODY", "the coordinator gives the number", without(add, shard=1))
    bad("drain-none", "MALFORMED_BODY", "65,535 is no shard", {"kind": 4, "shard": 65_535})
    bad("drain-with-target", "MALFORMED_BODY", "only a move has a target", {"kind": 4, "target": 1})
    bad("move-slots-0", "MALFORMED_BODY", "at least 1", without(move, slots=0))
    bad("move-slots-4097", "MALFORMED_BODY", "at most 4,096", without(move, slots=4_097))
    bad("add-weight-0", "MALFORMED_BODY", "at least 1", without(add, weight=0))
    bad("drain-with-weight", "MALFORMED_BODY", "only an add has a weight", {"kind": 4, "weight": 1})
    bad("bytes-10", "MALFORMED_BODY", "bytes 10-15 are 0", None, changed(good, 15, b"\1"))
    bad("pause-with-speed", "MALFORMED_BODY", "0 in a pause", {"kind": 7, "bytes_per_second": 1})
    bad("add-without-address", "MALFORMED_BODY", "which shard?", without(add, address=""))
    bad("drain-with-address", "MALFORMED_BODY", "only an add has an address", {"kind": 4, "address": "h:1"})
    bad("address-256", "LIMIT_EXCEEDED", "255 bytes", without(add, address="h" * 254 + ":1"))
    bad("address-not-utf8", "BAD_UTF8", "text is UTF-8", None, good[:-1] + b"\xff")
    bad("cut", "MALFORMED_BODY", "one byte is missing", None, good[:-1])
    bad("trailing", "TRAILING_BYTES", "a byte behind the body", None, good + b"\0")
    member = {"kind": 10, "shard": 3, "address": "127.0.0.1:7705"}
    f.request("rebalance-2-add-member-request", "REBALANCE", member, "a member more of a shard", version=2)
    f.request("rebalance-2-remove-member-request", "REBALANCE", without(member, kind=11, shard=65_534), "a member less", version=2)
    f.request("rebalance-2-status-request", "REBALANCE", {"kind": 1}, "the steps of version 1 are there too", version=2)
    for name, fields in (
            ("kind-12", without(member, kind=12)), ("member-with-flags", without(member, flags=1)),
            ("member-none", without(member, shard=65_535)), ("member-without-address", without(member, address="")),
            ("member-with-weight", without(member, weight=1)), ("member-with-speed", without(member, bytes_per_second=1))):
        f.bad_request(f"rebalance-2-{name}", "REBALANCE", fields, "MALFORMED_BODY", "as its row says", version=2)
    f.reply("rebalance-2-reply", "REBALANCE", REBALANCE, "as of version 1", version=2)
    f.reply("rebalance-reply", "REBALANCE", REBALANCE, "on its way")
    f.reply("rebalance-reply-at-rest", "REBALANCE", {"epoch": 1, "shard": 65_535, "target": 65_535}, "there was none")
    f.reply("rebalance-reply-unknown", "REBALANCE", without(REBALANCE, state=200, kind=201, phase=202), "unknown numbers are kept")
    one = m.encode(m.rebalance_reply, REBALANCE)
    f.bad_reply("rebalance-reply-verify-2", "REBALANCE", changed(one, 3, b"\2"), "MALFORMED_BODY", "0 or 1")
    f.bad_reply("rebalance-reply-reason-513", "REBALANCE", one[:88] + u16(513) + b"r" * 513 + u16(0), "LIMIT_EXCEEDED", "512 bytes")
    f.bad_reply("rebalance-reply-moves-4097", "REBALANCE", m.encode(m.rebalance_reply, without(REBALANCE, moves=[])) [:-2] + u16(4_097),
                "LIMIT_EXCEEDED", "4,096 moves")
    f.bad_reply("rebalance-reply-past-the-end", "REBALANCE", one[:-1], "MALFORMED_BODY", "a count past the end")
    f.bad_reply("rebalance-reply-trailing", "REBALANCE", one + b"\0", "TRAILING_BYTES", "a byte behind the body")
    return f.vectors


def snapshots():
    f = File()

    def ok(name, why, receiver=None, epoch=0, **fields):
        f.accept(f"snapshot-{name}", ask("SNAPSHOT", {"snapshot": 0x1122334455667788, **fields}, epoch=epoch), why, receiver=receiver)

    def bad(name, error, why, raw=None, **fields):
        f.refuse(f"snapshot-{name}", ask("SNAPSHOT", {"snapshot": 5, **fields} if raw is None else raw), error, why)

    part = {**PART, "gone_ids": [], "gone_versions": [], "writers": [], "ops": [], "answer_ends": [], "answer_ids": [], "answer_versions": [],
            "answer_statuses": []}
    ok("begin-request", "of all collections", kind=1)
    ok("begin-request-shard", "of two", "shard", 7, kind=1, collections=[{"generation": 1, "name": "shop"}, {"generation": 0xFFFFFFFF, "name": "a"}])
    ok("read-request", "the next part of a shard", kind=2, shard=65_535, part=U64)
    ok("end-request", "the copies may go", kind=3)
    f.request("snapshot-model-request", "SNAPSHOT", {"kind": 5, "file": 3, "part": 1 << 20, "generation": 3, "collection": "shop"}, "users of a model")
    f.request("snapshot-write-request", "SNAPSHOT", {"kind": 4, **part}, "items and slot versions")
    f.request("snapshot-2-model-request", "SNAPSHOT", {"kind": 5, "file": 4, "generation": 3, "collection": "shop"}, "tower of a model", version=2)
    f.bad_request("snapshot-2-model-file-5", "SNAPSHOT", {"kind": 5, "file": 5, "generation": 3, "collection": "shop"}, "MALFORMED_BODY",
                  "a file of a model is 1 to 4", version=2)
    f.request("snapshot-3-model-request", "SNAPSHOT", {"kind": 5, "file": 9, "generation": 3, "collection": "shop"}, "protected words of a model", version=3)
    f.bad_request("snapshot-3-model-file-10", "SNAPSHOT", {"kind": 5, "file": 10, "generation": 3, "collection": "shop"}, "MALFORMED_BODY",
                  "a file of a model is 1 to 9", version=3)
    f.accept("snapshot-write-request-shard", ask("SNAPSHOT", {"kind": 4, **PART_PLAIN}, epoch=7), "nothing, to a shard", receiver="shard")
    begin = m.encode(m.snapshot_request, {"kind": 1, "snapshot": 5})
    bad("kind-0", "MALFORMED_BODY", "1 to 5", kind=0)
    bad("kind-6", "MALFORMED_BODY", "1 to 5", kind=6)
    model = {"kind": 5, "snapshot": 0, "generation": 1, "collection": "shop"}
    for file in (0, 4):
        bad(f"model-file-{file}", "MALFORMED_BODY", "1 to 3", **model, file=file)
    bad("model-generation-0", "MALFORMED_BODY", "at least 1", **without(model, generation=0, file=1))
    bad("model-snapshot-1", "MALFORMED_BODY", "a model is of none", **without(model, snapshot=1, file=1))
    bad("begin-file-1", "MALFORMED_BODY", "only a model has files", changed(begin, 1, b"\1"))
    bad("bytes-4", "MALFORMED_BODY", "bytes 4-7 are 0", changed(begin, 7, b"\1"))
    bad("begin-shard-1", "MALFORMED_BODY", "only a read names a shard", kind=1, shard=1)
    for kind, name in ((1, "begin"), (2, "read"), (3, "end")):
        bad(f"{name}-snapshot-0", "MALFORMED_BODY", "at least 1", kind=kind, snapshot=0, part=int(kind == 2))
    bad("write-snapshot-1", "MALFORMED_BODY", "a write is of none", kind=4, snapshot=1, **PART_PLAIN)
    bad("read-part-0", "MALFORMED_BODY", "parts count from 1", kind=2)
    bad("end-part-1", "MALFORMED_BODY", "0 in an end", kind=3, part=1)
    bad("begin-generation-0", "MALFORMED_BODY", "at least 1", kind=1, collections=[{"generation": 0, "name": "shop"}])
    bad("begin-collections-65", "LIMIT_EXCEEDED", "64 collections", changed(begin, 24, u16(65)))
    bad("begin-collections-past-the-end", "MALFORMED_BODY", "a count past the end", changed(begin, 24, u16(64)))
    bad("write-gone", "MALFORMED_BODY", "a snapshot holds no items that are gone", kind=4, snapshot=0, **PART_PLAIN, gone_ids=[1], gone_versions=[1])
    bad("write-writers", "MALFORMED_BODY", "a snapshot holds no writers", kind=4, snapshot=0, **PART_PLAIN, writers=[1], ops=[1], answer_ends=[0])
    bad("cut", "MALFORMED_BODY", "one byte is missing", begin[:-1])
    bad("trailing", "TRAILING_BYTES", "a byte behind the body", begin + b"\0")
    collection = without(SCHEMA, name="shop", generation=3, model=0x0123456789ABCDEF)
    f.reply("snapshot-begin-reply", "SNAPSHOT", {"state": 1, "items": 3_000, "bytes": 1_048_576, "shards": [0, 1, 7], "collections": [collection]},
            "three shards, one collection")
    f.request("snapshot-3-begin-request", "SNAPSHOT", {"kind": 1, "snapshot": 5}, "as in version 2", version=3)
    f.reply("snapshot-3-begin-reply", "SNAPSHOT", {"state": 1, "items": 3_000, "bytes": 9, "shards": [0], "collections": [{**collection, **TEXT}]},
            "a collection that is searched by words", version=3)
    f.bad_reply("snapshot-3-reply-of-version-2", "SNAPSHOT", m.encode(m.snapshot_reply, {"state": 1, "collections": [collection]}, 2),
                "MALFORMED_BODY", "a body of version 2 that says it is of version 3", version=3)
    f.reply("snapshot-read-reply", "SNAPSHOT", {"state": 1, "has_part": 1, "part": 2, "items": 9, "bytes": 900, **part}, "items and slot versions")
    f.reply("snapshot-read-reply-end", "SNAPSHOT", {"state": 2, "part": 7}, "nothing is left")
    f.reply("snapshot-model-reply", "SNAPSHOT", {"bytes": 40, "data": bytes(range(8))}, "the end of a file")
    f.reply("snapshot-write-reply", "SNAPSHOT", {}, "it is written")
    f.reply("snapshot-reply-state-200", "SNAPSHOT", {"state": 200}, "unknown states are kept")
    good = m.encode(m.snapshot_reply, {})
    f.bad_reply("snapshot-reply-has-part-2", "SNAPSHOT", changed(good, 1, b"\2"), "MALFORMED_BODY", "0 or 1")
    f.bad_reply("snapshot-reply-bytes-2", "SNAPSHOT", changed(good, 7, b"\1"), "MALFORMED_BODY", "bytes 2-7 are 0")
    f.bad_reply("snapshot-reply-shards-257", "SNAPSHOT", changed(good, 32, u16(257)), "LIMIT_EXCEEDED", "256 shards")
    f.bad_reply("snapshot-reply-collections-65", "SNAPSHOT", changed(good, 34, u16(65)), "LIMIT_EXCEEDED", "64 collections")
    f.bad_reply("snapshot-reply-data-4194305", "SNAPSHOT", changed(good, 36, u32(4_194_305)), "LIMIT_EXCEEDED", "4 MiB")
    f.bad_reply("snapshot-reply-data-past-the-end", "SNAPSHOT", changed(good, 36, u32(1)), "MALFORMED_BODY", "more bytes than there are")
    f.bad_reply("snapshot-reply-without-part", "SNAPSHOT", changed(good, 1, b"\1"), "MALFORMED_BODY", "a part is announced")
    f.bad_reply("snapshot-reply-trailing", "SNAPSHOT", good + b"\0", "TRAILING_BYTES", "a byte behind the body")
    return f.vectors


SLOW_QUERY = {
    "number": 7, "age_us": 1_500_000, "request_id": 0xFEDCBA9876543210, "duration_us": 182_000, "query_source": 2, "has_user": 1, "user": 7,
    "k": 10, "depth": 200, "depth_used": 120, "coverage": 1_000_000, "candidates": 120, "reranked": 120, "reasks": 1, "straggler": 2,
    "session_items": 3, "excluded": 40, "filter_bytes": 10, "collection": "shop", "filter": "price < 50", "phases": [3, 8],
    "shards": [2, 0xFFFF], "starts_us": [30, 181_000], "durations_us": [180_900, 900],
}


def slow_log():
    f = File()
    f.request("slow-log-request", "SLOW_LOG", {"after": 6, "limit": 100}, "what is new since the last time")
    f.request("slow-log-request-least", "SLOW_LOG", {"limit": 1}, "the newest one")
    f.request("slow-log-request-largest", "SLOW_LOG", {"after": U64, "limit": 1_000}, "the largest numbers")
    f.bad_request("slow-log-limit-0", "SLOW_LOG", {"limit": 0}, "LIMIT_EXCEEDED", "1 at least")
    f.bad_request("slow-log-limit-1001", "SLOW_LOG", {"limit": 1_001}, "LIMIT_EXCEEDED", "1,000 at most")
    f.bad_request("slow-log-trailing", "SLOW_LOG", m.encode(m.slow_log_request, {"limit": 1}) + b"\0", "TRAILING_BYTES", "a byte behind the body")
    f.bad_request("slow-log-at-shard", "SLOW_LOG", {"limit": 1}, "UNKNOWN_OPCODE", "the coordinator serves this", receiver="shard")

    def reply(**changes):
        return {"threshold_us": 100_000, "total": 9, "queries": [without(SLOW_QUERY, **changes)]}

    def bad(name, error, why, **changes):
        f.bad_reply(f"slow-log-reply-{name}", "SLOW_LOG", reply(**changes), error, why)

    f.reply("slow-log-reply", "SLOW_LOG", reply(), "a query that a shard held up")
    f.reply("slow-log-reply-empty", "SLOW_LOG", {}, "nothing is kept")
    f.reply("slow-log-reply-error", "SLOW_LOG", reply(error=0x4002, has_user=0, user=0, query_source=0, phases=[], shards=[], starts_us=[],
            durations_us=[], straggler=0xFFFF, filter=""), "a query that failed")
    f.reply("slow-log-reply-unknown-numbers", "SLOW_LOG", reply(error=0x9ABC, query_source=200, phases=[77, 78]), "unknown codes are kept")
    bad("user-not-given", "MALFORMED_BODY", "0 unless a user is given", has_user=0)
    bad("has-user-2", "MALFORMED_BODY", "0 or 1", has_user=2)
    bad("coverage-1000001", "MALFORMED_BODY", "millionths", coverage=1_000_001)
    bad("filter-1025", "LIMIT_EXCEEDED", "1,024 bytes at most", filter="x" * 1_025)
    bad("collection-empty", "MALFORMED_BODY", "a name", collection="")
    bad("spans-65", "LIMIT_EXCEEDED", "64 at most", phases=[1] * 65, shards=[0] * 65, starts_us=[0] * 65, durations_us=[0] * 65)
    good = m.encode(m.slow_log_reply, reply())
    f.bad_reply("slow-log-reply-queries-1001", "SLOW_LOG", changed(good, 16, u16(1_001)), "LIMIT_EXCEEDED", "1,000 at most")
    f.bad_reply("slow-log-reply-queries-past-the-end", "SLOW_LOG", changed(good, 16, u16(9)), "MALFORMED_BODY", "more queries than bytes")
    f.bad_reply("slow-log-reply-trailing", "SLOW_LOG", good + b"\0", "TRAILING_BYTES", "a byte behind the body")
    return f.vectors


CLUSTER_EVENT = {
    "number": 7, "time_us": 1_764_439_200_000_000, "kind": 13, "error": 0, "subject": "shard 2", "caller": "winnow 0.1 at 10.0.0.7:50512",
    "detail": "1365 slots",
}


def cluster_log():
    f = File()
    f.request("cluster-log-request", "CLUSTER_LOG", {"after": 6, "age_us_max": 3_600_000_000, "limit": 100}, "what is new of the last hour")
    f.request("cluster-log-request-least", "CLUSTER_LOG", {"limit": 1}, "the newest one")
    f.request("cluster-log-request-largest", "CLUSTER_LOG", {"after": U64, "age_us_max": U64, "limit": 1_000}, "the largest numbers")
    f.bad_request("cluster-log-limit-0", "CLUSTER_LOG", {"limit": 0}, "LIMIT_EXCEEDED", "1 at least")
    f.bad_request("cluster-log-limit-1001", "CLUSTER_LOG", {"limit": 1_001}, "LIMIT_EXCEEDED", "1,000 at most")
    f.bad_request("cluster-log-trailing", "CLUSTER_LOG", m.encode(m.cluster_log_request, {"limit": 1}) + b"\0", "TRAILING_BYTES", "a byte behind the body")
    noted = {"after": 6, "limit": 1, "noted_collection": "shop", "noted_outcome": "run 3: pushed"}
    f.request("cluster-log-2-request", "CLUSTER_LOG", noted, "a run of a loop is noted", version=2)
    f.request("cluster-log-2-request-longest", "CLUSTER_LOG", without(noted, noted_collection="c" * 64, noted_outcome="o" * 255), "64 and 255 bytes", version=2)
    f.request("cluster-log-2-request-no-outcome", "CLUSTER_LOG", without(noted, noted_outcome=""), "a run that says nothing", version=2)
    f.request("cluster-log-2-request-nothing", "CLUSTER_LOG", {"limit": 1}, "nothing is noted", version=2)
    f.bad_request("cluster-log-2-no-collection", "CLUSTER_LOG", without(noted, noted_collection=""), "MALFORMED_BODY", "an outcome of no collection", version=2)
    f.bad_request("cluster-log-2-collection-65", "CLUSTER_LOG", without(noted, noted_collection="c" * 65), "MALFORMED_BODY", "64 bytes at most", version=2)
    f.bad_request("cluster-log-2-outcome-256", "CLUSTER_LOG", without(noted, noted_outcome="o" * 256), "LIMIT_EXCEEDED", "255 bytes at most", version=2)
    f.bad_request("cluster-log-2-trailing", "CLUSTER_LOG", m.encode(m.cluster_log_request, noted, 2) + b"\0", "TRAILING_BYTES", "a byte behind the body", version=2)
    f.bad_request("cluster-log-2-of-version-1", "CLUSTER_LOG", m.encode(m.cluster_log_request, {"limit": 1}, 1), "MALFORMED_BODY", "a body of version 1 that says it is of version 2", version=2)
    f.bad_request("cluster-log-at-shard", "CLUSTER_LOG", {"limit": 1}, "UNKNOWN_OPCODE", "the coordinator serves this", receiver="shard")

    def reply(**changes):
        return {"total": 7, "events": [without(CLUSTER_EVENT, **changes)]}

    f.reply("cluster-log-reply", "CLUSTER_LOG", reply(), "a shard that was drained")
    f.reply("cluster-log-reply-empty", "CLUSTER_LOG", {}, "nothing was done yet")
    f.reply("cluster-log-reply-refused", "CLUSTER_LOG", reply(kind=4, error=0x300D, subject="shop"), "a generation that was refused")
    f.reply("cluster-log-reply-own", "CLUSTER_LOG", reply(kind=67, caller="", detail=""), "the cluster itself")
    f.reply("cluster-log-reply-unknown-numbers", "CLUSTER_LOG", reply(kind=250, error=0x9ABC), "unknown codes are kept")
    f.reply("cluster-log-reply-longest", "CLUSTER_LOG", reply(subject="s" * 255, caller="c" * 255, detail="d" * 255), "255 bytes")
    for text in ("subject", "caller", "detail"):
        f.bad_reply(f"cluster-log-reply-{text}-256", "CLUSTER_LOG", reply(**{text: "x" * 256}), "LIMIT_EXCEEDED", "255 bytes at most")
    good = m.encode(m.cluster_log_reply, reply())
    f.bad_reply("cluster-log-reply-events-1001", "CLUSTER_LOG", changed(good, 8, u16(1_001)), "LIMIT_EXCEEDED", "1,000 at most")
    f.bad_reply("cluster-log-reply-events-past-the-end", "CLUSTER_LOG", changed(good, 8, u16(9)), "MALFORMED_BODY", "more events than bytes")
    f.bad_reply("cluster-log-reply-trailing", "CLUSTER_LOG", good + b"\0", "TRAILING_BYTES", "a byte behind the body")
    return f.vectors


def metadata():
    f = File()
    f.request("metadata-request", "METADATA", {"step": 0}, "how the coordinators do")
    f.request("metadata-request-recover", "METADATA", {"step": 1}, "what the store holds now counts")
    f.bad_request("metadata-step-2", "METADATA", {"step": 2}, "MALFORMED_BODY", "two steps are known")
    f.bad_request("metadata-empty", "METADATA", b"", "MALFORMED_BODY", "the step is missing")
    f.bad_request("metadata-trailing", "METADATA", b"\0\0", "TRAILING_BYTES", "a byte behind the body")
    f.bad_request("metadata-at-shard", "METADATA", {"step": 0}, "UNKNOWN_OPCODE", "the coordinator serves this", receiver="shard")
    one = {"id": 7, "map_revision": 40, "catalogue_revision": 42, "address": "10.0.0.1:7700"}

    def reply(**changes):
        return {"kind": 1, "own": 7, "chair": 7, "map_revision": 40, "catalogue_revision": 42, "coordinators": [one]} | changes

    f.reply("metadata-reply", "METADATA", reply(), "one of several coordinators, which has the chair")
    f.reply("metadata-reply-file", "METADATA", {"map_revision": 3, "catalogue_revision": 5}, "the only coordinator of a cluster")
    f.reply("metadata-reply-fault", "METADATA", reply(state=1, chair=0, fault="etcd: 10.0.0.9:2379: timed out"), "the store does not answer")
    f.reply("metadata-reply-unknown-numbers", "METADATA", reply(kind=200, state=201), "unknown kinds and states are kept")
    f.reply("metadata-reply-largest", "METADATA", reply(own=U64, chair=U64, coordinators=[one | {"id": U64, "address": "a" * 255}] * 64), "the most there may be")
    f.bad_reply("metadata-reply-fault-256", "METADATA", reply(fault="x" * 256), "LIMIT_EXCEEDED", "255 bytes at most")
    f.bad_reply("metadata-reply-address-256", "METADATA", reply(coordinators=[one | {"address": "x" * 256}]), "LIMIT_EXCEEDED", "255 bytes at most")
    good = m.encode(m.metadata_reply, reply())
    f.bad_reply("metadata-reply-coordinators-65", "METADATA", changed(good, 36, u16(65)), "LIMIT_EXCEEDED", "64 at most")
    f.bad_reply("metadata-reply-coordinators-past-the-end", "METADATA", changed(good, 36, u16(9)), "MALFORMED_BODY", "more of them than bytes")
    f.bad_reply("metadata-reply-trailing", "METADATA", good + b"\0", "TRAILING_BYTES", "a byte behind the body")
    return f.vectors


def experiments():
    """EXPERIMENT: arms, a shadow, guards, and what was counted of them."""
    f = File()
    arms = [{"name": "old", "generation": 3, "share": 900_000}, {"name": "new", "generation": 4, "share": 100_000}]
    start = {"step": 2, "collection": "shop", "salt": 7, "arms": arms, "shadow": 5, "shadow_share": 10_000,
             "guards": [{"kind": 1, "limit": 10_000}, {"kind": 2, "limit": 100_000}, {"kind": 3, "limit": 100_000}]}
    f.request("experiment-request-start", "EXPERIMENT", start, "two arms, a shadow and guards")
    f.request("experiment-request-shadow", "EXPERIMENT", {"step": 2, "collection": "shop", "shadow": 5, "shadow_share": 1}, "a shadow alone")
    f.request("experiment-request-8", "EXPERIMENT", without(
        start, arms=[{"name": f"a{i}", "generation": 0xFFFFFFFF, "share": 125_000} for i in range(8)], guards=[{"kind": 3, "limit": 0xFFFFFFFF}] * 8), "the most of each")
    f.request("experiment-request-one-arm", "EXPERIMENT", without(start, arms=[{"name": "a", "generation": 1, "share": 1_000_000}], guards=[]), "one arm")
    f.request("experiment-request-show", "EXPERIMENT", {"step": 1, "collection": "shop"}, "how it stands")
    f.request("experiment-request-settle", "EXPERIMENT", {"step": 3, "collection": "shop", "winner": "new"}, "an arm wins")
    f.request("experiment-request-end", "EXPERIMENT", {"step": 3, "collection": "shop"}, "what serves goes on")

    def bad(name, error, why, **changes):
        f.bad_request(f"experiment-{name}", "EXPERIMENT", m.encode(m.experiment_request, without(start, **changes)), error, why)

    bad("step-0", "MALFORMED_BODY", "1 to 3", step=0)
    bad("step-4", "MALFORMED_BODY", "1 to 3", step=4)
    bad("show-arms", "MALFORMED_BODY", "arms are given to start", step=1)
    bad("start-nothing", "MALFORMED_BODY", "arms or a shadow", arms=[], shadow=0, shadow_share=0, guards=[])
    bad("shares-short", "MALFORMED_BODY", "1,000,000 together", arms=[arms[0]], guards=[])
    bad("share-0", "MALFORMED_BODY", "at least 1", arms=[dict(arms[0], share=1_000_000), dict(arms[1], share=0)])
    bad("generation-0", "MALFORMED_BODY", "an arm names its generation", arms=[arms[0], dict(arms[1], generation=0)])
    bad("twice", "DUPLICATE_FIELD", "an arm stands once", arms=[arms[0], dict(arms[1], name="old")])
    bad("name-empty", "MALFORMED_BODY", "a name", arms=[arms[0], dict(arms[1], name="")])
    bad("arms-9", "LIMIT_EXCEEDED", "8 at most", arms=[{"name": f"a{i}", "generation": 1, "share": 1} for i in range(9)])
    bad("shadow-no-share", "MALFORMED_BODY", "given together", shadow_share=0)
    bad("share-no-shadow", "MALFORMED_BODY", "given together", shadow=0)
    bad("shadow-share-1000001", "MALFORMED_BODY", "millionths", shadow_share=1_000_001)
    bad("guards-9", "LIMIT_EXCEEDED", "8 at most", guards=[{"kind": 1, "limit": 1}] * 9)
    bad("guard-0", "MALFORMED_BODY", "1 to 3", guards=[{"kind": 0, "limit": 1}])
    bad("guard-4", "MALFORMED_BODY", "1 to 3", guards=[{"kind": 4, "limit": 1}])
    bad("guard-limit-0", "MALFORMED_BODY", "at least 1", guards=[{"kind": 1, "limit": 0}])
    bad("guards-without-arms", "MALFORMED_BODY", "there is no second arm", arms=[])
    bad("start-winner", "MALFORMED_BODY", "an arm wins at the end", winner="new")
    f.bad_request("experiment-show-salt", "EXPERIMENT", {"step": 1, "collection": "shop", "salt": 7}, "MALFORMED_BODY", "a salt is given to start")
    good = m.encode(m.experiment_request, start)
    f.bad_request("experiment-cut", "EXPERIMENT", good[:-1], "MALFORMED_BODY", "one byte is missing")
    f.bad_request("experiment-trailing", "EXPERIMENT", good + b"\0", "TRAILING_BYTES", "a byte behind the winner")
    f.bad_request("experiment-at-shard", "EXPERIMENT", start, "UNKNOWN_OPCODE", "the coordinator serves this", receiver="shard")
    counts = {"queries": 1_000, "failures": 1, "microseconds": 2_000_000, "clicks": 90, "carts": 9, "purchases": 3}
    acting = {name: start[name] for name in ("salt", "arms", "shadow", "shadow_share", "guards")} | {
        "state": 2, "began": 1_000_000, "counts": [counts, dict(counts, difference=0.5, width=0.25)],
        "shadow_measured": 10, "shadow_results": 200, "shadow_shared": 150, "shadow_correlation": 0.5, "shadow_microseconds": 30_000}
    f.reply("experiment-reply", "EXPERIMENT", acting, "it acts")
    f.reply("experiment-reply-ended", "EXPERIMENT", without(acting, state=3, ended=2_000_000, reason="errors of new"), "a guard has ended it")
    f.reply("experiment-reply-none", "EXPERIMENT", {"state": 0}, "there is none")
    good = m.encode(m.experiment_reply, acting)
    for name, raw, error, why in (
            ("state-4", changed(good, 0, b"\4"), "MALFORMED_BODY", "0 to 3"),
            ("counts-1", m.encode(m.experiment_reply, without(acting, counts=[counts])), "MALFORMED_BODY", "each arm has its counts"),
            ("reason-256", m.encode(m.experiment_reply, without(acting, reason="x" * 256)), "LIMIT_EXCEEDED", "255 bytes"),
            ("correlation-nan", changed(good, len(good) - 12, struct.pack("<f", float("nan"))), "NON_FINITE_VALUE", "finite"),
            ("cut", good[:-1], "MALFORMED_BODY", "one byte is missing"),
            ("trailing", good + b"\0", "TRAILING_BYTES", "a byte behind the body")):
        f.bad_reply(f"experiment-reply-{name}", "EXPERIMENT", raw, error, why)
    return f.vectors


def rules():
    f = File()
    put = {"step": 2, "collection": "shop", "rules": [
        {"name": "shoes-week", "document": '{"words": {"contain": "shoes"}, "boost": [{"filter": "brand = acme", "logits": 1.5}]}'},
        {"name": "pin-42", "document": '{"words": {"equal": "red shoes"}, "pin": [{"item": 42, "place": 1}]}'}]}
    longest = {"name": "a" * 64, "document": "x" * 4_096}
    f.request("rule-request-put", "RULE", put, "two rules")
    f.request("rule-request-list", "RULE", {"step": 1, "collection": "shop", "after": "pin-42"}, "those behind a rule")
    f.request("rule-request-list-first", "RULE", {"step": 1, "collection": "shop"}, "from the first on")
    f.request("rule-request-remove", "RULE", {"step": 3, "collection": "shop", "rules": [{"name": "pin-42"}]}, "a rule by its name")
    f.request("rule-request-1000", "RULE", {"step": 3, "collection": "shop", "rules": [{"name": f"r{i}"} for i in range(1_000)]}, "the most rules")
    f.request("rule-request-longest", "RULE", without(put, rules=[longest]), "the longest name and document")

    def bad(name, error, why, **changes):
        f.bad_request(f"rule-{name}", "RULE", m.encode(m.rule_request, without(put, **changes)), error, why)

    bad("step-0", "MALFORMED_BODY", "1 to 3", step=0)
    bad("step-4", "MALFORMED_BODY", "1 to 3", step=4)
    bad("after-of-put", "MALFORMED_BODY", "only a list goes on", after="a")
    bad("put-nothing", "MALFORMED_BODY", "rules to keep", rules=[])
    bad("list-rules", "MALFORMED_BODY", "a list names no rules", step=1)
    bad("put-no-document", "MALFORMED_BODY", "a document", rules=[{"name": "a"}])
    bad("remove-document", "MALFORMED_BODY", "no document", step=3)
    bad("twice", "DUPLICATE_FIELD", "a rule stands once", rules=[{"name": "a", "document": "{}"}] * 2)
    bad("rules-1001", "LIMIT_EXCEEDED", "1,000 at most", rules=[{"name": f"r{i}", "document": "{}"} for i in range(1_001)])
    bad("document-4097", "LIMIT_EXCEEDED", "4,096 bytes", rules=[{"name": "a", "document": "x" * 4_097}])
    bad("name-empty", "MALFORMED_BODY", "a name", rules=[{"name": "", "document": "{}"}])
    good = m.encode(m.rule_request, put)
    f.bad_request("rule-cut", "RULE", good[:-1], "MALFORMED_BODY", "one byte is missing")
    f.bad_request("rule-trailing", "RULE", good + b"\0", "TRAILING_BYTES", "a byte behind the rules")
    f.bad_request("rule-at-shard", "RULE", put, "UNKNOWN_OPCODE", "the coordinator serves this", receiver="shard")
    listed = {"total": 3, "rules": put["rules"][::-1], "more": 1}
    f.reply("rule-reply-list", "RULE", listed, "two of three rules")
    f.reply("rule-reply-put", "RULE", {"total": 2, "changed": 1}, "one rule was new")
    answered = m.encode(m.rule_reply, listed)
    f.bad_reply("rule-reply-more-2", "RULE", without(listed, more=2), "MALFORMED_BODY", "0 or 1")
    f.bad_reply("rule-reply-rules-1001", "RULE", without(listed, rules=[{"name": "a"}] * 1_001), "LIMIT_EXCEEDED", "1,000 at most")
    f.bad_reply("rule-reply-cut", "RULE", answered[:-1], "MALFORMED_BODY", "one byte is missing")
    f.bad_reply("rule-reply-trailing", "RULE", answered + b"\0", "TRAILING_BYTES", "a byte behind the flag")
    return f.vectors


def authentication():
    f = File(state="auth")
    auth = {"mechanism": 1, "key_id": "front-1", "proof": bytes(range(32))}
    ok = {"outcome": 1, "roles": 3, "expires": 1_924_991_999, "answer": bytes(range(32))}
    raw, good = m.encode(m.auth, auth), m.encode(m.auth_ok, ok)

    f.accept("auth", connection("AUTH", auth), "the proof of a key")
    f.accept("auth-id-1", connection("AUTH", without(auth, key_id="-")), "an id of one character")
    f.accept("auth-id-32", connection("AUTH", without(auth, key_id="a" * 31 + "9")), "an id of 32 characters")
    f.accept("auth-ok", connection("AUTH_OK", ok), "the answer to a right proof", receiver="client")
    f.accept("auth-ok-unknown-roles", connection("AUTH_OK", without(ok, roles=0xFFFF, expires=0)), "unknown roles are kept",
             receiver="client")
    f.accept("auth-refused", connection("ERROR", {"code": 0x2002, "class": 5, "message": "the key is not known, or holds no more"}),
             "ERROR in the place of AUTH_OK", receiver="client")
    f.accept("welcome-authentication-2", connection("WELCOME", without(WELCOME, authentication=2, incarnation=bytes(16), epoch=0,
             program="winnowd")), "a key has to be proved", state="hello", receiver="client")

    for name, data in {"mechanism-0": changed(raw, 0, b"\0"), "mechanism-2": changed(raw, 0, b"\2"),
                       "id-empty": m.encode(m.auth, without(auth, key_id="")), "id-33": m.encode(m.auth, without(auth, key_id="a" * 33)),
                       "id-upper-case": m.encode(m.auth, without(auth, key_id="Front")),
                       "id-zero-byte": changed(raw, 2, b"\0"), "id-past-ascii": changed(raw, 2, b"\xff")}.items():
        f.refuse(f"auth-{name}", frame(OPCODES["AUTH"], data), "AUTH_FAILED", "mechanism 1 and an id of 1 to 32 characters", fatal=True)
    f.refuse("auth-cut", frame(OPCODES["AUTH"], raw[:-1]), "MALFORMED_BODY", "one byte is missing", fatal=True)
    f.refuse("auth-trailing", frame(OPCODES["AUTH"], raw + b"\0"), "TRAILING_BYTES", "a byte behind the proof", fatal=True)
    f.refuse("auth-id-past-the-end", frame(OPCODES["AUTH"], raw[:1] + b"\x28" + raw[2:]), "MALFORMED_BODY", "a count past the end", fatal=True)
    f.refuse("auth-version-2", frame(OPCODES["AUTH"], raw, body_version=2), "UNKNOWN_BODY_VERSION", "version 1 alone", fatal=True)
    f.refuse("auth-lz4", frame(OPCODES["AUTH"], raw, flags=FIN | LZ4), "UNEXPECTED_STATE", "no LZ4 before READY", fatal=True)
    f.refuse("auth-8193", frame(OPCODES["AUTH"], length=36 + 8_193, raw_length=8_193), "BAD_LENGTH", "8,192 bytes before READY", fatal=True)
    for name, data in {"ping": ping(), "status": STATUS_1, "hello": connection("HELLO", HELLO), "auth-ok": connection("AUTH_OK", ok),
                       "unknown": frame(0x7E, request_id=1, time_us=9)}.items():
        f.refuse(f"before-auth-{name}", data, "AUTH_REQUIRED", "AUTH comes first", fatal=True)
    for name, data in {"ping": ping(), "reply": answer("STATUS", STATUS_SHARD), "welcome": connection("WELCOME", WELCOME), "auth": connection("AUTH", auth)}.items():
        f.refuse(f"before-auth-ok-{name}", data, "UNEXPECTED_STATE", "AUTH_OK comes first", receiver="client", fatal=True)
    f.refuse("auth-ok-0", frame(OPCODES["AUTH_OK"], changed(good, 0, b"\0")), "MALFORMED_BODY", "the first byte is 1", receiver="client", fatal=True)
    f.refuse("auth-ok-cut", frame(OPCODES["AUTH_OK"], good[:-1]), "MALFORMED_BODY", "one byte is missing", receiver="client", fatal=True)
    f.refuse("auth-ok-trailing", frame(OPCODES["AUTH_OK"], good + b"\0"), "TRAILING_BYTES", "a byte behind the answer", receiver="client", fatal=True)
    f.refuse("auth-when-ready", connection("AUTH", auth), "UNKNOWN_OPCODE", "one AUTH a connection", state="ready", fatal=True)
    f.refuse("auth-ok-when-ready", connection("AUTH_OK", ok), "UNKNOWN_OPCODE", "one AUTH_OK a connection", state="ready", receiver="client", fatal=True)
    f.refuse("auth-before-hello-lz4", frame(OPCODES["AUTH"], raw, flags=FIN | LZ4), "UNEXPECTED_STATE", "HELLO comes first", state="hello", fatal=True)
    f.refuse("welcome-authentication-3", connection("WELCOME", without(WELCOME, authentication=3)), "MALFORMED_BODY", "0 or 2", state="hello",
             receiver="client", fatal=True)
    return f.vectors


def proofs():
    """Lines of `vectors/keys/proofs.jsonl`: they are no frames."""
    raw = random.Random(13)
    hello, welcome = m.encode(m.hello, HELLO), m.encode(m.welcome, without(WELCOME, authentication=2))
    return [
        winnow_keys.vector("plain-link", "front-1", bytes(range(32)), hello, welcome, winnow_keys.PLAIN_LINK),
        winnow_keys.vector("under-tls", "front-1", bytes(range(32)), hello, welcome, bytes(range(32, 64))),
        winnow_keys.vector("shortest-id", "-", bytes(32), hello, welcome, bytes([255] * 32)),
        winnow_keys.vector("longest-id", "a" * 31 + "9", bytes([255] * 32), hello, welcome, winnow_keys.PLAIN_LINK),
    ] + [winnow_keys.vector(f"random-{i}", f"key-{i}", raw.randbytes(32), raw.randbytes(100 + i), raw.randbytes(90 + i), raw.randbytes(32))
         for i in range(6)]


def everything():
    """File name → vectors."""
    return {"framing": framing(), "compression": compression(), "handshake": handshake(), "connection": connection_frames(),
            "errors": error_replies(), "rank": rank(), "search": search(), "get": get(), "collection": collections(),
            "generation": generations(), "model": model(), "writes": writes(), "transfer": transfers(), "snapshot": snapshots(), "rebalance": rebalance(), "tables": tables(), "nodes": nodes(), "slow-log": slow_log(), "cluster-log": cluster_log(), "events": events(), "suggest": suggestions(), "metadata": metadata(), "rules": rules(),
            "experiments": experiments(), "authentication": authentication()}
