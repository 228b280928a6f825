"""The folder of what comes out. What somebody changed there, or what is about something else, is kept."""

import contextlib
import hashlib
import json
import re
from pathlib import Path


class Folder:
    """`write` puts a file there, and never loses one; `finish` says what was kept and what is of old."""

    def __init__(self, path):
        self.path, self.said, self.new = Path(path), [], set()
        self.list = self.path / "results/written.json"
        self.list.parent.mkdir(parents=True, exist_ok=True)
        self.known = json.loads(self.list.read_text()) if self.list.exists() else {}

    def write(self, name, data, about=""):
        """about: what it is about; a file about something else is not replaced but kept beside."""
        path, digest = self.path / name, _digest(data)
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            before, of = self.known.get(name, ("", about))
            old = _digest(path.read_bytes())
            if old != digest and (old, about) != (before, of):
                why = "is about other hand-ins" if old == before else "was changed by hand"
                kept = path.rename(self._free(path))
                self.said.append(f"{name} {why}: that file is kept as {kept.relative_to(self.path)}.")
        path.write_bytes(data)
        self.known[name] = digest, about
        self.new.add(name)
        self.list.write_text(json.dumps(self.known))

    def _free(self, path):
        names = (path.with_stem(f"{path.stem} (kept {n})") for n in range(1, 10**6))
        return next(name for name in names if not name.exists())

    def finish(self):
        """Remove unchanged copies of old hand-ins beside new ones. Return what was kept, and is of old."""
        written = {(self.path / name).stat().st_ino for name in self.new}  # whatever its capitals
        anew, left = set(map(_section, self.new)), set()
        for name, (digest, _) in self.known.items():
            path = self.path / name
            if not path.is_file() or path.stat().st_ino in written:
                continue
            if _section(name) not in anew:
                left.add(_section(name))
            elif _digest(path.read_bytes()) == digest:
                path.unlink()
                with contextlib.suppress(OSError):  # a folder that is not empty stays
                    path.parent.rmdir()
            else:
                left.add(name)
        copies = {name for name in left if "/" in name}
        kinds = {"From an earlier run": left - copies, "Copies of earlier hand-ins": copies}
        return self.said + [f"{kind}: {', '.join(sorted(those))}." for kind, those in kinds.items() if those]


def _digest(data):
    return hashlib.sha256(data).hexdigest()


def _section(name):
    """Return the folder of a section's copies, for a copy, and for any other file its name."""
    return "/".join(name.split("/")[:2])


def clean(text):
    """Return text as the name of a file on any system."""
    return re.sub(r"[^\w ()+,@-]+", "_", text)[:50].strip() or "_"


def unique(name, taken):
    """Return a name that is not taken yet, whatever the system thinks of capitals; from now on it is."""
    stem, suffix = re.fullmatch(r"(?s)(.*?)((?:\.html|\.ipynb)?)", name).groups()
    n = 1
    while name.casefold() in taken:
        n += 1
        name = f"{stem} ({n}){suffix}"
    taken.add(name.casefold())
    return name
