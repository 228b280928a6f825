"""The site: pages from files, without a network, that show and move what Python draws."""

import itertools
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from inspect import signature

import nbformat
import numpy as np
import pytest
from nbformat import v4

from backstage.asking import questions
from backstage.explorer.explorer import Explorer
from backstage.pages import recording, site
from browser import complaints_of, violations
from conftest import NOTEBOOKS, ROOT
from helpers.plots import bars, curve, heat
from helpers.sliders import drawing, placed

pytestmark = pytest.mark.infrastructure

PLAYED = ["01_softmax", "04_temperature", "08_text"]  # four sliders, two pictures, a field for texts
LIMITS = {"least": 4, "budget": 1}
ROLES = ["image", "SvgRoot"]  # what Chromium calls pictures for those who do not see them
IN_BOTH = ("index.html", "01_softmax.html")  # themes; elsewhere in the dark alone
STATES = 12  # of each recording, that are compared with Python's


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Write all pages; return their folder, and {lesson: [what Python makes of some moves of each picture]}.

    On pages that no test plays there are no pictures.
    """
    folder, found, record = tmp_path_factory.mktemp("site"), defaultdict(list), recording.recording

    def kept(explorer, *limits):
        made = record(explorer, *limits)
        found[path.stem].append(truth(explorer, made))
        return made

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recording, "recording", kept)
        for path in NOTEBOOKS:
            patch.setattr(site, "runs", recording.runs if path.stem in PLAYED else no_runs)
            text, problems = site.page(ROOT, path, NOTEBOOKS, *site.shown(path, **LIMITS))
            folder.joinpath(path.stem + ".html").write_text(text, "utf-8")
            assert problems == []
    text, problems = site.front(ROOT, NOTEBOOKS)
    folder.joinpath("index.html").write_text(text, "utf-8")
    assert problems == []
    return folder, found


@pytest.fixture(scope="module")
def folder(built):
    return built[0]


def no_runs(notebook, *_, **__):
    return [recording.Run([""] * sum(map(site.is_drawn, cell.get("outputs", [])))) for cell in notebook.cells]


def truth(explorer, made):
    """Move to some places, each control's chosen at random; return the places, the sentences, the artists."""
    every, rng = [], np.random.default_rng(0)
    for now, control in zip(explorer.controls, made["spec"]["controls"], strict=True):
        options = control.get("grid") or control.get("options") or [False, True]
        every.append(range(len(options)) if now["kind"] == "menu" else options)
    found = []
    for _ in range(STATES):
        places = [int(rng.integers(len(values))) for values in every]
        values = {c["name"]: v[i] for c, v, i in zip(explorer.controls, every, places, strict=True)}
        news = explorer.move(values)
        found.append((places, news["said"], [drawing.shown for drawing in explorer.drawings]))
    return found


@pytest.fixture(scope="module")
def tab(chromium):
    """A page without a network, and the list of what it complains of or asks of another machine."""
    context = chromium.new_context(offline=True, viewport={"width": 1200, "height": 800})
    page = context.new_page()
    yield page, complaints_of(page)
    context.close()


@pytest.fixture
def page(tab):
    page, complaints = tab
    yield page
    page.set_viewport_size({"width": 1200, "height": 800})
    assert complaints == []


# What moves

PUT = """(view, all) => view.querySelectorAll('[type=range], select, [type=checkbox]').forEach((node, i) => {
    const key = { range: 'value', checkbox: 'checked' }[node.type] ?? 'selectedIndex'
    node[key] = all[i]
    node.dispatchEvent(new Event('input'))
})"""
LOOK = """view => [...view.querySelectorAll('.pictures > div')].map(frame => frame.nodes.map(node => ({
    text: node.textContent,
    ...Object.fromEntries([...node.attributes].map(({ name, value }) => [name, value])),
})))"""


def until(node, text):
    """Wait until a node has this text."""
    seen = "([node, text]) => node.textContent === text"
    node.page.wait_for_function(seen, arg=[node.element_handle(), text])


def same(shown, true):
    """Whether an element on the page is the one that Python draws, but for a tenth of a pixel."""
    for name in true.keys() - {"tag", "clip", "href"}:
        got, wanted = shown[name], str(true[name])
        if name in ("d", "x", "y", "width", "height", "dy"):
            got, wanted = [np.array(re.findall(r"-?[\d.]+", text), float) for text in (got, wanted)]
            assert got == pytest.approx(wanted, abs=0.16)
        else:
            assert got == wanted
    return True


def compare(view, moves):
    """Make the moves on the page, and compare what it shows and says with Python's."""
    for places, said, pictures in moves:
        view.evaluate(PUT, places)
        until(view.locator("p"), said)
        for frame, elements in zip(view.evaluate(LOOK), pictures, strict=True):
            assert all(same(*pair) for pair in zip(frame, elements, strict=True))


@pytest.mark.parametrize("lesson", PLAYED)
def test_a_page_shows_and_says_what_python_does(lesson, built, page):
    folder, found = built
    page.goto((folder / f"{lesson}.html").as_uri())
    views = page.locator(".recording .explore").all()
    assert len(views) == (ROOT / f"notebooks/{lesson}.ipynb").read_text("utf-8").count("explore(")
    for view, moves in zip(views, found[lesson], strict=True):
        compare(view, moves)


def pair(a=0.3, b=1):
    return [a, 1 - a, b / 3, float("nan") if a > 0.9 else -a * b]


def growing(top=1.0, kind="line"):
    return {"line": [0, top, 2 * top], "flat": [0, 0, top]}[kind]


def cells(x=0.0, upside=False):
    return [[x, 1 - x], [1, 0]] if upside else [[1, x], [0, 1 - x]]


def inked(digit):
    return digit.mean(axis=0)


def counted(points):
    return [len(points[1]), points[0][:, 0].sum()]


CASES = {
    "names that are no numbers": (bars, pair, {"a": (0, 1.0), "b": (0, 3)}),
    "axes that grow": (curve, growing, {"top": (1.0, 1e6), "kind": ["line", "flat"]}),
    "a map, and a box to tick": (heat, cells, {"x": (0.0, 1.0), "upside": False}),
}


@pytest.fixture
def alone(tmp_path, page):
    """Open a page that holds one recording; return its view."""

    def show(made):
        (tmp_path / "alone.html").write_text(site.whole("alone", site.played(made)), "utf-8")
        page.goto((tmp_path / "alone.html").as_uri())
        return page.locator(".explore")

    return show


@pytest.mark.parametrize("case", CASES)
def test_a_recording_is_exact(case, alone):
    explorer = Explorer(*CASES[case])
    made = recording.recording(explorer, least=9, budget=1)
    compare(alone(made), truth(explorer, made))


HAND_MADE = {
    "drawing": (inked, drawing(4, 8), {"a dot": "00000001", "<all>": "ffffffff"}, "To draw by yourself"),
    "placed": (
        counted,
        placed([[1, 2]], [0]),
        {"none": "[]", "two": "[[1, 0, 0], [2, 0, 0]]"},
        "To move points",
    ),
}


@pytest.mark.parametrize("kind", HAND_MADE)
def test_a_page_has_a_menu_of_what_a_hand_made_and_says_what_needs_the_notebook(kind, alone, page):
    function, control, examples, note = HAND_MADE[kind]
    (name,) = signature(function).parameters
    explorer = Explorer(bars, function, {name: control})
    view = alone(recording.recording(explorer, {name: examples}))
    assert page.locator(".recording .note").text_content().startswith(note)
    for option, value in [*examples.items(), ("as it starts", explorer.controls[0]["start"])]:
        view.locator("select").select_option(option)
        until(view.locator("p"), explorer.move({name: value})["said"])


def test_a_key_moves_and_a_typed_value_goes_to_the_nearest_recorded_one(alone):
    made = recording.recording(
        Explorer(bars, lambda a=0.25: [a, 1 - a], {"a": (0.0, 1.0)}), least=5, budget=1
    )
    assert made["spec"]["controls"][0]["grid"] == [0, 0.25, 0.5, 0.75, 1]
    view = alone(made)
    slider, box, words = [view.locator(name) for name in ("[type=range]", "[inputmode]", "p")]
    assert words.text_content().startswith("a = 0.25: ")
    slider.press("ArrowLeft")
    until(words, "a = 0: 0 0, 1 1")
    box.fill("0.6")
    box.press("Enter")
    until(words, "a = 0.5: 0 0.500, 1 0.500")
    assert box.input_value() == "0.5" and slider.get_attribute("aria-valuetext") == "0.5"
    box.fill("7")
    box.press("Enter")
    assert box.get_attribute("aria-invalid") == "true" and "a = 0.5: " in words.text_content()


def test_offers_are_few_where_moves_weigh_much_and_keep_ends_and_start():
    def four(a=0.1, b=-2.0, c=3.4, d=3.3):
        return [a, b, c, d]

    explorer = Explorer(bars, four, {name: (-5, 5) for name in "abcd"})
    offered = recording.offers(explorer, {}, least=9, budget=1)
    assert [len(values) for values in offered] == [9] * 4
    assert all(values[0] == -5 and values[-1] == 5 and values == sorted(values) for values in offered)
    assert [start in values for start, values in zip([0.1, -2.0, 3.4, 3.3], offered, strict=True)] == [
        True
    ] * 4
    assert recording.offers(explorer, {"a": [0, 2, 4, 5]}, least=3, budget=1)[0] == [0, 0.1, 2, 4, 5]
    many = recording.offers(explorer, {}, least=101, budget=1e12)
    assert 9_000 < np.prod([len(values) for values in many]) <= 30_000  # which take a minute to record


def test_what_each_option_of_a_menu_shows_is_stored_once():
    columns = recording.Columns([3, 2], menus=[1])  # a slider, and a menu of two
    one, other = ["a", "b", "c"], ["d", "e", "f"]
    columns.add([*itertools.chain(*zip(one, other, strict=True))])
    columns.add([*itertools.chain(*zip(other, one, strict=True))])
    assert [column["values"] for column in columns.stored if "values" in column] == [one, other]
    assert [column["of"] for column in columns.stored if "of" in column] == [[0, 1], [1, 0]]


# What stands still


def test_every_page_is_accessible_and_fits_a_phone(notebook, folder, page, axe):
    page.goto((folder / f"{notebook.stem}.html").as_uri())
    hold_to_the_rules(page, axe)
    assert page.locator("details[open]").count() == 0
    tree = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    told = [node for node in tree if not node["ignored"] and node["role"]["value"] in ROLES]
    assert all(node["name"]["value"] for node in told), "a picture without a name, or one inside another"


def test_a_page_asks_and_this_browser_keeps_the_first_choice(folder, page):
    page.goto((folder / "01_softmax.html").as_uri())
    views = page.locator(".guess")
    assert views.count() == page.locator(".guess fieldset").count() == 6
    question = site.QUESTIONS["cat_raised"]
    wrong = next(i for i, option in enumerate(question.options) if not option.is_right)
    for choice, sure in [(wrong, "Certain"), (question.right, "A guess")]:
        views.first.locator("input").nth(choice).check()
        views.first.get_by_role("button", name=sure).click()
        assert views.first.locator("details[open]").count() == 1
        page.reload()
        assert "(your choice, certain)" in views.first.locator("details.wrong").text_content()
        assert page.locator(".guess fieldset").count() == 5
        views.first.get_by_role("button", name="Ask me again").click()


@pytest.mark.parametrize(
    "source, names",
    [
        ("guess.cat_raised()", ["cat_raised"]),
        ("guess.so_far()", []),
        ("guess.remember(3)", [question.name for question in site.questions.fixed(3)]),
    ],
)
def test_a_page_shows_what_a_cell_asks(source, names):
    made = site.Page(ROOT, NOTEBOOKS[0], NOTEBOOKS)
    html = made.one(1, v4.new_code_cell(source), recording.Run())
    assert re.findall('data-name="(.*?)"', html) == names and made.problems == []


def test_the_front_page_computes_softmax_and_leads_to_every_lesson(folder, page, axe):
    page.goto((folder / "index.html").as_uri())
    view, explorer = page.locator(".computed .explore"), site.first_picture()
    assert view.locator("[type=range]").last.bounding_box()["y"] < 800  # on the first screen
    compare(view, truth(explorer, {"spec": explorer.spec()}))
    hold_to_the_rules(page, axe)
    assert view.locator("[type=range]").last.bounding_box()["y"] < 800  # of a phone, too
    links = page.locator("table a").evaluate_all("nodes => nodes.map(node => node.getAttribute('href'))")
    assert links == [f"{path.stem}.html" for path in NOTEBOOKS]


def hold_to_the_rules(page, axe):
    """Look at a page as on a desk in the light and, where contrast is weaker, as on a phone in the dark."""
    for width, scheme in [(1200, "light"), (390, "dark")]:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)
        width_fits = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        assert page.evaluate(width_fits)
        if scheme == "dark" or page.url.endswith(IN_BOTH):  # axe takes its time
            assert violations(page, axe) == []


def test_formulas_are_mathml_and_links_lead_somewhere(folder):
    names = {path.name: set(re.findall(' id="([^"]+)"', path.read_text())) for path in folder.glob("*.html")}
    for path in NOTEBOOKS:
        text = (folder / f"{path.stem}.html").read_text()
        sources = [
            cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "markdown"
        ]
        number = path.stem[:2]
        asked = [q for q in site.QUESTIONS.values() if q.lesson == f"lesson_{number}"]
        asked += questions.fixed(int(number)) if "guess.remember(" in path.read_text("utf-8") else []
        sources += [part for q in asked for o in q.options for part in (o.text, o.reason)]
        sources += [question.text for question in asked]
        dollars = re.sub(r"`[^`]*`", "", "\n".join(sources)).replace("$$", "$").count("$")
        assert text.count("<math ") == dollars // 2
        for link in re.findall(
            ' href="(?!https:|data:)([^"]+)"', re.sub("<script.*?</script>", "", text, flags=re.S)
        ):
            file, _, name = link.partition("#")
            assert not name or name in names[file or f"{path.stem}.html"]
            assert not file or file in names


def test_a_page_holds_every_output_and_folds_what_the_notebook_hides(notebook, folder):
    text = (folder / f"{notebook.stem}.html").read_text()
    cells = [cell for cell in nbformat.read(notebook, as_version=4).cells if cell.cell_type == "code"]
    streams = [o for cell in cells for o in cell.outputs if o.output_type == "stream"]
    assert text.count('<pre class="output">') >= len(streams)
    hidden = [cell for cell in cells if cell.metadata.get("jupyter", {}).get("outputs_hidden")]
    assert text.count("<summary>Show the output</summary>") == len(hidden)


# What a page cannot show, and who gets none

WIDGET = "application/vnd.jupyter.widget-view+json"
DRAWN = v4.new_output("display_data", {"image/png": "AAAA"}, metadata={"image/png": {"alt": "A"}})
PICTURE = "from helpers.sliders import show\nfrom helpers.plots import bars\nshow(bars, [1, 2])"
BREAKS = "import numpy as np\nfrom helpers.sliders import progress\nfrom helpers.plots import curve\n"
BREAKS += "losses = np.ones(9)\nfor i in progress(9, curve, losses):\n    break"


def shows(data, code="None", kind="display_data"):
    return v4.new_code_cell(code, outputs=[v4.new_output(kind, data)])


def prints(text, code):
    return v4.new_code_cell(code, outputs=[v4.new_output("stream", text=text)])


ERROR = v4.new_output("error", ename="ZeroDivisionError", evalue="b", traceback=["\x1b[31mTraceback\x1b[0m"])
FENCE = "```\n[x](99_no.ipynb) $a_b$\n```"
ODD = {  # a cell; what its page says there; what `site` says of it, if anything
    "empty": (v4.new_markdown_cell(""), ""),
    "imports": (v4.new_code_cell("from exercises import check"), ""),
    "raw": (v4.new_raw_cell("raw <b>"), '<pre class="output">raw &lt;b&gt;</pre>'),
    "display": (shows({"text/plain": "array([9])"}, "display(1)"), '<pre class="output">array([9])</pre>'),
    "magic": (prints("9 ns", "%timeit -n1 -r1 1"), '<pre class="output">9 ns</pre>'),
    "quiet": (v4.new_code_cell("%matplotlib inline\nlen?\nimport sys\nsys.stderr.write('a')\n1 + 1;"), ""),
    "cleared": (v4.new_code_cell("import IPython.display as d\nprint(1)\nd.clear_output()"), ""),
    "plt": (
        shows({"image/png": "UE5H", "text/plain": "<Figure>"}, "import matplotlib.pyplot as p\np.plot([1])"),
        '<img src="data:image/png;base64,UE5H" alt="&lt;Figure&gt;">',
    ),
    "svg": (shows({"image/svg+xml": "<svg/>"}), '<img src="data:image/svg+xml;base64,PHN2Zy8+"'),
    "latex": (shows({"text/latex": "$\\displaystyle x^2$", "text/plain": "M"}), "<msup><mi>x</mi><mn>2</mn>"),
    "early end": (v4.new_code_cell(BREAKS, outputs=[DRAWN]), '<div class="pictures" role="img"'),
    "raised": (v4.new_code_cell("1 / 0", outputs=[ERROR]), '<pre class="output">Traceback</pre>'),
    "audio": (shows({"text/html": '<audio src="data:audio/wav;base64,U"></audio>'}),
              '<audio src="data:audio'),
    "pasted": (v4.new_markdown_cell("![p](attachment:a.png)", attachments={"a.png": {"image/png": "QQ=="}}),
               '<img src="data:image/png;base64,QQ==" alt="p"'),
    "file": (v4.new_markdown_cell("![f](my%20p.png)"), '<img src="data:image/png;base64,UA==" alt="f"'),
    "tag": (v4.new_markdown_cell("<img alt=t src=p.gif>"), '<img alt=t src="data:image/gif;base64,UA==">'),
    "aligned": (v4.new_markdown_cell("\\begin{align}\na &= b \\\\\n+ c\n\\end{align}"), "<p>.*<mtable.*</p>"),
    "rounded": (v4.new_markdown_cell("\\(x_1\\) and \\\\(x_2\\\\)"), "<math.*</math> and <math"),
    "lines": (v4.new_markdown_cell("$$\na\n+ b\n$$"), "<p>.*<mo>&#x0002B;</mo><mi>b</mi>"),
    "gone": (v4.new_markdown_cell("~~gone~~ - a"), "<del>gone</del>"),
    "task": (v4.new_markdown_cell("- [x] done\n- [ ] open"), "<li>☑ done</li>\n<li>☐ open</li>"),
    "note": (v4.new_markdown_cell("a[^1]\n\n[^1]: b"), '<a href="#fn-{0}-1">.*<li id="fn-{0}-1">'),
    "note again": (v4.new_markdown_cell("a[^1]\n\n[^1]: b"), '<a href="#fn-{0}-1">.*<li id="fn-{0}-1">'),
    "twin": (v4.new_markdown_cell("## Twin\n\n## Twin"), '<h2 id="twin">Twin</h2>\n<h2 id="twin-1">'),
    "fence": (v4.new_markdown_cell(FENCE), "[x](99_no.ipynb) $a_b$"),
    "no lesson": (v4.new_markdown_cell("see [that](99_no.ipynb)."), "<p>see that.</p>",
                  "links to 99_no.ipynb,"),
    "no picture": (v4.new_markdown_cell("![n](no.png)"), "cannot show no.png, which", "no.png, which is not"),
    "outside": (v4.new_markdown_cell("![n](/etc/hosts)"), "cannot show /etc/hosts",
                "/etc/hosts, which is not"),
    "torn": (v4.new_markdown_cell("torn $\\frac{a}{$."), "<code>$\\frac{a}{$</code>",
             "the formula $\\frac{a}{$"),
    "script": (shows({"text/html": "<script>a</script>", "text/plain": "T"}), "cannot show an output",
               "text/html"),
    "handler": (v4.new_markdown_cell("<b onclick='a'>b</b>"), "cannot show HTML that runs", "HTML that runs"),
    "widget": (shows({WIDGET: {}, "text/plain": "IntSlider()"}), "cannot show an output", WIDGET),
    "unknown": (shows({"application/pdf": "a", "text/plain": "<PDF>"}), "cannot show an out",
                "application/pdf"),
}  # fmt: skip
REFUSED = {  # a lesson's cells; why it gets no page
    "02_stripped": ([v4.new_code_cell(PICTURE)],
                    "cell 1: what it shows is not what is stored in it: run.py refresh"),
    "03_silent": ([v4.new_code_cell("print(1)")],
                  "cell 1: what it shows is not what is stored in it: run.py refresh"),
    "04_raises": ([v4.new_markdown_cell("a"), v4.new_code_cell("b")],
                  "cell 2: NameError: name 'b' is not defined"),
    "05_syntax": ([v4.new_code_cell("def f(:")], "cell 1: SyntaxError: "),
    "10_asks": ([v4.new_code_cell("input()")], "cell 1: EOFError: EOF when reading a line"),
    "06_latin": (None, "cannot be read: UnicodeDecodeError: "),
}  # fmt: skip
COLAB = '{"nbformat": 4, "nbformat_minor": 0, "metadata": {"colab": {}}, "cells": [{"cell_type": "code",'
COLAB += '"metadata": {"id": "a"}, "source": ["1"], "execution_count": 1, "outputs": [{"output_type":'
COLAB += '"execute_result", "execution_count": 1, "metadata": {}, "data": {"text/plain": ["COLAB"]}}]}]}'
OLD = '{"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}, "worksheets": [{"metadata": {}, '
OLD += '"cells": [{"cell_type": "markdown", "metadata": {}, "source": ["# OLD"]}]}]}'
README = """# Kurs\n
## Anfang\n\n`python run.py lab`\n
## Lektionen\n
| L |\n|---|
| [A](notebooks/01_odd.ipynb) [B](notebooks/07_colab.ipynb) [C](notebooks/11_gone.ipynb) |"""


def write(folder, name, cells):
    text = nbformat.writes(v4.new_notebook(cells=cells))
    (folder / f"notebooks/{name}.ipynb").write_text(text, "utf-8")


@pytest.fixture(scope="module")
def odd(tmp_path_factory):
    """What `run.py site` makes of the course with other lessons: its folder, its exit code, what it says."""
    folder = tmp_path_factory.mktemp("odd")
    for name in ["backstage", "exercises", "helpers", "questions"]:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "notebooks").mkdir()
    write(folder, "01_odd", [cell for cell, *_ in ODD.values()])
    for name, (cells, _) in REFUSED.items():
        write(folder, name, cells or [])
    write(folder, "Untitled", [v4.new_code_cell("")])
    files = {
        "06_latin.ipynb": '"ä"'.encode("latin-1"),
        "07_colab.ipynb": COLAB.encode(),
        "08_old.ipynb": OLD.encode(),
    }
    for name, content in (files | {"my p.png": b"P", "p.gif": b"P", "../README.md": README.encode()}).items():
        (folder / "notebooks" / name).write_bytes(content)
    for name in [".gitignore", "run.py"]:
        shutil.copy(ROOT / name, folder)
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "All"]):
        subprocess.run([*git, *command], cwd=folder, check=True)
    write(folder, "08_old", [v4.new_markdown_cell("CHANGED")])
    write(folder, "09_new", [v4.new_markdown_cell("NEW")])
    (folder / "site").mkdir()
    (folder / "site/11_gone.html").write_text("")
    done = subprocess.run(
        [sys.executable, "-m", "backstage.commands", "site"],
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    return folder / "site", done.returncode, done.stderr


@pytest.mark.parametrize("name", ODD)
def test_what_a_page_can_show_is_shown_and_what_it_cannot_is_told(name, odd):
    (folder, _, said), number = odd, [*ODD].index(name) + 1
    _, shown, *told = ODD[name]
    shown = shown.replace("{0}", str(number))
    text = (folder / "01_odd.html").read_text("utf-8")
    assert shown in text or re.search(shown, text, re.DOTALL)
    lines = [
        line for line in said.splitlines() if line.startswith(f"notebooks/01_odd.ipynb, cell {number}: ")
    ]
    assert len(lines) == len(told) and all(part in line for part, line in zip(told, lines, strict=True))


@pytest.mark.parametrize("name", REFUSED)
def test_a_lesson_without_its_pictures_gets_no_page_and_is_named(name, odd):
    folder, code, said = odd
    assert code == 1 and f"notebooks/{name}.ipynb, {REFUSED[name][1]}" in said and "Traceback" not in said
    assert not (folder / f"{name}.html").exists()


INVENTORY = ["inventory_a.html", "inventory_b.html"]


def test_pages_are_those_of_the_committed_lessons(odd):
    folder, _, said = odd
    pages = {path.name: path.read_text("utf-8") for path in folder.glob("*.html")}
    assert sorted(pages) == ["01_odd.html", "07_colab.html", "08_old.html", "index.html", *INVENTORY]
    assert "COLAB" in pages["07_colab.html"] and "<title>OLD</title>" in pages["08_old.html"]
    assert (
        "what is committed, without your changes to notebooks/08_old.ipynb, notebooks/09_new.ipynb\n" in said
    )
    assert "not NN_name.ipynb: notebooks/Untitled.ipynb\n" in said
    assert "11_gone" not in pages["index.html"] and "README.md: links to notebooks/11_gone.ipynb" in said
    assert "README.md: no link leads to notebooks/08_old.ipynb" in said
    assert 'href="index.html#anfang"' in pages["01_odd.html"] and 'id="anfang"' in pages["index.html"]
