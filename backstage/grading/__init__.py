"""What an instructor runs to grade a class."""


def printable(text):
    """Text that every file and terminal takes: whatever does not print, half a character or an escape
    sequence among it, becomes a question mark of its own."""
    return "".join(c if c.isprintable() or c in "\n\t" else "\ufffd" for c in str(text))
