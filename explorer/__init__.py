"""The road of a move: the reader's function, its picture's artists, what changed of them, the browser.

`limits`, the time limit of a call, serves exercises and grading too.
"""
