"""Make what lessons show of the language model again, and say whether it is what notebooks/data holds."""

import numpy as np

from backstage import ROOT
from helpers.language_model import FILE, MISSING, load
from helpers.numerics import cross_entropy, softmax

PATH = ROOT / "notebooks/data/language_model.npz"
CAPITAL = "The capital of France is"
TALE = "Once upon a time, there was a little girl who lived in a small house near the forest."
ANIMALS = "The bear saw the fox, and the fox saw the bear."
# Layer and head: a sink, the token before, the same, what followed.
HEADS = [(18, 8), (16, 0), (5, 6), (17, 5)]


def make():
    """Return the arrays by their names; data/README.md says what they are."""
    model, heads = load(), []
    z = model.scores(CAPITAL, softmax)[-1]
    tale, animals = model.indices(TALE), model.indices(ANIMALS)
    model.scores(ANIMALS, lambda scores: heads.append(scores) or softmax(scores))
    return {
        "capital_scores": z.astype(np.float16),
        "capital_leaders": np.argsort(-z)[:10],
        "capital_words": np.array(model.words(np.argsort(-z)[:10])),
        "tale_words": np.array(model.words(tale)),
        "tale_surprises": cross_entropy(model.scores(TALE, softmax)[:-1], tale[1:]).astype(np.float32),
        "animal_words": np.array(model.words(animals)),
        "head_scores": np.array([heads[9 * layer + head] for layer, head in HEADS], np.float32),
    }


def differences(made):
    """Return the names of arrays that are not those that are stored, up to rounding."""
    with np.load(PATH) as stored:
        same = {name for name in stored.files if name in made and is_close(made[name], stored[name])}
    return sorted(made.keys() - same)


def is_close(a, b):
    return np.array_equal(a, b) if a.dtype.kind != "f" else np.allclose(a, b, rtol=2e-3, atol=2e-3)


def main(arguments):
    if not FILE.exists():
        return MISSING
    made = make()
    changed = differences(made) if PATH.exists() else sorted(made)
    if changed:
        np.savez_compressed(PATH, **made)
    print(f"{PATH.name}: {'written anew, for ' + ', '.join(changed) if changed else 'as it is stored'}")
    return 0
