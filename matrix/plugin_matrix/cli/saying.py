"""Text for people, on terminals of every kind."""

import sys

import click


def say(text: str, *, err: bool = False) -> None:
    """Print text for people; what the terminal cannot show is written as its escape.

    click writes UTF-8 where Python would write ASCII, whatever the terminal makes of it.
    """
    encoding = (sys.stderr if err else sys.stdout).encoding or "ascii"
    click.echo(text.encode(encoding, "backslashreplace").decode(encoding), err=err)
