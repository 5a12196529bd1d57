"""Root causes: the findings of one plugin on many engines, told once each.

Two findings have the same root cause when rule and subject agree (as in
`Finding.fingerprint`); message and evidence may differ between releases.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import msgspec

from plugin_matrix.model import (
    Cell,
    CellResult,
    Evidence,
    Finding,
    Level,
    NotApplicable,
    Plugin,
    Results,
    Undetermined,
)
from plugin_matrix.report.marks import worst
from plugin_matrix.report.merging import merged_but_release, without_release
from plugin_matrix.report.ranges import Axis


class Located(NamedTuple):
    """A text and the engines and platforms it holds on."""

    text: str
    where: str


class LocatedEvidence(NamedTuple):
    """Evidence and the engines and platforms it was seen on."""

    evidence: Evidence
    where: str


class RootCause(NamedTuple):
    """One thing wrong with a plugin, over all its cells."""

    rule: str
    level: Level
    subject: str
    fingerprint: str
    cells: tuple[Cell, ...]
    where: str
    messages: tuple[Located, ...]
    effects: tuple[Located, ...]
    hints: tuple[Located, ...]
    evidence: tuple[LocatedEvidence, ...]


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


def root_causes(plugin: Plugin, cells: Iterable[CellResult], axis: Axis) -> tuple[RootCause, ...]:
    """Return the root causes behind the findings of a plugin's cells, worst first, then by rule."""
    found: dict[tuple[str, str], list[tuple[Cell, Finding]]] = defaultdict(list)
    for result in cells:
        for finding in result.findings:
            found[finding.rule, finding.subject].append((result.cell, finding))
    causes = [_root_cause(plugin, pairs, axis) for pairs in found.values()]
    rank = tuple(Level)
    return tuple(sorted(causes, key=lambda cause: (rank.index(cause.level), cause.rule, cause.subject)))


def _root_cause(plugin: Plugin, pairs: Sequence[tuple[Cell, Finding]], axis: Axis) -> RootCause:
    first = pairs[0][1]
    evidence = [(cell, item) for cell, finding in pairs for item in finding.evidence]
    cells = tuple(dict.fromkeys(cell for cell, _ in pairs))
    return RootCause(
        rule=first.rule,
        level=worst(finding.level for _, finding in pairs),
        subject=first.subject,
        fingerprint=first.fingerprint(plugin.name),
        cells=cells,
        where=axis.where(cells),
        messages=_located(pairs, lambda finding: finding.message, axis),
        effects=_located(pairs, lambda finding: finding.effect, axis),
        hints=_located(pairs, lambda finding: finding.hint, axis),
        evidence=tuple(
            LocatedEvidence(item, axis.where(some))
            for item, some in merged_but_release(evidence, _evidence_without_release).items()
        ),
    )


def _located(
    pairs: Iterable[tuple[Cell, Finding]], text: Callable[[Finding], str], axis: Axis
) -> tuple[Located, ...]:
    texts = merged_but_release(((cell, text(finding)) for cell, finding in pairs), without_release)
    return tuple(Located(value, axis.where(cells)) for value, cells in texts.items() if value)


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
