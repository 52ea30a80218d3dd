"""The filter language of 10-filters: text to tree, checks of the tree, canonical text, and the tree's bytes.

A node is ("and", [nodes]), ("or", [nodes]), ("not", node), ("compare", name, operator, value), ("range", name, low, high),
("in", name, [values]) or ("has", name). A value is (type number, Python value): 1 int, 2 float, 3 str, 5 bool.
"""

import math
import re

OPERATORS = ("=", "!=", "<", "<=", ">", ">=")
RESERVED = {"and", "or", "not", "in", "has", "true", "false"}
MOST_BYTES, MOST_PREDICATES, MOST_DEPTH, MOST_OPEN, MOST_VALUES, MOST_CHILDREN = 16_384, 32, 8, 7, 1_024, 32
_NULL = re.compile(r"null\Z", re.IGNORECASE | re.ASCII)
_NAME = re.compile(r"[a-z0-9_-]{1,64}\Z")
_BARE = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")
_WORD = re.compile(r"[A-Za-z0-9_-]+")
_NUMBER = re.compile(r"-?[0-9]+(\.(?!\.)[0-9]*)?([eE][+-]?[0-9]*)?")


def reserved(word):
    """Whether a word stands for itself only between quotation marks."""
    return word in RESERVED or _NULL.match(word) is not None


class FilterError(ValueError):
    """Kind and 1-based column in UTF-8 bytes (0: no text) as 10.6 lists them."""

    def __init__(self, kind, column):
        super().__init__(f"{kind} at column {column}")
        self.kind, self.column = kind, column


def parse(text):
    """The tree of a text."""
    if len(text.encode()) > MOST_BYTES:
        raise FilterError("limit", 1)
    parser = _Parser(text)
    tree = parser.disjunction(0)
    if parser.kind != "end":
        parser.unexpected()
    check(tree, parser.columns)
    return tree


class _Parser:
    def __init__(self, text):
        self.text, self.at = text, 0
        self.predicates = 0
        self.columns = {}  # id of a predicate → column of its attribute
        self.advance()

    def column(self, at):
        return len(self.text[:at].encode()) + 1

    def unexpected(self):
        raise FilterError("unexpected", self.column(self.start))

    # One token ahead: kind is end, word, number-like, string, or the punctuation itself.
    def advance(self):
        text = self.text
        while self.at < len(text) and text[self.at] in " \t\n\r":
            self.at += 1
        self.start = self.at
        if self.at == len(text):
            self.kind, self.value = "end", ""
            return
        two = text[self.at:self.at + 2]
        if two in ("!=", "<=", ">=", ".."):
            self.kind, self.value, self.at = two, two, self.at + 2
            return
        one = text[self.at]
        if one in "=<>(),":
            self.kind, self.value, self.at = one, one, self.at + 1
        elif one == '"':
            self.kind, self.value = "string", self.string()
        elif one == "-" or one.isascii() and (one.isalnum() or one == "_"):
            self.kind, self.value = "word", _WORD.match(text, self.at).group()
            self.at += len(self.value)
        else:
            self.kind, self.value, self.at = "other", one, self.at + 1

    def string(self):
        text, out = self.text, []
        opening = self.at
        self.at += 1
        while True:
            if self.at >= len(text):
                raise FilterError("bad-string", self.column(opening))
            one = text[self.at]
            if one == '"':
                self.at += 1
                return "".join(out)
            if one < " " or one == "\x7f":
                raise FilterError("bad-string", self.column(self.at))
            if one != "\\":
                out.append(one)
                self.at += 1
                continue
            match = re.compile(r'\\(["\\nrt]|u\{([0-9a-fA-F]{1,6})\})').match(text, self.at)
            scalar = int(match.group(2), 16) if match and match.group(2) else 0
            if not match or scalar > 0x10FFFF or 0xD800 <= scalar < 0xE000:
                raise FilterError("bad-string", self.column(self.at))
            plain = {'"': '"', "\\": "\\", "n": "\n", "r": "\r", "t": "\t"}
            out.append(plain[match.group(1)] if match.group(2) is None else chr(scalar))
            self.at = match.end()

    def disjunction(self, opened):
        return self.several("or", self.conjunction, opened)

    def conjunction(self, opened):
        return self.several("and", self.factor, opened)

    def several(self, word, part, opened):
        nodes = [part(opened)]
        while self.kind == "word" and self.value == word:
            self.advance()
            nodes.append(part(opened))
        return nodes[0] if len(nodes) == 1 else (word, nodes)

    def factor(self, opened):
        negation = self.kind == "word" and self.value == "not"
        if not negation and self.kind != "(":
            return self.predicate()
        if opened == MOST_OPEN:
            raise FilterError("limit", self.column(self.start))
        self.advance()
        if negation:
            return ("not", self.factor(opened + 1))
        node = self.disjunction(opened + 1)
        self.expect(")")
        return node

    def expect(self, kind):
        if self.kind != kind:
            self.unexpected()
        self.advance()

    def predicate(self):
        has = self.kind == "word" and self.value == "has"
        began = self.start
        if has:
            self.advance()
        if self.kind not in ("word", "string") or self.kind == "word" and reserved(self.value):
            self.unexpected()
        column, name = self.column(self.start), self.value
        if not _NAME.match(name):
            raise FilterError("bad-name", column)
        self.predicates += 1
        if self.predicates > MOST_PREDICATES:
            raise FilterError("limit", self.column(began))
        self.advance()
        if has:
            node = ("has", name)
        elif self.kind in OPERATORS:
            operator = OPERATORS.index(self.kind) + 1
            self.advance()
            node = ("compare", name, operator, self.one_value())
        elif self.kind == "word" and self.value == "in":
            self.advance()
            node = self.members(name)
        else:
            self.unexpected()
        self.columns[id(node)] = column
        return node

    def members(self, name):
        if self.kind != "(":
            low = self.number()
            self.expect("..")
            return ("range", name, low, self.number())
        self.advance()
        values = [self.one_value()]
        while self.kind == ",":
            self.advance()
            if len(values) == MOST_VALUES:
                raise FilterError("limit", self.column(self.start))
            values.append(self.one_value())
        self.expect(")")
        return ("in", name, values)

    def one_value(self):
        if self.kind == "string":
            value = (3, self.value)
        elif self.kind == "word" and self.value in ("true", "false"):
            value = (5, self.value == "true")
        elif self.kind == "word" and _BARE.match(self.value) and not reserved(self.value):
            value = (3, self.value)
        else:
            return self.number()
        self.advance()
        return value

    def number(self):
        if self.kind != "word" or self.value[0] not in "-0123456789":
            self.unexpected()
        bad = FilterError("bad-number", self.column(self.start))
        match = _NUMBER.match(self.text, self.start)
        if not match:
            raise bad
        digits, fraction, exponent = match.group(), match.group(1), match.group(2)
        following = self.text[match.end():match.end() + 1]
        if following and (following.isascii() and following.isalnum() or following in "_-"):
            raise bad
        if fraction == "." or exponent and not exponent[-1].isdigit():
            raise bad
        if fraction is None and exponent is None:
            value = (1, int(digits))
            if not -(1 << 63) <= value[1] < 1 << 63:
                raise bad
        else:
            value = (2, float(digits))
            if math.isinf(value[1]):
                raise bad
        self.at = match.end()
        self.advance()
        return value


def children(node):
    """The nodes below a node."""
    return node[1] if node[0] in ("and", "or") else [node[1]] if node[0] == "not" else []


def check(tree, columns=None):
    """The rules of a tree that need no schema, in prefix order."""
    columns = columns or {}
    count = [0]

    def column(node):
        while children(node):
            node = children(node)[0]
        return columns.get(id(node), 0)

    def visit(node, depth):
        if depth > MOST_DEPTH:
            raise FilterError("limit", column(node))
        kind = node[0]
        if kind in ("and", "or") and not 1 <= len(node[1]) <= MOST_CHILDREN:
            raise FilterError("limit" if node[1] else "malformed-tree", column(node) if node[1] else 0)
        if kind not in ("and", "or", "not"):
            count[0] += 1
            if count[0] > MOST_PREDICATES:
                raise FilterError("limit", column(node))
        if kind == "range":
            if node[2][0] not in (1, 2) or node[3][0] not in (1, 2):
                raise FilterError("malformed-tree", column(node))
            if node[2][1] > node[3][1]:  # Python compares int and float exactly
                raise FilterError("empty-range", column(node))
        for child in children(node):
            visit(child, depth + 1)

    visit(tree, 1)


def canonical(node, root=True):
    """The one text of a tree that all programs write alike."""
    kind = node[0]
    if kind in ("and", "or"):
        if len(node[1]) == 1:
            return canonical(node[1][0], root)
        text = f" {kind} ".join(canonical(child, False) for child in node[1])
        return text if root else f"({text})"
    if kind == "not":
        return "not " + canonical(node[1], False)
    name = f'"{node[1]}"' if reserved(node[1]) else node[1]
    if kind == "has":
        return f"has {name}"
    if kind == "range":
        return f"{name} in {_text(node[2])}..{_text(node[3])}"
    if kind == "in":
        return f"{name} in ({', '.join(map(_text, node[2]))})"
    return f"{name} {OPERATORS[node[2] - 1]} {_text(node[3])}"


def _text(value):
    kind, content = value
    if kind == 1:
        return str(content)
    if kind == 2:
        # The shortest digits; Python changes to an exponent where the page says so, below 1e-4 and from 1e16.
        return repr(content)
    if kind == 5:
        return "true" if content else "false"
    if _BARE.match(content) and not reserved(content):
        return content
    short = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return '"' + "".join(short.get(c) or (f"\\u{{{ord(c):x}}}" if c < " " or c == "\x7f" else c) for c in content) + '"'
