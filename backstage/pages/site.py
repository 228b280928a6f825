"""Write the lessons as pages whose sliders move, into site/; with --lite also the lessons in JupyterLite."""

import base64
import itertools
import json
import mimetypes
import os
import re
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from html import escape
from pathlib import Path
from urllib.parse import unquote

import nbformat
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from backstage import ROOT
from backstage.asking import guess, questions, words
from backstage.calling.absent import NotInstalled
from backstage.explorer.explorer import CSS, Explorer
from backstage.explorer.widget import ELEMENTS, JAVASCRIPT
from backstage.lessons import WIDGET, lessons, other_notebooks
from backstage.page import page as document
from backstage.pages import inventory, lite
from backstage.pages.recording import runs, smaller
from backstage.setup import copies, handout
from helpers.numerics import softmax
from helpers.plots import bars

PARTS = ("site.css", "recorded.js", "asked.js", "front.js")
STYLE, PLAY, ASKED, COMPUTE = [Path(__file__).with_name(name).read_text("utf-8") for name in PARTS]
QUESTIONS = questions.every()
LIGHT, DARK = [HtmlFormatter(style=name, cssclass="code") for name in ("xcode", "github-dark")]
IN_THE_DARK = f"@media screen and (prefers-color-scheme: dark) {{ {DARK.get_style_defs()} }}"
COLORS = f"{LIGHT.get_style_defs()}\n{IN_THE_DARK}"
BODY = """<a class="skip" href="#main">Skip to the text</a>
<header><a href="index.html">Softmax, hands on</a></header>
<main id="main">
{body}
</main>
<footer>{footer}
<p>By the softmax-notebooks contributors. Words and pictures:
<a href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>. Code: MIT.</p></footer>
<script type="module">{script}</script>
<script type="module">{asking}</script>"""
ABOUT = """<p class="note">This page shows the lesson as it was run. Its sliders play what was recorded, and
a typed value goes to the nearest recorded one. In the notebook, <code>notebooks/{stem}.ipynb</code>, they
call your own code: <a href="index.html#{start}">how to start it</a>.</p>"""
EXERCISES = """<p class="note">Write and check these in the notebook, <code>notebooks/{stem}.ipynb</code>:
<a href="index.html#{start}">how to start it</a>.</p>"""
HIDDEN = "<details><summary>Show the output</summary>{}</details>"
RECORDED = """<div class="{}"><script type="application/json">{}</script>
<noscript><p>{}</p><p>With JavaScript there is a picture here that moves.</p></noscript>{}</div>"""
STALE = "what it shows is not what is stored in it: run.py refresh {} stores that anew"
PNG = re.compile('data:image/png;base64,[^"]+')
COLOR = re.compile(r"\x1b\[[\d;]*m")  # of a terminal
CLEARED = "\x1b[2K"  # what `clear_output` prints
ACTIVE = r"(?i)<(script|iframe|object|embed|form|base|link|meta)\b|<[^>]*\s(on\w+=|\w+=\W?javascript:)"
SOURCE = re.compile(r"""<(?:img|audio|video|source)\b[^>]*?\ssrc=("[^"]*"|'[^']*'|[^\s>]+)[^>]*>""", re.I)
IS_TABLE, IS_START = r"^\|.*\]\(notebooks/\d\d_", r"run\.py lab"  # by which chapters of README are known
ANIMALS = ["cat", "dog", "fox", "bear"]
FIRST = """<p>Four scores become four probabilities: drag a score and every bar moves; drag the temperature
<em>T</em> and the same scores sound sure or undecided.</p>"""
BUILD = "import sys; from backstage.pages import site; sys.exit(site.build_here(*sys.argv[1:]))"


class Refused(Exception):
    """Why a lesson gets no page."""


def read(path):
    """Return a notebook of any version. Raises Refused."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # cells without ids, as Colab saves them, are no matter here
            return nbformat.read(path, as_version=4)
    except Exception as error:
        raise Refused(f"cannot be read: {first_line(error)}") from None


def first_line(error):
    return f"{type(error).__name__}: {error}".splitlines()[0][:200].rstrip(": ")


def is_drawn(output):
    """Whether a stored output is a picture of `show` or `explore`, which a page draws anew."""
    return "alt" in output.get("metadata", {}).get("image/png", {})


def shown(path, **limits):
    """Return a lesson and its runs. limits: how much is recorded, as in `recording`. Raises Refused."""
    notebook = read(path)
    done = runs(notebook, path.parent, **limits)
    for number, (cell, run) in enumerate(zip(notebook.cells, done, strict=True), 1):
        outputs = cell.get("outputs", [])
        if isinstance(run.error, NotInstalled):  # the page shows what is stored
            continue
        may_raise = "raises-exception" in cell.metadata.get("tags", [])
        if run.error and not may_raise and not any(output.output_type == "error" for output in outputs):
            raise Refused(f"cell {number}: {first_line(run.error)}")
        is_stripped = run.printed.strip() and not outputs and CLEARED not in run.printed
        is_exercise = "nbgrader" in cell.metadata
        if is_stripped or len(run.pictures) != sum(map(is_drawn, outputs)) and not is_exercise:
            raise Refused(f"cell {number}: {STALE.format('notebooks/' + path.name)}")
    return notebook, done


def asked_by(source):
    """Return the questions that a cell asks, none for so_far, which needs a kernel; None: it is no guess."""
    if match := re.fullmatch(r"guess\.(\w+)\((\d*)\)", source):
        name, number = match.groups()
        return questions.fixed(int(number)) if number else [QUESTIONS[name]] if name in QUESTIONS else []


def slug(text):
    return re.sub(r"\W+", "-", re.sub("<.*?>", "", text).lower()).strip("-")


class Page(words.Renderer):
    """A page that is being written: Markdown and outputs as HTML, and what it cannot show, as `problems`."""

    def __init__(self, root, path, pages):
        """path: of a lesson, or of README.md. pages: the paths of the lessons that get a page."""
        super().__init__(escape=False)
        self.root, self.path, self.pages, self.problems, self.headings = root, path, pages, [], Counter()
        self.cell, self.attachments = None, {}
        self.parse = words.reader(self, "strikethrough", "task_lists", "footnotes")

    def tell(self, problem):
        place = f", cell {self.cell}" if self.cell else ""
        self.problems.append(f"{self.path.relative_to(self.root).as_posix()}{place}: {problem}")

    def missing(self, what):
        """Tell that a page cannot show this; return what it says there."""
        self.tell(f"a page cannot show {what}")
        return f"<em>(This page cannot show {escape(what)}.)</em>"

    def markdown(self, text):
        table, html = '<div class="wide"><table>', self.parse(text)
        html = re.sub(r'(?<=["#])fn(ref)?-(?=\d)', rf"\g<0>{self.cell}-", html)  # a page has many cells
        return html.replace("<table>", table).replace("</table>", "</table></div>")

    # What mistune asks for

    def heading(self, text, level, **_):
        name = slug(text)
        self.headings[name] += 1
        again = self.headings[name] - 1
        return f'<h{level} id="{name}{f"-{again}" if again else ""}">{text}</h{level}>\n'

    def link(self, text, url, title=None):
        file, _, anchor = url.partition("#")
        there = Path(os.path.normpath(self.path.parent / unquote(file)))
        if file and not re.match(r"https?:|mailto:", url):
            names = {path: f"{path.stem}.html" for path in self.pages}
            names[self.root / "README.md"] = "index.html"
            if there not in names:
                if not there.exists():
                    self.tell(f"links to {file}, which is not there")
                return text
            file, anchor = names[there], slug(unquote(anchor))
        return super().link(text, file + (anchor and f"#{anchor}"), title)

    def image(self, text, url, title=None):
        return self.html(super().image(text, url, title).replace("#harmful-link", escape(url)))

    def block_html(self, html):
        return super().block_html(self.html(html))

    def inline_html(self, html):
        return super().inline_html(self.html(html))

    def task_list_item(self, text, checked=False):
        return f"<li>{'☑' if checked else '☐'} {text}</li>\n"

    def formula(self, tex):
        try:
            return super().formula(tex)
        except Exception:
            self.tell(f"the formula {tex} is not complete")
            return f"<code>{escape(tex)}</code>"

    # HTML, with the files that it names

    def html(self, html):
        """Return HTML with its pictures and sounds in it; none of it may run a program."""
        if re.search(ACTIVE, html):
            return self.missing("HTML that runs a program")
        return SOURCE.sub(self._with_file, html)

    def _with_file(self, match):
        url = match[1].strip("\"'")
        if re.match("https?:|data:", url):
            return match[0]
        data = self._file(unquote(url))
        return match[0].replace(match[1], f'"{data}"') if data else self.missing(f"{url}, which is not there")

    def _file(self, name):
        """Return a file of the course or an attachment of the cell as a URL that holds it, or None."""
        if name.startswith("attachment:"):
            bundle = self.attachments.get(name.removeprefix("attachment:"), {})
            return next((f"data:{kind};base64,{data}" for kind, data in bundle.items()), None)
        path = (self.path.parent / name).resolve()
        if not path.is_file() or not path.is_relative_to(self.root.resolve()):
            return None
        return f"data:{mimetypes.guess_type(path)[0]};base64,{base64.b64encode(path.read_bytes()).decode()}"

    # Cells and outputs

    def one(self, number, cell, run):
        """Return a cell as HTML."""
        self.cell, self.attachments = number, cell.get("attachments", {})
        try:
            return self._one(cell, run)
        except Exception as error:  # nothing in a cell may hide the others
            return f"<p>{self.missing(f'this cell ({first_line(error)})')}</p>"

    def _one(self, cell, run):
        if cell.cell_type == "markdown":
            return self.markdown(cell.source)
        if cell.cell_type == "raw":
            return pre(cell.source)
        if (asked := asked_by(cell.source)) is not None:
            return "".join(question.html() for question in asked)
        code = highlight(cell.source, PythonLexer(), LIGHT)
        if "nbgrader" in cell.metadata:  # the output of a check says that nothing is solved yet
            return code
        html = self.outputs(cell, run)
        is_hidden = cell.metadata.get("jupyter", {}).get("outputs_hidden")
        return code + (HIDDEN.format(html) if is_hidden else html)

    def outputs(self, cell, run):
        left = iter(run.pictures)
        return "".join(self.output(stored, left) for stored in cell.outputs)

    def output(self, stored, left):
        """Return a stored output as HTML, or the next picture that is left in the place of a stored one."""
        if stored.output_type == "stream":
            return pre(stored.text)
        if stored.output_type == "error":
            return pre("\n".join(stored.traceback))
        if is_drawn(stored):
            picture = next(left, None)
            if picture is None:  # it was not drawn anew
                return self.html(PNG.sub(lambda image: smaller(image[0]), stored.data["text/html"]))
            return picture if isinstance(picture, str) else played(picture)
        return self.bundle(stored.data, stored.output_type)

    def bundle(self, data, output_type):
        """Return the first form of an output that a page can show, in the order of JupyterLab."""
        html, text = data.get("text/html"), data.get("text/plain", "")
        if html and not re.search(ACTIVE, html) and WIDGET not in data:
            return self.html(html)
        for kind in {"text/markdown", "text/latex"} & data.keys():
            return self.markdown(data[kind])
        for kind in sorted(kind for kind in data if kind.startswith("image/")):
            svg = kind == "image/svg+xml" and base64.b64encode(data[kind].encode()).decode()
            return f'<p><img src="data:{kind};base64,{svg or data[kind].strip()}" alt="{escape(text)}"></p>'
        if other := data.keys() - {"text/plain"}:
            return f"<p>{self.missing(f'an output of the kind {min(other)}')}</p>"
        is_bar = output_type == "display_data" and re.fullmatch(r"\d+ steps", text)  # of `progress`
        return "" if is_bar else pre(text)


def pre(text):
    return f'<pre class="output">{escape(COLOR.sub("", text))}</pre>'


def page(root, path, pages, notebook, done):
    """Return a lesson as HTML, and what of it a page cannot show."""
    made = Page(root, path, pages)
    body = [made.one(*each) for each in zip(itertools.count(1), notebook.cells, done)]
    start = slug(chapter(root, IS_START).partition("\n")[0])
    body.insert(1, ABOUT.format(stem=path.stem, start=start))
    first = next((i for i, cell in enumerate(notebook.cells) if "nbgrader" in cell.metadata), None)
    if first:
        body.insert(first + 1, EXERCISES.format(stem=path.stem, start=start))
    return whole(heading(path), "\n".join(body), neighbors(path, pages)), made.problems


def whole(title, body, footer="", script=None):
    """script: that of a page without recordings and questions that show their answers."""
    scripts = {"script": script or JAVASCRIPT + PLAY, "asking": "" if script else guess.JAVASCRIPT + ASKED}
    return document(title, CSS + guess.CSS + COLORS + STYLE, BODY.format(body=body, footer=footer, **scripts))


def played(recording, kind="recording"):
    data = json.dumps(recording, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    notes = "".join(f'<p class="note">{note}</p>' for note in recording["notes"])
    return RECORDED.format(kind, data.replace("</", "<\\/"), escape(recording["spec"]["now"]["said"]), notes)


def heading(path):
    sources = (cell.source for cell in read(path).cells if cell.cell_type == "markdown")
    lines = (line for source in sources for line in source.splitlines())
    return next((line.removeprefix("# ") for line in lines if line.startswith("# ")), path.stem)


def neighbors(path, pages):
    """Return links to the lessons before and after."""
    place, links = pages.index(path), []
    for there, word in [(place - 1, "Before"), (place + 1, "Next")]:
        if 0 <= there < len(pages):
            other = pages[there]
            links.append(f'<a href="{other.stem}.html">{word}: {other.stem[:2]} {escape(heading(other))}</a>')
    return f'<nav aria-label="Lessons">{"".join(links)}</nav>'


def chapter(root, sign):
    """Return the chapter of README in which a pattern stands, whatever the language of its heading, or ""."""
    text = (root / "README.md").read_text("utf-8")
    chapters = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    return next((part for part in chapters if re.search(sign, part, re.MULTILINE)), "")


def probabilities(cat=0.1, dog=-2.0, fox=3.4, bear=3.3, T=1.0):
    """What the first picture shows; front.js computes it again."""
    return softmax([cat, dog, fox, bear], temperature=T)


def first_picture():
    ranges = dict.fromkeys(ANIMALS, (-5.0, 5.0)) | {"T": (0.1, 10)}
    return Explorer(bars, probabilities, ranges | {"names": ANIMALS})


def front(root, pages):
    """Return the front page, made of a picture to drag and README: course, lessons, start; and problems."""
    made = Page(root, root / "README.md", pages)
    introduction = (root / "README.md").read_text("utf-8").partition("\n## ")[0]
    introduction = re.sub(r"^!\[.*", "", introduction, flags=re.MULTILINE)  # its picture does not move
    title, *lines = chapter(root, IS_TABLE).splitlines() or [""]
    table = "\n".join([title, "", *(line for line in lines if line.startswith("|"))])
    chapters = {
        "has a table with links to lessons": table.strip(),
        "says `run.py lab`": chapter(root, IS_START),
    }
    for sign in (sign for sign, text in chapters.items() if not text):
        made.tell(f"no chapter {sign}")
    html = made.markdown("\n\n## ".join([introduction, *filter(None, chapters.values())]))
    picture = {"spec": first_picture().spec() | {"css": ""}, "notes": []}
    html = html.replace("</h1>\n", "</h1>\n" + FIRST + played(picture, "computed"), 1)
    for path in pages:
        if f'href="{path.stem}.html"' not in html:
            made.tell(f"no link leads to notebooks/{path.name}")
    return whole("Softmax, hands on", html, script=JAVASCRIPT + PLAY + COMPUTE), made.problems


def record_all(root, **limits):
    """Return {path of a lesson: what `shown` returns}, and why others get no page."""
    recorded, problems = {}, []
    with ProcessPoolExecutor() as workers:
        tasks = {path: workers.submit(shown, path, **limits) for path in lessons(root)}
        for path, task in tasks.items():
            try:
                recorded[path] = task.result()
                print(f"recorded {path.stem}", flush=True)
            except Exception as error:  # a worker may have died, too
                reason = error if isinstance(error, Refused) else first_line(error)
                problems.append(f"notebooks/{path.name}, {reason}. It gets no page.")
    return recorded, problems


def build(root, target, **limits):
    """Write the pages of a course, tell what they cannot show, and return whether all is well."""
    for path in other_notebooks(root):
        print(f"left out, as its name is not NN_name.ipynb: notebooks/{path.name}", file=sys.stderr)
    recorded, problems = record_all(root, **limits)
    pages = [*recorded]
    texts = {path.stem: page(root, path, pages, *each) for path, each in recorded.items()}
    target.mkdir(exist_ok=True)
    for path in sorted(root.glob("questions/inventory_*.md")):
        texts[path.stem] = whole(*inventory.form(path), script=ELEMENTS + inventory.SEND), []
    for name, (text, untold) in (texts | {"index": front(root, pages)}).items():
        (target / f"{name}.html").write_text(text, "utf-8")
        problems += untold
    print(*problems, sep="\n", end="\n" * bool(problems), file=sys.stderr)
    return not problems


def build_here(*arguments):
    """Build the site of the course that this module is a part of; return an exit code."""
    is_well, missing = build(ROOT, ROOT / "site"), lite.build(ROOT / "site/lite") if arguments else []
    if missing:
        print("These could not be fetched, and lessons need them:", *missing, file=sys.stderr)
    return 0 if is_well and not missing else 1


def publish(made, site):
    """Put a site in the place of an older one, whose other files stay."""
    for old in [*site.glob("[0-9][0-9]_*.html"), *site.glob("index.html")]:
        old.unlink()
    if (made / "lite").exists():
        shutil.rmtree(site / "lite", ignore_errors=True)
    shutil.copytree(made, site, dirs_exist_ok=True)


def content(path):
    return path.read_bytes() if path.is_file() else None


def main(arguments):
    if arguments not in ([], ["--lite"]):
        print("usage: python run.py site [--lite]", file=sys.stderr)
        return 2
    try:
        files = handout.committed(ROOT)
    except copies.Problem as problem:
        print(problem, "No page was written.", file=sys.stderr)
        return 1
    notebooks = {path.relative_to(ROOT).as_posix() for path in ROOT.glob("notebooks/*.ipynb")}
    every = sorted(files.keys() | notebooks)
    if changed := ", ".join(name for name in every if files.get(name) != content(ROOT / name)):
        print("The pages show what is committed, without your changes to", changed, file=sys.stderr)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        if (ROOT / ".model").exists():  # is not committed
            shutil.copytree(ROOT / ".model", Path(folder, ".model"))
        copies.replace({Path(folder, name): stored for name, stored in files.items()})
        variables = os.environ | {"PYTHONPATH": folder}  # which lessons and pages import from
        code = subprocess.call([sys.executable, "-c", BUILD, *arguments], cwd=folder, env=variables)
        if Path(folder, "site/index.html").exists():
            publish(Path(folder, "site"), ROOT / "site")
    return code
