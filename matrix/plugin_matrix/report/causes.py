"""Root causes: the findings of one plugin on many engines, told once each, whichever tier told them.

Two findings have the same root cause when rule and subject agree (as in `Finding.fingerprint`) and both
are, or are not, a known problem; message and evidence may differ between releases.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import msgspec

from plugin_matrix.model import (
    Cell,
    CellResult,
    Change,
    Evidence,
    Finding,
    Level,
    NotApplicable,
    Plugin,
    Results,
    SurfaceFinding,
    Undetermined,
)
from plugin_matrix.report.decision import Changes
from plugin_matrix.report.marks import worst
from plugin_matrix.report.merging import merged, merged_but_release, without_release
from plugin_matrix.report.ranges import Axis
from plugin_matrix.report.surface.view import SurfaceView


class Located(NamedTuple):
    """A text and the engines and platforms it holds on."""

    text: str
    where: str


class LocatedEvidence(NamedTuple):
    """Evidence and the engines and platforms it was seen on."""

    evidence: Evidence
    where: str


class RootCause(NamedTuple):
    """One thing wrong with a plugin, over all its cells or all releases its source was held against."""

    rule: str
    level: Level
    subject: str
    fingerprint: str
    known: str | None
    """Why it is accepted, where it is a known problem."""
    where: str
    releases: tuple[str, ...]
    """Oldest first."""
    messages: tuple[Located, ...]
    effects: tuple[Located, ...]
    hints: tuple[Located, ...]
    evidence: tuple[LocatedEvidence, ...]
    changes: tuple[Change, ...] = ()
    """How it stands against the baseline."""
    cells: tuple[Cell, ...] = ()
    source: SurfaceFinding | None = None
    """What was told from source; None of what was told by running."""
    stand_ins: tuple[str, ...] = ()
    """Absent modules that were stood in for on some of the cells."""


class Undecided(NamedTuple):
    """Cells of one plugin without a judgement, for one reason."""

    kind: str
    """The value of a `Reason` or a `Cause`."""
    detail: str
    where: str
    cells: tuple[Cell, ...]


def by_plugin(results: Results) -> dict[str, list[CellResult]]:
    """Return the cells of each plugin, oldest engine first; plugins without cells have an empty list."""
    engines = {engine: place for place, engine in enumerate(Axis(results).engines)}
    platforms = {platform: place for place, platform in enumerate(results.platforms)}
    cells: dict[str, list[CellResult]] = {plugin.id: [] for plugin in results.plugins}
    for result in results.cells:
        cells[result.cell.plugin].append(result)
    for some in cells.values():
        some.sort(key=lambda result: (platforms[result.cell.platform], engines[result.cell.engine]))
    return cells


def root_causes(
    plugin: Plugin, cells: Iterable[CellResult], axis: Axis, changes: Changes | None = None
) -> tuple[RootCause, ...]:
    """Return the root causes behind the findings of a plugin's cells, worst first, then by rule."""
    found: dict[tuple[str, str, str | None], list[tuple[Cell, Finding]]] = defaultdict(list)
    for result in cells:
        for finding in result.findings:
            found[finding.rule, finding.subject, finding.known].append((result.cell, finding))
    causes = [_root_cause(plugin, pairs, axis, changes or Changes(None)) for pairs in found.values()]
    rank = tuple(Level)
    return tuple(
        sorted(
            causes,
            key=lambda cause: (
                cause.known is not None,
                rank.index(cause.level),
                cause.rule,
                cause.subject,
                cause.known or "",
            ),
        )
    )


def _root_cause(
    plugin: Plugin, pairs: Sequence[tuple[Cell, Finding]], axis: Axis, changes: Changes
) -> RootCause:
    first = pairs[0][1]
    evidence = [(cell, item) for cell, finding in pairs for item in finding.evidence]
    cells = tuple(dict.fromkeys(cell for cell, _ in pairs))
    fingerprint = first.fingerprint(plugin.name)
    return RootCause(
        rule=first.rule,
        level=worst(finding.level for _, finding in pairs),
        subject=first.subject,
        fingerprint=fingerprint,
        known=first.known,
        where=axis.where(cells),
        releases=axis.releases(cells),
        messages=_located(pairs, lambda finding: finding.message, axis),
        effects=_located(pairs, lambda finding: finding.effect, axis),
        hints=_located(pairs, lambda finding: finding.hint, axis),
        evidence=tuple(
            LocatedEvidence(item, axis.where(some))
            for item, some in merged_but_release(evidence, _evidence_without_release).items()
        ),
        changes=changes.of(plugin.id, fingerprint, source=False, known=first.known),
        cells=cells,
        stand_ins=tuple(sorted({name for _, finding in pairs for name in finding.stand_ins})),
    )


def source_causes(view: SurfaceView, changes: Changes | None = None) -> tuple[RootCause, ...]:
    """Return what was told from a plugin's source in the same form, in the order of `view`."""
    return tuple(_source_cause(finding, view, changes or Changes(None)) for finding in view.findings)


def _source_cause(finding: SurfaceFinding, view: SurfaceView, changes: Changes) -> RootCause:
    plugin, where = view.result.plugin, view.broke_in(finding)
    fingerprint = finding.fingerprint(plugin.name)
    return RootCause(
        rule=finding.rule,
        level=finding.level,
        subject=finding.subject,
        fingerprint=fingerprint,
        known=finding.known,
        where=where,
        releases=finding.broken,
        messages=_everywhere(finding.message, where),
        effects=_everywhere(finding.effect, where),
        hints=_everywhere(finding.hint, where),
        evidence=tuple(LocatedEvidence(item, where) for item in finding.evidence),
        changes=changes.of(plugin.id, fingerprint, source=True, known=finding.known),
        source=finding,
    )


def _everywhere(text: str, where: str) -> tuple[Located, ...]:
    return (Located(text, where),) if text else ()


def _located(
    pairs: Iterable[tuple[Cell, Finding]], text: Callable[[Finding], str], axis: Axis
) -> tuple[Located, ...]:
    texts = merged_but_release(((cell, text(finding)) for cell, finding in pairs), without_release)
    return tuple(Located(value, axis.where(cells)) for value, cells in texts.items() if value)


def on_stand_ins(names: Iterable[str]) -> str:
    """Return what is said of a verdict or finding that rests on stand-ins; nothing where it does not."""
    together = ", ".join(names)
    return f"with stand-ins for {together}" if together else ""


def resting_on_stand_ins(cells: Iterable[CellResult], axis: Axis) -> tuple[Located, ...]:
    """Return for which modules there were stand-ins, and in which cells."""
    named = merged((result.cell, on_stand_ins(result.stand_ins)) for result in cells if result.stand_ins)
    return tuple(Located(text, axis.where(some)) for text, some in named.items())


def undetermined(cells: Iterable[CellResult], axis: Axis) -> tuple[Undecided, ...]:
    """Return why cells are undetermined, each cause once."""
    return _undecided(
        (
            (result.cell, (result.verdict.cause.value, result.verdict.detail))
            for result in cells
            if isinstance(result.verdict, Undetermined)
        ),
        axis,
    )


def not_applicable(cells: Iterable[CellResult], axis: Axis) -> tuple[Undecided, ...]:
    """Return why cells are not applicable, each reason once."""
    return _undecided(
        (
            (result.cell, (result.verdict.reason.value, result.verdict.detail))
            for result in cells
            if isinstance(result.verdict, NotApplicable)
        ),
        axis,
    )


def _undecided(pairs: Iterable[tuple[Cell, tuple[str, str]]], axis: Axis) -> tuple[Undecided, ...]:
    return tuple(
        Undecided(kind, detail, axis.where(cells), tuple(cells))
        for (kind, detail), cells in merged_but_release(pairs, _detail_without_release).items()
    )


def _detail_without_release(value: tuple[str, str], release: str) -> tuple[str, str]:
    return value[0], without_release(value[1], release)


def _evidence_without_release(evidence: Evidence, release: str) -> Evidence:
    return msgspec.structs.replace(evidence, text=evidence.text and without_release(evidence.text, release))


def evidence_text(evidence: Evidence) -> str:
    """Return evidence in one line: `acme/__init__.py:12 register: ValueError: twice`."""
    place = evidence.file or ""
    if evidence.file and evidence.line is not None:
        place = f"{evidence.file}:{evidence.line}"
    head = " ".join(part for part in (place, evidence.symbol) if part)
    return ": ".join(part for part in (head, evidence.text) if part)
