"""Starts processes that start processes, a thousand in all."""

import os
import time

GENERATIONS = 10
SECONDS = 10


def register():
    """Double the processes ten times; bounded, so that a machine without limits survives it."""
    parent = os.getpid()
    for _ in range(GENERATIONS):
        try:
            os.fork()
        except OSError:
            break
    if os.getpid() != parent:
        time.sleep(SECONDS)
        os._exit(0)
