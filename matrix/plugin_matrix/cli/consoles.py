"""Consoles that results are printed on."""

import sys

from rich.console import Console

LOG_WIDTH = 120
"""Columns where nobody says how many there are: rich's own 80 break every table in a CI log."""


def console_for_results() -> Console:
    """Return standard output as wide as the terminal, or `LOG_WIDTH` where it is none."""
    return Console(width=None if sys.stdout.isatty() else LOG_WIDTH)
