"""Whose a file is: the names that platforms write, and what is left of the names that people give.

Two files are one person's only on positive evidence. Where there is none, they are two persons'.
"""

import re
import unicodedata
from collections import defaultdict
from email.utils import parsedate
from typing import NamedTuple

from backstage import ROOT
from backstage.lessons import lessons

from .archives import IPYNB

LESSONS = lessons(ROOT)
# A lesson has its own number alone: student_10_softmax is student_10's.
WORDS = "|".join(rf"({p.stem[:2]}[ _-]*)?{p.stem[3:].replace('_', '[ _-]*')}" for p in LESSONS)
LESSON = re.compile(rf"(?<![^\W_])(?P<lesson>{WORDS})(?![^\W_])(?P<mark>-\d+|[ _-]+final)?", re.IGNORECASE)
MARKS = r"^(copy of|kopie von|copia de|copie de)\s+|(\s*\(\d+\)|[ _-]+(copy|kopie)[ _-]?\d*)$"
COPY = re.compile(MARKS, re.IGNORECASE)
SUFFIXES = re.compile(r"(\.(ipynb|zip|pdf|html?|py|txt|json|rar|7z|gz|tar|docx?))+$", re.IGNORECASE)

# What a platform writes in front of what a student named. `number`: no two files have the same.
PLATFORMS = {
    "Moodle": r"(?P<name>[^/]+?)(_(?P<id>\d+))?_assignsubmission_[a-z]+",
    "Canvas": r"(?P<name>[^/A-Z ]+?)(_(?P<late>LATE))?_(?P<id>\d{2,})_"
    r"((?P<number>\d{3,})_|(text|link)\.html$)",
    "Canvas (anonymous)": r"((?P<late>LATE)_)?(?P<name>anon_(?P<id>[A-Za-z0-9]+(_\d{2,})?))_"
    r"((?P<number>\d{3,})_|(text|link)\.html$)",
    "Blackboard": r"(?P<name>[^/]+)_(attempt|poging|versuch|intento)_(?P<attempt>\d{4}(-\d\d){5})[._]",
    "Brightspace": r"(?P<id>\d+)-\d+ - (?P<name>[^/]+?) - (?P<attempt>[^/]+? \d{1,2}:?\d\d [AP]M)",
    "Brightspace (id second)": r"\d+-(?P<id>\d+) - (?P<name>[^/]+?) - "
    r"(?P<attempt>[^/]+? \d{1,2}:?\d\d [AP]M)",
    "Teams": r"([^/]+/)?(?P<name>[^/]+)/[^/]+/Version (?P<attempt>\d+)/",
    "ILIAS": r"(Team \d+/)?(?P<name>[^_/\d]+_[^_/\d]+)_(?P<login>[^/]+)_(?P<id>\d+)/",
    "Gradescope": r"(?P<id>submission_\w+)/",
}
HANDED_IN = re.compile(rf"({IPYNB.pattern})|\.zip$", re.IGNORECASE)
LIST = 16 * 1024**2  # bytes of Gradescope's list of who handed in what


class Owner(NamedTuple):
    """The person that a path belongs to. `attempt`: what is newer is greater, 0 where nobody wrote it."""

    key: tuple
    name: str
    id: str = ""
    platform: str = ""
    attempt: int = 0
    late: bool = False


def owners(entries):
    """Return the platform's name or "", how many folders lie around all, and {an entry's path: its Owner}."""
    paths = [entry.parts for entry in entries]
    notebooks = [path for path in paths if HANDED_IN.search(path[-1])] or paths
    depth = 0
    while True:
        for platform, pattern in PLATFORMS.items():
            if owned := _platform(platform, pattern, entries, depth):
                rest = _plain([path for path in paths if path not in owned], depth)
                return platform.partition(" (")[0], depth, rest | owned
        if len({path[depth] for path in notebooks}) != 1 or min(map(len, notebooks)) < depth + 2:
            depth = depth if _is_class({path[depth] for path in notebooks}) else 0
            return "", depth, _plain(paths, depth)
        depth += 1


def _platform(platform, pattern, entries, depth):
    """Return {path: Owner}, if this platform wrote most of that level, and no id has two names."""
    paths = [entry.parts for entry in entries if entry.parts[depth:]]
    matches = {path: m for path in paths if (m := re.match(pattern, "/".join(path[depth:])))}
    tops = {path[depth]: m.groupdict() for path, m in matches.items()}
    people = {(m["id"], m.get("name")) for m in tops.values() if m.get("id")}
    ids = {number for number, _ in people}
    numbers = [m["number"] for m in tops.values() if m.get("number")]
    unmarked = [top for top in tops if not re.search(r"-\d+\.\w+$", top)]
    listed = [entry for entry in entries if entry.parts[depth:] == ("submission_metadata.yml",)]
    if (
        2 * len(tops) <= len({path[depth] for path in paths})
        or len(ids) < len(people)
        or len({*numbers}) < len(numbers)
        or (numbers and len(ids) == 1 and len(unmarked) > 1)  # hw_2026_1001, hw_2026_1002: whose is that?
        or (platform == "Gradescope" and not listed)
    ):
        return {}
    shown = unshared({m["name"] for m in tops.values()}) if platform == "Blackboard" else {}
    shown |= _submitters(listed[0]) if platform == "Gradescope" else {}
    return {path: _owner(platform, m.groupdict(), shown) for path, m in matches.items()}


def _owner(platform, m, shown):
    name = m.get("name") or m["id"]
    who = tuple(str(m.get(group)).casefold() for group in ("name", "login", "id"))
    name = " ".join(reversed(name.split("_"))) if platform == "ILIAS" else shown.get(name, name)
    attempt = _number(m.get("attempt") or m.get("number") or "")
    return Owner((platform, *who), name, m.get("id") or "", platform, attempt, bool(m.get("late")))


def _number(text):
    """Return an attempt as a number, be it a count or a date, in digits or as in Nov 20, 2026 1005 AM."""
    plain = re.sub(r"([A-Za-z]{3})[a-z.]+|,", r"\1", text)
    if date := parsedate(re.sub(r":?(\d\d) [AP]M$", r":\1", plain)):
        year, month, day, hour, minute, *_ = date
        return int(f"{year}{month:02}{day:02}{hour % 12 + 12 * text.endswith('PM'):02}{minute:02}")
    return int(re.sub(r"\D", "", text) or 0) if re.fullmatch(r"[\d-]*", text) else 0


def _submitters(listed):
    """Return {folder: name}, as Gradescope lists them. What programs printed stands deeper: not read."""
    try:
        text = listed.read(LIST).decode("utf-8", "replace") + "\n"
    except Exception:  # without names, there are the ids
        return {}
    blocks = re.findall(r"^(\S+):\n  :submitters:\n((?:(?:  - |    ).*\n)+)", text, re.MULTILINE)
    names = {
        folder: re.findall(r"^  (?:- |  ):name: *(.+)$", block, re.MULTILINE) for folder, block in blocks
    }
    return {folder: ", ".join(name.strip("'\"") for name in those) for folder, those in names.items()}


def own(part):
    """Return what a name says besides the lesson's, and without the marks of a copy."""
    halves = LESSON.sub("/", COPY.sub("", _stem(part)), count=1).split("/")
    return "_".join(filter(None, (half.strip(" _-") for half in halves)))


def _is_class(parts):
    """Return whether files or folders of these names are several persons': two names, or one lesson twice."""
    labels = [(simple(own(part)) if named((part,), 0) else "", lesson_in(part)) for part in parts]
    return len({name for name, _ in labels} - {""}) > 1 or len(set(labels)) < len(labels)


def _plain(paths, depth):
    """Return {path: Owner} of paths that no platform wrote: one Owner for the same own words, if these name a
    file for each lesson and copies of it, else one for each file or folder."""
    tops = {path: named(path, depth * (len(path) > depth)) for path in paths}
    words = {top: own(top[-1]) for top in tops.values() if top}
    shown = unshared({*words.values()})
    persons, owned = defaultdict(list), {}
    for top, word in words.items():
        persons[simple(shown[word])].append(top)
    for name, those in persons.items():
        is_one = _is_one(those)
        for top in those:
            person = Owner(("name", name), shown[words[top]])
            owned[top] = person if is_one else Owner(("path", *top), _stem(top[-1]))
    return {path: owned.get(tops[path]) or Owner(("path", *path), path[-1]) for path in paths}


def named(path, depth):
    """Return a path up to its first own words, or (). A number names a folder, and a file if it is long."""
    for i in range(depth, len(path)):
        enough = r"[^\W\d]|^(?!(19|20)\d\d[-_.]?\d\d[-_.]?\d\d$)\d{5,}$" if i == len(path) - 1 else r"\w"
        if re.search(enough, own(path[i])):
            return path[: i + 1]
    return ()


def _is_one(tops):
    """Return whether paths with the same own words are a person's: for each lesson a file and its copies."""
    lessons = defaultdict(list)
    for top in tops:
        lessons[lesson_in("/".join(top))].append(_is_copy(top[-1]))
    have_one = all(len(copies) == 1 or copies.count(False) == 1 for copies in lessons.values())
    return have_one and (len(lessons) == 1 or "" not in lessons)


def unshared(names):
    """Return {name: it without the words that all begin or end with, as long as a letter is left}.

    Two may be of one family: of theirs, only what is no name is dropped.
    """
    left = {name: name for name in names}
    for end in (r"^[^ _-]+[ _-]+", r"[ _-]+[^ _-]+$"):
        while len(left) > 1:
            words = {m[0].casefold() if (m := re.search(end, text)) else None for text in left.values()}
            rest = {name: re.sub(end, "", text) for name, text in left.items()}
            few = len(left) < 3 and not re.search(r"\d|hw|homework|assignment|exercise", str(words))
            if few or len(words) > 1 or None in words or not re.search(r"[^\W\d_]", "".join(rest.values())):
                break
            left = rest
    return left


def simple(name):
    """Return a name as it is compared: the same however it is written."""
    return re.sub(r"[\W_]+", " ", unicodedata.normalize("NFKC", name).casefold()).strip()


def _stem(part):
    return SUFFIXES.sub("", part).strip()


def lesson_in(text):
    """Return the last lesson that a text names, or an empty text."""
    names = [*LESSON.finditer(text)]
    return re.sub(r"[\W\d_]", "", names[-1]["lesson"].casefold()) if names else ""


def _is_copy(part):
    lesson = LESSON.search(COPY.sub("", _stem(part)))
    return bool(COPY.search(_stem(part)) or lesson and lesson["mark"])
