"""Default < file < environment < command line; every setting knows where it came from."""

import os
from collections.abc import Collection, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec

from plugin_matrix.config.environment import read_environment
from plugin_matrix.config.file import TABLE, find_file, read_file
from plugin_matrix.config.model import Configuration, Limits
from plugin_matrix.config.reading import Defects, read_table
from plugin_matrix.errors import ConfigurationError


class Source(StrEnum):
    """Where a setting came from; each overrides those before it."""

    DEFAULT = "default"
    FILE = "file"
    ENVIRONMENT = "environment"
    COMMAND_LINE = "command line"


class Origin(msgspec.Struct, frozen=True):
    """A source and its name: the file, the variable."""

    source: Source
    name: str = ""

    def __str__(self) -> str:
        """Return both as people read them."""
        return f"{self.source.value} {self.name}".strip()


class Settings(msgspec.Struct, frozen=True):
    """The settings in force."""

    values: Configuration
    origins: Mapping[str, Origin]
    """By dotted key, `limits.memory` for instance; defaults are here too."""
    file: Path | None = None

    @property
    def baseline(self) -> Path | None:
        """The baseline file; one that the file names lies beside the file."""
        if self.values.baseline is None:
            return None
        beside = self.file.parent if self.file and self.origins["baseline"].source is Source.FILE else Path()
        return beside / self.values.baseline


def load_settings(
    *,
    file: Path | None = None,
    directory: Path | None = None,
    environment: Mapping[str, str] | None = None,
    rules: Collection[str] = (),
) -> Settings:
    """Return the settings of `file`, or of the nearest pyproject.toml that has any, and of the environment.

    Raises `ConfigurationError` with all that is wrong, of the file and of the environment.
    """
    defects = Defects()
    path = file or find_file(directory or Path.cwd())
    values: dict[str, Any] = {}
    origins: dict[str, Origin] = {}
    if path is not None:
        raw = read_file(path)
        in_file = read_table(raw, TABLE, defects, rules)
        _lay(values, origins, in_file, raw, Origin(Source.FILE, str(path)))
    found = list(read_environment(os.environ if environment is None else environment, defects))
    for key, value, variable in found:
        wrong = Defects()
        read = read_table({key: value}, "", wrong, rules)
        defects.extend(f"{variable}: {one.partition(': ')[2]}" for one in wrong)
        _lay(values, origins, read, {key: value}, Origin(Source.ENVIRONMENT, variable))
    if defects:
        raise ConfigurationError(
            _together(defects, path), next_step="`plugin-matrix config schema` has all keys."
        )
    return Settings(Configuration(**values), _with_defaults(origins), path)


def resolved(settings: Settings, given: Mapping[str, Any], rules: Collection[str] = ()) -> Settings:
    """Return `settings` with what the command line gave: field or `limits.` field to value, None for no word.

    An empty tuple is no word either: that is what an option which may be repeated gives.
    Raises `ConfigurationError` with all that is wrong.
    """
    raw: dict[str, Any] = {}
    origins = dict(settings.origins)
    for name, value in given.items():
        if value is None or value == ():
            continue
        key = name.replace("_", "-")
        origins[key] = Origin(Source.COMMAND_LINE)
        table, _, last = key.rpartition(".")
        (raw.setdefault(table, {}) if table else raw)[last] = [*value] if isinstance(value, tuple) else value
    defects = Defects()
    read = read_table(raw, "", defects, rules)
    if defects:
        raise ConfigurationError(
            "The command line is wrong: " + "; ".join(f"--{one.removeprefix('.')}" for one in defects) + ".",
            next_step="`plugin-matrix config schema` says what each setting may be.",
        )
    values: dict[str, Any] = msgspec.structs.asdict(settings.values)
    _lay(values, origins, read, raw, Origin(Source.COMMAND_LINE))
    return Settings(Configuration(**values), origins, settings.file)


def _lay(
    values: dict[str, Any],
    origins: dict[str, Origin],
    read: Mapping[str, Any],
    raw: Mapping[str, Any],
    origin: Origin,
) -> None:
    for name, value in read.items():
        if isinstance(value, Limits):
            stated = {key.replace("-", "_") for key in raw["limits"]}
            before = values.get(name, Limits())
            values[name] = msgspec.structs.replace(before, **{key: getattr(value, key) for key in stated})
            origins.update(dict.fromkeys((f"limits.{key.replace('_', '-')}" for key in stated), origin))
        else:
            values[name] = value
            origins[name.replace("_", "-")] = origin


def _with_defaults(origins: Mapping[str, Origin]) -> dict[str, Origin]:
    keys = [
        key
        for field in msgspec.structs.fields(Configuration)
        for key in (
            [f"limits.{limit.encode_name}" for limit in msgspec.structs.fields(Limits)]
            if field.name == "limits"
            else [field.encode_name]
        )
    ]
    return {key: origins.get(key, Origin(Source.DEFAULT)) for key in keys}


def _together(defects: Defects, path: Path | None) -> str:
    where = f" ({path})" if path else ""
    if len(defects) == 1:
        return f"The configuration{where} is wrong: {defects[0]}."
    return f"The configuration{where} is wrong in {len(defects)} places:" + "".join(
        f"\n  {one}" for one in defects
    )
