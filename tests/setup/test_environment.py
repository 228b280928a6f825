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
from backstage.setup import environment, surroundings
from conftest import NOTEBOOKS
from small_course import ROOT, Course, installed_uv

pytestmark = pytest.mark.infrastructure

posix = pytest.mark.skipif(os.name == "nt", reason="signals, users and permissions of POSIX")
KEPT = "The environment that was there works: it is kept and used."


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


def leftovers(course):
    return [path.name for path in course.folder.iterdir() if path.name in [".vnew", ".vold"]]


# Never without an environment


def test_set_up_is_done_once(course):
    assert course.run("say") == (0, course.run("say")[1], "")


def test_changed_lock_makes_a_new_environment(course):
    course.lock("2.0")
    code, output, told = course.run("say")
    assert code == 0 and output.startswith("2.0") and "Ready" in told and leftovers(course) == []


def test_changed_lock_without_a_network_keeps_and_uses_the_old_environment(course):
    course.lock("2.0")
    code, output, told = course.run("say", SMALL_ERROR="dns error")
    assert code == 0 and output.startswith("1.0") and KEPT in told and leftovers(course) == []
    assert "Ready" not in told and "check the network" in told


def test_new_environment_that_cannot_import_what_lessons_need_is_not_taken(course):
    course.lock("2.0")
    (course.folder / "helpers/sliders.py").write_text("import tiny\nassert tiny.VERSION == '1.0', 'so new'")
    code, output, told = course.run("say")
    assert code == 0 and output.startswith("1.0") and "so new" in told and KEPT in told
    assert "Ready" not in told


@posix
@pytest.mark.parametrize("phase", ["ensurepip", "pip", "uv"])
def test_killed_set_up_leaves_the_old_environment_and_the_next_one_mends_it(course, phase):
    course.lock("2.0")
    process = course.start("say", SMALL_PAUSE=phase)
    wait_for(lambda: list(course.folder.glob(f".vnew/lib/*/site-packages/{phase}.begun")))
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert course.run("say", SMALL_ERROR="not today")[1].startswith("1.0")
    assert course.run("say")[1].startswith("2.0") and leftovers(course) == []


@posix
def test_next_set_up_waits_for_what_a_killed_one_has_started(course):
    course.lock("2.0")
    process = course.start("say", SMALL_PAUSE="uv")
    wait_for(lambda: list(course.folder.glob(".vnew/lib/*/site-packages/uv.begun")))
    os.kill(process.pid, signal.SIGKILL)
    second = course.start("say")
    assert "waiting for it" in second.stderr.readline()
    os.killpg(process.pid, signal.SIGKILL)
    assert second.communicate()[0].startswith("2.0")
    process.communicate()


def wait_for(condition, seconds=120):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


@posix
def test_killed_between_the_two_renames_gets_its_environment_back(course):
    course.venv.rename(course.folder / ".vold")
    code, output, told = course.run("say")
    assert code == 0 and output.startswith("1.0") and "[1/3]" not in told and leftovers(course) == []


def test_two_set_ups_at_once_make_one_environment(bare):
    both = [bare.start("say") for _ in range(2)]
    told = [process.communicate(timeout=300)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert sorted("Ready" in text for text in told) == [False, True]
    assert sum("waiting for it" in text for text in told) == 1


@posix
def test_folder_reached_by_a_link_is_the_same_folder(course, tmp_path):
    (tmp_path / "link").symlink_to(course.folder)
    code, output, told = course.run("say", folder=tmp_path / "link")
    assert code == 0 and output.startswith("1.0") and told == ""


def other_python():
    """Another Python of those that this machine may have, or None."""
    names = [f"python3.{minor}" for minor in range(11, 20) if minor != sys.version_info.minor]
    candidates = [shutil.which(name) for name in names]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    candidates += [str(path) for name in names for path in pyenv.glob(f"versions/*/bin/{name}")]
    return next((path for path in filter(None, candidates) if starts(path)), None)


def starts(path):
    return subprocess.run([path, "-c", "import venv, ensurepip"], capture_output=True).returncode == 0


@pytest.mark.skipif(other_python() is None, reason="there is no second Python")
def test_second_python_leaves_a_running_command_and_its_environment_alone(course):
    with running(course, "3"):
        code, output, told = course.run("say", python=other_python())
        assert code == 0 and told == ""
        assert output.split()[1] == sys.version.split()[0]


@contextlib.contextmanager
def running(course, seconds):
    """A command that runs, and that imports one thing more before it ends well."""
    process = course.start("say", seconds)
    assert process.stdout.readline().startswith("1.0")
    try:
        yield
    finally:
        told = process.communicate()[1]
    assert told == "" and process.returncode == 0


def test_environment_in_use_is_not_pulled_away(course):
    with running(course, "4"):
        course.lock("2.0")
        code, output, told = course.run("say")
        assert code == 0 and output.startswith("1.0") and "still runs from .venv" in told and KEPT in told
        assert course.run("repair")[0] == 1
    assert course.run("say")[1].startswith("2.0")


@posix
def test_environment_stays_in_use_while_the_command_outlives_run_py(course):
    process = course.start("say", "4")
    process.stdout.readline()
    os.kill(process.pid, signal.SIGKILL)
    assert "still runs from .venv" in course.run("repair")[2]
    process.communicate()


def test_repair_mends_what_was_damaged(course):
    (next(course.venv.glob("[Ll]ib/**/site-packages")) / "tiny.py").write_text("raise ImportError('damaged')")
    assert "damaged" in course.start("say").communicate()[1]
    code, _, told = course.run("repair")
    assert code == 0 and "Ready" in told
    assert course.run("say")[1].startswith("1.0")


def test_moved_folder_is_set_up_again_or_used_as_it_is(course, tmp_path):
    course.folder.rename(tmp_path / "moved")
    moved = Course(tmp_path / "moved")
    code, output, told = moved.run("say", SMALL_ERROR="none today")
    assert code == 0 and output.startswith("1.0") and KEPT in told


@posix
def test_scripts_name_the_final_place(course):
    course.run("repair")
    scripts = [path for path in (course.venv / "bin").glob("[ap]*") if not path.is_symlink()]
    assert any(b".venv" in path.read_bytes() for path in scripts)
    assert not any(b".vnew" in path.read_bytes() for path in [course.venv / "pyvenv.cfg", *scripts])


# What others have set


@pytest.mark.parametrize(
    "name, value",
    [("PIP_PREFIX", "x"), ("PIP_TARGET", "x"), ("PIP_USER", "1"), ("PIP_ROOT", "x"), ("PIP_DRY_RUN", "1")],
)
def test_redirected_pip_is_not_followed(name, value):
    assert name not in surroundings.variables({name: value})


def test_index_proxy_and_certificates_stay():
    kept = {
        "PIP_INDEX_URL": "a",
        "UV_INDEX": "b",
        "PIP_CERT": "c",
        "SSL_CERT_FILE": "d",
        "HTTPS_PROXY": "e",
        "UV_CACHE_DIR": "f",
    }
    assert kept.items() <= surroundings.variables(kept).items()
    listing = "global.index-url='i'\ninstall.target='/t'\n:env:.cert='c'\nglobal.trusted-host='h'\n"
    expected = {"PIP_INDEX_URL": "i", "PIP_TRUSTED_HOST": "h", "PIP_CONFIG_FILE": os.devnull}
    assert surroundings.of_pip(listing, {}) == expected


def test_foreign_helpers_plugins_and_optimization_do_not_reach_a_command(course, tmp_path):
    (tmp_path / "tiny.py").write_text("raise SystemExit('foreign')")
    foreign = {"PYTHONPATH": str(tmp_path), "PYTHONHOME": str(tmp_path), "PYTHONOPTIMIZE": "2"}
    foreign |= {"PYTEST_ADDOPTS": "--x", "PYTEST_PLUGINS": "foreign"}
    del foreign["PYTHONHOME"]  # it would stop the Python that starts run.py
    assert course.run("say", **foreign)[:2] == course.run("say")[:2]
    assert foreign.keys() & surroundings.variables(foreign | {"PYTHONHOME": "x"}).keys() == set()
    assert "PYTHONHOME" not in surroundings.variables({"PYTHONHOME": "x"})


def test_what_is_imported_stays_compiled_whatever_the_user_has_set(course):
    """Or every kernel would compile all that it imports anew, and so would every sandbox of grading."""
    course.run("repair")
    course.run("say", PYTHONDONTWRITEBYTECODE="1")
    assert [*course.venv.glob("[Ll]ib/**/site-packages/__pycache__/tiny.*.pyc")]


def test_foreign_pytest_plugin_does_not_end_the_tests(tmp_path):
    about = tmp_path / "foreign-1.0.dist-info"
    about.mkdir()
    (about / "entry_points.txt").write_text("[pytest11]\nforeign = foreign\n")
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: foreign\nVersion: 1.0\n")
    (tmp_path / "foreign.py").write_text("def pytest_no_such_hook(): pass\n")
    (tmp_path / "helpers.py").write_text("raise ImportError('foreign')\n")
    command = [
        sys.executable,
        "-m",
        "backstage.commands",
        "test",
        "--collect-only",
        "-n0",
        "tests/helpers/test_plots.py",
    ]
    theirs = os.environ | {"PYTHONPATH": str(tmp_path)}
    for own, ends in [(theirs, False), (surroundings.variables(theirs), True)]:
        done = subprocess.run(command, cwd=ROOT, env=own, capture_output=True, text=True)
        assert (done.returncode == 0) == ends, done.stderr


def test_kernel_is_ours_whatever_lies_in_the_users_jupyter_folders(tmp_path):
    theirs = tmp_path / "kernels/python3"
    theirs.mkdir(parents=True)
    spec = {"argv": ["false"], "display_name": "theirs", "language": "python"}
    (theirs / "kernel.json").write_text(json.dumps(spec))
    own = {"JUPYTER_PATH": str(tmp_path), "JUPYTER_DATA_DIR": str(tmp_path), "JUPYTER_PREFER_ENV_PATH": "0"}
    ask = "from jupyter_client.kernelspec import get_kernel_spec as g; print(g('python3').argv[0])"
    found = [
        subprocess.run([sys.executable, "-c", ask], env=own, capture_output=True, text=True).stdout.strip()
        for own in [os.environ | own, surroundings.variables(os.environ | own)]
    ]
    assert found[0] == "false" and "python" in found[1]


@pytest.mark.parametrize("stranger", ["helpers.py", "helpers/__init__.py", "explorer.py"])
def test_lesson_says_what_shadows_helpers_and_where_it_lies(tmp_path, stranger):
    path = tmp_path / stranger
    path.parent.mkdir(exist_ok=True)
    path.touch()
    code = "from exercises import check\nfrom helpers.plots import bars"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1
    assert re.search(rf"ImportError: .*this comes first: {re.escape(str(path))}\.", done.stderr)


def imported(notebook):
    """The modules that a lesson imports, in its order, without what lies inside them."""
    cells = [cell.source for cell in nbformat.read(notebook, 4).cells if cell.cell_type == "code"]
    return re.findall(r"^(?:from|import) (\w+)", "\n".join(cells), re.MULTILINE)


def test_every_lesson_imports_the_exercises_before_helpers(notebook):
    names = imported(notebook)
    assert names.index("exercises") < names.index("helpers")


def test_set_up_tries_everything_that_lessons_import():
    wanted = {name for notebook in NOTEBOOKS for name in imported(notebook)}
    ask = f"import sys; {environment.TRIAL}; print(*{wanted} - sys.modules.keys() - sys.stdlib_module_names)"
    done = subprocess.run([sys.executable, "-c", ask], cwd=ROOT, capture_output=True, text=True)
    assert (done.stdout.split(), done.returncode) == ([], 0)


# Folders and their names


def path_lines(venv):
    """What .pth files hold beside code, as bytes."""
    for path in [*venv.glob("lib/*/site-packages/*.pth"), *venv.glob("Lib/site-packages/*.pth")]:
        yield from (line for line in path.read_bytes().splitlines() if not line.startswith((b"import", b"#")))


@pytest.mark.parametrize("name", ["Zoë", "课程"])
def test_folder_with_any_name_is_found_in_every_encoding(template, tmp_path, name):
    course = template.copy(tmp_path / name)
    lines = list(path_lines(course.venv))
    for encoding in ["cp1252", "cp932", "utf-8"]:
        site_packages = next(course.venv.glob("[Ll]ib/**/site-packages"))
        assert [(site_packages / line.decode(encoding)).resolve() for line in lines] == [
            course.folder.resolve()
        ]
    assert course.run("say", LC_ALL="C", PYTHONCOERCECLOCALE="0", PYTHONUTF8="0")[0] == 0


def test_real_course_is_set_up_in_a_folder_with_an_accent(tmp_path):
    """uv takes the packages from its cache, which the environment of these tests has filled."""
    folder = tmp_path / "Zoë 课程"
    for name in ["commands", "helpers", "explorer", "exercises"]:
        shutil.copytree(ROOT / name, folder / name)
    for name in ["run.py", "pyproject.toml", "requirements.lock"]:
        shutil.copy(ROOT / name, folder / name)
    (folder / "notebooks").mkdir()
    lesson = folder / "notebooks/lesson.ipynb"
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "outputs": [], "execution_count": None}
    cell["source"] = "from exercises import check\nfrom helpers.sliders import explore\nexplore.__module__"
    lesson.write_text(json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    lock = folder / "requirements.lock"
    uv = installed_uv(tmp_path)
    block = re.compile(r"^uv==(.*\\\n)+.*\n", re.MULTILINE)
    lock.write_text(block.sub(lambda _: uv, lock.read_text()))
    (tmp_path / "pip.conf").write_text(f"[install]\ntarget = {tmp_path}/t\n[global]\nuser = true\n")
    redirected = {"PIP_CONFIG_FILE": str(tmp_path / "pip.conf"), "PIP_PREFIX": str(tmp_path / "x")}
    offline = {"PIP_FIND_LINKS": str(tmp_path), "PIP_NO_INDEX": "1", "UV_OFFLINE": "1"}
    real = Course(folder, **redirected, **offline, PIP_USER="1")
    code, output, told = real.run("refresh")
    assert code == 0 and "refreshed" in output and "Ready" in told, told
    assert "helpers.sliders" in lesson.read_text()
    assert not (tmp_path / "x").exists() and not (tmp_path / "t").exists()
    copied = next((folder / ".venv").glob("[Ll]ib/**/site-packages/cycler/__init__.py"))
    assert copied.stat().st_nlink == 1  # nothing is shared with uv's cache


# Folders of others

NOBODY = 65534
as_another_user = pytest.mark.skipif(
    os.name == "nt" or os.getuid() != 0, reason="only root can act as another user"
)


@pytest.fixture(scope="module")
def shared():
    """A ready course in a folder that everybody can read, with a Python that everybody can start."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        course = Course(Path(folder) / "course").write()
        assert course.run("say", python="/usr/bin/python3")[0] == 0
        yield course


def as_nobody(course, *arguments, **variables):
    code, output, told = course.run(
        *arguments, python="/usr/bin/python3", user=NOBODY, HOME="/nonexistent", **variables
    )
    assert "Traceback" not in told
    return code, output, told.splitlines()


@as_another_user
def test_course_of_someone_else_runs_for_who_can_only_read_it(shared):
    code, output, told = as_nobody(shared, "say")
    assert code == 0 and output.startswith("1.0")
    assert told == ["/nonexistent cannot be written: what Jupyter stores there is not kept."]


@as_another_user
def test_course_of_someone_else_that_changed_is_used_as_it_is(shared):
    shared.lock("2.0")
    code, output, told = as_nobody(shared, "say")
    shared.lock("1.0")
    assert code == 0 and output.startswith("1.0")
    assert told[1].endswith(".venv.lock cannot be written: Permission denied.") and told[2] == KEPT


@as_another_user
def test_folder_that_cannot_be_written_is_named(shared):
    aside = shared.venv.rename(shared.folder / "aside")
    code, _, told = as_nobody(shared, "say")
    aside.rename(shared.venv)
    assert (
        code == 1
        and "cannot be written" in told[1]
        and told[2] == "Mend that and run the same command again."
    )


@as_another_user
def test_environment_of_another_user_is_named_and_left_alone(shared):
    for path in [shared.folder, shared.folder / ".venv.lock"]:
        os.chown(path, NOBODY, NOBODY)
    code, _, told = as_nobody(shared, "repair")
    assert code == 1 and "belongs to another user" in told[1]


def test_what_a_test_run_remembers_goes_elsewhere_if_the_folder_is_read_only(monkeypatch):
    told = []
    monkeypatch.setattr(test_command.os, "access", lambda path, mode: False)
    monkeypatch.setattr(test_command.pytest, "main", lambda arguments: told.extend(arguments) or 3)
    monkeypatch.setenv("HYPOTHESIS_STORAGE_DIRECTORY", "")
    assert test_command.main(["-x"]) == 3
    assert told[:2] == ["-o", "cache_dir=" + os.environ["HYPOTHESIS_STORAGE_DIRECTORY"]] and told[2] == "-x"


# Failures


def test_venv_that_is_a_file_is_named(bare):
    bare.venv.touch()
    code, _, told = bare.run("say")
    assert code == 1 and ".venv is not a folder" in told and bare.venv.is_file()


@posix
def test_venv_that_is_a_link_to_nowhere_is_named(bare):
    bare.venv.symlink_to("nowhere")
    assert ".venv is not a folder" in bare.run("say")[2]


@pytest.mark.parametrize(
    "printed, sentence",
    [
        ("error: failed to copy: No space left on device (os error 28)", "The disk is full."),
        ("error: client error (Connect): dns error: failed to lookup", "could not be fetched"),
        ("THESE PACKAGES DO NOT MATCH THE HASHES FROM x; do not match the hashes", "requirements.lock lists"),
        ("something new", "The lines above say what went wrong."),
    ],
)
def test_failure_says_what_was_seen(course, printed, sentence):
    code, _, told = course.run("repair", SMALL_ERROR=printed)
    assert code == 1 and printed in told and "is as it was" in told
    assert sentence in told and course.run("say")[0] == 0


def test_python_without_ensurepip_is_told(course):
    hide = (
        "import runpy, sys; sys.modules['ensurepip'] = None; sys.argv = ['run.py', 'repair'];"
        "sys.path.insert(0, '.'); runpy.run_path('run.py', run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", hide], cwd=course.folder, capture_output=True, text=True)
    assert done.returncode == 1 and "python3-venv" in done.stderr and "Traceback" not in done.stderr
