"""The HTML around every page that is written: one file that needs no other."""

from html import escape

ICON = '<link rel="icon" href="data:,">'  # else a browser asks the server for one
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
NO_PROGRAM = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
{head}
<title>{title}</title>
<style>{style}</style>
</head>
<body>
{body}
</body>
</html>
"""


def page(title, style, body, head=ICON):
    """Return a whole page. title: a text; style: CSS; body and head: HTML."""
    return PAGE.format(title=escape(title), style=style, body=body, head=head)
