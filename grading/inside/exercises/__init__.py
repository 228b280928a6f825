"""In the sandbox: which function answers what. Right answers, mistakes and judge are elsewhere."""


class Checks:
    """`check.ratio(my_ratio)` calls the function on the inputs that the grader sends, and shows nothing."""

    def __init__(self, answer):
        self._answer = answer

    def progress(self):
        """What a student's own copy has."""

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return Check(name, self._answer)


class Check:
    def __init__(self, name, answer):
        self.name, self._answer = name, answer

    def __call__(self, function):
        self._answer(self.name, function)

    def hint(self):
        """What a student's own copy has."""

    answer = hint


check = None  # run.py puts it here
