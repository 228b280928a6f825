"""Put a lesson back as it was handed out (fresh 03); the old one is kept beside it."""

from backstage.setup.fresh import main as main
