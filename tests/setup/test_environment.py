"""What set-up promises: an environment that works survives what happens, and a failure says what was seen.

Most of it happens in a small course with installers that are fakes; one test sets the real course up.
"""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat
import pytest

from backstage.commands import test as test_command
from backstage.setup import environment
from conftest import NOTEBOOKS
from small_course import ROOT, Course, installed_uv

pytestmark = pytest.mark.infrastructure

posix = pytest.mark.skipif(os.name == "nt", reason="signals, users and permissions of POSIX")
KEPT = "The environment that was there works: it is kept and used."
MEND = "Mend that and run the same command again."


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A small course that is set up: the others are copies of it."""
    course = Course(tmp_path_factory.mktemp("small") / "course").write()
    code, output, told = course.run("say")
    assert code == 0 and output.startswith("1.0") and "Ready" in told, told
    return course


@pytest.fixture
def bare(tmp_path):
    """A small course without an environment."""
    return Course(tmp_path / "course").write()


@pytest.fixture
def course(template, tmp_path):
    """A small course that is ready."""
    return template.copy(tmp_path / "course")


def wait_for_phase(course, phase, seconds=120):
    """Wait until an installer writes into the new environment, and the old one lies beside it."""
    end = time.monotonic() + seconds
    begun = f"lib/*/site-packages/{phase}.begun"
    while not ((course.folder / ".vold").exists() and list(course.venv.glob(begun))):
        assert time.monotonic() < end
        time.sleep(0.02)


def other_python():
    """Another Python of those that this machine may have, or None."""
    names = [f"python3.{minor}" for minor in range(11, 20) if minor != sys.version_info.minor]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    candidates = [shutil.which(name) for name in names]
    candidates += [str(path) for name in names for path in pyenv.glob(f"versions/*/bin/{name}")]
    ask = ["-c", "import ensurepip"]
    works = (
        path
        for path in candidates
        if path and subprocess.run([path, *ask], stderr=subprocess.DEVNULL).returncode == 0
    )
    return next(works, None)


# Never without an environment


def new_lock(course):
    course.lock("2.0")


def new_lock_that_lessons_cannot_import(course):
    course.lock("2.0")
    (course.folder / "helpers/sliders.py").write_text("import tiny\nassert tiny.VERSION == '1.0', 'so new'")


def killed_between_two_folders(course):
    course.venv.rename(course.folder / ".vold")


def damage(course):
    (next(course.venv.glob("[Ll]ib/**/site-packages")) / "tiny.py").write_text("raise ImportError('damaged')")


def move(course):
    course.folder = course.folder.rename(course.folder.with_name("moved"))
    course.venv = course.folder / ".venv"


def lose_python(course):
    for link in course.venv.glob("bin/python*"):
        link.unlink()


def reach_by_a_link(course):
    (link := course.folder.with_name("link")).symlink_to(course.folder)
    course.folder = link


FAILS = {"SMALL_ERROR": "dns error"}


@pytest.mark.parametrize(
    "change, variables, version, told",
    [
        (lambda course: None, {}, "1.0", []),
        (lambda course: None, FAILS, "1.0", []),
        (killed_between_two_folders, FAILS, "1.0", []),
        (new_lock, {}, "2.0", ["[1/3]", "Ready"]),
        (new_lock, FAILS, "1.0", ["dns error", "Check the network", KEPT]),
        (new_lock, {**FAILS, "SMALL_FAILS": "uv"}, "2.0", ["dns error", "pip tries", "Ready"]),
        (new_lock_that_lessons_cannot_import, {}, "1.0", ["so new", KEPT]),
        (move, {}, "1.0", ["Ready"]),
        (move, FAILS, "1.0", [KEPT]),
        pytest.param(reach_by_a_link, {}, "1.0", [], marks=posix),
        pytest.param(lose_python, {}, "1.0", ["Ready"], marks=posix),
    ],
)
def test_whatever_happens_a_command_finds_the_best_environment_there_is(
    course, change, variables, version, told
):
    change(course)
    code, output, said = course.run("say", **variables)
    assert (code, output[:3]) == (0, version) and all(part in said for part in told), said
    assert bool(said) == bool(told) and ("Ready" in said) == ("Ready" in told)
    assert not (course.folder / ".vold").exists()


@posix
@pytest.mark.parametrize(
    "phase, end",
    [("ensurepip", signal.SIGINT), ("pip", signal.SIGKILL), ("uv", signal.SIGKILL), ("uv", signal.SIGINT)],
)
def test_set_up_that_is_stopped_leaves_the_old_environment_and_the_next_one_ends(course, phase, end):
    course.lock("2.0")
    process = course.start("say", SMALL_PAUSE=phase)
    wait_for_phase(course, phase)
    os.killpg(process.pid, end)
    assert "Traceback" not in process.communicate()[1]
    assert end == signal.SIGKILL or not (course.folder / ".vold").exists()
    assert course.run("say", SMALL_ERROR="not today")[1].startswith("1.0")
    assert course.run("say")[1].startswith("2.0") and not (course.folder / ".vold").exists()


@posix
def test_next_set_up_waits_for_what_a_killed_one_has_started(course):
    course.lock("2.0")
    process = course.start("say", SMALL_PAUSE="uv")
    wait_for_phase(course, "uv")
    os.kill(process.pid, signal.SIGKILL)
    second = course.start("say")
    assert "waiting for it" in second.stderr.readline()
    os.killpg(process.pid, signal.SIGKILL)
    assert second.communicate()[0].startswith("2.0")
    process.communicate()


def test_two_set_ups_at_once_make_one_environment(bare):
    both = [bare.start("say") for _ in range(2)]
    told = [process.communicate(timeout=300)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert sorted("Ready" in text for text in told) == [False, True]
    assert sum("waiting for it" in text for text in told) == 1


@posix
def test_environment_that_is_a_link_is_replaced_and_what_it_leads_to_stays(course, tmp_path):
    course.venv.rename(tmp_path / "elsewhere")
    course.venv.symlink_to(tmp_path / "elsewhere")
    for version in ["2.0", "3.0"]:
        course.lock(version)
        assert course.run("say")[1].startswith(version)
    assert (tmp_path / "elsewhere/stamp").exists() and not course.venv.is_symlink()


@contextlib.contextmanager
def running(course):
    """A command that runs meanwhile, and that imports one thing more before it ends well."""
    process = course.start("say", "on")
    assert process.stdout.readline().startswith("1.0")
    try:
        yield
    finally:
        told = process.communicate()[1]
    assert told == "" and process.returncode == 0


@pytest.mark.skipif(other_python() is None, reason="there is no second Python")
def test_second_python_uses_the_environment_of_the_first_until_repair(course):
    own = sys.version.split()[0]
    with running(course):
        assert course.run("say", python=other_python()) == (0, f"1.0 {own}\n", "")
    assert course.run("repair", python=other_python())[0] == 0
    code, output, told = course.run("say")
    assert code == 0 and output.startswith("1.0") and own not in output and told == ""


def test_environment_in_use_is_not_pulled_away(course):
    with running(course):
        course.lock("2.0")
        code, output, told = course.run("say")
        assert code == 0 and output.startswith("1.0") and "still runs from .venv" in told and KEPT in told
        assert course.run("repair")[0] == 1
    assert course.run("say")[1].startswith("2.0")


@posix
def test_environment_stays_in_use_while_the_command_outlives_run_py(course):
    process = course.start("say", "on")
    process.stdout.readline()
    os.kill(process.pid, signal.SIGKILL)
    assert "still runs from .venv" in course.run("repair")[2]
    process.communicate()


def test_repair_mends_what_was_damaged_or_leaves_it_as_it_was(course):
    damage(course)
    assert "damaged" in course.run("say")[2]
    code, _, told = course.run("repair", SMALL_ERROR="not today")
    assert code == 1 and "not today" in told and "is as it was" in told
    assert course.run("repair")[0] == 0 and course.run("say")[1].startswith("1.0")


def test_course_is_stored_as_it_was_handed_out_before_a_lesson_is_opened(bare):
    lesson = bare.folder / "notebooks/01_a.ipynb"
    lesson.parent.mkdir()
    for text in ["as handed out", "with answers"]:
        lesson.write_text(text)
        assert bare.run("repair")[0] == 0
        assert (bare.folder / ".original/notebooks/01_a.ipynb").read_text() == "as handed out"


# What others have set


REDIRECTED = (
    "PIP_PREFIX PIP_TARGET PIP_ROOT PIP_DRY_RUN PIP_REQUIRE_VIRTUALENV UV_TARGET UV_SYSTEM_PYTHON UV_PYTHON"
    " UV_LINK_MODE UV_EXCLUDE_NEWER PYTHONPATH PYTHONHOME PYTHONOPTIMIZE PYTHONDONTWRITEBYTECODE"
    " PYTEST_ADDOPTS PYTEST_PLUGINS JUPYTER_PATH JUPYTERLAB_DIR MATPLOTLIBRC MPLBACKEND"
)
KEPT_VARIABLES = (
    "PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_FIND_LINKS PIP_NO_INDEX PIP_TRUSTED_HOST PIP_CERT PIP_CLIENT_CERT"
    " PIP_PROXY PIP_DEFAULT_TIMEOUT PIP_RETRIES PIP_CACHE_DIR PIP_NO_CACHE_DIR PIP_KEYRING_PROVIDER"
    " PIP_CONFIG_FILE UV_INDEX UV_DEFAULT_INDEX UV_INDEX_URL UV_INDEX_STRATEGY UV_INDEX_LOCAL_PASSWORD"
    " UV_FIND_LINKS UV_NATIVE_TLS UV_SYSTEM_CERTS UV_INSECURE_HOST UV_HTTP_TIMEOUT UV_CONCURRENT_DOWNLOADS"
    " UV_CACHE_DIR UV_NO_CACHE UV_OFFLINE UV_KEYRING_PROVIDER UV_CONFIG_FILE SSL_CERT_FILE HTTPS_PROXY"
    " PYTHONUTF8 PYTHONPYCACHEPREFIX JUPYTER_CONFIG_DIR"
)


def test_index_proxy_and_certificates_stay_and_what_redirects_goes():
    kept = environment.variables(dict.fromkeys(f"{REDIRECTED} {KEPT_VARIABLES}".split(), "x"))
    assert {name for name, value in kept.items() if value == "x"} == set(KEPT_VARIABLES.split())
    assert environment.variables({"PIP_USER": "1"})["PIP_USER"] == "0"


def test_foreign_modules_and_optimization_do_not_reach_a_command(course, tmp_path):
    (tmp_path / "tiny.py").write_text("raise SystemExit('foreign')")
    foreign = {"PYTHONPATH": str(tmp_path), "PYTHONOPTIMIZE": "2"}
    assert course.run("say", **foreign) == course.run("say")


def test_kernel_is_ours_whatever_lies_in_the_users_jupyter_folders(tmp_path):
    theirs = tmp_path / "kernels/python3"
    theirs.mkdir(parents=True)
    spec = {"argv": ["false"], "display_name": "theirs", "language": "python"}
    (theirs / "kernel.json").write_text(json.dumps(spec))
    own = {"JUPYTER_PATH": str(tmp_path), "JUPYTER_DATA_DIR": str(tmp_path), "JUPYTER_PREFER_ENV_PATH": "0"}
    ask = "from jupyter_client.kernelspec import get_kernel_spec as g; print(g('python3').argv[0])"
    first, second = [
        subprocess.check_output([sys.executable, "-c", ask], env=variables, text=True).strip()
        for variables in [os.environ | own, environment.variables(os.environ | own)]
    ]
    assert first == "false" and "python" in second


@pytest.mark.parametrize("stranger", ["helpers.py", "helpers/__init__.py", "exercises.py"])
def test_lesson_says_what_shadows_helpers_and_where_it_lies(tmp_path, stranger):
    path = tmp_path / stranger
    path.parent.mkdir(exist_ok=True)
    path.touch()
    code = "from helpers import check\nfrom helpers.plots import bars"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1
    assert re.search(rf"ImportError: .*{re.escape(str(path))}", done.stderr)


def line_starts(notebook, pattern):
    """What a pattern finds at the starts of lines of a lesson's code, in their order."""
    cells = [cell.source for cell in nbformat.read(notebook, 4).cells if cell.cell_type == "code"]
    return re.findall("^" + pattern, "\n".join(cells), re.MULTILINE)


def test_every_lesson_imports_check_first_of_ours(notebook):
    """Where another `helpers` is found, Python's message names its file then."""
    assert line_starts(notebook, "from helpers.*")[0].startswith("from helpers import check")


def test_set_up_tries_everything_that_lessons_import():
    wanted = {name for notebook in NOTEBOOKS for name in line_starts(notebook, r"(?:from|import) (\w+)")}
    ask = f"import sys; {environment.TRIAL}; print(*{wanted} - sys.modules.keys() - sys.stdlib_module_names)"
    done = subprocess.run([sys.executable, "-c", ask], cwd=ROOT, capture_output=True, text=True)
    assert (done.stdout.split(), done.returncode) == ([], 0)


# Folders and their names


@pytest.mark.parametrize("name", ["Zoë", "课程"])
def test_folder_with_any_name_is_found_in_every_encoding(template, tmp_path, name):
    course = template.copy(tmp_path / name)
    path = next(course.venv.glob("[Ll]ib/**/softmax-notebooks.pth"))
    assert (path.parent / path.read_text("ascii")).resolve() == course.folder.resolve()
    assert course.run("say", LC_ALL="C", PYTHONCOERCECLOCALE="0", PYTHONUTF8="0")[0] == 0


def test_real_course_is_set_up_in_a_folder_with_an_accent(tmp_path):
    """uv takes the packages from its cache, which the environment of these tests has filled."""
    folder = tmp_path / "Zoë 课程"
    for name in ["backstage", "helpers", "exercises", "questions"]:
        shutil.copytree(ROOT / name, folder / name)
    for name in ["run.py", "pyproject.toml", "requirements.lock"]:
        shutil.copy(ROOT / name, folder / name)
    (folder / "notebooks").mkdir()
    lesson = folder / "notebooks/01_lesson.ipynb"
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "outputs": [], "execution_count": None}
    cell["source"] = "from helpers import check\nfrom helpers.sliders import explore\nexplore.__module__"
    lesson.write_text(json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    handed_out, lock, uv = lesson.read_bytes(), folder / "requirements.lock", installed_uv(tmp_path)
    block = re.compile(r"^uv==(.*\\\n)+.*\n", re.MULTILINE)
    lock.write_text(block.sub(lambda _: uv, lock.read_text()))
    (tmp_path / "pip.conf").write_text("[global]\nuser = true\n")
    redirected = {"PIP_CONFIG_FILE": str(tmp_path / "pip.conf"), "PIP_PREFIX": str(tmp_path / "x")}
    offline = {"PIP_FIND_LINKS": str(tmp_path), "PIP_NO_INDEX": "1", "UV_OFFLINE": "1"}
    code, output, told = Course(folder, **redirected, **offline).run("refresh")
    assert code == 0 and "refreshed" in output and "Ready" in told and "pip tries" not in told, told
    assert "helpers.sliders" in lesson.read_text() and not (tmp_path / "x").exists()
    assert (folder / ".original/notebooks/01_lesson.ipynb").read_bytes() == handed_out
    copied = next((folder / ".venv").glob("[Ll]ib/**/site-packages/cycler/__init__.py"))
    assert copied.stat().st_nlink == 1  # nothing is shared with uv's cache


# Folders of others, and failures

NOBODY = 65534


@pytest.mark.skipif(os.name == "nt" or os.getuid() != 0, reason="only root can act as another user")
def test_course_of_someone_else_is_used_as_it_is():
    """In a folder that everybody can read, with a Python that everybody can start."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        course = Course(Path(folder) / "course").write()
        assert course.run("say", python="/usr/bin/python3")[0] == 0

        def as_nobody(*arguments):
            other = {"python": "/usr/bin/python3", "user": NOBODY, "HOME": "/nonexistent"}
            code, output, told = course.run(*arguments, **other)
            first, *others = told.splitlines()
            assert first == "/nonexistent cannot be written: what Jupyter stores there is not kept."
            return code, output[:3], others

        assert as_nobody("say") == (0, "1.0", [])
        course.lock("2.0")
        code, output, (problem, advice, kept) = as_nobody("say")
        assert (
            (code, output, kept) == (0, "1.0", KEPT) and "Permission denied" in problem and ".venv" in problem
        )
        aside = course.venv.rename(course.folder / "aside")
        code, output, (problem, advice, mend) = as_nobody("say")
        assert (code, mend) == (1, MEND) and "copy of the course that is yours" in advice
        aside.rename(course.venv)
        for path in [course.folder, course.folder / ".venv.lock"]:
            os.chown(path, NOBODY, NOBODY)
        code, output, (problem, advice, _) = as_nobody("repair")
        assert code == 1 and "not permitted" in problem and "another user" in advice
        assert (course.venv / "stamp").exists()


def test_what_a_test_run_remembers_goes_elsewhere_if_the_folder_is_read_only(monkeypatch):
    told = []
    monkeypatch.setattr(test_command.os, "access", lambda path, mode: False)
    monkeypatch.setattr(test_command.pytest, "main", lambda arguments: told.extend(arguments) or 3)
    monkeypatch.setenv("HYPOTHESIS_STORAGE_DIRECTORY", "")
    assert test_command.main(["-x"]) == 3
    assert told[:2] == ["-o", "cache_dir=" + os.environ["HYPOTHESIS_STORAGE_DIRECTORY"]] and told[2] == "-x"


@pytest.mark.parametrize("make", [Path.touch, lambda path: path.symlink_to("nowhere")], ids=["file", "link"])
def test_venv_that_is_no_folder_is_named_and_left_alone(bare, make):
    make(bare.venv)
    code, _, told = bare.run("say")
    assert code == 1 and ".venv'" in told and "it is not a folder" in told and not bare.venv.is_dir()


def test_python_without_ensurepip_is_told(bare):
    code, _, told = bare.run("say", SMALL_FAILS="ensurepip", SMALL_ERROR="No module named ensurepip")
    assert code == 1 and told.endswith(f"python3-venv\n{MEND}\n")
