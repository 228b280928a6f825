"""How somebody else's function is called: a time limit, a log of what it did, and that log as text.

A function and its inputs go in, plain data comes out. Nothing here judges. The sandbox shows all of it.
"""
