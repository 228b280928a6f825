"""Checks for "Your turn": `check.softmax(my_softmax)` says if your function is right, and what it misses.

NumPy and the standard library alone. The exercises of each lesson, and the mistakes they know, are in its own
module.
"""

from .lesson_01 import is_distribution, ratio, sigmoid
from .lesson_02 import log_softmax, logsumexp, softmax
from .lesson_03 import cross_entropy, kl, one_hot, perplexity
from .lesson_04 import entropy, reheat, temperature
from .lesson_05 import gradient, predict, surest, which

__all__ = ["ratio", "sigmoid", "is_distribution"]
__all__ += ["softmax", "logsumexp", "log_softmax"]
__all__ += ["one_hot", "cross_entropy", "perplexity", "kl"]
__all__ += ["temperature", "entropy", "reheat"]
__all__ += ["predict", "which", "surest", "gradient"]
