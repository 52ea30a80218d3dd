"""Vectors of texts and of queries with words, sections 9.11 to 9.13 of 09-arithmetic: slow, exact but for exp."""

import math

from winnow_arithmetic import dot, f32

MASK = (1 << 64) - 1
HISTORY_MAX = 30


def hashed(data):
    h = 0xCBF29CE484222325
    for byte in data:
        h = (h ^ byte) * 0x100000001B3 & MASK
    h = (h ^ h >> 30) * 0xBF58476D1CE4E5B9 & MASK
    h = (h ^ h >> 27) * 0x94D049BB133111EB & MASK
    return h ^ h >> 31


def features(terms, rows):
    """Row and weight of each feature of one text; a term is a kind and a text."""
    found, before = [], None
    for kind, text in terms:
        if kind == "joined":
            continue
        found.append((hashed(text.encode()) % rows, 1.0))
        if kind == "word":
            marked = f"<{text}>"
            pieces = [marked[at:at + n] for n in (3, 4, 5) for at in range(len(marked) - n + 1)]
            weight = f32(1 / f32(math.sqrt(len(pieces))))
            found += [(hashed(b"~" + piece.encode()) % rows, weight) for piece in pieces]
        has_neighbours = kind not in ("character", "pair")
        if has_neighbours and before is not None:
            found.append((hashed(f"{before} {text}".encode()) % rows, 0.5))
        before = text if has_neighbours else None
    return found


def unit(z):
    total = 0.0
    for x in z:
        total += x * x
    length = math.sqrt(total)
    return [f32(x / length) if length > 0 and math.isfinite(length) else 0.0 for x in z]


def added(total, weight, row):
    """total + (weight * row), component by component, in float32."""
    return [f32(z + f32(weight * x)) for z, x in zip(total, row)]


def text_vector(found, row_of, dimension):
    z = [0.0] * dimension
    for row, weight in found:
        z = added(z, weight, row_of(row))
    return unit(z)


def row_text(dimension, rows, terms):
    """The vector of a row of the page's table, whose table is made by rule."""
    return text_vector(features(terms, rows),
                       lambda k: [((7 * k + 5 * i) % 17 - 8) / 16 for i in range(dimension)], dimension)


def query(words, terms, idf, x, items, weights, gate, dt):
    """The query vector; words is t_q."""
    lexical, alpha, user, attended, history, attended_history, popularity = weights
    items, db = items[-HISTORY_MAX:], len(x)
    p = [0.0] * dt
    for item in items:
        p = [f32(f32(f32(0.9) * z) + t) for z, t in zip(p, item)]
    p = unit(p)
    a, b, most = [0.0] * dt, [0.0] * db, 0.0
    if items:
        likeness = [dot(words, item[:dt]) for item in items]
        most, f, powers = max(likeness), 1.0, []
        for s in reversed(likeness):
            powers.insert(0, f32(f32(math.exp(f32(8 * f32(s - most)))) * f))
            f = f32(f * float.fromhex("0x1.f011d8p-1"))
        total = 0.0
        for power in powers:
            total = f32(total + power)
        for item, power in zip(items, powers):
            share = f32(power / total)
            a, b = added(a, share, item[:dt]), added(b, share, item[dt + db:dt + 2 * db])
        a = unit(a)
    c = gate[0]
    for weight, value in zip(gate[1:], (terms, f32(idf / f32(10)), f32(math.log1p(len(items))), most)):
        c = f32(c + f32(weight * value))
    g = f32(2 * f32(1 / (1 + math.exp(-c))))
    text = [f32(f32(alpha * q) + f32(g * f32(f32(history * u) + f32(attended_history * v)))) for q, u, v in zip(words, p, a)]
    if not db:
        return text
    return text + [f32(f32(g * user) * v) for v in x] + [f32(f32(g * attended) * v) for v in b] + [popularity]


def row_query(dt, db, count, weights, gate, terms, idf):
    """The query of a row of the page's table, whose vectors are made by rule."""
    items = [[((5 * j + 3 * i) % 11 - 5) / 8 for i in range(dt + (2 * db + 1 if db else 0))] for j in range(count)]
    return query([((2 * i) % 7 - 3) / 4 for i in range(dt)], terms, idf,
                 [((4 * i) % 9 - 4) / 4 for i in range(db)], items, weights, gate, dt)


def ranking_score(weights, inputs, neurons, candidate, query):
    """The score by which a candidate stands; an input is a name, a mean and a scale, a neuron a bias, weights and out."""
    (fused_weight, logit_weight), (lexical, product, fused, logit) = weights, candidate
    values = dict(zip(("fused", "lexical", "product", "logit", "terms", "idf", "history", "likeness"),
                      (fused, lexical, product, logit, *query)))
    z = f32(f32(fused_weight * fused) + f32(logit_weight * logit))
    if not neurons:
        return z
    x, c = [f32(f32(values[name] - mean) * scale) for name, mean, scale in inputs], 0.0
    for bias, own, out in neurons:
        h = bias
        for weight, value in zip(own, x):
            h = f32(h + f32(weight * value))
        if h > 0:
            c = f32(c + f32(out * h))
    return f32(z + c)
