"""Results in a line: `acme==1.1` on releases, with findings by name."""

from collections.abc import Mapping, Sequence

from plugin_matrix.model import (
    Accelerator,
    Cause,
    Cell,
    CellResult,
    Compatible,
    Engine,
    EngineKind,
    Finding,
    Level,
    NotApplicable,
    Platform,
    Plugin,
    PluginProblem,
    Reason,
    Results,
    SurfaceFinding,
    SurfaceResult,
    Totals,
    Undetermined,
    Verdict,
)
from plugin_matrix.model.verdict import with_findings

PLATFORM = Platform(Accelerator.CPU, "3.11")
WHERE = "reference|cpu-py311"
LEVELS = {"!": Level.ERROR, "?": Level.WARNING, ".": Level.ADVICE}
Rows = Mapping[str, Mapping[str, str]]
"""By plugin, by release: findings as words such as `a!` (an error), or `undetermined`, `not-applicable`."""


def finding(word: str, rule: str = "PM605") -> Finding:
    return Finding(rule=rule, level=LEVELS[word[-1]], subject=word[:-1], message="m", effect="e", hint="h")


def verdict(text: str) -> Verdict:
    match text.split():
        case ["undetermined", *words]:
            return Undetermined(Cause.PROBE, "why", tuple(map(finding, words)))
        case ["not-applicable"]:
            return NotApplicable(Reason.WHEEL_TAG, "why")
        case words:
            return with_findings(Compatible(), tuple(map(finding, words)))


def run_results(
    rows: Rows,
    *,
    digests: Mapping[str, str] | None = None,
    again: Mapping[tuple[str, str], str] | None = None,
    problems: Sequence[int] = (),
    complete: bool = True,
) -> Results:
    """Return results of a run; `digests` are by plugin, its id where it has none."""
    cells = []
    for plugin, row in rows.items():
        for release, text in row.items():
            square = Cell(plugin, Engine(EngineKind.REFERENCE, release), PLATFORM)
            second = (again or {}).get((plugin, release))
            cells.append(
                CellResult(
                    id=square.id,
                    cell=square,
                    verdict=verdict(text),
                    again=None if second is None else verdict(second),
                )
            )
    releases = {release for row in rows.values() for release in row}
    return Results(
        tool_version="0",
        started="2026-01-01T00:00:00Z",
        seconds=1,
        complete=complete,
        engines=tuple(Engine(EngineKind.REFERENCE, release) for release in sorted(releases)),
        platforms=(PLATFORM,),
        plugins=tuple(plugin_of(one, (digests or {}).get(one, one)) for one in rows),
        problems=tuple(PluginProblem("other", "why", code) for code in problems),
        cells=tuple(cells),
        totals=Totals.of(cells),
    )


def plugin_of(plugin: str, digest: str = "00") -> Plugin:
    name, _, version = plugin.partition("==")
    return Plugin(name=name, version=version, entry_points=(), source=name, sha256=digest)


def surface_finding(
    *broken: str,
    level: Level = Level.ERROR,
    rule: str = "PM201",
    subject: str = "s",
    since: str | None = None,
) -> SurfaceFinding:
    return SurfaceFinding(
        rule=rule,
        level=level,
        subject=subject,
        message="m",
        effect="e",
        hint="h",
        broken=broken,
        since=since,
    )


def checked(
    *findings: SurfaceFinding,
    releases: tuple[str, ...] = ("0.32.0", "0.33.0"),
    declared: tuple[str, ...] | None = None,
    files: int = 1,
    plugin: str = "acme==1.0",
) -> SurfaceResult:
    return SurfaceResult(
        plugin=plugin_of(plugin, plugin),
        releases=releases,
        declared_releases=releases if declared is None else declared,
        verified=releases,
        proposed="vllm",
        findings=findings,
        files=files,
    )


def check_results(*surface: SurfaceResult, problems: Sequence[int] = (), asked_for: bool = False) -> Results:
    return Results(
        tool_version="0",
        started="2026-01-01T00:00:00Z",
        seconds=1,
        complete=True,
        engines=(),
        platforms=(),
        plugins=tuple(result.plugin for result in surface),
        cells=(),
        totals=Totals.of(()),
        surface=surface,
        asked_for=asked_for,
        problems=tuple(PluginProblem("other", "why", code) for code in problems),
    )
