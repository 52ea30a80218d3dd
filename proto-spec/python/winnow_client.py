"""A pipelining client of a Winnow node and its command line.

winnow_client.py HOST:PORT COMMAND …        winnow_client.py --help

Requests are sent without waiting (`send`), answers come in any order (`wait`). One thread, blocking sockets: the call that
waits reads for all.
"""

import argparse
import hashlib
import json
import os
import random
import re
import socket
import ssl
import struct
import sys
import time

import winnow_keys
import winnow_messages as messages
import winnow_names
import winnow_wire as wire
from winnow_messages import TYPES


EVENT_KINDS = ("impression", "view", "click", "cart", "purchase", "rating", "search", "hide")


class NodeError(Exception):
    """An error that the node answered: the registry's name, and the class bits that say what to do."""

    def __init__(self, fields):
        number = fields["code"]
        self.name = wire.ERROR_NAMES.get(number, f"0x{number:04X}")
        super().__init__(f"{self.name}: {fields['message']}" if fields["message"] else self.name)
        self.code, self.bits, self.message = number, fields["class"], fields["message"]
        self.retry_after_ms, self.epoch = fields["retry_after_ms"], fields["epoch"]
        self.field_offset = None if fields["field_offset"] == wire.NOWHERE else fields["field_offset"]
        self.shard = None if fields["shard"] == wire.NOWHERE else fields["shard"]

    @property
    def retriable(self):
        return bool(self.bits & wire.RETRIABLE)

    @property
    def not_executed(self):
        return bool(self.bits & wire.NOT_EXECUTED)

    @property
    def indefinite(self):
        return bool(self.bits & wire.INDEFINITE)


class ConnectionLost(Exception):
    """The connection ended; whether requests in flight took effect is not known."""


class OutOfTime(Exception):
    """No answer within the time of the request; it was cancelled."""


def tls_context(directory):
    """The TLS of proto-spec/13-security.md: `authority.pem` has the trusted authorities, `certificate.pem` and
    `key.pem`, if they are there, say who we are."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.hostname_checks_common_name = False
    context.set_alpn_protocols(["winnow/1"])
    context.load_verify_locations(os.path.join(directory, "authority.pem"))
    if os.path.exists(os.path.join(directory, "certificate.pem")):
        context.load_cert_chain(os.path.join(directory, "certificate.pem"), os.path.join(directory, "key.pem"))
    return context


def key_of_file(path):
    """The key in the first line of a file; None without a path."""
    if not path:
        return None
    with open(path, encoding="ascii") as file:
        return winnow_keys.Key.of_text(file.readline())


# Requests that do the same when they are made twice.
REPEATABLE = {"RANK", "SEARCH", "GET", "SUGGEST", "UPSERT", "UPDATE", "DELETE", "EVENT", "COLLECTION_DESCRIBE", "MODEL_DESCRIBE",
              "STATUS", "SHARD_MAP", "METRICS", "SLOW_LOG", "CLUSTER_LOG", "ECHO"}


class Client:
    """One connection. `timeout` is the default time of a request in seconds.

    With several addresses, separated by commas, it is to one of these coordinators, taken at random, and to the next one when
    that drains, cannot be reached or is lost.

    With `tls`, a directory as `winnow tls` makes them, links are under TLS; `tls_name` is the name that the node's certificate
    has to have, where that is not the host that is dialled.

    With `key`, the text of a key or a `winnow_keys.Key`, it proves that key to a server that asks for one.

    With `names`, a `winnow_names.Names`, ids that are text are names of one's own data; integers are numbers of the wire.
    """

    def __init__(self, address, *, timeout=1.0, lz4=True, echo=False, cluster=bytes(16), names=winnow_names.NoNames,
                 tls=None, tls_name=None, key=None):
        self.key = winnow_keys.Key.of_text(key) if isinstance(key, str) else key
        self.roles = None  # what the key may do, as bits, once the server has said it
        self.tls, self.tls_name = tls and tls_context(tls), tls_name
        self.names = names
        self.timeout, self.echo_wanted = timeout, echo
        self.addresses = address.split(",")
        self.place = random.randrange(len(self.addresses))
        # The stream of this client's events: one writer, whose batches are numbered.
        self.event_writer, self.event_op = random.randrange(1, 1 << 64), 0
        self._hello_options = (lz4, echo, cluster)
        self._connect()

    def _connect(self):
        """To the first address, from the present one on, that takes the connection."""
        for last in [False] * (len(self.addresses) - 1) + [True]:
            try:
                return self._open(self.addresses[self.place])
            except (OSError, ConnectionLost, OutOfTime):
                if last:
                    raise
                self.place = (self.place + 1) % len(self.addresses)

    def _next(self):
        self.close()
        self.place = (self.place + 1) % len(self.addresses)
        self._connect()

    def _open(self, address):
        host, _, port = address.rpartition(":")
        timeout = self.timeout
        self.socket = socket.create_connection((host.strip("[]"), int(port)), timeout=max(timeout, 5.0))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.tls:
            self.socket = self.tls.wrap_socket(self.socket, server_hostname=self.tls_name or host.strip("[]"))
            if self.socket.selected_alpn_protocol() != "winnow/1":
                raise ConnectionLost("the peer does not name the protocol winnow/1")
        self.receiver = wire.Receiver("client", "hello", lz4=False, decode=self._decode)
        self.receiver.waiting = {}
        self.answers = {}  # request id → fields or an exception
        self.deadlines = {}
        self.abandoned = set()  # cancelled, but not answered yet
        self.next_id, self.in_flight = 1, 0
        self.last_allowed = None  # after GOAWAY
        self.pongs = []
        self.welcome = None
        self._hello(*self._hello_options)

    # Handshake

    def _hello(self, lz4, echo, cluster):
        grease = [(0x7A00 + random.randrange(256), os.urandom(random.randrange(5)))]
        hello = {
            "min_version": 1, "max_version": 1, "role": 0, "cluster_id": cluster, "nonce": os.urandom(32),
            "max_payload_wire": wire.LARGEST_PAYLOAD, "max_payload_raw": wire.LARGEST_PAYLOAD,
            "compressions": [1, 0] if lz4 else [0], "filters": [1, 2], "program": "winnow-python/1.0",
            "features": ([(1, b"")] if echo else []) + grease,
        }
        self.hello_body, self.transcript = messages.encode(messages.hello, hello), None
        self._write(wire.frame(wire.OPCODES["HELLO"], self.hello_body))
        deadline = time.monotonic() + max(self.timeout, 5.0)
        while self.receiver.state != "ready":
            self._read(deadline)
        self.credits = self.welcome["credits"]

    def _decode(self, message):
        codec = messages.decode(self._walk(message.header), message.body, message.header.body_version)
        if message.opcode == wire.OPCODES["WELCOME"]:
            self.receiver.state = "auth" if codec.fields["authentication"] else "ready"
            self.welcome_body = bytes(message.body)
            self.receiver.lz4 = codec.fields["compression"] == 1
            self.receiver.echo = any(number & 0x7FFF == 1 for number, _ in codec.fields["features"])
        message.fields = codec.fields

    def _prove(self):
        """Proves the key to a server that asks for one."""
        if not self.key:
            number, bits = wire.ERRORS["AUTH_REQUIRED"]
            self.close()
            raise NodeError({"code": number, "class": bits, "retry_after_ms": 0, "field_offset": wire.NOWHERE, "shard": wire.NOWHERE,
                             "epoch": 0, "message": "the node asks for a key"})
        end_point = hashlib.sha256(self.socket.getpeercert(binary_form=True)).digest() if self.tls else winnow_keys.PLAIN_LINK
        self.transcript = winnow_keys.transcript(self.hello_body, self.welcome_body, end_point)
        proof = {"mechanism": 1, "key_id": self.key.key_id, "proof": self.key.proof(self.transcript)}
        self._write(wire.frame(wire.OPCODES["AUTH"], messages.encode(messages.auth, proof)))

    def _check(self, fields):
        """A server that does not know the key cannot answer its proof."""
        if fields["answer"] != winnow_keys.answer(self.key.server, self.transcript):
            self._lost("the node does not know the key that it asked for")
        self.roles, self.receiver.state = fields["roles"], "ready"

    @staticmethod
    def _walk(header):
        name = wire.OPCODE_NAMES[header.opcode]
        if header.opcode < 0x10:
            return messages.CONNECTION[name]
        return messages.error if header.flags & wire.ERROR else messages.REPLIES[name]

    # Requests

    def send(self, opcode, fields=None, *, timeout=None, epoch=0, retry=False):
        """Sends a request and returns its id. Waits only for a credit."""
        timeout = self.timeout if timeout is None else timeout
        if self.last_allowed is not None:
            raise ConnectionLost("the node drains")
        deadline = time.monotonic() + timeout
        while self.in_flight >= self.credits:
            self._read(deadline)
        version = wire.BODY_VERSIONS.get(wire.OPCODES[opcode], (1,))[-1]
        codec = messages.Codec(fields=dict(fields or {}), version=version)
        messages.REQUESTS[opcode](codec)
        if len(codec.out) > self.welcome["max_message"]:
            raise ValueError("the message is larger than the node accepts")
        request_id, self.next_id = self.next_id, self.next_id + 2
        left = deadline - time.monotonic()
        noise = random.choice((0, 0, 0, 1 << random.randrange(12, 16)))
        data = wire.fragments(
            wire.OPCODES[opcode], codec.sections(), flags=noise | (wire.RETRY if retry else 0), request_id=request_id,
            time_us=min(max(int(left * 1e6), 1), wire.LONGEST_TIME), epoch=epoch, body_version=version, lz4=self.receiver.lz4,
            largest=min(262_144, self.welcome["max_payload_wire"], self.welcome["max_payload_raw"]) & ~7)
        self.receiver.waiting[request_id] = wire.OPCODES[opcode]
        self.deadlines[request_id] = deadline
        self.in_flight += 1
        self._write(data)
        return request_id

    def wait(self, request_id):
        """The fields of the reply. Raises NodeError, OutOfTime or ConnectionLost."""
        deadline = self.deadlines[request_id]
        try:
            while request_id not in self.answers:
                # A little longer than the node has, whose own answer says more.
                self._read(deadline + 0.25)
        except OutOfTime:
            self.cancel(request_id)
            self.abandoned.add(request_id)
            raise
        finally:
            self.deadlines.pop(request_id, None)
        answer = self.answers.pop(request_id)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def call(self, opcode, fields=None, **options):
        """Sends a request and waits for its answer; with several addresses at the next one too, if that does no harm."""
        if len(self.addresses) > 1:
            try:
                return self.wait(self.send(opcode, fields, **options))
            except NodeError as error:
                if error.name != "SHUTTING_DOWN":
                    raise
            except (ConnectionLost, OSError):
                # It may have been carried out: then a server knows a write again by its writer and op.
                if self.last_allowed is None and opcode not in REPEATABLE:
                    raise
            self._next()
            options["retry"] = True
        return self.wait(self.send(opcode, fields, **options))

    def cancel(self, request_id):
        """Tells the node that the caller has given up. The credit comes back with the answer, which is dropped."""
        body = messages.encode(messages.cancel, {"request_id": request_id})
        self._write(wire.frame(wire.OPCODES["CANCEL"], body))

    def ping(self):
        """Seconds until PONG."""
        sent, payload = time.monotonic(), os.urandom(8)
        self._write(wire.frame(wire.OPCODES["PING"], payload))
        while payload not in self.pongs:
            self._read(sent + self.timeout)
        self.pongs.remove(payload)
        return time.monotonic() - sent

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # The stream

    def _write(self, data):
        try:
            self.socket.settimeout(30)
            self.socket.sendall(data)
        except OSError as error:
            self._lost(str(error))

    def _read(self, deadline):
        left = deadline - time.monotonic()
        if left <= 0:
            raise OutOfTime("no answer in time")
        self.socket.settimeout(left)
        try:
            data = self.socket.recv(262_144)
        except TimeoutError:
            raise OutOfTime("no answer in time") from None
        except OSError as error:
            self._lost(str(error))
        if not data:
            self._lost("the node closed the connection")
        for event in self.receiver.feed(data, time.monotonic()):
            self._take(event)

    def _take(self, event):
        if event is None:
            self._lost("this is not a Winnow node")
        if isinstance(event, wire.Refusal):
            if event.fatal:
                number, bits = wire.ERRORS[event.name]
                body = messages.encode(messages.error, {"code": number, "class": bits | wire.FATAL, "message": "closing"})
                self._write(wire.frame(wire.OPCODES["ERROR"], body))
                self._lost(f"the node sent {event.name}")
            self._answer(event.request_id, wire.WireError(event.name, event.offset, "in the reply"))
            return
        name = wire.OPCODE_NAMES[event.opcode]
        if event.header.request_id:
            failed = event.header.flags & wire.ERROR
            self._answer(event.header.request_id, NodeError(event.fields) if failed else event.fields)
        elif name == "WELCOME":
            self.welcome = event.fields
            if self.receiver.state == "auth":
                self._prove()
        elif name == "AUTH_OK":
            self._check(event.fields)
        elif name == "PING":
            self._write(wire.frame(wire.OPCODES["PONG"], event.fields["payload"]))
        elif name == "PONG":
            self.pongs.append(event.fields["payload"])
        elif name == "CREDIT":
            self.credits += event.fields["credits"]
        elif name == "GOAWAY":
            self._drain(event.fields)
        elif name == "ERROR":
            raise NodeError(event.fields)

    def _answer(self, request_id, answer):
        self.receiver.waiting.pop(request_id, None)
        self.in_flight -= 1
        if request_id in self.abandoned:
            self.abandoned.discard(request_id)
        else:
            self.answers[request_id] = answer

    def _drain(self, fields):
        """What is past the last id was not executed."""
        self.last_allowed = fields["last_id"]
        number, bits = wire.ERRORS["SHUTTING_DOWN"]
        refused = {"code": number, "class": bits, "retry_after_ms": 0, "field_offset": wire.NOWHERE, "shard": wire.NOWHERE,
                   "epoch": 0, "message": "the node drains"}
        for request_id in [i for i in self.receiver.waiting if i > self.last_allowed]:
            self._answer(request_id, NodeError(refused))

    def _lost(self, why):
        self.socket.close()
        raise ConnectionLost(why)

    # What people ask for

    def rank(self, collection, *, user=None, k=10, depth=200, timeout=None, **fields):
        """A RANK request: `filter` as text, `attributes` as names (all if left out), and the other fields of its page.

        `words` are what the shopper has typed; `typing` and `as_typed` say that the last one may be unfinished, and that none is corrected.
        `user`, `session` and `exclude` may be names; `seen` has rules of the user's history, which leave items out, as dictionaries of
        `kinds` (bits), `within_s` and `times`, or as texts such as "purchase within 30d 2 times"; the reply has `names`, None where there is none.
        """
        asked = {"k": k, "depth": depth, "collection": collection, **fields}
        if user is not None:
            asked.update(user=self.names.user(user), who=1)
        for key in ("session", "exclude"):
            if key in asked:
                asked[key] = [self.names.item(item) for item in asked[key]]
        if "seen" in asked:
            asked["seen"] = [seen_rule(rule) if isinstance(rule, str) else rule for rule in asked["seen"]]
        asked["word_flags"] = (1 if asked.pop("typing", False) else 0) | (2 if asked.pop("as_typed", False) else 0)
        asked.setdefault("attributes_wanted", 2 if "attributes" in asked else 1)
        answer = self.call("RANK", asked, timeout=timeout)
        late = any(missing["cause"] in (2, 4) for missing in answer["missing"])
        if late and not (answer["coverage"] or answer["scanned"] or answer["candidates"]):
            raise OutOfTime("time ended before any shard had answered")
        return self._named(answer)

    def get(self, collection, ids, *, parts=3, attributes_wanted=1):
        """Items by id or name; the reply has `names` as that of `rank`."""
        ids = [self.names.item(item) for item in ids]
        asked = {"collection": collection, "ids": ids, "parts": parts, "attributes_wanted": attributes_wanted}
        return self._named(self.call("GET", asked))

    def send_events(self, collection, events, *, attempts=8):
        """Says what shoppers did; an event has user, event (its kind), item, time, value, place, request and text, as far as it
        has them. Sent again under the same number while a shard did not answer, which changes nothing a second time."""
        sent = []
        for event in events:
            event = {"time": 0, **event, "user": self.names.user(event["user"])}
            if "item" in event:
                event["item"] = self.names.item(event["item"])
            sent.append(event)
        self.event_op += 1
        fields = {"collection": collection, "writer": self.event_writer, "op": self.event_op, "events": sent}
        for attempt in range(attempts):
            last = attempt == attempts - 1
            try:
                reply = self.call("EVENT", fields, retry=attempt > 0)
                if last or not reply["not_executed"] + reply["unknown"]:
                    return reply
            except NodeError as error:
                if last or not (error.retriable or error.indefinite):
                    raise
                time.sleep(error.retry_after_ms / 1_000)
            except OutOfTime:
                if last:
                    raise
            time.sleep(0.01 * 2 ** attempt * random.random())

    def history(self, collection, user):
        """What is kept of a shopper, with its events as dictionaries, newest last; None: nothing."""
        found = self.call("HISTORY", {"kind": 1, "collection": collection, "user": self.names.user(user)})["histories"]
        return {**found[0], "events": messages.events_of(found[0]["events"])} if found else None

    def suggest(self, collection, prefix, *, user=None, k=8):
        """What a shopper who has begun to type may search for: `queries` and `categories`, the best first."""
        asked = {"collection": collection, "prefix": prefix, "k": k}
        if user is not None:
            asked.update(user=self.names.user(user), who=1)
        return self.call("SUGGEST", asked)

    def forget(self, collection, user):
        """Removes a shopper from all histories; the receipts say how far each shard is."""
        return self.call("HISTORY", {"kind": 2, "collection": collection, "user": self.names.user(user)})

    def _named(self, reply):
        if self.names is not winnow_names.NoNames:
            reply["names"] = [self.names.items.name(item) for item in reply["ids"]]
        return reply

    def rules(self, collection):
        """The rules of a collection by name, each with its document."""
        found, more = {}, 1
        while more:
            reply = self.call("RULE", {"step": 1, "collection": collection, "after": max(found, default="")})
            found.update((rule["name"], rule["document"]) for rule in reply["rules"])
            more = reply["more"]
        return found

    def keep_rules(self, collection, rules):
        """Keeps rules, whose documents are JSON texts by name; the number of those that are new or changed."""
        put = [{"name": name, "document": document} for name, document in rules.items()]
        return self.call("RULE", {"step": 2, "collection": collection, "rules": put})["changed"]

    def remove_rules(self, collection, names):
        """Removes rules by name; the number of those that there were."""
        return self.call("RULE", {"step": 3, "collection": collection, "rules": [{"name": name} for name in names]})["changed"]

    def collections(self, name=""):
        return self.call("COLLECTION_DESCRIBE", {"collection": name})["collections"]


def seen_rule(text):
    """A rule of seen items in words: KIND[,KIND…] [within N(d|h|m|s)] [N times]."""
    found = re.fullmatch(r"([a-z]+(?:,[a-z]+)*)(?: within ([0-9]+)([dhms]))?(?: ([0-9]+) times?)?", text.strip())
    if not found or not all(kind in EVENT_KINDS for kind in found[1].split(",")):
        raise ValueError(f"not a rule such as 'purchase within 30d 2 times': {text}")
    seconds = int(found[2] or 0) * {"d": 86_400, "h": 3_600, "m": 60, "s": 1, None: 0}[found[3]]
    return {"kinds": sum({1 << EVENT_KINDS.index(kind) for kind in found[1].split(",")}), "within_s": seconds, "times": int(found[4] or 1)}


class Writer:
    """One stream of writes: one op in flight, sent again unchanged until it is answered for good."""

    def __init__(self, client, collection):
        self.client, self.collection = client, collection
        self.id, self.op = random.randrange(1, 1 << 64), 0
        self.pending = None

    def begin(self, opcode, fields):
        self.op += 1
        self.opcode, self.fields = opcode, {"collection": self.collection, "writer": self.id, "op": self.op, **fields}
        self.pending = self.client.send(opcode, self.fields)

    def finish(self, attempts=8):
        """The status of each item: 1…5. Raises what the last attempt raised."""
        request_id, self.pending = self.pending, None
        for attempt in range(attempts):
            last = attempt == attempts - 1
            try:
                if request_id is None:
                    request_id = self.client.send(self.opcode, self.fields, retry=True)
                reply = self.client.wait(request_id)
                if last or not {6, 7} & set(reply["status"]):
                    return reply["status"]
            except NodeError as error:
                if last or not (error.retriable or error.indefinite):
                    raise
                time.sleep(error.retry_after_ms / 1_000)
            except OutOfTime:
                if last:
                    raise
            request_id = None
            time.sleep(0.01 * 2 ** attempt * random.random())


class BadItem(Exception):
    """A line of a feed file that is no item of the collection."""


def item_of(line, number, schema, names=winnow_names.NoNames):
    """The item of a line of items.jsonl (08-files), checked against the schema."""
    try:
        item = json.loads(line)
        known = {"id", "embedding", "rerank"} | {name for _, name in schema["attributes"]}
        if set(item) - known:
            raise BadItem(f"unknown key {min(set(item) - known)}")
        item["id"] = names.item(item["id"])
        for key, dimension in (("embedding", schema["dimension"]), ("rerank", schema["rerank_dimension"])):
            if len(item.setdefault(key, [])) != dimension:
                raise BadItem(f"{key} has {len(item[key])} numbers, not {dimension}")
        for kind, name in schema["attributes"]:
            item[name] = value_of(kind, name, item.get(name))
        return item
    except (BadItem, winnow_names.UnknownName, ValueError, TypeError, KeyError) as error:
        raise BadItem(f"line {number}: {error}") from None


def upsert_fields(items, schema):
    """The fields of an UPSERT for checked items."""
    columns, values = [], {}
    for kind, name in schema["attributes"]:
        column = [item[name] for item in items]
        if any(value is not None for value in column):
            columns.append((kind, name))
            values[name] = column
    return {
        "dimension": schema["dimension"], "rerank_dimension": schema["rerank_dimension"],
        "table": {"columns": columns, "values": values},
        "ids": [item["id"] for item in items], "expected_versions": [0] * len(items),
        "embeddings": [x for item in items for x in item["embedding"]],
        "rerank_vectors": [x for item in items for x in item["rerank"]],
    }


def update_fields(updates, schema):
    """The fields of an UPDATE: for each item its id and the attributes that change, None where one goes."""
    named = {name for _, changes in updates for name in changes}
    columns = [(kind, name) for kind, name in schema["attributes"] if name in named]
    if len(columns) < len(named):
        raise BadItem(f"the collection has no attribute {min(named - {name for _, name in columns})}")
    return {
        "ids": [item for item, _ in updates], "expected_versions": [0] * len(updates),
        "table": {"columns": columns, "values": {name: [value_of(kind, name, changes.get(name)) for _, changes in updates]
                                                 for kind, name in columns}},
        "removed": {name: [name in changes and changes[name] is None for _, changes in updates] for _, name in columns},
    }


def value_of(kind, name, value):
    """A JSON value as the attribute's type has it; nothing is converted but an integer where a float belongs."""
    if value is None:
        return None
    wanted = {"int": int, "float": (int, float), "bool": bool, "keyword_set": list}.get(TYPES[kind], str)
    if not isinstance(value, wanted) or isinstance(value, bool) and wanted is not bool:
        raise BadItem(f"{name} is not {TYPES[kind]}")
    if wanted is list:
        return sorted(set(value), key=str.encode)
    return float(value) if TYPES[kind] == "float" else value


def feed(client, collection, lines, *, batch=256, writers=4, whole=True):
    """Writes items from lines of JSON; with `whole` says that they are the whole collection. Returns counts by status."""
    schema = client.collections(collection)[0]
    begun = client.call("FEED", {"kind": 1, "collection": collection})["feed"] if whole else None
    streams = [Writer(client, collection) for _ in range(writers)]
    counts = {}

    def settle(writer):
        if writer.pending is not None:
            for status in writer.finish():
                counts[status] = counts.get(status, 0) + 1

    items, turn = [], 0
    for number, line in enumerate(lines, 1):
        if line.strip():
            items.append(item_of(line, number, schema, client.names))
        if len(items) == batch:
            settle(streams[turn])
            streams[turn].begin("UPSERT", upsert_fields(items, schema))
            items, turn = [], (turn + 1) % writers
    if items:
        settle(streams[turn])
        streams[turn].begin("UPSERT", upsert_fields(items, schema))
    for writer in streams:
        settle(writer)
    if whole and not {6, 7} & set(counts):
        counts["feed"] = client.call("FEED", {"kind": 2, "feed": begun, "collection": collection})
    return counts


def row(table, index):
    """One row of a table as name → value, without what is missing."""
    values = ((name, table["values"][name][index]) for _, name in table["columns"])
    return {name: value for name, value in values if value is not None}


def plain(value):
    """A decoded value as JSON can show it."""
    if isinstance(value, dict):
        if set(value) == {"columns", "strings", "values"}:
            return {name: value["values"][name] for _, name in value["columns"]}
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], int):
        return {"type": TYPES[value[0]], "name": value[1]} if isinstance(value[1], str) else [value[0], plain(value[1])]
    return [plain(inner) for inner in value] if isinstance(value, (list, tuple)) else value


def bits(value):
    return f"{struct.unpack('<I', struct.pack('<f', value))[0]:08x}"


RULE_OUTCOMES = {1: "acted", 2: "a pinned item is missing", 3: "a pinned item is excluded", 4: "overruled in part", 5: "does not fit"}
CHANGES = {1: "corrected", 2: "split", 3: "joined", 4: "divided", 5: "completed", 6: "synonym"}


def show_rank(reply):
    found = "exact" if reply["exact"] else "best so far"
    promise = f", private ε = {reply['promised_epsilon']:g}" if reply.get("promised_epsilon") else ""
    arm = f", arm {reply['arm']}" if reply.get("arm") else ""
    print(f"{reply['n']} results, {found}, coverage {reply['coverage'] / 10_000:.2f} %, "
          f"reranked {reply['reranked']} of {reply['candidates']}{promise}{arm}")
    for rule in reply.get("rules", []):
        print(f"  rule {rule['rule']}: {RULE_OUTCOMES.get(rule['outcome'], rule['outcome'])} {rule['message']}".rstrip())
    for change in reply["changes"]:
        print(f"  {CHANGES.get(change['rule'], change['rule'])}: {change['from']} -> {', '.join(change['to'])}")
    names = reply.get("names", [None] * reply["n"])
    for index, item in enumerate(reply["ids"]):
        attributes = json.dumps(row(reply["table"], index), ensure_ascii=False)
        item = names[index] or item
        print(f"{index + 1:4}  {item:>20}  {reply['ranking_logits'][index]:+.6f}  {reply['retrieval_scores'][index]:+.6f}  {attributes}")


def rank_json(reply):
    names = reply.get("names")
    results = [{
        "id": item, **({} if names is None else {"name": names[index]}), "retrieval_score": reply["retrieval_scores"][index], "ranking_logit": reply["ranking_logits"][index],
        "retrieval_score_bits": bits(reply["retrieval_scores"][index]), "ranking_logit_bits": bits(reply["ranking_logits"][index]),
        "attributes": row(reply["table"], index),
    } for index, item in enumerate(reply["ids"])]
    report = {key: plain(value) for key, value in reply.items()
              if key not in ("ids", "names", "retrieval_scores", "ranking_logits", "table", "n", "exact", "ranked", "reranked_results")}
    return {"results": results, "exact": bool(reply["exact"]), "ranked": bool(reply["ranked"]),
            "reranked_results": reply["reranked_results"], "report": report}


def arguments():
    parser = argparse.ArgumentParser(prog="winnow_client.py", description="Talks to a Winnow node.")
    parser.add_argument("address", metavar="HOST:PORT[,…]", help="of the node, or of each of several coordinators")
    parser.add_argument("--timeout", type=float, default=1.0, help="seconds for a request (default 1)")
    parser.add_argument("--no-lz4", action="store_true", help="offer no compression")
    parser.add_argument("--tls-dir", metavar="DIRECTORY", help="speak TLS, with the files of 'winnow tls' in this directory")
    parser.add_argument("--key-file", metavar="FILE", default=os.environ.get("WINNOW_KEY_FILE"), help="the file whose first line is the key to prove")
    parser.add_argument("--tls-name", metavar="HOST", help="the name that the node's certificate has to have")
    parser.add_argument("--dictionary", metavar="DIRECTORY", help="with users.dict and items.dict: ids are names of your own")
    parser.add_argument("--pseudonym-key-file", metavar="FILE", help="the key of the import, if users are pseudonyms")
    commands = parser.add_subparsers(dest="command", required=True)

    def command(name, about, collection=True):
        sub = commands.add_parser(name, help=about, description=about)
        sub.add_argument("--json", action="store_true", help="print JSON")
        if collection:
            sub.add_argument("--collection", help="may be left out if there is only one")
        return sub

    rank = command("rank", "the items that a shopper most likely wants")
    rank.add_argument("words", nargs="*", metavar="WORD", help="what the shopper has typed")
    rank.add_argument("--typing", action="store_true", help="the last word may be unfinished")
    rank.add_argument("--as-typed", action="store_true", help="without corrections and other words")
    rank.add_argument("--user", metavar="ID")
    rank.add_argument("--vector", type=json.loads, default=[], help="query vector, as JSON")
    rank.add_argument("--user-vector", type=json.loads, default=[], help="the model's user input, as JSON")
    rank.add_argument("--session", nargs="*", default=[], metavar="ID")
    rank.add_argument("--exclude", nargs="*", default=[], metavar="ID")
    rank.add_argument("--k", type=int, default=10)
    rank.add_argument("--depth", type=int, default=200)
    rank.add_argument("--exclude-seen", action="append", default=[], metavar="RULE", help="such as 'purchase within 30d 2 times'")
    rank.add_argument("--least-depth", type=int, default=0, help="an overloaded coordinator may go down to it")
    rank.add_argument("--explain", type=int, default=0, metavar="N", help="explain the first N results")
    rank.add_argument("--filter", default="")
    rank.add_argument("--attributes", nargs="*", metavar="NAME", help="these only")
    rank.add_argument("--most-per-group", type=int, default=0)
    rank.add_argument("--group", default="", metavar="ATTRIBUTE")
    rank.add_argument("--facet", action="append", default=[], metavar="ATTRIBUTE[:N]", help="count the N most frequent values")
    rank.add_argument("--facet-own", action="append", default=[], metavar="ATTRIBUTE", help="without the filter's predicates on it")
    rank.add_argument("--order-by", action="append", default=[], metavar="[-]ATTRIBUTE", help="in place of the model")
    rank.add_argument("--page", metavar="first|TOKEN", help="with a token for the next page")
    rank.add_argument("--diversity", type=float, metavar="LAMBDA", help="0…1")
    rank.add_argument("--alike-by", default="", metavar="ATTRIBUTE", help="whose equal values are alike, in place of vectors")
    rank.add_argument("--exposure", metavar="ATTRIBUTE:GROUP=SHARE,…", help="shares of the exposure for groups of items")
    rank.add_argument("--exposure-test", type=float, default=0.1, metavar="X", help="the significance that each list passes")
    rank.add_argument("--exposure-over-time", type=float, metavar="X", help="steer over many lists in place of each")
    rank.add_argument("--total", action="store_true", help="count the items that pass")
    rank.add_argument("--no-rules", action="store_true", help="without the rules of the collection")
    rank.add_argument("--context", action="append", default=[], metavar="NAME=VALUE")
    rank.add_argument("--min-coverage", type=float, default=0.0, help="0…1")
    create = command("create", "makes a collection")
    create.add_argument("--schema", metavar="FILE", help="a schema.json instead of the flags below")
    create.add_argument("--dimension", type=int, default=0)
    create.add_argument("--rerank", type=int, default=0)
    create.add_argument("--attribute", action="append", default=[], metavar="NAME=TYPE")
    feeding = command("feed", "writes the items of a file of JSON lines")
    feeding.add_argument("file", help="- for standard input")
    feeding.add_argument("--batch", type=int, default=256)
    feeding.add_argument("--part", action="store_true", help="the file is not the whole collection")
    for name, about in (("get", "items by id"), ("delete", "removes items")):
        command(name, about).add_argument("ids", nargs="+")
    updating = command("update", "changes attributes of an item")
    updating.add_argument("id")
    updating.add_argument("changes", nargs="+", help="NAME=JSON, such as price=9.5; null removes", metavar="NAME=JSON")
    sending = command("event", "says what a shopper did")
    sending.add_argument("user")
    sending.add_argument("kind", choices=EVENT_KINDS)
    sending.add_argument("items", nargs="*")
    sending.add_argument("--text", default="", help="what was searched for")
    sending.add_argument("--value", type=float, default=0.0)
    for name, about in (("history", "what is kept of a shopper"), ("forget", "removes a shopper from all histories")):
        command(name, about).add_argument("user")
    suggesting = command("suggest", "what a shopper who has begun to type may search for")
    suggesting.add_argument("prefix")
    suggesting.add_argument("--user")
    suggesting.add_argument("--k", type=int, default=8)
    command("rules", "the rules of a collection")
    keeping = command("rule-put", "keeps a rule")
    keeping.add_argument("name")
    keeping.add_argument("document", help="as JSON")
    command("rule-remove", "removes rules").add_argument("names", nargs="+")
    command("describe", "the collections")
    command("drop", "removes a collection")
    for name, about in (("status", "what the node is and how it does"), ("map", "the shard map"), ("metrics", "all counters"),
                        ("slow", "the queries that took long"), ("events", "what was done with the cluster, and by which caller"),
                        ("ping", "time to PONG")):
        command(name, about, collection=False)
    command("echo", "time of an ECHO", collection=False).add_argument("text", nargs="?", default="hello")
    return parser


def main(argv=None):
    options = arguments().parse_args(argv)
    try:
        names = winnow_names.NoNames
        if options.dictionary:
            names = winnow_names.Names(options.dictionary, options.pseudonym_key_file)
        with Client(options.address, timeout=options.timeout, lz4=not options.no_lz4, echo=options.command == "echo",
                    names=names, tls=options.tls_dir, tls_name=options.tls_name,
                    key=key_of_file(options.key_file)) as client:
            if getattr(options, "collection", "") is None:
                options.collection = only_collection(client, options.command)
            run(client, options)
    except NodeError as error:
        where = "" if error.field_offset is None else f" (offset {error.field_offset})"
        sys.exit(f"{error}{where}")
    except (ConnectionLost, OutOfTime, BadItem, wire.WireError, winnow_names.UnknownName, winnow_names.BadDictionary,
            OSError) as error:
        sys.exit(f"{type(error).__name__}: {error}")


def only_collection(client, command):
    if command == "describe":
        return ""
    names = sorted({collection["name"] for collection in client.collections()})
    if len(names) != 1:
        sys.exit(f"name a collection with --collection: {', '.join(names) or 'there is none'}")
    return names[0]


def run(client, options):
    def show(value):
        print(json.dumps(plain(value), ensure_ascii=False, indent=None if options.json else 2))

    command, collection = options.command, getattr(options, "collection", None)
    if command == "rank":
        reply = client.rank(collection, k=options.k, depth=max(options.depth, options.k), user=options.user, **rank_fields(options))
        print(json.dumps(rank_json(reply), ensure_ascii=False)) if options.json else show_rank(reply)
    elif command == "create":
        show(client.call("COLLECTION_CREATE", {"collection": collection, **schema_fields(options)}))
    elif command == "feed":
        with sys.stdin if options.file == "-" else open(options.file, encoding="utf-8") as lines:
            counts = feed(client, collection, lines, batch=options.batch, whole=not options.part)
        names = {1: "inserted", 2: "replaced", 3: "conflict", 4: "deleted", 5: "absent", 6: "not_executed", 7: "unknown"}
        show({names.get(key, key): value for key, value in counts.items()})
        if {6, 7} & set(counts):
            sys.exit("some items were not written")
    elif command == "get":
        show(client.get(collection, options.ids))
    elif command == "delete":
        writer = Writer(client, collection)
        ids = [client.names.item(item) for item in options.ids]
        writer.begin("DELETE", {"ids": ids, "expected_versions": [0] * len(ids)})
        show({"status": writer.finish()})
    elif command == "update":
        writer = Writer(client, collection)
        changes = {name: json.loads(text) for name, text in (change.split("=", 1) for change in options.changes)}
        writer.begin("UPDATE", update_fields([(client.names.item(options.id), changes)], client.collections(collection)[0]))
        show({"status": writer.finish()})
    elif command == "event":
        event = {"user": options.user, "event": EVENT_KINDS.index(options.kind) + 1, "value": options.value, "text": options.text}
        show(client.send_events(collection, [{**event, "item": item} for item in options.items] or [event]))
    elif command == "history":
        show(client.history(collection, options.user))
    elif command == "suggest":
        show(client.suggest(collection, options.prefix, user=options.user, k=options.k))
    elif command == "forget":
        show(client.forget(collection, options.user))
    elif command == "rules":
        show(client.rules(collection))
    elif command == "rule-put":
        show({"changed": client.keep_rules(collection, {options.name: options.document})})
    elif command == "rule-remove":
        show({"changed": client.remove_rules(collection, options.names)})
    elif command == "describe":
        show(client.collections(collection))
    elif command == "drop":
        show(client.call("COLLECTION_DROP", {"collection": collection}))
    elif command == "status":
        show(client.call("STATUS"))
    elif command == "map":
        show(client.call("SHARD_MAP", {"kind": 1}))
    elif command == "metrics":
        print(client.call("METRICS")["text"], end="")
    elif command == "slow":
        show(client.call("SLOW_LOG", {"limit": 1_000}))
    elif command == "events":
        show(client.call("CLUSTER_LOG", {"limit": 1_000}))
    elif command == "ping":
        print(f"{client.ping() * 1e6:.0f} us")
    elif command == "echo":
        began = time.monotonic()
        data = client.call("ECHO", {"data": options.text.encode()})["data"]
        print(f"{data.decode()} {(time.monotonic() - began) * 1e6:.0f} us")


def schema_fields(options):
    if options.schema:
        with open(options.schema, encoding="utf-8") as file:
            schema = json.load(file)
        attributes = [(attribute["name"], attribute["type"]) for attribute in schema["attributes"]]
        dimension, rerank = schema["embedding_dimension"], schema["rerank_dimension"]
        text = text_fields(schema["text"]) if "text" in schema else {}
    else:
        text = {}
        attributes = [text.split("=", 1) for text in options.attribute]
        dimension, rerank = options.dimension, options.rerank
    return {"dimension": dimension, "rerank_dimension": rerank,
            "attributes": [(TYPES.index(kind), name) for name, kind in attributes], **text}


def text_fields(text):
    fields = text["fields"]
    return {"text_language": text["language"], "text_version": text.get("analysis_version", 1), "text_k1": text.get("k1", 0.4),
            "text_attributes": [field["attribute"] for field in fields], "text_weights": [field.get("weight", 1.0) for field in fields],
            "text_b": [field.get("b", 0.6) for field in fields], "text_averages": [field["average"] for field in fields]}


def rank_fields(options):
    fields = {
        "query_vector": options.vector, "user_vector": options.user_vector, "session": options.session, "exclude": options.exclude,
        "seen": options.exclude_seen, "words": " ".join(options.words), "typing": options.typing, "as_typed": options.as_typed,
        "filter": options.filter, "most_per_group": options.most_per_group, "group_attribute": options.group,
        "minimum_coverage": round(options.min_coverage * 1_000_000), "context": [],
        "least_depth": options.least_depth, "explained": options.explain,
    }
    for text in options.context:
        name, _, value = text.partition("=")
        try:
            fields["context"].append({"name": name, "kind": 1, "number": float(value)})
        except ValueError:
            fields["context"].append({"name": name, "kind": 2, "text": value})
    if options.attributes is not None:
        fields["attributes"] = options.attributes
    return {**fields, **page_fields(options)}


def page_fields(options):
    """The wishes of a search page."""
    facets = []
    for text in options.facet + [name for name in options.facet_own if name not in [f.partition(":")[0] for f in options.facet]]:
        name, _, most = text.partition(":")
        facets.append({"attribute": name, "kind": 1, "most": int(most or 10), "ignores_own": int(name in options.facet_own)})
    fields = {
        "page_flags": int(options.page is not None) | 2 * options.total | 4 * options.no_rules, "facets": facets,
        "token": [] if options.page in (None, "first") else list(bytes.fromhex(options.page)),
        "sort": [{"attribute": name.lstrip("-"), "direction": 2 if name.startswith("-") else 1} for name in options.order_by],
    }
    if options.diversity is not None:
        fields.update({"window": 200, "lambda": options.diversity, "alike_by": options.alike_by})
    if options.exposure:
        by, _, shares = options.exposure.partition(":")
        targets = [{"group": group, "share": float(share)} for group, share in (text.split("=", 1) for text in shares.split(","))]
        over_time = options.exposure_over_time is not None
        fields.update({"mode": 2 if over_time else 1, "exposure_by": by, "targets": targets,
                       "strength": options.exposure_over_time if over_time else options.exposure_test})
    return fields


if __name__ == "__main__":
    main()
