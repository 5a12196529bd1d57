"""Never returns from register()."""

import time


def register():
    """Wait for good."""
    while True:
        time.sleep(60)
