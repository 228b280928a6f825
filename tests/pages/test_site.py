"""The site: pages from files, without a network, that show and move what Python draws."""

import itertools
import re
from collections import defaultdict

import nbformat
import numpy as np
import pytest

from backstage.explorer.explorer import Explorer
from backstage.pages import recording, site
from browser import violations
from conftest import ROOT
from helpers.plots import bars, curve, heat

pytestmark = pytest.mark.infrastructure

PLAYED = ["01_softmax", "04_temperature", "08_text"]  # four sliders, two pictures, a field for texts
LIMITS = {"least": 4, "budget": 1}
ROLES = ["image", "SvgRoot"]  # what Chromium calls pictures for those who do not see them
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
        for path in site.LESSONS:
            pictures = recording.pictures if path.stem in PLAYED else no_pictures
            patch.setattr(site, "pictures", pictures)
            folder.joinpath(path.stem + ".html").write_text(site.page(path, **LIMITS), "utf-8")
    folder.joinpath("index.html").write_text(site.front(), "utf-8")
    return folder, found


@pytest.fixture(scope="module")
def folder(built):
    return built[0]


def no_pictures(*_, **__):
    return defaultdict(lambda: itertools.repeat(""))


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
    context, complaints = chromium.new_context(offline=True, viewport={"width": 1200, "height": 800}), []
    page = context.new_page()
    page.on("console", lambda message: message.type == "error" and complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda r: re.match("file:|data:", r.url) or complaints.append(r.url))
    yield page, complaints
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


def test_keys_move_and_a_typed_value_goes_to_the_nearest_recorded_one(alone):
    made = recording.recording(
        Explorer(bars, lambda a=0.25: [a, 1 - a], {"a": (0.0, 1.0)}), least=5, budget=1
    )
    assert made["spec"]["controls"][0]["grid"] == [0, 0.25, 0.5, 0.75, 1]
    view = alone(made)
    slider, box, words = [view.locator(name) for name in ("[type=range]", "[inputmode]", "p")]
    assert words.text_content().startswith("a = 0.25: ")
    for key, said in [
        ("ArrowRight", "a = 0.5: 0 0.500, 1 0.500"),
        ("End", "a = 1: 0 1, 1 0"),
        ("ArrowLeft", "a = 0.75: 0 0.750, 1 0.250"),
        ("Home", "a = 0: 0 0, 1 1"),
    ]:
        slider.press(key)
        until(words, said)
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
    many = recording.offers(explorer, {}, least=101, budget=1e12)
    assert 9_000 < np.prod([len(values) for values in many]) <= recording.MOST


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
        assert "(your guess, certain)" in views.first.locator("details.wrong").text_content()
        assert page.locator(".guess fieldset").count() == 5
        views.first.get_by_role("button", name="Ask me again").click()


def test_the_front_page_leads_to_every_lesson(folder, page, axe):
    page.goto((folder / "index.html").as_uri())
    hold_to_the_rules(page, axe)
    links = page.locator("table a").evaluate_all("nodes => nodes.map(node => node.getAttribute('href'))")
    assert links == [f"{path.stem}.html" for path in site.LESSONS]


def hold_to_the_rules(page, axe):
    """Look at a page as on a desk and as on a phone, in the light and in the dark."""
    for width, scheme in [(1200, "light"), (390, "dark")]:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert violations(page, axe) == []


def test_formulas_are_mathml_and_links_lead_somewhere(folder):
    names = {path.name: set(re.findall(' id="([^"]+)"', path.read_text())) for path in folder.glob("*.html")}
    for path in site.LESSONS:
        text = (folder / f"{path.stem}.html").read_text()
        sources = [
            cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "markdown"
        ]
        asked = [q for q in site.QUESTIONS.values() if q.lesson == f"lesson_{path.stem[:2]}"]
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
