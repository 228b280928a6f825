"""How right, how fast and how large helpers.numerics is, beside libraries and three codes found in tutorials.

`python run.py bench numerics` prints the tables of README.md. Libraries that are not installed are left out.
"""

import itertools
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
from exercises import pieces
from helpers import numerics
from oracle import exact, logits, peak_bytes, ulps

FUNCTIONS = ("softmax", "log_softmax", "logsumexp", "cross_entropy")
DTYPES = ("float64", "float32", "float16")
SHAPES = ((4,), (1000, 10), (10000, 100), (128, 50257), (1, 10**6))


# The codes: functions of z, and cross-entropy of z and y; and how the code likes its arrays.


def helpers_code():
    return {name: getattr(numerics, name) for name in FUNCTIONS}, np.asarray


def scipy_code():
    return of_last_axis(import_module("scipy.special"), axis=-1), np.asarray


def torch_code():
    torch = import_module("torch")
    loss = partial(torch.nn.functional.cross_entropy, reduction="none")
    return of_last_axis(torch, dim=-1) | {"cross_entropy": loss}, torch.as_tensor


def jax_code():
    jax = import_module("jax")
    jax.config.update("jax_enable_x64", True)  # or float64 would become float32
    code = of_last_axis(jax.nn, jax.numpy, axis=-1)
    return {name: finished(jax.jit(f)) for name, f in code.items()}, jax.numpy.asarray


def of_last_axis(module, arrays=np, **axis):
    code = {name: partial(getattr(module, name), **axis) for name in FUNCTIONS[:3]}
    return code | {"cross_entropy": lambda z, y: -true_class(code["log_softmax"](z), y, arrays)}


def finished(f):
    return lambda *arguments: f(*arguments).block_until_ready()


def exp_over_sum():
    def softmax(z):
        e = np.exp(z)
        return e / e.sum(axis=-1, keepdims=True)

    return {
        "softmax": softmax,
        "log_softmax": lambda z: np.log(softmax(z)),
        "logsumexp": lambda z: np.log(np.exp(z).sum(axis=-1)),
        "cross_entropy": lambda z, y: -np.log(true_class(softmax(z), y)),
    }, np.asarray


def max_shift():
    def softmax(z):
        e = np.exp(z - z.max(axis=-1, keepdims=True))
        return e / e.sum(axis=-1, keepdims=True)

    return of_last_axis(pieces, axis=-1) | {"softmax": softmax}, np.asarray


def log_of_p_plus_epsilon():
    softmax = max_shift()[0]["softmax"]
    return {
        "log_softmax": lambda z: np.log(softmax(z) + 1e-12),
        "cross_entropy": lambda z, y: -np.log(true_class(softmax(z), y) + 1e-12),
    }, np.asarray


def true_class(a, y, arrays=np):
    return arrays.take_along_axis(a, y[..., None], -1)[..., 0]


CODES = {
    "helpers": helpers_code,
    "SciPy": scipy_code,
    "PyTorch": torch_code,
    "JAX": jax_code,
    "exp over sum": exp_over_sum,
    "max shift": max_shift,
    "log(p + 1e-12)": log_of_p_plus_epsilon,
}


def given(function, f, prepare, z, y):
    """A call without arguments."""
    return partial(f, prepare(z), *[prepare(y)] * (function == "cross_entropy"))


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
        result = np.asarray(given(function, f, prepare, z, y)())
        for row, (places, log_p, p, log_sum) in zip(result, truth, strict=True):
            answers = dict(zip(FUNCTIONS, [p, log_p, [log_sum], [-log_p[end]]], strict=True))
            yield from map(ulps, row[places] if row.ndim else [row], answers[function])


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
        for function, name in itertools.product(FUNCTIONS, ("mild", "wide", "extreme", "long")):
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
    print(f"\nTime over {base}'s, median of interleaved rounds. In brackets: peak memory over its.\n")
    header("function", "shape", "dtype", f"{base}, ms", *others)
    rng = np.random.default_rng(1)
    for function, shape, dtype in itertools.product(FUNCTIONS, shapes, dtypes):
        z = (3 * rng.standard_normal(shape) + offset).astype(dtype)
        y = np.asarray(rng.integers(0, shape[-1], shape[:-1]))
        calls = {
            title: given(function, code[function], prepare, z, y)
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
