"""Pack the course for a class as softmax.zip: everything but the right answers."""

from backstage.setup.handout import main as main
