"""A picture that follows a control, from the reader's function to the browser.

A picture, a function and ranges go in; at every move, what changed of the picture comes out, as data. Nothing
here knows a lesson or a check.
"""
