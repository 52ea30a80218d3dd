"""The small corpora of the fuzz targets: Tests/Fuzz/corpus/TARGET.hex, an input a line in hexadecimal.

    corpus.py make                     takes them from the vectors and golden files of the spec
    corpus.py unpack TARGET FOLDER     writes a file for each input, for libFuzzer
    corpus.py add TARGET FILE…         keeps inputs that were found, such as one that broke a rule

A corpus is kept small: of inputs that end in the same way (message, error, place) only the shortest is in it.
"""

import hashlib
import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "Tests/Fuzz/corpus"
INPUTS_MAX, BYTES_MAX = 96, 4_096
HEADER = 40  # a frame's length and header


def vectors():
    for path in sorted((ROOT / "proto-spec/vectors").glob("*.jsonl")):
        for line in path.read_text().splitlines():
            vector = json.loads(line)
            yield path.stem, vector, bytes.fromhex(vector["hex"].replace(" ", ""))


def smallest(inputs):
    """Of each end the shortest input, short ends first."""
    kept = {}
    for end, data in inputs:
        if len(data) <= BYTES_MAX and (end not in kept or (len(data), data) < (len(kept[end]), kept[end])):
            kept[end] = data
    return sorted(set(kept.values()), key=lambda data: (len(data), data))[:INPUTS_MAX]


def end_of(vector):
    return vector.get("error", "accepted"), vector.get("offset")


def collected():
    corpora = {name: [] for name in ("header", "assembler", "handshake", "body", "lz4", "safetensors", "manifest", "filter", "text", "lexicon", "suggestions")}
    for file, vector, data in vectors():
        corpora["assembler"].append(((file, vector.get("error")), data))
        if len(data) < HEADER:
            continue
        opcode, flags, version, body = data[7], data[8], data[10], data[HEADER:]
        corpora["header"].append(((opcode, flags, vector.get("error") if file == "framing" else None), data[:HEADER]))
        if opcode in (1, 2):
            corpora["handshake"].append((end_of(vector), body))
        if opcode >= 0x10 and file not in ("framing", "compression"):
            # The first byte of an input is the opcode, the second says whether it is a reply, and the version.
            choice = bytes([opcode, (flags >> 2 & 1) | (version - 1 & 1) << 1])
            corpora["body"].append(((opcode, choice[1], "error" in vector), choice + body))
        if flags & 1:
            corpora["lz4"].append((end_of(vector), data[12:14] + body))
        if "filter" in vector.get("fields", {}):
            text = vector["fields"]["filter"]
            corpora["filter"].append((text, text.encode()))
    for size in (0, 1, 7, 8, 64, 600):
        corpora["lz4"].append((size, size.to_bytes(2, "little") + bytes(index // 9 % 251 for index in range(size))))
    golden = ROOT / "proto-spec/08-files/golden"
    for path in sorted(golden.rglob("*.safetensors")):
        corpora["safetensors"].append((path.name, path.read_bytes()))
    for path in sorted(golden.rglob("*manifest.json")):
        corpora["manifest"].append((path.name, path.read_bytes()))
    for line in (ROOT / "proto-spec/vectors/text/analysis.jsonl").read_text().splitlines():
        vector = json.loads(line)
        corpora["text"].append((vector["name"], vector["text"].encode()))
    corpora["lexicon"].append(("golden", (golden / "lexicon/lexicon.bin").read_bytes()))
    corpora["suggestions"].append(("golden", (golden / "suggestions/suggest.bin").read_bytes()))
    return corpora


def write(target, inputs):
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{target}.hex").write_text("".join(data.hex() + "\n" for data in inputs))


def read(target):
    return [bytes.fromhex(line) for line in (FOLDER / f"{target}.hex").read_text().splitlines()]


def main(arguments):
    match arguments:
        case ["make"]:
            for target, inputs in collected().items():
                write(target, smallest(inputs))
        case ["unpack", target, folder]:
            place = pathlib.Path(folder)
            place.mkdir(parents=True, exist_ok=True)
            for data in read(target):
                (place / hashlib.sha1(data).hexdigest()).write_bytes(data)
        case ["add", target, *files] if files:
            found = [pathlib.Path(file).read_bytes() for file in files]
            for data in found:
                if len(data) > BYTES_MAX:
                    sys.exit(f"an input has {len(data)} bytes; the corpus takes {BYTES_MAX} at most: minimise it first")
            inputs = sorted(set(read(target) + found), key=lambda data: (len(data), data))
            if len(inputs) > INPUTS_MAX:
                sys.exit(f"the corpus has room for {INPUTS_MAX} inputs")
            write(target, inputs)
        case _:
            sys.exit(__doc__)


main(sys.argv[1:])
