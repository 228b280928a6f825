"""Under grading nothing moves."""


def show(*args, **options):
    pass


explore = show


def progress(steps, *args, **options):
    return range(steps)
