"""PM101, PM102, PM104, PM111, PM615: the groups and the names of entry points."""

from collections.abc import Iterator

from packaging.utils import canonicalize_name

from plugin_matrix.model import EntryPoint, SurfaceFinding
from plugin_matrix.plugins.known import known_plugins
from plugin_matrix.rules.case import GENERAL, LOGITS_PROCESSORS, PLATFORM
from plugin_matrix.rules.evidence import plain
from plugin_matrix.rules.metadata import cannot_be_named, line, unknown_group, unusable_name
from plugin_matrix.rules.platform import builtin_platform_names
from plugin_matrix.rules.static_metadata.case import MetadataCase

BY_NAME_SINCE = "0.7.0"
"""Entry points of a group are kept by name since then (`vllm/plugins/__init__.py:41`, 0.7.0)."""


def groups(case: MetadataCase) -> Iterator[SurfaceFinding]:
    """Judge groups and names, each on the releases that read the group."""
    for point in case.plugin.entry_points:
        reads = case.reads(point.group)
        if case.history.group_since(point.group) is None:
            yield case.stated(unknown_group(point, case.history), case.mask)
            continue
        late = case.mask & ~reads & case.declared.mask
        if late and case.declared.text is not None:
            yield _not_read_yet(case, point, late)
        if reads and cannot_be_named(point):
            yield case.stated(unusable_name(point), reads)
        yield from _taken(case, point, reads)


def _not_read_yet(case: MetadataCase, point: EntryPoint, late: int) -> SurfaceFinding:
    since = case.history.group_since(point.group)
    message = f"vLLM reads the group {point.group} since {since}; {case.axis.text(late)} is declared too."
    return case.found("PM102", point.id, message, late, (line(point),))


def _taken(case: MetadataCase, point: EntryPoint, reads: int) -> Iterator[SurfaceFinding]:
    """Yield that vLLM or another distribution uses the name. Logits processors are a list: none collide."""
    if point.group == LOGITS_PROCESSORS:
        return
    own = case.axis.mask(one for one in case.axis.names(reads) if point.name in _builtin(case, point, one))
    if own:
        what = "platform" if point.group == PLATFORM else "plugin"
        message = f"vLLM has a {what} of its own called {plain(point.name)}."
        yield case.found("PM615", point.id, message, own, (line(point),))
    others = [
        known.name
        for known in known_plugins()
        if canonicalize_name(known.name) != canonicalize_name(case.plugin.name)
        and any((other.group, other.name) == (point.group, point.name) for other in known.entry_points)
    ]
    shared = reads & case.since(BY_NAME_SINCE)
    if others and shared:
        message = f"{' and '.join(others)} {_declare(others)} an entry point of that name in the same group."
        yield case.found("PM111", point.id, message, shared, (line(point),))


def _declare(names: list[str]) -> str:
    return "declares" if len(names) == 1 else "declare"


def _builtin(case: MetadataCase, point: EntryPoint, release: str) -> frozenset[str]:
    """Return the names that vLLM itself uses in the group on `release`."""
    if release not in case.history.release_facts:
        return frozenset()
    if point.group == PLATFORM:
        return builtin_platform_names(release, case.history)
    if point.group == GENERAL:
        return frozenset(case.history.value(release, "builtin_general_plugins").split(","))
    return frozenset()
