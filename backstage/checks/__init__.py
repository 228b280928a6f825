"""From a log of what a function did to a verdict: right, wrong in a known way, or what differs.

An exercise and a log go in, a result comes out: data that shows itself as text and HTML. A student's
function is called through `calling` alone.
"""
