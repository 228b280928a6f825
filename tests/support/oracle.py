"""What a right answer is: logits to try, mpmath at 60 digits, and how far a number is from the truth."""

import tracemalloc

import mpmath
import numpy as np

mpmath.mp.dps = 60


def logits(rng):
    """Sets of batches in float64. Each dtype rounds them first, and is judged on the rounded numbers."""

    def normal(scale, n, k):
        return scale * rng.standard_normal((n, k))

    small, gap = normal(1, 40, 5), rng.uniform(15, 740, (60, 1))
    few = normal(3, 2, 2000)  # long rows draw from 2000 logits, so that mpmath comes to an end
    masked = np.arange(6) % 3 == 1
    return {
        "mild": [normal(1, 100, 3), normal(1, 60, 10), rng.integers(-2, 3, (60, 4)) / 4]
        + [small + offset for offset in (1e8, -1e8, 3e4, -3e4)],
        "wide": [normal(10, 100, 3), normal(10, 60, 10)],
        "extreme": [normal(100, 60, 5), normal(1000, 60, 5)]
        + [np.hstack([gap, normal(1, 60, 3)]) + offset for offset in (0, -40.1, 1000.3)]  # one dominant logit
        + [np.hstack([0 * gap, -gap - 5, -gap / 2])]  # subnormal results, and 0
        + [np.where(masked, -np.inf, normal(scale, 30, 6)) for scale in (10, 1000)],
        "long": [rng.choice(few[0], (1, 10**5)), rng.choice(few[1], (1, 10**6))],
    }


def exact(row):
    """One place of each different logit, smallest first; log p and p there; the row's log-sum-exp."""
    values, places, counts = np.unique(row, return_index=True, return_counts=True)
    z = [mpmath.mpf(float(value)) for value in values]
    counts[-1] -= 1  # the largest logit's own exp(0) = 1 would hide small ones
    terms = [mpmath.exp(v - z[-1]) for v in z]
    rest = mpmath.fsum(int(n) * term for n, term in zip(counts, terms, strict=True))
    log_p = [v - z[-1] - mpmath.log1p(rest) for v in z]
    return places, log_p, [term / (1 + rest) for term in terms], z[-1] + mpmath.log1p(rest)


def ulps(got, true):
    """How far the number `got` is from the true value, in units of the true value's last place."""
    rounded = got.dtype.type(true)
    if not (np.isfinite(rounded) and np.isfinite(got)):
        return 0.0 if got == rounded else np.inf
    largest = np.finfo(got.dtype).max  # whose own spacing is inf
    unit = np.spacing(min(abs(rounded), np.nextafter(largest, got.dtype.type(0))))
    return float(abs(mpmath.mpf(float(got)) - true) / float(unit))


def peak_bytes(f):
    tracemalloc.start()
    f()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak
