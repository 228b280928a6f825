"""The language model a second time, from its description alone: float64, head after head, nothing kept."""

import struct

import numpy as np

LAYERS, HEADS, SHARED, SIZE = 30, 9, 3, 64  # three heads of queries share one of keys and values
EPS, BASE = 1e-5, 100_000.0
NUMBERS = dict(enumerate("BbHhIif?", 0)) | {10: "Q", 11: "q", 12: "d"}


class File:
    """A GGUF file: fields, then for each tensor where it lies, then the tensors."""

    def __init__(self, path):
        self.content, self.at = path.read_bytes(), 4
        _, tensors, fields = self.take("I"), self.take("Q"), self.take("Q")
        self.fields = {self.text(): self.value(self.take("I")) for _ in range(fields)}
        places = [(self.text(), self.shape(), self.take("I"), self.take("Q")) for _ in range(tensors)]
        start = -(-self.at // 32) * 32
        self.tensors = {name: self.tensor(shape, kind, start + at) for name, shape, kind, at in places}

    def take(self, kind):
        (value,) = struct.unpack_from("<" + kind, self.content, self.at)
        self.at += struct.calcsize("<" + kind)
        return value

    def text(self):
        size = self.take("Q")
        self.at += size
        return self.content[self.at - size : self.at].decode()

    def value(self, kind):
        if kind == 8:
            return self.text()
        if kind == 9:
            kind, size = self.take("I"), self.take("Q")
            return [self.value(kind) for _ in range(size)]
        return self.take(NUMBERS[kind])

    def shape(self):
        return tuple(self.take("Q") for _ in range(self.take("I")))[::-1]  # the last axis comes first there

    def tensor(self, shape, kind, at):
        size = int(np.prod(shape))
        if kind == 0:  # float32
            return np.frombuffer(self.content, "<f4", size, at).astype(float).reshape(shape)
        fields = {3: [("d", "<f2"), ("m", "<f2"), ("q", "u1", 16)], 8: [("d", "<f2"), ("q", "i1", 32)]}[kind]
        blocks = np.frombuffer(self.content, fields, size // 32, at)  # 32 numbers share a scale
        q, d = blocks["q"].astype(int), blocks["d"].astype(float)[:, None]
        if kind == 8:
            return (d * q).reshape(shape)
        halves = np.hstack([q % 16, q // 16])  # low halves of the bytes: the first 16 numbers
        return (d * halves + blocks["m"].astype(float)[:, None]).reshape(shape)


def norm(x, weight):
    return x / np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + EPS) * weight


def turn(x):
    """Neighbors are a complex number; it is turned by its position, each pair at its own speed."""
    speed = BASE ** (-np.arange(0, SIZE, 2) / SIZE)
    turned = (x[:, 0::2] + 1j * x[:, 1::2]) * np.exp(1j * np.outer(np.arange(len(x)), speed))
    return np.stack([turned.real, turned.imag], axis=-1).reshape(x.shape)


def scores(tensors, tokens):
    """Scores for what follows each token: (n,) ids -> (n, 49152), and all weights (layers, heads, n, n)."""
    x, seen = tensors["token_embd.weight"][tokens], []
    for layer in range(LAYERS):

        def times(x, name, layer=layer):
            return x @ tensors[f"blk.{layer}.{name}.weight"].T

        h = norm(x, tensors[f"blk.{layer}.attn_norm.weight"])
        q, k, v = (times(h, f"attn_{part}").reshape(len(x), -1, SIZE) for part in "qkv")
        heads = []
        for head in range(HEADS):
            shared = head // SHARED
            s = turn(q[:, head]) @ turn(k[:, shared]).T / np.sqrt(SIZE)
            e = np.tril(np.exp(s - s.max(axis=-1, keepdims=True)))
            seen.append(e / e.sum(axis=-1, keepdims=True))
            heads.append(seen[-1] @ v[:, shared])
        x = x + times(np.hstack(heads), "attn_output")
        h = norm(x, tensors[f"blk.{layer}.ffn_norm.weight"])
        gate = times(h, "ffn_gate")
        x = x + times(gate / (1 + np.exp(-gate)) * times(h, "ffn_up"), "ffn_down")
    logits = norm(x, tensors["output_norm.weight"]) @ tensors["token_embd.weight"].T
    return logits, np.reshape(seen, (LAYERS, HEADS, len(x), len(x)))
