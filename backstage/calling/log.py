"""Run a student's function, on copies, quietly, for two seconds at most, and log what it did as plain data.

The log holds arrays, numbers, strings and lists of them, and nothing that belongs to the function: it can be
written down, and judged elsewhere.
"""

import __future__

import ast
import contextlib
import dis
import functools
import inspect
import io
import linecache
import sys
import traceback
import warnings
from dataclasses import dataclass, field

import numpy as np
from numpy import array_equal  # by name: np.array_equal may have been assigned to

from backstage.calling.codes import inside
from backstage.calling.limits import TooSlow, limited

SECONDS = 2.0
MANY = 50  # names that an error tells
LONGEST = 2000  # characters that are kept of what a function prints or an error says

IDLE = {"RESUME", "CACHE", "NOP", "POP_TOP", "LOAD_CONST", "LOAD_SMALL_INT", "RETURN_CONST", "RETURN_VALUE"}

CALLS = {"CALL", "CALL_KW", "CALL_FUNCTION_EX"}
LIBRARIES = "site-packages", "dist-packages"  # and where they lie
FUNCTIONS = ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda
FEATURES = (getattr(__future__, name) for name in __future__.all_feature_names)
FUTURE = functools.reduce(int.__or__, (feature.compiler_flag for feature in FEATURES))
UNKNOWN = "# What ran is not what its cell says, so its source is not shown."
own_compile, own_lines = compile, linecache.getlines  # before anyone can assign to them
own_parse, own_walk = ast.parse, ast.walk

# What NumPy's names mean, taken before anyone can assign to them.
OWN = {
    module: {name: value for name, value in vars(module).items() if not name.startswith("_")}
    for module in (np, np.linalg, np.random)
}


@dataclass
class Error:
    """What one call raised."""

    type: str
    message: str
    line: int | None = None  # where the function's own code stopped, and that line
    source: str = ""
    shapes: dict = field(default_factory=dict)  # of the arrays that it had there, by their names
    called: str = ""  # a function of the course that it called there, and that refused


@dataclass
class Outcome:
    """What one call did: it returned a value, or raised an error."""

    type: str = "NoneType"
    value: object = None  # an array, a number, a string, a list or tuple of such; None for all else
    shown: str = ""  # how Python shows all else
    error: Error | None = None
    changed: list = field(default_factory=list)  # pairs: the place of an input, and what became of it
    afterwards: object = None  # what the returned object held when all calls were done


@dataclass
class Log:
    """What is known of a function, and what all calls did."""

    type: str  # "function", or what else was handed in
    is_callable: bool
    is_stub: bool = False  # nothing happens inside: a docstring, dots, pass
    source: str = ""
    is_stale: bool = False  # a newer version of it was run, and did not define it
    unused: list = field(default_factory=list)  # arguments that it never looks at, as far as can be seen
    is_thin: bool = False  # all that it does is to call one function
    uses: dict = field(default_factory=dict)  # functions by the names they were born with, and their modules
    keywords: list = field(default_factory=list)  # that it hands to functions
    outcomes: list = field(default_factory=list)
    repeats: list = field(default_factory=list)  # the same calls a second time
    printed: str = ""
    stopped: bool = False  # at the time limit
    redefined: list = field(default_factory=list)  # names of NumPy that had been assigned to


def run(function, inputs):
    """Call the function with every tuple of inputs, and once more in reverse order."""
    log = Log(type(function).__name__, callable(function), redefined=put_back())
    if not log.is_callable:
        return log
    returned = []

    def calls():
        for args in inputs.all:
            log.outcomes.append(attempt(function, args, returned))
        for i, args in reversed([*enumerate(inputs.all)]):
            first_or_last = i in (0, len(inputs.all) - 1)
            with _watched(function, log.uses) if first_or_last else contextlib.nullcontext():
                log.repeats.insert(0, attempt(function, args))
        for outcome, live in zip(log.outcomes, returned, strict=True):
            outcome.afterwards = _plain(live)

    with quiet() as output:
        _describe(function, log)
        try:
            limited(calls, SECONDS)
        except TooSlow:
            log.stopped = True
    log.printed = output.getvalue()[:LONGEST].strip()
    log.redefined += put_back()
    return log


def attempt(function, args, returned=None):
    """One call, on copies of the arguments. Only an alarm and the stop button get through."""
    fresh = [_copy(x) for x in args]
    live, outcome = None, Outcome()
    try:
        live = function(*fresh)
        if inspect.iscoroutine(live):
            live.close()  # or Python would say later on that nobody awaited it
        outcome.type, outcome.value = type(live).__name__, _plain(live)
        if outcome.value is None:
            outcome.shown = repr(live)[:LONGEST]
    except (TooSlow, KeyboardInterrupt):
        raise
    except BaseException as error:  # SystemExit too: the kernel stays alive
        outcome.error = _error(function, error)
    if returned is not None:
        returned.append(live)
    pairs = enumerate(zip(args, fresh, strict=True))
    outcome.changed = [(i, b) for i, (a, b) in pairs if not array_equal(a, b)]
    return outcome


def _copy(x):
    return x.copy() if isinstance(x, np.ndarray) else x


def _plain(x):
    """A copy that is data and nothing else; None if there is none."""
    for kind in (bool, int, float, str):
        if isinstance(x, kind):
            return kind(x)
    if isinstance(x, (np.ndarray, np.generic)):
        return np.array(x) if x.dtype.kind in "biufcUS" else None
    if isinstance(x, (list, tuple)):
        return [*map(_item, x)] if isinstance(x, list) else (*map(_item, x),)
    return None


def _item(x):
    """An entry of a list, where NumPy's numbers look like Python's."""
    return x.item() if isinstance(x, np.generic) else repr(x) if _plain(x) is None else _plain(x)


def _error(function, error):
    file = getattr(getattr(function, "__code__", None), "co_filename", None)
    frames = [*traceback.walk_tb(error.__traceback__)]
    own = [i for i, (frame, _) in enumerate(frames) if frame.f_code.co_filename == file]
    found = Error(type(error).__name__, str(error)[:LONGEST])
    if own:
        frame, found.line = frames[own[-1]]
        found.source = linecache.getline(file, found.line).strip()
        arrays = [(name, x.shape) for name, x in frame.f_locals.items() if type(x) is np.ndarray]
        found.shapes = dict(arrays[:MANY])
        inner = [f for f, _ in frames[own[-1] + 1 :] if f.f_globals.get("__name__") == "helpers.numerics"]
        found.called = inner[0].f_code.co_name if inner else ""
    return found


def _describe(function, log):
    """Facts that can be seen without a call."""
    called, function = _unwrapped(function, ""), _unwrapped(function)
    code = getattr(function, "__code__", None)
    if code is None:
        log.is_thin, log.uses = True, _ufuncs([function])
        return
    steps = [*dis.get_instructions(code)]
    operations = [step.opname for step in steps]
    log.is_stub = {*operations} <= IDLE
    used = {name for step in steps for name in step.argrepr.split(", ")}
    log.unused = [name for name in code.co_varnames[: code.co_argcount] if name not in used]
    calls = [name for name in operations if name.startswith(("CALL", "BINARY", "COMPARE", "FOR_", "UNARY"))]
    log.is_thin = _is_of_library(code) or [*map(CALLS.__contains__, calls)] == [True]
    log.uses.update(_ufuncs(_globals(function, steps)))
    tuples = [x for x in code.co_consts if isinstance(x, tuple)]
    log.keywords = [name for names in tuples for name in names if isinstance(name, str)]
    source, shown = _source(code), getattr(called, "__code__", None)
    log.source = source if shown is code else _source(shown) if shown else ""
    log.is_stale = _is_stale(function, source)


def _unwrapped(function, mark="__wrapped__"):
    """What is called below partial, and below what functools.wraps marks; mark="": not below that, as anyone
    can write it."""
    for _ in range(100):
        is_partial = type(function) is functools.partial
        inner = function.func if is_partial else getattr(function, mark, None)
        if not callable(inner):
            break
        function = inner
    return function


def _source(code):
    """The statement that made a function, as it stands in its cell; "" where there is no cell. UNKNOWN where
    compiling the cell does not give this very function."""
    text, line = "".join(own_lines(code.co_filename)), code.co_firstlineno
    if not text:
        return ""
    try:
        tree = own_parse(text)
        made = next(x for x in own_walk(tree) if isinstance(x, FUNCTIONS) and _first(x) == line)
        alone = ast.Module([x for x in tree.body if _first(x) <= line <= x.end_lineno], [])  # as IPython does
        compiled = [own_compile(one, "", "exec", code.co_flags & FUTURE, True) for one in (text, alone)]
    except (SyntaxError, ValueError, StopIteration):
        return UNKNOWN
    if not any(code in inside(one) for one in compiled):
        return UNKNOWN
    return "".join(text.splitlines(True)[line - 1 : made.end_lineno])


def _first(node):
    """The line at which a node begins, with its decorators."""
    return min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", ()))])


def _is_of_library(code):
    return any(folder in code.co_filename for folder in LIBRARIES)


def _is_stale(function, source):
    """Whether a later cell holds this function's name or docstring, and yet did not replace it: it stopped
    before the `def`, or gives another name. `In` is a notebook's list of cells; the last of them runs now."""
    cells = function.__globals__.get("In", [])[:-1]
    home = [i for i, cell in enumerate(cells) if f"{source.strip()}\n" in f"{cell}\n"]
    marks = [f"def {function.__name__}(", *(function.__doc__ or "").strip().splitlines()[:1]]
    return bool(home) and any(mark in cell for cell in cells[home[-1] + 1 :] for mark in marks)


def _globals(function, steps):
    """The globals that the code loads, and what it may take from modules among them."""
    names = {step.argval for step in steps if step.opname in ("LOAD_ATTR", "LOAD_METHOD")}
    things = [function.__globals__.get(step.argval) for step in steps if step.opname == "LOAD_GLOBAL"]
    for thing in things:
        if inspect.ismodule(thing) and thing is not np:
            things += [value for name, value in vars(thing).items() if name in names and value not in things]
    return things


def _ufuncs(things):
    """Those that are not NumPy's, which no frame shows: SciPy makes them."""
    ufuncs = [thing for thing in things if isinstance(thing, np.ufunc)]
    return {x.__name__: "scipy.special" for x in ufuncs if OWN[np].get(x.__name__) is not x}


@contextlib.contextmanager
def _watched(function, uses):
    """Put the functions that are called meanwhile into `uses`, whatever their names are here. What a lesson's
    own function calls in its turn is not told."""
    own = getattr(function, "__code__", None)

    def look(frame, event, _):
        module, caller = (str(f.f_globals.get("__name__")) if f else "" for f in (frame, frame.f_back))
        root, code = module.partition(".")[0], frame.f_code
        is_helper = root == "helpers" and not caller.startswith("helpers")
        is_ours = is_helper or root == "__main__" and code is not own
        if event == "call" and len(uses) < 200 and (is_ours or root != "numpy" and _is_of_library(code)):
            uses.setdefault(code.co_name, module)

    before = sys.getprofile()
    sys.setprofile(look)
    try:
        yield
    finally:
        sys.setprofile(before)


@contextlib.contextmanager
def quiet():
    """No warnings and nothing on the screen: nbgrader takes any word on stderr for a failure."""
    output = io.StringIO()
    with contextlib.ExitStack() as stack:
        stack.enter_context(warnings.catch_warnings())
        stack.enter_context(np.errstate(all="ignore"))
        stack.enter_context(contextlib.redirect_stdout(output))
        stack.enter_context(contextlib.redirect_stderr(io.StringIO()))
        warnings.simplefilter("ignore")
        yield output


def put_back():
    """Undo assignments to NumPy's public names, and return those names."""
    changed = [
        (module, name)
        for module, own in OWN.items()
        for name, value in own.items()
        if vars(module).get(name) is not value
    ]
    for module, name in changed:
        setattr(module, name, OWN[module][name])
    return [f"{module.__name__}.{name}".replace("numpy", "np", 1) for module, name in changed]
