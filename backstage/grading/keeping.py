"""The folder of what comes out. What somebody changed there, or what is about something else, is kept."""

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
        path, digest = self.path / name, hashlib.sha256(data).hexdigest()
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            before, of = self.known.get(name, ("", about))
            old = hashlib.sha256(path.read_bytes()).hexdigest()
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
        old = [n for n in self.known if n not in self.new and "/" not in n and (self.path / n).exists()]
        return self.said + [f"From an earlier run: {', '.join(sorted(old))}."] * bool(old)


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
