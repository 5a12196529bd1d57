"""Never returns and cannot be asked to end."""

import signal
import time


def register():
    """Ignore every signal that can be ignored and wait for good."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGALRM, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    while True:
        time.sleep(60)
