"""The probe's result is input from an enemy."""

import json

import msgspec
import pytest

from plugin_matrix.model import Observation
from plugin_matrix.model.observation import MAX_ITEMS, MAX_OBSERVATION_BYTES, MAX_TEXT
from plugin_matrix.rules import DecodeProblem, decode_observation

from .seen import model, observation

GOOD = json.loads(msgspec.json.encode(observation(model())))


def _with(**fields: object) -> bytes:
    return json.dumps(GOOD | fields).encode()


def _scenario(**fields: object) -> bytes:
    return _with(scenarios=[{**GOOD["scenarios"][0], **fields}])


def test_a_good_observation_is_read_whole() -> None:
    decoded = decode_observation(json.dumps(GOOD).encode())
    assert decoded == observation(model())


@pytest.mark.parametrize(
    ("data", "told"),
    [
        pytest.param(None, "no result", id="nothing"),
        pytest.param(b"", "truncated", id="an empty file"),
        pytest.param(b"null", "Expected `object`", id="null"),
        pytest.param(b"[]", "Expected `object`", id="a list"),
        pytest.param(b"{}", "schema", id="an empty object"),
        pytest.param(b'{"schema": 1', "truncated", id="half an object"),
        pytest.param(_with()[:-20], "truncated", id="a whole one cut off"),
        pytest.param(_with(schema=2), "schema 2", id="a later schema"),
        pytest.param(b'{"schema": 2, "anything": 1}', "schema 2", id="a later schema with other fields"),
        pytest.param(_with(schema="1"), "Expected `int`", id="a schema that is text"),
        pytest.param(_with(verdict="compatible"), "verdict", id="an unknown field"),
        pytest.param(_scenario(type="trust-me"), "trust-me", id="an unknown scenario"),
        pytest.param(_scenario(verdict="x"), "verdict", id="an unknown field of a scenario"),
        pytest.param(_scenario(ended={"how": "well"}), "well", id="an unknown end"),
        pytest.param(_scenario(import_seconds="long"), "import_seconds", id="text for a number"),
        pytest.param(_with(python="x" * (MAX_TEXT + 1)), "length", id="a text too long"),
        pytest.param(_with(scenarios=GOOD["scenarios"] * MAX_ITEMS), "length", id="too many scenarios"),
        pytest.param(_with(tampering=["x"] * (MAX_ITEMS + 1)), "length", id="too many items"),
        pytest.param(_with(modules_imported=-1), "out of range", id="a negative count"),
        pytest.param(_with(modules_imported=10**30), "out of range", id="a count beyond all bounds"),
        pytest.param(_with(import_seconds=-0.5), "out of range", id="a negative time"),
        pytest.param(_with(import_seconds=float("nan")), "invalid", id="not a number"),
        pytest.param(_with() + b"{}", "trailing", id="two documents"),
        pytest.param(_with(python="?").replace(b'"?"', b'"\xff"'), "utf-8", id="not UTF-8"),
        pytest.param(
            _with(python="?").replace(b'"?"', b'"\\ud800"'), "malformed", id="half a surrogate pair"
        ),
        pytest.param(b'{"schema": 1, "python": ' + b"[" * 200_000, "recursion", id="deep nesting"),
        pytest.param(b" " * (MAX_OBSERVATION_BYTES + 1), "larger than 8 MiB", id="too large"),
    ],
)
def test_what_is_no_observation_is_refused_in_a_sentence(data: bytes | None, told: str) -> None:
    problem = decode_observation(data)
    assert isinstance(problem, DecodeProblem)
    assert told in problem.message


def test_an_enemy_does_not_write_into_our_sentence() -> None:
    problem = decode_observation(_with(**{"\x1b[2J" + "x" * 10_000: 1}))
    assert isinstance(problem, DecodeProblem)
    assert problem.message.isprintable()
    assert len(problem.message) < 500


def test_the_largest_allowed_texts_are_read() -> None:
    assert isinstance(decode_observation(_with(python="x" * MAX_TEXT)), Observation)
