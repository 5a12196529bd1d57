"""An observation as what another engine must show too: what differs from run to run is taken out, by name."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from plugin_matrix.model import Observation
from plugin_matrix.model.observation import (
    Call,
    Change,
    Child,
    Component,
    Concurrent,
    FilterCase,
    Load,
    ModelSeen,
    PlatformSeen,
    Raised,
    Register,
    Scenario,
)

_ADDRESS = re.compile(r"0x[0-9a-f]{6,}")
_PATH = re.compile(r"(?<![\w.])/(?:[\w.+=-]+/)+[\w.+=-]*")
_LEFT_OUT = {
    # Times, sizes and counts of the process, not of the plugin's doing.
    "seconds",
    "import_seconds",
    "peak_memory",
    "modules",
    # What the engine's own modules asked for; the plugin's errors are compared themselves.
    "missing_modules",
    "not_modelled",
    "stood_in",
    # Said to people, in words that are each engine's own.
    "log",
    # The engine's frames have other lines; the plugin's are compared.
    "frames",
    # The Python files of a release compute nothing.
    "generates",
    "tokens",
    "spawn_tokens",
    "generate_raised",
    "spawn_raised",
}

_BY_IMPORTING = {"atexit", "env", "files", "handlers", "sys_path", "threads", "warnings_filters"}
"""What importing the packages of others changes as well; the two engines do that at different times."""
_OF_OTHERS = re.compile(
    r"^(?:c10d|httpx|numexpr|openai|strobelight|torch|transformers|urllib3)|^exit handlers|^threads|^/"
    r"|^(?:KMP|OMP|PYTORCH|TORCH|CUDA|TRITON|TF|TOKENIZERS)_|\b(?:torch|numpy)\b"
)


def facts(observation: Observation) -> dict[str, str]:
    """Return what was seen as path -> text: `register[acme].calls.2.raised.type` -> `RuntimeError`."""
    found: dict[str, str] = {}
    if observation.engine_raised is not None:
        found["engine_raised"] = _text(observation.engine_raised.type)
    for scenario in observation.scenarios:
        for path, value in _facts(_plain(scenario)):
            found[f"{_name(scenario)}{path}"] = value
    return found


def differences(one: Mapping[str, str], other: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Return path -> (text of `one`, text of `other`) where they are not equal; `-` where there is none."""
    return {
        path: (one.get(path, "-"), other.get(path, "-"))
        for path in sorted(one.keys() | other.keys())
        if one.get(path) != other.get(path)
    }


def _name(scenario: Scenario) -> str:
    match scenario:
        case Load() | Component():
            return f"{_tag(scenario)}[{scenario.group}:{scenario.name}]"
        case Register() | Concurrent() | PlatformSeen():
            return f"{_tag(scenario)}[{scenario.name}]"
        case Child():
            return f"child[{scenario.method}]"
        case FilterCase():
            return f"filter[{scenario.case}:{'' if scenario.value is None else scenario.value}]"
        case ModelSeen():
            return f"model[{scenario.architecture}]"


def _tag(scenario: Scenario) -> str:
    return str(scenario.__struct_config__.tag)


def _plain(value: Any) -> Any:
    """Return the value with what is compared of it, changes and events by what they are about."""
    match value:
        case Raised():
            frames = [
                f"{one.file}:{one.line} {one.function}" for one in value.frames if one.origin == "plugin"
            ]
            told = {"type": value.type, "message": value.message, "plugin": frames}
            return {name: part for name, part in told.items() if part}
        case Call():
            changes = _changes(value.changes, first=value.index == 1)
            return {str(value.index): {"raised": value.raised, "returned": value.returned, **changes}}
        case tuple() if value and isinstance(value[0], Change):
            return _changes(value, first=True)
        case msgspec.Struct():
            return {name: getattr(value, name) for name in value.__struct_fields__ if name not in _LEFT_OUT}
        case _:
            return value


def _changes(changes: tuple[Change, ...], *, first: bool) -> dict[str, str]:
    """Return changes by what they are about; of the `first` those left out that importing others brings."""
    return {
        f"{one.kind} {one.subject}": f"{one.before} -> {one.after}"
        for one in changes
        if not (first and one.kind in _BY_IMPORTING and _OF_OTHERS.search(one.subject))
    }


def _facts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    match value:
        case dict():
            for name, part in value.items():
                yield from _facts(_plain(part), f"{path}.{name}")
        case tuple() | list():
            for place, part in enumerate(value):
                plain = _plain(part)
                yield from _facts(plain, path if isinstance(part, Call) else f"{path}[{place}]")
        case None | "" | False:
            pass
        case _:
            yield path, _text(str(value))


def _text(text: str) -> str:
    return _PATH.sub("<path>", _ADDRESS.sub("<address>", text))
