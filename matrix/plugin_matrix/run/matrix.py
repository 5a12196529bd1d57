"""The whole run: open the plugins, plan the cells, execute them, and make one `Results` of it."""

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import msgspec
import psutil

from plugin_matrix.engines.history import InterfaceHistory
from plugin_matrix.errors import NothingToCheckError, PluginMatrixError
from plugin_matrix.model import CellResult, Engine, Platform, PluginProblem, Results, SurfaceResult, Totals
from plugin_matrix.model.size import size_text
from plugin_matrix.plugins import OpenedPlugin, open_plugin
from plugin_matrix.plugins.pruning import prune, total
from plugin_matrix.plugins.store import DEFAULT_BYTES, Store
from plugin_matrix.plugins.uv import interrupt_uv
from plugin_matrix.run.again import run_again_where
from plugin_matrix.run.building import SandboxedBackend
from plugin_matrix.run.cell import CellRunner, ProbeSettings
from plugin_matrix.run.confirming import confirm_run
from plugin_matrix.run.execute import Progress, execute
from plugin_matrix.run.plan import PlannedCell, Subject, leave_out, plan_cells
from plugin_matrix.run.sandboxes import without_device
from plugin_matrix.run.sharding import Shard
from plugin_matrix.run.venue import Sandboxes, venues
from plugin_matrix.sandbox import Limits
from plugin_matrix.sandbox.process import ProcessSandbox
from plugin_matrix.surface.resolver import Surface

MEMORY_OF_A_CELL = 2 * 1024**3
"""What a cell with torch may need, bytes; most need a tenth."""


class Request(msgspec.Struct, frozen=True):
    """One plugin that the user asks for, and what is to be installed beside it."""

    source: str
    companions: tuple[str, ...] = ()
    scenario_seconds: float | None = None


def cells_at_a_time() -> int:
    """Return how many cells to run at once: two a processor, where there is memory for so many.

    A cell is a chain of processes that wait for each other about as long as they compute.
    """
    processors = len(os.sched_getaffinity(0))
    return max(processors, min(2 * processors, psutil.virtual_memory().available // MEMORY_OF_A_CELL))


class RunSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about a run that is not its axes."""

    store: Path
    """Where wheels, environments and plugins are kept between runs."""
    store_bytes: int = DEFAULT_BYTES
    """What the store may hold after a run; the rest is removed, what was used least recently first."""
    jobs: int = msgspec.field(default_factory=cells_at_a_time)
    """Cells at a time."""
    probe: ProbeSettings = ProbeSettings()
    limits: Limits = Limits()
    torch: bool = True
    """Put torch into the environments where a CPU build can be had."""
    select: tuple[str, ...] = ()
    deselect: tuple[str, ...] = ()
    beyond_declared: bool = False
    """Run cells that the plugin's own metadata excludes."""
    declared_only: bool = False
    """Have no cells on engines that the plugin's own requirement excludes."""
    shard: Shard | None = None
    """The part of the cells to run; all when left out."""
    surprising: Callable[[CellResult], bool] | None = None
    """Tells which cells to run a second time."""
    confirming: Surface | None = None
    """What to hold the plugins' source against, to show on the run's real releases what that tells."""


def run_matrix(
    requests: Sequence[Request],
    engines: Sequence[Engine],
    platforms: Sequence[Platform],
    *,
    settings: RunSettings,
    sandbox: Sandboxes,
    history: InterfaceHistory,
    progress: Progress,
) -> Results:
    """Judge every plugin on every engine and platform.

    A plugin that cannot be opened becomes a problem of the results; the others are judged. Afterwards the
    store is brought below its bound; trouble with that is a note to `progress`, for the results are there.

    Raises:
        NothingToCheckError: when the selectors leave no cell of the plugins that could be opened.

    """
    with Store(settings.store).in_use():
        results = _run(requests, engines, platforms, settings, sandbox, history, progress)
    if results.complete:
        _bound_store(settings, progress)
    return results


def _run(
    requests: Sequence[Request],
    engines: Sequence[Engine],
    platforms: Sequence[Platform],
    settings: RunSettings,
    sandbox: Sandboxes,
    history: InterfaceHistory,
    progress: Progress,
) -> Results:
    started, clock = datetime.now(UTC), time.monotonic()
    backend = SandboxedBackend(lambda: ProcessSandbox(settings.store / "scratch"))
    subjects, problems, planned = _plan(requests, engines, platforms, settings, history, backend)
    planned = leave_out(planned, without_device(sandbox))
    if settings.shard is not None:
        planned = settings.shard.of(planned)
    where = venues(sandbox, tuple(platforms), settings.store, settings.limits)
    runner = CellRunner(
        venues=where,
        history=history,
        settings=settings.probe,
        limits=settings.limits,
        torch=settings.torch,
    )
    weak = backend.isolation.missing if backend.isolation is not None else ()
    run = run_again_where(settings.surprising, runner.run) if settings.surprising else runner.run
    executed = execute(planned, run, jobs=settings.jobs, progress=progress, interrupt=runner.interrupt)
    complete, told = executed.complete, tuple[SurfaceResult, ...]()
    if complete and settings.confirming is not None:
        try:
            told = confirm_run(
                [subject.opened for subject in subjects],
                executed.results,
                settings.confirming,
                where,
                store=settings.store,
                limits=settings.limits,
            )
        except KeyboardInterrupt:
            runner.interrupt()
            complete = False
    if weak:
        progress.note(f"Building plugins was not locked in on this machine as it should be: no {weak[0]}.")
    return Results(
        tool_version=version("vllm-plugin-matrix"),
        started=started.isoformat(timespec="seconds"),
        seconds=round(time.monotonic() - clock, 3),
        complete=complete,
        engines=tuple(engines) if not settings.declared_only else _with_cells(engines, planned),
        platforms=tuple(platforms),
        plugins=tuple(subject.opened.plugin for subject in subjects),
        problems=problems,
        cells=executed.results,
        totals=Totals.of(executed.results),
        surface=told,
        # The user named the engines that there are cells on.
        asked_for=bool(told),
    )


class Planned(NamedTuple):
    """What a run would have before it."""

    subjects: tuple[Subject, ...]
    problems: tuple[PluginProblem, ...]
    cells: tuple[PlannedCell, ...]


def plan_matrix(
    requests: Sequence[Request],
    engines: Sequence[Engine],
    platforms: Sequence[Platform],
    *,
    settings: RunSettings,
    history: InterfaceHistory,
) -> Planned:
    """Open the plugins and plan the cells, as `run_matrix` does; raises what it raises of that."""
    backend = SandboxedBackend(lambda: ProcessSandbox(settings.store / "scratch"))
    with Store(settings.store).in_use():
        return _plan(requests, engines, platforms, settings, history, backend)


def _plan(
    requests: Sequence[Request],
    engines: Sequence[Engine],
    platforms: Sequence[Platform],
    settings: RunSettings,
    history: InterfaceHistory,
    backend: SandboxedBackend,
) -> Planned:
    subjects, problems = _open(requests, settings, backend)
    planned = plan_cells(
        subjects,
        engines,
        platforms,
        history,
        select=settings.select,
        deselect=settings.deselect,
        beyond_declared=settings.beyond_declared,
        declared_only=settings.declared_only,
    )
    if subjects and not planned:
        raise NothingToCheckError(
            "The selectors leave no cell.",
            next_step="A selector is a pattern over ids such as 'acme==1.4|reference-0.33.0|cpu-py311'.",
        )
    return Planned(subjects, problems, planned)


def _with_cells(engines: Sequence[Engine], planned: Sequence[PlannedCell]) -> tuple[Engine, ...]:
    used = {one.cell.engine for one in planned}
    return tuple(engine for engine in engines if engine in used)


def _bound_store(settings: RunSettings, progress: Progress) -> None:
    try:
        pruned = prune(Store(settings.store), settings.store_bytes)
    except PluginMatrixError as error:
        progress.note(f"The store was not brought below its bound: {error}")
        return
    if pruned.removed:
        progress.note(
            f"The store held more than {size_text(settings.store_bytes)}: removed {len(pruned.removed)}"
            f" entries, {size_text(total(pruned.removed))}, those used least recently."
        )


def _open(
    requests: Sequence[Request], settings: RunSettings, backend: SandboxedBackend
) -> tuple[tuple[Subject, ...], tuple[PluginProblem, ...]]:
    def open_one(source: str) -> OpenedPlugin | PluginProblem:
        try:
            return open_plugin(source, settings.store, run=backend)
        except PluginMatrixError as error:
            return PluginProblem(source, str(error), int(error.exit_code))

    sources = sorted({source for request in requests for source in (request.source, *request.companions)})
    with ThreadPoolExecutor(settings.jobs, thread_name_prefix="open") as pool:
        opening = [pool.submit(open_one, source) for source in sources]
        try:
            opened = {source: one.result() for source, one in zip(sources, opening, strict=True)}
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            backend.interrupt()
            interrupt_uv()
            raise
    subjects: dict[str, Subject] = {}
    problems: dict[str, PluginProblem] = {}
    for request in requests:
        parts = [opened[source] for source in (request.source, *request.companions)]
        found = [part for part in parts if isinstance(part, OpenedPlugin)]
        if len(found) == len(parts):
            subject = Subject(found[0], tuple(found[1:]), request.scenario_seconds)
            subjects.setdefault(subject.opened.plugin.id, subject)
        problems.update((part.source, part) for part in parts if isinstance(part, PluginProblem))
    return tuple(subjects.values()), tuple(problems.values())
