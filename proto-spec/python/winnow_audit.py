#!/usr/bin/env python3
"""The audit log of a coordinator (../08-files/audit.md), read by its text alone.

winnow_audit.py verify FILE… [--head HEX]   the files of a log, the oldest first
"""

import argparse
import hashlib
import json
import sys

MEMBERS = ["seq", "time", "node", "who", "from", "what", "on", "outcome", "us", "prev"]
BEGINNING = "0" * 32


class BadChain(Exception):
    """A line is not as it was written, or does not stand where it was written."""


def hash_of(line):
    return hashlib.sha256(line).hexdigest()[:32]


def verify(files, head=None):
    """The number of lines of the files' bytes, the oldest file first, and the hash of the last one."""
    count, number, last, has_head = 0, None, None, head is None
    for name, content in files:
        for place, line in enumerate(content.split(b"\n"), 1):
            if not line:
                continue
            if not line.endswith(b"}"):
                continue  # what a crash has cut
            try:
                members = json.loads(line)
            except ValueError:
                members = None
            if not isinstance(members, dict) or list(members) != MEMBERS:
                raise BadChain(f"{name}, line {place}: it is none of an audit log")
            if number is not None and members["seq"] != number + 1:
                raise BadChain(f"{name}, line {place}: it is line {members['seq']} where line {number + 1} belongs")
            before = last if number is not None else BEGINNING if members["seq"] == 1 else members["prev"]
            if members["prev"] != before:
                raise BadChain(f"{name}, line {place}: the line before it is not the one that it was written behind")
            count, number, last = count + 1, members["seq"], hash_of(line)
            has_head = has_head or last == head
    if count == 0:
        raise BadChain("there is no line in it")
    if not has_head:
        raise BadChain("no line has the hash of --head")
    return count, last


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("verb", choices=["verify"])
    parser.add_argument("files", nargs="+")
    parser.add_argument("--head")
    options = parser.parse_args()
    try:
        count, head = verify([(path, open(path, "rb").read()) for path in options.files], options.head)
    except BadChain as error:
        print(error, file=sys.stderr)
        sys.exit(4)
    print(f"{count} lines, head {head}")


if __name__ == "__main__":
    main()
