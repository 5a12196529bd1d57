"""Finding and parsing the file that holds `[tool.plugin-matrix]`."""

import datetime as dt
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from plugin_matrix.errors import ConfigurationError

TABLE = "tool.plugin-matrix"
_NAME = "pyproject.toml"


def find_file(directory: Path) -> Path | None:
    """Return the nearest pyproject.toml, from `directory` upwards, that has the table."""
    for place in (directory, *directory.parents):
        path = place / _NAME
        if path.is_file() and _table(_parsed(path)) is not None:
            return path
    return None


def read_file(path: Path) -> Mapping[str, Any]:
    """Return the table of the file at `path`.

    Raises `ConfigurationError` where the file cannot be read, is no TOML or has no such table.
    """
    table = _table(_parsed(path))
    if table is None:
        raise ConfigurationError(
            f"{path} has no table [{TABLE}].",
            next_step=f"Add one, for example:\n  [{TABLE}]\n  engines = {{ last-minors = 6 }}",
        )
    return {key: _without_dates(value) for key, value in table.items()}


def _without_dates(value: Any) -> Any:
    """Return `value` with TOML's dates as text, which is what they are validated as."""
    match value:
        case dt.date():
            return value.isoformat()
        case list():
            return [_without_dates(one) for one in value]
        case dict():
            return {key: _without_dates(one) for key, one in value.items()}
        case _:
            return value


def _table(document: Mapping[str, Any]) -> Mapping[str, Any] | None:
    tool = document.get("tool")
    table = tool.get("plugin-matrix") if isinstance(tool, dict) else None
    return table if isinstance(table, dict) else None


def _parsed(path: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise ConfigurationError(
            f"The configuration {path} cannot be read: {why}.", next_step="Name a pyproject.toml."
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path} is not UTF-8.", next_step="Save it as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path} is not valid TOML: {error}.", next_step="Mend the file.") from error
