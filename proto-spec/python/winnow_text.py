"""The analysis of texts of 11-text: everything but the stems, for which Python has no library of its own."""

import bisect
import unicodedata

CJK = [(0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1100, 0x11FF), (0x1780, 0x17FF), (0x2E80, 0x2FDF), (0x3005, 0x3007),
       (0x3021, 0x3029), (0x3031, 0x303C), (0x3040, 0x318F), (0x31A0, 0x31BF), (0x31F0, 0x31FF), (0x3400, 0x4DBF),
       (0x4E00, 0x9FFF), (0xA960, 0xA97F), (0xA9E0, 0xA9FF), (0xAA60, 0xAA7F), (0xAC00, 0xD7FF), (0xF900, 0xFAFF),
       (0x1AFF0, 0x1B16F), (0x20000, 0x3FFFF)]
FIRST = [first for first, _ in CJK]
SIGNS = {"x": "×✕", '"': "″“”„‟", "'": "′‘’‚‛ʼ´", "-": "−", "/": "⁄∕", " ": "©®℠™"}
REPLACED = {ord(old): new for new, olds in SIGNS.items() for old in olds}
FRACTIONS = set("¼½¾" + "".join(map(chr, range(0x2150, 0x2160))) + "↉")
UNITS = {word: line.split()[0] for line in """
in inch inches; ft foot feet; yd yard yards; mm millimeter millimeters millimetre millimetres
cm centimeter centimeters centimetre centimetres; m meter meters metre metres; sq square; cu cubic
gal gallon gallons; qt quart quarts; l liter liters litre litres
ml milliliter milliliters millilitre millilitres; oz ounce ounces; lb lbs pound pounds; g gram grams
kg kilogram kilograms; w watt watts; v volt volts; a amp amps ampere amperes; ga gauge; pc pcs piece pieces
""".replace("\n", ";").split(";") for word in line.split()}
BYTES_MAX = 64


def replace(text):
    return "".join("-" if ord(c) not in REPLACED and unicodedata.category(c) == "Pd" else REPLACED.get(ord(c), c) for c in text)


def keep(c):
    """What a decomposed character becomes."""
    code = ord(c)
    if 0x300 <= code <= 0x36F or 0x591 <= code <= 0x5C7 or 0x64B <= code <= 0x65F:
        return ""
    if 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF or 0x1F3FB <= code <= 0x1F3FF:
        return ""
    category = unicodedata.category(c)
    if category == "Cf":
        return " " if code == 0x200B else ""
    return str(unicodedata.decimal(c)) if category == "Nd" else c


def fold(text):
    text = "".join(" " + c if c in FRACTIONS else c for c in text)
    text = replace(unicodedata.normalize("NFKC", replace(text)))
    text = unicodedata.normalize("NFD", text.casefold())
    return unicodedata.normalize("NFC", "".join(map(keep, text)))


def kind(c):
    category, code = unicodedata.category(c), ord(c)
    place = bisect.bisect(FIRST, code) - 1
    is_cjk = place >= 0 and code <= CJK[place][1]
    if category[0] in "LM" or category == "Nl":
        return "cjk" if is_cjk else {"L": "letter", "M": "mark"}.get(category[0], "other")
    return {"Nd": "digit", "So": "symbol"}.get(category, "other")


def cut(text):
    """The first characters that have no more than 64 bytes."""
    return text.encode()[:BYTES_MAX].decode(errors="ignore")


def terms(text, stem=lambda word: word):
    """The terms of a text: pairs of the term and its surface."""
    text = fold(text) + "\0"  # a separator, so that every look ahead finds a character
    kinds = [kind(c) for c in text]
    out, i = [], 0

    def digits(start):
        while kinds[start] == "digit":
            start += 1
        return start

    def word(start):
        """The word from there: its letters, and where it ends."""
        letters, last = "", None
        while True:
            if kinds[start] in ("letter", "mark"):
                letters += text[start]
            elif text[start] == "'" and kinds[start + 1] == "letter":
                last = len(letters)
            else:
                break
            start += 1
        return (letters[:-1] if last == len(letters) - 1 and letters[-1] == "s" else letters), start

    def add(surface, is_word=False, may_be_unit=True):
        surface = cut(surface)
        unit = UNITS.get(surface) if is_word and may_be_unit else None
        out.append((unit or (stem(surface) if is_word else surface), surface))

    while i < len(text) - 1:
        starts_decimals = (text[i] == "." and kinds[i + 1] == "digit"
                           and (i == 0 or kinds[i - 1] == "other" and text[i - 1] != "."))
        if kinds[i] == "digit" or starts_decimals:
            end = digits(i)
            whole, grouped = text[i:end], False
            if 1 <= end - i <= 3:
                while text[end] == "," and digits(end + 1) == end + 4:
                    whole, end, grouped = whole + text[end + 1:end + 4], end + 4, True
            number = whole.lstrip("0") or "0"
            if text[end] == "." and kinds[end + 1] == "digit":
                last = digits(end + 1)
                number += ("." + text[end + 1:last]).rstrip("0").rstrip(".")
                end = last
            elif whole and not grouped and text[end] == "/" and kinds[end + 1] == "digit":
                last = digits(end + 1)
                number += "/" + (text[end + 1:last].lstrip("0") or "0")
                end = last
            add(number)
            if text[end] in "\"'":
                add("in" if text[end] == '"' else "ft")
                end += 1
            i = end
        elif kinds[i] == "letter":
            part, i = word(i)
            parts = [part]
            while text[i] == "-" and kinds[i + 1] == "letter":
                part, i = word(i + 1)
                parts.append(part)
            add(parts[0], True)
            if len(parts) > 1:
                add("".join(parts), True, False)
            for part in parts[1:]:
                add(part, True)
        elif kinds[i] == "cjk":
            end = i
            while kinds[end] == "cjk":
                end += 1
            for place in range(i, end):
                add(text[place])
            for place in range(i, end - 1):
                add(text[place:place + 2])
            i = end
        else:
            if kinds[i] == "symbol":
                add(text[i])
            i += 1
    return out
