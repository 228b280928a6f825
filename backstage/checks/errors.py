"""What an error says in the terms of who wrote the function: a sentence or two, or nothing."""

import difflib
import re

import numpy as np

PYTHON = {name: f"np.{name}" for name in ("max", "min", "sum", "any", "all")} | {"sorted": "np.sort"}
IN = "`in` and `index` compare by `==`, and an array answers that with one True or False for each entry."
ADVICE = {
    "truth value of an array": "`if`, `and`, `or` and `not` want one True or False; an array holds many.",
    "be converted to Python scalars": "Functions of `math` want one number, and you gave them an array; "
    "`np.exp` and `np.log` take arrays.",
    "math range error": "`math.exp` raises an error where the result is too large for a float.",
    "math domain error": "`math.log` raises an error at 0, and `math.sqrt` below 0.",
    "expected a positive input": "`math.log` raises an error at 0 and below.",
    "expected a nonnegative input": "`math.sqrt` raises an error below 0.",
    "bitwise_xor": "In Python `^` is no power: powers are written `**`.",
    "for ^": "In Python `^` is no power: powers are written `**`.",
    "must have no negative elements": "`np.bincount` counts no negative numbers: leave them out before it.",
    "has no axis": "The second argument of the course's softmax is the axis.",
}
OF_SHAPES_AND_NAMES = {  # beside a known mistake these would say less than its text
    "argument 'keepdim'": "NumPy spells it `keepdims`.",
    "as a data type": "`np.zeros` and `np.ones` take a shape as one argument, in parentheses of its own: "
    "`np.zeros((2, 3))`. The second argument is the type.",
    "only integer scalar arrays": "An index of a list, and an end of a slice or of `range`, is one whole "
    "number, and here it is an array. An array takes an array of indices; `np.array` makes one of a list.",
    "object too deep": "`np.bincount` counts in an array with one axis.",
    "inhomogeneous shape": "All parts of an array have the same shape. Here they differ, such as an array "
    "beside a single number.",
    "same number of dimensions": "What is joined must have equally many axes, and the same lengths "
    "beside the axis along which it is joined.",
    "has no classes": "A slice such as [:0] is empty.",
    "holds NaN": "NaN comes from 0 times inf, inf minus inf, 0 divided by 0, and the root or the logarithm "
    "of a negative number.",
    "is out of bounds": "Places are counted from 0, so the last place is the size minus 1.",
    "matmul": "In a product, the left array needs as many columns as the right one has rows.",
    "core dimension": "In a product, the left array needs as many columns as the right one has rows.",
}
ABOUT_SHAPES = re.compile("broadcast|shape|dimension|out of bounds|too many indices|not aligned")


def advice(error, source):
    """Sentences on what an error says of the function's own values, and of Python."""
    known = next((OF_SHAPES_AND_NAMES[part] for part in OF_SHAPES_AND_NAMES if part in error.message), "")
    told = [_refusal(error), _name(error), _shapes(error), known, of_python(error, source)]
    return " ".join(filter(None, told))


def of_python(error, source):
    """What Python does with arrays, where that may be what goes wrong; error: None if there was none."""
    called = re.search(rf"(?<![\w.])({'|'.join(PYTHON)})\(", error.source if error else source)
    if called and (not error or "truth value" in error.message):
        return (
            f"Python's `{called[1]}` takes each row of a batch for one thing. NumPy's, "
            f"`{PYTHON[called[1]]}`, looks inside the rows, along the axis that you name."
        )
    if error and "truth value" in error.message and re.search(r"\.index\(|(?<!for \w) in ", error.source):
        return IN
    return next((ADVICE[part] for part in ADVICE if error and part in error.message), "")


def _refusal(error):
    """What a function of the course says of what it was given."""
    if not error.called:
        return ""
    name = re.match("([zpy]) ", error.message)
    if name:
        return f"What you gave to `{error.called}` as {name[1]} {error.message[2:]}."
    return f"`{error.called}` refuses what you gave to it: {error.message.rstrip('.')}."


def _name(error):
    if error.type not in ("NameError", "UnboundLocalError"):
        return ""
    name = re.search("'(.*?)'", error.message)[1]
    if difflib.get_close_matches(name, ["return"]):
        return f"`{name}` looks like `return`."
    if name == "math":
        return "`import math` comes first."
    if error.type == "UnboundLocalError":
        return f"A line that sets `{name}` did not run before this one."
    if hasattr(np, name):
        return f"NumPy's is written `np.{name}`."
    return (
        f"If a cell above defines `{name}`, run the cells above: a kernel that was restarted has forgotten "
        "them. If none does, the name may be misspelled."
    )


def _shapes(error):
    """The shapes of the arrays in the line that failed, and how NumPy lines them up."""
    if not ABOUT_SHAPES.search(error.message) or error.called:
        return ""
    shapes = {name: shape for name, shape in error.shapes.items() if re.search(rf"\b{name}\b", error.source)}
    named = ", ".join(f"{name} is {shape}" for name, shape in shapes.items())
    told = [f"In that line {named}."] if named else []
    lined = re.search(r"broadcast.*shapes (?=.*\((\d+),\)).*\((\d+),(\d+)\)", error.message)
    if lined and lined[1] == lined[2]:
        n, _, k = lined.groups()
        told += [f"An array of shape ({n},) meets the {k} columns of the other one, not its {n} rows."]
        if len(shapes.get("y", ())) == 1 and "==" not in error.source:
            told[-1] = "y has no number for each class; lesson 03 made rows of labels with `one_hot`."
    return " ".join(told)


def is_of_math(error):
    """Whether it says that a result of Python's math is no float."""
    return (
        error.type in ("OverflowError", "ZeroDivisionError")
        or "math domain" in error.message
        or error.type == "ValueError"
        and error.message.startswith(("expected a positive", "expected a nonnegative"))
    )


def is_refusal(error):
    """Whether a function of the course refused nan, or a row of nothing but -inf."""
    return bool(error and error.called and re.search("holds NaN|nothing but -inf", error.message))


def explains(answer, refusal):
    """Whether what was refused would have made this answer: nan in the row that it names, or everywhere."""
    row = re.search(r"nothing but -inf.* \(row (\d+)\)", refusal.message)
    if answer.dtype.kind != "f" or np.isfinite(answer).all():
        return False
    bad = ~np.isfinite(answer)
    return bad.any(axis=1).argmax() == int(row[1]) if row and bad.ndim == 2 else bad.all()
