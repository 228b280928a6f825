"""The inventory as pages: ten questions without their answers, and a file of what was chosen to hand in."""

from html import escape
from pathlib import Path

from backstage.asking import questions, words

SEND = Path(__file__).with_suffix(".js").read_text("utf-8")
FORM = """<h1>{title}</h1>
<p>Ten questions about softmax. Choose without looking anything up, and guess where you do not know: no answer
gives points. The button saves your answers as a file, <code>{name}.ipynb</code>, for you to hand in. Nothing
is sent anywhere.</p>
<form id="{name}" data-kind="{kind}">{items}<p><button>Save my answers</button></p></form>"""


def form(path):
    """Return the title and the body of a page from a file of questions."""
    title = path.read_text("utf-8").partition("\n")[0].removeprefix("# ")
    items = "".join(map(_item, questions.read(path)))
    return title, FORM.format(title=title, name=path.stem, kind=questions.DATA, items=items)


def _item(question):
    options = "".join(
        f'<label><input type="radio" required name="{question.name}" value="{escape(option.text)}">'
        f"<span>{words.inline(option.text)}</span></label>"
        for option in question.options
    )
    legend = f'<legend class="text">{words.html(question.text)}</legend>'
    return f'<div class="guess"><fieldset>{legend}{options}</fieldset></div>'
