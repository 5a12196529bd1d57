"""`results.json`: written whole or not at all, read with every defect named by its place."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
from packaging.version import InvalidVersion, Version

from plugin_matrix.errors import ReportError
from plugin_matrix.model import SCHEMA_VERSION, Results, Rule, Totals
from plugin_matrix.report.visible import in_json
from plugin_matrix.report.writing import write_atomically

_AGAIN = "Make the file anew with `plugin-matrix run`."
_MISPLACED = re.compile(r"(?P<what>.*) - at `\$\.?(?P<place>.*)`", re.DOTALL)
_SHOWN_DEFECTS = 10


class _Header(msgspec.Struct):
    schema_version: int


def encode(results: Results) -> bytes:
    """Return `results` as an indented JSON document."""
    try:
        content = msgspec.json.encode(results)
    except UnicodeEncodeError:
        # Half a surrogate pair in one plugin's text must not cost the results of all others.
        content = msgspec.json.encode(_encodable(msgspec.to_builtins(results)))
    return in_json(msgspec.json.format(content, indent=2)) + b"\n"


def json_document(results: Results, _: Mapping[str, Rule]) -> bytes:
    """Return `results` as `results.json` has them, for the table of formats."""
    return encode(results)


def _encodable(value: Any) -> Any:
    match value:
        case str():
            return value.encode("utf-8", "backslashreplace").decode()
        case dict():
            return {key: _encodable(item) for key, item in value.items()}
        case list() | tuple():
            return [_encodable(item) for item in value]
        case _:
            return value


def write_results(results: Results, path: Path) -> None:
    """Write `results` to `path`; raises `ReportError` where that is not possible."""
    write_atomically(path, encode(results))


def read_results(path: Path) -> Results:
    """Return the results in `path`.

    Raises `ReportError`, with the dotted place of the trouble, where the file is missing, is no
    JSON, was cut off, has another shape, belongs to another version of the tool or contradicts itself.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise ReportError(
            f"The results {path} cannot be read: {why}.",
            next_step="Name a `results.json` that `plugin-matrix run` wrote.",
        ) from error
    try:
        _check_version(path, msgspec.json.decode(content, type=_Header).schema_version)
        results = msgspec.json.decode(content, type=Results)
    except msgspec.ValidationError as error:
        raise ReportError(
            f"{path.name} is not a results document: {_placed(str(error))}.", next_step=_AGAIN
        ) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ReportError(f"{path.name} is not valid JSON: {error}.", next_step=_AGAIN) from error
    defects = tuple(_contradictions(results))
    if defects:
        more = len(defects) - _SHOWN_DEFECTS
        shown = "; ".join(defects[:_SHOWN_DEFECTS]) + (f"; and {more} more" if more > 0 else "")
        raise ReportError(f"{path.name} contradicts itself: {shown}.", next_step=_AGAIN)
    return results


def _check_version(path: Path, version: int) -> None:
    if version > SCHEMA_VERSION:
        raise ReportError(
            f"{path.name} has schema_version {version}; this plugin-matrix reads {SCHEMA_VERSION}.",
            next_step="Upgrade vllm-plugin-matrix to the version that wrote the file, or newer.",
        )
    if version < SCHEMA_VERSION:
        raise ReportError(
            f"{path.name} has schema_version {version}; this plugin-matrix reads {SCHEMA_VERSION}.",
            next_step=_AGAIN,
        )


def _placed(message: str) -> str:
    """Turn msgspec's `... - at `$.cells[0].seconds`` into `cells[0].seconds: ...`."""
    found = _MISPLACED.fullmatch(message)
    place, what = (found["place"], found["what"]) if found else ("", message)
    what = what[:1].lower() + what[1:]
    return f"{place}: {what}" if place else what


def _contradictions(results: Results) -> Iterator[str]:
    """Yield what no run writes, so that no report has to doubt it."""
    yield from _duplicates("engines", (engine.id for engine in results.engines))
    yield from _duplicates("platforms", (platform.id for platform in results.platforms))
    yield from _duplicates("plugins", (plugin.id for plugin in results.plugins))
    yield from _duplicates("cells", (cell.id for cell in results.cells))
    yield from _unparsable(results)
    plugins = {plugin.id for plugin in results.plugins}
    for place, result in enumerate(results.cells):
        cell = result.cell
        if result.id != cell.id:
            yield f"cells[{place}].id: is {result.id!r} for the cell {cell.id!r}"
        if cell.plugin not in plugins:
            yield f"cells[{place}].cell.plugin: {cell.plugin!r} is not among plugins"
        if cell.engine not in results.engines:
            yield f"cells[{place}].cell.engine: {cell.engine.id!r} is not among engines"
        if cell.platform not in results.platforms:
            yield f"cells[{place}].cell.platform: {cell.platform.id!r} is not among platforms"
    yield from _contradictions_of_surface(results)
    counted = Totals.of(results.cells)
    for name in Totals.__struct_fields__:
        stated, actual = getattr(results.totals, name), getattr(counted, name)
        if stated != actual:
            yield f"totals.{name}: is {stated} where the cells count {actual}"


def _contradictions_of_surface(results: Results) -> Iterator[str]:
    yield from _duplicates("surface", (result.plugin.id for result in results.surface))
    for place, result in enumerate(results.surface):
        releases = set(result.releases)
        for number, release in enumerate(result.releases):
            if not _is_version(release):
                yield f"surface[{place}].releases[{number}]: {release!r} is not a version"
        for number, finding in enumerate(result.findings):
            if not releases.issuperset(finding.broken):
                yield f"surface[{place}].findings[{number}].broken: holds releases that were not judged"


def _is_version(text: str) -> bool:
    try:
        Version(text)
    except InvalidVersion:
        return False
    return True


def _duplicates(name: str, ids: Iterable[str]) -> Iterator[str]:
    for value, times in Counter(ids).items():
        if times > 1:
            yield f"{name}: {value!r} stands there {times} times"


def _unparsable(results: Results) -> Iterator[str]:
    for place, engine in enumerate(results.engines):
        if not _is_version(engine.release):
            yield f"engines[{place}].release: {engine.release!r} is not a version"
