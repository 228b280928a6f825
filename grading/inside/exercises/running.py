"""The real one is put here."""
