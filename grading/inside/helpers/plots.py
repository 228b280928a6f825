"""Under grading nothing is drawn: every name is a picture that draws nothing."""


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    return lambda *args, **options: ""
