"""Closes every open file of the process."""

import os


def register():
    """Close what others have open, the way to report included."""
    os.closerange(0, 65_536)
