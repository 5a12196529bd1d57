"""Settings in environment variables: `PLUGIN_MATRIX_GATE`, `PLUGIN_MATRIX_LIMITS_MEMORY`."""

import difflib
import typing
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from plugin_matrix.config.model import Configuration, Limits
from plugin_matrix.config.reading import Defects, is_engines, is_list

PREFIX = "PLUGIN_MATRIX_"
ELSEWHERE = frozenset({"CONFIG", "STORE", "STORE_SIZE"})
"""Variables that are options of commands and no settings of a project."""
_TABLES = frozenset({"levels", "known_problems"})
"""Settings that no text of one line can hold."""


def variables() -> dict[str, tuple[str, ...]]:
    """Return the path of each setting's key by the name of its variable."""
    found: dict[str, tuple[str, ...]] = {}
    for field in msgspec.structs.fields(Configuration):
        if field.name == "limits":
            for limit in msgspec.structs.fields(Limits):
                found[f"{PREFIX}LIMITS_{limit.name.upper()}"] = (field.encode_name, limit.encode_name)
        elif field.name not in _TABLES:
            found[PREFIX + field.name.upper()] = (field.encode_name,)
    return found


def read_environment(environment: Mapping[str, str], defects: Defects) -> Iterator[tuple[str, Any, str]]:
    """Yield key, value as TOML would have it, and variable, of each setting that the environment makes.

    Empty variables count as unset. One that is nearly the name of a setting is a defect; all others that
    begin alike may be somebody else's.
    """
    known = variables()
    limits: dict[str, Any] = {}
    named = []
    for variable, text in sorted(environment.items()):
        if not variable.startswith(PREFIX) or variable.removeprefix(PREFIX) in ELSEWHERE or not text.strip():
            continue
        if variable not in known:
            if near := difflib.get_close_matches(variable, known, n=1, cutoff=0.93):
                defects.add(variable, f"is not known; did you mean {near[0]}?")
            continue
        key, *below = known[variable]
        if below:
            limits[below[0]] = _number(text)
            named.append(variable)
        else:
            yield key, _value(key, text), variable
    if limits:
        yield "limits", limits, ", ".join(named)


def _value(key: str, text: str) -> Any:
    kind = typing.get_type_hints(Configuration, include_extras=True)[key.replace("-", "_")]
    if is_engines(kind):
        return text.split()
    if _is_truth(kind):
        return {"true": True, "1": True, "false": False, "0": False}.get(text.strip().lower(), text.strip())
    return text.replace(",", " ").split() if is_list(kind) else text.strip()


def _is_truth(kind: Any) -> bool:
    return typing.get_args(kind)[:1] == (bool,)


def _number(text: str) -> Any:
    for number in (int, float):
        try:
            return number(text)
        except ValueError:
            continue
    return text.strip()
