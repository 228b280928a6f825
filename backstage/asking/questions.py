"""Read questions/*.md: what "Guess first" asks, as Markdown that is also read on its own.

    ## fox_pushed

    <!-- idea: gradient -->

    Which scores are pushed where?

    - [ ] The fox's up, no other <!-- slip: p_alone -->

      No: the others learn too.

The order in the file is the order that is shown. `slip` is the name of a mistake in `exercises` that a wrong
option stands for. `again`, in remember_NN.md, names the questions that are asked once more in other words.
"""

import re
from dataclasses import dataclass

from backstage import ROOT
from backstage.asking import words

DATA = "application/vnd.softmax-notebooks.guesses+json"  # guesses in a saved notebook
SURE = ["a guess", "fairly sure", "certain"]  # as asking.js has them
TAGS = re.compile(r"<!--\s*(.*?)\s*-->")
OPTION = re.compile(r"- \[([ x])\] (.+)")


@dataclass(frozen=True)
class Option:
    text: str
    reason: str
    is_right: bool
    slip: str | None = None


@dataclass(frozen=True)
class Question:
    """Texts are Markdown with formulas between dollars."""

    name: str
    lesson: str  # the stem of its file
    text: str
    options: tuple
    tags: dict

    @property
    def is_tested(self):
        """Whether it belongs to the inventory, whose answers are not shown."""
        return self.lesson.startswith("inventory")

    @property
    def right(self):
        """The place of the right option."""
        return next(i for i, option in enumerate(self.options) if option.is_right)

    def place(self, text):
        """Return the place of the option with this text, or None."""
        return next((i for i, option in enumerate(self.options) if option.text == text), None)

    def html(self):
        """Return it for those who cannot choose: its answers and their reasons, folded."""
        head = "Remember." if self.lesson.startswith("remember") else "Guess first."
        text = words.html(f"**{head}** {self.text}").strip()
        parts = [f'<div class="guess" data-name="{self.name}">\n<div class="text">{text}</div>']
        for option in self.options:
            summary = f"<summary>{words.inline(option.text)}</summary>"
            reason = words.html(option.reason).strip()
            parts.append(f"<details{' data-right' * option.is_right}>{summary}\n{reason}</details>")
        return "\n".join([*parts, "</div>"])

    def __str__(self):
        return "\n".join([self.text, *(f"- {option.text}" for option in self.options)])


def every(pattern="lesson_*.md"):
    """Return {name: Question} of all files of the course that fit the pattern, in their order."""
    questions = {}
    for path in sorted(ROOT.joinpath("questions").glob(pattern)):
        for question in read(path):
            if question.name in questions:
                raise ValueError(f"{path}: {question.name} is also in {questions[question.name].lesson}.md")
            questions[question.name] = question
    return questions


def fixed(number):
    """Return the two questions that a lesson asks again of those who guessed nothing wrong."""
    return [*every(f"remember_{number:02}.md").values()]


def read(path):
    """Return the questions of a file in order; ValueError, with file and line, for what is malformed."""
    lines = path.read_text("utf-8").splitlines() or [""]
    starts = [place for place, line in enumerate(lines) if line.startswith("## ")]
    try:
        head = [place for place, line in enumerate(lines[: (starts or [None])[0]]) if line.strip()]
        title, *more = head or [0]
        _require(lines[title].startswith("# ") and not more, (more or [title])[0], "a title, then questions")
        questions = [
            _question(path.stem, [*enumerate(lines)][start:end])
            for start, end in zip(starts, [*starts[1:], None], strict=True)
        ]
        for i, question in enumerate(questions):
            is_new = question.name not in [other.name for other in questions[:i]]
            _require(is_new, starts[i], f"a second question {question.name}")
    except ValueError as problem:
        raise ValueError(f"{path}:{problem}") from None
    return questions


def _require(holds, place, otherwise):
    if not holds:
        raise ValueError(f"{place + 1}: {otherwise}")


def _question(lesson, lines):
    (start, heading), *body = lines
    name, tags, text, parts = heading.removeprefix("## ").strip(), {}, [], []
    _require(re.fullmatch(r"[a-z]\w*", name), start, f"not a name of a question: {name}")
    for place, line in body:
        if match := OPTION.match(line):
            parts.append((place, match, []))
        elif parts:
            is_reason = not line.strip() or line.startswith("  ")
            _require(is_reason, place, "a line after an option is indented by two spaces, as its reason")
            parts[-1][2].append(line[2:])
        elif match := TAGS.fullmatch(line):
            tags |= _tags(match, place, "idea", "again")
        else:
            _require(not re.match(r"\s*[-*] \[", line), place, "an option begins with `- [ ] ` or `- [x] `")
            text.append(line)
    options = tuple(_option(*part) for part in parts)
    rights = [place for (place, *_), option in zip(parts, options, strict=True) if option.is_right]
    text = "\n".join(text).strip()
    _require(text, start, f"{name} has no text")
    _require(len(options) > 1, start, f"{name} needs two options or more")
    _require(len({option.text for option in options}) == len(options), start, f"{name} has an option twice")
    _require(rights, start, f"{name} has no right option")
    _require(len(rights) == 1, rights[-1], f"{name} has more than one right option")
    _require("idea" in tags, start, f"{name} has no idea")
    return Question(name, lesson, text, options, tags)


def _option(place, match, lines):
    mark, text = match.groups()
    tags = {}
    if tagged := TAGS.search(text):
        tags, text = _tags(tagged, place, "slip"), text[: tagged.start()]
    option = Option(text.strip(), "\n".join(lines).strip(), mark == "x", tags.get("slip"))
    _require(option.reason, place, "an option without a reason")
    _require(not (option.is_right and option.slip), place, "a right option with a slip")
    return option


def _tags(match, place, *known):
    tags = dict(re.findall(r"(\w+): ([^;]+?)\s*(?:;|$)", match[1]))
    _require(tags and {*tags} <= {*known}, place, f"a tag here is {known[0]}, as in `{known[0]}: …`")
    return tags
