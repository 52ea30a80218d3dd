"""The encoders of a history, 09-arithmetic 9.9, in float64: what a tower means, within rounding of what a node computes."""

import math


def shapes(encoder, is_mixed, d, length, blocks):
    """The tensors of a tower, names with shapes, in the order of the page."""
    yield "constant", (d,)
    if is_mixed:
        yield "gain", (d,)
    if encoder == "attention":
        yield "position", (length, d)
        for n in range(blocks):
            for name, rows, columns in (("norm1", d, 0), ("qkv", 3 * d, d), ("out", d, d), ("norm2", d, 0),
                                        ("up", 2 * d, d), ("down", d, 2 * d)):
                yield f"{n}.{name}.weight", (rows, columns) if columns else (rows,)
                yield f"{n}.{name}.bias", (rows,)
    if encoder == "convolution":
        for n in range(blocks):
            for name, shape in (("norm", (d,)), ("convolution", (d, d, 3)), ("out", (d, d))):
                yield f"{n}.{name}.weight", shape
                yield f"{n}.{name}.bias", (d,)
    if encoder in ("attention", "convolution"):
        yield "norm.weight", (d,)
        yield "norm.bias", (d,)
    if encoder == "gru":
        for name, rows in (("input", 3 * d), ("state", 3 * d), ("out", d)):
            yield f"{name}.weight", (rows, d)
            yield f"{name}.bias", (rows,)


class Tower:
    """A tower: its sizes, and its tensors by name as flat lists."""

    def __init__(self, encoder, is_mixed, d, length, heads, blocks, decay, tensors):
        self.encoder, self.is_mixed, self.d, self.length = encoder, is_mixed, d, length
        self.heads, self.blocks, self.decay, self.tensors = heads, blocks, decay, tensors

    def query(self, events, weights):
        """u after all events, the oldest first."""
        z = [0.0] * self.d
        for event, weight in zip(events, weights):
            z = [self.decay * a + weight * b for a, b in zip(z, event)]
        constant = self.tensors["constant"]
        with_sum = [a + b for a, b in zip(constant, z)]
        if self.encoder == "sum":
            return with_sum
        if not events:
            return constant
        read = [weight != 0 for weight in weights[-self.length:]]
        y = getattr(self, self.encoder)(events[-self.length:], read)
        if self.is_mixed:
            return [a + g * b for a, g, b in zip(with_sum, self.tensors["gain"], y)]
        return [a + b for a, b in zip(constant, y)]

    def layer(self, name, x):
        weight, bias = self.tensors[name + ".weight"], self.tensors[name + ".bias"]
        return [b + sum(w * v for w, v in zip(weight[o * len(x):], x)) for o, b in enumerate(bias)]

    def norm(self, name, x):
        mean = sum(x) / self.d
        scale = 1 / math.sqrt(sum((v - mean) ** 2 for v in x) / self.d + 1e-5)
        return [(v - mean) * scale * w + b
                for v, w, b in zip(x, self.tensors[name + ".weight"], self.tensors[name + ".bias"])]

    def attention(self, events, read):
        d, width = self.d, self.d // self.heads
        h = [[a + p for a, p in zip(event, self.tensors["position"][j * d:])] for j, event in enumerate(events)]
        for n in range(self.blocks):
            qkv = [self.layer(f"{n}.qkv", self.norm(f"{n}.norm1", x)) for x in h]
            for j in range(len(h)):
                out = []
                for start in range(0, d, width):
                    seen = [t for t in range(j + 1) if t == j or read[t]]
                    query = qkv[j][start:start + width]
                    scores = [sum(a * b for a, b in zip(query, qkv[t][d + start:])) / math.sqrt(width) for t in seen]
                    powers = [math.exp(score - max(scores)) for score in scores]
                    out += [sum(p * qkv[t][2 * d + start + i] for p, t in zip(powers, seen)) / sum(powers)
                            for i in range(width)]
                h[j] = [a + b for a, b in zip(h[j], self.layer(f"{n}.out", out))]
                up = self.layer(f"{n}.up", self.norm(f"{n}.norm2", h[j]))
                h[j] = [a + b for a, b in zip(h[j], self.layer(f"{n}.down", [gelu(x) for x in up]))]
        return self.norm("norm", h[-1])

    def convolution(self, events, read):
        h = [[4 * a for a in event] for event in events]
        for n in range(self.blocks):
            a = [self.norm(f"{n}.norm", x) for x in h]
            weight, bias = self.tensors[f"{n}.convolution.weight"], self.tensors[f"{n}.convolution.bias"]
            for j in range(len(h)):
                sums = list(bias)
                for tap in range(3):
                    source = j - tap * 2 ** n
                    if source < 0 or tap > 0 and not read[source]:
                        continue
                    for o in range(self.d):
                        sums[o] += sum(weight[(o * self.d + i) * 3 + 2 - tap] * a[source][i] for i in range(self.d))
                h[j] = [x + y for x, y in zip(h[j], self.layer(f"{n}.out", [gelu(x) for x in sums]))]
        return self.norm("norm", h[-1])

    def gru(self, events, read):
        d, state, new = self.d, [0.0] * self.d, []
        for event, is_read in zip(events, read):
            a, b = self.layer("input", event), self.layer("state", state)
            r = [sigmoid(x + y) for x, y in zip(a[:d], b[:d])]
            z = [sigmoid(x + y) for x, y in zip(a[d:2 * d], b[d:2 * d])]
            n = [math.tanh(x + g * y) for x, g, y in zip(a[2 * d:], r, b[2 * d:])]
            new = [g * (s - x) + x for g, s, x in zip(z, state, n)]
            state = new if is_read else state
        return self.layer("out", new)


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def gelu(x):
    return x * 0.5 * math.erfc(-x * math.sqrt(0.5))


def row_query(encoder, is_mixed, d, length, heads, blocks, decay, weights):
    """The query of a row of the page's table, whose tensors and events are made by rule."""
    tensors = {name: [((7 * i + 5 * n) % 17 - 8) / 16 for i in range(math.prod(shape))]
               for n, (name, shape) in enumerate(shapes(encoder, is_mixed, d, length, blocks))}
    events = [[((5 * j + 3 * i) % 11 - 5) / 8 for i in range(d)] for j in range(len(weights))]
    return Tower(encoder, is_mixed, d, length, heads, blocks, decay, tensors).query(events, weights)
