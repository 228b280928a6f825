"""A slip: what goes wrong in a piece that many exercises share. exercises/slips.py has all of them."""

from collections import defaultdict
from dataclasses import dataclass

STAGES = ["axis", "formula", "stability"]  # in this order they are looked for
SLIPS = defaultdict(list)  # from the name of a piece to its slips
TEXTS = {}  # from the name of a slip to its text


@dataclass(frozen=True)
class Slip:
    wrong: object  # the wrong piece: its name, its text and what it does
    stage: str
    variants: dict  # lists of values for its keywords
    within: float  # how far from its values an answer may be and still be recognized


def slip(*pieces, stage, within=0, **variants):
    """Add a wrong piece to each of these pieces."""

    def add(wrong):
        TEXTS[wrong.__name__] = wrong.__doc__
        for piece in pieces:
            SLIPS[piece].append(Slip(wrong, stage, variants, within))
        return wrong

    return add
