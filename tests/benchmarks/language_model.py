"""How many words a second lesson 11's model writes, on one thread and on two."""

import time

import numpy as np
from threadpoolctl import threadpool_limits

from helpers.language_model import Reading, load

WORDS, RUNS = 8, 40


def softmax(z):
    """Lesson 11's own, which runs in all heads."""
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def seconds(model):
    """Return how long it takes to write some words after a beginning that was read."""
    reading = Reading(model, softmax)
    z = reading.read(model.indices("Once upon a time, there was a little girl who"))[-1]
    start = time.perf_counter()
    for _ in range(WORDS):
        z = reading.read([z.argmax()])[-1]
    return time.perf_counter() - start


if __name__ == "__main__":
    model = load()
    for threads in (1, 2):
        with threadpool_limits(threads):
            times = [seconds(model) for _ in range(RUNS)]
        best, median = (WORDS / choose(times) for choose in (min, np.median))
        print(f"{threads} threads: {best:.1f} words a second at best, {median:.1f} in the median")
