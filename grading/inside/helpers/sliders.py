"""Under grading nothing moves."""


def show(*args, **options):
    pass


explore = show
