"""Paths held against engines made by hand."""

import re
from pathlib import Path

import pytest

from plugin_matrix.model.access_path import AccessPath
from plugin_matrix.surface.answers import (
    Answer,
    ClassAt,
    FunctionAt,
    InstanceOf,
    Missing,
    ModuleAt,
    Thing,
    Unclear,
    Value,
)
from plugin_matrix.surface.resolver import Surface

from .engines import surface_index
from .resolver_rows import NAMES, VALUES, Row


def access(text: str) -> AccessPath:
    root, *_ = re.split(r"[@(\[]", text)
    return AccessPath(root, tuple(re.findall(r"\(\)|\[\]|@|\.\w+", text[len(root) :])))


def _thing(thing: Thing) -> str:  # noqa: PLR0911 - one return per kind
    match thing:
        case ModuleAt(name=name):
            return f"module {name}"
        case ClassAt():
            return f"class {thing.path}"
        case FunctionAt(bound=bound):
            return f"{'bound' if bound else 'function'} {thing.path}"
        case InstanceOf(cls=cls, exact=exact):
            return f"{'exactly' if exact else 'instance'} {cls.path}"
        case Missing(owner=owner, name=name, kind=kind):
            return f"no {kind} {owner}.{name}"
        case Value():
            return "value"
        case Unclear():
            return "unclear"


def written(answer: Answer) -> str:
    return _thing(answer.thing) + "?" * answer.conditional + "!" * answer.deprecated


@pytest.mark.parametrize("row", [*NAMES, *VALUES], ids=lambda row: row.name)
def test_a_path_leads_where_python_would_get(row: Row, tmp_path: Path) -> None:
    by_release = {release: v for release, v in row.sources.items() if isinstance(v, dict)}
    engine = by_release or {"1.0": {path: v for path, v in row.sources.items() if isinstance(v, str)}}
    surface = Surface(surface_index(engine, tmp_path))
    found: dict[str, tuple[str, ...]] = {}
    expected: dict[str, tuple[str, ...]] = {}
    for path, answers in row.expected.items():
        told = surface.resolve(access(path), surface.axis.all)
        found[path] = tuple(
            written(answer)
            for release in engine
            for answer in told
            if answer.mask & surface.axis.bit(release)
        )
        expected[path] = (answers,) * len(engine) if isinstance(answers, str) else answers
    assert found == expected
