"""All that a lesson imports: numerics, plots, sliders, and `check`, which says what an answer misses."""


def __getattr__(name):
    """Return `check`. It is loaded when a lesson asks for it: whoever wants numerics needs NumPy alone."""
    if name != "check":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from backstage.checks.catalogue import check

    return check
