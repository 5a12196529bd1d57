"""`plugin-matrix plan`: which cells a run would have, and how to split it over machines."""

import sys
from importlib.metadata import version
from pathlib import Path

import click
import msgspec

from plugin_matrix.cli.axis_options import axis_options
from plugin_matrix.cli.gating import engines_of
from plugin_matrix.cli.settings import settings_options
from plugin_matrix.cli.store_options import store_option
from plugin_matrix.config import Settings
from plugin_matrix.engines.history import InterfaceHistory
from plugin_matrix.engines.interpreters import default_platforms, parse_platform
from plugin_matrix.errors import ExitCode
from plugin_matrix.run.matrix import Planned, Request, RunSettings, plan_matrix
from plugin_matrix.run.selection import COVERING, select_engines
from plugin_matrix.run.sharding import Job, jobs_of


@click.command()
@click.argument("plugins", nargs=-1, required=True, metavar="PLUGIN...")
@axis_options
@click.option(
    "--shards",
    type=click.IntRange(1, 256),
    default=1,
    show_default=True,
    help="Parts to split the cells of each platform into.",
)
@click.option(
    "--format",
    "format_name",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    show_default=True,
    help="`github`: the jobs on one line, as `strategy.matrix` takes them.",
)
@store_option
@settings_options(("engines", "platforms"))
def plan(  # noqa: PLR0913 - one parameter an option, that is click's way
    plugins: tuple[str, ...],
    companions: tuple[str, ...],
    select: tuple[str, ...],
    deselect: tuple[str, ...],
    *,
    beyond_declared: bool,
    shards: int,
    format_name: str,
    store: Path,
    settings: Settings,
) -> None:
    """Say which cells `run` would have for each PLUGIN, without running any."""
    history = InterfaceHistory.load()
    chosen = engines_of(settings, history.releases)
    platforms = settings.values.platforms
    planned = plan_matrix(
        [Request(source, companions) for source in plugins],
        select_engines(chosen.terms or (COVERING,), history),
        tuple(parse_platform(platform) for platform in platforms) or default_platforms(),
        settings=RunSettings(
            store=store,
            select=select,
            deselect=deselect,
            beyond_declared=beyond_declared,
            declared_only=chosen.declared,
        ),
        history=history,
    )
    jobs = jobs_of(planned.cells, shards)
    if format_name == "text":
        _print(planned, jobs)
    elif format_name == "json":
        click.echo(msgspec.json.format(msgspec.json.encode(_document(planned, jobs))))
    else:
        click.echo(msgspec.json.encode({"include": jobs}).decode())
    for problem in planned.problems:
        click.echo(f"{problem.source}: {problem.message}", err=True)
    if planned.problems:
        sys.exit(max(problem.exit_code for problem in planned.problems))
    if not planned.cells:
        sys.exit(ExitCode.NOTHING_TO_CHECK)


def _print(planned: Planned, jobs: tuple[Job, ...]) -> None:
    for one in planned.cells:
        why = f"  not applicable: {one.not_applicable.detail}" if one.not_applicable else ""
        click.echo(f"{one.cell.id}{why}")
    to_run = sum(one.not_applicable is None for one in planned.cells)
    click.echo(f"{len(planned.cells)} cells, {to_run} to run, in {len(jobs)} jobs")


def _document(planned: Planned, jobs: tuple[Job, ...]) -> dict[str, object]:
    return {
        "tool_version": version("vllm-plugin-matrix"),
        "cells": [
            {
                "id": one.cell.id,
                "plugin": one.cell.plugin,
                "engine": one.cell.engine.id,
                "platform": one.cell.platform.id,
                "not_applicable": one.not_applicable.detail if one.not_applicable else None,
            }
            for one in planned.cells
        ],
        "jobs": jobs,
        "problems": planned.problems,
    }
