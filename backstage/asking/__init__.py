"""Questions that are answered before a lesson shows the answer: Markdown in; a widget, a page, a sheet out.

questions: read questions/*.md.
words: their Markdown as HTML.
guess: ask in a notebook, and keep what was chosen.
"""
