"""From a parsed table to validated values: every error of it at once, each with its dotted path."""

import datetime as dt
import difflib
import re
import sys
import types
import typing
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import msgspec
from packaging.version import InvalidVersion, Version

from plugin_matrix.config.model import Configuration, Engines, KnownProblem, ModuleName, RuleId, RulePrefix

_PLACED = re.compile(r"(?P<what>.*) - at `\$(?P<place>.*)`", re.DOTALL)
_WORDS = {
    "array": "a list",
    "bool": "true or false",
    "float": "a number",
    "int": "a whole number",
    "object": "a table",
    "str": "text",
}

_NEVER_STOOD_IN_FOR = frozenset({"torch", "vllm"})


class Defects(list[str]):
    """Sentences about what is wrong, each beginning with the dotted path."""

    def add(self, path: str, what: str) -> None:
        """Note one."""
        self.append(f"{path}: {what}")


def read_table(raw: Mapping[str, Any], path: str, defects: Defects, rules: Collection[str]) -> dict[str, Any]:
    """Return the valid settings of `[tool.plugin-matrix]` by the name of their field.

    What is wrong goes to `defects`. `rules` are the ids there are; none means that ids are not looked up.
    """
    return dict(_Reader(defects, rules).fields(Configuration, raw, path))


def until_of(text: str) -> dt.date | Version | None:
    """Return the day or the release that `until` names; None for what is neither."""
    for parse in (dt.date.fromisoformat, Version):
        try:
            parsed: dt.date | Version = parse(text)
        except (ValueError, InvalidVersion):
            continue
        return parsed
    return None


def nearest(name: str, names: Collection[str]) -> str:
    """Return the end of a sentence that names what may have been meant."""
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    return f"; did you mean {near[0]}?" if near else ""


class _DefectiveError(Exception):
    """The value has no valid form; what is wrong is noted already."""


class _Reader:
    """Reads tables recursively; each value that is wrong is noted and left out."""

    def __init__(self, defects: Defects, rules: Collection[str]) -> None:
        self._defects = defects
        self._rules = rules

    def fields(
        self, table: type[msgspec.Struct], raw: Mapping[str, Any], path: str
    ) -> Iterator[tuple[str, Any]]:
        """Yield the name and value of each key that is right."""
        fields = {field.encode_name: field for field in msgspec.structs.fields(table)}
        for key, value in raw.items():
            where = f"{path}.{key}"
            if key not in fields:
                self._defects.add(
                    where, f"is not known{nearest(key, fields) or '; there is ' + ', '.join(fields)}"
                )
                continue
            try:
                yield fields[key].name, self._value(fields[key].type, value, where)
            except _DefectiveError:
                continue
        for key, field in fields.items():
            if field.required and key not in raw:
                self._defects.add(f"{path}.{key}", "is missing")

    def _value(self, kind: Any, value: Any, where: str) -> Any:
        before = len(self._defects)
        read = self._read(kind, value, where)
        if len(self._defects) > before:
            raise _DefectiveError
        return read

    def _read(self, kind: Any, value: Any, where: str) -> Any:
        table, item, entries = _table_in(kind), _item_in(kind), _entries_in(kind)
        match value:
            case dict() if table is not None:
                before = len(self._defects)
                fields = dict(self.fields(table, value, where))
                if len(self._defects) > before:
                    raise _DefectiveError
                made = table(**fields)
                if isinstance(made, KnownProblem):
                    self._look_at(made, where)
                return made
            case dict() if entries is not None:
                return {
                    self._leaf(entries[0], key, where): self._leaf(entries[1], one, f"{where}.{key}")
                    for key, one in value.items()
                }
            case list() if item is not None:
                return tuple(self._each(item, value, where))
            case _:
                return self._leaf(kind, value, where)

    def _each(self, kind: Any, values: list[Any], where: str) -> Iterator[Any]:
        for number, value in enumerate(values):
            try:
                yield self._value(kind, value, f"{where}[{number}]")
            except _DefectiveError:
                continue

    def _leaf(self, kind: Any, value: Any, where: str) -> Any:
        try:
            read = msgspec.convert(value, kind)
        except msgspec.ValidationError as error:
            self._defects.add(*_told(error, value, kind, where))
            return None
        if kind == ModuleName and (read in _NEVER_STOOD_IN_FOR or read in sys.stdlib_module_names):
            self._defects.add(where, f"{read} is never stood in for")
        if self._rules and kind == RuleId and read not in self._rules:
            self._defects.add(where, f"no rule is called {read}{nearest(read, self._rules)}")
        if self._rules and kind == RulePrefix and not any(rule.startswith(read) for rule in self._rules):
            self._defects.add(where, f"no rule begins with {read}")
        return read

    def _look_at(self, known: KnownProblem, where: str) -> None:
        if known.is_pattern and not known.reason.strip():
            what = f"is missing: the pattern {known.symbol!r} may hide more than is meant"
            self._defects.add(f"{where}.reason", what)
        if known.until is not None and until_of(known.until) is None:
            what = f"{known.until!r} is neither a vLLM release (0.35.0) nor a day (2027-01-31)"
            self._defects.add(f"{where}.until", what)


def _told(error: msgspec.ValidationError, value: Any, kind: Any, where: str) -> tuple[str, str]:
    found = _PLACED.fullmatch(str(error))
    what, place = (found["what"], found["place"]) if found else (str(error), "")
    if choices := [choice for choice in _choices(kind) if choice is not None]:
        near = nearest(value, choices) if isinstance(value, str) else ""
        return where, f"is {value!r}, and has to be one of {', '.join(choices)}{near}"
    if "regex" in what:
        return where, f"is {value!r}, and has to be like {' or '.join(_examples(kind))}"
    what = re.sub(r"`(\w+)`", lambda word: _WORDS.get(word[1], word[0]), what.replace(" | null", ""))
    return where + place, f"{what[:1].lower()}{what[1:]} ({value!r})"


def _plain(kind: Any) -> Any:
    return _plain(typing.get_args(kind)[0]) if typing.get_origin(kind) is typing.Annotated else kind


def _members(kind: Any) -> tuple[Any, ...]:
    plain = _plain(kind)
    if typing.get_origin(plain) in {typing.Union, types.UnionType}:
        return tuple(member for part in typing.get_args(plain) for member in _members(part))
    return (plain,)


def _table_in(kind: Any) -> type[msgspec.Struct] | None:
    for member in _members(kind):
        if isinstance(member, type) and issubclass(member, msgspec.Struct):
            return member
    return None


def _item_in(kind: Any) -> Any:
    for member in _members(kind):
        if typing.get_origin(member) is tuple:
            return typing.get_args(member)[0]
    return None


def _choices(kind: Any) -> Iterator[str]:
    for member in _members(kind):
        if typing.get_origin(member) is typing.Literal:
            yield from typing.get_args(member)


def _entries_in(kind: Any) -> tuple[Any, Any] | None:
    for member in _members(kind):
        if typing.get_origin(member) is dict:
            return typing.get_args(member)
    return None


def _examples(kind: Any) -> Iterator[str]:
    for part in typing.get_args(kind):
        if isinstance(part, msgspec.Meta):
            yield from part.examples or ()
        else:
            yield from _examples(part)


def is_list(kind: Any) -> bool:
    """Tell whether a setting's type is a list, perhaps among others."""
    return _item_in(kind) is not None


def is_engines(kind: Any) -> bool:
    """Tell whether a setting's type is that of engines, whose terms may hold commas."""
    return Engines in _members(kind)
