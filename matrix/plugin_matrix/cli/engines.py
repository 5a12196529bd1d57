"""`plugin-matrix engines`: which engines there are, and what the surface index knows of them."""

import sys
from pathlib import Path

import click

from plugin_matrix.cli.store_options import store_option
from plugin_matrix.engines.history import InterfaceHistory
from plugin_matrix.plugins.indexes import configured_sources
from plugin_matrix.plugins.store import Store
from plugin_matrix.run.giving import give_engine
from plugin_matrix.run.selection import ALL, COVERING, select_engines
from plugin_matrix.surface.building import Progress
from plugin_matrix.surface.checkouts import open_checkout
from plugin_matrix.surface.store import SurfaceIndex, own_path
from plugin_matrix.surface.updating import add, sync


@click.group(invoke_without_command=True)
@click.pass_context
def engines(context: click.Context) -> None:
    """List the engines a plugin can be judged on, with each release's date and Python."""
    if context.invoked_subcommand is not None:
        return
    history = InterfaceHistory.load()
    covering = set(select_engines([COVERING], history))
    for engine in select_engines([ALL], history):
        facts = history.release_facts[engine.release]
        mark = "  covering" if engine in covering else ""
        click.echo(f"{engine.id:<22} {facts.date}  Python {facts.requires_python}{mark}")


class _Lines:
    """Tells on standard error; the bar of a long step only where somebody looks on."""

    def say(self, text: str) -> None:
        click.echo(text, err=True)

    def indexing(self, what: str) -> Progress:
        self.say(what)
        if not sys.stderr.isatty():
            return lambda _done, _all: None

        def show(done: int, total: int) -> None:
            click.echo(f"\r{done} of {total} modules", nl=done == total, err=True)

        return show


@engines.command("sync")
@store_option
@click.option("--pre", "early", is_flag=True, help="Take release candidates and development releases too.")
@click.option("--rebuild", is_flag=True, help="Read every release anew; checkouts that were added are lost.")
def sync_index(store: Path, *, early: bool, rebuild: bool) -> None:
    """Add the vLLM releases that the package index has and the surface index lacks."""
    added = sync(Store(store), configured_sources(), _Lines(), early=early, rebuild=rebuild)
    click.echo(f"added {', '.join(added)}" if added else "nothing to add")
    _summary(store)


@engines.command("add")
@click.argument("path", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--name", metavar="VERSION", help="Version to call it by; else what the tree says of itself.")
@store_option
def add_tree(path: Path, name: str | None, store: Path) -> None:
    """Add a checkout of vLLM, or an unpacked sdist, at PATH to the surface index."""
    tree = open_checkout(path, name)
    add(Store(store), tree, _Lines())
    click.echo(f"added {tree.version}")
    _summary(store)


@engines.command("install")
@click.argument("engine")
@click.option(
    "--into",
    "venv",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="VIRTUAL_ENV",
    required=True,
    help="The virtual environment; the active one when left out.",
)
@click.option("--no-torch", is_flag=True, help="Leave torch out.")
@store_option
def install(engine: str, venv: Path, *, no_torch: bool, store: Path) -> None:
    """Give a virtual environment ENGINE (reference-0.33.0, latest) and the pytest plugin.

    Installers see vLLM there, so that a plugin that requires it can be installed beside it. The engine itself
    stays in the store: the environment works for as long as that does.
    """
    given = give_engine(engine, venv, store, torch=not no_torch)
    if given.torch_problem:
        click.echo(f"without torch: {given.torch_problem}", err=True)
    click.echo(f"{venv} has {given.engine.id}")


def _summary(store: Path) -> None:
    index = SurfaceIndex.choose(own_path(store))
    releases = index.axis.releases
    click.echo(f"{len(releases)} releases, {releases[0]} to {releases[-1]}, {len(index.modules())} modules")
    index.close()
