"""Questions that are answered before a lesson shows the answer: Markdown in; a widget, a page, a sheet out.

questions: read questions/*.md.
words: their Markdown as HTML.
guess: ask in a notebook, and keep what was chosen.
digits: keep what was drawn in lesson 07.
keeping: the files of both.
"""
