"""Makes and checks the vectors of proto-spec/vectors and the examples of the pages.

winnow_vectors.py make    writes ../vectors/*.jsonl and the hex of the examples in ../03-messages
winnow_vectors.py check   runs every vector, and that pages and vectors agree
winnow_vectors.py judge   reads bodies, `OPCODE FLAGS VERSION HEX` a line, and prints what becomes of each: `accept` or `ERROR OFFSET`
"""

import json
import pathlib
import re
import struct
import sys

import winnow_arithmetic
import winnow_filter
import winnow_keys
import winnow_messages as messages
import winnow_names
import winnow_suggest
import winnow_text
import winnow_towers
import winnow_wire as wire
import winnow_words

HOME = pathlib.Path(__file__).resolve().parent.parent
CLUSTER = bytes.fromhex("00112233445566778899aabbccddeeff")
VALID = {"expect", "hex", "name", "why", "fields", "error", "receiver", "state", "negotiated", "fatal", "earlier", "flip", "canonical", "offset"}


class Peer:
    """The receiver that a vector is fed to: an implementation without data, as vectors/README.md describes it."""

    def __init__(self, receiver="coordinator", state="ready", negotiated=None):
        negotiated = {"lz4": True} if negotiated is None else negotiated
        self.receiver = wire.Receiver(receiver, state, lz4=negotiated.get("lz4", False), echo=negotiated.get("echo", False),
                                      between_nodes=receiver == "shard", decode=self.decode)
        self.last = None

    def decode(self, message):
        walk = walk_of(message.header)
        codec = messages.decode(walk, message.body, message.header.body_version)
        self.handshake(message.header.opcode, codec)
        self.last = (walk, codec, message)

    def handshake(self, opcode, codec):
        fields, receiver = codec.fields, self.receiver
        if opcode == wire.OPCODES["HELLO"]:
            if any(fields["cluster_id"]) and fields["cluster_id"] != CLUSTER:
                raise wire.WireError("WRONG_CLUSTER", 4)
        if opcode == wire.OPCODES["AUTH_OK"]:
            receiver.state = "ready"
        if opcode in (wire.OPCODES["HELLO"], wire.OPCODES["WELCOME"]):
            receiver.state = "auth" if fields.get("authentication") else "ready"
            receiver.echo = any(number & 0x7FFF == 1 for number, _ in fields["features"])
        if opcode == wire.OPCODES["HELLO"]:
            receiver.lz4 = next((c for c in fields["compressions"] if c in (0, 1)), 0) == 1
            receiver.limits(between_nodes=fields["role"] != 0)
        if opcode == wire.OPCODES["WELCOME"]:
            receiver.lz4 = fields["compression"] == 1

    def outcome(self, data):
        """What comes of the bytes: the list of refusals (None: a close without a reply)."""
        return [event for event in self.receiver.feed(data) if not isinstance(event, wire.Message)]


def walk_of(header):
    name = wire.OPCODE_NAMES[header.opcode]
    if header.opcode < 0x10:
        return messages.CONNECTION[name]
    if header.flags & wire.ERROR:
        return messages.error
    return (messages.REPLIES if header.flags & wire.REPLY else messages.REQUESTS)[name]


def fields_of(codec, message):
    header = message.header
    shown = {
        "header_opcode": header.opcode,
        "header_body_version": header.body_version,
        "header_request_id": str(header.request_id),
        "header_time_us": header.time_us,
        "header_epoch": header.epoch,
        "header_reply": int(bool(header.flags & wire.REPLY)),
        "header_error": int(bool(header.flags & wire.ERROR)),
        "header_retry": int(bool(header.flags & wire.RETRY)),
    }
    return {**shown, **messages.render(codec)}


def run(vector, data=None):
    """What a receiver makes of a vector: the names of its refusals, whether the last is fatal, where in the body it is, the peer."""
    peer = Peer(vector.get("receiver", "coordinator"), vector.get("state", "ready"), vector.get("negotiated"))
    events = peer.outcome(bytes.fromhex(vector["hex"]) if data is None else data)
    names = ["CLOSE" if e is None else e.name for e in events]
    if not events:
        if peer.last is None or peer.receiver.buffer:
            return (["nothing"], None, None, peer)
        return ([], None, None, peer)
    last = events[-1]
    offset = None if last is None or last.offset == wire.NOWHERE else last.offset
    return (names, last is None or last.fatal, offset, peer)


def problems(vector):
    """What is wrong with one vector; nothing if all is well."""
    if set(vector) - VALID:
        yield f"unknown keys {set(vector) - VALID}"
    data = bytes.fromhex(vector["hex"])
    if vector["expect"] == "accept":
        names, _, _, peer = run(vector)
        if names:
            yield f"refused with {names}"
            return
        walk, codec, message = peer.last
        if fields_of(codec, message) != vector["fields"]:
            yield "other fields"
        version = message.header.body_version
        encoded = messages.encode(walk, without_strings(codec.fields), version)
        if vector.get("canonical", True) != (encoded == bytes(message.body)):
            yield "encodes to other bytes" if vector.get("canonical", True) else "encodes to the same bytes"
        yield from mistreated(walk, bytes(message.body), version)
        return
    first, last = vector.get("flip", (0, 0))
    cases = [data] if first == last else [flipped(data, bit) for bit in range(8 * first, 8 * last)]
    expected = vector.get("earlier", []) + [vector["error"]]
    for case in cases:
        names, fatal, offset, _ = run(vector, case)
        if names != expected or fatal != vector["fatal"] or offset != vector.get("offset"):
            yield f"gave {names}, fatal {fatal}, at {offset}"
            return


def without_strings(value):
    """Fields as a vector shows them: the strings of a table stand in the order in which the columns name them."""
    if isinstance(value, dict):
        is_table = set(value) == {"columns", "strings", "values"}
        return {key: without_strings(inner) for key, inner in value.items() if not (is_table and key == "strings")}
    return [without_strings(inner) for inner in value] if isinstance(value, list) else value


def mistreated(walk, body, version):
    """Every shorter body is refused, and so is a longer one."""
    if walk is messages.echo_both:
        return
    cuts = range(len(body)) if len(body) <= 2_048 else range(0, len(body), len(body) // 8 + 1)
    for cut in cuts:
        try:
            messages.decode(walk, body[:cut], version)
        except wire.WireError as error:
            if error.name != "MALFORMED_BODY":
                yield f"cut at {cut}: {error}"
        else:
            yield f"cut at {cut} is accepted"
    if len(body) > 100_000:
        return
    try:
        messages.decode(walk, body + b"\0", version)
    except wire.WireError as error:
        if error.name != "TRAILING_BYTES":
            yield f"one byte more: {error}"
    else:
        yield "one byte more is accepted"


def flipped(data, bit):
    out = bytearray(data)
    out[bit // 8] ^= 1 << bit % 8
    return bytes(out)


def load():
    vectors = {}
    for path in sorted((HOME / "vectors").glob("*.jsonl")):
        for line in path.read_text().splitlines():
            vector = json.loads(line)
            if vector["name"] in vectors:
                raise SystemExit(f"{vector['name']} stands twice")
            vectors[vector["name"]] = vector
    return vectors


# The examples of the pages: after the line that names them, a fenced block per body.

def example_block(name, body):
    lines = [body[i:i + 32].hex() for i in range(0, len(body), 32)] or [""]
    return "```hex " + name + "\n" + "".join(line + "\n" for line in lines) + "```\n"


def pages():
    return sorted((HOME / "03-messages").glob("*.md"))


def body_of(vector):
    peer = Peer(vector.get("receiver", "coordinator"), vector.get("state", "ready"), vector.get("negotiated"))
    peer.outcome(bytes.fromhex(vector["hex"]))
    return bytes(peer.last[2].body)


def with_examples(text, vectors):
    """A page with the hex of its examples written again."""
    text = re.sub(r"\n```hex [a-z0-9-]+\n.*?```\n", "", text, flags=re.S)
    head, mark, example = text.partition("## Example\n")
    example, why, rest = example.partition("## Why")
    if not mark:
        return text
    paragraphs = []
    for paragraph in example.strip("\n").split("\n"):
        paragraphs.append(paragraph + "\n")
        for name in re.findall(r"`([a-z0-9-]+-(?:request|reply)[a-z0-9-]*)`", paragraph):
            body = body_of(vectors[name])
            shown = example_block(name, body) if len(body) <= 1_024 else ""
            paragraphs.append("\n" + shown if shown else "")
    return head + mark + "\n" + "".join(paragraphs) + "\n" + why + rest


def table_problems():
    """The tables of slots, inner products, encoders and filters, run here too."""
    for item, slot in re.findall(r"^\| (\d+) \| (\d+) \|$", (HOME / "02-types.md").read_text(), re.M):
        if winnow_arithmetic.slot(int(item)) != int(slot):
            yield f"slot of {item}"
    for a, b, product in re.findall(r"^\| ([0-9a-f ]+) \| ([0-9a-f ]+) \| ([0-9a-f]{8}) \|$",
                                    (HOME / "09-arithmetic.md").read_text(), re.M):
        a, b = ([struct.unpack(">f", bytes.fromhex(x))[0] for x in side.split()] for side in (a, b))
        if len(a) == len(b) and struct.pack(">f", winnow_arithmetic.dot(a, b)).hex() != product:
            yield f"inner product {product}"
    towers = (HOME / "09-arithmetic.md").read_text().split("### Encoders of a history")[1]
    for encoder, mixed, sizes, decay, weights, query in re.findall(
            r"^\| (\w+) \| (yes|no) \| ([0-9 |]+) \| ([0-9a-f]{8}) \| ([0-9a-f ]+) \| ([0-9a-f ]+) \|$", towers, re.M):
        decay, weights, query = ([struct.unpack(">f", bytes.fromhex(x))[0] for x in cell.split()]
                                 for cell in (decay, weights, query))
        found = winnow_towers.row_query(encoder, mixed == "yes", *map(int, sizes.split(" | ")), decay[0], weights)
        if len(found) != len(query) or any(abs(a - b) > 1e-5 for a, b in zip(found, query)):
            yield f"query of {encoder}, {sizes}: {found}"
    yield from word_problems()
    filters = (HOME / "10-filters.md").read_text()
    accepted, refused = filters.split("### Accepted")[1].split("### Meaning")[0].split("### Refused")
    for text, canonical in re.findall(r"^\| `(.*)` \| `(.*)` \|$", accepted, re.M):
        if winnow_filter.canonical(winnow_filter.parse(text)) != canonical:
            yield f"filter {text}"
    for text, kind, column in re.findall(r"^\| `(.*)` \| ([a-z-]+) \| (\d+) \|$", refused, re.M):
        try:
            winnow_filter.parse(text)
            outcome = "fits"  # what is left needs a schema
        except winnow_filter.FilterError as error:
            outcome = (error.kind, error.column)
        needs_schema = kind in ("unknown-attribute", "not-filterable", "operator-not-allowed", "operand-mismatch")
        if outcome != ("fits" if needs_schema else (kind, int(column))):
            yield f"filter {text}: {outcome}"


def word_problems():
    """The tables of hashed features, of vectors of texts and of queries with words."""
    def floats(cell):
        return [struct.unpack(">f", bytes.fromhex(x))[0] for x in cell.split()]

    def bits(values):
        return " ".join(struct.pack(">f", value).hex() for value in values)

    def terms(cell):
        return [tuple(term.split(":", 1)) for term in cell.split(" ")]

    def rows(heading):
        table = (HOME / "09-arithmetic.md").read_text().split(f"\n### {heading}\n")[1].split("\n#")[0]
        return [line[2:-2].split(" | ") for line in table.splitlines() if line.startswith("| ")][1:]

    for text, expected in rows("Hashed features"):
        if " ".join(f"{row:x} {bits([weight])}" for row, weight in winnow_words.features(terms(text), 1 << 17)) != expected:
            yield f"features of {text}"
    for dimension, count, text, expected in rows("Vectors of texts"):
        if bits(winnow_words.row_text(int(dimension), int(count), terms(text))) != expected:
            yield f"vector of {text}"
    for dt, db, count, weights, gate, number, idf, expected in rows("Query vectors with words"):
        found = winnow_words.row_query(int(dt), int(db), int(count), floats(weights), floats(gate),
                                       int(number), floats(idf)[0])
        expected = floats(expected)
        if len(found) != len(expected) or any(abs(a - b) > 1e-5 for a, b in zip(found, expected)):
            yield f"query of {dt}, {db}, {count}: {found}"
    for weights, inputs, neurons, candidate, query, expected in rows("Ranking scores of searches by words"):
        cells = [] if inputs == "-" else inputs.split()
        read = [(cells[at], *floats(" ".join(cells[at + 1:at + 3]))) for at in range(0, len(cells), 3)]
        numbers = [] if neurons == "-" else [floats(neuron) for neuron in neurons.split(" / ")]
        found = winnow_words.ranking_score(floats(weights), read, [(n[0], n[1:-1], n[-1]) for n in numbers],
                                           floats(candidate), floats(query))
        if bits([found]) != expected:
            yield f"ranking score of {candidate}: {found}"


def name_problems():
    """The dictionaries of the golden data set: each name leads to its number and back, and an id has one spelling."""
    names = winnow_names.Names(str(HOME / "08-files" / "golden" / "training-1"))
    for file, dictionary in (("users.jsonl", names.users), ("items.jsonl", names.items)):
        lines = (HOME / "08-files" / "golden" / "training-1" / file).read_text(encoding="utf-8").splitlines()
        for value in (json.loads(line)["id"] for line in lines):
            name = dictionary.name(value)
            if name is None or dictionary.number(name) != value:
                yield f"{file}: {value} has no name that leads back"
    for text, value in (("0", 0), ("7", 7), (str(2 ** 64 - 1), 2 ** 64 - 1), (str(2 ** 64), None), ("", None), ("+5", None),
                        ("007", None), (" 5", None), ("1_0", None), ("1.0", None), ("\u0663", None)):
        if winnow_names.number(text) != value:
            yield f"the number of {text!r}"
    one, other = "caf\u00e9", "cafe\u0301"
    entries = b"".join(struct.pack("<QH", 10 ** 15 + at, len(name.encode())) + name.encode() for at, name in enumerate((one, other)))
    data = struct.pack("<8sIIQQQ", b"WNWDICT1", 1, 0, 0, 10 ** 15 + 2, 2) + entries
    twins = winnow_names.Dictionary("twins", data + struct.pack("<I", wire.crc32c(data)))
    if [twins.number(name) for name in (one, other, "12")] != [10 ** 15, 10 ** 15 + 1, 12] or twins.name(12) is not None:
        yield "names that only look alike"
    for text in ("012", str(10 ** 15), "caf", "+12"):
        try:
            yield f"{text!r} is {twins.number(text)}"
        except winnow_names.UnknownName:
            pass
    for end in range(len(data)):
        try:
            winnow_names.Dictionary("cut", data[:end])
            yield f"a dictionary cut at {end} is read"
        except winnow_names.BadDictionary:
            pass


def text_problems():
    """The texts of vectors/text: all surfaces, and the terms that no stemmer makes."""
    vectors = {}
    for line in (HOME / "vectors" / "text" / "analysis.jsonl").read_text().splitlines():
        vector = json.loads(line)
        found = winnow_text.terms(vector["text"])
        if [surface for _, surface in found] != vector["surfaces"]:
            yield f"{vector['name']}: other surfaces"
        if vector["language"] == "none" and [term for term, _ in found] != vector["terms"]:
            yield f"{vector['name']}: other terms"
        vectors[vector["language"], vector["text"]] = vector["terms"]
    page = (HOME / "11-text.md").read_text()
    for language, text, terms in re.findall(r"^\| (\w+) \| `(.*)` \| (.*) \|$", page, re.M):
        if vectors.get((language, text)) != terms.split(" · "):
            yield f"11-text: {text!r} is no vector, or has other terms"
    for short, words in re.findall(r"^\| (\w+) \| ([\w, ]+) \|$", page.split("## Examples")[0], re.M):
        if short != "short form" and any(winnow_text.UNITS.get(word) != short for word in [short, *words.split(", ")]):
            yield f"11-text: the unit {short}"


def suggestion_problems():
    """The golden suggestions: every prefix of the vectors, and that no shorter or longer file is read."""
    data = (HOME / "08-files" / "golden" / "suggestions" / "suggest.bin").read_bytes()
    suggestions = winnow_suggest.Suggestions(data)
    for line in (HOME / "vectors" / "text" / "suggestions.jsonl").read_text().splitlines():
        vector = json.loads(line)
        if {"name": vector["name"], **winnow_suggest.judged(suggestions, vector["prefix"])} != vector:
            yield f"suggestions {vector['name']}: another answer"
    bodies = [data[:end] for end in range(len(data) - 4)] + [data[:-4] + b"\0"]
    for body in bodies:
        try:
            winnow_suggest.Suggestions(body + struct.pack("<I", wire.crc32c(body)))
            yield f"suggestions of {len(body)} bytes are read"
        except winnow_suggest.BadFile:
            pass


def proof_problems():
    """The lines of vectors/keys/proofs.jsonl that this twin finds otherwise."""
    for line in (HOME / "vectors/keys/proofs.jsonl").read_text().splitlines():
        vector = json.loads(line)
        key = winnow_keys.Key.of_text(vector["key"])
        if winnow_keys.vector(vector["name"], key.key_id, key.secret, *(bytes.fromhex(vector[n]) for n in ("hello", "welcome", "end_point"))) != vector:
            yield f"{vector['name']}: the proof differs"
        proof, stored, seen = (bytes.fromhex(vector[n]) for n in ("proof", "stored", "transcript"))
        if not winnow_keys.is_right(proof, stored, seen) or winnow_keys.is_right(proof[:-1] + bytes([proof[-1] ^ 1]), stored, seen):
            yield f"{vector['name']}: the proof is judged wrongly"


def check():
    vectors = load()
    failed = 0
    for name, vector in vectors.items():
        for problem in problems(vector):
            print(f"{name}: {problem}")
            failed += 1
    for page in pages():
        text = page.read_text()
        if with_examples(text, vectors) != text:
            print(f"{page.name}: the examples differ from the vectors")
            failed += 1
    readme = (HOME / "vectors" / "README.md").read_text()
    if with_names(readme, vectors) != readme:
        print("vectors/README.md: the names of fields differ from the vectors")
        failed += 1
    for problem in [*table_problems(), *name_problems(), *text_problems(), *suggestion_problems(), *proof_problems()]:
        print(problem)
        failed += 1
    accepted = sum(v["expect"] == "accept" for v in vectors.values())
    print(f"{accepted} accepted, {len(vectors) - accepted} refused, {failed} problems")
    return failed


# The names of fields in vectors/README.md: after a line of its own, a row for each message.

NAMES = "| message | fields |\n|---|---|\n"


def names_table(vectors):
    """For each message the names and kinds of its fields, as the accepted vectors show them, in the order of the body."""
    kinds = {}
    for vector in vectors.values():
        if vector["expect"] != "accept":
            continue
        _, codec, message = run(vector)[-1].last
        header = message.header
        name = wire.OPCODE_NAMES[header.opcode]
        if header.opcode >= 0x10:
            name += " reply" if header.flags & wire.REPLY else " request"
        if header.flags & wire.ERROR or name == "PONG":
            continue
        known = kinds.setdefault((header.opcode, header.flags & wire.REPLY, name), {})
        after = None
        for key, kind in codec.kinds.items():
            if key not in known:
                # In the order of the body, also where another vector has fields that this one lacks.
                order = list(known.items())
                place = 1 + [k for k, _ in order].index(after) if after in known else len(order)
                known.clear()
                known.update(order[:place] + [(key, kind)] + order[place:])
            after = key
    shown = {"table": "`columns`, `column.NAME`", "flags": "`{}.NAME`", "group": "`{}.count`"}
    return NAMES + "".join(
        f"| {name} | " + (", ".join(shown.get(kind, "`{}` " + kind).format(key) for key, kind in fields.items()) or "none") + " |\n"
        for (_, _, name), fields in sorted(kinds.items()))


def with_names(text, vectors):
    head, _, rest = text.partition(NAMES)
    rows = rest.splitlines(keepends=True)
    end = next((index for index, row in enumerate(rows) if not row.startswith("|")), len(rows))
    return head + names_table(vectors) + "".join(rows[end:])


def judge(line):
    """What becomes of one body, without the frame around it."""
    opcode, flags, version, digits = line.rstrip("\n").split(" ")
    header = wire.Header(opcode=int(opcode), flags=int(flags), body_version=int(version))
    try:
        messages.decode(walk_of(header), bytes.fromhex(digits), header.body_version)
    except wire.WireError as error:
        return f"{error.name} {'-' if error.offset == wire.NOWHERE else error.offset}"
    return "accept"


def make():
    import winnow_vector_list
    (HOME / "vectors").mkdir(exist_ok=True)
    for file, vectors in winnow_vector_list.everything().items():
        lines = []
        for vector in vectors:
            names, _, offset, peer = run(vector)
            if vector["expect"] == "accept":
                if names:
                    raise SystemExit(f"{vector['name']}: refused with {names}")
                vector["fields"] = fields_of(*peer.last[1:])
            elif offset is not None:
                vector["offset"] = offset
            lines.append(json.dumps(vector, ensure_ascii=True) + "\n")
        (HOME / "vectors" / f"{file}.jsonl").write_text("".join(lines))
    (HOME / "vectors/keys").mkdir(exist_ok=True)
    (HOME / "vectors/keys/proofs.jsonl").write_text("".join(json.dumps(line) + "\n" for line in winnow_vector_list.proofs()))
    vectors = load()
    for page in pages():
        page.write_text(with_examples(page.read_text(), vectors))
    readme = HOME / "vectors" / "README.md"
    readme.write_text(with_names(readme.read_text(), vectors))


if __name__ == "__main__":
    if sys.argv[1:] == ["make"]:
        make()
    elif sys.argv[1:] == ["check"]:
        sys.exit(1 if check() else 0)
    elif sys.argv[1:] == ["judge"]:
        for line in sys.stdin:
            print(judge(line))
    else:
        sys.exit(__doc__)
