"""The probe's own reader and writer of JSON agree with the standard library's."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugin_matrix.model.observation import ModelSeen
from plugin_matrix.probe.text import decode, encode, united

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.floats(-1e9, 1e9) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_what_is_written_is_read_alike_by_both(value: Any) -> None:
    text = encode(value)
    assert decode(text) == json.loads(text)
    assert decode(json.dumps(value, indent=1) + "\n") == value


class Shouting(str):
    __slots__ = ()

    def __str__(self) -> str:
        raise AssertionError("asked")


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ({"a": float("inf"), "b": [float("nan"), 1.5]}, {"a": 0.0, "b": [0.0, 1.5]}),
        ({"a": "lone \udc80"}, {"a": "lone \\udc80"}),
        ({"a": "\U0001f600"}, {"a": "\U0001f600"}),
        ({"a": "x" * 300_000, "b": "y"}, {"a": "x" * 256_000, "b": "y"}),
        ({"a": ["x" * 200_000] * 2}, {"a": ["x" * 200_000] * 2}),
        ({"a": Shouting("a"), Shouting("b"): True}, {"a": "a", "b": True}),
        ({"a": (1, 2), "b": {3}}, {"a": [1, 2], "b": [3]}),
    ],
)
def test_what_is_written_is_bounded_valid_and_asks_nobody(value: Any, read: Any) -> None:
    assert json.loads(encode(value)) == read
    msgspec.json.decode(encode(value))


@pytest.mark.parametrize(
    "text",
    ["", " ", "{", "[1", "[1]]", "{} {}", "nul", "{1: 2}", '"a', "[" * 100_000, '{"a"}', "\x00"],
    ids=lambda text: repr(text[:8]),
)
def test_anything_else_is_refused_by_both(text: str) -> None:
    for read in (json.loads, decode):
        with pytest.raises((ValueError, RecursionError)):
            read(text)


@pytest.mark.parametrize(
    ("told", "more", "count"), [(150, 150, 200), (150, 20, 170), (200, 9, 200), (0, 0, 0)]
)
def test_what_two_processes_tell_is_no_more_than_an_observation_takes(
    told: int, more: int, count: int
) -> None:
    lines = [{"logger": "vllm", "level": "ERROR", "message": str(number)} for number in range(told + more)]
    kept = united(lines[:told], lines[max(0, told - 5) :])
    assert kept == lines[:count]
    fields = {
        "type": "model",
        "ended": {"how": "reported"},
        "architecture": "A",
        "target": "a:A",
        "lazy": True,
    }
    assert len(msgspec.convert({**fields, "log": kept}, ModelSeen).log) == count
