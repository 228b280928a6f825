"""The colors of all that the course draws: each in a light theme and in a dark one."""

# Okabe and Ito (2008): distinct to readers with any of the common kinds of color blindness, and in print.
# Orange and red are darker here, so that on white shapes have a contrast of 3 and texts of 4.5 (WCAG 2.2).
COLORS = {
    "blue": ("#0072b2", "#3f9fdc"),
    "orange": ("#bf8300", "#f0b94d"),
    "green": ("#009e73", "#3cc79e"),
    "pink": ("#cc79a7", "#e3a3c5"),
    "red": ("#b35900", "#ff9a4d"),
    "gray": ("#595959", "#b8b8b8"),
    "black": ("#000000", "#e0e0e0"),
    "grid": ("#e6e6e6", "#3a3a3a"),
}
BLUE, ORANGE, GREEN, PINK, RED, GRAY, _, GRID = (light for light, _ in COLORS.values())
DARK = dict(COLORS.values())


def css(color):
    """Return a color as CSS, another one in a dark theme if it is of the palette."""
    return f"light-dark({color}, {DARK[color]})" if color in DARK else color


VARIABLES = "".join(f"--{name}: {css(light)};" for name, (light, _) in COLORS.items())

# A picture that is stored as pixels is drawn for a light theme. In a dark one light and dark change places,
# hues stay, and where the picture would be black, the page behind it shows.
DARKENED = "filter: invert(1) hue-rotate(180deg); mix-blend-mode: screen"
STILL = f"""<style>
.jp-RenderedHTML img.still {{ display: inline }}
.jp-RenderedHTML img.still:not(:only-of-type) {{ max-width: 49% }}
[data-jp-theme-light="false"] .still, .vscode-dark .still {{ {DARKENED} }}
</style>"""
