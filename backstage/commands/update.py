"""Bring corrections, by git or from a zip (update softmax.zip); answers move along, old copies are kept."""

from backstage.setup.update import main as main
