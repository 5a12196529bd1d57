"""Every error of the configuration is told at once, at its dotted path, with what may have been meant."""

import json
from pathlib import Path

import jsonschema
import pytest

from plugin_matrix.config import Configuration, KnownProblem, Limits, load_settings
from plugin_matrix.config.model import Engines
from plugin_matrix.config.schema import PUBLISHED, published_text
from plugin_matrix.errors import ConfigurationError, ExitCode
from plugin_matrix.run.cell import ProbeSettings
from plugin_matrix.sandbox import Limits as SandboxLimits

RULES = ("PM201", "PM202", "PM605")
KNOWN = "[[tool.plugin-matrix.known-problems]]\n"


def written(directory: Path, *lines: str) -> Path:
    path = directory / "pyproject.toml"
    path.write_text("[tool.plugin-matrix]\n" + "\n".join(lines), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", Configuration()),
        ('engines = "all"', Configuration(engines="all")),
        ('engines = ["0.13.0", ">=0.20"]', Configuration(engines=("0.13.0", ">=0.20"))),
        ("engines.last-minors = 6", Configuration(engines=Engines(last_minors=6))),
        ('platforms = ["cpu-py311"]', Configuration(platforms=("cpu-py311",))),
        ('stub = ["torch_npu"]\nstub-missing = true', Configuration(stub=("torch_npu",), stub_missing=True)),
        ('select = ["PM2", "PM605"]', Configuration(select=("PM2", "PM605"))),
        ('ignore = ["PM"]', Configuration(ignore=("PM",))),
        ('levels.PM201 = "advice"', Configuration(levels={"PM201": "advice"})),
        ('limits.memory = "2 GiB"', Configuration(limits=Limits(memory="2 GiB"))),
        ("limits.wall-seconds = 9", Configuration(limits=Limits(wall_seconds=9.0))),
        ('gate = "new"\nfail-on = "advice"', Configuration(gate="new", fail_on="advice")),
        (
            KNOWN + 'rule = "PM201"\nsymbol = "vllm.x"',
            Configuration(known_problems=(KnownProblem(rule="PM201", symbol="vllm.x"),)),
        ),
        (
            KNOWN + 'rule = "PM201"\nsymbol = "vllm.*"\nreason = "port"\nuntil = 2027-01-31',
            Configuration(
                known_problems=(
                    KnownProblem(rule="PM201", symbol="vllm.*", reason="port", until="2027-01-31"),
                )
            ),
        ),
    ],
)
def test_what_is_right_is_read_and_obeys_the_schema(
    tmp_path: Path, line: str, expected: Configuration
) -> None:
    assert load_settings(file=written(tmp_path, line), environment={}, rules=RULES).values == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("enignes = 1", "enignes: is not known; did you mean engines?"),
        ("zzz = 1", "zzz: is not known; there is engines, platforms,"),
        ("engines = 3", "engines: "),
        ("engines.last-minor = 6", "engines.last-minor: is not known; did you mean last-minors?"),
        ("engines.last-minors = 0", "engines.last-minors: expected a whole number >= 1 (0)"),
        ('engines.last-minors = "6"', "engines.last-minors: expected a whole number, got text ('6')"),
        ('platforms = "cpu"', "platforms: expected a list, got text ('cpu')"),
        ('platforms = ["cpu", 3]', "platforms[1]: expected text, got a whole number (3)"),
        ('sandbox = "docker"', "sandbox: is 'docker', and has to be one of auto, container, process"),
        ('gate = "nwe"', "gate: is 'nwe', and has to be one of new, all, none; did you mean new?"),
        ('stub = ["torch-npu"]', "stub[0]: is 'torch-npu', and has to be like torch_npu"),
        ('stub = ["torch_npu", "vllm"]', "stub[1]: vllm is never stood in for"),
        ('stub = ["json"]', "stub[0]: json is never stood in for"),
        ('stub-missing = "yes"', "stub-missing: expected true or false, got text ('yes')"),
        ('select = ["PM2", "X"]', "select[1]: is 'X', and has to be like PM2 or PM605"),
        ('ignore = ["PM7"]', "ignore[0]: no rule begins with PM7"),
        ('levels.PM201 = "fatal"', "levels.PM201: is 'fatal', and has to be one of error, warning, advice"),
        ('levels.PM203 = "error"', "levels: no rule is called PM203; did you mean PM202?"),
        ('limits.memory = "much"', "limits.memory: is 'much', and has to be like 4GiB or 512MiB"),
        ("limits.wall-seconds = 0", "limits.wall-seconds: expected a number >= 1.0 (0)"),
        (KNOWN, "known-problems[0].rule: is missing"),
        (KNOWN, "known-problems[0].symbol: is missing"),
        (KNOWN + 'rule = "PM204"\nsymbol = "x"', "known-problems[0].rule: no rule is called PM204"),
        (KNOWN + 'rule = "PM201"\nsymbol = "vllm.*"', "known-problems[0].reason: is missing: the pattern"),
        (
            KNOWN + 'rule = "PM201"\nsymbol = "x"\nuntil = "soon"',
            "known-problems[0].until: 'soon' is neither a vLLM release (0.35.0) nor a day (2027-01-31)",
        ),
    ],
)
def test_what_is_wrong_is_told_at_its_path(tmp_path: Path, line: str, expected: str) -> None:
    with pytest.raises(ConfigurationError) as wrong:
        load_settings(file=written(tmp_path, line), environment={}, rules=RULES)
    assert f"tool.plugin-matrix.{expected}" in wrong.value.message
    assert wrong.value.exit_code is ExitCode.USAGE
    assert wrong.value.next_step


def test_all_that_is_wrong_is_told_at_once_the_environment_with_it(tmp_path: Path) -> None:
    file = written(
        tmp_path, "enignes = 1", 'gate = "x"', "limits.memroy = 1", KNOWN + 'rule = "PM201"\nsymbol = "*"'
    )
    with pytest.raises(ConfigurationError) as wrong:
        load_settings(file=file, environment={"PLUGIN_MATRIX_FAIL_ON": "never"}, rules=RULES)
    assert [line.split(": ")[0].strip() for line in wrong.value.message.splitlines()[1:]] == [
        "tool.plugin-matrix.enignes",
        "tool.plugin-matrix.gate",
        "tool.plugin-matrix.limits.memroy",
        "tool.plugin-matrix.known-problems[0].reason",
        "PLUGIN_MATRIX_FAIL_ON",
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"[tool.plugin-matrix\n", "is not valid TOML"),
        (b"[tool.other]\n", "has no table"),
        (b"\xff", "is not UTF-8"),
        (None, "cannot be read: no such file"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(tmp_path: Path, content: bytes | None, expected: str) -> None:
    path = tmp_path / "pyproject.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=expected) as wrong:
        load_settings(file=path, environment={})
    assert wrong.value.next_step


def test_the_published_schema_is_in_step_with_the_model() -> None:
    assert PUBLISHED.read_bytes() == published_text(), "renew it: python -m plugin_matrix.config.schema"


@pytest.mark.parametrize(
    ("table", "valid"),
    [
        ({"engines": {"last-minors": 6}, "fail-on": "warning"}, True),
        ({"engines": ["declared", ">=0.20"]}, True),
        ({"known-problems": [{"rule": "PM201", "symbol": "x"}]}, True),
        ({"fail_on": "warning"}, False),
        ({"gate": "some"}, False),
        ({"select": ["X"]}, False),
        ({"known-problems": [{"rule": "PM201"}]}, False),
    ],
)
def test_the_schema_says_what_the_reader_says(table: object, valid: bool) -> None:  # noqa: FBT001 - a column
    schema = json.loads(PUBLISHED.read_bytes())
    jsonschema.Draft202012Validator.check_schema(schema)
    assert jsonschema.Draft202012Validator(schema).is_valid(table) is valid


def test_the_default_limits_are_those_of_the_sandbox_and_the_probe() -> None:
    limits, sandbox = Limits(), SandboxLimits()
    assert (limits.wall_seconds, limits.processes) == (sandbox.wall_seconds, sandbox.processes)
    assert limits.scenario_seconds == ProbeSettings().scenario_seconds
