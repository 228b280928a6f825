"""One notebook in the sandbox: what is graded and told, and whose function and source it was."""

import ast
import json
import os
import subprocess
import sys
import time

import pytest

from answers import right
from backstage.checks.catalogue import check
from backstage.checks.diagnosis import judge
from backstage.grading import engine, look, report
from conftest import NOTEBOOKS, ROOT

pytestmark = [pytest.mark.infrastructure, pytest.mark.usefixtures("sandboxed")]

FIRST = "import numpy as np\n\nfrom helpers import check"
ANSWERS = {path.stem[:2]: right(path) for path in NOTEBOOKS}
RATIO = ANSWERS["01"]["ratio"]
STUB = 'def my_ratio(z, i, j):\n    """How many times as likely class i is as class j."""\n    ...'
LIE = "def my_ratio(z, i, j):\n    return np.exp(z[i] - z[j])\n"
TITLE = "# Turn scores\n\n*Lesson {} · [all lessons](../README.md)*"


def cells(lesson="01", first=FIRST, **answers):
    """The sources of a lesson, solved, with these answers in place of the right ones."""
    solved = ANSWERS[lesson] | answers
    return [first, *(part for name in solved for part in (solved[name], f"check.{name}(my_{name})"))]


def notebook(sources, *titles):
    words = [{"cell_type": "markdown", "metadata": {}, "source": TITLE.format(title)} for title in titles]
    code = [{"cell_type": "code", "metadata": {}, "source": source, "outputs": []} for source in sources]
    return json.dumps({"cells": words + code, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


def graded(sources, seed=None):
    (result,) = engine.grade(notebook(sources), seed)
    return result


def whole(lesson):
    return sum(getattr(check, name).points for name in ANSWERS[lesson])


NEEDS_TORCH = "def my_ratio(z, i, j):\n    return torch.exp(z[i] - z[j])"
PANDAS, TORCH = "No module named 'pandas'", "No module named 'torch'"


@pytest.mark.parametrize(
    "sources, told",
    [
        (cells(ratio=f"import pandas as pd\n{RATIO}"), PANDAS),
        (cells(ratio=f"%%time\nimport pandas as pd\n{RATIO}"), PANDAS),
        (cells(ratio=f"import pandas as pd; frame = pd.DataFrame()\nframe.head()\n{RATIO}"), PANDAS),
        (cells(first=f"import torch\n{FIRST}"), TORCH),
        (cells(first="import torch, numpy as np\nfrom helpers import check"), TORCH),
        (cells(first=f"import torch.nn.functional as F\nclass Net(F.Module):\n    pass\n{FIRST}"), TORCH),
        (cells(first=f"from torch import *\nx = tensor([1])\n{FIRST}"), TORCH),
        (cells(first=f"from google.colab import drive\ndrive.mount('/x')\n{FIRST}"), "'google'"),
        (cells(ratio=f"from numpy import nothing\n{RATIO}"), "cannot import name 'nothing'"),
        ([*cells(), "1 / 0"], "ZeroDivisionError: division by zero"),
    ],
)  # fmt: skip
def test_what_cannot_be_imported_is_told_and_costs_no_point(sources, told):
    result = graded(sources)
    assert report.points(result) == whole("01"), result
    assert told in (flags := " ".join(result["flags"])) and "code cell" in flags
    assert told in " ".join(error["message"] for error in result["errors"]) or "ZeroDivision" in told
    assert "ZeroDivision" in told or "the grader has NumPy, SciPy, scikit-learn, Matplotlib" in flags


def test_a_module_that_a_cell_writes_can_be_imported():
    first, *others = cells(ratio="from mine import my_ratio")
    result = graded([first, f"%%writefile mine.py\n{RATIO}", *others])
    assert report.points(result) == whole("01") and not result["errors"], result


@pytest.mark.parametrize(
    "sources, state, told",
    [
        (cells(ratio=STUB), "not attempted", "Replace the dots"),
        (cells(ratio="def my_ratio(z, i, j:\n    return 1"), "raised", "SyntaxError"),
        (cells(ratio=f"1 / 0\n{RATIO}"), "raised", "ZeroDivisionError"),
        (cells(ratio=f"{STUB}\n1 / 0"), "raised", "ZeroDivisionError"),
        ([*cells(ratio=STUB), f"1 / 0\n{RATIO}"], "raised", "ZeroDivisionError"),
        ([*cells(ratio=STUB), f"def my_ratio(:\n{RATIO}"], "raised", "SyntaxError"),
        (cells(ratio=f"import torch\n{NEEDS_TORCH}"), "raised", TORCH),
        (cells(ratio="import torch\nmy_ratio = torch.compile(len)"), "raised", TORCH),
        (cells(ratio="import torch\n@torch.compile\n" + RATIO.split("\n", 3)[3].lstrip()), "raised", TORCH),
        (cells(ratio=NEEDS_TORCH.replace("\n", "\n    import torch\n")), "raised", TORCH),
        (cells(ratio="from mine import my_ratio"), "raised", "No module named 'mine'"),
        (cells(first=f"1 / 0\n{FIRST}", ratio=LIE)[:3], "raised", "ZeroDivisionError"),
        ([*cells(), "del my_ratio"][:1] + cells()[3:], "wrong", "No cell of this notebook defines"),
        (cells(ratio="import os\nos._exit(0)\n" + RATIO), "raised", "was left out: it ended by itself"),
    ],
)  # fmt: skip
def test_not_attempted_is_an_untouched_stub_and_nothing_else(sources, state, told):
    mark = graded(sources)["exercises"]["ratio"]
    assert (mark["state"], mark["points"]) == (state, 0) and told in mark["text"] + mark["evidence"], mark


BOTH = cells("01") + cells("02")
PASTED = [*ANSWERS["02"].values()]


@pytest.mark.parametrize(
    "sources, titles, lessons",
    [
        (BOTH, "", ["01", "02"]),
        (BOTH, ["02"], ["01", "02"]),
        (cells("10") + PASTED, "", ["10"]),
        (cells("10") + PASTED, ["10"], ["10"]),
        (cells("10") + PASTED[:2], "", ["10"]),
        (cells("09") + PASTED + ["check.softmax(my_softmax)"], ["09"], ["09"]),
    ],
)
def test_every_lesson_that_is_there_is_graded_and_no_pasted_one(sources, titles, lessons):
    results = engine.grade(notebook(sources, *titles))
    assert [(one["lesson"], report.points(one)) for one in results] == [(n, whole(n)) for n in lessons]
    pasted = [flag for one in results for flag in one["flags"] if "my_softmax" in flag]
    assert len(pasted) == ("02" not in lessons) and all("not graded" in flag for flag in pasted)


@pytest.mark.parametrize("lesson, there", [("05", "lesson 05"), (None, "the course")])
def test_a_notebook_without_exercises_says_of_what(lesson, there):
    (result,) = engine.grade(notebook(["1 + 1"]), lesson=lesson)
    assert result["problem"] == f"it holds no exercise of {there}"


def test_the_order_of_a_set_decides_nothing():
    books = [BOTH, cells("10") + PASTED[:2], PASTED + cells("01")[1:3]]
    program = "import sys; from backstage.grading import look\n"
    program += "print(*(look.read(book.encode()).lessons for book in sys.argv[1:]))"
    line = [sys.executable, "-c", program, *(notebook(sources).decode() for sources in books)]
    seeds = [os.environ | {"PYTHONHASHSEED": seed} for seed in "0123"]
    said = {subprocess.check_output(line, cwd=ROOT, text=True, env=seed) for seed in seeds}
    assert said == {"['01', '02'] ['10'] ['01']\n"}


NUMERICS, SCIPY = "softmax of the lesson", "scipy.special.softmax"
LESSONS_OWN, SCIPYS = "from helpers.numerics import softmax as", "from scipy.special import softmax as"


@pytest.mark.parametrize(
    "answer, whose",
    [
        (f"{LESSONS_OWN} my_softmax", NUMERICS),
        (f"{LESSONS_OWN} sm\ndef my_softmax(z):\n    return sm(z)", NUMERICS),
        ("import helpers.numerics as n\nmy_softmax = lambda z: n.softmax(z)", NUMERICS),
        (f"{LESSONS_OWN} s\nimport functools as f\nmy_softmax = f.partial(s, axis=-1)", NUMERICS),
        (f"{LESSONS_OWN} s\nh = {{1: s}}\ndef my_softmax(z):\n    return h[1](z)", NUMERICS),
        (f"{LESSONS_OWN} a\ndef b(z):\n    return a(z)\ndef my_softmax(z):\n    return b(z)", NUMERICS),
        ("import scipy.special as s\ndef my_softmax(z):\n    return s.softmax(z, axis=-1)", SCIPY),
        (f"{SCIPYS} s\nimport functools as f\nmy_softmax = f.partial(s, axis=-1)", SCIPY),
        (f"{SCIPYS} s\ndef my_softmax(z):\n    y = s(z, axis=-1)\n    return y + 0", SCIPY),
        (
            "from sklearn.utils.extmath import softmax as s\ndef my_softmax(z):\n"
            "    return s(z.reshape(-1, z.shape[-1]) * 1.0).reshape(z.shape)",
            "sklearn.utils.extmath.softmax",
        ),
    ],
)
def test_a_function_of_the_lesson_or_of_a_library_is_told_whatever_its_name(answer, whose):
    result = graded(cells("02", softmax=answer))
    assert report.points(result) == whole("02") - result["exercises"]["softmax"]["out_of"], result
    assert result["exercises"]["softmax"]["state"] == "right"
    assert [flag for flag in result["flags"] if "did it" in flag] == [f"softmax: {whose} did it"]


def test_so_are_the_other_functions_of_scipy():
    names = "logsumexp", "log_softmax"
    answer = "import scipy.special as s\ndef my_{0}(z):\n    return s.{0}(z, axis=-1)"
    flags = graded(cells("02", **{name: answer.format(name) for name in names}))["flags"]
    assert {f"{name}: scipy.special.{name} did it" for name in names} <= {*flags}


def test_right_answers_are_nobody_elses():
    assert not [flag for lesson in ("01", "02") for flag in graded(cells(lesson))["flags"]]


TRUE = "def my_ratio(z, i, j):\n    return float(np.prod([np.exp(z[i]), np.exp(-z[j])]))\n"
FORGERIES = {
    "inspect": f"{TRUE}\nimport inspect\ninspect.getsource = lambda f: {LIE!r}",
    "linecache": f"{TRUE}\nimport linecache\nfile = my_ratio.__code__.co_filename\n"
    f"linecache.getlines = lambda *a, **k: {LIE!r}.splitlines(True)\n"
    f"linecache.cache[file] = (9, None, {LIE!r}.splitlines(True), file)",
    "checkcache": f"{TRUE}\nimport linecache\nlinecache.checkcache = linecache.updatecache = print\n"
    f"for name in linecache.cache:\n    linecache.cache[name] = (9, None, {LIE!r}.splitlines(True), name)",
    "compiled": f"{LIE}\nexec(compile({TRUE!r}, my_ratio.__code__.co_filename, 'exec'))",
    "code": f"{LIE}\nmy_ratio.__code__ = (lambda z, i, j: float(np.exp(z[i]) / np.exp(z[j]))).__code__",
    "wrapped": f"{LIE}\nlie = my_ratio\n{TRUE}\nmy_ratio.__wrapped__ = lie",
    "func": f"{LIE}\nlie = my_ratio\n{TRUE}\nmy_ratio.func = lie",
    "an object": f"{LIE}\nlie = my_ratio\nclass Mine:\n    __wrapped__ = func = lie\n"
    "    def __call__(self, z, i, j):\n        return np.exp(z[i]) / np.exp(z[j])\nmy_ratio = Mine()",
}  # fmt: skip


@pytest.mark.parametrize("name", FORGERIES)
def test_the_source_that_is_shown_is_what_ran(name):
    result = graded(cells(ratio=FORGERIES[name]))
    mark = result["exercises"]["ratio"]
    ran = mark["source"].strip() in (TRUE.strip(), FORGERIES["code"].splitlines()[-1])
    assert mark["points"] and LIE.strip() not in mark["source"]
    assert ran or "its source is not shown" in " ".join(result["flags"]), mark


def test_the_source_of_an_honest_answer_is_shown():
    for answer in (RATIO, f"%%time\n{RATIO}", f"{RATIO}\nmy_ratio(np.arange(3.0), 0, 1)"):
        mark = graded(cells(ratio=answer))["exercises"]["ratio"]
        assert ast.unparse(ast.parse(mark["source"])) in ast.unparse(ast.parse(RATIO)) and mark["source"]


def test_the_seed_that_is_kept_draws_the_same_inputs():
    wrong = "def my_ratio(z, i, j):\n    return np.exp(z[i] - z[j]) * (2 if z.shape == (6,) else 1)"
    first, again, other = (graded(cells(ratio=wrong), seed) for seed in (None, None, 5))
    same = graded(cells(ratio=wrong), first["seed"])
    evidence = [one["exercises"]["ratio"]["evidence"] for one in (first, same, again, other)]
    assert evidence[0] == evidence[1] != evidence[2] != evidence[3]
    assert first["seed"] != again["seed"] and other["seed"] == 5


def test_of_two_wrong_tries_the_last_is_shown():
    first, last = (f"def my_ratio(z, i, j):\n    return z[i] * {n}.0" for n in (2, 3))
    tries = cells(ratio=first)[:3] + cells(ratio=last)[1:]
    assert "* 3.0" in graded(tries)["exercises"]["ratio"]["source"]


def test_a_verdict_that_took_too_long_is_not_kept(monkeypatch):
    def judge_slowly(exercise, inputs, log):
        time.sleep(1.2 if exercise.name == "ratio" else 0)
        return judge(exercise, inputs, log)

    monkeypatch.setattr(engine, "judge", judge_slowly)
    assert not graded(cells())["again"]  # it has 20 seconds
    monkeypatch.setattr(engine, "JUDGE", 1)
    result = graded(cells())
    late = [flag for flag in result["flags"] if engine.LATE in flag]
    assert result["again"] and late == [f"ratio: {engine.LATE}"]


def test_an_async_function_leaves_no_warning(capfd):
    from backstage.calling.log import run

    async def my_ratio(z, i, j):
        return 1

    log = run(my_ratio, check.ratio.inputs(1))
    assert {one.type for one in log.outcomes} == {"coroutine"} and capfd.readouterr().err == ""


SUSPICIOUS = """
get_ipython:get_ipython().x _getframe:sys._getframe() gc:gc.collect() __code__:f.__code__
__globals__:f.__globals__ __closure__:f.__closure__ memfd:os.memfd_create() settrace:sys.settrace(f)
setprofile:sys.setprofile(f) ctypes:ctypes.CDLL monitoring:sys.monitoring.x displayhook:sys.displayhook
sys.modules:sys.modules['x'] exercises.:exercises.lesson_01 .reference:check.ratio.reference
backstage:backstage.calling silent:silent.Checks
judge:judge=print diagnosis:print(diagnosis) wire:wire.pack /proc:open('/proc/self/mem') os.dup:os.dup(3)
os.fdopen:os.fdopen(3) os.kill:os.kill(1,9) os.write:os.write(3,b'') threading:threading.Thread
concurrent:concurrent.futures multiprocessing:multiprocessing.Pool subprocess:subprocess.run"""
SUSPICIOUS = [pair.split(":", 1) for pair in SUSPICIOUS.split()]
SUSPICIOUS += [
    ["from exercises import", f"from exercises import {what}"] for what in ("slips", "check, slips")
]
SUSPICIOUS += [  # what only looks like one
    ["", "from exercises import check\nimport exercises\nexercises.check.x(f)"],
    ["", "gcd(3) rewire(x) misjudged os.path.join(a) osawrite"],
]


@pytest.mark.parametrize("word, source", SUSPICIOUS)
def test_every_suspicious_word_is_found_and_no_other(word, source):
    assert {match[0] for match in engine.SUSPICIOUS.finditer(source)} == {word} - {""}


@pytest.mark.parametrize("part", ["import ", "my_x = ", "def my_x"])
def test_no_notebook_takes_long_to_look_at(part):
    begin = time.process_time()
    engine.definitions([part * 300_000])
    look.read(json.dumps({"cells": [{"cell_type": "code", "source": f"#{part * 300_000}"}]}).encode())
    assert not engine.SUSPICIOUS.search(part * 300_000) and time.process_time() - begin < 5


LIES = {  # what a cell sends the grader, and how often
    "what no dictionary takes": (b'{"check": []}\n{"cell": {}}\n{"cell": true}\n', 1),
    "far too many messages": (b'{"stopped": 0}\n' * 100, 2000),
    "a question, and does not listen": (b'{"check": "%s"}\n{"log": 1}\n' % b"ratio", 10**4),
    "deep nesting": (b'{"log": ' + b"[" * 10**5 + b"\n", 1),
}


@pytest.mark.parametrize("lie", LIES)
def test_who_sends_lies_harms_nobody_else(lie, monkeypatch):
    """There is a result, and soon, so that the next one gets one too."""
    for name, seconds in {"SECONDS": 20, "ANSWER": 2, "CELL": 3, "DEAF": 1}.items():
        monkeypatch.setattr(engine, name, seconds)
    line, times = LIES[lie]
    tells = f"import os\nfor _ in range({times}):\n    for fd in range(3, 9):\n        try:\n"
    tells += f"            os.write(fd, {line})\n        except OSError: pass"
    started = time.monotonic()
    result = graded([tells, *cells(ratio="def my_ratio(*args):\n    return 0.0")])
    assert "problem" not in result and result["exercises"]["ratio"]["points"] == 0
    assert time.monotonic() - started < 60
