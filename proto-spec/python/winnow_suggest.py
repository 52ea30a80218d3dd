"""Suggestions of 08-files/suggest: reading the file, and what begins with a prefix (03-messages/suggest)."""

import bisect
import re
import struct

import winnow_text
from winnow_wire import crc32c

# White_Space of Unicode.
SPACES = re.compile("[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
MATCHES, CORRECTIONS, WORD_BYTES, WORDS = 64, 2, 64, 1 << 16


class BadFile(Exception):
    pass


def key(text, prefix=False):
    folded = winnow_text.fold(text)
    words = [word for word in SPACES.split(folded) if word]
    return " ".join(words) + (" " if prefix and words and SPACES.match(folded[-1]) else "")


def need(holds, what):
    if not holds:
        raise BadFile(what)


class Suggestions:
    def __init__(self, data):
        need(len(data) >= 12 and data[:8] == b"WNWSUGG1" and crc32c(data[:-4]) == struct.unpack("<I", data[-4:])[0], "magic or checksum")
        self.data, self.place = data[:-4], 8
        need(self.number("I") == 1, "another analysis version")
        self.attribute = self.text(self.number("H"), 64)
        self.categories = []
        for _ in range(self.count(2, 1 << 20)):
            name = self.text(self.number("B"), 255)
            need(name and (not self.categories or self.categories[-1].encode() < name.encode()), "categories ascend")
            self.categories.append(name)
        need(bool(self.attribute) == bool(self.categories), "an attribute has categories")
        self.queries = []  # key, text, users, [(category, users)]
        for _ in range(self.count(9, 1 << 20)):
            folded, text = self.text(self.number("H"), 1_024), self.text(self.number("H"), 1_024)
            users, steps = self.number("I"), []
            need(folded and (not self.queries or self.queries[-1][0].encode() < folded.encode()) and text != folded and users >= 5, "query")
            n = self.number("B")
            need(n <= 3, "categories of a query")
            for _ in range(n):
                place, count = self.number("I"), self.number("I")
                need(place < len(self.categories) and 5 <= count <= (steps[-1][1] if steps else users) and place not in [p for p, _ in steps], "step")
                steps.append((place, count))
            self.queries.append((folded, text or folded, users, steps))
        need(self.place == len(self.data), "something follows")
        counts = {}
        for folded, _, users, _ in self.queries:
            for word in folded.split(" "):
                if 0 < len(word.encode()) <= WORD_BYTES:
                    counts[word] = min(counts.get(word, 0) + users, 0xFFFFFFFF)
        kept = sorted(counts, key=lambda word: (-counts[word], word.encode()))[:WORDS]
        self.words = {word: counts[word] for word in sorted(kept, key=str.encode)}

    def number(self, shape):
        size = struct.calcsize(shape)
        need(self.place + size <= len(self.data), "past the end")
        self.place += size
        return struct.unpack_from("<" + shape, self.data, self.place - size)[0]

    def count(self, size, most):
        n = self.number("I")
        need(n <= most and n * size <= len(self.data) - self.place, "a count past the end")
        return n

    def text(self, size, most):
        need(size <= most and self.place + size <= len(self.data), "a text past the end")
        self.place += size
        try:
            return self.data[self.place - size:self.place].decode()
        except UnicodeDecodeError:
            raise BadFile("UTF-8") from None

    def beginning(self, prefix):
        keys = [query[0].encode() for query in self.queries]
        first, prefix = bisect.bisect_left(keys, prefix.encode()), prefix.encode()
        last = first
        while last < len(keys) and keys[last].startswith(prefix):
            last += 1
        return sorted(range(first, last), key=lambda place: (-self.queries[place][2], place))[:MATCHES]

    def matches(self, prefix):
        """What queries begin with, whether that was corrected, and their places."""
        begun = key(prefix, prefix=True)
        found = self.beginning(begun)
        corrected = None if found else self.corrected(begun)
        return (begun, False, found) if corrected is None else (corrected, True, self.beginning(corrected))

    def corrected(self, prefix):
        parts, finished, corrections = prefix.split(), prefix.endswith(" "), 0
        for index, part in enumerate(parts):
            whole = finished or index + 1 < len(parts)
            if part in self.words if whole else any(word.startswith(part) for word in self.words):
                continue
            corrections += 1
            parts[index] = self.nearest(part, whole) if corrections <= CORRECTIONS else None
            if parts[index] is None:
                return None
        return " ".join(parts) + (" " if finished else "") if corrections else None

    def nearest(self, part, whole):
        if not 4 <= len(part) <= WORD_BYTES:
            return None
        limit, best = 1 if len(part) < 8 else 2, None
        for word, count in self.words.items():
            row = [(distance(word[:length], part), length) for length in ([len(word)] if whole else range(len(word) + 1))]
            apart, length = min(row)
            if apart <= limit:
                cost = (apart + (word[0] != part[0]), -count)
                if best is None or cost < best[0]:
                    best = (cost, word[:length])
        return best and best[1]


def distance(a, b):
    """Optimal string alignment."""
    rows = [list(range(len(b) + 1))]
    for i in range(1, len(a) + 1):
        rows.append([i])
        for j in range(1, len(b) + 1):
            value = min(rows[i - 1][j - 1] + (a[i - 1] != b[j - 1]), rows[i - 1][j] + 1, rows[i][j - 1] + 1)
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                value = min(value, rows[i - 2][j - 2] + 1)
            rows[i].append(value)
    return rows[-1][-1]


def judged(suggestions, prefix):
    """A vector of `vectors/text/suggestions.jsonl` without its name."""
    begun, corrected, places = suggestions.matches(prefix)
    return {"prefix": prefix, "begins": begun, "corrected": corrected, "queries": [suggestions.queries[place][1] for place in places]}
