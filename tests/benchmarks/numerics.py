"""How right, how fast and how large helpers.numerics is, beside libraries and three codes found in tutorials.

`python run.py bench numerics` prints the tables of README.md. Libraries that are not installed are left out.
"""

import platform
import random
import sys
import time
from collections import defaultdict
from functools import partial
from importlib import import_module, metadata
from pathlib import Path
from statistics import median

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent / "support"))
from helpers import numerics
from oracle import exact, logits, peak_bytes, ulps

FUNCTIONS = ("softmax", "log_softmax", "logsumexp", "cross_entropy")
DTYPES = ("float64", "float32", "float16")
SHAPES = ((4,), (1000, 10), (10000, 100), (128, 50257), (1, 10**6))


# The codes: what each function of (z, y) is called there, and how the code likes its arrays.


def helpers_code():
    return {
        "softmax": lambda z, y: numerics.softmax(z),
        "log_softmax": lambda z, y: numerics.log_softmax(z),
        "logsumexp": lambda z, y: numerics.logsumexp(z),
        "cross_entropy": numerics.cross_entropy,
    }, np.asarray


def scipy_code():
    special = import_module("scipy.special")
    return {
        "softmax": lambda z, y: special.softmax(z, axis=-1),
        "log_softmax": lambda z, y: special.log_softmax(z, axis=-1),
        "logsumexp": lambda z, y: special.logsumexp(z, axis=-1),
        "cross_entropy": lambda z, y: -true_class(special.log_softmax(z, axis=-1), y),
    }, np.asarray


def torch_code():
    torch = import_module("torch")
    return {
        "softmax": lambda z, y: torch.softmax(z, -1),
        "log_softmax": lambda z, y: torch.log_softmax(z, -1),
        "logsumexp": lambda z, y: torch.logsumexp(z, -1),
        "cross_entropy": partial(torch.nn.functional.cross_entropy, reduction="none"),
    }, torch.as_tensor


def jax_code():
    jax = import_module("jax")
    jax.config.update("jax_enable_x64", True)  # or float64 would become float32
    code = {
        "softmax": lambda z, y: jax.nn.softmax(z),
        "log_softmax": lambda z, y: jax.nn.log_softmax(z),
        "logsumexp": lambda z, y: jax.nn.logsumexp(z, axis=-1),
        "cross_entropy": lambda z, y: (
            -jax.numpy.take_along_axis(jax.nn.log_softmax(z), y[..., None], -1)[..., 0]
        ),
    }
    return {name: finished(jax.jit(f)) for name, f in code.items()}, jax.numpy.asarray


def finished(f):
    return lambda z, y: f(z, y).block_until_ready()


def exp_over_sum():
    def softmax(z, y):
        e = np.exp(z)
        return e / e.sum(axis=-1, keepdims=True)

    return {
        "softmax": softmax,
        "log_softmax": lambda z, y: np.log(softmax(z, y)),
        "logsumexp": lambda z, y: np.log(np.exp(z).sum(axis=-1)),
        "cross_entropy": lambda z, y: -np.log(true_class(softmax(z, y), y)),
    }, np.asarray


def max_shift():
    def softmax(z, y):
        e = np.exp(z - z.max(axis=-1, keepdims=True))
        return e / e.sum(axis=-1, keepdims=True)

    def log_softmax(z, y):
        d = z - z.max(axis=-1, keepdims=True)
        return d - np.log(np.exp(d).sum(axis=-1, keepdims=True))

    def logsumexp(z, y):
        m = z.max(axis=-1, keepdims=True)
        return (m + np.log(np.exp(z - m).sum(axis=-1, keepdims=True)))[..., 0]

    return {
        "softmax": softmax,
        "log_softmax": log_softmax,
        "logsumexp": logsumexp,
        "cross_entropy": lambda z, y: -true_class(log_softmax(z, y), y),
    }, np.asarray


def log_of_p_plus_epsilon():
    softmax = max_shift()[0]["softmax"]
    return {
        "log_softmax": lambda z, y: np.log(softmax(z, y) + 1e-12),
        "cross_entropy": lambda z, y: -np.log(true_class(softmax(z, y), y) + 1e-12),
    }, np.asarray


def true_class(a, y):
    return np.take_along_axis(a, np.expand_dims(y, -1), -1)[..., 0]


CODES = {
    "helpers": helpers_code,
    "SciPy": scipy_code,
    "PyTorch": torch_code,
    "JAX": jax_code,
    "exp over sum": exp_over_sum,
    "max shift": max_shift,
    "log(p + 1e-12)": log_of_p_plus_epsilon,
}


def installed():
    codes = {}
    for name, make in CODES.items():
        try:
            codes[name] = make()
        except ImportError:
            print(f"{name} is not installed and is left out.")
    return codes


# Accuracy: the distance to mpmath at 60 digits.


def errors(function, f, prepare, z, truth):
    """The errors of one function on one batch; cross-entropy of the likeliest and the least likely class."""
    for end in (-1, 0) if function == "cross_entropy" else (-1,):
        y = np.array([places[end] for places, *_ in truth])
        result = np.asarray(f(prepare(z), prepare(y)))
        for row, (places, log_p, p, log_sum) in zip(result, truth, strict=True):
            answers = {
                "softmax": p,
                "log_softmax": log_p,
                "logsumexp": [log_sum],
                "cross_entropy": [-log_p[end]],
            }
            numbers = row[places] if row.ndim else [row]
            yield from map(ulps, numbers, answers[function])


def measured(codes, dtype):
    """Every error, by function, set of logits and code."""
    found = defaultdict(list)
    for name, batches in logits(np.random.default_rng(2021)).items():
        for z in (batch.astype(dtype) for batch in batches):
            if not np.isfinite(z.max(-1)).all():
                continue  # 1e8 is inf in float16
            truth = [exact(row) for row in z]
            for title, (code, prepare) in codes.items():
                for function, f in code.items():
                    found[function, name, title] += errors(function, f, prepare, z, truth)
    return found


def accuracy(codes):
    print("\nWorst / median error in ulps; inf stands for nan too, and for inf where the answer is finite.\n")
    header("dtype", "function", "logits", *codes)
    for dtype in DTYPES:
        found = measured(codes, dtype)
        for function in FUNCTIONS:
            for name in ("mild", "wide", "extreme", "long"):
                cells = [worst_and_median(found[function, name, title]) for title in codes]
                line(dtype, function, name, *cells)


def worst_and_median(errors):
    return f"{short(max(errors))} / {short(median(errors))}" if errors else ""


def short(x):
    return f"{x:.0f}" if 10 <= x < 10**4 else f"{round(x, 2):.2g}"


# Speed and memory, as ratios


def seconds(f, repeat):
    start = time.perf_counter()
    for _ in range(repeat):
        f()
    return (time.perf_counter() - start) / repeat


def interleaved(calls, rounds=9, budget=1.0):
    """The times of every call, in rounds of changing order: what disturbs the machine meets them all."""
    slowest = max(seconds(f, 1) + seconds(f, 1) for f in calls.values()) / 2
    repeat = max(1, int(2e-3 / slowest))
    times, start = {title: [] for title in calls}, time.perf_counter()
    turns = random.Random(1)
    while len(times["helpers"]) < rounds or time.perf_counter() - start < budget:
        for title in turns.sample(list(calls), len(calls)):
            times[title].append(seconds(calls[title], repeat))
    return times


def speed(codes, shapes, dtypes, offset=0):
    base = "SciPy" if "SciPy" in codes else "max shift"
    others = [title for title in codes if title != base]
    print(
        f"\nTime over the time of {base}, median of interleaved rounds. In brackets: peak memory over its.\n"
    )
    header("function", "shape", "dtype", f"{base}, ms", *others)
    rng = np.random.default_rng(1)
    for function in FUNCTIONS:
        for shape in shapes:
            for dtype in dtypes:
                z = (3 * rng.standard_normal(shape) + offset).astype(dtype)
                y = np.asarray(rng.integers(0, shape[-1], shape[:-1]))
                calls = {
                    title: partial(code[function], prepare(z), prepare(y))
                    for title, (code, prepare) in codes.items()
                    if function in code
                }
                times = interleaved(calls)
                memory = {title: peak_bytes(f) for title, f in calls.items()}
                cells = [ratios(title, base, times, memory) for title in others]
                line(function, shape, dtype, f"{1e3 * median(times[base]):.3g}", *cells)


def ratios(title, base, times, memory):
    if title not in times:
        return ""
    ratio = f"{median(a / b for a, b in zip(times[title], times[base], strict=True)):.2f}"
    own_allocator = title in ("PyTorch", "JAX")  # which tracemalloc does not see
    return ratio if own_allocator else f"{ratio} ({memory[title] / memory[base]:.2f})"


def header(*cells):
    line(*cells)
    line(*["---"] * len(cells))


def line(*cells):
    print("| " + " | ".join(map(str, cells)) + " |", flush=True)


def machine():
    print(f"{platform.system()} {platform.machine()}, Python {platform.python_version()}", end="")
    for package in ("numpy", "mpmath", "scipy", "torch", "jax"):
        try:
            print(f", {package} {metadata.version(package)}", end="")
        except metadata.PackageNotFoundError:
            pass
    print()


if __name__ == "__main__":
    machine()
    codes = installed()
    with np.errstate(all="ignore"):
        accuracy(codes)
        speed(codes, SHAPES, DTYPES)
        print("\nThe same with all logits raised by 1000, where the shift is needed:")
        speed(codes, SHAPES[:3], DTYPES[:2], offset=1000)
