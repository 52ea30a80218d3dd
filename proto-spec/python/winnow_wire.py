"""Frames: the header, checksums, compression, fragments and the order of checks (01-framing, 04-flow, 05-errors, 06-limits)."""

import struct

import winnow_lz4

MAGIC = b"\xf5\xa7"
HEADER = struct.Struct("<I2sBBHHIQIIII")
LZ4, FIN, REPLY, ERROR, RETRY, CONT = 1, 2, 4, 8, 16, 32
RESERVED_CRITICAL = 0xC0

FATAL, RETRIABLE, NOT_EXECUTED, INDEFINITE, REFRESH, BACKOFF = 1, 2, 4, 8, 16, 32
NOWHERE = 0xFFFFFFFF

_REGISTRY = """
0x1001 BAD_HEADER_CRC 5, 0x1002 BAD_LENGTH 5, 0x1003 RESERVED_BITS 5, 0x1004 ID_ORDER 5, 0x1005 NO_CREDIT 5,
0x1006 UNEXPECTED_STATE 5, 0x1007 COMPRESSION_NOT_NEGOTIATED 5, 0x1008 FRAGMENT_ORDER 5, 0x1009 FRAME_TIMEOUT 5,
0x100A ENHANCE_YOUR_CALM 5, 0x1101 UNSUPPORTED_VERSION 5, 0x1102 WRONG_CLUSTER 5, 0x1103 CRITICAL_FEATURE_UNKNOWN 5,
0x1201 BAD_PAYLOAD_CRC 6, 0x1202 DECOMPRESS_FAILED 6, 0x1203 RAW_SIZE_MISMATCH 6,
0x2001 AUTH_REQUIRED 5, 0x2002 AUTH_FAILED 5, 0x2003 AUTH_RATE_LIMITED 5, 0x2004 PERMISSION_DENIED 4, 0x2005 CERT_REQUIRED 5,
0x3001 UNKNOWN_OPCODE 4, 0x3002 UNKNOWN_BODY_VERSION 4, 0x3003 MALFORMED_BODY 4, 0x3004 TRAILING_BYTES 4,
0x3005 LIMIT_EXCEEDED 4, 0x3006 DIMENSION_MISMATCH 4, 0x3007 NON_FINITE_VALUE 4, 0x3008 UNKNOWN_COLLECTION 4,
0x3009 BAD_UTF8 4, 0x300A DUPLICATE_FIELD 4, 0x300B BAD_DEADLINE 4, 0x300C UNKNOWN_USER 4, 0x300D CONFLICT 4,
0x300E BAD_FILTER 4, 0x300F UNKNOWN_ATTRIBUTE 4, 0x3010 MODEL_REFUSED 4, 0x3011 UNKNOWN_GENERATION 4, 0x3012 UNKNOWN_UPLOAD 4, 0x3013 UNKNOWN_ANALYSIS 4,
0x3020 BAD_PAGE_TOKEN 4, 0x3021 BAD_FACET 4, 0x3022 IMPOSSIBLE_TARGET 4, 0x3023 BAD_RULE 4,
0x4001 STALE_EPOCH 22, 0x4002 NOT_OWNER 22, 0x4003 SLOT_FROZEN 54, 0x4004 NO_REPLICA 38, 0x4005 NOT_PRIMARY 22, 0x4006 NOT_ASSURED 6, 0x4007 DISPLACED 4, 0x4008 STALE_TERM 20,
0x5001 OVERLOADED 38, 0x5002 QUOTA 38, 0x5003 SHUTTING_DOWN 38, 0x5004 MEMORY_BUDGET 38,
0x6001 DEADLINE_EXCEEDED 10, 0x6002 CANCELLED 8, 0x6003 EXPIRED_IN_QUEUE 6, 0x6004 COVERAGE_NOT_MET 4,
0x7001 STORAGE_FAILED 8, 0x7002 STORAGE_FULL 38, 0x7003 CORRUPT_SHARD 4, 0x7004 READ_ONLY 4,
0x8001 INTERNAL 8, 0x8002 REPLICATION_INDEFINITE 8, 0x8003 METADATA_UNAVAILABLE 38,
0x8004 TOO_FEW_COPIES 38, 0x8005 METADATA_WENT_BACK 4
"""
ERRORS = {}  # name → (number, class bits)
for _entry in _REGISTRY.replace("\n", " ").split(","):
    _number, _name, _class = _entry.split()
    ERRORS[_name] = (int(_number, 16), int(_class))
ERROR_NAMES = {number: name for name, (number, _) in ERRORS.items()}

OPCODES = {
    "HELLO": 0x01, "WELCOME": 0x02, "AUTH": 0x03, "AUTH_OK": 0x04, "PING": 0x05, "PONG": 0x06, "GOAWAY": 0x07,
    "CANCEL": 0x08, "CREDIT": 0x09, "ERROR": 0x0A,
    "RANK": 0x20, "SEARCH": 0x21, "GET": 0x22, "EVENT": 0x23, "HISTORY": 0x2B, "SUGGEST": 0x2C, "RULE": 0x2D, "EXPERIMENT": 0x2E, "COLLECTION_CREATE": 0x24, "COLLECTION_DESCRIBE": 0x25,
    "COLLECTION_DROP": 0x26, "GENERATION": 0x27, "MODEL_LOAD": 0x28, "MODEL_DESCRIBE": 0x29, "UPSERT": 0x30, "DELETE": 0x31, "FEED": 0x32, "UPDATE": 0x33,
    "STATUS": 0x40, "SHARD_MAP": 0x41, "METRICS": 0x42, "SLOW_LOG": 0x43, "CLUSTER_LOG": 0x44, "TRANSFER": 0x50, "REBALANCE": 0x51, "SNAPSHOT": 0x52, "GROUP": 0x53, "REPLICATE": 0x54, "POSITION": 0x55,
    "METADATA": 0x56,
    "ECHO": 0xF0,
}
# Messages of more than one body version, the newest last; released vectors name version 3 of RANK as an unknown one.
BODY_VERSIONS = {OPCODES["STATUS"]: (1, 3), OPCODES["RANK"]: (1, 2, 4, 5, 6, 7, 8, 9), OPCODES["SEARCH"]: (1, 2, 4, 5), OPCODES["MODEL_LOAD"]: (1, 2, 3), OPCODES["TRANSFER"]: (1, 2), OPCODES["SNAPSHOT"]: (1, 2, 3), OPCODES["POSITION"]: (1, 2),
                 OPCODES["COLLECTION_CREATE"]: (1, 2), OPCODES["COLLECTION_DESCRIBE"]: (1, 2), OPCODES["GENERATION"]: (1, 2), OPCODES["CLUSTER_LOG"]: (1, 2),
                 OPCODES["UPSERT"]: (1, 2), OPCODES["UPDATE"]: (1, 2), OPCODES["DELETE"]: (1, 2), OPCODES["REBALANCE"]: (1, 2)}
OPCODE_NAMES = {number: name for name, number in OPCODES.items()}
TO_SERVER = {"HELLO", "PING", "PONG", "CANCEL", "ERROR"}
TO_CLIENT = {"WELCOME", "PING", "PONG", "GOAWAY", "CREDIT", "ERROR"}
SERVED = {
    "coordinator": set(OPCODES.values()) - {OPCODES[n] for n in ("SEARCH", "TRANSFER", "REPLICATE", "POSITION")},
    "shard": set(OPCODES.values()) - {OPCODES[n] for n in ("RANK", "MODEL_LOAD", "MODEL_DESCRIBE", "FEED", "SLOW_LOG", "CLUSTER_LOG", "REBALANCE", "SUGGEST", "METADATA", "RULE", "EXPERIMENT")},
}

SMALLEST_PAYLOAD, LARGEST_PAYLOAD = 8_192, 4_194_304
CLIENT_PAYLOAD = 1_048_576
CLIENT_MESSAGE, PEER_MESSAGE = 16_777_216, 67_108_864
CLIENT_CREDITS, PEER_CREDITS = 256, 1_024
PINGS_PER_SECOND = 100
LONGEST_TIME = 60_000_000


class WireError(Exception):
    """A rule of the pages that bytes break: the registry's name, and where in the body."""

    def __init__(self, name, offset=NOWHERE, why=""):
        super().__init__(f"{name}{'' if offset == NOWHERE else f' at {offset}'}{': ' if why else ''}{why}")
        self.name, self.offset = name, offset


def _crc_table():
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    return table


_CRC = _crc_table()


def crc32c(data):
    """CRC32C; of the nine bytes 123456789 it is E3069283."""
    crc = 0xFFFFFFFF
    table = _CRC
    for byte in data:
        crc = table[(crc ^ byte) & 255] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


def shuffle(raw, width):
    """All first bytes of the elements, then all second ones, and so on."""
    return b"".join(raw[j::width] for j in range(width))


def unshuffle(raw, width):
    """The inverse of `shuffle`."""
    out = bytearray(len(raw))
    count = len(raw) // width
    for j in range(width):
        out[j::width] = raw[j * count:(j + 1) * count]
    return bytes(out)


class Header:
    """The 40 bytes before every payload; `length` counts the 36 bytes behind itself and the payload."""

    __slots__ = ("length", "magic", "version", "opcode", "flags", "body_version", "raw_length", "request_id",
                 "time_us", "epoch", "payload_crc", "header_crc")

    def __init__(self, **fields):
        for name in self.__slots__:
            setattr(self, name, fields.get(name, 0))
        self.magic = fields.get("magic", MAGIC)
        self.version = fields.get("version", 1)
        self.body_version = fields.get("body_version", 1)

    @classmethod
    def unpack(cls, data):
        return cls(**dict(zip(cls.__slots__, HEADER.unpack(data))))

    def pack(self, **changed):
        """The bytes of the header, its CRC computed unless it is among the changed fields."""
        values = [changed.get(name, getattr(self, name)) for name in self.__slots__]
        packed = HEADER.pack(*values)
        if "header_crc" not in changed:
            packed = packed[:36] + struct.pack("<I", crc32c(packed[:36]))
        return packed

    @property
    def payload_length(self):
        return self.length - 36

    @property
    def filter(self):
        return self.flags >> 8 & 15


def frame(opcode, payload=b"", *, flags=FIN, request_id=0, time_us=0, epoch=0, body_version=1, width=0, lz4=False,
          block=None, **changed):
    """One frame. `lz4` compresses (after a byte shuffle of `width`), `block` is a ready LZ4 block; header fields can be overridden."""
    wire = payload
    if lz4 or block is not None:
        flags |= LZ4 | {0: 0, 4: 1, 8: 2}[width] << 8
        wire = block if block is not None else winnow_lz4.compress(shuffle(payload, width) if width else payload)
    header = Header(length=36 + len(wire), opcode=opcode, flags=flags, body_version=body_version, raw_length=len(payload),
                    request_id=request_id, time_us=time_us, epoch=epoch, payload_crc=crc32c(wire) if wire else 0)
    return header.pack(**changed) + wire


def fragments(opcode, sections, *, flags=0, request_id=0, time_us=0, epoch=0, body_version=1, lz4=False, largest=262_144):
    """A message as frames. `sections` are (bytes, kind): P plain, C columns (shuffle 8 before LZ4), V vectors (never tried)."""
    pieces = []
    for data, kind in sections:
        for start in range(0, len(data), largest):
            pieces.append((data[start:start + largest], kind))
    out = bytearray()
    pieces = pieces or [(b"", "P")]
    for index, (raw, kind) in enumerate(pieces):
        own = flags | (CONT if index else 0) | (FIN if index == len(pieces) - 1 else 0)
        block, width = None, 0
        if lz4 and kind != "V" and len(raw) >= 512:
            width = 8 if kind == "C" and len(raw) % 8 == 0 else 0
            block = winnow_lz4.compress(shuffle(raw, width) if width else raw)
            if len(block) > len(raw) - len(raw) // 8:
                block, width = None, 0
        out += frame(opcode, raw, flags=own, request_id=request_id, time_us=0 if index else time_us, body_version=body_version,
                     epoch=0 if index else epoch, block=block, width=width)
    return bytes(out)


class Message:
    """One whole message: the header of its first fragment and the joined raw payloads."""

    def __init__(self, header, body=b""):
        self.header, self.body, self.failed = header, bytearray(body), False

    @property
    def opcode(self):
        return self.header.opcode


class Refusal:
    """What a receiver answers: the error, whether the connection closes, and the request it is about (0: the connection)."""

    def __init__(self, name, fatal, request_id=0, offset=NOWHERE):
        self.name, self.fatal, self.request_id, self.offset = name, fatal, request_id, offset


class Receiver:
    """One side of a connection as 01-framing orders its checks. Sans I/O: bytes in, messages and refusals out.

    `role` is "coordinator", "shard" or "client"; `state` "hello", "ready" or "draining". `decode(message)` decodes a body
    and raises WireError; it is given for tests, and is where HELLO and WELCOME take effect.
    """

    def __init__(self, role, state="ready", *, lz4=True, echo=False, between_nodes=False, decode=None):
        self.role, self.state, self.lz4, self.echo = role, state, lz4, echo
        self.decode = decode or (lambda message: None)
        self.limits(between_nodes)
        self.buffer = bytearray()
        self.highest_id = 0
        self.open = {}  # request id → Message that is not finished
        self.in_flight = set()  # server: requests without their terminal answer
        self.waiting = None  # client: the ids (→ opcode) that it waits for; None waits for all
        self.over = set()  # client: ids whose terminal answer has come
        self.damaged = []  # times of failures of steps 12, 17 and 18
        self.pings = []
        self.closed = False

    def limits(self, between_nodes):
        self.wire_max = LARGEST_PAYLOAD if between_nodes or self.role == "client" else CLIENT_PAYLOAD
        self.raw_max = LARGEST_PAYLOAD
        self.message_max = PEER_MESSAGE if between_nodes else CLIENT_MESSAGE
        self.credits = PEER_CREDITS if between_nodes else CLIENT_CREDITS

    def feed(self, data, now=0.0):
        """Yields Messages and Refusals; None stands for a close without a reply. After a fatal one nothing more comes."""
        self.buffer += data
        while not self.closed:
            if len(self.buffer) >= 6 and self.buffer[4:6] != MAGIC:
                self.closed = True
                yield None
                return
            if len(self.buffer) < 40:
                return
            try:
                header = self._header()
                if len(self.buffer) < 4 + header.length:
                    return
                payload = bytes(self.buffer[40:4 + header.length])
                del self.buffer[:4 + header.length]
                message = self._frame(header, payload, now)
            except _Failure as failure:
                refusal = failure.refusal
                self.closed = refusal.fatal
                if refusal.request_id:
                    self.in_flight.discard(refusal.request_id)
                yield refusal
            else:
                if message is not None:
                    yield message

    def finished(self, request_id):
        """A caller that lists the ids that it waits for needs no list of those that are over."""
        if self.waiting is None:
            self.over.add(request_id)

    def answered(self, request_id):
        """A server has sent the terminal answer of a request."""
        self.in_flight.discard(request_id)

    # Steps 2–8: the header alone.
    def _header(self):
        raw = bytes(self.buffer[:40])
        header = Header.unpack(raw)
        if crc32c(raw[:36]) != header.header_crc:
            _fatal("BAD_HEADER_CRC")
        if header.version != 1:
            _fatal("UNSUPPORTED_VERSION")
        if header.flags & RESERVED_CRITICAL:
            _fatal("RESERVED_BITS")
        hello = self.state in ("hello", "auth")
        wire_max, raw_max = (SMALLEST_PAYLOAD,) * 2 if hello else (self.wire_max, self.raw_max)
        if header.length < 36 or header.payload_length > wire_max:
            _fatal("BAD_LENGTH")
        connection = header.opcode < 0x10
        reply, error = header.flags & REPLY, header.flags & ERROR
        if not self._expected(header.opcode, connection, reply, error):
            _fatal("UNEXPECTED_STATE")
        if header.flags & LZ4:
            if connection or error or hello:
                _fatal("UNEXPECTED_STATE")
            if not self.lz4:
                _fatal("COMPRESSION_NOT_NEGOTIATED")
            if header.payload_length == 0:
                _fatal("RAW_SIZE_MISMATCH")
            if not 1 <= header.raw_length <= min(raw_max, 255 * header.payload_length):
                _fatal("BAD_LENGTH")
        elif header.raw_length != header.payload_length:
            _fatal("BAD_LENGTH")
        return header

    def _expected(self, opcode, connection, reply, error):
        client = self.role == "client"
        if connection and (reply or error):
            return False
        if not client and (reply or error):
            return False
        if client and not connection and not reply:
            return False
        name = OPCODE_NAMES.get(opcode)
        if self.state == "hello":
            # A refused HELLO is answered with ERROR in the place of WELCOME.
            return name in (("WELCOME", "ERROR") if client else ("HELLO",))
        if self.state == "auth":
            if not client and name not in ("AUTH", "ERROR"):
                _fatal("AUTH_REQUIRED")
            return name in ("AUTH_OK", "ERROR") if client else True
        if name in ("HELLO", "WELCOME"):
            return False
        if connection and name not in ("AUTH", "AUTH_OK", None):
            return name in (TO_CLIENT if client else TO_SERVER)
        return True

    # Steps 9–20: the frame in its place, then its payload.
    def _frame(self, header, payload, now):
        self._order(header)
        request_id = header.request_id
        message = self.open.get(request_id) if request_id else None
        if message is None:
            if self._unwanted(request_id):
                return None
            message = Message(header)
            if request_id:
                self.open[request_id] = message
        elif header.flags & ERROR:
            message = self.open[request_id] = Message(header)
        if header.flags & FIN:
            self.open.pop(request_id, None)
            self.finished(request_id)
        if message.failed:
            return None
        try:
            return self._payload(message, header, payload, now)
        except WireError as error:
            message.failed = True
            if self.role == "client":
                self.open.pop(request_id, None)
                self.finished(request_id)
            raise _Failure(self._refusal(error, request_id, now)) from None

    def _order(self, header):
        request_id, flags, client = header.request_id, header.flags, self.role == "client"
        connection = header.opcode < 0x10
        first = not flags & CONT
        if connection != (request_id == 0) or not connection and request_id % 2 == 0:
            _fatal("ID_ORDER")
        if not connection and not client and first and request_id <= self.highest_id:
            _fatal("ID_ORDER")
        if connection:
            if flags & (FIN | CONT) != FIN:
                _fatal("FRAGMENT_ORDER")
            return
        if client and self._unwanted(request_id):
            return
        open_message = self.open.get(request_id)
        if first and open_message is not None and not flags & ERROR:
            _fatal("ID_ORDER")
        if flags & ERROR and flags & (FIN | CONT) != FIN:
            _fatal("FRAGMENT_ORDER")
        known = open_message.header if open_message else None
        if not first and (known is None or known.opcode != header.opcode or known.body_version != header.body_version):
            _fatal("FRAGMENT_ORDER")
        if client and self.waiting is not None and self.waiting.get(request_id) != header.opcode:
            _fatal("FRAGMENT_ORDER")
        if header.payload_length == 0 and not flags & FIN:
            _fatal("FRAGMENT_ORDER")
        if first and not client:
            if len(self.in_flight) >= self.credits:
                _fatal("NO_CREDIT")
            self.highest_id = request_id
            self.in_flight.add(request_id)

    def _unwanted(self, request_id):
        if self.role != "client" or request_id == 0:
            return False
        return request_id in self.over or self.waiting is not None and request_id not in self.waiting

    def _payload(self, message, header, payload, now):
        if (crc32c(payload) if payload else 0) != header.payload_crc:
            raise WireError("BAD_PAYLOAD_CRC")
        if not header.flags & CONT:
            self._served(header)
        known = (1,) if header.flags & ERROR else BODY_VERSIONS.get(header.opcode, (1,))
        if header.body_version not in known:
            raise WireError("UNKNOWN_BODY_VERSION")
        width = {0: 0, 1: 4, 2: 8}.get(header.filter)
        if width is None or width and (not header.flags & LZ4 or header.raw_length % width):
            raise WireError("MALFORMED_BODY", why="filter")
        if len(message.body) + header.raw_length > self.message_max:
            raise _Failure(Refusal("LIMIT_EXCEEDED", True, header.request_id))
        if header.flags & LZ4:
            try:
                payload = winnow_lz4.decompress(payload, header.raw_length)
            except winnow_lz4.LZ4Error as error:
                raise WireError("DECOMPRESS_FAILED", why=str(error)) from None
            if len(payload) != header.raw_length:
                raise WireError("RAW_SIZE_MISMATCH")
            if width:
                payload = unshuffle(payload, width)
        message.body += payload
        if not header.flags & FIN:
            return None
        if self.role != "client" and header.request_id and message.header.time_us == 0:
            raise WireError("BAD_DEADLINE")
        if header.opcode == OPCODES["PING"]:
            self.pings = [t for t in self.pings if t > now - 1] + [now]
            if len(self.pings) > PINGS_PER_SECOND and self.role != "client":
                raise WireError("ENHANCE_YOUR_CALM")
        self.decode(message)
        return message

    def _served(self, header):
        name = OPCODE_NAMES.get(header.opcode)
        if name is None or name in ("AUTH", "AUTH_OK") and self.state != "auth" or name == "ECHO" and not self.echo:
            raise WireError("UNKNOWN_OPCODE")
        if self.role != "client" and header.opcode not in SERVED[self.role]:
            raise WireError("UNKNOWN_OPCODE")
        if self.state == "draining" and header.request_id and self.role != "client":
            raise WireError("SHUTTING_DOWN")

    def _refusal(self, error, request_id, now):
        fatal = request_id == 0 or bool(ERRORS[error.name][1] & FATAL)
        if error.name in ("BAD_PAYLOAD_CRC", "DECOMPRESS_FAILED", "RAW_SIZE_MISMATCH"):
            self.damaged = [t for t in self.damaged if t > now - 60] + [now]
            fatal = fatal or len(self.damaged) >= 3
        return Refusal(error.name, fatal, request_id, error.offset)


class _Failure(Exception):
    def __init__(self, refusal):
        super().__init__(refusal.name)
        self.refusal = refusal


def _fatal(name):
    raise _Failure(Refusal(name, True))
