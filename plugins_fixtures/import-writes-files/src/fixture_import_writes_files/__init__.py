"""Writes into the working, home and temporary directories when imported."""

import contextlib
import tempfile
from pathlib import Path

for directory in (Path.cwd(), Path.home(), Path(tempfile.gettempdir())):
    with contextlib.suppress(OSError):
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "fixture-import-writes-files.txt").write_text("imported")


def register():
    """Do nothing."""
