"""Showing on the real releases of a run that what is told from source is true there, or is not."""

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from plugin_matrix.model import (
    CellResult,
    CheckStatus,
    Confirmation,
    EngineKind,
    NotApplicable,
    Platform,
    Plugin,
    Reach,
    SurfaceFinding,
    SurfaceResult,
    Witness,
)
from plugin_matrix.model.version_set import ReleaseAxis
from plugin_matrix.model.witness import Prediction, Program
from plugin_matrix.plugins import OpenedPlugin
from plugin_matrix.plugins.readable import of_opened
from plugin_matrix.rules.case import GENERAL, PLATFORM
from plugin_matrix.rules.static import Judged
from plugin_matrix.rules.static.witnessing import Key, Ran, RunPrograms, Told, confirmed, is_meant, key_of
from plugin_matrix.run.check import check_readable, uses_of
from plugin_matrix.run.venue import Venue
from plugin_matrix.run.witnesses import on_venue
from plugin_matrix.sandbox import Limits
from plugin_matrix.surface.resolver import Surface

CALLING = {GENERAL: "register", PLATFORM: "platform"}
"""The check in which the entry points of a group are called; those of other groups in `components`."""


def confirm_run(
    plugins: Iterable[OpenedPlugin],
    cells: Sequence[CellResult],
    surface: Surface,
    venues: Mapping[Platform, Venue],
    *,
    store: Path,
    limits: Limits,
) -> tuple[SurfaceResult, ...]:
    """Return what `confirm` does of each plugin; its programs run where the cells of a release did."""
    runs = {one: on_venue(venue, one, limits) for one, venue in venues.items()}
    told = []
    for opened in plugins:
        own = [cell for cell in cells if cell.cell.plugin == opened.plugin.id]
        platforms = {cell.cell.engine.release: cell.cell.platform for cell in reversed(own)}

        def run(
            release: str, programs: tuple[Program, ...], at: Mapping[str, Platform] = platforms
        ) -> tuple[Ran, ...]:
            # What a program is compared with may be a release that no cell ran on.
            return runs[at.get(release) or next(iter(runs))](release, programs)

        told.append(confirm(opened, own, surface, run, store=store))
    return tuple(one for one in told if one is not None)


def confirm(
    opened: OpenedPlugin,
    cells: Iterable[CellResult],
    surface: Surface,
    run: RunPrograms,
    *,
    store: Path | None = None,
) -> SurfaceResult | None:
    """Return what a plugin's source is told on the releases that its `cells` ran on, each error tried there.

    A program is compared with the last release before on which it is predicted to work, whether the run asks
    for that or not. Returns None where no cell ran on a release that the surface index has.
    """
    on = _by_release(cells, surface)
    if not on:
        return None
    read, axis = of_opened(opened), surface.axis
    uses = uses_of(read, store)
    everywhere = check_readable(read, surface, axis.all, uses=uses)

    @functools.cache
    def reaches(release: str) -> Mapping[Key, Reach]:
        # Of several releases a finding tells the earliest reach alone.
        found = check_readable(read, surface, axis.bit(release), uses=uses).findings
        return {key_of(one): one.reach for one in found}

    def show(judged: tuple[Judged, ...], _: tuple[str, ...]) -> tuple[SurfaceFinding, ...]:
        predictions = _predictions(judged, everywhere, axis)
        whole = tuple(one.finding for one in judged)
        shown = confirmed(
            tuple(_apart(whole)),
            lambda one: predictions[(*key_of(one), one.broken[0])],
            run,
            among=Told(everywhere.findings, everywhere.releases),
        )
        held = (_against_cells(one, on, opened.plugin, reaches) for one in shown)
        return tuple(_together(held, whole))

    return check_readable(read, surface, axis.mask(on), show, uses=uses)


def _by_release(cells: Iterable[CellResult], surface: Surface) -> Mapping[str, list[CellResult]]:
    """Return the cells that were run on releases of vLLM, by release."""
    known = set(surface.axis.releases)
    on: dict[str, list[CellResult]] = {}
    for result in cells:
        engine = result.cell.engine
        ran = not isinstance(result.verdict, NotApplicable)
        if engine.kind is EngineKind.RELEASE and engine.release in known and ran:
            on.setdefault(engine.release, []).append(result)
    return on


def _apart(findings: Iterable[SurfaceFinding]) -> Iterator[SurfaceFinding]:
    """Yield the findings, those that are to be shown once for each release."""
    for finding in findings:
        if is_meant(finding):
            for release in finding.broken:
                yield msgspec.structs.replace(finding, broken=(release,))
        else:
            yield finding


def _predictions(
    told: Iterable[Judged], everywhere: SurfaceResult, axis: ReleaseAxis
) -> Mapping[tuple[str, ...], Prediction | None]:
    """Return what is predicted of each error on each release, with all releases on which the same fails."""
    fails: dict[tuple[str, str], set[str]] = {}
    for one in everywhere.findings:
        fails.setdefault((one.rule, one.subject), set()).update(one.broken)
    found: dict[tuple[str, ...], Prediction | None] = {}
    for judged in told:
        finding = judged.finding
        also = fails.get((finding.rule, finding.subject), set())
        for release in finding.broken:
            predicted = judged.prediction(axis, release)
            if predicted is not None:
                predicted = msgspec.structs.replace(predicted, fails=predicted.fails | also)
            found[(*key_of(finding), release)] = predicted
    return found


def _against_cells(
    finding: SurfaceFinding,
    on: Mapping[str, Sequence[CellResult]],
    plugin: Plugin,
    reaches: Callable[[str], Mapping[Key, Reach]],
) -> SurfaceFinding:
    """Return the finding refuted where the plugin itself came past the place in a cell.

    A program holds nothing of the plugin: one that fails says nothing of what the plugin did to vLLM before.
    """
    if finding.witness is None:
        return finding
    (release,) = finding.broken
    did = _came_past(reaches(release).get(key_of(finding), Reach.LATER), plugin)
    if not did or not any(_passed(cell, did) for cell in on[release]):
        return finding
    doing = "calling" if len(did) > 1 else "importing"
    witness = Witness(
        confirmation=Confirmation.REFUTED,
        program=finding.witness.program,
        failed_on=release,
        said=finding.witness.said,
        worked_on=finding.witness.worked_on,
        plugin_did=f"{doing} what the entry points of {plugin.name} name",
    )
    return msgspec.structs.replace(finding, witness=witness)


def _came_past(reach: Reach, plugin: Plugin) -> frozenset[str]:
    """Return the checks that cannot pass where the plugin fails that early."""
    match reach:
        case Reach.IMPORT:
            return frozenset({"load"})
        case Reach.CALL:
            groups = {point.group for point in plugin.entry_points}
            return frozenset({"load", *(CALLING.get(group, "components") for group in groups)})
        case Reach.PLATFORM | Reach.ENGINE | Reach.LATER:
            return frozenset()


def _passed(cell: CellResult, checks: frozenset[str]) -> bool:
    """Tell whether a cell passed them all with nothing stood in for, for stand-ins lead elsewhere."""
    passed = {check.id for check in cell.checks if check.status is CheckStatus.PASSED}
    return not cell.stand_ins and checks <= passed


def _together(
    findings: Iterable[SurfaceFinding], before: Iterable[SurfaceFinding]
) -> Iterator[SurfaceFinding]:
    """Yield findings with the releases on which the same came of it together again."""
    whole = {key_of(one): one for one in before}
    groups: dict[tuple[object, ...], list[SurfaceFinding]] = {}
    for one in findings:
        groups.setdefault((key_of(one), *_outcome(one)), []).append(one)
    for group in groups.values():
        first = group[0]
        if first.witness is None:
            yield from group
            continue
        broken = tuple(release for one in group for release in one.broken)
        since = whole[key_of(first)].since
        yield msgspec.structs.replace(
            first,
            broken=broken,
            since=since if since in broken else None,
            witness=msgspec.structs.replace(first.witness, also=broken[1:]),
        )


def _outcome(finding: SurfaceFinding) -> tuple[str, ...]:
    """Return what came of showing a finding, apart from the release it was shown on."""
    witness = finding.witness
    if witness is None:
        return ()
    (release,) = finding.broken
    texts = (witness.confirmation, witness.program, witness.said, witness.reason, witness.plugin_did)
    return tuple(text.replace(release, "") for text in texts)
