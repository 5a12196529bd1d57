"""The compat fingerprint: findings per release as bars, worked out as shapes that a template draws.

Units are CSS pixels. Colour only repeats what a pattern of shape says: errors stand on the ground, warnings
on top of them with a notch between, and the release table beside the plot says it all in words.
"""

from typing import NamedTuple

from packaging.version import Version

from plugin_matrix.model import Level
from plugin_matrix.report.marks import plural
from plugin_matrix.report.surface.view import SurfaceView

PITCH = 15
"""From one release to the next."""
BAR = 11
PLOT = 132
"""Height of the tallest bar."""
LEFT, TOP = 34, 10
STRIP = 7
"""Height of the strip of the declared range."""
LABELS = 46
_NOTCH = 1.5
_SHORTEST = 3.0


class Bar(NamedTuple):
    """A rectangle; `kind` is its CSS class."""

    x: float
    y: float
    width: float
    height: float
    kind: str


class Column(NamedTuple):
    """One release."""

    title: str
    hit: Bar
    """The whole column, to point at."""
    bars: tuple[Bar, ...]


class Tick(NamedTuple):
    """A label and where it stands."""

    x: float
    y: float
    text: str


class Fingerprint(NamedTuple):
    """The whole plot."""

    width: float
    height: float
    ground: float
    right: float
    columns: tuple[Column, ...]
    grid: tuple[Tick, ...]
    """Lines of the number axis."""
    releases: tuple[Tick, ...]
    declared: tuple[Bar, ...]
    description: str


def fingerprint(view: SurfaceView) -> Fingerprint:
    """Return the plot of a plugin's findings on each release judged."""
    releases = view.axis.releases
    most = max((view.errors_on[one] + view.warnings_on[one] for one in releases), default=0)
    top = _round_up(most)
    scale = PLOT / top
    ground = TOP + PLOT
    right = LEFT + PITCH * len(releases)
    return Fingerprint(
        width=right + 8,
        height=ground + STRIP + LABELS + 4,
        ground=ground,
        right=right,
        columns=tuple(_column(view, place, scale, ground) for place in range(len(releases))),
        grid=tuple(Tick(LEFT, ground - number * scale, str(number)) for number in sorted({0, top // 2, top})),
        releases=tuple(
            Tick(_middle(place), ground + STRIP + 8, label) for place, label in _first_of_minor(releases)
        ),
        declared=tuple(
            Bar(LEFT + PITCH * place, ground + 3, PITCH, STRIP - 3, "declared")
            for place, release in enumerate(releases)
            if release in view.declared_set
        ),
        description=_description(view),
    )


def _column(view: SurfaceView, place: int, scale: float, ground: float) -> Column:
    release = view.axis.releases[place]
    errors, warnings = view.errors_on[release], view.warnings_on[release]
    bars = []
    y, x = ground, LEFT + PITCH * place + (PITCH - BAR) / 2
    for number, level in ((errors, Level.ERROR), (warnings, Level.WARNING)):
        if number:
            height = max(number * scale - _NOTCH, _SHORTEST)
            bars.append(Bar(x, round(y - height, 2), BAR, round(height, 2), level.value))
            y -= height + _NOTCH
    if not bars:
        bars.append(Bar(x, ground - _SHORTEST, BAR, _SHORTEST, "clean"))
    hit = Bar(LEFT + PITCH * place, TOP, PITCH, PLOT + STRIP, "hit")
    declared = ", declared" if release in view.declared_set else ""
    title = f"{release}: {plural(errors, 'error')}, {plural(warnings, 'warning')}{declared}"
    return Column(title, hit, tuple(bars))


def _middle(place: int) -> float:
    return LEFT + PITCH * (place + 0.5)


def _round_up(most: int) -> int:
    """Return an even number for the top of the axis that is easy to read: 2, 4, 10, 20, 30, 40, ..."""
    scale: int = 10 ** max(0, len(str(most)) - 1)
    steps = (2, 4, 6, 10) if scale == 1 else (1, 2, 3, 4, 6, 8, 10)
    return next(step * scale for step in steps if most <= step * scale)


def _first_of_minor(releases: tuple[str, ...]) -> list[tuple[int, str]]:
    seen: set[tuple[int, ...]] = set()
    found = []
    for place, release in enumerate(releases):
        minor = Version(release).release[:2]
        if minor not in seen:
            seen.add(minor)
            found.append((place, ".".join(map(str, minor))))
    return found


def _description(view: SurfaceView) -> str:
    broken = [release for release in view.axis.releases if release not in view.verified_set]
    return (
        f"Findings of {view.result.plugin.id} on {plural(len(view.axis.releases), 'release')} of vLLM: "
        f"errors on {view.text(broken)}, none on {view.text(view.result.verified)}."
    )
