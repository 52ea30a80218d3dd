"""Bodies: the types of 02-types and every message of 03-messages and 04-flow, each as one function for both directions.

A message function walks the fields of its page. With a reading `Codec` it fills `codec.fields`, with a writing one it takes
the values from there (what is missing is 0 or empty) and checks nothing, so that wrong bodies can be made as well.
"""

import array
import json
import math
import re
import struct

import winnow_filter
from winnow_wire import LARGEST_PAYLOAD, NOWHERE, WireError, crc32c

TYPES = ("", "int", "float", "keyword", "keyword_set", "bool", "text")
KEY_ID_BYTES = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789-")
NAME_BYTES = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789_-")
LONGEST_STRING, MOST_STRINGS, MOST_COLUMNS = 16_384, 256, 64
LARGEST_SQUARES = 1e36
ADDRESS = re.compile(r"(?!.{256})(\[[!-Z\\^-~]+\]|[!-9;-Z\\^-~]+):"
                     r"(6553[0-5]|655[0-2]\d|65[0-4]\d\d|6[0-4]\d{3}|[1-5]\d{4}|[1-9]\d{0,3})", re.ASCII)


class Codec:
    """A cursor over a body that reads (given bytes) or writes (given fields)."""

    def __init__(self, body=None, fields=None, version=1):
        self.version = version
        self.reading = body is not None
        self.body = memoryview(bytes(body)) if self.reading else None
        self.at = 0
        self.out = bytearray()
        self.fields = {} if fields is None else fields
        self.kinds = {}
        self.prefix = ""
        self.end = len(self.body) if self.reading else 0
        self.marks = [(0, "P")]  # where the sender's sections begin

    # Bytes

    @property
    def offset(self):
        return self.at if self.reading else len(self.out)

    @property
    def left(self):
        return self.end - self.at

    def take(self, count, start=None):
        if count > self.left:
            raise WireError("MALFORMED_BODY", self.at if start is None else start, "the body ends too early")
        piece = self.body[self.at:self.at + count]
        self.at += count
        return piece

    def put(self, data):
        self.out += data

    def number(self, shape, value=None):
        if self.reading:
            return struct.unpack("<" + shape, self.take(struct.calcsize(shape)))[0]
        value = 0 if value is None else value
        self.put(struct.pack("<" + shape, value))
        return value

    def zeros(self, count):
        start = self.at
        if not self.reading:
            self.put(bytes(count))
        elif any(self.take(count)):
            raise WireError("MALFORMED_BODY", start, "has to be zero")

    def pad8(self):
        self.zeros(-self.offset % 8)

    def section(self, kind):
        """A sender's section begins here: P plain, C columns, V vectors."""
        self.marks.append((self.offset, kind))

    def sections(self):
        """What was written, cut at its sections."""
        stops = [at for at, _ in self.marks[1:]] + [len(self.out)]
        return [(bytes(self.out[at:stop]), kind) for (at, kind), stop in zip(self.marks, stops)]

    def finish(self):
        if self.reading and self.left:
            raise WireError("TRAILING_BYTES", self.at)

    # Named fields

    def note(self, name, kind, value):
        self.kinds[self.prefix + name] = kind
        if self.reading:
            self.fields[name] = value
        return value

    def given(self, name, default):
        return self.fields.get(name, default)

    def integer(self, name, kind, least=None, most=None, under="MALFORMED_BODY", over="MALFORMED_BODY", among=None):
        start = self.offset
        shape = {"u8": "B", "u16": "H", "u32": "I", "u64": "Q", "i32": "i", "i64": "q"}[kind]
        value = self.number(shape, self.given(name, 0))
        if self.reading:
            if least is not None and value < least:
                raise WireError(under, start, name)
            if most is not None and value > most:
                raise WireError(over, start, name)
            if among is not None and value not in among:
                raise WireError("MALFORMED_BODY", start, name)
        return self.note(name, kind, value)

    def f32(self, name, finite=True):
        start = self.offset
        value = self.number("f", self.given(name, 0.0))
        if self.reading and finite and not math.isfinite(value):
            raise WireError("NON_FINITE_VALUE", start, name)
        return self.note(name, "f32", value)

    def count(self, shape, given, most=None, size=0, least=0, under="MALFORMED_BODY", over="LIMIT_EXCEEDED"):
        """A count: its limit first, then the bytes that are left."""
        start = self.offset
        value = self.number(shape, given)
        if self.reading:
            if value < least:
                raise WireError(under, start, "a count")
            if most is not None and value > most:
                raise WireError(over, start, "a count")
            if value * size > self.left:
                raise WireError("MALFORMED_BODY", start, "a count")
        return value

    def fixed(self, name, size, nonzero=False):
        start = self.offset
        if self.reading:
            value = bytes(self.take(size))
            if nonzero and not any(value):
                raise WireError("MALFORMED_BODY", start, name)
        else:
            value = self.given(name, bytes(size))
            self.put(value)
        return self.note(name, "bytes", value)

    # Text and names

    def text_value(self, value="", most=65_535, ascii_only=False, over="LIMIT_EXCEEDED"):
        start = self.offset
        if not self.reading:
            data = value if isinstance(value, bytes) else value.encode()
            self.put(struct.pack("<H", len(data)) + data)
            return value
        length = self.number("H")
        if length > most:
            raise WireError(over, start, "text")
        data = bytes(self.take(length, start))
        if ascii_only and any(not 0x20 <= byte <= 0x7E for byte in data):
            raise WireError("BAD_UTF8", start)
        try:
            return data.decode()
        except UnicodeDecodeError:
            raise WireError("BAD_UTF8", start) from None

    def text(self, name, most=65_535, ascii_only=False, over="LIMIT_EXCEEDED"):
        return self.note(name, "text", self.text_value(self.given(name, ""), most, ascii_only, over))

    def name_value(self, value="", empty=False):
        start = self.offset
        if not self.reading:
            data = value if isinstance(value, bytes) else value.encode()
            self.put(bytes((len(data),)) + data)
            return value
        length = self.number("B")
        if length > 64 or length == 0 and not empty:
            raise WireError("MALFORMED_BODY", start, "a name")
        data = bytes(self.take(length, start))
        if not NAME_BYTES.issuperset(data):
            raise WireError("MALFORMED_BODY", start, "a name")
        return data.decode()

    def name(self, name, empty=False):
        return self.note(name, "text", self.name_value(self.given(name, ""), empty))

    def names(self, name, allowed=True):
        start = self.offset
        given = self.given(name, [])
        count = self.count("H", len(given), 64, 2)
        if self.reading and count and not allowed:
            raise WireError("MALFORMED_BODY", start, name)
        values, seen = [], set()
        for index in range(count):
            start = self.offset
            values.append(self.name_value(None if self.reading else given[index]))
            self.once(values[-1], seen, start)
        return self.note(name, "texts", values)

    def once(self, value, seen, start):
        if self.reading and value in seen:
            raise WireError("DUPLICATE_FIELD", start)
        seen.add(value)

    # Rows of numbers

    def rows(self, name, kind, count, rule=None):
        """`count` numbers of one kind, checked against the bytes left first; the first that breaks the rule is refused."""
        start = self.offset
        shape = {"u8": "B", "u16": "H", "u32": "I", "u64": "Q", "i64": "q", "f32": "f", "f64": "d"}[kind]
        if self.reading:
            values = array.array(shape if kind != "u64" else "Q")
            assert values.itemsize == struct.calcsize("<" + shape)
            size = values.itemsize
            values.frombytes(self.take(count * size))
            values = values.tolist()
            for place in range(count) if rule else ():
                if not rule(values, place):
                    raise WireError("MALFORMED_BODY", start + size * place, name)
        else:
            values = list(self.given(name, [0] * count))
            self.put(struct.pack(f"<{len(values)}{shape}", *values))
        return self.note(name, kind + "s", values)

    def finite_rows(self, name, count):
        start = self.offset
        values = self.rows(name, "f32", count)
        if self.reading:
            for index, value in enumerate(values):
                if not math.isfinite(value):
                    raise WireError("NON_FINITE_VALUE", start + 4 * index, name)
        return values

    def matrix(self, name, rows, columns):
        """`rows` vectors one after the other, each within the norm of 02-types."""
        start = self.offset
        values = self.rows(name, "f32", rows * columns)
        if self.reading and any(values):
            for row in range(rows):
                fault = vector_fault(values[row * columns:(row + 1) * columns])
                if fault is not None:
                    raise WireError("NON_FINITE_VALUE", start + 4 * (row * columns + fault), name)
        return values

    def vector(self, name, or_empty=False):
        start = self.offset
        given = self.given(name, [])
        dimension = self.number("H", len(given))
        if self.reading:
            if not (0 if or_empty else 1) <= dimension <= 4_096:
                raise WireError("DIMENSION_MISMATCH", start, name)
            values = array.array("f", bytes(self.take(4 * dimension, start))).tolist()
            fault = vector_fault(values)
            if fault is not None:
                raise WireError("NON_FINITE_VALUE", start + 2 + 4 * fault, name)
        else:
            values = list(given)
            self.put(struct.pack(f"<{dimension}f", *values))
        return self.note(name, "f32s", values)

    def ids(self, name, most, least=0, ascending=False):
        given = self.given(name, [])
        count = self.count("I", len(given), most, 8, least, under="LIMIT_EXCEEDED")
        return self.rows(name, "u64", count, (lambda ids, i: i == 0 or ids[i - 1] < ids[i]) if ascending else None)

    def group(self, name, count_shape, walk, size, most=None, least=0, over="LIMIT_EXCEEDED"):
        """A counted list of records; `walk(codec)` walks one of them."""
        given = self.given(name, [])
        count = self.count(count_shape, len(given), most, size, least, over=over)
        outer, prefix = self.fields, self.prefix
        self.prefix = f"{prefix}{name}."
        records = []
        for index in range(count):
            self.fields = {} if self.reading else given[index]
            walk(self)
            records.append(self.fields)
        self.fields, self.prefix = outer, prefix
        self.note(name, "group", records)
        return records

    # Tables of attributes: {"columns": [(type, name)], "strings": [str], "values": {name: [value or None]}}

    def table_head(self, name="table"):
        table = self.given(name, {"columns": [], "values": {}})
        given = table["columns"]
        if not self.reading and "strings" not in table:
            table = dict(table, strings=strings_of(table))
        count = self.count("H", len(given), MOST_COLUMNS, 3)
        columns, seen = [], set()
        for index in range(count):
            columns.append(self.definition(given[index] if given else (None, None), seen))
        total = self.count("I", len(table.get("strings", [])), None, 2)
        strings = [self.text_value("" if self.reading else table["strings"][i], LONGEST_STRING) for i in range(total)]
        self.table = {"columns": columns, "strings": strings, "values": {} if self.reading else table["values"]}
        return self.note(name, "table", self.table)

    def definition(self, given, seen, reserved=()):
        """The type and the name of an attribute."""
        start = self.offset
        kind = self.number("B", given[0])
        if self.reading and not 1 <= kind <= 6:
            raise WireError("MALFORMED_BODY", start, "type")
        start = self.offset
        name = self.name_value(given[1])
        if self.reading and name in reserved:
            raise WireError("MALFORMED_BODY", start, "a name that is taken")
        self.once(name, seen, start)
        return kind, name

    def table_columns(self, rows):
        for kind, name in self.table["columns"]:
            values = self.table["values"].get(name, [None] * rows) if not self.reading else None
            present = self.bits([v is not None for v in values] if values is not None else None, rows)
            column = getattr(self, "_" + TYPES[kind])(values, present, rows)
            if self.reading:
                self.table["values"][name] = [v if here else None for here, v in zip(present, column)]

    def table_removals(self, rows):
        """For each column the rows whose value is removed: flags, none of a row that the table has a value for."""
        given = self.given("removed", {})
        removed = {}
        for _, name in self.table["columns"]:
            free = [value is None for value in self.table["values"][name]] if self.reading else None
            flags = self.bits(None if self.reading else given.get(name, [False] * rows), rows, free)
            removed[name] = [int(flag) for flag in flags]
        return self.note("removed", "flags", removed)

    def bits(self, values, rows, allowed=None):
        """A bit a row; a byte with an unused bit, or with one of a row that is not allowed any, is refused."""
        start = self.offset
        size = (rows + 7) // 8
        if not self.reading:
            self.put(packed_bits(values, rows))
            self.pad8()
            return values
        packed = self.take(size)
        most = packed_bits([True] * rows if allowed is None else allowed, rows)
        for place in range(size):
            if packed[place] & ~most[place]:
                raise WireError("MALFORMED_BODY", start + place, "unused bits")
        self.pad8()
        return [bool(packed[index // 8] >> index % 8 & 1) for index in range(rows)]

    def _int(self, values, present, rows):
        start = self.offset
        column = self._plain("q", values, rows)
        for index, value in enumerate(column if self.reading else ()):
            if value and not present[index]:
                raise WireError("MALFORMED_BODY", start + 8 * index, "a missing value")
        return column

    def _float(self, values, present, rows):
        start = self.offset
        column = self._plain("d", values, rows)
        for index, value in enumerate(column if self.reading else ()):
            if not present[index] and (value != 0 or math.copysign(1, value) < 0):
                raise WireError("MALFORMED_BODY", start + 8 * index, "a missing value")
            if not math.isfinite(value):
                raise WireError("NON_FINITE_VALUE", start + 8 * index)
        return column

    def _plain(self, shape, values, rows):
        size = struct.calcsize("<" + shape)
        if self.reading:
            return list(struct.unpack(f"<{rows}{shape}", self.take(rows * size)))
        self.put(struct.pack(f"<{rows}{shape}", *(0 if v is None else v for v in values)))
        return values

    def _bool(self, values, present, rows):
        return self.bits(values, rows, present if self.reading else None)

    def _keyword(self, values, present, rows):
        strings = self.table["strings"]
        start = self.offset
        if not self.reading:
            where = {text: i for i, text in reversed(list(enumerate(strings)))}
            self._plain("I", [0 if v is None else where[v] for v in values], rows)
            self.pad8()
            return values
        indexes = self._plain("I", None, rows)
        for row, index in enumerate(indexes):
            if index >= len(strings) if present[row] else index:
                raise WireError("MALFORMED_BODY", start + 4 * row, "a string index")
        self.pad8()
        return [strings[i] if here else None for i, here in zip(indexes, present)]

    _text = _keyword

    def _keyword_set(self, values, present, rows):
        strings = self.table["strings"]
        start = self.offset
        if not self.reading:
            where = {text: i for i, text in reversed(list(enumerate(strings)))}
            flat, ends = [], []
            for row in values:
                flat += [where[text] for text in row or []]
                ends.append(len(flat))
            self._plain("I", ends, rows)
            self.pad8()
            self._plain("I", flat, len(flat))
            self.pad8()
            return values
        ends = self._plain("I", None, rows)
        last = 0
        for row, stop in enumerate(ends):
            if stop < last or not present[row] and stop != last:
                raise WireError("MALFORMED_BODY", start + 4 * row, "a running end")
            if stop - last > MOST_STRINGS:
                raise WireError("LIMIT_EXCEEDED", start + 4 * row, "a keyword set")
            last = stop
        self.pad8()
        start = self.offset
        indexes = self._plain("I", None, last)
        column, last = [], 0
        for stop in ends:
            members = []
            for place in range(last, stop):
                if indexes[place] >= len(strings):
                    raise WireError("MALFORMED_BODY", start + 4 * place, "a string index")
                member = strings[indexes[place]]
                if members and members[-1].encode() >= member.encode():
                    raise WireError("MALFORMED_BODY", start + 4 * place, "a keyword set in order")
                members.append(member)
            column.append(members)
            last = stop
        self.pad8()
        return column


def packed_bits(values, rows):
    packed = bytearray((rows + 7) // 8)
    for index, value in enumerate(values):
        packed[index // 8] |= bool(value) << index % 8
    return packed


def vector_fault(vector):
    """The place of the first component that is not finite, or 0 if the float64 sum of squares is above 1e36; None: all is well."""
    total = 0.0
    for value in vector:
        total += value * value
    if total <= LARGEST_SQUARES:
        return None
    return next((place for place, value in enumerate(vector) if not math.isfinite(value)), 0)


def strings_of(table):
    """The strings of a table, each once, in the order in which the columns name them."""
    strings = {}
    for kind, name in table["columns"]:
        for value in table["values"].get(name, []):
            if value is None or kind not in (3, 4, 6):
                continue
            for text in value if kind == 4 else [value]:
                strings.setdefault(text)
    return list(strings)


# 04-flow

CLAIM = 0x0200


def features(c):
    given = c.given("features", [])
    count = c.count("H", len(given), 64, 4)
    values, seen = [], set()
    for index in range(count):
        start = c.offset
        kind = c.number("H", None if c.reading else given[index][0])
        number = kind & 0x7FFF
        c.once(number, seen, start)
        if c.reading and kind != number and number not in (1, CLAIM):
            raise WireError("CRITICAL_FEATURE_UNKNOWN", start)
        start = c.offset
        length = c.count("H", None if c.reading else len(given[index][1]), None, 1)
        if c.reading and number == 1 and length:
            raise WireError("MALFORMED_BODY", start, "ECHO has no value")
        if c.reading and number == CLAIM and length not in (8, 16):
            raise WireError("MALFORMED_BODY", start, "CLAIM has one number or two")
        content = bytes(c.take(length)) if c.reading else given[index][1]
        if not c.reading:
            c.put(content)
        values.append((kind, content))
    c.note("features", "features", values)


def byte_list(c, name):
    given = c.given(name, [])
    c.rows(name, "u8", c.count("B", len(given), None, 1))


def hello(c):
    low = c.integer("min_version", "u8")
    start = c.offset
    high = c.integer("max_version", "u8")
    if c.reading and low > high:
        raise WireError("MALFORMED_BODY", start - 1)
    if c.reading and not low <= 1 <= high:
        raise WireError("UNSUPPORTED_VERSION", start)
    c.integer("role", "u8", among=(0, 1, 2))
    c.zeros(1)
    c.fixed("cluster_id", 16)
    c.fixed("incarnation", 16)
    c.fixed("nonce", 32)
    for name in ("max_payload_wire", "max_payload_raw"):
        value = c.integer(name, "u32", least=8_192)
        if c.reading:
            c.note(name, "u32", min(value, LARGEST_PAYLOAD))
    byte_list(c, "compressions")
    byte_list(c, "filters")
    c.text("program", 64, ascii_only=True)
    features(c)


def welcome(c):
    """For a client that offered LZ4 and none."""
    c.integer("version", "u8", 1, 1, "UNSUPPORTED_VERSION", "UNSUPPORTED_VERSION")
    c.integer("role", "u8", among=(1, 2))
    c.integer("compression", "u8", among=(0, 1))
    c.integer("authentication", "u8", among=(0, 2))
    c.fixed("cluster_id", 16)
    c.fixed("incarnation", 16)
    c.fixed("nonce", 32)
    for name in ("max_payload_wire", "max_payload_raw"):
        value = c.integer(name, "u32", least=8_192)
        if c.reading:
            c.note(name, "u32", min(value, LARGEST_PAYLOAD))
    for name in ("max_message", "credits", "epoch", "idle_ms"):
        c.integer(name, "u32")
    byte_list(c, "filters")
    c.text("program", 64, ascii_only=True)
    features(c)


def auth(c):
    start = c.offset
    if c.integer("mechanism", "u8") != 1 and c.reading:
        raise WireError("AUTH_FAILED", start)
    start = c.offset
    count = c.count("B", len(c.given("key_id", "")), size=1)
    text = bytes(c.take(count)) if c.reading else c.given("key_id", "").encode()
    if not c.reading:
        c.put(text)
    elif not 1 <= count <= 32 or not KEY_ID_BYTES.issuperset(text):
        raise WireError("AUTH_FAILED", start)
    c.note("key_id", "text", text.decode("latin-1"))
    c.fixed("proof", 32)


def auth_ok(c):
    c.integer("outcome", "u8", among=(1,))
    c.integer("roles", "u16")
    c.integer("expires", "u64")
    c.fixed("answer", 32)


def ping(c):
    c.fixed("payload", 8)


def cancel(c):
    c.integer("request_id", "u64")


def credit(c):
    c.integer("credits", "u32", least=1)


def goaway(c):
    c.integer("last_id", "u64")
    c.integer("code", "u16")
    c.integer("drain_ms", "u32")


def error(c):
    c.integer("code", "u16")
    c.integer("class", "u16")
    c.integer("retry_after_ms", "u32")
    if not c.reading:
        c.fields.setdefault("field_offset", NOWHERE)
        c.fields.setdefault("shard", NOWHERE)
    c.integer("field_offset", "u32")
    c.integer("shard", "u32")
    c.integer("epoch", "u32")
    c.text("message", 512, over="MALFORMED_BODY")


# 02-types: the shard map; collection: the schema

def shard_map(c):
    c.integer("epoch", "u32", least=1)
    c.fixed("cluster_id", 16, nonzero=True)
    addresses, last = set(), [-1]

    def address(c, value):
        start = c.offset
        text = c.text_value("" if c.reading else value, 255, over="MALFORMED_BODY")
        if c.reading and not ADDRESS.fullmatch(text):
            raise WireError("MALFORMED_BODY", start, "an address")
        return text

    def shard(c):
        number = c.integer("id", "u16", last[0] + 1)
        c.integer("weight", "u16")
        start = c.offset
        text = c.note("address", "text", address(c, c.given("address", "")))
        if c.reading and text in addresses:
            raise WireError("MALFORMED_BODY", start, "an address twice")
        given = c.given("replicas", [])
        count = c.count("B", len(given), None, 2)
        c.note("replicas", "texts", [address(c, None if c.reading else given[i]) for i in range(count)])
        last[0] = number
        addresses.add(text)

    shards = len(c.group("shards", "H", shard, 7, 256, 1, over="MALFORMED_BODY"))
    c.rows("owners", "u16", 4_096, lambda owners, i: owners[i] < shards)


def schema(c):
    c.integer("dimension", "u16", 1, 4_096, "LIMIT_EXCEEDED", "LIMIT_EXCEEDED")
    c.integer("rerank_dimension", "u16", 0, 4_096, over="LIMIT_EXCEEDED")
    given = c.given("attributes", [])
    count = c.count("H", len(given), 64, 3)
    values, seen = [], set()
    for index in range(count):
        values.append(c.definition(given[index] if given else (None, None), seen, ("id", "embedding", "rerank")))
    return c.note("attributes", "attributes", values)


TEXT_TYPES = (3, 4, 6)


def text_settings(c, attributes):
    """The text settings of a schema with these attributes."""
    start = c.offset
    given = c.given("text_language", "")
    language = c.note("text_language", "text", c.name_value(given, empty=True))
    c.integer("text_version", "u32", 1 if language else 0, None if language else 0)
    ranged(c, "text_k1", (0, 1_000) if language else (0, 0))
    places = c.offset + 2
    names = c.names("text_attributes")
    if c.reading and bool(language) != bool(names):
        raise WireError("MALFORMED_BODY", start, "a language and attributes")
    for name in names if c.reading else ():
        if not any(name == known and kind in TEXT_TYPES for kind, known in attributes):
            raise WireError("UNKNOWN_ATTRIBUTE", places, name)
        places += 1 + len(name)
    for name, low, high in (("text_weights", 0.001, 1_000), ("text_b", 0, 1), ("text_averages", 0.01, 1_000_000)):
        start = c.offset
        for place, value in enumerate(c.finite_rows(name, len(names))):
            within(c, value, (low, high), start + 4 * place)


def ranged(c, name, bounds):
    start = c.offset
    within(c, c.f32(name), bounds, start)


def within(c, value, bounds, start):
    """Whether a float32 is within float32 bounds; -0 is in none."""
    low, high = (struct.unpack("<f", struct.pack("<f", bound))[0] for bound in bounds)
    if c.reading and not (low <= value <= high and math.copysign(1, value) > 0):
        raise WireError("LIMIT_EXCEEDED", start, "a number of the text settings")


# 03-messages

def rank_request(c):
    k = c.integer("k", "u32", 1, 1_000, "LIMIT_EXCEEDED", "LIMIT_EXCEEDED")
    depth = c.integer("depth", "u32", k, 10_000, "LIMIT_EXCEEDED", "LIMIT_EXCEEDED")
    c.integer("minimum_coverage", "u32", 0, 1_000_000)
    c.integer("generation", "u32")
    user_at = c.offset
    user = c.integer("user", "u64")
    who = c.integer("who", "u8", among=(0, 1))
    if c.reading and user and not who:
        raise WireError("MALFORMED_BODY", user_at, "a user that is not given")
    wanted = c.integer("attributes_wanted", "u8", among=(0, 1, 2))
    cap = c.integer("most_per_group", "u16")
    start = c.offset
    attribute = c.name("group_attribute", empty=True)
    if c.reading and bool(cap) != bool(attribute):
        raise WireError("MALFORMED_BODY", start, "a cap and its attribute")
    c.name("collection")
    c.vector("query_vector", or_empty=True)
    c.vector("user_vector", or_empty=True)
    start = c.offset
    text = c.text("filter", 16_384)
    if c.reading and text:
        parse_filter(text, start)
    seen = set()

    def context(c):
        start = c.offset
        c.once(c.name("name"), seen, start)
        kind = c.integer("kind", "u8", among=(1, 2))
        if kind == 1:
            c.f32("number")
            c.note("text", "text", None)
        else:
            c.note("number", "f32", None)
            c.text("text", 255)

    c.group("context", "H", context, 5, 64)
    c.names("attributes", wanted == 2)
    c.ids("session", 1_000)
    c.ids("exclude", 131_072)
    if c.version < 2:
        return
    start = c.offset
    least = c.integer("least_depth", "u32")
    if c.reading and least and not k <= least <= depth:
        raise WireError("LIMIT_EXCEEDED", start, "least depth")
    c.integer("request_id", "u64")
    c.integer("explained", "u8", 0, 100, over="LIMIT_EXCEEDED")
    if c.version < 5:
        return

    def rule(c):
        c.integer("kinds", "u8", 1, 255)
        c.integer("within_s", "u32", 0, 315_360_000, over="LIMIT_EXCEEDED")
        c.integer("times", "u16", 1, 0xFFFF)

    c.group("seen", "H", rule, 7, 8)
    if c.version < 6:
        return
    words = c.text("words", 1_024)
    c.integer("word_flags", "u8", 0, 3 if words else 0)
    if c.version >= 7:
        page_request(c)


def sort_keys(c):
    start = c.offset
    keys = c.group("sort", "H", lambda c: (c.name("attribute"), c.integer("direction", "u8", 1, 2)), 3, 3)
    if c.reading and len({key["attribute"] for key in keys}) < len(keys):
        raise WireError("DUPLICATE_FIELD", start, "sorted by an attribute once")


def facet_edges(c, kind):
    start = c.offset
    edges = doubles(c, "edges", 101)
    if c.reading and (len(edges) < 2 if kind == 2 else edges):
        raise WireError("MALFORMED_BODY", start, "edges")
    if c.reading and any(a >= b for a, b in zip(edges, edges[1:])):
        raise WireError("MALFORMED_BODY", start, "edges ascend")


def page_request(c):
    def facet(c):
        c.name("attribute")
        kind = c.integer("kind", "u8", 1, 3)
        c.integer("ignores_own", "u8", among=(0, 1))
        most = {1: 1_000, 2: 0, 3: 100}.get(kind, 0)
        c.integer("most", "u16", min(1, most), most, "LIMIT_EXCEEDED", "LIMIT_EXCEEDED")
        facet_edges(c, kind)

    def target(c):
        c.text("group", 255)
        start = c.offset
        share = c.f32("share")
        if c.reading and not 0 <= share <= 1:
            raise WireError("MALFORMED_BODY", start, "a share")

    c.integer("page_flags", "u8", 0, 7)
    start = c.offset
    c.rows("token", "u8", c.count("B", len(c.given("token", [])), size=1))
    if c.reading and len(c.fields["token"]) > 128:
        raise WireError("LIMIT_EXCEEDED", start, "a token")
    sort_keys(c)
    c.group("facets", "H", facet, 8, 32)
    arranged = c.offset
    window = c.integer("window", "u16", 0, 200, over="LIMIT_EXCEEDED")
    start = c.offset
    share = c.f32("lambda")
    plain = not share and math.copysign(1, share) > 0
    if c.reading and not 0 <= share <= 1:
        raise WireError("MALFORMED_BODY", start, "lambda")
    start = c.offset
    alike = c.name("alike_by", empty=True)
    if c.reading and not window and not (plain and not alike):
        raise WireError("MALFORMED_BODY", start, "diversity without a window")
    mode = c.integer("mode", "u8", 0, 2)
    start = c.offset
    strength = c.f32("strength")
    plain = not strength and math.copysign(1, strength) > 0
    if c.reading and not (plain if mode == 0 else 2**-20 <= strength <= 0.5 if mode == 1 else strength >= 0):
        raise WireError("MALFORMED_BODY", start, "strength")
    start = c.offset
    by = c.name("exposure_by", empty=True)
    if c.reading and bool(by) != bool(mode):
        raise WireError("MALFORMED_BODY", start, "exposure and its attribute")
    start = c.offset
    targets = c.group("targets", "H", target, 6, 64)
    if c.reading and bool(targets) != bool(mode):
        raise WireError("MALFORMED_BODY", start, "exposure and its targets")
    if c.reading and len({target["group"] for target in targets}) < len(targets):
        raise WireError("DUPLICATE_FIELD", start, "a group has one target")
    if c.reading and sum(target["share"] for target in targets) > 1.000_001:
        raise WireError("IMPOSSIBLE_TARGET", start, "the shares")
    if c.reading and c.fields["sort"] and (window or mode):
        raise WireError("MALFORMED_BODY", arranged, "a sorted list is not arranged")


def page_report(c):
    def facet(c):
        c.name("attribute")
        kind = c.integer("kind", "u8", 1, 3)
        c.integer("facet_exact", "u8", among=(0, 1))
        c.integer("present", "u64")
        c.integer("other", "u64")
        texts(c, "values", 1_000, 16_384)
        doubles(c, "lows", 100)
        start = c.offset
        doubles(c, "highs", 100)
        if c.reading and len(c.fields["lows"]) != len(c.fields["highs"]):
            raise WireError("MALFORMED_BODY", start, "a range has two ends")
        start = c.offset
        c.rows("counts", "u64", c.count("H", len(c.given("counts", [])), 1_000, 8))
        if c.reading and len(c.fields["counts"]) != len(c.fields["values" if kind == 1 else "lows"]):
            raise WireError("MALFORMED_BODY", start, "a count for each")

    def step(c):
        c.integer("step", "u8")
        c.integer("moved", "u32")
        c.f32("cost")
        c.f32("clicks_cost")

    def move(c):
        c.integer("result", "u16")
        c.integer("step", "u8")
        c.integer("places", "i32")

    def rule(c):
        c.name("rule")
        c.integer("outcome", "u8")
        c.text("message", 1_024)

    c.integer("total", "u64")
    c.group("facets", "H", facet, 28, 32)
    c.group("steps", "H", step, 13, 255)
    c.group("moves", "H", move, 7, 5_000)
    c.f32("similarity_before")
    c.f32("similarity_after")
    c.group("rules", "H", rule, 5, 64)
    c.integer("page_source", "u8")
    c.integer("page_offset", "u32")
    c.integer("listed", "u32")
    c.rows("next", "u8", c.count("B", len(c.given("next", [])), size=1))


def parse_filter(text, start):
    """A limit is told at the text's place in the body, any other fault by its place in the text."""
    try:
        winnow_filter.parse(text)
    except winnow_filter.FilterError as error:
        if error.kind == "limit":
            raise WireError("LIMIT_EXCEEDED", start, str(error)) from None
        raise WireError("BAD_FILTER", error.column - 1, str(error)) from None


def rank_reply(c):
    results = c.number("I", 0)
    report = c.number("I", 0)
    n = c.count("I", c.given("n", len(c.given("ids", []))), 1_000)
    c.note("n", "u32", n)
    c.integer("exact", "u8", among=(0, 1))
    c.integer("ranked", "u8", among=(0, 1))
    c.integer("reranked_results", "u16", 0, n)
    c.table_head()
    c.pad8()
    c.rows("ids", "u64", n)
    c.finite_rows("retrieval_scores", n)
    c.pad8()
    c.rows("ranking_logits", "f32", n)
    c.pad8()
    c.table_columns(n)
    size = c.offset - 8
    if c.reading and size != results:
        raise WireError("MALFORMED_BODY", 0, "bytes of results")
    rank_report(c)
    rest = c.offset - 8 - size
    if c.reading and rest != report:
        raise WireError("MALFORMED_BODY", 4, "bytes of report")
    if not c.reading:
        c.out[:8] = struct.pack("<II", size, rest)


def span(c):
    c.integer("phase", "u8")
    c.zeros(1)
    c.integer("shard", "u16")
    c.integer("start_us", "u32")
    c.integer("duration_us", "u32")


def rank_report(c):
    c.integer("generation", "u32")
    c.integer("model", "u64")
    c.integer("epoch", "u32")
    c.integer("query_source", "u8")
    c.integer("user_vector_source", "u8")
    c.integer("session_items_found", "u16")
    c.integer("coverage", "u32", 0, 1_000_000)
    c.integer("shards_in_map", "u16")
    c.integer("shards_in_full", "u16")
    for name in ("items_covered", "scanned", "passed"):
        c.integer(name, "u64")
    c.group("missing", "H", lambda c: (c.integer("shard", "u16"), c.integer("slots", "u16"), c.integer("cause", "u8")), 5, 256)
    for name in ("candidates", "reranked", "not_finite", "displaced"):
        c.integer(name, "u32")
    c.integer("reasks", "u16")

    c.group("waterfall", "H", span, 12)
    if c.version < 2:
        return
    c.integer("depth", "u32")
    c.integer("request_id", "u64")
    rank_explanation(c)
    if c.version < 4:
        return
    c.integer("events_counted", "u32")
    c.integer("events_skipped", "u32")
    if c.version < 5:
        return
    c.integer("history", "u8")
    c.integer("history_counted", "u32")
    c.integer("history_newest_us", "u64")
    c.integer("history_excluded", "u32")
    c.integer("history_item_us", "u32")
    if c.version < 6:
        return
    rank_words(c)
    if c.version >= 7:
        page_report(c)
    if c.version >= 8:
        promise(c)
    if c.version >= 9:
        experiment = c.integer("experiment", "u64")
        start = c.offset
        arm = c.name("arm", empty=True)
        if c.reading and (experiment == 0) != (arm == ""):
            raise WireError("MALFORMED_BODY", start, "experiment and arm")


def promise(c):
    """ε and δ of the model towards those whose log it was made of; both 0 without a promise."""
    start = c.offset
    epsilon = c.note("promised_epsilon", "f64", double(c, "promised_epsilon", c.given("promised_epsilon", 0.0)))
    if c.reading and (epsilon < 0 or math.copysign(1, epsilon) < 0):
        raise WireError("MALFORMED_BODY", start, "promised epsilon")
    start = c.offset
    delta = c.note("promised_delta", "f64", double(c, "promised_delta", c.given("promised_delta", 0.0)))
    if c.reading and (not 0 <= delta <= 1 or math.copysign(1, delta) < 0 or delta and not epsilon):
        raise WireError("MALFORMED_BODY", start, "promised delta")


def rank_words(c):
    c.integer("words", "u8")
    c.integer("words_cut", "u8", among=(0, 1))
    c.integer("lexicon_missing", "u8", among=(0, 1))
    c.integer("by_words", "u32")
    c.integer("by_vector", "u32")

    def term(c):
        c.text("term", 255)
        c.f32("weight")
        c.f32("idf")
        c.integer("known", "u8", among=(0, 1))

    def change(c):
        c.integer("rule", "u8")
        c.text("from", 1_024)
        texts(c, "to", 64)

    def matched(c):
        count = c.count("B", len(c.given("terms", [])), size=1)
        c.rows("terms", "u8", count)

    c.group("terms", "H", term, 11, 64)
    c.group("changes", "H", change, 5, 256)
    count = c.count("H", len(c.given("lexical_scores", [])), 1_000, 4)
    c.finite_rows("lexical_scores", count)
    c.group("matched", "H", matched, 1, 100)


def texts(c, name, most, size=1_024):
    given = c.given(name, [])
    count = c.count("H", len(given), most, 2)
    c.note(name, "texts", [c.text_value(None if c.reading else given[index], size) for index in range(count)])


def double(c, name, value):
    start = c.offset
    value = c.number("d", value)
    if c.reading and not math.isfinite(value):
        raise WireError("NON_FINITE_VALUE", start, name)
    return value


def doubles(c, name, most):
    """Finite float64 values behind their u16 count."""
    given = c.given(name, [])
    count = c.count("H", len(given), most, 8)
    return c.note(name, "f64s", [double(c, name, None if c.reading else given[index]) for index in range(count)])


def rank_explanation(c):
    c.integer("explanation", "u8")
    c.f32("base_logit")

    def entry(c):
        c.integer("kind", "u8")
        shared = c.integer("shared", "u8", among=(0, 1))
        c.text("name", 255)
        value = input_value(c, [c.given(key, 0) for key in ("value_kind", "number", "words")]) if shared else (None,) * 3
        for key, kind, content in zip(("value_kind", "number", "words"), ("u8", "f64", "text"), value):
            c.note(key, kind, content)

    own = sum(not record["shared"] for record in c.group("inputs", "H", entry, 4, 1_024))

    def item(c):
        c.integer("place", "u32")
        c.integer("shard", "u16")
        c.integer("phase", "u8")
        start = c.offset
        has_parts = c.integer("has_parts", "u8", among=(0, 1))
        if c.reading and has_parts and not own:
            raise WireError("MALFORMED_BODY", start, "parts of no input")
        keys = ("value_kinds", "numbers", "words", "parts")
        given = zip(*(c.given(key, []) for key in keys)) if not c.reading else ((0, 0, 0, 0),) * (own if has_parts else 0)
        columns = [[], [], [], []]
        for value in given:
            row = input_value(c, value)
            start = c.offset
            part = c.number("f", value[3])
            if c.reading and not math.isfinite(part):
                raise WireError("NON_FINITE_VALUE", start, "part")
            for column, cell_value in zip(columns, (*row, part)):
                column.append(cell_value)
        for key, kind, column in zip(keys, ("u8s", "f64s", "texts", "f32s"), columns):
            c.note(key, kind, column)

    c.group("explained", "H", item, 8, 100)


def input_value(c, given):
    """A value of an input: kind (0 missing, 1 number, 2 words, 3 norm), number, words."""
    start = c.offset
    kind = c.number("B", given[0])
    number, words = 0.0, ""
    if c.reading and kind > 3:
        raise WireError("MALFORMED_BODY", start, "kind of value")
    start = c.offset
    if kind in (1, 3):
        number = c.number("d", given[1])
        if c.reading and not math.isfinite(number):
            raise WireError("NON_FINITE_VALUE", start, "value")
    elif kind == 2:
        words = c.text_value(given[2], 255)
    return kind, number, words


def search_request(c):
    limit = c.integer("limit", "u32", 1, 10_000, "LIMIT_EXCEEDED", "LIMIT_EXCEEDED")
    c.integer("generation", "u32", 1, under="UNKNOWN_GENERATION")
    c.integer("snapshot", "u64")
    c.integer("rerank_encoding", "u8", among=(0, 1, 2))
    after = c.integer("after", "u8", among=(0, 1))
    c.zeros(2)
    start = c.offset
    score = c.f32("after_score")
    if c.reading and not after and (score or math.copysign(1, score) < 0):
        raise WireError("MALFORMED_BODY", start, "after score")
    start = c.offset
    if c.integer("after_id", "u64") and c.reading and not after:
        raise WireError("MALFORMED_BODY", start, "after id")
    c.name("collection")
    c.vector("query")
    c.names("attributes")
    filter_tree(c)
    c.ids("exclude", 131_072, ascending=True)
    if c.version >= 2:
        c.integer("request_id", "u64")
    if c.version < 4:
        return
    seen = set()

    def term(c):
        at = c.offset
        text = c.text("term", 255)
        if c.reading and not text:
            raise WireError("MALFORMED_BODY", at, "a term has a byte")
        start = c.offset
        weight = c.f32("weight")
        if c.reading and not 0 < weight <= 1_000_000:
            raise WireError("MALFORMED_BODY", start, "the weight of a term")
        c.once(text, seen, at)

    terms = c.group("terms", "H", term, 7, 64)
    if c.reading and terms and limit > 5_000:
        raise WireError("LIMIT_EXCEEDED", 0, "the limit of a search by words")
    if c.reading and terms and after:
        raise WireError("MALFORMED_BODY", 17, "a search by words is from the top")
    if c.version < 5:
        return

    def facet(c):
        c.name("attribute")
        kind = c.integer("kind", "u8", 1, 3)
        c.integer("filter_number", "u8")
        facet_edges(c, kind)

    c.integer("counts_total", "u8", among=(0, 1))
    sort_keys(c)
    others = c.group("other_filters", "H", lambda c: filter_tree(c, "other_filter"), 1, 32)
    start = c.offset
    facets = c.group("facets", "H", facet, 7, 32)
    if c.reading and any(facet["filter_number"] > len(others) for facet in facets):
        raise WireError("MALFORMED_BODY", start, "a filter that is there")
    c.ids("counted", 131_072, ascending=True)
    if c.reading and c.fields["sort"] and after:
        raise WireError("MALFORMED_BODY", 17, "a sorted search is from the top")


def filter_tree(c, name="filter"):
    start = c.offset
    if not c.reading:
        tree = c.given(name, None)
        if isinstance(tree, bytes):
            c.put(tree)
        else:
            write_node(c, tree)
    else:
        kind = c.number("B")
        tree = read_node(c, kind, start, 1, [0]) if kind else None
    c.note(name, "filter", tree)


def read_node(c, kind, start, depth, predicates):
    if not 1 <= kind <= 7:
        raise WireError("MALFORMED_BODY", start, "kind of node")
    if kind <= 3:
        if depth >= winnow_filter.MOST_DEPTH:
            raise WireError("LIMIT_EXCEEDED", start, "depth")
        count = 1 if kind == 3 else c.count("H", None, winnow_filter.MOST_CHILDREN, 3, 2)
        nodes = []
        for _ in range(count):
            start = c.offset
            nodes.append(read_node(c, c.number("B"), start, depth + 1, predicates))
        return ("not", nodes[0]) if kind == 3 else (("and", "or")[kind - 1], nodes)
    predicates[0] += 1
    if predicates[0] > winnow_filter.MOST_PREDICATES:
        raise WireError("LIMIT_EXCEEDED", start, "predicates")
    name = c.name_value()
    if kind == 7:
        return ("has", name)
    if kind == 4:
        start = c.offset
        operator = c.number("B")
        if not 1 <= operator <= 6:
            raise WireError("MALFORMED_BODY", start, "operator")
        return ("compare", name, operator, read_value(c))
    if kind == 5:
        ends = []
        for _ in range(2):
            start = c.offset
            ends.append(read_value(c))
            if ends[-1][0] not in (1, 2):
                raise WireError("BAD_FILTER", start, "the ends of a range are numbers")
        if ends[0][1] > ends[1][1]:
            raise WireError("BAD_FILTER", start, "the ends of a range are in order")
        return ("range", name, *ends)
    count = c.count("H", None, winnow_filter.MOST_VALUES, 2, 1)
    return ("in", name, [read_value(c) for _ in range(count)])


def read_value(c):
    at = c.offset
    kind = c.number("B")
    start = c.offset
    if kind == 1:
        return (1, c.number("q"))
    if kind == 2:
        value = c.number("d")
        if not math.isfinite(value):
            raise WireError("NON_FINITE_VALUE", start)
        return (2, value)
    if kind == 3:
        return (3, c.text_value(most=LONGEST_STRING))
    if kind == 5:
        value = c.number("B")
        if value > 1:
            raise WireError("MALFORMED_BODY", start, "bool")
        return (5, bool(value))
    raise WireError("MALFORMED_BODY", at, "kind of value")


def write_node(c, node):
    if node is None:
        c.number("B", 0)
        return
    kind = node[0]
    c.number("B", {"and": 1, "or": 2, "not": 3, "compare": 4, "range": 5, "in": 6, "has": 7}[kind])
    if kind in ("and", "or"):
        c.number("H", len(node[1]))
    if kind in ("and", "or", "not"):
        for child in winnow_filter.children(node):
            write_node(c, child)
        return
    c.name_value(node[1])
    if kind == "compare":
        c.number("B", node[2])
        write_value(c, node[3])
    elif kind == "range":
        write_value(c, node[2])
        write_value(c, node[3])
    elif kind == "in":
        c.number("H", len(node[2]))
        for value in node[2]:
            write_value(c, value)


def write_value(c, value):
    kind, content = value
    c.number("B", kind)
    if kind == 3:
        c.text_value(content)
    else:
        c.number({1: "q", 2: "d", 5: "B"}[kind], content)


def search_reply(c):
    n = c.count("I", c.given("n", len(c.given("ids", []))), 10_000)
    c.note("n", "u32", n)
    c.integer("generation", "u32")
    for name in ("snapshot", "owned", "scanned", "passed"):
        c.integer(name, "u64")
    c.integer("queue_us", "u32")
    c.integer("scan_us", "u32")
    c.integer("complete", "u8", among=(0, 1))
    encoding = c.integer("rerank_encoding", "u8", among=(0, 1, 2))
    start = c.offset
    r = c.integer("rerank_dimension", "u16", 0, 4_096, over="LIMIT_EXCEEDED")
    if c.reading and bool(encoding) != bool(r):
        raise WireError("MALFORMED_BODY", start, "rerank dimension")
    c.table_head()
    c.pad8()
    c.rows("ids", "u64", n)
    c.finite_rows("scores", n)
    c.pad8()
    c.table_columns(n)
    if encoding != 2:
        c.matrix("rerank_vectors", n, r)
    else:
        start = c.offset
        halves = c.rows("rerank_vectors", "u16", n * r)
        for place, half in enumerate(halves if c.reading else ()):
            if half & 0x7F80 == 0x7F80:
                raise WireError("NON_FINITE_VALUE", start + 2 * place, "rerank vectors")
    if c.version >= 4:
        searched_words(c, n)
    if c.version < 5:
        return

    def facet(c):
        c.integer("whole", "u8", among=(0, 1))
        c.integer("present", "u64")
        for name in ("least", "greatest"):
            c.note(name, "f64", double(c, name, c.given(name, 0.0)))
        texts(c, "values", 50_000, 16_384)
        c.rows("buckets", "u32", c.count("H", len(c.given("buckets", [])), 50_000, 4))
        c.rows("counts", "u64", c.count("H", len(c.given("counts", [])), 50_000, 8))

    c.integer("total", "u64")
    c.group("facets", "H", facet, 31, 32)


def searched_words(c, n):
    start = c.offset
    count = c.number("I", c.given("lexical_n", len(c.given("lexical_scores", []))))
    if c.reading and count not in (0, n):
        raise WireError("MALFORMED_BODY", start, "a lexical score for each candidate, or none")
    c.note("lexical_n", "u32", count)
    start = c.offset
    for place, score in enumerate(c.finite_rows("lexical_scores", count)):
        if c.reading and math.copysign(1, score) < 0:
            raise WireError("MALFORMED_BODY", start + 4 * place, "a lexical score")
    nothing = [c.integer(name, "u8", among=(0, 1)) for name in ("all_items", "all_with_terms")]
    c.zeros(2)
    for name, none in zip(("last_score", "last_lexical_score"), nothing):
        start = c.offset
        score = c.f32(name)
        negative = math.copysign(1, score) < 0
        if c.reading and (none and (score or negative) or name == "last_lexical_score" and negative):
            raise WireError("MALFORMED_BODY", start, name)


def get_request(c):
    c.integer("generation", "u32")
    c.integer("parts", "u8", 0, 3)
    wanted = c.integer("attributes_wanted", "u8", among=(0, 1, 2))
    c.name("collection")
    c.names("attributes", wanted == 2)
    c.ids("ids", 10_000, 1)


def get_reply(c):
    n = c.count("I", c.given("n", len(c.given("ids", []))), 10_000)
    c.note("n", "u32", n)
    c.integer("generation", "u32")
    d = c.integer("dimension", "u16", 0, 4_096, over="LIMIT_EXCEEDED")
    r = c.integer("rerank_dimension", "u16", 0, 4_096, over="LIMIT_EXCEEDED")
    c.integer("unavailable", "u32")
    c.table_head()
    c.pad8()
    c.rows("ids", "u64", n)
    c.rows("versions", "u64", n)
    c.table_columns(n)
    c.matrix("embeddings", n, d)
    c.matrix("rerank_vectors", n, r)


def create_request(c):
    c.integer("generation", "u32")
    c.name("collection")
    attributes = schema(c)
    if c.version >= 2:
        text_settings(c, attributes)


def create_reply(c):
    c.integer("generation", "u32")
    c.integer("created", "u8", among=(0, 1))


def describe_request(c):
    c.name("collection", empty=True)


def describe_reply(c):
    def collection(c):
        c.name("name")
        c.integer("generation", "u32")
        attributes = schema(c)
        for name in ("items", "memory_bytes", "model"):
            c.integer(name, "u64")
        c.integer("shards_answered", "u16")
        c.integer("shards_in_map", "u16")
        if c.version >= 2:
            text_settings(c, attributes)

    c.group("collections", "H", collection, 40, 64)


def drop_request(c):
    c.integer("generation", "u32")
    c.name("collection")


def drop_reply(c):
    c.integer("items_removed", "u64")


def generation_request(c):
    kind = c.integer("kind", "u8", among=(1, 2, 3, 4, 5))
    c.zeros(3)
    names_one = kind in (3, 4, 5)
    c.integer("generation", "u32", 1 if names_one else 0, None if names_one else 0)
    c.integer("items", "u64", 0, None if kind == 4 else 0)
    start = c.offset
    digest = c.fixed("digest", 32)
    if c.reading and kind != 4 and any(digest):
        raise WireError("MALFORMED_BODY", start, "digest")
    c.name("collection")
    if kind == 2:
        attributes = schema(c)
        if c.version >= 2:
            text_settings(c, attributes)


def generation_reply(c):
    def generation(c):
        c.integer("generation", "u32")
        c.integer("state", "u8")
        c.zeros(3)
        c.integer("items", "u64")
        c.integer("memory_bytes", "u64")
        c.fixed("digest", 32)
        c.integer("model", "u64")
        c.integer("shards", "u16")
        c.integer("shards_in_map", "u16")

    c.group("generations", "H", generation, 68, 64)


MODEL_FILE_LIMITS = {1: 1 << 20, 2: 1 << 30, 3: 4 << 30, 4: 1 << 30, 5: 1 << 30, 6: 1 << 30, 7: 1 << 30, 8: 16 << 20, 9: 16 << 20}


def model_files(c):
    """The numbers of a model's files that a body version knows."""
    return tuple(range(1, {1: 4, 2: 5}.get(c.version, 10)))


def model_load_request(c):
    c.integer("upload", "u64", 1)
    kind = c.integer("kind", "u8", among=(1, 2, 3))
    chunk = kind == 1
    file = c.integer("file", "u8", among=model_files(c) if chunk else (0,))
    c.zeros(2)
    c.integer("generation", "u32")
    total = c.integer("total", "u64", 0, MODEL_FILE_LIMITS.get(file, 0) if chunk else 0,
                      over="LIMIT_EXCEEDED" if chunk else "MALFORMED_BODY")
    offset = c.integer("offset", "u64", 0, None if chunk else 0)
    start = c.offset
    digest = c.fixed("sha256", 32)
    if c.reading and kind != 2 and any(digest):
        raise WireError("MALFORMED_BODY", start, "sha256")
    c.name("collection")
    start = c.offset
    data = c.given("data", b"")
    count = c.number("I", len(data))
    if c.reading:
        if count > 4_194_304:
            raise WireError("LIMIT_EXCEEDED", start, "bytes of a chunk")
        if count > (total - offset if chunk else 0):
            raise WireError("MALFORMED_BODY", start, "bytes of a chunk")
        data = bytes(c.take(count, start))
    else:
        if file != 1:
            c.section("V")
        c.put(data)
    c.note("data", "bytes", data)


def model_load_reply(c):
    for name in ("received", "model", "users", "parameters"):
        c.integer(name, "u64")


def model_describe_request(c):
    c.integer("generation", "u32")
    c.name("collection")


def model_describe_reply(c):
    c.integer("loaded", "u8", among=(0, 1))
    c.zeros(3)
    c.integer("generation", "u32")
    for name in ("model", "users", "parameters"):
        c.integer(name, "u64")
    manifest = c.given("manifest", b"")
    count = c.count("I", len(manifest), 1 << 20, 1)
    if c.reading:
        manifest = bytes(c.take(count))
    else:
        c.put(manifest)
    c.note("manifest", "bytes", manifest)


def writes_head(c):
    c.integer("writer", "u64", 1)
    c.integer("op", "u64", 1)
    c.integer("generation", "u32")
    n = c.count("I", c.given("n", len(c.given("ids", []))), 4_096, 0, 1, under="LIMIT_EXCEEDED")
    return c.note("n", "u32", n)


def upsert_request(c):
    n = writes_head(c)
    d = c.integer("dimension", "u16", 1, 4_096, "DIMENSION_MISMATCH", "DIMENSION_MISMATCH")
    r = c.integer("rerank_dimension", "u16", 0, 4_096, over="DIMENSION_MISMATCH")
    c.name("collection")
    c.table_head()
    c.pad8()
    c.section("C")
    c.rows("ids", "u64", n)
    c.rows("expected_versions", "u64", n)
    c.table_columns(n)
    c.section("V")
    c.matrix("embeddings", n, d)
    c.matrix("rerank_vectors", n, r)


def delete_request(c):
    n = writes_head(c)
    c.name("collection")
    c.pad8()
    c.section("C")
    c.rows("ids", "u64", n)
    c.rows("expected_versions", "u64", n)


def update_request(c):
    n = writes_head(c)
    c.name("collection")
    c.table_head()
    c.pad8()
    c.section("C")
    start = c.offset
    seen = set()
    for place, item in enumerate(c.rows("ids", "u64", n)):
        c.once(item, seen, start + 8 * place)
    c.rows("expected_versions", "u64", n)
    c.table_columns(n)
    c.table_removals(n)


def writes_reply(c):
    n = c.count("I", c.given("n", len(c.given("status", []))), 4_096, 0, 1, under="LIMIT_EXCEEDED")
    c.note("n", "u32", n)
    c.integer("durability", "u8", among=(0, 1))
    c.integer("replayed", "u8", among=(0, 1))
    if c.version >= 2:
        c.integer("copies", "u8", 0, 8)
        c.zeros(1)
    else:
        c.zeros(2)
    c.rows("status", "u8", n, lambda status, i: 1 <= status[i] <= 7)
    c.pad8()
    c.rows("versions", "u64", n)


def feed_request(c):
    kind = c.integer("kind", "u8", among=(1, 2))
    c.zeros(7)
    c.integer("feed", "u64", 0, 0 if kind == 1 else None)
    c.name("collection")


def feed_reply(c):
    c.integer("feed", "u64")
    c.integer("shards_incomplete", "u16")
    c.integer("shards_in_map", "u16")


MOMENT = "i64", 0  # microseconds since the start of 1970


def event(c):
    """What a shopper did at a moment."""
    start = c.offset
    item = c.integer("item", "u64")
    c.integer("time", *MOMENT)
    c.integer("request", "u64")
    c.f32("value")
    c.integer("place", "u16")
    kind = c.integer("event", "u8", 1, 8)
    c.integer("fast", "u8", among=(0, 1))
    text_start = c.offset
    text = c.text("text", 1_024)
    if c.reading and kind == 7 and item:
        raise WireError("MALFORMED_BODY", start, "a search has no item")
    if c.reading and kind != 7 and text:
        raise WireError("MALFORMED_BODY", text_start, "only a search has a text")


def history_settings(c):
    for name, most in (("history_length", 500), ("keep_days", 3_650), ("events_per_minute", 1_000_000)):
        c.integer(name, "u32", 0, most, over="LIMIT_EXCEEDED")


def event_request(c):
    def entry(c):
        c.integer("user", "u64")
        event(c)

    c.integer("writer", "u64", 1)
    c.integer("op", "u64", 1)
    c.integer("received", *MOMENT)
    history_settings(c)
    c.name("collection")
    start = c.offset
    if not c.group("events", "H", entry, 42, 1_000) and c.reading:
        raise WireError("LIMIT_EXCEEDED", start, "events")


def event_reply(c):
    c.integer("durability", "u8", among=(0, 1))
    c.integer("replayed", "u8", among=(0, 1))
    c.zeros(6)
    for name in ("accepted", "fast", "unknown_items", "too_old", "in_future", "forgotten", "not_executed", "unknown"):
        c.integer(name, "u32")


def events_of(data):
    """The events of a history, oldest first; their bytes are those of the messages."""
    codec, events = Codec(data), []
    while codec.left:
        codec.fields = {}
        event(codec)
        if events and events[-1]["time"] > codec.fields["time"]:
            raise WireError("MALFORMED_BODY", 0, "events")
        events.append(codec.fields)
    return events


def stored_history(c):
    c.integer("user", "u64")
    c.integer("version", "u64")
    for name in ("begun", "first", "last", "minute"):
        c.integer(name, *MOMENT)
    c.integer("minute_events", "u32")
    c.integer("marked", "u8", among=(0, 1))
    c.zeros(3)
    c.rows("counts", "u32", 8)
    start = c.offset
    data = c.given("events", b"")
    count = c.count("I", len(data), 500 * (34 + 1_024), 1)
    if c.reading:
        data = bytes(c.take(count))
        try:
            events_of(data)
        except WireError:
            raise WireError("MALFORMED_BODY", start, "events") from None
    else:
        c.put(data)
    c.note("events", "bytes", data)


def history_part(c):
    def forgotten(c):
        c.integer("slot", "u16", 0, 4_095)
        c.integer("fingerprint", "u64")
        c.integer("time", *MOMENT)

    def answer(c):
        for name in ("writer", "op", "user", "counts"):
            c.integer(name, "u64")
        c.integer("about_user", "u8", among=(0, 1))

    history_settings(c)
    c.integer("latest", *MOMENT)
    c.group("histories", "H", stored_history, 92, 4_096)
    c.group("forgotten", "H", forgotten, 18, 65_535)
    c.group("answers", "H", answer, 33, 65_535)


def history_request(c):
    c.integer("kind", "u8", 1, 4)
    c.integer("continued", "u8", among=(0, 1))
    c.integer("slot", "u16", 0, 4_095)
    c.zeros(4)
    c.integer("user", "u64")
    c.integer("now", *MOMENT)
    history_settings(c)
    c.name("collection")


def history_reply(c):
    def receipt(c):
        c.integer("shard", "u16")
        c.integer("state", "u8")
        c.zeros(1)
        c.integer("histories", "u32")
        c.integer("events", "u32")
        c.integer("at", "i64")
        c.integer("position", "u64")

    history_settings(c)
    c.integer("in_model", "u8", among=(0, 1))
    c.integer("more", "u8", among=(0, 1))
    c.zeros(2)
    c.group("histories", "H", stored_history, 92, 4_096)
    c.group("receipts", "H", receipt, 28, 256)


def suggest_request(c):
    start = c.offset
    user = c.integer("user", "u64")
    who = c.integer("who", "u8", among=(0, 1))
    if c.reading and user and not who:
        raise WireError("MALFORMED_BODY", start, "a user that is not given")
    c.integer("k", "u8", 1, 20, under="LIMIT_EXCEEDED", over="LIMIT_EXCEEDED")
    c.zeros(6)
    c.name("collection")
    c.text("prefix", 256)


def suggest_reply(c):
    def query(c):
        c.integer("source", "u8")
        c.zeros(3)
        c.integer("users", "u32")
        c.f32("preference")
        c.text("text", 1_024)
        texts(c, "categories", 3)

    def category(c):
        c.f32("share")
        c.f32("preference")
        c.text("name", 1_024)

    c.integer("model", "u64")
    c.integer("known", "u32")
    c.integer("history", "u8")
    c.integer("corrected", "u8", among=(0, 1))
    c.zeros(2)
    c.text("prefix", 1_024)
    c.name("attribute", empty=True)
    c.group("queries", "H", query, 16, 20)
    c.group("categories", "H", category, 10, 20)
    c.group("waterfall", "H", span, 12)


def slots(c):
    start = c.offset
    if not any(c.rows("slots", "u64", 64)) and c.reading:
        raise WireError("MALFORMED_BODY", start, "slots")


def transfer_part(c, of_snapshot=False):
    """Some of what one collection holds in one generation; a snapshot knows nothing of items gone and of writers."""
    sizes = {}
    c.integer("generation", "u32", 1)
    for name, of, most in (("n", "ids", 65_536), ("gone", "gone_ids", 65_536), ("slot_count", "part_slots", 4_096),
                           ("writer_count", "writers", 65_536)):
        start = c.offset
        sizes[name] = c.note(name, "u32", c.count("I", c.given(name, len(c.given(of, []))), most))
        if c.reading and of_snapshot and sizes[name] and name in ("gone", "writer_count"):
            raise WireError("MALFORMED_BODY", start, name)
    d = c.integer("dimension", "u16", 0, 4_096, over="DIMENSION_MISMATCH")
    r = c.integer("rerank_dimension", "u16", 0, 4_096, over="DIMENSION_MISMATCH")
    c.name("collection")
    c.table_head()
    c.pad8()
    c.section("C")
    n = sizes["n"]
    c.rows("ids", "u64", n)
    c.rows("versions", "u64", n)
    c.table_columns(n)
    c.rows("gone_ids", "u64", sizes["gone"])
    c.rows("gone_versions", "u64", sizes["gone"])
    c.rows("part_slots", "u16", sizes["slot_count"], lambda slots, i: slots[i] < 4_096 and (i == 0 or slots[i - 1] < slots[i]))
    c.pad8()
    c.rows("slot_versions", "u64", sizes["slot_count"])
    c.rows("writers", "u64", sizes["writer_count"])
    c.rows("ops", "u64", sizes["writer_count"])
    ends = c.rows("answer_ends", "u32", sizes["writer_count"], lambda ends, i: i == 0 or ends[i - 1] <= ends[i])
    c.pad8()
    answers = ends[-1] if ends else 0
    c.rows("answer_ids", "u64", answers)
    c.rows("answer_versions", "u64", answers)
    c.rows("answer_statuses", "u8", answers, lambda statuses, i: 1 <= statuses[i] <= 5)
    c.pad8()
    c.section("V")
    c.matrix("embeddings", n, d)
    c.matrix("rerank_vectors", n, r)
    if c.version >= 2:
        start = c.offset
        c.section("P")
        if c.integer("has_histories", "u8", among=(0, 1)):
            history_part(c)
            if c.reading and of_snapshot and c.fields["answers"]:
                raise WireError("MALFORMED_BODY", start, "answers")


def transfer_request(c):
    kind = c.integer("kind", "u8", among=(1, 2, 3, 4, 5, 6, 7))
    c.zeros(7)
    c.integer("transfer", "u64", 0 if kind in (6, 7) else 1, 0 if kind == 7 else None)
    c.integer("part", "u64", 1 if kind in (3, 4) else 0, None if kind in (3, 4) else 0)
    if kind in (1, 2, 7):
        slots(c)
    if kind == 7:
        c.integer("generation", "u32", 0 if c.version >= 2 else 1)
        c.name("collection")
    if kind == 4:
        transfer_part(c)


def transfer_reply(c):
    c.integer("state", "u8")
    has_part = c.integer("has_part", "u8", among=(0, 1))
    c.zeros(6)
    for name in ("part", "items", "bytes", "changed"):
        c.integer(name, "u64")
    c.fixed("digest", 32)
    if has_part:
        transfer_part(c)


def snapshot_request(c):
    kind = c.integer("kind", "u8", among=(1, 2, 3, 4, 5))
    c.integer("file", "u8", among=model_files(c) if kind == 5 else (0,))
    c.integer("shard", "u16", 0, None if kind == 2 else 0)
    c.zeros(4)
    c.integer("snapshot", "u64", 0 if kind in (4, 5) else 1, 0 if kind in (4, 5) else None)
    c.integer("part", "u64", 1 if kind == 2 else 0, None if kind in (2, 5) else 0)
    if kind == 5:
        c.integer("generation", "u32", 1)
        c.name("collection")
    if kind == 1:
        def collection(c):
            c.integer("generation", "u32", 1)
            c.name("name")

        c.group("collections", "H", collection, 6, 64)
    if kind == 4:
        transfer_part(c, of_snapshot=True)


def snapshot_reply(c):
    def collection(c):
        c.integer("generation", "u32")
        c.integer("model", "u64")
        c.name("name")
        attributes = schema(c)
        if c.version >= 3:
            text_settings(c, attributes)

    c.integer("state", "u8")
    has_part = c.integer("has_part", "u8", among=(0, 1))
    c.zeros(6)
    for name in ("part", "items", "bytes"):
        c.integer(name, "u64")
    c.rows("shards", "u16", c.count("H", len(c.given("shards", [])), 256, 2))
    c.group("collections", "H", collection, 20, 64)
    data = c.given("data", b"")
    count = c.count("I", len(data), 4_194_304, 1)
    if c.reading:
        data = bytes(c.take(count))
    else:
        c.put(data)
    c.note("data", "bytes", data)
    if has_part:
        transfer_part(c)


def empty(c):
    pass


def status_reply(c):
    c.integer("role", "u8", among=(1, 2))
    c.integer("state", "u8")
    c.integer("shard", "u16")
    c.integer("epoch", "u32")
    c.integer("uptime_us", "u64")
    c.fixed("cluster_id", 16)
    c.fixed("incarnation", 16)
    c.text("program", 64)

    def collection(c):
        c.name("name")
        c.integer("generation", "u32")
        for name in ("items", "memory_bytes", "model"):
            c.integer(name, "u64")

    c.group("collections", "H", collection, 30, 64)

    def shard(c):
        c.integer("id", "u16")
        c.integer("slots", "u16")
        c.integer("state", "u8")
        c.integer("cause", "u8")
        c.integer("items", "u64")
        c.fixed("incarnation", 16)
        c.text("address", 255)

    c.group("shards", "H", shard, 32, 256)

    def link(c):
        c.text("peer", 255)
        for way in ("out", "in"):
            for what in ("frames", "raw_bytes", "wire_bytes"):
                c.integer(f"{what}_{way}", "u64")

    c.group("links", "H", link, 50, 257)
    if c.version < 3:
        return

    def member(c):
        c.integer("shard_of_member", "u16")
        for name in ("is_primary", "in_sync", "connected"):
            c.integer(name, "u8", among=(0, 1))
        c.integer("term", "u32")
        c.integer("lag", "u64")
        c.text("address", 255)

    c.group("members", "H", member, 19, 2_048)


def shard_map_request(c):
    kind = c.integer("kind", "u8", among=(1, 2))
    c.zeros(1)
    c.integer("shard", "u16", 0, 0 if kind == 1 else None)
    if kind == 2:
        shard_map(c)


def shard_map_reply(c):
    has = c.integer("has_map", "u8", among=(0, 1))
    c.zeros(3)
    if has:
        shard_map(c)


def rules_of(c):
    return c.group("rules", "H", lambda c: (c.name("name"), c.text("document", 4_096)), 4, 1_000)


def rule_request(c):
    step = c.integer("step", "u8", 1, 3)
    c.name("collection")
    start = c.offset
    after = c.name("after", empty=True)
    if c.reading and after and step != 1:
        raise WireError("MALFORMED_BODY", start, "after")
    start = c.offset
    rules = rules_of(c)
    if c.reading and (step == 1) != (not rules):
        raise WireError("MALFORMED_BODY", start, "rules")
    if c.reading and any((not rule["document"]) != (step == 3) for rule in rules):
        raise WireError("MALFORMED_BODY", start, "documents")
    if c.reading and len({rule["name"] for rule in rules}) < len(rules):
        raise WireError("DUPLICATE_FIELD", start, "a rule stands once")


def rule_reply(c):
    c.integer("total", "u32")
    c.integer("changed", "u32")
    rules_of(c)
    c.integer("more", "u8", among=(0, 1))


def experiment_plan(c):
    """Reads and writes the plan; returns its arms, and whether it has a shadow."""
    c.integer("salt", "u64")

    def arm(c):
        c.name("name")
        c.integer("generation", "u32", 1, 0xFFFFFFFF)
        c.integer("share", "u32", 1, 1_000_000)

    start = c.offset
    arms = c.group("arms", "H", arm, 10, 8)
    if c.reading and arms and sum(arm["share"] for arm in arms) != 1_000_000:
        raise WireError("MALFORMED_BODY", start, "the shares are 1,000,000 together")
    if c.reading and len({arm["name"] for arm in arms}) < len(arms):
        raise WireError("DUPLICATE_FIELD", start, "an arm stands once")
    start = c.offset
    shadow = c.integer("shadow", "u32")
    share = c.integer("shadow_share", "u32", 0, 1_000_000)
    if c.reading and (shadow == 0) != (share == 0):
        raise WireError("MALFORMED_BODY", start, "a shadow and its share are given together")
    start = c.offset
    guards = c.group("guards", "H", lambda c: (c.integer("kind", "u8", 1, 3), c.integer("limit", "u32", 1, 0xFFFFFFFF)), 5, 8)
    if c.reading and guards and len(arms) < 2:
        raise WireError("MALFORMED_BODY", start, "there is no second arm")
    return arms, share > 0


def experiment_request(c):
    step = c.integer("step", "u8", 1, 3)
    c.name("collection")
    start = c.offset
    arms, has_shadow = experiment_plan(c)
    if c.reading and (step == 2) != (bool(arms) or has_shadow):
        raise WireError("MALFORMED_BODY", start, "arms or a shadow are given to start with them")
    if c.reading and step != 2 and c.fields["salt"]:
        raise WireError("MALFORMED_BODY", start, "a salt is given to start with it")
    start = c.offset
    winner = c.name("winner", empty=True)
    if c.reading and winner and step != 3:
        raise WireError("MALFORMED_BODY", start, "an arm wins at the end")


def experiment_reply(c):
    c.integer("state", "u8", 0, 3)
    c.integer("began", "u64")
    c.integer("ended", "u64")
    c.text("reason", 255)
    arms, _ = experiment_plan(c)

    def counts(c):
        for name in ("queries", "failures", "microseconds", "clicks", "carts", "purchases"):
            c.integer(name, "u64")
        c.f32("difference")
        c.f32("width")

    start = c.offset
    if len(c.group("counts", "H", counts, 56, 8)) != len(arms) and c.reading:
        raise WireError("MALFORMED_BODY", start, "each arm has its counts")
    for name in ("shadow_measured", "shadow_results", "shadow_shared"):
        c.integer(name, "u64")
    c.f32("shadow_correlation")
    c.integer("shadow_microseconds", "u64")


def cluster_log_request(c):
    c.integer("after", "u64")
    c.integer("age_us_max", "u64")
    c.integer("limit", "u32", 1, 1_000, "LIMIT_EXCEEDED", "LIMIT_EXCEEDED")
    if c.version >= 2:
        collection = c.name("noted_collection", empty=True)
        start = c.offset
        if c.text("noted_outcome", 255) and not collection and c.reading:
            raise WireError("MALFORMED_BODY", start, "outcome without a collection")


def cluster_log_reply(c):
    c.integer("total", "u64")

    def event(c):
        for name, kind in (("number", "u64"), ("time_us", "u64"), ("kind", "u8"), ("error", "u16")):
            c.integer(name, kind)
        for name in ("subject", "caller", "detail"):
            c.text(name, 255)

    c.group("events", "H", event, 25, 1_000)


def slow_log_request(c):
    c.integer("after", "u64")
    c.integer("limit", "u32", 1, 1_000, "LIMIT_EXCEEDED", "LIMIT_EXCEEDED")


def slow_log_reply(c):
    c.integer("threshold_us", "u64")
    c.integer("total", "u64")

    def query(c):
        for name in ("number", "age_us", "request_id"):
            c.integer(name, "u64")
        c.integer("duration_us", "u32")
        c.integer("error", "u16")
        c.integer("query_source", "u8")
        has_user = c.integer("has_user", "u8", among=(0, 1))
        start = c.offset
        if c.integer("user", "u64") and c.reading and not has_user:
            raise WireError("MALFORMED_BODY", start, "a user that is not given")
        c.integer("k", "u16")
        c.integer("depth", "u32")
        c.integer("depth_used", "u32")
        c.integer("coverage", "u32", 0, 1_000_000)
        c.integer("candidates", "u32")
        c.integer("reranked", "u32")
        for name in ("reasks", "straggler", "session_items"):
            c.integer(name, "u16")
        c.integer("excluded", "u32")
        c.integer("filter_bytes", "u32")
        c.name("collection")
        c.text("filter", 1_024)
        spans = c.count("H", len(c.given("phases", [])), 64, 12)
        names = (("phases", "B", "u8s"), ("shards", "H", "u16s"), ("starts_us", "I", "u32s"), ("durations_us", "I", "u32s"))
        columns = [[] for _ in names]
        for index in range(spans):
            for column, (name, shape, _) in zip(columns, names):
                column.append(c.number(shape, None if c.reading else c.given(name, [])[index]))
                if name == "phases":
                    c.zeros(1)
        for column, (name, _, kind) in zip(columns, names):
            c.note(name, kind, column)

    c.group("queries", "H", query, 82, 1_000)


def metrics_reply(c):
    start = c.offset
    given = c.given("text", "").encode()
    count = c.count("I", len(given), None, 1)
    if not c.reading:
        c.put(given)
        return
    try:
        c.note("text", "text", bytes(c.take(count)).decode())
    except UnicodeDecodeError:
        raise WireError("BAD_UTF8", start) from None


def metadata_request(c):
    c.integer("step", "u8", 0, 1)


def metadata_reply(c):
    c.integer("kind", "u8")
    c.integer("state", "u8")
    for name in ("own", "chair", "map_revision", "catalogue_revision"):
        c.integer(name, "u64")
    c.text("fault", 255)

    def coordinator(c):
        for name in ("id", "map_revision", "catalogue_revision"):
            c.integer(name, "u64")
        c.text("address", 255)

    c.group("coordinators", "H", coordinator, 26, 64)


def position_request(c):
    if c.version >= 2:
        c.integer("catalogue_revision", "u64")
        c.integer("plan_revision", "u64")


def position_reply(c):
    c.integer("claim", "u64")
    c.integer("position", "u64")
    position_request(c)


def shard_group(c):
    start = c.offset
    term = c.integer("term", "u32")
    primary = c.integer("primary", "u8")
    nodes, states = list(c.given("nodes", [])), list(c.given("in_sync", []))
    count = c.number("B", len(nodes))
    c.zeros(2)
    c.fixed("data", 16)
    if c.reading and count > 8:
        raise WireError("MALFORMED_BODY", start + 5, "members")
    if c.reading:
        nodes, states = [], []
    for index in range(count):
        node = c.number("Q", None if c.reading else nodes[index])
        at = c.offset
        state = c.number("B", None if c.reading else states[index])
        if c.reading:
            if state > 1:
                raise WireError("MALFORMED_BODY", at, "in sync")
            nodes.append(node)
            states.append(state)
    if c.reading and (term == 0 or primary >= count or states[primary] != 1):
        raise WireError("MALFORMED_BODY", start, "a group")
    c.note("nodes", "u64s", nodes)
    c.note("in_sync", "u8s", states)


def group_request(c):
    c.integer("shard", "u16")
    c.integer("place", "u8", 0, 7)
    c.integer("heir", "u8")
    has = c.integer("has_group", "u8", among=(0, 1))
    c.zeros(3)
    c.integer("revision", "u64")
    c.integer("echo", "u64")

    def member(c):
        c.text("address", 255, ascii_only=True)

    c.group("members", "H", member, 2, 8)
    if has:
        shard_group(c)


def group_reply(c):
    for name in ("node", "number", "position"):
        c.integer(name, "u64")
    for name in ("term_of_history", "epoch"):
        c.integer(name, "u32")
    for name in ("assured", "leaving"):
        c.integer(name, "u8", among=(0, 1))
    wants = c.integer("wants", "u8", among=(0, 1))
    c.zeros(5)
    c.integer("expected", "u64")
    if wants:
        shard_group(c)


def replicate_request(c):
    kind = c.integer("kind", "u8", among=(1, 2, 3, 4, 5, 6))
    c.integer("sender", "u8", 0, 7)
    c.integer("shard", "u16")
    c.integer("term", "u32", 1)
    c.integer("position", "u64")

    def record(c):
        given = c.given("record", b"")
        count = c.count("I", len(given), 67_108_864, 1)
        if c.reading:
            c.note("record", "bytes", bytes(c.take(count)))
        else:
            c.put(given)
            c.note("record", "bytes", given)

    def start(c):
        c.integer("first_term", "u32")
        c.integer("first_position", "u64")

    if kind == 2:
        c.integer("echo", "u64")
        c.integer("grant_us", "u32")
    if kind in (2, 3):
        c.group("records", "H", record, 4, 4_096)
    if kind == 4:
        c.group("terms", "H", start, 12, 4_096)


def replicate_reply(c):
    c.integer("node", "u64")
    c.integer("position", "u64")
    c.integer("term_of_history", "u32")
    c.integer("leaving", "u8", among=(0, 1))
    has_digest = c.integer("has_digest", "u8", among=(0, 1))
    c.zeros(2)
    c.integer("number", "u64")
    if has_digest:
        c.integer("items", "u64")
        c.fixed("digest", 32)


def rebalance_request(c):
    kind = c.integer("kind", "u8", among=tuple(range(1, 12 if c.version >= 2 else 10)))
    begins = kind in (2, 3, 4, 6)
    c.integer("flags", "u8", 0, 3 if begins else 1 if kind == 5 else 0)
    c.integer("shard", "u16", 0, 65_534 if kind in (4, 5, 6, 10, 11) else 0)
    c.integer("target", "u16", 0, 65_534 if kind == 6 else 0)
    c.integer("slots", "u16", 1 if kind == 6 else 0, 4_096 if kind == 6 else 0)
    c.integer("weight", "u16", 1 if kind == 3 else 0, None if kind == 3 else 0)
    c.zeros(6)
    c.integer("bytes_per_second", "u64", 0, None if begins or kind == 8 else 0)
    start = c.offset
    address = c.text("address", 255)
    if c.reading and (kind in (3, 10, 11)) != (address != ""):
        raise WireError("MALFORMED_BODY", start, "address")


def rebalance_reply(c):
    c.integer("state", "u8")
    c.integer("kind", "u8")
    c.integer("phase", "u8")
    c.integer("verify", "u8", among=(0, 1))
    c.integer("epoch", "u32")
    c.integer("plan", "u64")
    for name in ("slots", "slots_left", "shard", "target"):
        c.integer(name, "u16")
    for name in ("items", "items_copied", "bytes", "bytes_copied", "us", "us_left", "bytes_per_second"):
        c.integer(name, "u64")
    c.integer("longest_freeze_us", "u32")
    c.integer("failures", "u32")
    c.text("reason", 512)

    def move(c):
        c.integer("shard", "u16")
        c.integer("target", "u16")
        c.integer("slots", "u16")

    c.group("moves", "H", move, 6, 4_096)


def echo_both(c):
    if c.reading:
        if c.left > 65_536:
            raise WireError("LIMIT_EXCEEDED", 0)
        c.note("data", "bytes", bytes(c.take(c.left)))
    else:
        c.put(c.given("data", b""))


CONNECTION = {"HELLO": hello, "WELCOME": welcome, "AUTH": auth, "AUTH_OK": auth_ok, "PING": ping, "PONG": ping, "GOAWAY": goaway, "CANCEL": cancel,
              "CREDIT": credit, "ERROR": error}
REQUESTS = {
    "RANK": rank_request, "SEARCH": search_request, "GET": get_request, "EVENT": event_request, "HISTORY": history_request, "SUGGEST": suggest_request, "COLLECTION_CREATE": create_request,
    "COLLECTION_DESCRIBE": describe_request, "COLLECTION_DROP": drop_request, "GENERATION": generation_request, "MODEL_LOAD": model_load_request,
    "MODEL_DESCRIBE": model_describe_request, "UPSERT": upsert_request, "DELETE": delete_request, "FEED": feed_request, "UPDATE": update_request,
    "STATUS": empty, "SHARD_MAP": shard_map_request, "METRICS": empty, "SLOW_LOG": slow_log_request, "CLUSTER_LOG": cluster_log_request, "RULE": rule_request, "EXPERIMENT": experiment_request, "TRANSFER": transfer_request, "SNAPSHOT": snapshot_request,
    "REBALANCE": rebalance_request, "GROUP": group_request, "REPLICATE": replicate_request, "POSITION": position_request, "METADATA": metadata_request, "ECHO": echo_both,
}
REPLIES = {
    "RANK": rank_reply, "SEARCH": search_reply, "GET": get_reply, "EVENT": event_reply, "HISTORY": history_reply, "SUGGEST": suggest_reply, "COLLECTION_CREATE": create_reply,
    "COLLECTION_DESCRIBE": describe_reply, "COLLECTION_DROP": drop_reply, "GENERATION": generation_reply, "MODEL_LOAD": model_load_reply,
    "MODEL_DESCRIBE": model_describe_reply, "UPSERT": writes_reply, "DELETE": writes_reply, "FEED": feed_reply, "UPDATE": writes_reply,
    "STATUS": status_reply, "SHARD_MAP": shard_map_reply, "METRICS": metrics_reply, "SLOW_LOG": slow_log_reply, "CLUSTER_LOG": cluster_log_reply, "RULE": rule_reply, "EXPERIMENT": experiment_reply,
    "TRANSFER": transfer_reply, "SNAPSHOT": snapshot_reply, "REBALANCE": rebalance_reply, "GROUP": group_reply, "REPLICATE": replicate_reply, "POSITION": position_reply, "METADATA": metadata_reply, "ECHO": echo_both,
}


def encode(walk, fields, version=1):
    """The body of a message with these fields."""
    codec = Codec(fields=dict(fields), version=version)
    walk(codec)
    return bytes(codec.out)


def decode(walk, body, version=1):
    """A codec whose `fields` and `kinds` are those of the body."""
    codec = Codec(body, version=version)
    walk(codec)
    codec.finish()
    return codec


# Fields as vectors show them (vectors/README.md)

def bits(kind, value):
    """A float as its bits."""
    width, shape, whole = (8, "<f", "<I") if kind == "f32" else (16, "<d", "<Q")
    return f"0x{struct.unpack(whole, struct.pack(shape, value))[0]:0{width}x}"


def shown(kind, value):
    if value is None:
        return "" if kind == "filter" else None
    if kind in ("u64", "i64"):
        return str(value)
    if kind in ("f32", "f64"):
        return bits(kind, value)
    if kind == "bytes":
        return bytes(value).hex()
    if kind == "attributes":
        return ", ".join(f"{TYPES[t]} {name}" for t, name in value)
    if kind == "features":
        return ", ".join(f"0x{number:04x}:{content.hex()}" for number, content in value)
    if kind == "filter":
        return "" if value is None else winnow_filter.canonical(value)
    if kind == "texts":
        return list(value)
    if kind.endswith("s") and kind[:-1] in ("u8", "u16", "u32", "u64", "i64", "f32", "f64"):
        return [shown(kind[:-1], v) for v in value]
    return value


def render(codec):
    """The flat JSON object of a decoded body."""
    out = {}
    for name, value in codec.fields.items():
        kind = codec.kinds[name]
        if kind == "group":
            out[f"{name}.count"] = len(value)
            for inner in [key for key in codec.kinds if key.startswith(name + ".")]:
                key = inner[len(name) + 1:]
                put(out, inner, [joined(shown(codec.kinds[inner], record[key])) for record in value])
        elif kind == "table":
            put(out, "columns", shown("attributes", value["columns"]))
            for number, column in value["columns"]:
                put(out, f"column.{column}", [cell(number, v) for v in value["values"][column]])
        elif kind == "flags":
            for column, flags in value.items():
                put(out, f"{name}.{column}", flags)
        else:
            put(out, name, "" if kind == "filter" and value is None else shown(kind, value))
    return out


def joined(value):
    return "|".join(map(str, value)) if isinstance(value, list) else value


def cell(number, value):
    if value is None or number in (3, 5, 6):
        return value
    return shown("i64", value) if number == 1 else shown("f64", value) if number == 2 else "|".join(value)


def put(out, name, value):
    """Lists of more than 64 and texts of more than 1,024 bytes stand as their count and CRC32C."""
    if isinstance(value, list) and len(value) > 64:
        text = "\n".join(v if isinstance(v, str) else json.dumps(v) for v in value)
        out[f"{name}.count"], out[f"{name}.crc32c"] = len(value), f"0x{crc32c(text.encode()):08x}"
    elif isinstance(value, str) and len(value.encode()) > 1_024:
        out[f"{name}.count"], out[f"{name}.crc32c"] = len(value.encode()), f"0x{crc32c(value.encode()):08x}"
    else:
        out[name] = value
