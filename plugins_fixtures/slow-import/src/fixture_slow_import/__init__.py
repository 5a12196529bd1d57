"""Takes a second to import, which is slow and yet no fault."""

import time

time.sleep(1.0)


def register():
    """Do nothing."""
