"""What every report of the surface tier shows of one plugin, worked out once."""

from collections.abc import Iterable
from functools import cached_property

from plugin_matrix.model import Level, SurfaceFinding, SurfaceResult
from plugin_matrix.model.version_set import Mask, ReleaseAxis
from plugin_matrix.report.marks import plural

_METADATA = "PM1"
"""Rules about what the plugin says of itself; nothing fails by them when it runs."""
_RANK = {level: rank for rank, level in enumerate(Level)}


class Row:
    """Neighbouring releases that fare alike: the same verdict, in or out of the declared range."""

    def __init__(self, releases: tuple[str, ...], view: "SurfaceView") -> None:
        self.releases = releases
        self.declared = releases[0] in view.declared_set
        self.broken = releases[0] not in view.verified_set
        self.errors = _span(view.errors_on[release] for release in releases)
        self.warnings = _span(view.warnings_on[release] for release in releases)

    @property
    def text(self) -> str:
        """The releases as a range."""
        first, last = self.releases[0], self.releases[-1]
        return first if first == last else f"{first}-{last}"


def _span(numbers: Iterable[int]) -> str:
    """Return `3`, or `1-4` where the releases of a row differ."""
    found = sorted(set(numbers))
    return str(found[0]) if len(found) == 1 else f"{found[0]}-{found[-1]}"


class SurfaceView:
    """One plugin's result, with its releases as an axis."""

    def __init__(self, result: SurfaceResult) -> None:
        self.result = result
        self.axis = ReleaseAxis(result.releases)
        self.declared_set = frozenset(result.declared_releases)
        self.verified_set = frozenset(result.verified)
        self.findings = tuple(sorted(result.findings, key=self._order))

    def _order(self, finding: SurfaceFinding) -> tuple[bool, int, bool, int, int, str, str]:
        """Known problems last; worst first, then what is declared, the newest releases, the most releases."""
        return (
            finding.known is not None,
            _RANK[finding.level],
            not finding.declared,
            -self.mask(finding.broken).bit_length(),
            -len(finding.broken),
            finding.rule,
            finding.subject,
        )

    @property
    def unread(self) -> bool:
        """Whether nothing of the plugin's source was read, so that nothing is known."""
        return self.result.files == 0

    def of_level(self, level: Level) -> tuple[SurfaceFinding, ...]:
        """Return the findings of one level."""
        return tuple(finding for finding in self.findings if finding.level is level)

    @cached_property
    def errors_on(self) -> dict[str, int]:
        """Number of errors on each release, without those that were refuted there."""
        return self._number(Level.ERROR)

    @cached_property
    def warnings_on(self) -> dict[str, int]:
        """Number of warnings on each release."""
        return self._number(Level.WARNING)

    def _number(self, level: Level) -> dict[str, int]:
        numbers = dict.fromkeys(self.axis.releases, 0)
        for finding in self.of_level(level):
            if finding.refuted:
                continue
            for release in finding.broken:
                if release in numbers:
                    numbers[release] += 1
        return numbers

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The release table: few rows, for what changes is told and what stays is not."""
        if self.unread:
            return ()
        rows: list[list[str]] = []
        before: tuple[bool, bool] | None = None
        for release in self.axis.releases:
            kind = (release in self.declared_set, release in self.verified_set)
            if kind == before:
                rows[-1].append(release)
            else:
                rows.append([release])
            before = kind
        return tuple(Row(tuple(row), self) for row in rows)

    def mask(self, releases: Iterable[str]) -> Mask:
        """Return the mask of those `releases` that were judged."""
        known = set(self.axis.releases)
        return self.axis.mask(release for release in releases if release in known)

    def text(self, releases: Iterable[str]) -> str:
        """Return releases as ranges: `0.9.0-0.10.2, >=0.14.0`."""
        return self.axis.text(self.mask(releases)) if self.axis.releases else "none"

    @property
    def declared_text(self) -> str:
        """What the plugin states, with how many of the releases judged that admits."""
        stated = f"vllm{self.result.declared}" if self.result.declared else "no requirement on vLLM's version"
        return f"{stated} ({plural(len(self.result.declared_releases), 'release')})"

    @property
    def verified_text(self) -> str:
        """The releases without an error."""
        if self.unread:
            return "nothing, for none of the source could be read"
        number = len(self.result.verified)
        return f"{self.text(self.result.verified)} ({plural(number, 'release')})" if number else "none"

    def broke_in(self, finding: SurfaceFinding) -> str:
        """Return when something broke and where it is broken."""
        where = self.text(finding.broken)
        if finding.since is not None:
            return (
                finding.since
                if where in {finding.since, f">={finding.since}"}
                else f"{finding.since} ({where})"
            )
        if where == "all":
            return "all releases judged"
        after = self.axis.releases[self.mask(finding.broken).bit_length() :]
        if not after:
            return f"never worked ({where})"
        # Nothing worked before it.
        return (
            f"before {after[0]}"
            if where in {f"<={finding.broken[-1]}", finding.broken[-1]}
            else (f"before {after[0]} ({where})")
        )


def places(finding: SurfaceFinding, limit: int) -> str:
    """Return where a finding stands: up to `limit` places, lines of one file together, and how many more."""
    lines: dict[str, list[str]] = {}
    shown = [evidence for evidence in finding.evidence if evidence.file is not None][:limit]
    for evidence in shown:
        numbers = lines.setdefault(evidence.file or "", [])
        if evidence.line is not None and str(evidence.line) not in numbers:
            numbers.append(str(evidence.line))
    text = ", ".join(f"{file}:{','.join(numbers)}" if numbers else file for file, numbers in lines.items())
    more = max(finding.occurrences, len(finding.evidence)) - len(shown)
    return f"{text} and {more} more" if text and more > 0 else text


def _doubts(view: SurfaceView, declared: list[str]) -> str:
    """Say on which of the `declared` releases something may break."""
    told = {
        release
        for finding in view.result.findings
        if finding.level is Level.WARNING and not finding.rule.startswith(_METADATA)
        for release in finding.broken
    }
    doubtful = [release for release in declared if release in told]
    return f" with certainty; there are warnings on {view.text(doubtful)}" if doubtful else ""


def verdict(view: SurfaceView) -> str:
    """Return the answer in one sentence."""
    result = view.result
    plugin = f"{result.plugin.name} {result.plugin.version}"
    if not result.releases:
        return f"{plugin}: none of the releases asked for reads its entry points; nothing was checked."
    if view.unread:
        return f"{plugin}: none of its source could be read, so nothing is known."
    declared = [release for release in result.releases if release in view.declared_set]
    broken = [release for release in declared if release not in view.verified_set]
    ending = f" State vllm{result.proposed}." if result.proposed else ""
    if result.unseen:
        were = "was" if len(result.unseen) == 1 else "were"
        ending = f" {plural(len(result.unseen), 'file')} {were} not seen through.{ending}"
    if not result.plugin.entry_points:
        ending = f" It has no entry point, so that much of how it comes into vLLM is not seen.{ending}"
    sound = f"nothing was found against {view.text(result.verified)}"
    if not declared:
        return f"{plugin} declares none of the {len(result.releases)} releases judged; {sound}.{ending}"
    named = "releases it declares" if result.declared else "releases judged"
    of_them = (
        f"the {len(declared)} {named}" if len(declared) > 1 else f"the one {named.replace('s ', ' ', 1)}"
    )
    if not broken:
        return f"Nothing was found that breaks {plugin} on {of_them}{_doubts(view, declared)}.{ending}"
    which = of_them if len(broken) == len(declared) else f"{len(broken)} of {of_them}"
    all_of = "all " if which == of_them and len(declared) > 1 else ""
    rest = f"; {sound}" if result.verified else ""
    where = "" if len(broken) == len(result.releases) else f": {view.text(broken)}"
    return f"{plugin} breaks on {all_of}{which}{where}{rest}.{ending}"
