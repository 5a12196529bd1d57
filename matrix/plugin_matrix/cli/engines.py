"""`plugin-matrix engines`: which engines there are, and what the surface index knows of them."""

import sys
from pathlib import Path

import click
from click.core import ParameterSource
from rich.table import Table

from plugin_matrix.cli.consoles import console_for_results
from plugin_matrix.cli.gating import today
from plugin_matrix.cli.store_options import store_option
from plugin_matrix.engines.environment import Environments
from plugin_matrix.engines.history import InterfaceHistory
from plugin_matrix.engines.installed import real_engines, remove_engines
from plugin_matrix.engines.interpreters import default_platforms, parse_platform
from plugin_matrix.errors import ExitCode, PluginMatrixError, UnknownEngineError, UsageError
from plugin_matrix.model.size import size_text
from plugin_matrix.plugins.indexes import configured_sources
from plugin_matrix.plugins.pruning import total
from plugin_matrix.plugins.store import Store
from plugin_matrix.run.giving import give_engine
from plugin_matrix.run.policy import chosen_engines
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
@click.argument("wanted", nargs=-1, required=True, metavar="ENGINE...")
@click.option(
    "--into",
    "venv",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="VIRTUAL_ENV",
    help="A virtual environment to give the engine to; of a reference engine the active one when left out.",
)
@click.option("--no-torch", is_flag=True, help="Leave torch out.")
@click.option("--platforms", multiple=True, metavar="PLATFORM", help="For example cpu-py311; this Python's.")
@store_option
@click.pass_context
def install(
    context: click.Context,
    wanted: tuple[str, ...],
    venv: Path | None,
    platforms: tuple[str, ...],
    *,
    no_torch: bool,
    store: Path,
) -> None:
    """Install real engines (vllm-0.33.0, 'vllm>=0.30', ../vllm) into the store, for runs to come.

    With --into, and for a reference engine always: give a virtual environment the one ENGINE and the pytest
    plugin. Installers see vLLM there, so that a plugin that requires it can be installed beside it. The
    engine itself stays in the store: the environment works for as long as that does.
    """
    history = InterfaceHistory.load()
    chosen = select_engines(chosen_engines(wanted, history.releases, today()).terms, history)
    asked = context.get_parameter_source("venv") is ParameterSource.COMMANDLINE
    if asked or not all(engine.is_real for engine in chosen):
        _give(wanted, venv, store, torch=not no_torch)
        return
    problems = 0
    with Store(store).in_use():
        environments = Environments(store)
        for engine in chosen:
            for platform in [parse_platform(text) for text in platforms] or default_platforms():
                click.echo(f"installing {engine.id} for {platform.id}", err=True)
                try:
                    environments.provide(engine, platform)
                except PluginMatrixError as error:
                    problems += 1
                    click.echo(f"not installed: {engine.id} for {platform.id}: {error}", err=True)
    _list_real(store)
    sys.exit(ExitCode.UNDETERMINED if problems else ExitCode.COMPATIBLE)


def _give(wanted: tuple[str, ...], venv: Path | None, store: Path, *, torch: bool) -> None:
    if venv is None or len(wanted) != 1:
        raise UsageError(
            "A reference engine is given to a virtual environment, one to each.",
            next_step="Write for example: plugin-matrix engines install reference-0.33.0 --into .venv",
        )
    given = give_engine(wanted[0], venv, store, torch=torch)
    if given.torch_problem:
        click.echo(f"without torch: {given.torch_problem}", err=True)
    click.echo(f"{venv} has {given.engine.id}")
    for name, value in given.variables.items():
        click.echo(f"set where it runs: {name}={value}")


@engines.command("list")
@store_option
def list_real(store: Path) -> None:
    """List the real engines in the store, what they were made from and what they take on disk."""
    _list_real(store)


@engines.command("remove")
@click.argument("wanted", nargs=-1, metavar="ENGINE...")
@click.option("--all", "everything", is_flag=True, help="All of them, and the packages that they share.")
@store_option
def remove(wanted: tuple[str, ...], store: Path, *, everything: bool) -> None:
    """Take real engines, named as `engines list` names them, out of the store; what a run uses stays."""
    there = {engine.id for engine in real_engines(Store(store)).engines}
    unknown = [name for name in wanted if name not in there]
    if unknown or not (wanted or everything):
        raise UnknownEngineError(
            f"The store has no {', '.join(unknown)}." if unknown else "No engine is named.",
            next_step="`plugin-matrix engines list` says what there is; `--all` means everything.",
        )
    gone = remove_engines(Store(store), frozenset(there if everything else wanted), packages=everything)
    click.echo(f"removed {len(gone.removed)} entries, {size_text(total(gone.removed))}")
    if gone.kept:
        click.echo(f"{len(gone.kept)} entries stay: a run under way uses them")


def _list_real(store: Path) -> None:
    found = real_engines(Store(store))
    table = Table("engine", "made from", box=None, pad_edge=False)
    for heading in ("environments", "size"):
        table.add_column(heading, justify="right")
    table.add_column("last used (UTC)")
    for engine in found.engines:
        used = f"{engine.last_use:%Y-%m-%d %H:%M}"
        table.add_row(engine.id, engine.artefact, str(len(engine.environments)), size_text(engine.size), used)
    if found.packages:
        size = size_text(total(found.packages))
        table.add_row("", "packages that they share", str(len(found.packages)), size, "")
    table.add_row("together", "", "", size_text(found.size), "")
    click.echo(f"{store.absolute()}")
    console_for_results().print(table)


def _summary(store: Path) -> None:
    index = SurfaceIndex.choose(own_path(store))
    releases = index.axis.releases
    click.echo(f"{len(releases)} releases, {releases[0]} to {releases[-1]}, {len(index.modules())} modules")
    index.close()
