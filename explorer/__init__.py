"""The road of a move: the reader's function, its picture's artists, what changed of them, the browser."""
