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
