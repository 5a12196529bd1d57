"""Badges: for each plugin the JSON that a shields.io endpoint badge is drawn from.

https://shields.io/badges/endpoint-badge
"""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

import msgspec
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from plugin_matrix.errors import UsageError
from plugin_matrix.model import (
    Compatible,
    Incompatible,
    Level,
    NotApplicable,
    Plugin,
    Results,
    Rule,
    Undetermined,
)
from plugin_matrix.model.version_set import release_axis
from plugin_matrix.report.visible import ascii_only, line, shorten

LABEL = "vLLM"
_MOST_RANGES = 3
_NAME_CHARACTERS = 100


class Colour(StrEnum):
    """What the badge says at a glance; its words say it too."""

    SOUND = "brightgreen"
    """The newest release judged is verified, and all that the plugin declares."""
    BREAKS_SOMEWHERE = "yellow"
    BREAKS_ON_NEWEST = "orange"
    NOWHERE = "red"
    UNKNOWN = "lightgrey"


class Badge(msgspec.Struct, frozen=True, rename="camel"):
    """The endpoint's schema, as far as it is used here."""

    schema_version: int
    label: str
    message: str
    color: str


class _Standing(NamedTuple):
    judged: frozenset[str]
    """Releases of which it is known whether the plugin works."""
    broken: frozenset[str]
    declared: frozenset[str]
    """Releases that count: those declared, of cells those that were to run."""


def badges(results: Results, _: Mapping[str, Rule]) -> dict[str, bytes]:
    """Return `badges/NAME.json` for each plugin; of several versions of one, that of the newest."""
    newest: dict[str, Plugin] = {}
    for plugin in sorted(results.plugins, key=_age):
        newest[canonicalize_name(plugin.name)] = plugin
    files: dict[str, bytes] = {}
    for name, plugin in newest.items():
        files[f"badges/{_unused(_file_name(name), files)}.json"] = _encoded(badge(results, plugin))
    return files


def only_badge(results: Results, rules: Mapping[str, Rule]) -> bytes:
    """Return the one badge of results with one plugin; raises `UsageError` for more."""
    files = badges(results, rules)
    if len(files) != 1:
        raise UsageError(
            f"A badge is of one plugin, and these are {len(files)}.",
            next_step="`plugin-matrix report results.json --format badge` writes a file for each.",
        )
    return next(iter(files.values()))


def badge(results: Results, plugin: Plugin) -> Badge:
    """Return the badge of one plugin."""
    standing = _standing(results, plugin)
    axis = release_axis(
        {engine.release for engine in results.engines}
        | {release for result in results.surface for release in result.releases}
    )
    verified = [release for release in axis.releases if release in standing.judged - standing.broken]
    broken = [release for release in axis.releases if release in standing.broken & standing.declared]
    if not standing.judged:
        return Badge(1, LABEL, "not known", Colour.UNKNOWN)
    if not verified:
        return Badge(1, LABEL, "none verified", Colour.NOWHERE)
    message = _ranges(verified, [release for release in axis.releases if release in standing.judged])
    newest = max(standing.judged, key=Version)
    if newest in standing.broken:
        return Badge(1, LABEL, message, Colour.BREAKS_ON_NEWEST)
    return Badge(1, LABEL, message, Colour.BREAKS_SOMEWHERE if broken else Colour.SOUND)


def _standing(results: Results, plugin: Plugin) -> _Standing:
    """Tell where a plugin works: where some tier judged it and none found an error."""
    judged: set[str] = set()
    broken: set[str] = set()
    declared: set[str] = set()
    for cell in results.cells:
        if cell.cell.plugin != plugin.id:
            continue
        release = cell.cell.engine.release
        match cell.verdict:
            case Compatible():
                judged.add(release)
                declared.add(release)
            case Incompatible():
                judged.add(release)
                broken.add(release)
                if not cell.beyond_declared:
                    declared.add(release)
            case Undetermined() | NotApplicable():
                pass
    for result in results.surface:
        if result.plugin.id == plugin.id and result.files:
            judged.update(result.releases)
            declared.update(result.declared_releases)
            broken.update(
                release
                for finding in result.findings
                if finding.level is Level.ERROR and not finding.refuted
                for release in finding.broken
            )
    return _Standing(frozenset(judged), frozenset(broken), frozenset(declared))


def _ranges(verified: Iterable[str], judged: Iterable[str]) -> str:
    axis = release_axis(judged)
    runs = [first if first == last else f"{first}-{last}" for first, last in axis.runs(axis.mask(verified))]
    if len(runs) > _MOST_RANGES:
        number = len(list(axis.names(axis.mask(verified))))
        return f"{number} of {len(axis.releases)} releases"
    return ", ".join(runs)


def _age(plugin: Plugin) -> tuple[bool, Version]:
    try:
        return True, Version(plugin.version)
    except InvalidVersion:
        return False, Version("0")


def _file_name(name: str) -> str:
    """Return a name that leads out of no directory, whatever a plugin calls itself."""
    return re.sub(r"[^a-z0-9._-]+", "-", name.lower())[:_NAME_CHARACTERS].strip("-.") or "plugin"


def _unused(name: str, files: Mapping[str, bytes]) -> str:
    number = 1
    candidate = name
    while f"badges/{candidate}.json" in files:
        number += 1
        candidate = f"{name}--{number}"
    return candidate


def _encoded(made: Badge) -> bytes:
    seen = msgspec.structs.replace(made, message=ascii_only(line(shorten(made.message, 200))))
    return msgspec.json.format(msgspec.json.encode(seen), indent=2) + b"\n"
