"""Writes where it was given nothing."""

from pathlib import Path

NAME = ".fixture-hostile-writes-outside"


def register():
    """Try system directories and the neighbours of the own one; what succeeds is taken back."""
    for directory in (Path("/etc"), Path("/usr/local/lib"), Path("/var/lib"), Path.cwd().parent):
        path = directory / NAME
        try:
            path.write_text("was here")
            path.unlink()
        except OSError:
            continue
