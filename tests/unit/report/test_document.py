"""`results.json` comes back as it was written, and every defect of a file is named with its place."""

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from plugin_matrix.errors import ReportError
from plugin_matrix.model import Results
from plugin_matrix.report import read_results, render, writable_directory, write_results
from plugin_matrix.report.schema import PUBLISHED, published_text


@pytest.fixture(params=["small", "hostile", "large"])
def any_results(request: pytest.FixtureRequest) -> Results:
    value: Results = request.getfixturevalue(request.param)
    return value


def test_what_is_written_is_read_back(any_results: Results, tmp_path: Path) -> None:
    write_results(any_results, tmp_path / "new" / "results.json")
    assert read_results(tmp_path / "new" / "results.json") == any_results


def test_the_document_is_as_it_was(
    small: Results, tmp_path: Path, golden: Callable[[str, str], None]
) -> None:
    write_results(small, tmp_path / "results.json")
    golden("results.json", (tmp_path / "results.json").read_text(encoding="utf-8"))


def test_documents_obey_the_published_schema(any_results: Results, tmp_path: Path) -> None:
    write_results(any_results, tmp_path / "results.json")
    schema = json.loads(PUBLISHED.read_bytes())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(json.loads((tmp_path / "results.json").read_bytes()))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("schema_version",), 2),
        (("cells", 0, "verdict", "type"), "maybe"),
        (("cells", 0, "seconds"), "long"),
        (("cells", 0, "cell", "engine", "kind"), "cloud"),
        (("plugins", 0, "name"), None),
    ],
)
def test_the_schema_refuses_what_the_reader_refuses(
    small: Results, path: tuple[Any, ...], value: Any
) -> None:
    document = altered(small, path, value)
    assert not jsonschema.Draft202012Validator(json.loads(PUBLISHED.read_bytes())).is_valid(document)


def test_the_published_schema_is_in_step_with_the_model() -> None:
    assert PUBLISHED.read_bytes() == published_text(), "renew it: python -m plugin_matrix.report.schema"


def test_every_type_and_member_of_the_schema_is_described() -> None:
    schema = json.loads(PUBLISHED.read_bytes())
    assert all(definition.get("description") for definition in schema["$defs"].values())
    assert "bytes" in schema["$defs"]["CellResult"]["properties"]["peak_memory"]["description"]
    assert "`not-modelled`: The plugin needs" in schema["$defs"]["Cause"]["description"]


def altered(results: Results, path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(msgspec.json.encode(results))
    *parents, last = path
    place: Any = document
    for step in parents:
        place = place[step]
    place[last] = value
    return document


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "not valid JSON: Input data was truncated"),
        (b'{"schema_version": 1, "cells": [', "not valid JSON: Input data was truncated"),
        (b"\xff\xfe", "not valid JSON"),
        (b"<html>", "not valid JSON"),
        (b'{"schema_version": 1, "tool_version": "\xff"}', "not valid JSON"),
        (b'{"schema_version": 1, "x": ' + b"[" * 100_000, "not valid JSON"),
        (b"[]", "expected `object`, got `array`"),
        (b"{}", "object missing required field `schema_version`"),
        (b'{"schema_version": 2, "shape": "unknown"}', "has schema_version 2; this plugin-matrix reads 1"),
        (b'{"schema_version": 0}', "has schema_version 0; this plugin-matrix reads 1"),
        (b'{"schema_version": "1"}', "schema_version: expected `int`, got `str`"),
        (b'{"schema_version": 1}', "missing required field `tool_version`"),
    ],
)
def test_a_file_that_is_no_results_document_is_refused(tmp_path: Path, content: bytes, what: str) -> None:
    path = tmp_path / "results.json"
    path.write_bytes(content)
    with pytest.raises(ReportError) as refused:
        read_results(path)
    assert what in refused.value.message
    assert refused.value.message.startswith("results.json ")
    assert refused.value.next_step


@pytest.mark.parametrize(
    ("path", "value", "what"),
    [
        (("cells", 3, "seconds"), "long", "cells[3].seconds: expected `float`, got `str`"),
        (("cells", 3, "verdict"), {"type": "maybe"}, "cells[3].verdict.type: invalid value 'maybe'"),
        (
            ("cells", 3, "verdict"),
            {"type": "incompatible"},
            "cells[3].verdict: object missing required field `findings`",
        ),
        (
            ("cells", 3, "id"),
            "other",
            "cells[3].id: is 'other' for the cell 'good==1.0|reference-0.6.6|cpu-py312'",
        ),
        (("cells", 3, "cell", "plugin"), "x==1", "cells[3].cell.plugin: 'x==1' is not among plugins"),
        (
            ("cells", 3, "cell", "engine", "release"),
            "9.9",
            "cells[3].cell.engine: 'reference-9.9' is not among engines",
        ),
        (
            ("cells", 3, "cell", "platform", "python"),
            "3.9",
            "cells[3].cell.platform: 'cpu-py39' is not among platforms",
        ),
        (("engines", 1, "release"), "newest", "engines[1].release: 'newest' is not a version"),
        (("engines", 1, "release"), "0.5.5", "engines: 'reference-0.5.5' stands there 2 times"),
        (("totals", "compatible"), 99, "totals.compatible: is 99 where the cells count 11"),
    ],
)
def test_a_wrong_value_is_named_by_its_place(
    small: Results, tmp_path: Path, path: tuple[Any, ...], value: Any, what: str
) -> None:
    file = tmp_path / "results.json"
    file.write_text(json.dumps(altered(small, path, value)), encoding="utf-8")
    with pytest.raises(ReportError) as refused:
        read_results(file)
    assert what in refused.value.message


@pytest.mark.parametrize(
    ("path", "value", "what"),
    [
        (("surface", 0, "releases", 1), "newest", "surface[0].releases[1]: 'newest' is not a version"),
        (("surface", 0, "findings", 2, "broken"), ["9.9"], "surface[0].findings[2].broken: holds releases"),
        (("surface", 1, "plugin", "name"), "acme", "surface: 'acme==1.4' stands there 2 times"),
    ],
)
def test_a_wrong_value_of_a_check_is_named_by_its_place(
    surface: Results, tmp_path: Path, path: tuple[Any, ...], value: Any, what: str
) -> None:
    file = tmp_path / "results.json"
    document = altered(surface, path, value)
    if path[-1] == "name":
        document["surface"][1]["plugin"]["version"] = document["surface"][0]["plugin"]["version"]
    file.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(ReportError) as refused:
        read_results(file)
    assert what in refused.value.message


def test_a_missing_file_and_a_directory_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="no such file"):
        read_results(tmp_path / "results.json")
    with pytest.raises(ReportError, match="is a directory"):
        read_results(tmp_path)


def test_half_a_surrogate_pair_costs_one_text_only(small: Results, tmp_path: Path) -> None:
    broken = msgspec.structs.replace(small, tool_version="1.0\ud800")
    write_results(broken, tmp_path / "results.json")
    assert read_results(tmp_path / "results.json") == msgspec.structs.replace(
        small, tool_version=r"1.0\ud800"
    )


def full_disk(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_leaves_the_old_report_whole(
    small: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "results.json"
    path.write_text("the old one", encoding="utf-8")
    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(ReportError, match=r"results\.json could not be written: no space is left") as refused:
        write_results(small, path)
    assert refused.value.next_step
    assert path.read_text(encoding="utf-8") == "the old one"
    assert list(tmp_path.iterdir()) == [path]


def test_a_directory_that_is_a_file_is_refused(small: Results, tmp_path: Path) -> None:
    (tmp_path / "reports").touch()
    for refused in (
        lambda: write_results(small, tmp_path / "reports" / "results.json"),
        lambda: render(small, tmp_path / "reports"),
        lambda: writable_directory(tmp_path / "reports"),
    ):
        with pytest.raises(ReportError, match="Choose a directory that you may write to"):
            refused()


def test_a_directory_is_tried_without_a_trace(tmp_path: Path) -> None:
    writable_directory(tmp_path / "new" / "reports")
    assert list((tmp_path / "new").rglob("*")) == [tmp_path / "new" / "reports"]
