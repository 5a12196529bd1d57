"""`plugin-matrix run`: judge plugins on engines and platforms."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console

from plugin_matrix.cli.axis_options import axis_options
from plugin_matrix.cli.consoles import console_for_results
from plugin_matrix.cli.gating import decided, engines_of, policy_of, told_decision
from plugin_matrix.cli.settings import RUN, limits_of, settings_options
from plugin_matrix.cli.store_options import store_option, store_size_option
from plugin_matrix.config import Settings
from plugin_matrix.engines.history import InterfaceHistory
from plugin_matrix.engines.interpreters import default_platforms, parse_platform
from plugin_matrix.errors import ExitCode, UsageError
from plugin_matrix.gate.turning import turned_red
from plugin_matrix.model import Engine, EngineKind, Results
from plugin_matrix.report import FORMATS, print_results, render, writable_directory
from plugin_matrix.run.cell import ProbeSettings
from plugin_matrix.run.check import open_surface
from plugin_matrix.run.expectations import Expectation, load_expectation, mismatches
from plugin_matrix.run.matrix import Request, RunSettings, run_matrix
from plugin_matrix.run.progress import progress_for
from plugin_matrix.run.sandboxes import Choice, sandboxes
from plugin_matrix.run.selection import COVERING, select_engines
from plugin_matrix.run.sharding import parse_shard


@click.command()
@click.argument("plugins", nargs=-1, required=True, metavar="PLUGIN...")
@axis_options
@click.option("--shard", metavar="N/M", help="Only this part of the cells, for example 1/4.")
@click.option("--no-torch", is_flag=True, help="Leave torch out; models are then not built.")
@click.option(
    "--repeat",
    type=click.IntRange(2, 1000),
    default=ProbeSettings().repeat,
    show_default=True,
    help="Calls of each plugin function in one process.",
)
@click.option(
    "--jobs",
    "-j",
    type=click.IntRange(1, 256),
    help="Cells at a time; two a processor, as far as there is memory, when left out.",
)
@click.option(
    "--directory",
    type=click.Path(path_type=Path),
    default=Path("reports"),
    show_default=True,
    help="Where reports are written.",
)
@click.option(
    "--format",
    "formats",
    multiple=True,
    type=click.Choice(FORMATS),
    help="Formats to write; all when left out.",
)
@store_option
@store_size_option
@click.option(
    "--confirm",
    is_flag=True,
    help="Hold the source against the run's real releases too, as `check` does, and show each error there.",
)
@click.option(
    "--expect",
    is_flag=True,
    help="Compare with each plugin directory's expect.toml; exit 0 when all is as stated.",
)
@settings_options(RUN)
def run(  # noqa: PLR0913 - one parameter an option, that is click's way
    plugins: tuple[str, ...],
    companions: tuple[str, ...],
    select: tuple[str, ...],
    deselect: tuple[str, ...],
    *,
    beyond_declared: bool,
    shard: str | None,
    no_torch: bool,
    repeat: int,
    jobs: int | None,
    directory: Path,
    formats: tuple[str, ...],
    store: Path,
    store_size: int,
    confirm: bool,
    expect: bool,
    settings: Settings,
) -> None:
    """Judge each PLUGIN (a requirement, directory, wheel or sdist) on engines and platforms."""
    policy = policy_of(settings)
    values = settings.values
    history = InterfaceHistory.load()
    chosen = engines_of(settings, history.releases)
    engines = select_engines(chosen.terms or (COVERING,), history)
    if confirm:
        _see_that_it_can_confirm(engines, shard)
    platforms = tuple(parse_platform(platform) for platform in values.platforms) or default_platforms()
    writable_directory(directory)
    expectations = {source: load_expectation(Path(source)) for source in plugins if expect}
    run_settings = RunSettings(
        store=store,
        store_bytes=store_size,
        jobs=jobs or RunSettings(store=store).jobs,
        probe=ProbeSettings(
            repeat=repeat,
            scenario_seconds=values.limits.scenario_seconds,
            stub=values.stub,
            stub_missing=values.stub_missing,
        ),
        limits=limits_of(values.limits),
        torch=not no_torch,
        select=select,
        deselect=deselect,
        beyond_declared=beyond_declared,
        declared_only=chosen.declared,
        shard=parse_shard(shard) if shard else None,
        surprising=turned_red(policy) if policy.baseline is not None else None,
        confirming=open_surface(store) if confirm else None,
    )
    requests = [_request(source, companions, expectations.get(source)) for source in plugins]
    errors = Console(stderr=True)

    def tell(text: str) -> None:
        errors.print(text, style="bold yellow", markup=False, highlight=False, soft_wrap=True)

    with sandboxes(Choice(values.sandbox), platforms, store, tell) as chosen_sandboxes:
        ran = run_matrix(
            requests,
            engines,
            platforms,
            settings=run_settings,
            sandbox=chosen_sandboxes,
            history=history,
            progress=progress_for(errors),
        )
    results = decided(ran, settings, policy)
    print_results(results, console_for_results())
    for path in render(results, directory, formats or FORMATS):
        click.echo(f"wrote {path}")
    sys.exit(_compare(results, expectations) if expect else told_decision(results, settings))


def _see_that_it_can_confirm(engines: Sequence[Engine], shard: str | None) -> None:
    if shard:
        raise UsageError(
            "--confirm looks at all cells of a plugin together, and --shard has some of them only.",
            next_step="Leave --shard out, or show errors by `plugin-matrix check --confirm`.",
        )
    if not any(engine.kind is EngineKind.RELEASE for engine in engines):
        raise UsageError(
            "--confirm shows errors on real releases of vLLM, and none is among the engines.",
            next_step="Name one, for example --engines vllm-0.33.0; or use `plugin-matrix check --confirm`.",
        )


def _request(source: str, companions: tuple[str, ...], expectation: Expectation | None) -> Request:
    if expectation is None:
        return Request(source, companions)
    beside = tuple(str(Path(source).parent / name) for name in expectation.beside)
    return Request(source, (*companions, *beside), expectation.scenario_seconds)


def _compare(results: Results, expectations: dict[str, Expectation | None]) -> ExitCode:
    """Print what is not as expected; undecided problems count too."""
    stated = {
        plugin.id: expectation
        for plugin in results.plugins
        for source, expectation in expectations.items()
        if expectation is not None and Path(source).name == plugin.source
    }
    wrong = list(mismatches(results.cells, stated))
    for mismatch in wrong:
        click.echo(f"not as expected: {mismatch.cell}: expected {mismatch.expected}; got {mismatch.actual}")
    for problem in results.problems:
        click.echo(f"not as expected: {problem.source}: {problem.message}")
    click.echo(
        f"{len(results.cells)} cells of {len(stated)} plugins with expectations, {len(wrong)} not as expected"
    )
    if not results.complete:
        return ExitCode.INTERRUPTED
    return ExitCode.INCOMPATIBLE if wrong or results.problems else ExitCode.COMPATIBLE
