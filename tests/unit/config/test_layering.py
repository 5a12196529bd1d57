"""Default < file < environment < command line, and every setting knows its source."""

from pathlib import Path
from typing import Any

import pytest

from plugin_matrix.config import Settings, Source, load_settings, resolved
from plugin_matrix.config.environment import variables
from plugin_matrix.errors import ConfigurationError

FILE = (
    '[tool.plugin-matrix]\ngate = "all"\nlimits.memory = "1GiB"\nlimits.processes = 9\nbaseline = "b.json"\n'
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text(FILE, encoding="utf-8")
    (tmp_path / "src" / "acme").mkdir(parents=True)
    return tmp_path


def sources(settings: Settings) -> dict[str, Source]:
    return {
        key: origin.source for key, origin in settings.origins.items() if origin.source is not Source.DEFAULT
    }


@pytest.mark.parametrize(
    ("environment", "given", "gate", "memory", "expected"),
    [
        ({}, {}, "all", "1GiB", {"gate": Source.FILE, "limits.memory": Source.FILE}),
        (
            {"PLUGIN_MATRIX_GATE": "none", "PLUGIN_MATRIX_LIMITS_MEMORY": "2GiB"},
            {},
            "none",
            "2GiB",
            {"gate": Source.ENVIRONMENT, "limits.memory": Source.ENVIRONMENT},
        ),
        (
            {"PLUGIN_MATRIX_GATE": "none"},
            {"gate": "new", "limits.memory": "3GiB"},
            "new",
            "3GiB",
            {"gate": Source.COMMAND_LINE, "limits.memory": Source.COMMAND_LINE},
        ),
        (
            {"PLUGIN_MATRIX_GATE": ""},
            {"gate": None},
            "all",
            "1GiB",
            {"gate": Source.FILE, "limits.memory": Source.FILE},
        ),
    ],
)
def test_the_later_source_wins_setting_by_setting(
    project: Path,
    environment: dict[str, str],
    given: dict[str, Any],
    gate: str,
    memory: str,
    expected: dict[str, Source],
) -> None:
    settings = resolved(load_settings(directory=project, environment=environment), given)
    assert (settings.values.gate, settings.values.limits.memory) == (gate, memory)
    assert settings.values.limits.processes == 9
    assert sources(settings) == {
        "limits.processes": Source.FILE,
        "baseline": Source.FILE,
        **expected,
    }


def test_the_file_is_found_from_below_and_one_without_the_table_is_passed_by(project: Path) -> None:
    (project / "src" / "pyproject.toml").write_text("[project]\n", encoding="utf-8")
    assert (
        load_settings(directory=project / "src" / "acme", environment={}).file == project / "pyproject.toml"
    )


def test_a_baseline_of_the_file_lies_beside_it_any_other_where_it_is_said(project: Path) -> None:
    found = load_settings(directory=project / "src", environment={})
    assert found.baseline == project / "b.json"
    assert resolved(found, {"baseline": "c.json"}).baseline == Path("c.json")


@pytest.mark.parametrize(
    ("variable", "text", "field", "expected"),
    [
        ("ENGINES", ">=0.20,<0.30 last-minors=6", "engine_terms", (">=0.20,<0.30", "last-minors=6")),
        ("PLATFORMS", "cpu-py311, cpu-py312", "platforms", ("cpu-py311", "cpu-py312")),
        ("IGNORE", "PM9,PM105", "ignore", ("PM9", "PM105")),
        ("FAIL_ON", "warning", "fail_on", "warning"),
        ("BASELINE", "here/b.json", "baseline", "here/b.json"),
    ],
)
def test_the_environment_writes_lists_with_commas_or_spaces(
    tmp_path: Path, variable: str, text: str, field: str, expected: object
) -> None:
    settings = load_settings(directory=tmp_path, environment={f"PLUGIN_MATRIX_{variable}": text})
    assert getattr(settings.values, field) == expected


@pytest.mark.parametrize(
    ("variable", "meant"),
    [
        ("PLUGIN_MATRIX_BASLINE", "PLUGIN_MATRIX_BASELINE"),
        ("PLUGIN_MATRIX_LIMITS_MEMROY", "PLUGIN_MATRIX_LIMITS_MEMORY"),
    ],
)
def test_a_variable_that_is_nearly_a_setting_is_an_error(tmp_path: Path, variable: str, meant: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{variable}: is not known; did you mean {meant}"):
        load_settings(directory=tmp_path, environment={variable: "1"})


@pytest.mark.parametrize("variable", ["STORE", "STORE_SIZE", "ENGINE_REQUIRED", "TEST_ENGINES", "X"])
def test_other_variables_are_left_alone(tmp_path: Path, variable: str) -> None:
    assert f"PLUGIN_MATRIX_{variable}" not in variables()
    assert sources(load_settings(directory=tmp_path, environment={f"PLUGIN_MATRIX_{variable}": "1"})) == {}
