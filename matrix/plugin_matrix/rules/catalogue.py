"""The catalogue: every rule there is, read once from `catalogue.toml`."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

import msgspec

from plugin_matrix.model import Rule

_ID = re.compile(r"PM[1-9]\d{2}")


@cache
def catalogue() -> Mapping[str, Rule]:
    """Return all rules by id, in ascending order."""
    source = files("plugin_matrix.rules").joinpath("catalogue.toml").read_text(encoding="utf-8")
    return MappingProxyType(parse_catalogue(source))


def parse_catalogue(source: str) -> dict[str, Rule]:
    """Return the rules that the TOML text `source` defines, in ascending order of their ids.

    Raises:
        ValueError: when a table is not a rule, an id is malformed, or two rules share a name
            (`msgspec.ValidationError` and `tomllib.TOMLDecodeError` are such errors).

    """
    tables = tomllib.loads(source)
    rules = {key: msgspec.convert({"id": key, **tables[key]}, Rule) for key in sorted(tables)}
    problems = [f"{key} is not an id: PM and three digits" for key in rules if not _ID.fullmatch(key)]
    names: dict[str, str] = {}
    for rule in rules.values():
        if rule.name in names:
            problems.append(f"{names[rule.name]} and {rule.id} are both named {rule.name}")
        names[rule.name] = rule.id
    if problems:
        raise ValueError("; ".join(problems))
    return rules
