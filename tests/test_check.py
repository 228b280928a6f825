"""The checks of "Your turn": every right answer passes, every wrong one is told what it missed."""

import _thread
import ast
import copy
import functools
import inspect
import runpy
import signal
import subprocess
import sys
import textwrap
import threading
import time
import warnings

import numpy as np
import pytest

from conftest import ROOT
from helpers import check
from helpers.check import parts, running
from helpers.check.exercise import SEED
from helpers.check.result import LOOKS

EXERCISES = {name: getattr(check, name) for name in check.__all__}
LESSONS = sorted(ROOT.glob("tests/solutions/lesson_*.py"))
SOLUTIONS = [
    pytest.param(name.split("__")[0], function, id=name)
    for path in LESSONS
    for name, function in runpy.run_path(path).items()
    if name.split("__")[0] in EXERCISES
    if inspect.isfunction(function) and function.__code__.co_filename == str(path)
]
MISTAKES = [
    pytest.param(name, wrong, variant, id="-".join([name, wrong.__name__, *map(str, variant.values())]))
    for name, exercise in EXERCISES.items()
    for wrong, variants in exercise.mistakes
    for variant in variants
]
UNIVERSAL = {
    "redefined_numpy", "not_a_function", "too_slow", "exits", "prints", "returns_none", "returns_a_list",
    "changes_its_input", "returns_float32", "raises", "type", "shape", "rounds", "unstable", "keeps_state",
}  # fmt: skip


@pytest.fixture
def hurry(monkeypatch):
    """A limit that tests can wait for."""
    monkeypatch.setattr(running, "SECONDS", 0.2)


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


# Right answers


@pytest.mark.parametrize("name, function", SOLUTIONS)
def test_right_answer_passes_however_it_is_written(name, function):
    result = EXERCISES[name](function)
    assert (result.passed, result.mistake, result.points) == (True, None, result.out_of), result
    assert "Verified: " in result.message and result.message.endswith("?")


def test_every_exercise_has_five_right_answers_and_one_for_the_notebook():
    names = [parameter.id for parameter in SOLUTIONS]
    for name in EXERCISES:
        assert name in names and sum(other.split("__")[0] == name for other in names) >= 5, name


def test_check_answers_in_well_under_a_second():
    begin = time.perf_counter()
    check.softmax(softmax)
    assert time.perf_counter() - begin < 0.5


# Known mistakes


@pytest.mark.parametrize("name, wrong, variant", MISTAKES)
def test_known_mistake_gets_its_own_message(name, wrong, variant):
    result = EXERCISES[name](functools.partial(wrong, **variant))
    assert (result.mistake, result.passed, result.points) == (wrong.__name__, False, 0), result
    assert result.message.startswith(" ".join(wrong.__doc__.split()) + "\n\n    ")
    assert "expected" in result.message and "yours" in result.message


def test_identifiers_are_unique_and_messages_are_short_and_plain():
    for name, exercise in EXERCISES.items():
        names = [wrong.__name__ for wrong, _ in exercise.mistakes]
        assert len(set(names)) == len(names) and not UNIVERSAL & set(names), name
        for wrong, _ in exercise.mistakes:
            text = " ".join(wrong.__doc__.split())
            assert 40 < len(text) < 320 and text.endswith(".") and "!" not in text, wrong.__name__
            assert not any(code in text for code in ("np.", "keepdims", "axis=", "**", "_softmax(")), text


def test_catalogue_knows_seventy_mistakes():
    assert sum(len(exercise.mistakes) for exercise in EXERCISES.values()) >= 70


def test_axis_is_named_before_overflow():
    def both(z):
        return np.exp(z) / np.exp(z).sum(axis=0)

    assert check.softmax(both).mistake == "columns_sum_to_1"


def test_evidence_is_an_input_where_the_difference_can_be_seen():
    def capped(z, y):
        return -np.log(softmax(z)[np.arange(len(y)), y] + 1e-12).mean()

    message = check.cross_entropy(capped).message  # on ordinary inputs it is 1e-12 off
    assert "2000." in message and "expected  1000.2" in message and "yours     14.0" in message


def test_missing_axis_is_named_though_one_row_alone_raises():
    result = check.softmax(lambda z: np.exp(z) / np.exp(z).sum(axis=1))
    assert result.mistake == "drops_the_axis" and "could not be broadcast" in result.message


def test_log_of_a_sum_that_overflows_is_not_called_rounding():
    result = check.log_softmax(lambda z: z - np.log(np.exp(z).sum(axis=-1, keepdims=True)))
    assert result.mistake == "not_shifted"


def test_unforeseen_mistake_gets_evidence():
    result = check.softmax(lambda z: softmax(z) * 1.1)
    assert (result.state, result.mistake) == ("wrong", None)
    assert all(word in result.message for word in ("    z  ", "0.1 -2.", "    expected  ", "    yours  "))


def test_unforeseen_failure_at_extremes_is_called_unstable():
    assert check.softmax(lambda z: softmax(z) if abs(z).max() < 600 else z).mistake == "unstable"


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
    """The source of the function with one small thing changed, in every way above."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    for at, node in enumerate(ast.walk(tree)):
        for change in changes(node):
            mutant = copy.deepcopy(tree)
            change(list(ast.walk(mutant))[at])
            yield ast.unparse(ast.fix_missing_locations(mutant))


def changes(node):
    """Functions that each change one thing of a node."""
    if isinstance(node, (ast.BinOp, ast.UnaryOp, ast.AugAssign, ast.BoolOp)):
        yield from (functools.partial(put, "op", new()) for new in SWAPS.get(type(node.op), []))
    if isinstance(node, ast.Compare):
        yield from (functools.partial(put, "ops", [new()]) for new in SWAPS.get(type(node.ops[0]), []))
    if isinstance(node, ast.BinOp):
        yield functools.partial(swap, "left", "right")
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        new = (
            [not node.value]
            if isinstance(node.value, bool)
            else [node.value + 1, node.value - 1, -node.value]
        )
        yield from (functools.partial(put, "value", value) for value in new)
    for attribute in ("attr", "id"):
        yield from (functools.partial(put, attribute, n) for n in NAMES.get(getattr(node, attribute, ""), []))
    if isinstance(node, ast.Call):
        yield from (functools.partial(drop, "keywords", i) for i in range(len(node.keywords)))
        yield from (functools.partial(drop, "args", i) for i in range(len(node.args)))
    if isinstance(node, ast.FunctionDef):
        yield from (functools.partial(drop, "body", i) for i in range(len(node.body) - 1))


def put(attribute, value, node):
    setattr(node, attribute, value)


def swap(one, other, node):
    left, right = getattr(node, one), getattr(node, other)
    setattr(node, one, right)
    setattr(node, other, left)


def drop(attribute, i, node):
    del getattr(node, attribute)[i]


def outputs(function, inputs):
    """What comes out on each input, one at a time: an array, or the type of an error."""
    for args in inputs:
        with running.quiet():
            outcome = running.attempt(function, args)
        yield type(outcome.error) if outcome.error else np.asarray(outcome.value)


def differ(a, b):
    """Whether one output is another, beyond the rounding of a float."""
    if isinstance(a, type) or isinstance(b, type):
        return a is not b
    if a.shape != b.shape or a.dtype.kind != b.dtype.kind:
        return True
    return (
        not np.allclose(a, b, rtol=1e-10, atol=1e-11, equal_nan=True)
        if a.dtype.kind == "f"
        else (a != b).any()
    )


@pytest.mark.parametrize("name, function", SOLUTIONS)
def test_no_mutant_that_changes_an_output_passes(name, function, hurry, monkeypatch):
    exercise = EXERCISES[name]
    monkeypatch.setenv(SEED, "0")
    monkeypatch.setattr(exercise, "mistakes", [])  # what the message would be takes time
    seeds = map(np.random.default_rng, range(3))  # more inputs than one run sees
    inputs = [args for rng in seeds for some in exercise.probes(rng) for args in some]
    right = list(outputs(function, inputs))
    changed = 0
    for source in mutants(function):
        space = dict(function.__globals__)
        exec(source, space)
        mutant = space[function.__name__]
        if any(map(differ, outputs(mutant, inputs), right)):
            changed += 1
            assert not exercise(mutant).passed, source
    assert changed >= 2


# States


def test_untouched_stub_is_told_what_to_do():
    def stub(z):
        """Shape (n, k) -> (n, k)."""
        ...

    def reminder(z):
        raise NotImplementedError

    for nothing in (stub, reminder, lambda z: ..., lambda z: None, ..., None):
        result = check.softmax(nothing)
        assert (result.state, result.mistake, result.points) == ("not attempted", None, 0)
        assert "Replace the dots" in result.message


def test_work_that_is_not_returned_is_no_stub():
    def forgets(z):
        softmax(z)

    def prints(z):
        print(softmax(z))

    assert check.softmax(forgets).mistake == "returns_none"
    assert check.softmax(prints).mistake == "prints"


def test_error_is_shown_with_input_and_line():
    def broken(z):
        z = z + 1
        return z.softmax()

    result = check.softmax(broken)
    assert (result.state, result.mistake) == ("raised", "raises")
    assert "AttributeError: 'numpy.ndarray' object has no attribute 'softmax'" in result.message
    assert ": return z.softmax()" in result.message and "0.1 -2." in result.message


def test_line_is_the_students_and_not_numpys():
    def inner(z):
        return np.concatenate([z, "a", None])

    assert ": return np.concatenate(" in check.softmax(inner).message


def test_wrong_number_of_arguments_shows_how_it_is_called():
    result = check.temperature(lambda z: z)
    assert result.state == "raised" and "`my_temperature(z, T)`" in result.message


def test_called_function_is_told_to_leave_the_parentheses_out():
    assert check.softmax(softmax(np.zeros(3))).mistake == "not_a_function"


def test_exit_becomes_a_message():
    assert check.softmax(lambda z: sys.exit(3)).mistake == "exits"


def test_types_and_shapes_are_told_apart():
    assert check.softmax(lambda z: softmax(z).tolist()).mistake == "returns_a_list"
    assert check.softmax(lambda z: tuple(softmax(z))).mistake == "returns_a_list"
    assert check.softmax(lambda z: {"p": softmax(z)}).mistake == "type"
    assert check.softmax(lambda z: softmax(z).astype(object)).mistake == "type"
    assert check.softmax(lambda z: softmax(z)[..., :1]).mistake == "shape"
    assert check.cross_entropy(lambda z, y: [0.5]).mistake == "type"
    assert check.predict(lambda z: z.argmax(-1).astype(str)).mistake == "type"


def test_lost_digits_are_noticed():
    assert check.softmax(lambda z: softmax(z).astype(np.float32)).mistake == "returns_float32"
    assert check.softmax(lambda z: softmax(z).astype(np.float32).astype(float)).mistake == "rounds"
    assert check.softmax(lambda z: np.round(softmax(z), 4)).mistake == "rounds"
    assert "largest difference" in check.softmax(lambda z: np.round(softmax(z), 9)).message


# Time


def forever(z):
    while True:
        pass


def stubborn(z):
    while True:
        try:
            time.sleep(0.01)
        except Exception:
            continue


def deaf(z):
    while True:
        try:
            while True:
                pass
        except:  # noqa: E722
            pass


@pytest.mark.parametrize("function", [forever, stubborn, deaf])
def test_endless_loop_is_stopped(function, hurry):
    handler, begin = signal.getsignal(signal.SIGINT), time.perf_counter()
    result = check.softmax(function)
    assert (result.state, result.mistake) == ("too slow", "too_slow") and "0.1 -2." in result.message
    assert time.perf_counter() - begin < 2 and signal.getsignal(signal.SIGINT) is handler
    assert check.softmax(softmax).passed


def test_limit_is_two_seconds():
    assert running.SECONDS == 2


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="Windows has no timer")
def test_alarm_leaves_timer_and_handler_as_they_were(hurry):
    handler = signal.getsignal(signal.SIGALRM)
    check.softmax(forever)
    time.sleep(3 * running.AGAIN)  # an alarm that still rings would end the process
    assert signal.getsignal(signal.SIGALRM) is handler and signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_endless_loop_is_stopped_without_a_timer(hurry, monkeypatch):
    monkeypatch.delattr(signal, "setitimer", raising=False)
    assert check.softmax(forever).state == check.softmax(deaf).state == "too slow"
    assert check.softmax(softmax).passed


@pytest.mark.parametrize("timer", [True, False])
def test_stop_button_still_works(timer, monkeypatch):
    if not timer:
        monkeypatch.delattr(signal, "setitimer", raising=False)
    threading.Timer(0.1, _thread.interrupt_main).start()
    with pytest.raises(KeyboardInterrupt):
        check.softmax(forever)


def test_check_works_outside_the_main_thread():
    results = []
    thread = threading.Thread(target=lambda: results.append(check.softmax(softmax)))
    thread.start()
    thread.join()
    assert results[0].passed


# Fooling oneself


@pytest.mark.parametrize(
    "name, wrong",
    [("exp", np.exp2), ("allclose", lambda *a, **k: True), ("asarray", lambda x: x), ("isfinite", np.isnan)],
)
def test_numpy_is_put_back(name, wrong, monkeypatch):
    own = getattr(np, name)
    monkeypatch.setattr(np, name, wrong)
    result = check.softmax(lambda z: z)
    assert result.mistake == "redefined_numpy" and f"np.{name}" in result.message
    assert getattr(np, name) is own and check.softmax(softmax).passed


def test_numpy_is_put_back_when_the_function_itself_assigns():
    def assigns(z):
        np.allclose = lambda *a, **k: True
        np.random.default_rng = None
        return z

    result = check.softmax(assigns)
    assert result.mistake == "redefined_numpy" and "np.random.default_rng" in result.message
    assert check.softmax(softmax).passed and not check.softmax(lambda z: z).passed


def test_changed_input_is_noticed_and_harms_nobody():
    def in_place(z):
        z -= z.max(axis=-1, keepdims=True)
        return softmax(z)

    before = parts.BATCH.copy()
    assert check.softmax(in_place).mistake == "changes_its_input"
    assert np.array_equal(parts.BATCH, before)

    def labels_in_place(z, y):
        y[:] = 0
        return 0.0

    assert check.cross_entropy(labels_in_place).mistake == "changes_its_input"


def test_cached_answers_do_not_pass():
    by_shape, first = {}, []

    def remembers_shapes(z):
        return by_shape.setdefault(z.shape, softmax(z))

    def remembers_everything(z):
        first.append(softmax(z))
        return first[0]

    assert not check.softmax(remembers_shapes).passed
    assert not check.softmax(remembers_everything).passed


def test_state_between_calls_does_not_pass():
    calls, buffers = [], {}

    def gets_worse(z):
        calls.append(z)
        return softmax(z) * (1 if len(calls) < 20 else 2)

    def one_buffer_a_shape(z):
        out = buffers.setdefault(z.shape, np.empty(z.shape))
        out[...] = softmax(z)
        return out

    assert check.softmax(gets_worse).mistake == "keeps_state"
    assert check.softmax(one_buffer_a_shape).mistake == "keeps_state"


def test_random_answers_do_not_pass():
    rng = np.random.default_rng(0)
    assert not check.is_distribution(lambda p: rng.random(p.shape[:-1]) < 0.5).passed


def test_answers_learned_by_heart_do_not_pass():
    """All inputs of one run are known, and their answers with them: the next run has others."""
    known = {}

    def spy(z):
        known[z.tobytes()] = softmax(z)
        return softmax(z)

    check.softmax(spy)
    assert not check.softmax(lambda z: known.get(z.tobytes(), z)).passed


def test_hidden_seed_decides_the_fresh_inputs(monkeypatch):
    def seen():
        inputs = []
        check.softmax(lambda z: inputs.append(z.copy()) or softmax(z))
        return np.concatenate([z.ravel() for z in inputs])

    assert not np.array_equal(seen(), seen())
    monkeypatch.setenv(SEED, "7")
    seven = seen()
    assert np.array_equal(seven, seen())
    monkeypatch.setenv(SEED, "8")
    assert not np.array_equal(seven, seen())


def test_students_seed_does_not_decide_the_fresh_inputs():
    def seen():
        inputs = []
        np.random.seed(0)
        check.softmax(lambda z: inputs.append(z.copy()) or softmax(z))
        return np.concatenate([z.ravel() for z in inputs])

    assert not np.array_equal(seen(), seen())


# What is shown


def test_nothing_reaches_the_screen(capfd):
    def noisy(z):
        print("out")
        print("err", file=sys.stderr)
        warnings.warn("warned", stacklevel=1)
        np.log(-1.0)
        return softmax(z)

    check.softmax(noisy)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("state", ["not attempted", "wrong", "raised", "too slow", "right"])
def test_every_state_has_a_sign_and_a_word_of_its_own(state, hurry):
    function = {
        "not attempted": ..., "wrong": np.exp, "raised": lambda: 0, "too slow": forever, "right": softmax
    }[state]  # fmt: skip
    result = check.softmax(function)
    sign, word, _ = LOOKS[state]
    assert result.state == state
    assert repr(result).startswith(f"{sign} {word}: softmax, {result.points} of 2 points\n\n{result.message}")
    assert f"{sign} {word}: softmax" in result._repr_html_()
    assert all(len({look[i] for look in LOOKS.values()}) == len(LOOKS) for i in (0, 1))


def test_html_escapes_what_a_student_wrote():
    def raises(z):
        raise ValueError("<script>")

    html = check.softmax(raises)._repr_html_()
    assert "<script>" not in html and "&lt;script&gt;" in html and "<pre>" in html


def test_under_nbgrader_the_text_is_the_points(monkeypatch):
    right, wrong, stub = check.softmax(softmax), check.softmax(np.exp), check.softmax(...)
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert [float(repr(result)) for result in (right, wrong, stub)] == [2, 0, 0]
    assert "<strong>" in wrong._repr_html_()


def test_hints_come_one_at_a_time_and_hold_no_code():
    for name, exercise in EXERCISES.items():
        assert 2 <= len(exercise.hints) <= 3, name
        shown = [repr(exercise.hint()) for _ in range(len(exercise.hints) + 1)]
        assert shown[0].startswith("Hint 1 of") and shown[-1] == shown[-2] != shown[0]
        assert not any(code in hint for hint in shown for code in ("np.", "axis=", "keepdims"))


def test_checks_import_numpy_and_the_standard_library_alone():
    code = "import sys; from helpers import check; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = set(subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True).split())
    assert not loaded & {"matplotlib", "ipywidgets", "IPython", "scipy"}
    assert "numpy" in loaded


def test_no_solution_is_offered():
    assert not hasattr(check, "solution")
    assert not any(hasattr(exercise, "solution") for exercise in EXERCISES.values())
