"""Holding plugins against the surface of every release: from what the user typed to results, nothing run."""

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import msgspec

from plugin_matrix.engines.history import InterfaceHistory
from plugin_matrix.errors import NotAPluginError, NothingToCheckError, PluginMatrixError
from plugin_matrix.model import (
    Evidence,
    Level,
    PluginProblem,
    Results,
    SurfaceFinding,
    SurfaceResult,
    Totals,
    UnseenSource,
)
from plugin_matrix.model.version_set import Mask, ReleaseAxis
from plugin_matrix.plugins import OpenedPlugin
from plugin_matrix.plugins.opening import Artefact, find_artefact
from plugin_matrix.plugins.project import REQUIREMENT
from plugin_matrix.plugins.readable import ReadablePlugin, of_opened, read_artefact
from plugin_matrix.plugins.store import Store
from plugin_matrix.plugins.uses import read_uses
from plugin_matrix.plugins.uses.plugin_source import without_collection
from plugin_matrix.plugins.uses.records import SourceUses
from plugin_matrix.rules.static import Judged, judge_with_programs
from plugin_matrix.rules.static.witnessing import RunPrograms, Told, confirmed, key_of
from plugin_matrix.rules.static_metadata import (
    Declared,
    declared_on,
    judge_metadata,
    out_of_range,
    propose,
    reading,
)
from plugin_matrix.surface.resolver import Surface
from plugin_matrix.surface.selecting import find_release, select_releases
from plugin_matrix.surface.store import SurfaceIndex, own_path

DOWNLOADS = 4
"""Plugins fetched at a time."""
Progress = Callable[[int, int, str], None]
"""Told which plugin of how many is begun."""


def open_surface(store: Path) -> Surface:
    """Open the surface index, the copy in `store` or the shipped one.

    Raises `SurfaceIndexError` with the command that mends it.
    """
    return Surface(SurfaceIndex.choose(own_path(store)))


def releases_asked_for(axis: ReleaseAxis, engines: Iterable[str], since: str | None) -> Mask:
    """Return the releases that `engines` name (all where there is none), those before `since` left out.

    Raises `UnknownEngineError`, and `NothingToCheckError` where none is left.
    """
    terms = tuple(engines)
    mask = select_releases(terms, axis) if terms else axis.all
    if since is not None:
        mask &= -axis.bit(find_release(since, axis))
    if not mask:
        raise NothingToCheckError(
            f"None of the releases asked for is {since} or came after it.",
            next_step="Leave --since or --engines out.",
        )
    return mask


def check_plugin(opened: OpenedPlugin, surface: Surface, mask: Mask) -> SurfaceResult:
    """Hold an opened plugin against the releases of `mask`."""
    return check_readable(of_opened(opened), surface, mask)


Show = Callable[[tuple[Judged, ...], tuple[str, ...]], tuple[SurfaceFinding, ...]]
"""Shows on real releases what was judged; returns the findings with what came of it.

The second argument is the releases judged, oldest first.
"""


def check_readable(
    read: ReadablePlugin,
    surface: Surface,
    mask: Mask,
    show: Show | None = None,
    *,
    store: Path | None = None,
    uses: SourceUses | None = None,
) -> SurfaceResult:
    """Hold what was read of a plugin against those releases of `mask` that read its entry points at all.

    What has no entry points and uses vLLM all the same is judged too: it may be brought in by other means.
    With `show` the errors are shown on the real releases, and those that are not true there break nothing;
    in `store` is kept what was read of the source, which is not read where `uses` has it already.
    Raises `NotAPluginError` for what has nothing to do with vLLM.
    """
    started = time.perf_counter()
    plugin, axis, history = read.plugin, surface.axis, InterfaceHistory.load()
    judged = mask & reading(plugin, axis, history)
    declared = declared_on(plugin, axis)
    uses = uses_of(read, store) if uses is None else uses
    if not plugin.entry_points and not uses.uses:
        raise NotAPluginError(
            f"{plugin.id} is not a vLLM plugin: it declares no entry point in a group of vLLM's,"
            " and its source names nothing of vLLM.",
            next_step="Declare one, for example in the group vllm.general_plugins.",
        )
    told = judge_with_programs(plugin, uses, surface, history, judged) if judged else ()
    found = show(told, axis.names(judged)) if show is not None else tuple(one.finding for one in told)
    broken, doubtful = (_releases(axis, found, level) for level in (Level.ERROR, Level.WARNING))
    metadata = judge_metadata(read, axis, history, judged, broken, doubtful) if judged else ()
    findings = (*found, *metadata)
    # Where nothing was read nothing is known: that is no release without an error.
    verified = judged & ~_releases(axis, findings, Level.ERROR) if uses.files else 0
    return SurfaceResult(
        plugin=plugin,
        releases=axis.names(judged),
        declared=declared.text,
        declared_releases=axis.names(judged & declared.mask),
        verified=axis.names(verified),
        proposed=propose(
            axis,
            judged,
            judged & ~out_of_range(axis, [one for one in findings if not one.refuted]),
            declared,
            doubtful,
        )
        if verified
        else None,
        findings=tuple(_told(one, read, axis, declared) for one in findings),
        unseen=tuple(
            UnseenSource(read.places.get(one.file, one.file), one.reason)
            for one in dict.fromkeys((*read.unseen, *uses.unseen))
        ),
        built=read.built,
        files=uses.files,
        seconds=round(time.perf_counter() - started, 3),
    )


def uses_of(read: ReadablePlugin, store: Path | None = None) -> SourceUses:
    """Return what the source of a plugin asks of vLLM; what was read is kept in `store`."""
    kept_in = None if store is None else Store(store)
    return read_uses(read.files, entry_points=read.plugin.entry_points, store=kept_in)


def shown_first(run: RunPrograms, axis: ReleaseAxis) -> Show:
    """Return what shows each error on the first release that it broke, by programs that `run` runs."""

    def show(judged: tuple[Judged, ...], releases: tuple[str, ...]) -> tuple[SurfaceFinding, ...]:
        predictions = {key_of(one.finding): one.prediction(axis) for one in judged}
        findings = tuple(one.finding for one in judged)
        return confirmed(findings, lambda one: predictions[key_of(one)], run, among=Told(findings, releases))

    return show


def check_all(
    sources: Sequence[str],
    surface: Surface,
    mask: Mask,
    *,
    store: Path,
    asked_for: bool = False,
    run: RunPrograms | None = None,
    progress: Progress = lambda _number, _total, _source: None,
) -> Results:
    """Check every plugin that `sources` names; one that cannot be read is a problem of the results.

    `asked_for` says that the user named the releases of `mask`; with `run` errors are shown on the real ones.
    """
    started, clock = datetime.now(UTC), time.perf_counter()
    show = None if run is None else shown_first(run, surface.axis)
    wanted = tuple(dict.fromkeys(sources))
    checked: dict[str, SurfaceResult] = {}
    problems: list[PluginProblem] = []
    for number, (source, found) in enumerate(zip(wanted, _found(wanted, store), strict=True), start=1):
        progress(number, len(wanted), source)
        try:
            if isinstance(found, PluginMatrixError):
                raise found
            with without_collection():
                result = check_readable(read_artefact(found, store), surface, mask, show, store=store)
        except PluginMatrixError as error:
            problems.append(PluginProblem(source, str(error), int(error.exit_code)))
        else:
            checked.setdefault(result.plugin.id, result)
    return Results(
        tool_version=version("vllm-plugin-matrix"),
        started=started.isoformat(timespec="seconds").replace("+00:00", "Z"),
        seconds=round(time.perf_counter() - clock, 3),
        complete=True,
        engines=(),
        platforms=(),
        plugins=tuple(result.plugin for result in checked.values()),
        problems=tuple(problems),
        cells=(),
        totals=Totals.of(()),
        surface=tuple(checked.values()),
        asked_for=asked_for,
    )


def _found(sources: Sequence[str], store: Path) -> list[Artefact | PluginMatrixError]:
    """Return what each source leads to, several fetched at a time.

    All are found before one is judged: a process with threads is no process to fork from.
    """

    def find(source: str) -> Artefact | PluginMatrixError:
        try:
            return find_artefact(source, store)
        except PluginMatrixError as error:
            return error

    if len(sources) < 2:  # noqa: PLR2004 - one needs no thread
        return [find(source) for source in sources]
    with ThreadPoolExecutor(min(len(sources), DOWNLOADS)) as pool:
        return list(pool.map(find, sources))


def _releases(axis: ReleaseAxis, findings: Iterable[SurfaceFinding], level: Level) -> Mask:
    return axis.mask(
        name for one in findings if one.level is level and not one.refuted for name in one.broken
    )


def _told(
    found: SurfaceFinding, read: ReadablePlugin, axis: ReleaseAxis, declared: Declared
) -> SurfaceFinding:
    """Return a finding in terms of the plugin's own tree and of the range it declares."""
    return msgspec.structs.replace(
        found,
        declared=bool(axis.mask(found.broken) & declared.mask),
        evidence=tuple(_placed(one, read) for one in found.evidence),
    )


def _placed(evidence: Evidence, read: ReadablePlugin) -> Evidence:
    """Return evidence at its place in the plugin's own tree; that of metadata at what states it."""
    if evidence.file is None or evidence.file not in read.places:
        return evidence
    metadata = {"METADATA": REQUIREMENT, "entry_points.txt": evidence.symbol or ""}
    stated = metadata.get(evidence.file)
    line = evidence.line if stated is None else read.stated_at.get(stated)
    return msgspec.structs.replace(evidence, file=read.places[evidence.file], line=line)
