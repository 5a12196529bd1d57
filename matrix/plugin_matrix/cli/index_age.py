"""What the surface index of this machine knows: for `--version`, and a notice where it is old."""

import datetime as dt
import os
from pathlib import Path
from typing import NamedTuple

import click

from plugin_matrix.errors import SurfaceIndexError

OLD_AFTER = dt.timedelta(days=30)
"""vLLM ships about every two weeks: by then two releases are likely to be missing."""


class IndexFacts(NamedTuple):
    """When the index was made and what it knows."""

    made: dt.date
    releases: int
    newest: str

    @property
    def text(self) -> str:
        """One line, for `--version`."""
        return f"surface index of {self.made}: {self.releases} releases of vLLM, the newest {self.newest}"


def index_facts(store: Path | None) -> IndexFacts:
    """Return the facts of the index that `check` takes with `store`; raises `SurfaceIndexError`."""
    from plugin_matrix.surface.store import SurfaceIndex, own_path  # noqa: PLC0415 - few commands need it

    index = SurfaceIndex.choose(own_path(store))
    made = dt.datetime.fromisoformat(index.built).date()
    facts = IndexFacts(made, len(index.axis.releases), index.axis.releases[-1])
    index.close()
    return facts


def notice(facts: IndexFacts, today: dt.date) -> str:
    """Return what to say of an old index; nothing where it is not old. Nothing is asked of the network."""
    if today - facts.made <= OLD_AFTER:
        return ""
    return (
        f"The surface index is {(today - facts.made).days} days old and knows vLLM up to {facts.newest}:"
        " `plugin-matrix engines sync` adds what came out since. PLUGIN_MATRIX_NOTICE=0, or notice = false"
        " in [tool.plugin-matrix], ends this notice."
    )


def tell_old_index(store: Path, today: dt.date) -> None:
    """Say on standard error that releases may be missing."""
    if text := notice(index_facts(store), today):
        click.echo(text, err=True)


def show_version(context: click.Context, _: click.Parameter, wanted: bool) -> None:  # noqa: FBT001 - click's way
    """Print the version and what the index knows, or why it cannot be read."""
    if not wanted or context.resilient_parsing:
        return
    from importlib.metadata import version  # noqa: PLC0415 - of one option

    store = os.environ.get("PLUGIN_MATRIX_STORE")
    click.echo(f"plugin-matrix {version('vllm-plugin-matrix')}")
    try:
        click.echo(index_facts(Path(store) if store else None).text)
    except SurfaceIndexError as error:
        click.echo(f"surface index: {error}")
    context.exit()
