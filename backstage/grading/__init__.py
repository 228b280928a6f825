"""What an instructor runs to grade a class."""


def decoded(data):
    """Return the text of a file in UTF-8 or UTF-16. Raises UnicodeDecodeError."""
    return data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")


def printable(text):
    """Return text that every file and terminal takes: whatever does not print, half a character or an escape
    sequence among it, becomes a question mark of its own."""
    return "".join(c if c.isprintable() or c in "\n\t" else "\ufffd" for c in str(text))
