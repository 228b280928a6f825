"""Right answers pass however they are written; with one small thing changed that matters, none does."""

import ast
import inspect
import itertools
import math
import textwrap
import time

import numpy as np
import pytest

from backstage.calling import limits
from backstage.calling.log import attempt, quiet
from backstage.checks.diagnosis import Trial
from backstage.checks.exercise import SEED
from exercises.pieces import softmax
from helpers import check, numerics
from right_answers import EXERCISES, SOLUTIONS


@pytest.mark.parametrize("name", EXERCISES)
def test_five_right_answers_and_a_model_solution_pass_however_they_are_written(name):
    assert f"my_{name}" in SOLUTIONS[name] and len(SOLUTIONS[name]) >= 5
    for function in SOLUTIONS[name].values():
        result = EXERCISES[name](function)
        assert (result.passed, result.mistake, result.points) == (True, None, result.out_of), function
        assert "Verified: " in result.message and result.message.endswith("?")


def test_check_answers_in_well_under_a_second():
    begin = time.perf_counter()
    check.softmax(softmax)
    assert time.perf_counter() - begin < 0.5


@pytest.mark.parametrize(
    "name, function",
    [
        ("softmax", lambda z: softmax(z) if len(z) < 6 else 0 * z),
        ("softmax", lambda z: softmax(z) if z.shape[-1] < 6 else 0 * z),
        ("cross_entropy", lambda z, y: numerics.cross_entropy(z[:5], y[:5]).mean()),
        ("cross_entropy", lambda z, y: numerics.cross_entropy(z, y).mean() or np.nan),  # no loss is exactly 0
        ("temperature", lambda z, T: z if T == 1 else softmax(z / T)),
        ("softmax", lambda z: softmax(z) if z.shape[-1] > 1 else 0 * z),
        ("sigmoid",
         lambda x: np.array([1 / (1 + math.exp(-v)) for v in x]) if np.ndim(x) else 1 / (1 + np.exp(-x))),
    ],
)  # fmt: skip
def test_what_goes_wrong_in_a_corner_does_not_pass(name, function):
    assert not EXERCISES[name](function).passed


@pytest.mark.parametrize(
    "name", ["entropy", "is_distribution", "kl", "reheat", "surest", "temperature", "which"]
)
def test_what_is_wrong_from_six_classes_on_does_not_pass(name):
    asked = EXERCISES[name]
    assert not asked(lambda x, *more: asked.reference(x[..., :5], *more)).passed


# Mutants: nobody foresaw these, and none may pass.

SWAPS = {
    ast.Add: [ast.Sub, ast.Mult], ast.Sub: [ast.Add, ast.Mult], ast.Mult: [ast.Add, ast.Div],
    ast.Div: [ast.Mult, ast.FloorDiv, ast.Sub], ast.Pow: [ast.Mult],
    ast.Gt: [ast.GtE, ast.Lt], ast.GtE: [ast.Gt, ast.Lt], ast.Lt: [ast.LtE, ast.Gt], ast.LtE: [ast.Gt],
    ast.Eq: [ast.NotEq, ast.LtE, ast.GtE], ast.NotEq: [ast.Eq], ast.And: [ast.Or], ast.Or: [ast.And],
    ast.USub: [ast.UAdd], ast.BitAnd: [ast.BitOr],
}  # fmt: skip
NAMES = {
    "exp": ["expm1", "exp2", "abs"], "log": ["log2", "log10", "log1p", "exp"], "sum": ["mean", "max", "prod"],
    "max": ["min", "mean", "sum"], "min": ["max", "mean"], "mean": ["sum", "max", "std"], "all": ["any"],
    "argmax": ["argmin"], "allclose": ["array_equal"], "isclose": ["equal"], "log_softmax": ["softmax"],
    "softmax": ["log_softmax"], "logaddexp": ["add", "maximum"], "eye": ["ones"],
}  # fmt: skip


def mutants(function):
    """Yield the source of the function with one small thing changed, in every way above."""
    source = textwrap.dedent(inspect.getsource(function))
    for at, node in enumerate(ast.walk(ast.parse(source))):
        for change in changes(node):
            mutant = ast.parse(source)
            vars(list(ast.walk(mutant))[at]).update(change)
            yield ast.unparse(ast.fix_missing_locations(mutant))


def changes(node):
    """Yield {attribute of a node: another value}, each of which changes one small thing."""
    if hasattr(node, "op"):
        yield from ({"op": new()} for new in SWAPS.get(type(node.op), []))
    if isinstance(node, ast.Compare):
        yield from ({"ops": [new()]} for new in SWAPS.get(type(node.ops[0]), []))
    if isinstance(node, ast.BinOp):
        yield {"left": node.right, "right": node.left}
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        x = node.value
        yield from ({"value": new} for new in ([not x] if isinstance(x, bool) else [x + 1, x - 1, -x]))
    for name in ("attr", "id"):
        yield from ({name: new} for new in NAMES.get(getattr(node, name, ""), []))
    for name in {ast.Call: ["keywords", "args"], ast.FunctionDef: ["body"]}.get(type(node), []):
        parts = getattr(node, name)
        yield from ({name: parts[:i] + parts[i + 1 :]} for i in range(len(parts) - (name == "body")))


def outputs(function, inputs):
    """What comes out on each input, one at a time: an array, or the type of an error."""
    for args in inputs:
        with quiet():
            outcome = attempt(function, args)
        yield outcome.error.type if outcome.error else np.asarray(outcome.value)


def differ(a, b):
    """Whether one output is another, beyond the rounding of a float."""
    if isinstance(a, str) or isinstance(b, str):
        return not (isinstance(a, str) and isinstance(b, str) and a == b)
    if a.shape != b.shape or a.dtype.kind != b.dtype.kind:
        return True
    is_float = a.dtype.kind == "f"
    return not np.allclose(a, b, 1e-10, 1e-11, equal_nan=True) if is_float else (a != b).any()


@pytest.mark.parametrize("name", EXERCISES)
def test_no_mutant_that_changes_an_output_passes(name, hurry, monkeypatch):
    monkeypatch.setenv(SEED, "0")
    asked = EXERCISES[name]
    monkeypatch.setattr(asked, "mistakes", [])  # what the message would be takes time
    several = [args for seed in range(3) for args in asked.inputs(seed).all]  # more than one run sees
    goes_wrong = judge_of(asked)
    for function in SOLUTIONS[name].values():
        right, caught = list(outputs(function, several)), 0
        for source in mutants(function):
            exec(source, space := dict(function.__globals__))
            mutant = space[function.__name__]
            if goes_wrong(mutant) or not asked(mutant).passed:
                caught += 1
            else:
                assert not any(map(differ, outputs(mutant, several), right)), source
        assert caught >= 2, function


def judge_of(asked):
    """A function that tells whether another has a wrong answer. Then the check has to fail, as the next test
    shows; this is faster."""
    inputs = asked.inputs(0)
    with quiet():
        wanted = [np.asarray(asked.reference(*args)) for args in inputs.all]
    trial = Trial(asked, inputs.all, len(inputs.ordinary), wanted, None)

    def goes_wrong(function):
        calls = (trial.is_right(i, attempt(function, args)) for i, args in enumerate(inputs.all))
        try:
            with quiet():
                return limits.limited(lambda: not all(calls), 0.2)
        except limits.TooSlow:
            return True

    return goes_wrong


@pytest.mark.parametrize("name", EXERCISES)
def test_a_single_wrong_answer_never_passes(name, monkeypatch):
    asked = EXERCISES[name]
    monkeypatch.setenv(SEED, "0")
    monkeypatch.setattr(asked, "mistakes", [])
    inputs = asked.inputs(0).all
    with quiet():
        wanted = [asked.reference(*args) for args in inputs]
    for i in (0, len(inputs) - 1):
        pairs = zip(inputs, wanted, strict=True)
        other = next(args for args, want in pairs if not np.array_equal(want, wanted[i]))
        calls = itertools.count()

        def once_wrong(*args, i=i, other=other, calls=calls):
            return asked.reference(*(other if next(calls) == i else args))

        assert not asked(once_wrong).passed
