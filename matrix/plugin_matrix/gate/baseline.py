"""Baseline files: what was found, and where it was looked for, when the project last said that it knows."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path

import msgspec
from packaging.version import InvalidVersion, Version

from plugin_matrix.errors import BaselineError
from plugin_matrix.gate.ledger import Edition, Place, Square, Trouble
from plugin_matrix.model import Level

DEFAULT_NAME = "plugin-matrix-baseline.json"
SCHEMA_VERSION = 1
MAKE = "make it with --gate none and then `plugin-matrix baseline update results.json`."
_MAKE_AGAIN = MAKE.capitalize()


class StandingFinding(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A finding and the engines it stands on, by where it was told."""

    fingerprint: str
    rule: str
    subject: str
    level: Level
    on: dict[str, tuple[str, ...]]


class BaselinePlugin(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One version of a plugin."""

    name: str
    version: str
    sha256: dict[str, str]
    judged: dict[str, tuple[str, ...]]
    undetermined: dict[str, tuple[str, ...]] = {}
    findings: tuple[StandingFinding, ...] = ()


class Baseline(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file; sorted, so that a version control system shows what changed."""

    schema_version: int = SCHEMA_VERSION
    tool_version: str
    plugins: tuple[BaselinePlugin, ...]


class _Header(msgspec.Struct):
    schema_version: int


def encode(editions: Iterable[Edition]) -> bytes:
    """Return the baseline file of `editions`."""
    ordered = sorted(editions, key=lambda edition: (edition.key, edition.age))
    baseline = Baseline(
        tool_version=version("vllm-plugin-matrix"), plugins=tuple(_written(edition) for edition in ordered)
    )
    return msgspec.json.format(msgspec.json.encode(baseline), indent=2) + b"\n"


def read_baseline(path: Path) -> tuple[Edition, ...]:
    """Return what stands where in the file at `path`.

    Raises `BaselineError` where it is missing, cut off, of another shape or of a newer version.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise BaselineError(f"The baseline {path} cannot be read: {why}.", next_step=_MAKE_AGAIN) from error
    try:
        found = msgspec.json.decode(content, type=_Header).schema_version
        if found > SCHEMA_VERSION:
            raise BaselineError(
                f"The baseline {path.name} has schema_version {found}; this plugin-matrix reads"
                f" {SCHEMA_VERSION}.",
                next_step="Upgrade vllm-plugin-matrix to the version that wrote the file, or newer.",
            )
        baseline = msgspec.json.decode(content, type=Baseline)
        return tuple(_read(plugin) for plugin in baseline.plugins)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, InvalidVersion) as error:
        raise BaselineError(f"{path.name} is no baseline: {error}.", next_step=_MAKE_AGAIN) from error


def updated(before: Sequence[Edition], now: Sequence[Edition]) -> tuple[Edition, ...]:
    """Return the baseline after `now`: of each plugin, what `now` judged anywhere replaces all of there."""
    renewed = {(edition.key, place.where) for edition in now for place in edition.squares}
    merged: dict[tuple[str, str], Edition] = {}
    for edition in before:
        kept = {
            place: square
            for place, square in edition.squares.items()
            if (edition.key, place.where) not in renewed
        }
        if kept:
            merged[edition.key, edition.version] = msgspec.structs.replace(edition, squares=kept)
    for edition in now:
        old = merged.get((edition.key, edition.version))
        merged[edition.key, edition.version] = (
            edition
            if old is None
            else Edition(
                edition.name,
                edition.version,
                {**old.digests, **edition.digests},
                {**old.squares, **edition.squares},
            )
        )
    return tuple(merged.values())


def _written(edition: Edition) -> BaselinePlugin:
    judged: defaultdict[str, list[str]] = defaultdict(list)
    undetermined: defaultdict[str, list[str]] = defaultdict(list)
    troubles: defaultdict[tuple[str, Level], defaultdict[str, list[str]]] = defaultdict(
        lambda: defaultdict(list)
    )
    told: dict[str, Trouble] = {}
    for place in sorted(edition.squares, key=lambda place: (place.where, place.age)):
        square = edition.squares[place]
        (judged if square.decided else undetermined)[place.where].append(place.engine)
        for print_, trouble in square.found.items():
            troubles[print_, trouble.level][place.where].append(place.engine)
            told[print_] = trouble
    wheres = {place.where for place in edition.squares}
    return BaselinePlugin(
        name=edition.name,
        version=edition.version,
        sha256={where: digest for where, digest in sorted(edition.digests.items()) if where in wheres},
        judged=_frozen(judged),
        undetermined=_frozen(undetermined),
        findings=tuple(
            StandingFinding(
                fingerprint=print_,
                rule=told[print_].rule,
                subject=told[print_].subject,
                level=level,
                on=_frozen(on),
            )
            for (print_, level), on in sorted(
                troubles.items(), key=lambda item: (told[item[0][0]].rule, told[item[0][0]].subject, item[0])
            )
        ),
    )


def _frozen(lists: dict[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {where: tuple(engines) for where, engines in lists.items()}


def _read(plugin: BaselinePlugin) -> Edition:
    found: defaultdict[Place, dict[str, Trouble]] = defaultdict(dict)
    for finding in plugin.findings:
        for place in _places(finding.on):
            before = found[place].get(finding.fingerprint)
            if before is None or not before.level.reaches(finding.level):
                found[place][finding.fingerprint] = Trouble(finding.rule, finding.subject, finding.level)
    squares = {
        place: Square(decided, found[place])
        for decided, places in ((True, plugin.judged), (False, plugin.undetermined))
        for place in _places(places)
    }
    return Edition(plugin.name, plugin.version, plugin.sha256, squares)


def _places(places: dict[str, tuple[str, ...]]) -> Iterable[Place]:
    for where, engines in places.items():
        for engine in engines:
            Version(engine)
            yield Place(where, engine)
