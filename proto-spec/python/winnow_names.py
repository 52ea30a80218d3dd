"""Names of users and items: the dictionaries of a data set or model directory, as 08-files/dataset.md has them.

winnow_names.py DIRECTORY ID …    looks up the number of each id, and the id of each number
"""

import hashlib
import hmac
import os
import struct
import sys

import winnow_wire as wire

FIRST_GIVEN = 10 ** 15
MAGIC = b"WNWDICT1"


class UnknownName(Exception):
    """The dictionary has no such name."""


class BadDictionary(Exception):
    """The file is damaged, or the key of its pseudonyms is missing or another one."""


def number(text):
    """The number of 64 bits that text spells in its one way: ASCII digits, no sign, no zeros in front; else None."""
    if not (text.isascii() and text.isdigit()) or len(text) > 20 or len(text) > 1 and text[0] == "0":
        return None
    value = int(text)
    return value if value < 1 << 64 else None


def wire_id(value):
    """An id without a dictionary: a JSON integer, or text of digits in its one spelling."""
    if isinstance(value, str):
        found = number(value)
        if found is not None:
            return found
    elif isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 64:
        return value
    raise UnknownName(f"{value!r} is no id: an integer from 0 to 2^64-1 without sign or zeros in front")


def read_key(path):
    """The key of a file of mode 600, without the ends of lines behind it."""
    if os.stat(path).st_mode & 0o177:
        raise BadDictionary(f"{path}: others may use the key: give it mode 600")
    with open(path, "rb") as file:
        key = file.read(1 << 12).rstrip(b"\r\n")
    if not 16 <= len(key) <= 1024:
        raise BadDictionary(f"{path}: {len(key)} bytes are no key")
    return key


def pseudonym(key, name):
    """Number and check of a pseudonym."""
    return struct.unpack("<QQ", hmac.new(key, name.encode(), hashlib.sha256).digest()[:16])


class Dictionary:
    """One file: `number(name)` and `name(number)`."""

    def __init__(self, path, data, key=None):
        self.path, self.key = path, None
        self.numbers, self.names, self.checks = {}, {}, {}
        try:
            self._read(data, key)
        except (struct.error, UnicodeDecodeError, IndexError):
            raise BadDictionary(f"{path}: the dictionary is damaged") from None

    @classmethod
    def read(cls, path, key=None):
        with open(path, "rb") as file:
            return cls(path, file.read(), key)

    def _read(self, data, key):
        magic, kind, zero, check, self.next, count = struct.unpack_from("<8sIIQQQ", data)
        (checksum,) = struct.unpack("<I", data[-4:])
        end = len(data) - 4
        sound = magic == MAGIC and kind in (1, 2) and zero == 0 and self.next >= FIRST_GIVEN and count < (1 << 32) - 1
        if not sound or wire.crc32c(data[:-4]) != checksum:
            raise struct.error
        self.pseudonymous = kind == 2
        if self.pseudonymous and key is not None:
            if pseudonym(key, "winnow pseudonym key")[1] != check:
                raise BadDictionary(f"{self.path}: the pseudonyms were made with another key")
            self.key = key
        at = 40
        for _ in range(count):
            (entry,) = struct.unpack_from("<Q", data, at)
            if entry in self.names or entry in self.checks:
                raise struct.error
            if self.pseudonymous:
                (self.checks[entry],) = struct.unpack_from("<Q", data, at + 8)
                at += 16
            else:
                (length,) = struct.unpack_from("<H", data, at + 8)
                if at + 10 + length > end:
                    raise struct.error
                name = data[at + 10:at + 10 + length].decode()
                own = self.own(name)
                fits = own == entry if own is not None else FIRST_GIVEN <= entry < self.next
                if name in self.numbers or not fits:
                    raise struct.error
                self.numbers[name], self.names[entry] = entry, name
                at += 10 + length
        if at != end:
            raise struct.error

    @staticmethod
    def own(name):
        """The value that a plain decimal number below 10^15 keeps; None for any other name."""
        value = number(name)
        return value if value is not None and value < FIRST_GIVEN else None

    def number(self, name):
        """The number of a name. A plain decimal number below 10^15 keeps its value, be it there or not."""
        if self.pseudonymous:
            if self.key is None:
                raise BadDictionary(f"{self.path}: the dictionary holds pseudonyms: their key is needed")
            found, check = pseudonym(self.key, name)
            if self.checks.get(found) == check:
                return found
        elif name in self.numbers:
            return self.numbers[name]
        elif self.own(name) is not None:
            return self.own(name)
        raise UnknownName(f"{self.path} has no {name!r}")

    def name(self, value):
        """The name of a number; None if the dictionary does not have it, or has pseudonyms."""
        return self.names.get(value)


class Names:
    """Both dictionaries of a directory."""

    def __init__(self, directory, pseudonym_key_file=None):
        key = None if pseudonym_key_file is None else read_key(pseudonym_key_file)
        self.users = Dictionary.read(os.path.join(directory, "users.dict"), key)
        self.items = Dictionary.read(os.path.join(directory, "items.dict"))

    def user(self, value):
        """The number of a user: text is a name, an integer a number already. Pseudonyms without a key are numbers."""
        by_name = isinstance(value, str) and (not self.users.pseudonymous or self.users.key is not None)
        return self.users.number(value) if by_name else wire_id(value)

    def item(self, value):
        """The number of an item: text is a name, an integer a number already."""
        return self.items.number(value) if isinstance(value, str) else wire_id(value)


class NoNames:
    """Without dictionaries: ids are numbers and nothing has a name."""

    user = item = staticmethod(wire_id)


def main(directory, *texts):
    names = Names(directory)
    for text in texts:
        for kind, dictionary in (("user", names.users), ("item", names.items)):
            known = number(text)
            if text in dictionary.numbers:
                print(kind, dictionary.numbers[text], text)
            elif known is not None and dictionary.name(known) is not None:
                print(kind, known, dictionary.name(known))


if __name__ == "__main__":
    main(*sys.argv[1:])
